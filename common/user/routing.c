/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <ifaddrs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <sys/socket.h>
#include <linux/fib_rules.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../routing.h"
#include "log.h"
#include "netdev.h"
#include "routing.h"

/* The number in a file of /proc, or -1 where there is no such thing. */
static int read_value(const char *path)
{
	FILE *file = fopen(path, "re");
	int value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* The value of net.FAMILY.conf.DEV.KEY, or -1 */
static int read_conf(const char *family, const char *dev, const char *key)
{
	char path[160];

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, dev,
		 key);
	return read_value(path);
}

int routing__rp_filter(const char *dev)
{
	int all = read_conf("ipv4", "all", "rp_filter");
	int own = read_conf("ipv4", dev, "rp_filter");

	return own > all ? own : all;
}

bool routing__accepts_source(const char *dev, __be32 saddr)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg rtm;
		struct nlattr dst_attr;
		__be32 dst;
		struct nlattr src_attr;
		__be32 src;
		struct nlattr iif_attr;
		__u32 iif;
	} req = {
		.head = { .nlmsg_type = RTM_GETROUTE,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_len = sizeof(req) },
		.rtm = { .rtm_family = AF_INET,
			 .rtm_dst_len = 32,
			 .rtm_src_len = 32 },
		/* Received by any host, so only the source is in question. */
		.dst_attr = { .nla_len = NLA_HDRLEN + 4, .nla_type = RTA_DST },
		.dst = INADDR_BROADCAST,
		.src_attr = { .nla_len = NLA_HDRLEN + 4, .nla_type = RTA_SRC },
		.src = saddr,
		.iif_attr = { .nla_len = NLA_HDRLEN + 4, .nla_type = RTA_IIF },
		.iif = if_nametoindex(dev),
	};

	return !netlink__request(NETLINK_ROUTE, &req.head, NULL, NULL);
}

static void warn_forwarding(const char *dev)
{
	if (read_conf("ipv4", dev, "forwarding") == 0)
		log_warn("%s: IPv4 forwarding is off, so IPv4 is passed to the "
			 "stack, which drops it: `sysctl "
			 "net.ipv4.conf.%s.forwarding=1` (or conf.all)",
			 dev, dev);
	/* Linux wants that of all; the look-up asks for the device's. */
	if (read_conf("ipv6", dev, "forwarding") == 0)
		log_warn("%s: IPv6 forwarding is off, so IPv6 is passed to the "
			 "stack, which drops it: `sysctl "
			 "net.ipv6.conf.all.forwarding=1`",
			 dev);
	else if (read_conf("ipv6", "all", "forwarding") == 0)
		log_warn("%s: net.ipv6.conf.all.forwarding is 0, so IPv6 is "
			 "passed to the stack, which drops it",
			 dev);
}

/* An attribute, looked for among those at @first; NULL: it is not there. */
static const struct nlattr *find_attr(const void *first, int len, int type)
{
	const struct nlattr *a = first;

	while (len >= (int)sizeof(*a) && a->nla_len >= sizeof(*a) &&
	       a->nla_len <= len) {
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		len -= NLA_ALIGN(a->nla_len);
		a = (void *)a + NLA_ALIGN(a->nla_len);
	}
	return NULL;
}

static const void *attr_data(const struct nlattr *a)
{
	return a + 1;
}

static const struct nlattr *find_nested(const struct nlattr *a, int type)
{
	return a ? find_attr(attr_data(a), a->nla_len - NLA_HDRLEN, type) :
		   NULL;
}

static unsigned int attr_be32(const struct nlattr *a, unsigned int missing)
{
	return a ? ntohl(*(const unsigned int *)attr_data(a)) : missing;
}

struct forward_chain {
	char table[64], chain[64];
};

/* Remembers the first chain of the forward hook that does anything. */
static int read_chain(const struct nlmsghdr *msg, void *arg)
{
	const struct nfgenmsg *nfg = NLMSG_DATA(msg);
	const void *first = (const void *)nfg + NLMSG_ALIGN(sizeof(*nfg));
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*nfg));
	const struct nlattr *table = find_attr(first, len, NFTA_CHAIN_TABLE);
	const struct nlattr *name = find_attr(first, len, NFTA_CHAIN_NAME);
	const struct nlattr *hook = find_attr(first, len, NFTA_CHAIN_HOOK);
	struct forward_chain *found = arg;
	unsigned int hooknum, policy, rules;

	if (nfg->nfgen_family != NFPROTO_INET &&
	    nfg->nfgen_family != NFPROTO_IPV4 &&
	    nfg->nfgen_family != NFPROTO_IPV6)
		return 0;
	hooknum = attr_be32(find_nested(hook, NFTA_HOOK_HOOKNUM), -1);
	policy = attr_be32(find_attr(first, len, NFTA_CHAIN_POLICY), NF_ACCEPT);
	rules = attr_be32(find_attr(first, len, NFTA_CHAIN_USE), 0);
	if (hooknum != NF_INET_FORWARD || !table || !name ||
	    (policy == NF_ACCEPT && !rules) || *found->chain)
		return 0;
	snprintf(found->table, sizeof(found->table), "%s",
		 (const char *)attr_data(table));
	snprintf(found->chain, sizeof(found->chain), "%s",
		 (const char *)attr_data(name));
	return 0;
}

/* iptables of old has its own tables; the list needs them loaded. */
static void find_iptables(const char *list, struct forward_chain *found)
{
	FILE *file = fopen(list, "re");
	char table[64];

	if (!file)
		return;
	while (!*found->chain && fscanf(file, "%63s", table) == 1)
		if (!strcmp(table, "filter"))
			*found = (struct forward_chain){ "filter", "FORWARD" };
	fclose(file);
}

static void warn_netfilter(const char *dev)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg nfg;
	} req = {
		.head = { .nlmsg_type =
				  NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
		.nfg = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 },
	};
	struct forward_chain found = {};

	/* No answer: a kernel without nftables has no such rules. */
	netlink__request(NETLINK_NETFILTER, &req.head, read_chain, &found);
	find_iptables("/proc/net/ip_tables_names", &found);
	find_iptables("/proc/net/ip6_tables_names", &found);
	if (*found.chain)
		log_warn("%s: this host filters what it forwards (table %s, "
			 "chain %s), but packets that the XDP router forwards "
			 "do not go through netfilter",
			 dev, found.table, found.chain);
}

static void warn_hash_policy(const char *dev)
{
	int policy = read_value("/proc/sys/net/ipv4/"
				"fib_multipath_hash_policy");
	int policy6 = read_value("/proc/sys/net/ipv6/"
				 "fib_multipath_hash_policy");

	if (policy > 1 || policy6 > 1)
		log_warn("%s: fib_multipath_hash_policy is %d: Linux then "
			 "chooses among several paths by what the look-up of "
			 "this router is not told, and may choose another",
			 dev, policy > 1 ? policy : policy6);
}

#define ROUTES_MAX (ROUTE_MTUS_MAX - 2) /* and one for each family */

/* The host's routes; of too many, only how many there are. */
struct routes {
	bool odd_local; /* local ones that the kernel has not made itself */
	/* The first, by family, that the destination alone does not choose. */
	const char *choosy_ipv4, *choosy_ipv6;
	unsigned int count, min_mtu;
	struct {
		struct route_prefix prefix;
		unsigned int family, table, mtu;
		bool for_all; /* whatever the TOS or source */
	} route[ROUTES_MAX];
};

static unsigned int attr_u32(const struct nlattr *a, unsigned int missing)
{
	return a ? *(const unsigned int *)attr_data(a) : missing;
}

static struct route_prefix route_prefix(const struct rtmsg *rtm,
					const struct nlattr *dst)
{
	struct route_prefix prefix = { .bits = rtm->rtm_dst_len };

	if (rtm->rtm_family == AF_INET) {
		prefix.bits += MAPPED_BITS;
		prefix.addr.s6_addr16[5] = 0xffff;
		prefix.addr.s6_addr32[3] = attr_u32(dst, 0);
	} else if (dst) {
		memcpy(&prefix.addr, attr_data(dst), sizeof(prefix.addr));
	}
	return prefix;
}

/* What of a packet, beside its destination, decides where a route leads. */
static const char *choosy(const struct rtmsg *rtm, const void *first, int len)
{
	if (rtm->rtm_src_len)
		return "a route for certain sources";
	if (rtm->rtm_family == AF_INET && rtm->rtm_tos)
		return "a route for a certain TOS";
	/* An object by its id alone: a group, of which the kernel tells no
	 * more. */
	if (find_attr(first, len, RTA_MULTIPATH) ||
	    (find_attr(first, len, RTA_NH_ID) &&
	     !find_attr(first, len, RTA_OIF)))
		return "a multipath route";
	return NULL;
}

static int read_route(const struct nlmsghdr *msg, void *arg)
{
	const struct rtmsg *rtm = NLMSG_DATA(msg);
	const void *first = (const void *)rtm + NLMSG_ALIGN(sizeof(*rtm));
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*rtm));
	const struct nlattr *metrics = find_attr(first, len, RTA_METRICS);
	unsigned int mtu = attr_u32(find_nested(metrics, RTAX_MTU), 0);
	struct routes *routes = arg;
	unsigned int i;

	if (rtm->rtm_type == RTN_LOCAL || rtm->rtm_type == RTN_BROADCAST ||
	    rtm->rtm_type == RTN_ANYCAST || rtm->rtm_type == RTN_MULTICAST) {
		if (rtm->rtm_family == AF_INET)
			routes->odd_local |= rtm->rtm_protocol != RTPROT_KERNEL;
		return 0;
	}
	if (mtu && (!routes->min_mtu || mtu < routes->min_mtu))
		routes->min_mtu = mtu;
	if (rtm->rtm_family == AF_INET && !routes->choosy_ipv4)
		routes->choosy_ipv4 = choosy(rtm, first, len);
	if (rtm->rtm_family == AF_INET6 && !routes->choosy_ipv6)
		routes->choosy_ipv6 = choosy(rtm, first, len);
	i = routes->count++;
	if (i >= ROUTES_MAX)
		return 0;
	routes->route[i].prefix =
		route_prefix(rtm, find_attr(first, len, RTA_DST));
	routes->route[i].family = rtm->rtm_family;
	routes->route[i].table =
		attr_u32(find_attr(first, len, RTA_TABLE), rtm->rtm_table);
	routes->route[i].mtu = mtu ?: ~0u;
	routes->route[i].for_all = !rtm->rtm_tos && !rtm->rtm_src_len;
	return 0;
}

static int read_family(struct routes *routes, int family)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg rtm;
	} req = {
		.head = { .nlmsg_type = RTM_GETROUTE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
		.rtm = { .rtm_family = family },
	};

	return netlink__request(NETLINK_ROUTE, &req.head, read_route, routes);
}

static int read_routes(struct routes *routes)
{
	int err;

	memset(routes, 0, sizeof(*routes));
	err = read_family(routes, AF_INET);
	if (!err && read_conf("ipv6", "all", "forwarding") >= 0)
		err = read_family(routes, AF_INET6);
	return err;
}

struct rules {
	unsigned int ports_matter; /* an enum ports_matter */
	bool choosy;		   /* by more than the destination */
};

#define ATTR(type) (1ULL << (type))

/* Attributes of a rule that do not make it choose; all others may. */
static const unsigned long long plain_rule =
	ATTR(FRA_DST) | ATTR(FRA_PRIORITY) | ATTR(FRA_TABLE) | ATTR(FRA_GOTO) |
	ATTR(FRA_FLOW) | ATTR(FRA_PROTOCOL) | ATTR(FRA_SUPPRESS_IFGROUP) |
	ATTR(FRA_SUPPRESS_PREFIXLEN) | ATTR(FRA_PAD);

static int read_rule(const struct nlmsghdr *msg, void *arg)
{
	const struct fib_rule_hdr *rule = NLMSG_DATA(msg);
	const void *first = (const void *)rule + NLMSG_ALIGN(sizeof(*rule));
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*rule));
	struct rules *rules = arg;

	if (find_attr(first, len, FRA_IP_PROTO) ||
	    find_attr(first, len, FRA_SPORT_RANGE) ||
	    find_attr(first, len, FRA_DPORT_RANGE))
		rules->ports_matter = PORTS_IN_RULES;
	rules->choosy |= rule->tos || rule->src_len;
	for (int type = 1; type < 64; type++)
		rules->choosy |= !(plain_rule & ATTR(type)) &&
				 find_attr(first, len, type);
	return 0;
}

static int read_rules(struct rules *rules, int family)
{
	struct {
		struct nlmsghdr head;
		struct fib_rule_hdr rule;
	} req = {
		.head = { .nlmsg_type = RTM_GETRULE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
		.rule = { .family = family },
	};
	int err;

	*rules = (struct rules){ .ports_matter = PORTS_IGNORED };
	err = netlink__request(NETLINK_ROUTE, &req.head, read_rule, rules);
	/* A kernel without policy routing, or without IPv6. */
	return err == -EOPNOTSUPP || err == -EAFNOSUPPORT ? 0 : err;
}

static int read_ports_matter(unsigned int *matter)
{
	struct rules rules;
	int err;

	err = read_rules(&rules, AF_INET6);
	*matter = rules.ports_matter;
	if (*matter == PORTS_IGNORED &&
	    read_value("/proc/sys/net/ipv6/fib_multipath_hash_policy") > 0)
		*matter = PORTS_HASHED;
	return err;
}

static bool has_ipv4(const char *dev)
{
	struct ifaddrs *list;
	bool has = false;

	if (getifaddrs(&list))
		return false;
	for (struct ifaddrs *ifa = list; ifa; ifa = ifa->ifa_next)
		has |= ifa->ifa_addr && ifa->ifa_addr->sa_family == AF_INET &&
		       !strcmp(ifa->ifa_name, dev);
	freeifaddrs(list);
	return has;
}

static enum source_check choose_source_check(const char *dev,
					     const struct routes *routes)
{
	int effective = routing__rp_filter(dev);

	if (effective <= 0)
		return routes->odd_local ? SOURCE_NOT_LOCAL : SOURCE_NOT_OURS;
	/* Without an address of its own, a device has no other way. */
	if (effective == 1 || !has_ipv4(dev))
		return SOURCE_SAME_WAY;
	return SOURCE_ROUTED;
}

static struct routes routes; /* too large for a stack */

/* What is heeded, but as it was when the program was loaded. */
static void warn_snapshot(const char *dev)
{
	unsigned int with_mtu = 0;

	if (routing__rp_filter(dev) > 0)
		log_warn(
			"%s: rp_filter is %d here (the larger of all and %s): "
			"the router heeds that, with a second look-up for each "
			"packet; load it again when the setting changes",
			dev, routing__rp_filter(dev), dev);
	for (unsigned int i = 0; i < routes.count && i < ROUTES_MAX; i++)
		with_mtu += routes.route[i].mtu != ~0u;
	if (with_mtu)
		log_warn("%s: %u route%s: the router heeds that; load it again "
			 "when routes change",
			 dev, with_mtu,
			 with_mtu > 1 ? "s have MTUs of their own" :
					" has an MTU of its own");
}

void routing__warn(const char *dev)
{
	warn_forwarding(dev);
	warn_netfilter(dev);
	warn_hash_policy(dev);
	warn_snapshot(dev);
}

/* FNV-1a: other MTUs of other routes give another number. */
static __u64 hash_mtus(const struct routes *routes)
{
	const unsigned char *byte = (const void *)routes->route;
	__u64 hash = 0xcbf29ce484222325;

	if (routes->count > ROUTES_MAX)
		return routes->count;
	for (size_t i = 0; i < routes->count * sizeof(routes->route[0]); i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	return hash;
}

int routing__read(const char *dev, struct routing *r)
{
	int err;

	memset(r, 0, sizeof(*r));
	r->ipv4_forwards = read_conf("ipv4", dev, "forwarding") == 1;
	r->ipv6_forwards = read_conf("ipv6", dev, "forwarding") == 1;
	r->ipv6_is_off = read_conf("ipv6", "all", "forwarding") == 0 ||
			 read_conf("ipv6", dev, "disable_ipv6") == 1;
	err = read_routes(&routes);
	if (!err)
		err = read_ports_matter(&r->ports_matter);
	if (err) {
		log_err("%s: cannot read the routes: %s", dev, strerror(-err));
		return err;
	}
	r->source_check = choose_source_check(dev, &routes);
	r->route_mtu_min = routes.min_mtu;
	r->route_mtus = routes.min_mtu ? hash_mtus(&routes) : 0;
	return 0;
}

int routing__tell(struct loader *l, const struct routing *r)
{
	int err;

	err = loader__set_constant(l, "source_check", &r->source_check,
				   sizeof(r->source_check));
	if (!err)
		err = loader__set_constant(l, "route_mtu_min",
					   &r->route_mtu_min,
					   sizeof(r->route_mtu_min));
	if (!err)
		err = loader__set_constant(l, "ipv6_is_off", &r->ipv6_is_off,
					   sizeof(r->ipv6_is_off));
	if (!err)
		err = loader__set_constant(l, "ports_matter", &r->ports_matter,
					   sizeof(r->ports_matter));
	return err;
}

const char *routing__choosy(int family)
{
	struct rules rules;

	if (read_routes(&routes) || read_rules(&rules, family))
		return "an answer of the kernel's that is missing";
	if (rules.choosy)
		return "a rule";
	return family == AF_INET ? routes.choosy_ipv4 : routes.choosy_ipv6;
}

static bool same_table(unsigned int i, unsigned int j)
{
	return routes.route[i].family == routes.route[j].family &&
	       routes.route[i].table == routes.route[j].table;
}

static bool covers(const struct route_prefix *outer,
		   const struct route_prefix *inner)
{
	unsigned int bytes = outer->bits / 8, rest = outer->bits % 8;
	const __u8 *a = outer->addr.s6_addr, *b = inner->addr.s6_addr;

	return outer->bits <= inner->bits && !memcmp(a, b, bytes) &&
	       (!rest || !((a[bytes] ^ b[bytes]) >> (8 - rest)));
}

/*
 * The MTU of the route that packets to @prefix take in the table of route
 * number @n. One for a certain TOS or source may be passed over for those
 * with shorter prefixes.
 */
static unsigned int mtu_in_table(const struct route_prefix *prefix,
				 unsigned int n)
{
	unsigned int mtu = ~0u, bits = 0;

	for (unsigned int i = n; i < routes.count; i++)
		if (same_table(i, n) && routes.route[i].for_all &&
		    covers(&routes.route[i].prefix, prefix) &&
		    routes.route[i].prefix.bits > bits)
			bits = routes.route[i].prefix.bits;
	for (unsigned int i = n; i < routes.count; i++)
		if (same_table(i, n) &&
		    covers(&routes.route[i].prefix, prefix) &&
		    routes.route[i].prefix.bits >= bits &&
		    routes.route[i].mtu < mtu)
			mtu = routes.route[i].mtu;
	return mtu;
}

/*
 * Rules choose among the tables, which is not looked at here: the smallest
 * MTU in any of them is the one that is safe.
 */
static int enter_mtu(int fd, unsigned int family,
		     const struct route_prefix *prefix)
{
	unsigned int mtu = ~0u;

	for (unsigned int i = 0; i < routes.count; i++) {
		unsigned int in_table;

		/* Routes come by table: each one is looked at once. */
		if (routes.route[i].family != family ||
		    (i && same_table(i, i - 1)))
			continue;
		in_table = mtu_in_table(prefix, i);
		if (in_table < mtu)
			mtu = in_table;
	}
	return bpf_map_update_elem(fd, prefix, &mtu, BPF_ANY) ? -errno : 0;
}

static int enter_mtus(int fd)
{
	static const struct route_prefix everywhere, ipv4_everywhere = {
		.bits = MAPPED_BITS,
		.addr.s6_addr = { [10] = 0xff, 0xff },
	};
	int err = 0;

	for (unsigned int i = 0; i < routes.count && !err; i++)
		err = enter_mtu(fd, routes.route[i].family,
				&routes.route[i].prefix);
	return err						?:
		       enter_mtu(fd, AF_INET, &ipv4_everywhere) ?:
		       enter_mtu(fd, AF_INET6, &everywhere);
}

int routing__fill(struct loader *l)
{
	int fd = bpf_object__find_map_fd_by_name(l->obj, "route_mtus");
	int err;

	if (!routes.min_mtu)
		return 0;
	/* Without the entry for everywhere, what is large is passed. */
	if (routes.count > ROUTES_MAX) {
		log_warn("%s: some of the %u routes have an MTU of their own, "
			 "and they are too many to tell which: packets of "
			 "more than %u bytes are left to the stack",
			 l->dev, routes.count, routes.min_mtu);
		return 0;
	}
	err = enter_mtus(fd);
	if (err)
		log_err("%s: cannot fill the map route_mtus: %s", l->dev,
			strerror(-err));
	return err;
}
