/* SPDX-License-Identifier: GPL-2.0 */
/* What a router's program is told of the host's settings by its loader. */
#ifndef ROUTING_H
#define ROUTING_H

#include <linux/in6.h>
#include <linux/types.h>

#define ROUTE_MTUS_MAX 1024

/* What Linux asks of the source of an IPv4 packet. */
enum source_check {
	SOURCE_NOT_OURS,  /* that it is not this host */
	SOURCE_NOT_LOCAL, /* ... by any route of the type local */
	SOURCE_ROUTED,	  /* a way back to it: rp_filter 2 */
	SOURCE_SAME_WAY,  /* ... by the device it came in on: rp_filter 1 */
};

/* What protocol and ports of an IPv6 packet decide, beside its addresses. */
enum ports_matter {
	PORTS_IGNORED,
	PORTS_HASHED,	/* the path: fib_multipath_hash_policy is not 0 */
	PORTS_IN_RULES, /* the table: rules ask for them */
};

/*
 * Key of the map route_mtus. IPv4 addresses are in it as IPv4-mapped ones
 * (RFC 4291, 2.5.5.2), so 96 bits come before those of their prefixes.
 */
struct route_prefix {
	__u32 bits;
	struct in6_addr addr;
};

#define MAPPED_BITS 96

#endif
