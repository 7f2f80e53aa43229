/* SPDX-License-Identifier: GPL-2.0 */
/* What the program and its loader share. */
#ifndef XDP_PROG_H
#define XDP_PROG_H

#include <linux/if_ether.h>
#include <linux/types.h>

#define REDIRECT_PARAMS_MAX 1024
#define UNKNOWN_SOURCES_MAX 1024

/* A MAC address, as it is on the wire. */
struct mac_addr {
	__u8 addr[ETH_ALEN];
};

#endif
