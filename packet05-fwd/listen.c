/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "../common/user/log.h"
#include "listen.h"

static struct sockaddr_un unix_addr; /* to be unlinked */

static int cannot_listen(const char *where, int err)
{
	log_err("cannot listen on %s: %s%s", where, strerror(-err),
		err == -EADDRINUSE ?
			": another program does (another fwd?); choose another "
			"place with --listen" :
			"");
	return err;
}

/* To a file that is no socket, connect(2) says ECONNREFUSED as well. */
static bool is_socket(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISSOCK(st.st_mode);
}

static int listen_unix(const char *path, unsigned int mode)
{
	int fd, err;

	if (!*path || strlen(path) >= sizeof(unix_addr.sun_path)) {
		log_err("--listen: unix:PATH needs a path of 1 to %zu bytes",
			sizeof(unix_addr.sun_path) - 1);
		return -EINVAL;
	}
	unix_addr.sun_family = AF_UNIX;
	strcpy(unix_addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* One that nobody answers was left behind by a daemon that is dead. */
	if (connect(fd, (void *)&unix_addr, sizeof(unix_addr)) &&
	    errno == ECONNREFUSED && is_socket(path))
		unlink(path);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* Bound without any permission, so there is no moment with too many. */
	umask(0777);
	err = bind(fd, (void *)&unix_addr, sizeof(unix_addr)) ? -errno : 0;
	umask(022);
	if (!err && (chmod(path, mode) || listen(fd, SOMAXCONN)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	*unix_addr.sun_path = '\0';
	return cannot_listen(path, err);
}

static bool is_loopback(const struct sockaddr *addr)
{
	const struct sockaddr_in *in = (const void *)addr;
	const struct sockaddr_in6 *in6 = (const void *)addr;

	if (addr->sa_family == AF_INET)
		return ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT", in numbers */
static struct addrinfo *parse_listen(const char *text)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV |
					      AI_PASSIVE,
				  .ai_socktype = SOCK_STREAM };
	const char *colon = strrchr(text, ':');
	struct addrinfo *found = NULL;
	char host[64];
	size_t len;

	if (!colon || !colon[1])
		return NULL;
	len = colon - text;
	if (len >= 2 && *text == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	}
	if (!len || len >= sizeof(host))
		return NULL;
	memcpy(host, text, len);
	host[len] = '\0';
	return getaddrinfo(host, colon + 1, &hints, &found) ? NULL : found;
}

static int listen_tcp(const char *text, bool may_be_reached)
{
	struct addrinfo *found = parse_listen(text);
	int one = 1, fd = -1, err = 0;

	if (!found) {
		log_err("--listen: '%s' is neither ADDRESS:PORT, in numbers, "
			"nor unix:PATH",
			text);
		return -EINVAL;
	}
	if (!is_loopback(found->ai_addr) && !may_be_reached) {
		log_err("--listen %s: others reach that address: it needs a "
			"--token-file, or --open if they may all change where "
			"packets go",
			text);
		err = -EPERM;
	}
	if (!err) {
		fd = socket(found->ai_family,
			    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, found->ai_addr, found->ai_addrlen) ||
		    listen(fd, SOMAXCONN)) {
			err = cannot_listen(text, -errno);
			close(fd);
		}
	}
	freeaddrinfo(found);
	return err ?: fd;
}

int listen__open(const char *where, unsigned int mode, bool may_be_reached)
{
	if (!strncmp(where, "unix:", 5))
		return listen_unix(where + 5, mode);
	return listen_tcp(where, may_be_reached);
}

void listen__close(void)
{
	if (*unix_addr.sun_path)
		unlink(unix_addr.sun_path);
}
