/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "log.h"
#include "netdev.h"
#include "routing.h"

/* The value of net.FAMILY.conf.DEV.KEY, or -1 where there is no such thing. */
static int read_conf(const char *family, const char *dev, const char *key)
{
	char path[160];
	int value = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family, dev,
		 key);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

static void warn_forwarding(const char *dev)
{
	if (read_conf("ipv4", dev, "forwarding") == 0)
		log_warn("%s: IPv4 forwarding is off, so IPv4 is passed to the "
			 "stack, which drops it: `sysctl "
			 "net.ipv4.conf.%s.forwarding=1` (or conf.all)",
			 dev, dev);
	/* Linux wants both; the look-up asks for the device's alone. */
	if (read_conf("ipv6", dev, "forwarding") == 0)
		log_warn("%s: IPv6 forwarding is off, so IPv6 is passed to the "
			 "stack, which drops it: `sysctl "
			 "net.ipv6.conf.all.forwarding=1`",
			 dev);
	else if (read_conf("ipv6", "all", "forwarding") == 0)
		log_warn("%s: net.ipv6.conf.all.forwarding is 0: Linux would "
			 "not forward IPv6 here, but this router does",
			 dev);
}

static void warn_rp_filter(const char *dev)
{
	int all = read_conf("ipv4", "all", "rp_filter");
	int own = read_conf("ipv4", dev, "rp_filter");
	int effective = own > all ? own : all;

	if (effective > 0)
		log_warn("%s: rp_filter is %d here (the larger of all and %s), "
			 "but this router does not ask for the way back to the "
			 "source",
			 dev, effective, dev);
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

static int read_route(const struct nlmsghdr *msg, void *arg)
{
	const struct rtmsg *rtm = NLMSG_DATA(msg);
	const void *first = (const void *)rtm + NLMSG_ALIGN(sizeof(*rtm));
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*rtm));
	const struct nlattr *metrics = find_attr(first, len, RTA_METRICS);
	const struct nlattr *mtu = find_nested(metrics, RTAX_MTU);

	if (mtu && rtm->rtm_type == RTN_UNICAST)
		++*(int *)arg;
	return 0;
}

static void warn_route_mtu(const char *dev)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg rtm;
	} req = {
		.head = { .nlmsg_type = RTM_GETROUTE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
		.rtm = { .rtm_family = AF_INET },
	};
	int routes = 0;

	netlink__request(NETLINK_ROUTE, &req.head, read_route, &routes);
	if (routes)
		log_warn("%s: %d IPv4 route%s an MTU of %s own, but "
			 "bpf_fib_lookup() goes by the MTU of the device",
			 dev, routes, routes > 1 ? "s have" : " has",
			 routes > 1 ? "their" : "its");
}

void routing__warn(const char *dev)
{
	warn_forwarding(dev);
	warn_netfilter(dev);
	warn_rp_filter(dev);
	warn_route_mtu(dev);
}
