/* SPDX-License-Identifier: GPL-2.0 */
/* Routes and policy rules, as rtnetlink(7) tells of them. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <linux/rtnetlink.h>

struct route {
	int family;	  /* AF_INET or AF_INET6 */
	uint8_t type;	  /* RTN_UNICAST ... */
	uint8_t protocol; /* RTPROT_KERNEL ... */
	uint8_t tos;
	uint8_t dst_len, src_len; /* bits */
	uint32_t table;		  /* RT_TABLE_MAIN ... */
	/* The destination, in network byte order; zeros: any. */
	union {
		struct in_addr ipv4;
		struct in6_addr ipv6;
	};
	int oif;	     /* the device that it leads to; 0: none, several */
	uint32_t mtu;	     /* of its own, in bytes; 0: none */
	uint32_t nexthop_id; /* of an object (ip-nexthop(8)); 0: none */
	bool has_nexthops;   /* several, in the route itself */
	int32_t expires;     /* in clock ticks, of which a second has
			      * sysconf(_SC_CLK_TCK); 0: never */
};

/*
 * route__each - hand each route of all tables to @visit, table by table
 * @family: AF_INET or AF_INET6
 *
 * Without those that have expired: the kernel, too, passes them over, although
 * it keeps them for up to half a minute. Stops where @visit does not return 0,
 * and returns that. Otherwise 0, or a negative errno.
 */
int route__each(int family, int (*visit)(const struct route *route, void *arg),
		void *arg);

struct rule {
	int family;
	uint8_t action; /* FR_ACT_TO_TBL ... */
	uint8_t tos;
	uint8_t dst_len, src_len; /* bits */
	uint32_t table, priority;
	uint64_t attrs; /* the bit RULE_HAS(FRA_...) for each that it has */
};

#define RULE_HAS(attr) (1ULL << (attr))

/*
 * rule__each - the same for rules, by their priority
 *
 * -EOPNOTSUPP, -EAFNOSUPPORT: a kernel without them, or without this family.
 */
int rule__each(int family, int (*visit)(const struct rule *rule, void *arg),
	       void *arg);

#endif
