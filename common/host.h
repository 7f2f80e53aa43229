/* SPDX-License-Identifier: GPL-2.0 */
/* What program and loader share of the host maps (common/bpf/host.h). */
#ifndef HOST_H
#define HOST_H

#include <linux/types.h>

#define HOST_ADDRS_MAX 1024

/* What this host uses an IPv4 address for. */
enum host_ipv4_use {
	HOST_OWN = 1,
	HOST_BROADCAST = 2,
};

/* A MAC address as three 16-bit words, in the order of the wire. */
struct host_mac {
	__u16 addr[3];
};

#endif
