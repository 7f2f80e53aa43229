/* SPDX-License-Identifier: GPL-2.0 */
#include <stdbool.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "address.h"
#include "netlink.h"

static bool parse(const struct nlmsghdr *msg, struct address *address)
{
	const struct ifaddrmsg *ifa;
	struct netlink_attrs attrs;
	const struct nlattr *own;

	ifa = netlink__parse(msg, sizeof(*ifa), &attrs);
	if (!ifa || ifa->ifa_prefixlen > address__bits(ifa->ifa_family))
		return false;
	*address = (struct address){ .family = ifa->ifa_family,
				     .ifindex = ifa->ifa_index,
				     .prefix_len = ifa->ifa_prefixlen,
				     .scope = ifa->ifa_scope };
	address->flags = attr__u32(attrs.at[IFA_FLAGS], ifa->ifa_flags);
	attr__copy(attrs.at[IFA_BROADCAST], &address->broadcast,
		   sizeof(address->broadcast));
	/* On a link from point to point IFA_ADDRESS is the other one's. */
	own = attrs.at[IFA_LOCAL] ?: attrs.at[IFA_ADDRESS];
	if (address->family == AF_INET)
		return attr__copy(own, &address->ipv4, sizeof(address->ipv4));
	return address->family == AF_INET6 &&
	       attr__copy(own, &address->ipv6, sizeof(address->ipv6));
}

struct visitor {
	int (*visit)(const struct address *address, void *arg);
	void *arg;
};

static int visit_address(const struct nlmsghdr *msg, void *arg)
{
	const struct visitor *v = arg;
	struct address address;

	return parse(msg, &address) ? v->visit(&address, v->arg) : 0;
}

int address__each(int nsid,
		  int (*visit)(const struct address *address, void *arg),
		  void *arg)
{
	struct visitor v = { visit, arg };
	struct netlink_request r;

	netlink__begin(&r, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
	if (nsid != NETNS_HERE)
		mnl_attr_put_u32(r.head, IFA_TARGET_NETNSID, nsid);
	return netlink__send(&r, NETLINK_ROUTE, visit_address, &v);
}
