/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs and their loader share. */
#ifndef TC_PROG_H
#define TC_PROG_H

#include <stdbool.h>
#include <linux/in6.h>
#include <linux/types.h>

/* Whither, and how. Addresses in network byte order. */
struct tunnel {
	__be32 vip_net, vip_mask; /* what goes into the tunnel ... */
	struct in6_addr vip6_net; /* ... and of IPv6, a /32 */
	__be32 local, remote;	  /* its ends; the device finds local alone */
	struct in6_addr local6, remote6; /* of an IPv6 tunnel */
	__u32 out_ifindex; /* towards the remote end, for by_hand */
};

#endif
