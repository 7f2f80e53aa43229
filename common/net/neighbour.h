/* SPDX-License-Identifier: GPL-2.0 */
/* Neighbours, IP addresses on a link, as rtnetlink(7) tells of them. */
#ifndef NET_NEIGHBOUR_H
#define NET_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>

/* The states in which the kernel sends to a neighbour (net/neighbour.h). */
#define NUD_VALID                                                              \
	(NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE |   \
	 NUD_DELAY)

struct neighbour {
	int family; /* AF_INET or AF_INET6 */
	int ifindex;
	uint16_t state; /* NUD_REACHABLE ... */
	uint8_t flags;	/* NTF_PROXY ... */
	/* In network byte order; an IPv4 address and zeros, or an IPv6 one. */
	union {
		struct in_addr ipv4;
		struct in6_addr ipv6;
	};
	bool has_mac;
	uint8_t mac[ETH_ALEN];
};

/* neighbour__parse - from RTM_NEWNEIGH or RTM_DELNEIGH; false: of no IP */
bool neighbour__parse(const struct nlmsghdr *msg, struct neighbour *neighbour);

/*
 * neighbour__each - hand each neighbour of all devices to @visit
 *
 * Stops where @visit does not return 0, and returns that. Otherwise 0, or a
 * negative errno.
 */
int neighbour__each(int (*visit)(const struct neighbour *neighbour, void *arg),
		    void *arg);

/*
 * neighbour__use - what sending a packet to it does, without a packet: the
 * kernel confirms it when it has not been heard of for long. 0 or -errno.
 */
int neighbour__use(const struct neighbour *neighbour);

#endif
