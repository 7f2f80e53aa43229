/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of packet06-director, and the tool that tells a running director
 * what to do:
 *
 *	xdp_prog_user add|drain|remove -d DEV --backend ADDR ... [--weight N]
 *	xdp_prog_user add|remove -d DEV --virtual ADDR ...
 *	xdp_prog_user watch -d DEV --port PORT [--interval SECONDS]
 *	xdp_prog_user list -d DEV [--json]
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>

#include "../common/net/address.h"
#include "../common/net/link.h"
#include "../common/user/lesson.h"
#include "../common/user/log.h"
#include "../common/user/share.h"
#include "director.h"
#include "health.h"

#define PROG_NAME "xdp_director_func"
#define ADDRS_MAX 64
#define MTU_MIN	  600 /* an ICMP error and what it quotes fit */

enum {
	OPT_BACKEND = 0x200,
	OPT_VIRTUAL,
	OPT_WEIGHT,
	OPT_PORT,
	OPT_INTERVAL,
	OPT_SOURCE,
	OPT_MTU,
	OPT_JSON,
};

/* Addresses of the command line; of IPv4, too: see xdp_prog.h */
struct addrs {
	struct in6_addr addr[ADDRS_MAX];
	int count;
};

static struct {
	struct addrs backends, virtuals, sources;
	long weight, mtu, port, interval;
	bool json;
} opt;

static const struct argp_option options[] = {
	{ "backend", OPT_BACKEND, "ADDR", 0,
	  "add, drain, remove: a backend's address, IPv4 or IPv6; several are "
	  "possible",
	  0 },
	{ "virtual", OPT_VIRTUAL, "ADDR", 0,
	  "add, remove: a virtual address; several are possible", 0 },
	{ "weight", OPT_WEIGHT, "N", 0,
	  "add: N times as many rows as a backend of weight 1 (default: as it "
	  "was, or 1)",
	  0 },
	{ "port", OPT_PORT, "PORT", 0,
	  "watch: the TCP port at which a backend must answer", 0 },
	{ "interval", OPT_INTERVAL, "SECONDS", 0,
	  "watch: between two rounds (default: 2)", 0 },
	{ "json", OPT_JSON, NULL, 0, "list: as one JSON object", 0 },
	{ "source", OPT_SOURCE, "ADDR", 0,
	  "load: where outer packets come from, one IPv4 and one IPv6 address "
	  "at most (default: DEV's first ones); watch: where to connect from",
	  0 },
	{ "mtu", OPT_MTU, "BYTES", 0,
	  "load: of the path to the backends (default: DEV's)", 0 },
	{},
};

/* Whether a host can have it, and others than its neighbours can send to it */
static bool is_host_addr(const struct in6_addr *addr)
{
	__u8 first = ntohl(addr->s6_addr32[3]) >> 24;

	if (addr_is_ipv4(addr))
		return first && first != 127 && first < 224;
	return !IN6_IS_ADDR_MULTICAST(addr) && !IN6_IS_ADDR_LINKLOCAL(addr) &&
	       !IN6_IS_ADDR_LOOPBACK(addr) && !IN6_IS_ADDR_UNSPECIFIED(addr);
}

static void add_addr(struct argp_state *state, struct addrs *addrs,
		     const char *text)
{
	struct in6_addr addr;
	struct in_addr ipv4;

	if (addrs->count == ADDRS_MAX)
		argp_error(state, "at most %d addresses at a time", ADDRS_MAX);
	if (inet_pton(AF_INET, text, &ipv4) == 1)
		addr_set_ipv4(&addr, ipv4.s_addr);
	else if (inet_pton(AF_INET6, text, &addr) != 1)
		argp_error(state, "'%s' is no IPv4 or IPv6 address", text);
	if (!is_host_addr(&addr))
		argp_error(state, "%s is no address that a host can have",
			   text);
	addrs->addr[addrs->count++] = addr;
}

/* A number in a range, and nothing behind it */
static long number(struct argp_state *state, const char *text, long min,
		   long max, const char *what)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < min || value > max)
		argp_error(state, "'%s' is no %s: %ld to %ld", text, what, min,
			   max);
	return value;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_BACKEND:
		add_addr(state, &opt.backends, arg);
		return 0;
	case OPT_VIRTUAL:
		add_addr(state, &opt.virtuals, arg);
		return 0;
	case OPT_WEIGHT:
		opt.weight = number(state, arg, 1, WEIGHT_MAX, "weight");
		return 0;
	case OPT_PORT:
		opt.port = number(state, arg, 1, 65535, "port");
		return 0;
	case OPT_INTERVAL:
		opt.interval = number(state, arg, 1, 3600, "interval");
		return 0;
	case OPT_SOURCE:
		add_addr(state, &opt.sources, arg);
		return 0;
	case OPT_MTU:
		opt.mtu = number(state, arg, MTU_MIN, 65535, "MTU");
		return 0;
	case OPT_JSON:
		opt.json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct device_addrs {
	int ifindex;
	struct addrs *addrs;
};

/* One of that device; not one of its link alone. */
static int note_addr(const struct address *address, void *arg)
{
	struct device_addrs *of = arg;
	struct in6_addr *addr = &of->addrs->addr[of->addrs->count];

	if (address->ifindex != of->ifindex || of->addrs->count == ADDRS_MAX)
		return 0;
	if (address->family == AF_INET)
		addr_set_ipv4(addr, address->ipv4.s_addr);
	else
		*addr = address->ipv6;
	of->addrs->count += is_host_addr(addr);
	return 0;
}

/* Zeros are left for a kind of address that neither has. */
static void choose_sources(int ifindex, __be32 *ipv4, struct in6_addr *ipv6)
{
	struct addrs *sources = &opt.sources;
	struct device_addrs own = { ifindex, sources };

	address__each(NETNS_HERE, note_addr, &own);
	for (int i = sources->count - 1; i >= 0; i--)
		if (addr_is_ipv4(&sources->addr[i]))
			*ipv4 = sources->addr[i].s6_addr32[3];
		else
			*ipv6 = sources->addr[i];
}

static __u32 device_mtu(int ifindex)
{
	struct link link;

	return link__get(NETNS_HERE, ifindex, &link) ? 0 : link.mtu;
}

/* The constants, and the maps of the director that runs there already. */
static int prepare(struct loader *l)
{
	static const char *const maps[] = { "virtuals", "backends",
					    "backend_stats", "tables",
					    "flows" };
	struct in6_addr ipv6 = in6addr_any;
	__be32 ipv4 = 0;
	__u32 mtu = opt.mtu ?: device_mtu(l->dev->ifindex);
	int err = 0;

	if (strcmp(l->prog_name, PROG_NAME))
		return 0;
	choose_sources(l->dev->ifindex, &ipv4, &ipv6);
	if (!ipv4 && !ipv6.s6_addr32[0]) {
		log_err("%s has no address for the outer packets to come from: "
			"give it one, or --source ADDR",
			l->dev->name);
		return -EADDRNOTAVAIL;
	}
	if (mtu < MTU_MIN || mtu > 65535) {
		log_err("%s has an MTU of %u: --mtu BYTES says how long the "
			"outer packets may be, %d to 65535",
			l->dev->name, mtu, MTU_MIN);
		return -EINVAL;
	}
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps) && !err; i++)
		err = share__join(l, maps[i]);
	err = err   ?:
		      loader__set_constant(l, "director_ipv4", &ipv4,
					   sizeof(ipv4));
	err = err   ?:
		      loader__set_constant(l, "director_ipv6", &ipv6,
					   sizeof(ipv6));
	return err ?: loader__set_constant(l, "path_mtu", &mtu, sizeof(mtu));
}

static int add_backend(struct director *d, const struct in6_addr *addr)
{
	return director__add(d, addr, opt.weight);
}

typedef int (*action_fn)(struct director *d, const struct in6_addr *addr);

static int for_each(struct director *d, const struct addrs *addrs,
		    action_fn act)
{
	int err = 0;

	for (int i = 0; i < addrs->count && !err; i++)
		err = act(d, &addrs->addr[i]);
	return err;
}

/* One command on one director; what is wrong is found before any change. */
static int change(const struct lesson_args *args, action_fn backend,
		  action_fn virtual)
{
	static struct director d;
	int err;

	if (args->dev_count != 1 ||
	    !(opt.backends.count || (virtual && opt.virtuals.count)) ||
	    (!virtual && opt.virtuals.count)) {
		log_err("give one -d DEV and --backend ADDR%s",
			virtual ? " or --virtual ADDR, or both" : "");
		return -EINVAL;
	}
	err = director__open(&d, args->devs[0].name);
	if (err)
		return err;
	err = for_each(&d, &opt.backends, backend);
	if (!err && virtual)
		err = for_each(&d, &opt.virtuals, virtual);
	if (!err)
		err = director__apply(&d);
	director__close(&d);
	return err;
}

static int add(const struct lesson_args *args)
{
	return change(args, add_backend, director__add_virtual);
}

static int drain(const struct lesson_args *args)
{
	return change(args, director__drain, NULL);
}

static int remove_them(const struct lesson_args *args)
{
	return change(args, director__remove, director__remove_virtual);
}

static int watch(const struct lesson_args *args)
{
	if (args->dev_count != 1 || !opt.port) {
		log_err("give one -d DEV and --port PORT");
		return -EINVAL;
	}
	return health__watch(&(struct health){
		.dev = args->devs[0].name,
		.port = opt.port,
		.interval = opt.interval ?: 2,
		.sources = opt.sources.addr,
		.source_count = opt.sources.count,
	});
}

static int list(const struct lesson_args *args)
{
	static struct director d;
	int err = 0;

	for (int i = 0; i < args->dev_count && !err; i++) {
		err = director__open(&d, args->devs[i].name);
		if (err)
			break;
		err = director__list(&d, opt.json);
		director__close(&d);
	}
	return err;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { .options = options, .parser = parse };
	static const struct lesson_command commands[] = {
		{ "add", add },
		{ "drain", drain },
		{ "remove", remove_them },
		{ "watch", watch },
		{ "list", list },
		{},
	};
	static const struct lesson lesson = {
		.doc = "Load the director of packet06-director, or its "
		       "backend's program, and tell a running director about "
		       "backends and virtual addresses.",
		.prog_name = PROG_NAME,
		.argp = &argp,
		.prepare = prepare,
		.commands = commands,
	};

	return lesson__main(&lesson, argc, argv);
}
