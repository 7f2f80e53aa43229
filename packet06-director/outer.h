/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the director writes in front of a packet: room for it, and an IP header
 * of the director's own.
 */
#ifndef OUTER_H
#define OUTER_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/rewrite.h"

#define OUTER_TTL 64

/*
 * Written by the loader: where the outer packets come from, in network byte
 * order, zeros where there is no such address; and how long they may be.
 */
const volatile __be32 director_ipv4 = 0;
const volatile __be32 director_ipv6[4] = {};
const volatile __u32 path_mtu = 1500;

/*
 * Makes room for @size bytes between the Ethernet header and the packet, and
 * addresses the frame to where it came from: the router that knows the way.
 * @proto: the EtherType of what will stand there, in network byte order
 *
 * Returns where the room is, filled with zeros, or NULL where there is none;
 * the frame is then as it was.
 */
/* Assignment 1. Until written: return NULL; */
static __always_inline void *make_room(struct xdp_md *ctx, int size,
				       __be16 proto)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data, old;

	if ((void *)(eth + 1) > data_end)
		return NULL; /* never: the verifier cannot know */
	old = *eth;
	/* A negative number: the frame begins earlier. */
	if (bpf_xdp_adjust_head(ctx, -size))
		return NULL;
	/* The frame has moved: the pointers are taken anew. */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) + size > data_end)
		return NULL; /* never either */
	eth_set_addrs(eth, old.h_source, old.h_dest);
	eth->h_proto = proto;
	return __builtin_memset(eth + 1, 0, size);
}

/*
 * ipv4_checksum - the checksum that a header without options shall have; the
 * field itself, which is part of what is added up, must be 0
 */
static __always_inline __u16 ipv4_checksum(const struct iphdr *iph)
{
	return ~ipv4_sum(iph);
}

/*
 * Writes a header into the packet. It is put together in registers first, and
 * so is its checksum: to read back what was just written in smaller pieces
 * makes the processor wait.
 * @len: of the whole packet, in bytes
 */
static __always_inline void set_ipv4(struct iphdr *to, __u8 ip_proto, __u8 tos,
				     __u16 len, __be32 daddr)
{
	struct iphdr iph = {
		.tos = tos,
		.protocol = ip_proto,
		.saddr = director_ipv4,
		.daddr = daddr,
	};

	/* Assignment 2 begins */
	iph.version = 4;
	iph.ihl = sizeof(iph) / 4;
	iph.tot_len = bpf_htons(len);
	/*
	 * Don't fragment: the backend does not reassemble. Such a packet
	 * needs no identification (RFC 6864).
	 */
	iph.frag_off = bpf_htons(IPV4_DF);
	iph.ttl = OUTER_TTL;
	iph.check = ipv4_checksum(&iph);
	/* Assignment 2 ends */
	*to = iph;
}

/*
 * The same for IPv6.
 * @len: of what follows this header, in bytes
 * @flow: the flow label, 20 bits
 */
static __always_inline void set_ipv6(struct ipv6hdr *ip6h, __u8 ip_proto,
				     __u8 tos, __u32 flow, __u16 len,
				     const struct in6_addr *daddr)
{
	ip6h->nexthdr = ip_proto;
	for (int i = 0; i < 4; i++)
		ip6h->saddr.s6_addr32[i] = director_ipv6[i];
	ip6h->daddr = *daddr;
	/* Assignment 6 begins */
	*(__be32 *)ip6h = bpf_htonl(6 << 28 | tos << 20 | flow);
	ip6h->payload_len = bpf_htons(len);
	ip6h->hop_limit = OUTER_TTL;
	/* Assignment 6 ends */
}

#endif
