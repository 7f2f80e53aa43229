/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an XDP router may forward at all.
 */
#ifndef BPF_FORWARD_H
#define BPF_FORWARD_H

#include <stdbool.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "host.h"
#include "parse.h"
#include "routing.h"

/*
 * ipv4_is_forwardable - whether a packet needs a route, and a TTL to live by
 *
 * Everything else is Linux's: what is not between unicast addresses or has
 * our own source, what is longer than a route allows, and ICMP errors, which
 * take the path of the flow that they quote.
 */
static __always_inline bool ipv4_is_forwardable(struct iphdr *iph,
						void *data_end)
{
	if (!ipv4_addr_is_unicast(iph->saddr) ||
	    !ipv4_addr_is_unicast(iph->daddr))
		return false;
	/* Nobody else may send with our address, nobody with a broadcast. */
	if (host_uses_ipv4(iph->saddr))
		return false;
	return !ipv4_is_icmp_error(iph, data_end) && ipv4_fits_route(iph);
}

/* ipv6_is_forwardable - the same for IPv6 */
static __always_inline bool ipv6_is_forwardable(struct ipv6hdr *ip6h,
						void *data_end)
{
	if (!ipv6_addr_is_routable(&ip6h->saddr) ||
	    !ipv6_addr_is_routable(&ip6h->daddr))
		return false;
	if (host_has_ipv6(&ip6h->saddr) || ipv6_is_off)
		return false;
	if (!ipv6_fits_route(ip6h) || !ipv6_looks_alike(ip6h))
		return false;
	return !icmpv6_is_nd(ip6h, data_end) &&
	       !icmpv6_is_error(ip6h, data_end);
}

#endif
