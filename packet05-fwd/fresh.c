/* SPDX-License-Identifier: GPL-2.0 */
#include <stdlib.h>
#include <string.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "../common/user/netdev.h"
#include "service.h"
#include "tables.h"

/* Ticks within which an entry must have been hit to count as in use. */
#define RECENT 4

#define HOPS_MAX 1024

/* Next hops in use, and the neighbours that they may turn out to be. */
static struct hop {
	__u32 ifindex;
	__u8 mac[6];
} hops[HOPS_MAX];
static unsigned int hop_count;

static struct neighbour {
	struct ndmsg ndm;
	__u8 len, addr[16];
} stale[HOPS_MAX];
static unsigned int stale_count;

static bool is_hop(__u32 ifindex, const __u8 mac[6])
{
	for (unsigned int i = 0; i < hop_count; i++)
		if (hops[i].ifindex == ifindex && !memcmp(hops[i].mac, mac, 6))
			return true;
	return false;
}

static int add_hop(const struct dest *dest, enum table table,
		   const struct fwd_entry *entry, void *arg)
{
	__u32 now = *(__u32 *)arg;

	(void)dest;
	(void)table;
	if (now - entry->used <= RECENT && hop_count < HOPS_MAX &&
	    !is_hop(entry->ifindex, entry->dmac)) {
		hops[hop_count].ifindex = entry->ifindex;
		memcpy(hops[hop_count++].mac, entry->dmac, 6);
	}
	return 0;
}

static int read_neighbour(const struct nlmsghdr *msg, void *arg)
{
	const struct ndmsg *ndm = NLMSG_DATA(msg);
	const struct rtattr *a = (const void *)(ndm + 1);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*ndm));
	struct neighbour n = { .ndm = *ndm };
	const __u8 *mac = NULL;

	(void)arg;
	if (ndm->ndm_state != NUD_STALE)
		return 0;
	for (; RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == NDA_LLADDR && RTA_PAYLOAD(a) == 6)
			mac = RTA_DATA(a);
		if (a->rta_type == NDA_DST &&
		    RTA_PAYLOAD(a) <= sizeof(n.addr)) {
			n.len = RTA_PAYLOAD(a);
			memcpy(n.addr, RTA_DATA(a), n.len);
		}
	}
	if (mac && n.len && stale_count < HOPS_MAX &&
	    is_hop(ndm->ndm_ifindex, mac))
		stale[stale_count++] = n;
	return 0;
}

/* What sending a packet to a neighbour does, without a packet. */
static void use(const struct neighbour *n)
{
	struct {
		struct nlmsghdr head;
		struct ndmsg ndm;
		struct rtattr attr;
		__u8 addr[16];
	} req = {
		.head = { .nlmsg_type = RTM_NEWNEIGH,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			  .nlmsg_len = NLMSG_LENGTH(sizeof(req.ndm)) +
				       RTA_LENGTH(n->len) },
		.ndm = { .ndm_family = n->ndm.ndm_family,
			 .ndm_ifindex = n->ndm.ndm_ifindex,
			 .ndm_flags = NTF_USE },
		.attr = { .rta_type = NDA_DST, .rta_len = RTA_LENGTH(n->len) },
	};

	memcpy(req.addr, n->addr, n->len);
	netlink__request(NETLINK_ROUTE, &req.head, read_neighbour, NULL);
}

void fresh__touch(void)
{
	struct {
		struct nlmsghdr head;
		struct ndmsg ndm;
	} req = {
		.head = { .nlmsg_type = RTM_GETNEIGH,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
	};
	__u32 now = tables__tick();

	hop_count = stale_count = 0;
	if (tables__each(LEARNED, add_hop, &now) || !hop_count)
		return;
	netlink__request(NETLINK_ROUTE, &req.head, read_neighbour, NULL);
	for (unsigned int i = 0; i < stale_count; i++)
		use(&stale[i]);
}
