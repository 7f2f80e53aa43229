/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/fib_rules.h>

#include "address.h"
#include "netlink.h"
#include "route.h"

static bool parse_route(const struct nlmsghdr *msg, struct route *route)
{
	struct netlink_attrs attrs, metrics;
	struct rta_cacheinfo cache = {};
	const struct rtmsg *rtm;

	rtm = netlink__parse(msg, sizeof(*rtm), &attrs);
	if (!rtm || !address__bits(rtm->rtm_family) ||
	    rtm->rtm_dst_len > address__bits(rtm->rtm_family))
		return false;
	attr__nested(attrs.at[RTA_METRICS], &metrics);
	*route = (struct route){
		.family = rtm->rtm_family,
		.type = rtm->rtm_type,
		.protocol = rtm->rtm_protocol,
		.tos = rtm->rtm_tos,
		.dst_len = rtm->rtm_dst_len,
		.src_len = rtm->rtm_src_len,
		.table = attr__u32(attrs.at[RTA_TABLE], rtm->rtm_table),
		.oif = attr__u32(attrs.at[RTA_OIF], 0),
		.mtu = attr__u32(metrics.at[RTAX_MTU], 0),
		.nexthop_id = attr__u32(attrs.at[RTA_NH_ID], 0),
		.has_nexthops = attrs.at[RTA_MULTIPATH],
	};
	if (attr__copy(attrs.at[RTA_CACHEINFO], &cache, sizeof(cache)))
		route->expires = cache.rta_expires;
	if (route->family == AF_INET)
		attr__copy(attrs.at[RTA_DST], &route->ipv4,
			   sizeof(route->ipv4));
	else
		attr__copy(attrs.at[RTA_DST], &route->ipv6,
			   sizeof(route->ipv6));
	return true;
}

struct route_visitor {
	int (*visit)(const struct route *route, void *arg);
	void *arg;
};

static int visit_route(const struct nlmsghdr *msg, void *arg)
{
	const struct route_visitor *v = arg;
	struct route route;

	if (!parse_route(msg, &route) || route.expires < 0)
		return 0;
	return v->visit(&route, v->arg);
}

int route__each(int family, int (*visit)(const struct route *route, void *arg),
		void *arg)
{
	struct route_visitor v = { visit, arg };
	struct netlink_request r;
	struct rtmsg *rtm;

	rtm = netlink__begin(&r, RTM_GETROUTE, NLM_F_DUMP, sizeof(*rtm));
	rtm->rtm_family = family;
	return netlink__send(&r, NETLINK_ROUTE, visit_route, &v);
}

static bool parse_rule(const struct nlmsghdr *msg, struct rule *rule)
{
	const struct fib_rule_hdr *head;
	struct netlink_attrs attrs;

	head = netlink__parse(msg, sizeof(*head), &attrs);
	if (!head)
		return false;
	*rule = (struct rule){
		.family = head->family,
		.action = head->action,
		.tos = head->tos,
		.dst_len = head->dst_len,
		.src_len = head->src_len,
		.table = attr__u32(attrs.at[FRA_TABLE], head->table),
		.priority = attr__u32(attrs.at[FRA_PRIORITY], 0),
	};
	for (int type = 1; type < 64; type++)
		if (attrs.at[type])
			rule->attrs |= RULE_HAS(type);
	return true;
}

struct rule_visitor {
	int (*visit)(const struct rule *rule, void *arg);
	void *arg;
};

static int visit_rule(const struct nlmsghdr *msg, void *arg)
{
	const struct rule_visitor *v = arg;
	struct rule rule;

	return parse_rule(msg, &rule) ? v->visit(&rule, v->arg) : 0;
}

int rule__each(int family, int (*visit)(const struct rule *rule, void *arg),
	       void *arg)
{
	struct rule_visitor v = { visit, arg };
	struct fib_rule_hdr *head;
	struct netlink_request r;

	head = netlink__begin(&r, RTM_GETRULE, NLM_F_DUMP, sizeof(*head));
	head->family = family;
	return netlink__send(&r, NETLINK_ROUTE, visit_rule, &v);
}
