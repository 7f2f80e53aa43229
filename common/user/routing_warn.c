/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../net/link.h"
#include "../net/netlink.h"
#include "../net/sysctl.h"
#include "log.h"
#include "routing.h"

static void warn_forwarding(const char *dev, const struct link *link)
{
	if (link->ipv4_forwarding == 0)
		log_warn("%s: IPv4 forwarding is off, so IPv4 is passed to the "
			 "stack, which drops it: `sysctl "
			 "net.ipv4.conf.%s.forwarding=1` (or conf.all)",
			 dev, dev);
	/* Linux wants that of all; the look-up asks for the device's. */
	if (link->ipv6_forwarding == 0)
		log_warn("%s: IPv6 forwarding is off, so IPv6 is passed to the "
			 "stack, which drops it: `sysctl "
			 "net.ipv6.conf.all.forwarding=1`",
			 dev);
	else if (sysctl__read("ipv6/conf/all/forwarding") == 0)
		log_warn("%s: net.ipv6.conf.all.forwarding is 0, so IPv6 is "
			 "passed to the stack, which drops it",
			 dev);
}

static uint32_t attr_be32(const struct nlattr *a, uint32_t missing)
{
	return a ? ntohl(attr__u32(a, htonl(missing))) : missing;
}

struct forward_chain {
	char table[64], chain[64];
};

/* Remembers the first chain of the forward hook that does anything. */
static int note_chain(const struct nlmsghdr *msg, void *arg)
{
	struct forward_chain *found = arg;
	struct netlink_attrs chain, hook;
	const struct nfgenmsg *nfg;
	uint32_t policy, rules;

	nfg = netlink__parse(msg, sizeof(*nfg), &chain);
	if (!nfg || *found->chain ||
	    (nfg->nfgen_family != NFPROTO_INET &&
	     nfg->nfgen_family != NFPROTO_IPV4 &&
	     nfg->nfgen_family != NFPROTO_IPV6))
		return 0;
	attr__nested(chain.at[NFTA_CHAIN_HOOK], &hook);
	policy = attr_be32(chain.at[NFTA_CHAIN_POLICY], NF_ACCEPT);
	rules = attr_be32(chain.at[NFTA_CHAIN_USE], 0);
	if (attr_be32(hook.at[NFTA_HOOK_HOOKNUM], -1) != NF_INET_FORWARD ||
	    (policy == NF_ACCEPT && !rules))
		return 0;
	snprintf(found->table, sizeof(found->table), "%s",
		 attr__text(chain.at[NFTA_CHAIN_TABLE]));
	snprintf(found->chain, sizeof(found->chain), "%s",
		 attr__text(chain.at[NFTA_CHAIN_NAME]));
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
	struct forward_chain found = {};
	struct netlink_request r;
	struct nfgenmsg *nfg;

	nfg = netlink__begin(&r, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETCHAIN,
			     NLM_F_DUMP, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	/* No answer: a kernel without nftables has no such rules. */
	netlink__send(&r, NETLINK_NETFILTER, note_chain, &found);
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
	int policy = sysctl__read("ipv4/fib_multipath_hash_policy");
	int policy6 = sysctl__read("ipv6/fib_multipath_hash_policy");

	if (policy > 1 || policy6 > 1)
		log_warn("%s: fib_multipath_hash_policy is %d: Linux then "
			 "chooses among several paths by what the look-up of "
			 "this router is not told, and may choose another",
			 dev, policy > 1 ? policy : policy6);
}

/* What is heeded, but as it was when the program was loaded. */
static void warn_snapshot(const struct device *dev, const struct routing *r)
{
	unsigned int with_mtu = routing_mtus__count(&r->mtus);
	int rp_filter = routing__rp_filter(dev->ifindex);

	if (rp_filter > 0)
		log_warn(
			"%s: rp_filter is %d here (the larger of all and %s): "
			"the router heeds that, with a second look-up for each "
			"packet; load it again when the setting changes",
			dev->name, rp_filter, dev->name);
	if (with_mtu)
		log_warn("%s: %u route%s: the router heeds that; load it again "
			 "when routes change",
			 dev->name, with_mtu,
			 with_mtu > 1 ? "s have MTUs of their own" :
					" has an MTU of its own");
}

void routing__warn(const struct device *dev, const struct routing *r)
{
	struct link link;

	if (!link__get(NETNS_HERE, dev->ifindex, &link))
		warn_forwarding(dev->name, &link);
	warn_netfilter(dev->name);
	warn_hash_policy(dev->name);
	warn_snapshot(dev, r);
}
