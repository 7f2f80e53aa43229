/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases of both programs share: who takes part, their packets, and
 * GUE.
 */
#ifndef GUE_CASES_H
#define GUE_CASES_H

#include <stdbool.h>
#include <netinet/in.h>

#include "cases.h"

#define DIRECTOR    IPV4_HOST
#define VIRTUAL	    "203.0.113.10"
#define VIRTUAL_TOO "203.0.113.200"
#define FIRST	    "198.51.100.1" /* backends, in the slots 1 and 2 */
#define SECOND	    "198.51.100.2"
#define THIRD	    "198.51.100.3"
#define DIRECTOR6   IPV6_HOST
#define VIRTUAL6    "2001:db8:203::10"
#define FIRST6	    "2001:db8:198::1" /* in slot 4 */
#define SLOT6	    4

#define MTU	   1500
#define INNER_MTU  (MTU - 32)
#define INNER_MTU6 (MTU - 52) /* when the backend's address is IPv6 */

/* Variant 0, no options, IPv4 or IPv6 inside, no flags */
#define GUE  "\x00\x04\x00\x00"
#define GUE6 "\x00\x29\x00\x00"

/* clang-format off */
#define IN .dmac = MAC_HOST, .smac = MAC_PEER
#define OUT .dmac = MAC_PEER, .smac = MAC_HOST

#define PACKET_IPV4 \
	.saddr = IPV4_PEER, .daddr = VIRTUAL, .version = 4, .ihl = 5, \
	.ttl = 57, .ip_id = 0x1234, .ip_proto = IPPROTO_TCP, .l4 = L4_TCP, \
	.sport = 43210, .dport = 80, .payload_len = 31
#define PACKET_IPV6 \
	.saddr = IPV6_PEER, .daddr = VIRTUAL6, .version = 6, .ttl = 57, \
	.flow = 0x54321, .ip_proto = IPPROTO_TCP, .l4 = L4_TCP, \
	.sport = 43210, .dport = 80, .payload_len = 31

#define UDP .ip_proto = IPPROTO_UDP, .l4 = L4_UDP
#define ICMP .ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP
#define ICMP6 .ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6
/* clang-format on */

/* is_ipv6 - whether that is an IPv6 address */
bool is_ipv6(const char *addr);

/* addr_of - an address as the maps have it: IPv4's as ::ffff:192.0.2.1 */
struct in6_addr addr_of(const char *text);

/* expect_empty_maps_pass - as any other loader leaves the program */
void expect_empty_maps_pass(const struct suite *suite);

/* fill_backend_maps - what the backend's host has: for its program */
void fill_backend_maps(struct subject *s);

/* One for each file, in the order to run them in. */
extern const struct suite director_suite, flow_suite, error_suite;
extern const struct suite director6_suite, backend_suite, both_suite;
extern const struct suite rendezvous_suite;

#endif
