/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/rtnetlink.h>

#include "neighbour.h"
#include "netlink.h"

bool neighbour__parse(const struct nlmsghdr *msg, struct neighbour *neighbour)
{
	struct netlink_attrs attrs;
	const struct ndmsg *ndm;

	ndm = netlink__parse(msg, sizeof(*ndm), &attrs);
	if (!ndm)
		return false;
	*neighbour = (struct neighbour){ .family = ndm->ndm_family,
					 .ifindex = ndm->ndm_ifindex,
					 .state = ndm->ndm_state,
					 .flags = ndm->ndm_flags };
	neighbour->has_mac = attr__copy(attrs.at[NDA_LLADDR], neighbour->mac,
					sizeof(neighbour->mac));
	if (neighbour->family == AF_INET)
		return attr__copy(attrs.at[NDA_DST], &neighbour->ipv4,
				  sizeof(neighbour->ipv4));
	return neighbour->family == AF_INET6 &&
	       attr__copy(attrs.at[NDA_DST], &neighbour->ipv6,
			  sizeof(neighbour->ipv6));
}

struct visitor {
	int (*visit)(const struct neighbour *neighbour, void *arg);
	void *arg;
};

static int visit_neighbour(const struct nlmsghdr *msg, void *arg)
{
	const struct visitor *v = arg;
	struct neighbour neighbour;

	return neighbour__parse(msg, &neighbour) ?
		       v->visit(&neighbour, v->arg) :
		       0;
}

int neighbour__each(int (*visit)(const struct neighbour *neighbour, void *arg),
		    void *arg)
{
	struct visitor v = { visit, arg };
	struct netlink_request r;

	netlink__begin(&r, RTM_GETNEIGH, NLM_F_DUMP, sizeof(struct ndmsg));
	return netlink__send(&r, NETLINK_ROUTE, visit_neighbour, &v);
}

int neighbour__use(const struct neighbour *neighbour)
{
	struct netlink_request r;
	struct ndmsg *ndm;

	ndm = netlink__begin(&r, RTM_NEWNEIGH, NLM_F_ACK, sizeof(*ndm));
	ndm->ndm_family = neighbour->family;
	ndm->ndm_ifindex = neighbour->ifindex;
	ndm->ndm_flags = NTF_USE;
	mnl_attr_put(r.head, NDA_DST,
		     neighbour->family == AF_INET ? sizeof(neighbour->ipv4) :
						    sizeof(neighbour->ipv6),
		     &neighbour->ipv4);
	return netlink__send(&r, NETLINK_ROUTE, NULL, NULL);
}
