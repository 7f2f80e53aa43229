/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/fib_rules.h>

#include <bpf/libbpf.h>

#include "../net/address.h"
#include "../net/link.h"
#include "../net/netlink.h"
#include "../net/sysctl.h"
#include "log.h"
#include "pins.h"
#include "routing.h"

int routing__rp_filter(int ifindex)
{
	int all = sysctl__read("ipv4/conf/all/rp_filter");
	struct link link;

	if (link__get(NETNS_HERE, ifindex, &link))
		return all;
	return link.ipv4_rp_filter > all ? link.ipv4_rp_filter : all;
}

bool routing__accepts_source(int ifindex, __be32 saddr)
{
	struct netlink_request r;
	struct rtmsg *rtm;

	rtm = netlink__begin(&r, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = rtm->rtm_src_len = address__bits(AF_INET);
	/* Received by any host, so only the source is in question. */
	mnl_attr_put_u32(r.head, RTA_DST, INADDR_BROADCAST);
	mnl_attr_put_u32(r.head, RTA_SRC, saddr);
	mnl_attr_put_u32(r.head, RTA_IIF, ifindex);
	return !netlink__send(&r, NETLINK_ROUTE, NULL, NULL);
}

/* Without IPv6 the kernel would hand out IPv4's in the place of its routes. */
static bool has_ipv6(void)
{
	return sysctl__read("ipv6/conf/all/forwarding") >= 0;
}

/* Those to this host and the like, which lead nowhere else. */
static bool is_local(const struct route *route)
{
	return route->type == RTN_LOCAL || route->type == RTN_BROADCAST ||
	       route->type == RTN_ANYCAST || route->type == RTN_MULTICAST;
}

struct routes {
	bool odd_local; /* local ones that the kernel has not made itself */
	struct routing_mtus *mtus;
};

static int note_route(const struct route *route, void *arg)
{
	struct routes *routes = arg;

	if (!is_local(route))
		routing_mtus__add(routes->mtus, route);
	else if (route->family == AF_INET)
		routes->odd_local |= route->protocol != RTPROT_KERNEL;
	return 0;
}

static int read_routes(struct routes *routes)
{
	int err = route__each(AF_INET, note_route, routes);

	if (!err && has_ipv6())
		err = route__each(AF_INET6, note_route, routes);
	return err;
}

static int read_rules(int family,
		      int (*visit)(const struct rule *rule, void *arg),
		      void *arg)
{
	int err = rule__each(family, visit, arg);

	/* A kernel without policy routing, or without IPv6. */
	return err == -EOPNOTSUPP || err == -EAFNOSUPPORT ? 0 : err;
}

static int note_ports(const struct rule *rule, void *ports_matter)
{
	if (rule->attrs & (RULE_HAS(FRA_IP_PROTO) | RULE_HAS(FRA_SPORT_RANGE) |
			   RULE_HAS(FRA_DPORT_RANGE)))
		*(unsigned int *)ports_matter = PORTS_IN_RULES;
	return 0;
}

static int read_ports_matter(unsigned int *matter)
{
	int err;

	*matter = PORTS_IGNORED;
	err = read_rules(AF_INET6, note_ports, matter);
	if (*matter == PORTS_IGNORED &&
	    sysctl__read("ipv6/fib_multipath_hash_policy") > 0)
		*matter = PORTS_HASHED;
	return err;
}

static int note_ipv4(const struct address *address, void *ifindex)
{
	return address->family == AF_INET &&
	       address->ifindex == *(const int *)ifindex;
}

static bool has_ipv4(int ifindex)
{
	return address__each(NETNS_HERE, note_ipv4, &ifindex) > 0;
}

static enum source_check choose_source_check(int ifindex, bool odd_local)
{
	int effective = routing__rp_filter(ifindex);

	if (effective <= 0)
		return odd_local ? SOURCE_NOT_LOCAL : SOURCE_NOT_OURS;
	/* Without an address of its own, a device has no other way. */
	if (effective == 1 || !has_ipv4(ifindex))
		return SOURCE_SAME_WAY;
	return SOURCE_ROUTED;
}

int routing__read(const struct device *dev, struct routing *r)
{
	struct routes routes = { .mtus = &r->mtus };
	struct link link;
	int err;

	memset(r, 0, sizeof(*r));
	err = link__get(NETNS_HERE, dev->ifindex, &link);
	if (!err)
		err = read_routes(&routes);
	if (!err)
		err = read_ports_matter(&r->ports_matter);
	if (err) {
		log_err("%s: cannot read the routes: %s", dev->name,
			strerror(-err));
		return err;
	}
	r->ipv4_forwards = link.ipv4_forwarding == 1;
	r->ipv6_forwards = link.ipv6_forwarding == 1;
	r->ipv6_is_off = sysctl__read("ipv6/conf/all/forwarding") == 0 ||
			 link.ipv6_disabled == 1;
	r->source_check = choose_source_check(dev->ifindex, routes.odd_local);
	return 0;
}

bool routing__same_constants(const struct routing *a, const struct routing *b)
{
	return a->ipv4_forwards == b->ipv4_forwards &&
	       a->ipv6_forwards == b->ipv6_forwards &&
	       a->ipv6_is_off == b->ipv6_is_off &&
	       a->source_check == b->source_check &&
	       a->ports_matter == b->ports_matter && a->mtus.min == b->mtus.min;
}

bool routing__same(const struct routing *a, const struct routing *b)
{
	return routing__same_constants(a, b) &&
	       routing_mtus__same(&a->mtus, &b->mtus);
}

int routing__tell(struct loader *l, const struct routing *r)
{
	int err;

	err = loader__set_constant(l, "source_check", &r->source_check,
				   sizeof(r->source_check));
	if (!err)
		err = loader__set_constant(l, "route_mtu_min", &r->mtus.min,
					   sizeof(r->mtus.min));
	if (!err)
		err = loader__set_constant(l, "ipv6_is_off", &r->ipv6_is_off,
					   sizeof(r->ipv6_is_off));
	if (!err)
		err = loader__set_constant(l, "ports_matter", &r->ports_matter,
					   sizeof(r->ports_matter));
	return err;
}

int routing__fill(const struct device *dev, const struct routing *r)
{
	int fd, err;

	if (!r->mtus.min)
		return 0;
	fd = pins__open(dev->name, "route_mtus");
	if (fd < 0)
		return fd;
	err = routing_mtus__fill(&r->mtus, fd);
	close(fd);
	/* Without the entry for everywhere, what is large is passed. */
	if (err == -E2BIG) {
		log_warn("%s: some of the %u routes have an MTU of their own, "
			 "and they are too many to tell which: packets of "
			 "more than %u bytes are left to the stack",
			 dev->name, r->mtus.count, r->mtus.min);
		return 0;
	}
	if (err)
		log_err("%s: cannot fill the map route_mtus: %s", dev->name,
			strerror(-err));
	return err;
}

/* Attributes of a rule that are no selectors of packets; all others may be. */
static const unsigned long long no_selector =
	RULE_HAS(FRA_DST) | RULE_HAS(FRA_PRIORITY) | RULE_HAS(FRA_TABLE) |
	RULE_HAS(FRA_GOTO) | RULE_HAS(FRA_FLOW) | RULE_HAS(FRA_PROTOCOL) |
	RULE_HAS(FRA_SUPPRESS_IFGROUP) | RULE_HAS(FRA_SUPPRESS_PREFIXLEN) |
	RULE_HAS(FRA_PAD);

static int find_rule(const struct rule *rule, void *what)
{
	if (!rule->tos && !rule->src_len && !(rule->attrs & ~no_selector))
		return 0;
	*(const char **)what = "a rule";
	return 1;
}

static int find_route(const struct route *route, void *arg)
{
	const char **what = arg;

	if (is_local(route))
		return 0;
	if (route->src_len)
		*what = "a route for certain sources";
	else if (route->family == AF_INET && route->tos)
		*what = "a route for a certain TOS";
	/* An object by its id alone: a group, of which the kernel tells no
	 * more. */
	else if (route->has_nexthops || (route->nexthop_id && !route->oif))
		*what = "a multipath route";
	return *what ? 1 : 0;
}

const char *routing__selects_by_more(int family)
{
	const char *what = NULL;
	int err;

	err = read_rules(family, find_rule, &what);
	if (!err && (family == AF_INET || has_ipv6()))
		err = route__each(family, find_route, &what);
	return err < 0 ? "an answer of the kernel's that is missing" : what;
}
