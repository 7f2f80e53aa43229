/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an XDP router may forward at all, what it asks the routing table, and
 * the change that one hop makes to a frame.
 */
#ifndef BPF_FORWARD_H
#define BPF_FORWARD_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <sys/socket.h> /* AF_INET, AF_INET6 */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "host.h"
#include "parse.h"
#include "rewrite.h"
#include "settings.h"

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

/*
 * ipv4_ask - the question to the routing table for a packet
 * @fib: ifindex is there already; the rest but for this is zero
 */
static __always_inline void ipv4_ask(struct bpf_fib_lookup *fib,
				     struct iphdr *iph, void *data_end)
{
	fib->family = AF_INET;
	fib->tos = iph->tos;
	fib->l4_protocol = iph->protocol;
	fib->tot_len = bpf_ntohs(iph->tot_len);
	fib->ipv4_src = iph->saddr;
	fib->ipv4_dst = iph->daddr;
	parse_ports_ipv4(iph, data_end, &fib->sport, &fib->dport);
}

/* ipv6_ask - the same for IPv6 */
static __always_inline void ipv6_ask(struct bpf_fib_lookup *fib,
				     struct ipv6hdr *ip6h, void *data_end)
{
	fib->family = AF_INET6;
	fib->flowinfo = *(__be32 *)ip6h & bpf_htonl(IPV6_FLOW_MASK);
	fib->l4_protocol = ip6h->nexthdr;
	/* The length that counts against the MTU includes the header. */
	fib->tot_len = sizeof(*ip6h) + bpf_ntohs(ip6h->payload_len);
	__builtin_memcpy(fib->ipv6_src, &ip6h->saddr, sizeof(ip6h->saddr));
	__builtin_memcpy(fib->ipv6_dst, &ip6h->daddr, sizeof(ip6h->daddr));
	parse_ports(ip6h->nexthdr, ip6h + 1, bpf_ntohs(ip6h->payload_len),
		    data_end, &fib->sport, &fib->dport);
}

/*
 * frame_hop - make a frame that will be sent on what the next hop shall get
 * @len: the length that the frame will have
 *
 * Padding away, TTL or hop limit one less, both MAC addresses new. Pointers
 * into the packet are invalid afterwards. Returns false with the frame as it
 * was.
 */
static __always_inline bool frame_hop(struct xdp_md *ctx, const void *dmac,
				      const void *smac, __u32 len)
{
	struct ethhdr *eth;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	void *data_end;

	if (frame_trim(ctx, len))
		return false;

	/* Trimming may have moved the frame: the pointers are taken anew. */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	iph = (void *)(eth + 1);
	ip6h = (void *)(eth + 1);
	if ((void *)(iph + 1) > data_end)
		return false; /* never: the verifier cannot know */
	if (eth_proto(eth) == bpf_htons(ETH_P_IP))
		ipv4_decrease_ttl(iph);
	else if ((void *)(ip6h + 1) <= data_end)
		ip6h->hop_limit--;
	else
		return false; /* never either */
	eth_set_addrs(eth, dmac, smac);
	return true;
}

#endif
