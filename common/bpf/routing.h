/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Linux does to forwarded packets beyond what bpf_fib_lookup() tells,
 * as far as this host's settings ask for it.
 *
 * A program cannot read settings. The loader writes them into constants
 * before the program is loaded, and the kernel's verifier removes the code
 * that a constant rules out: a check that is not needed costs nothing.
 */
#ifndef BPF_ROUTING_H
#define BPF_ROUTING_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <sys/socket.h> /* AF_INET */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../routing.h"
#include "parse.h"

/* An enum source_check. */
const volatile __u32 source_check = SOURCE_NOT_OURS;
/* The smallest MTU that a route has of its own; 0: none has one. */
const volatile __u32 route_mtu_min = 0;
/* Linux forwards no IPv6 from this device, whatever the look-up says. */
const volatile bool ipv6_is_off = false;
/* An enum ports_matter. */
const volatile __u32 ports_matter = PORTS_IGNORED;

/*
 * The MTUs that routes have of their own, by destination. The last entry that
 * the loader makes is ::/0, which every destination matches: what is not
 * found is not known yet.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, ROUTE_MTUS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct route_prefix);
	__type(value, __u32);
} route_mtus SEC(".maps");

static __always_inline bool within_route_mtu(const struct route_prefix *dest,
					     __u32 len)
{
	const __u32 *mtu = bpf_map_lookup_elem(&route_mtus, dest);

	return mtu && len <= *mtu;
}

/*
 * ipv4_fits_route - whether a packet is within the MTU of the route itself
 *
 * Linux fragments what exceeds it, or tells the sender (RFC 1191). The
 * look-up compares with the MTU of the device, and of locked routes only.
 */
static __always_inline bool ipv4_fits_route(const struct iphdr *iph)
{
	__u32 len = bpf_ntohs(iph->tot_len);
	struct route_prefix dest;

	if (!route_mtu_min || len <= route_mtu_min)
		return true;
	dest = (struct route_prefix){ .bits = 128 };
	dest.addr.s6_addr16[5] = 0xffff;
	dest.addr.s6_addr32[3] = iph->daddr;
	return within_route_mtu(&dest, len);
}

/* ipv6_fits_route - the same for IPv6 (RFC 8201) */
static __always_inline bool ipv6_fits_route(const struct ipv6hdr *ip6h)
{
	__u32 len = sizeof(*ip6h) + bpf_ntohs(ip6h->payload_len);
	struct route_prefix dest;

	if (!route_mtu_min || len <= route_mtu_min)
		return true;
	dest = (struct route_prefix){ .bits = 128 };
	__builtin_memcpy(&dest.addr, &ip6h->daddr, sizeof(dest.addr));
	return within_route_mtu(&dest, len);
}

/*
 * ipv6_looks_alike - whether Linux and the look-up see the same packet
 *
 * Where ports matter, Linux looks behind extension headers for them, and
 * still hashes by what the first header says: the look-up can be told one of
 * the two. And where rules ask for ports, Linux hashes the flow label of
 * ICMPv6 in another byte order.
 */
static __always_inline bool ipv6_looks_alike(const struct ipv6hdr *ip6h)
{
	if (ports_matter == PORTS_IGNORED)
		return true;
	if (ports_matter == PORTS_IN_RULES && ip6h->nexthdr == IPPROTO_ICMPV6)
		return false;
	return !ipv6_has_extension(ip6h);
}

/*
 * ipv4_source_is_valid - whether Linux would accept where a packet is from
 * @egress: the device that it is about to leave by
 *
 * Reverse path filtering (RFC 3704) by a second look-up: that of the way
 * from the destination to the source. As in fib_validate_source(), the
 * packet on its way back comes in where this one leaves, with the ports
 * exchanged.
 */
static __always_inline bool ipv4_source_is_valid(struct xdp_md *ctx,
						 struct iphdr *iph,
						 void *data_end, __u32 egress)
{
	struct bpf_fib_lookup back;

	if (source_check == SOURCE_NOT_OURS)
		return true;
	back = (struct bpf_fib_lookup){
		.family = AF_INET,
		.ifindex = egress,
		.tos = iph->tos,
		.l4_protocol = iph->protocol,
		.ipv4_src = iph->daddr,
		.ipv4_dst = iph->saddr,
	};
	parse_ports_ipv4(iph, data_end, &back.dport, &back.sport);
	switch (bpf_fib_lookup(ctx, &back, sizeof(back), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		return source_check != SOURCE_SAME_WAY ||
		       back.ifindex == ctx->ingress_ifindex;
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
		/* A route through a tunnel: by which device is not told. */
		return source_check != SOURCE_SAME_WAY;
	case BPF_FIB_LKUP_RET_BLACKHOLE:
	case BPF_FIB_LKUP_RET_UNREACHABLE:
	case BPF_FIB_LKUP_RET_PROHIBIT:
		return source_check == SOURCE_NOT_LOCAL;
	default:
		/* A local or broadcast address, or no route: not to be told. */
		return false;
	}
}

#endif
