/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic UDP Encapsulation (draft-ietf-intarea-gue): what stands between the
 * outer IP header and the packet inside, and in front of both.
 */
#ifndef GUE_H
#define GUE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/types.h>
#include <linux/udp.h>

#define GUE_PORT 6080 /* UDP, assigned by IANA */

/*
 * Its source port is one of the dynamic ports (RFC 6335, 6), 49152 to 65535:
 * the rest of it the highest bits of the flow's 64-bit hash.
 */
#define DYNAMIC_PORTS 0xc000
#define PORT_SHIFT    50

/*
 * GUE's first form (variant 0): version, control bit and length of options
 * in one byte, all 0 here; then the IP protocol of what follows, as in an IP
 * header; then flags, none here.
 */
struct gue_header {
	__u8 variant_control_hlen;
	__u8 ip_proto;
	__be16 flags;
};

/* What is between the outer IP header and the packet inside. */
struct tunnel_headers {
	struct udphdr udp;
	struct gue_header gue;
};

struct outer_ipv4 {
	struct iphdr ip;
	struct tunnel_headers tunnel;
};

struct outer_ipv6 {
	struct ipv6hdr ip6;
	struct tunnel_headers tunnel;
};

#endif
