/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include "link.h"
#include "netlink.h"

static void read_kind(const struct nlattr *info, struct link *link)
{
	struct netlink_attrs attrs;

	attr__nested(info, &attrs);
	snprintf(link->kind, sizeof(link->kind), "%s",
		 attr__text(attrs.at[IFLA_INFO_KIND]));
}

static void read_xdp(const struct nlattr *xdp, struct link *link)
{
	struct netlink_attrs attrs;
	uint8_t mode = XDP_ATTACHED_NONE;

	attr__nested(xdp, &attrs);
	attr__copy(attrs.at[IFLA_XDP_ATTACHED], &mode, sizeof(mode));
	link->xdp_mode = mode;
	/* Of several, the one that runs first. */
	link->xdp_prog_id =
		attr__u32(attrs.at[IFLA_XDP_PROG_ID], 0)	     ?:
			attr__u32(attrs.at[IFLA_XDP_HW_PROG_ID], 0)  ?:
			attr__u32(attrs.at[IFLA_XDP_DRV_PROG_ID], 0) ?:
			attr__u32(attrs.at[IFLA_XDP_SKB_PROG_ID], 0);
}

/* One of the numbers of which an attribute is an array, or -1. */
static int setting(const struct nlattr *array, size_t i)
{
	int value;

	if (!array || mnl_attr_get_payload_len(array) < (i + 1) * sizeof(value))
		return -1;
	memcpy(&value, mnl_attr_get_payload(array) + i * sizeof(value),
	       sizeof(value));
	return value;
}

static void read_settings(const struct nlattr *families, struct link *link)
{
	struct netlink_attrs attrs, ipv4, ipv6;
	const struct nlattr *conf;

	attr__nested(families, &attrs);
	attr__nested(attrs.at[AF_INET], &ipv4);
	attr__nested(attrs.at[AF_INET6], &ipv6);
	conf = ipv4.at[IFLA_INET_CONF]; /* its numbers begin at 1 */
	link->ipv4_forwarding = setting(conf, IPV4_DEVCONF_FORWARDING - 1);
	link->ipv4_rp_filter = setting(conf, IPV4_DEVCONF_RP_FILTER - 1);
	conf = ipv6.at[IFLA_INET6_CONF];
	link->ipv6_forwarding = setting(conf, DEVCONF_FORWARDING);
	link->ipv6_disabled = setting(conf, DEVCONF_DISABLE_IPV6);
}

static void read_stats(const struct nlattr *stats, struct link *link)
{
	size_t size = stats ? mnl_attr_get_payload_len(stats) : 0;

	if (size > sizeof(link->stats))
		size = sizeof(link->stats);
	if (size)
		memcpy(&link->stats, mnl_attr_get_payload(stats), size);
}

static bool parse(const struct nlmsghdr *msg, struct link *link)
{
	const struct ifinfomsg *ifi;
	struct netlink_attrs attrs;
	uint8_t operstate = 0;

	ifi = netlink__parse(msg, sizeof(*ifi), &attrs);
	if (!ifi)
		return false;
	*link = (struct link){ .ifindex = ifi->ifi_index,
			       .type = ifi->ifi_type,
			       .flags = ifi->ifi_flags };
	snprintf(link->name, sizeof(link->name), "%s",
		 attr__text(attrs.at[IFLA_IFNAME]));
	link->mtu = attr__u32(attrs.at[IFLA_MTU], 0);
	attr__copy(attrs.at[IFLA_OPERSTATE], &operstate, sizeof(operstate));
	link->operstate = operstate;
	link->has_mac = attr__copy(attrs.at[IFLA_ADDRESS], link->mac,
				   sizeof(link->mac));
	link->group = attr__u32(attrs.at[IFLA_GROUP], 0);
	link->master = attr__u32(attrs.at[IFLA_MASTER], 0);
	link->other_ifindex = attr__u32(attrs.at[IFLA_LINK], 0);
	link->other_nsid = attr__u32(attrs.at[IFLA_LINK_NETNSID], NETNS_HERE);
	read_kind(attrs.at[IFLA_LINKINFO], link);
	read_xdp(attrs.at[IFLA_XDP], link);
	read_settings(attrs.at[IFLA_AF_SPEC], link);
	read_stats(attrs.at[IFLA_STATS64], link);
	return true;
}

struct visitor {
	int (*visit)(const struct link *link, void *arg);
	void *arg;
};

static int visit_link(const struct nlmsghdr *msg, void *arg)
{
	const struct visitor *v = arg;
	struct link link;

	return parse(msg, &link) ? v->visit(&link, v->arg) : 0;
}

int link__each(int nsid, int (*visit)(const struct link *link, void *arg),
	       void *arg)
{
	struct visitor v = { visit, arg };
	struct netlink_request r;

	netlink__begin(&r, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	if (nsid != NETNS_HERE)
		mnl_attr_put_u32(r.head, IFLA_TARGET_NETNSID, nsid);
	return netlink__send(&r, NETLINK_ROUTE, visit_link, &v);
}

static int read_link(const struct nlmsghdr *msg, void *link)
{
	return parse(msg, link) ? 0 : -EBADMSG;
}

int link__get(int nsid, int ifindex, struct link *link)
{
	struct netlink_request r;
	struct ifinfomsg *ifi;

	ifi = netlink__begin(&r, RTM_GETLINK, 0, sizeof(*ifi));
	ifi->ifi_index = ifindex;
	if (nsid != NETNS_HERE)
		mnl_attr_put_u32(r.head, IFLA_TARGET_NETNSID, nsid);
	return netlink__send(&r, NETLINK_ROUTE, read_link, link);
}

int link__find(const char *name, struct link *link)
{
	struct netlink_request r;

	if (!*name || strlen(name) >= IF_NAMESIZE)
		return -ENODEV;
	netlink__begin(&r, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(r.head, IFLA_IFNAME, name);
	return netlink__send(&r, NETLINK_ROUTE, read_link, link);
}

bool link__is_veth(const struct link *link)
{
	return !strcmp(link->kind, "veth");
}

int link__peer(const struct link *link, struct link *peer)
{
	if (!link__is_veth(link) || !link->other_ifindex)
		return -EOPNOTSUPP;
	return link__get(link->other_nsid, link->other_ifindex, peer);
}
