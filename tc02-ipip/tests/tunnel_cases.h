/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases of this lesson share: the packets, and the tunnel that the
 * programs are told of.
 */
#ifndef TUNNEL_CASES_H
#define TUNNEL_CASES_H

#include <linux/if_ether.h>
#include <netinet/in.h>

#include "../tc_prog.h"
#include "cases.h"

/* clang-format off */
#define VIP4 "10.10.1.102"
#define VIP6 "2401:face::66"

#define IPV4 .dmac = MAC_HOST, .smac = MAC_PEER, .saddr = "10.1.1.101", \
	.daddr = VIP4, .version = 4, .ihl = 5, .ttl = 64, .ip_id = 0x1234, \
	.ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP, .icmp_type = 8, \
	.icmp_id = 0xbeef, .payload_len = 56
#define IPV6 .dmac = MAC_HOST, .smac = MAC_PEER, .saddr = "2401:db01::66", \
	.daddr = VIP6, .version = 6, .ttl = 64, .ip_proto = IPPROTO_ICMPV6, \
	.l4 = L4_ICMPV6, .icmp_type = 128, .icmp_id = 0xbeef, \
	.payload_len = 56
/* The outer header of what comes back, with what it carries as payload. */
#define BACK4 .dmac = MAC_HOST, .smac = MAC_PEER, .saddr = "10.2.1.102", \
	.daddr = "10.2.1.1", .version = 4, .ihl = 5, .ttl = 64, \
	.ip_proto = IPPROTO_IPIP, .payload_len = 84
#define BACK6 .dmac = MAC_HOST, .smac = MAC_PEER, .saddr = "2401:db02::66", \
	.daddr = "2401:db02::1", .version = 6, .ttl = 64, \
	.ip_proto = IPPROTO_IPV6, .payload_len = 84

/* The program changes no byte itself, whatever its verdict. */
#define ROW(of, number, sentence, verdict, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = verdict, \
	  .out = { __VA_ARGS__ }, .program = of, .assignment = number }
/* clang-format on */

/* set_tunnel_constants - its ends, the VIP net, and the device "far" */
void set_tunnel_constants(struct subject *s);

/* By hand: the suites of by_hand_cases.c */
extern const struct suite by_hand, by_hand6;

#endif
