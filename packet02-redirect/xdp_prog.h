/* SPDX-License-Identifier: GPL-2.0 */
/* What the program and its loader share. */
#ifndef XDP_PROG_H
#define XDP_PROG_H

#include <linux/if_ether.h>
#include <linux/types.h>

/* Where every frame goes. An ifindex of 0 is no interface's: nowhere. */
struct redirect_target {
	__u32 ifindex;
	__u8 dest_mac[ETH_ALEN];
	__u8 source_mac[ETH_ALEN];
};

#endif
