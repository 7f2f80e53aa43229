/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "../common/user/log.h"
#include "api.h"
#include "listen.h"
#include "service.h"

#define BODY_MAX	65536 /* bytes */
#define CONNECTIONS_MAX 512
#define REQUEST_SECONDS 5

static struct MHD_Daemon *daemon_;

/* One connection: may be idle between requests, but not for long. */
static struct conn {
	struct conn *prev, *next; /* oldest first; NULL: it was hung up */
	int fd;
	time_t since; /* of the connection, or of its last answer */
	char *body;
	size_t len;
	bool too_large;
} conns = { &conns, &conns, -1, 0, NULL, 0, false };
static unsigned int conn_count; /* of those that were not hung up */
static unsigned int conn_max;

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void link_last(struct conn *c)
{
	c->since = seconds();
	c->prev = conns.prev;
	c->next = &conns;
	c->prev->next = c;
	conns.prev = c;
	conn_count++;
}

static void unlink_conn(struct conn *c)
{
	if (!c->next)
		return;
	c->prev->next = c->next;
	c->next->prev = c->prev;
	c->prev = c->next = NULL;
	conn_count--;
}

/*
 * The server sees it as closed by the client, and closes it in its turn: not
 * before it has taken whoever else is waiting, so this one counts no more.
 */
static void hang_up(struct conn *c)
{
	shutdown(c->fd, SHUT_RDWR);
	unlink_conn(c);
}

static void on_connection(void *arg, struct MHD_Connection *connection,
			  void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct conn *c = *socket_context;

	(void)arg;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		c = calloc(1, sizeof(*c));
		*socket_context = c;
		if (!c)
			return;
		c->fd = MHD_get_connection_info(
				connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				->connect_fd;
		link_last(c);
		/* The oldest makes room before all the places are taken. */
		if (conn_count > conn_max / 4 * 3)
			hang_up(conns.next);
	} else if (c) {
		unlink_conn(c);
		free(c->body);
		free(c);
	}
}

static struct conn *conn_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

static enum MHD_Result reply(struct MHD_Connection *connection, int status,
			     char *text)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	if (!text)
		return MHD_NO;
	response = MHD_create_response_from_buffer(strlen(text), text,
						   MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"application/json");
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(
			response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* Whether the head of a request says that its body is too large. */
static bool says_too_large(struct MHD_Connection *connection)
{
	const char *len = MHD_lookup_connection_value(
		connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return len && strtoull(len, NULL, 10) > BODY_MAX;
}

static enum MHD_Result refuse_too_large(struct MHD_Connection *connection)
{
	return reply(connection, MHD_HTTP_CONTENT_TOO_LARGE,
		     api__refuse(API_TOO_LARGE,
				 "a body may have up to 65536 bytes"));
}

static enum MHD_Result take_body(struct conn *c, const char *data, size_t *size)
{
	char *longer;

	if (c->len + *size > BODY_MAX) {
		c->too_large = true;
	} else {
		longer = realloc(c->body, c->len + *size);
		if (!longer)
			return MHD_NO;
		memcpy(longer + c->len, data, *size);
		c->body = longer;
		c->len += *size;
	}
	*size = 0;
	return MHD_YES;
}

/* Called when the head is there, for each piece of the body, and at its end. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *size, void **request)
{
	struct conn *c = conn_of(connection);
	const char *why;
	char *text;
	int status;

	(void)arg;
	(void)version;
	if (!c)
		return MHD_NO;
	if (!*request) {
		*request = c;
		c->too_large = false;
		c->len = 0;
		status = access__check(connection, &why);
		if (status != MHD_HTTP_OK)
			return reply(connection, status,
				     api__refuse(status, why));
		return says_too_large(connection) ?
			       refuse_too_large(connection) :
			       MHD_YES;
	}
	if (*size)
		return take_body(c, data, size);
	if (c->too_large)
		return refuse_too_large(connection);
	if (!strcmp(method, MHD_HTTP_METHOD_GET) && !strcmp(url, "/health")) {
		status = api__health(&text);
		return reply(connection, status, text);
	}
	if (strcmp(method, MHD_HTTP_METHOD_POST))
		c->len = 0;
	return reply(connection, MHD_HTTP_OK,
		     api__answer(c->len ? c->body : NULL, c->len));
}

/* An answer was sent: the connection's time begins anew. */
static void on_completed(void *arg, struct MHD_Connection *connection,
			 void **request, enum MHD_RequestTerminationCode how)
{
	struct conn *c = *request;

	(void)arg;
	(void)connection;
	if (!c || how != MHD_REQUEST_TERMINATED_COMPLETED_OK)
		return;
	free(c->body);
	c->body = NULL;
	c->len = 0;
	if (!c->next)
		return;
	unlink_conn(c);
	link_last(c);
}

/* Not so many that no file could be opened any more. */
static unsigned int connections_max(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) ||
	    files.rlim_cur / 2 > CONNECTIONS_MAX)
		return CONNECTIONS_MAX;
	return files.rlim_cur / 2;
}

int http__start(const struct http_options *options)
{
	const union MHD_DaemonInfo *info;
	int fd, err;

	err = access__init(&options->access);
	if (err)
		return err;
	fd = listen__open(options->listen, options->mode,
			  access__has_lock() || options->access.open);
	if (fd < 0)
		return fd;
	conn_max = connections_max();
	daemon_ = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		conn_max, MHD_OPTION_CONNECTION_TIMEOUT, REQUEST_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, NULL,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
		MHD_OPTION_END);
	info = daemon_ ?
		       MHD_get_daemon_info(daemon_, MHD_DAEMON_INFO_EPOLL_FD) :
		       NULL;
	if (info)
		return info->epoll_fd;
	close(fd);
	log_err("libmicrohttpd does not start");
	return -EINVAL;
}

int http__run(void)
{
	time_t now = seconds();
	MHD_UNSIGNED_LONG_LONG timeout;

	/* Whoever sends a byte now and then has no more time than others. */
	while (conns.next != &conns &&
	       now - conns.next->since > REQUEST_SECONDS)
		hang_up(conns.next);
	MHD_run(daemon_);
	if (MHD_get_timeout(daemon_, &timeout) == MHD_NO || timeout > 1000)
		return 1000;
	return timeout;
}

void http__stop(void)
{
	if (daemon_)
		MHD_stop_daemon(daemon_);
	listen__close();
}
