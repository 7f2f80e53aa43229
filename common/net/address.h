/* SPDX-License-Identifier: GPL-2.0 */
/* The IP addresses of devices, as rtnetlink(7) tells of them. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <stdint.h>
#include <netinet/in.h>

#include "netns.h"

/* address__bits - how long an address is; 0: of no IP family */
static inline unsigned int address__bits(int family)
{
	return family == AF_INET ? 32 : family == AF_INET6 ? 128 : 0;
}

struct address {
	int family; /* AF_INET or AF_INET6 */
	int ifindex;
	uint8_t prefix_len; /* bits */
	uint8_t scope;	    /* RT_SCOPE_LINK ... */
	uint32_t flags;	    /* IFA_F_TENTATIVE ... */
	/* The device's own, in network byte order. */
	union {
		struct in_addr ipv4;
		struct in6_addr ipv6;
	};
	struct in_addr broadcast; /* as it was set; 0: none */
};

/*
 * address__each - hand each address of all devices to @visit, IPv4 first
 * @nsid: number of the namespace (netns__number()), or NETNS_HERE
 *
 * Stops where @visit does not return 0, and returns that. Otherwise 0, or a
 * negative errno.
 */
int address__each(int nsid,
		  int (*visit)(const struct address *address, void *arg),
		  void *arg);

#endif
