/* SPDX-License-Identifier: GPL-2.0 */
/* What the program and its loader share. */
#ifndef XDP_PROG_H
#define XDP_PROG_H

#include <linux/if_ether.h>
#include <linux/types.h>

#define ROUTER_PORTS_MAX 1024 /* devices that run the router */
#define NEXT_HOPS_MAX	 1024

/* A key is compared with all its bytes, so it must have none without a name. */
struct next_hop {
	__u32 ifindex;
	__u8 mac[ETH_ALEN];
	__u8 zero[2];
};

struct next_hop_stats {
	__u64 packets;
	__u64 bytes; /* of the frames as they leave, Ethernet header included */
};

#endif
