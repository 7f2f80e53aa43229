/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <arpa/inet.h>
#include <sys/stat.h>

#include <microhttpd.h>

#include "../common/net/socket.h"
#include "../common/user/log.h"
#include "access.h"

#define TOKEN_MAX 256

static char token[TOKEN_MAX];
static uid_t user; /* besides root */
static bool is_open;

static int read_token(const char *path)
{
	FILE *file = fopen(path, "re");
	struct stat st;
	size_t len;

	if (!file) {
		log_err("--token-file: cannot read %s: %s", path,
			strerror(errno));
		return -errno;
	}
	if (fstat(fileno(file), &st) || st.st_mode & (S_IRWXG | S_IRWXO)) {
		log_err("--token-file: others may read %s: `chmod 600 %s`",
			path, path);
		fclose(file);
		return -EPERM;
	}
	if (!fgets(token, sizeof(token), file))
		*token = '\0';
	fclose(file);
	len = strcspn(token, "\r\n");
	memset(token + len, 0, sizeof(token) - len);
	if (len >= 16)
		return 0;
	log_err("--token-file: the first line of %s must be a token of 16 to "
		"%d characters",
		path, TOKEN_MAX - 2);
	return -EINVAL;
}

static int find_user(const char *name)
{
	const struct passwd *pw = getpwnam(name);

	if (pw) {
		user = pw->pw_uid;
		return 0;
	}
	log_err("--allow-user: there is no user '%s' here: `getent passwd` "
		"lists those that there are",
		name);
	return -ENOENT;
}

int access__init(const struct access_options *options)
{
	int err = 0;

	if (options->token_file)
		err = read_token(options->token_file);
	if (!err && options->user)
		err = find_user(options->user);
	is_open = options->open;
	return err;
}

bool access__has_lock(void)
{
	return *token;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Takes the same time whether much of the token is right or little. */
static bool has_token(struct MHD_Connection *connection)
{
	static const char scheme[] = "Bearer ";
	const char *given = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
	char padded[TOKEN_MAX] = "";
	unsigned char differs = 0;

	if (!*token || !given || strncasecmp(given, scheme, strlen(scheme)) ||
	    strlen(given + strlen(scheme)) >= TOKEN_MAX)
		return false;
	strcpy(padded, given + strlen(scheme));
	for (int i = 0; i < TOKEN_MAX; i++)
		differs |= padded[i] ^ token[i];
	return !differs;
}

/* The address of "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT" */
static void cut_port(char host[64], const char *text)
{
	size_t len;

	if (*text == '[')
		len = strcspn(++text, "]");
	else
		len = strcspn(text, ":");
	snprintf(host, 64, "%.*s", (int)(len < 64 ? len : 0), text);
}

/* By which the client says whom it means to talk to; @end: whom it talks to,
 * or NULL for a unix socket. */
static bool is_our_host(const char *text, const struct socket_end *end)
{
	struct in6_addr addr;
	char host[64];

	if (!text)
		return false;
	cut_port(host, text);
	if (!strcasecmp(host, "localhost"))
		return !end || socket_end__is_loopback(end);
	if (!end || inet_pton(end->family, host, &addr) != 1)
		return false;
	return !memcmp(&addr, &end->ipv6,
		       end->family == AF_INET ? sizeof(end->ipv4) :
						sizeof(end->ipv6));
}

static bool is_users(const struct socket_end *there,
		     const struct socket_end *here)
{
	uid_t uid;

	return socket_end__is_loopback(there) &&
	       !socket__user(there, here, &uid) && (!uid || uid == user);
}

int access__check(struct MHD_Connection *connection, const char **why)
{
	int fd = MHD_get_connection_info(connection,
					 MHD_CONNECTION_INFO_CONNECTION_FD)
			 ->connect_fd;
	struct socket_end here, there;
	int err = socket__ends(fd, &here, &there);
	bool is_unix = err == -EAFNOSUPPORT;

	*why = NULL;
	if (header(connection, "Origin"))
		*why = "a web page may not: the request has an Origin";
	else if (!is_our_host(header(connection, MHD_HTTP_HEADER_HOST),
			      is_unix || err ? NULL : &here))
		*why = "the header Host is not the address of fwd";
	if (*why)
		return MHD_HTTP_FORBIDDEN;
	/* Who may open the unix socket is said by its permissions. */
	if (has_token(connection) || (!*token && (is_open || is_unix)) ||
	    (!err && is_users(&there, &here)))
		return MHD_HTTP_OK;
	*why = *token ? "send the header Authorization: Bearer TOKEN" :
			"root may on this machine, and who is named by "
			"--allow-user or has the token of --token-file";
	return MHD_HTTP_UNAUTHORIZED;
}
