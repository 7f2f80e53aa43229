/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fwd - a forwarding plane with a control service
 *
 * Loads the program of packet05-fwd on the devices it is given, keeps what
 * the program has learned true to the kernel's routes, and offers the tables
 * over HTTP. At SIGTERM or SIGINT the devices are as they were before, unless
 * they shall be kept.
 */
#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../common/user/log.h"
#include "../common/user/pins.h"
#include "../common/user/routing.h"
#include "datapath.h"
#include "service.h"
#include "tables.h"

#define FRESH_SECONDS 2
#ifndef OBJECTS
#define OBJECTS "."
#endif

static struct lesson_args load = { .object = OBJECTS, .prog_name = PROG_NAME };
static struct http_options http = { .listen = "127.0.0.1:5555", .mode = 0600 };
static const char *names[LESSON_DEVS_MAX];
static int name_count;
static bool keep;

enum {
	OPT_MODE = 0x100,
	OPT_OBJECT,
	OPT_LISTEN,
	OPT_SOCKET_MODE,
	OPT_TOKEN_FILE,
	OPT_ALLOW_USER,
	OPT_OPEN,
	OPT_ENTRIES,
	OPT_STATIC_ENTRIES,
	OPT_TRACE,
	OPT_KEEP,
};

static const struct argp_option options[] = {
	{ "dev", 'd', "DEV", 0, "a device to forward on; give two or more", 0 },
	{ "mode", OPT_MODE, "MODE", 0,
	  "native, skb or auto (default), as for xdp_prog_user", 0 },
	{ "object", OPT_OBJECT, "FILE", 0,
	  "the program; a folder: what it has there (default: " OBJECTS ")",
	  0 },
	{ "listen", OPT_LISTEN, "WHERE", 0,
	  "where to serve the API: ADDRESS:PORT (default: 127.0.0.1:5555) or "
	  "unix:PATH",
	  0 },
	{ "socket-mode", OPT_SOCKET_MODE, "MODE", 0,
	  "permissions of the unix socket (default: 0600)", 0 },
	{ "token-file", OPT_TOKEN_FILE, "FILE", 0,
	  "serve others than root, too, who send the bearer token that is the "
	  "first line of FILE",
	  0 },
	{ "allow-user", OPT_ALLOW_USER, "USER", 0,
	  "serve this user of this machine, too, by a loopback address", 0 },
	{ "open", OPT_OPEN, NULL, 0,
	  "serve whoever reaches the address: for a lab", 0 },
	{ "entries", OPT_ENTRIES, "N", 0,
	  "how many entries are learned, of each family (default: 10000)", 0 },
	{ "static-entries", OPT_STATIC_ENTRIES, "N", 0,
	  "how many the API may add, of each family (default: 10000)", 0 },
	{ "trace", OPT_TRACE, NULL, 0,
	  "a line in trace_pipe for each packet that is forwarded", 0 },
	{ "keep", OPT_KEEP, NULL, 0,
	  "at the end leave the program forwarding, with its static entries; "
	  "the next start takes over",
	  0 },
	{},
};

static unsigned int parse_number(struct argp_state *state, const char *option,
				 const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n < 1 || n > 10000000)
		argp_error(state, "%s: '%s' is no number from 1 to 10000000",
			   option, text);
	return n;
}

static unsigned int parse_permissions(struct argp_state *state,
				      const char *text)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (*text < '0' || *text > '7' || *end || mode > 0777)
		argp_error(state,
			   "--socket-mode: '%s' is no octal number up "
			   "to 777",
			   text);
	return mode;
}

static void add_device(struct argp_state *state, const char *name)
{
	if (name_count == LESSON_DEVS_MAX)
		argp_error(state, "at most %d devices", LESSON_DEVS_MAX);
	names[name_count++] = name;
}

static void parse_mode(struct argp_state *state, const char *text)
{
	if (lesson__parse_mode(text, &load.mode))
		argp_error(state, "'%s' is no mode: native, skb or auto", text);
}

/* What they say together. */
static void check_options(struct argp_state *state)
{
	if (!name_count)
		argp_error(state, "which devices? -d DEV -d DEV");
	if (http.access.open && http.access.token_file)
		argp_error(state, "--open asks for no token, --token-file "
				  "does: which of them?");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'd':
		add_device(state, arg);
		break;
	case OPT_MODE:
		parse_mode(state, arg);
		break;
	case OPT_OBJECT:
		load.object = arg;
		break;
	case OPT_LISTEN:
		http.listen = arg;
		break;
	case OPT_SOCKET_MODE:
		http.mode = parse_permissions(state, arg);
		break;
	case OPT_TOKEN_FILE:
		http.access.token_file = arg;
		break;
	case OPT_ALLOW_USER:
		http.access.user = arg;
		break;
	case OPT_OPEN:
		http.access.open = true;
		break;
	case OPT_ENTRIES:
		datapath_options.entries =
			parse_number(state, "--entries", arg);
		break;
	case OPT_STATIC_ENTRIES:
		datapath_options.static_entries =
			parse_number(state, "--static-entries", arg);
		break;
	case OPT_TRACE:
		datapath_options.trace = true;
		break;
	case OPT_KEEP:
		keep = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'?", arg);
		break;
	case ARGP_KEY_END:
		check_options(state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/*
 * One daemon for a device: a name among the sockets of this network namespace,
 * which goes with the process however that ends. Returns 0 or -errno, logged.
 */
static int claim(const char *dev)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int len = snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1,
			   "fwd:%s", dev);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!bind(fd, (void *)&name,
		  offsetof(struct sockaddr_un, sun_path) + 1 + len))
		return 0;
	log_err("%s: %s", dev,
		errno == EADDRINUSE ? "another fwd serves it: stop that first" :
				      strerror(errno));
	return -errno;
}

/* Says when learning ends or begins, and why. */
static __u64 may_learn(int family, const char *name, __u64 bit)
{
	static __u64 was = FWD_LEARN;
	const char *why = routing__selects_by_more(family);

	if (why && was & bit)
		log_warn("%s: there is %s, so the destination alone does not "
			 "tell the way: nothing is learned, each packet is "
			 "looked up",
			 name, why);
	else if (!why && !(was & bit))
		log_warn("%s: the destination alone tells the way: learning "
			 "again",
			 name);
	was = why ? was & ~bit : was | bit;
	return why ? 0 : bit;
}

/* After a change: the programs are told what they need to know. */
static __u64 look(void)
{
	int err = 0;

	for (int i = 0; i < load.dev_count; i++)
		err = datapath__renew(&load.devs[i], &load) ?: err;
	if (err)
		return 0;
	return may_learn(AF_INET, "IPv4", FWD_LEARN_IPV4) |
	       may_learn(AF_INET6, "IPv6", FWD_LEARN_IPV6);
}

static void serve(int stop_fd, int watch_fd, int http_fd)
{
	struct pollfd fds[] = { { .fd = stop_fd, .events = POLLIN },
				{ .fd = watch_fd, .events = POLLIN },
				{ .fd = http_fd, .events = POLLIN } };
	time_t next_fresh = 0;
	struct timespec now;

	while (!fds[0].revents) {
		poll(fds, 3, http__run());
		if (fds[1].revents)
			watch__settle(look);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec < next_fresh)
			continue;
		fresh__touch();
		tables__tell_empty();
		if (datapath__paused())
			watch__again();
		next_fresh = now.tv_sec + FRESH_SECONDS;
	}
}

/* Static entries of tables that are of another size than those from now on. */
static struct {
	int ipv4, ipv6;
} before = { -1, -1 };

static void remember_tables(void)
{
	for (int i = 0; i < load.dev_count && before.ipv4 < 0; i++) {
		const char *dev = load.devs[i].name;

		before.ipv4 = pins__try_open(dev, "hfwd_static");
		before.ipv6 = pins__try_open(dev, "hfwd6_static");
	}
}

static int start(void)
{
	int err = 0;

	for (int i = 0; i < name_count && !err; i++) {
		err = claim(names[i]);
		if (!err)
			err = device__find(&load.devs[load.dev_count++],
					   names[i]);
	}
	if (err)
		return err;
	remember_tables();
	err = lesson__load(&datapath, &load);
	if (err)
		return err;
	datapath_options.again = true;
	err = tables__open(load.devs[0].name);
	if (!err)
		err = tables__carry_over(before.ipv4, before.ipv6);
	if (err)
		log_err("cannot use the tables: %s", strerror(-err));
	return err;
}

static int finish(void)
{
	int err = 0;

	if (keep) {
		err = tables__flush(LEARNED);
		printf("fwd: stopped; the devices go on forwarding\n");
		return err;
	}
	for (int i = 0; i < load.dev_count; i++)
		if (device__exists(&load.devs[i]))
			err = lesson__unload(&datapath, &load.devs[i]) ?: err;
		else
			err = pins__remove(load.devs[i].name) ?: err;
	printf("fwd: stopped; the devices are free\n");
	return err;
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Forward packets between devices, before the kernel's "
		       "stack, and serve the tables over HTTP.",
	};
	int stop_fd, watch_fd, http_fd, err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	stop_fd = block_signals();
	http_fd = http__start(&http);
	if (http_fd < 0)
		return EXIT_FAILURE;
	if (http.access.open)
		log_warn("--open: whoever reaches %s may change where packets "
			 "go",
			 http.listen);
	err = start();
	if (err)
		goto stop_http;
	watch_fd = watch__start();
	err = watch_fd < 0 ? watch_fd : 0;
	if (!err) {
		printf("fwd: ready: %s\n", http.listen);
		serve(stop_fd, watch_fd, http_fd);
		watch__stop();
	}
	err = finish() ?: err;
	tables__close();
stop_http:
	http__stop();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
