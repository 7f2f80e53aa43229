/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet06-director, at the other end: what a backend does with the packets
 * that a director sends it.
 *
 * GUE for this host, with a packet for this host inside, loses its outer IP,
 * UDP and GUE headers, and what was inside passes to the stack, as the client
 * has sent it. Whatever else arrives passes, untouched. Inside and outside may
 * be IPv4 or IPv6, independent of each other.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/rewrite.h"
#include "../common/bpf/stats.h"
#include "gue.h"

/* An outer header that a director may have sent, to this host. */
/* Assignment 3. Until written: return false; */
static __always_inline bool outer_is_ipv4(struct iphdr *iph)
{
	/* A director may well use the virtual address as its source. */
	return iph->protocol == IPPROTO_UDP &&
	       !(iph->frag_off & bpf_htons(IPV4_FRAGMENT)) &&
	       ipv4_addr_is_unicast(iph->saddr) && host_has_ipv4(iph->daddr);
}

/* Assignment 6. Until written: return false; */
static __always_inline bool outer_is_ipv6(struct ipv6hdr *ip6h)
{
	return ip6h->nexthdr == IPPROTO_UDP &&
	       ipv6_addr_is_routable(&ip6h->saddr) &&
	       host_has_ipv6(&ip6h->daddr);
}

/* An inner packet of @len bytes, to this host. */
/* Assignment 3. Until written: return false; */
static __always_inline bool inner_is_ipv4(struct iphdr *iph, __u32 len,
					  void *data_end)
{
	return len >= sizeof(*iph) && (void *)(iph + 1) <= data_end &&
	       iph->version == 4 && iph->ihl >= 5 &&
	       bpf_ntohs(iph->tot_len) == len && host_has_ipv4(iph->daddr);
}

/* Assignment 6. Until written: return false; */
static __always_inline bool inner_is_ipv6(struct ipv6hdr *ip6h, __u32 len,
					  void *data_end)
{
	return len >= sizeof(*ip6h) && (void *)(ip6h + 1) <= data_end &&
	       ip6h->version == 6 &&
	       bpf_ntohs(ip6h->payload_len) == len - sizeof(*ip6h) &&
	       host_has_ipv6(&ip6h->daddr);
}

/*
 * The EtherType of what is in GUE, or 0 for what is no GUE, or not for this
 * host. Lengths must agree.
 * @len: of all that follows the outer IP header
 */
static __always_inline __be16 parse_gue(struct tunnel_headers *tunnel,
					__u32 len, void *data_end)
{
	void *inner = tunnel + 1;
	__u32 gue = 0;

	/* Assignment 3 begins */
	if (len < sizeof(*tunnel) || inner > data_end ||
	    tunnel->udp.dest != bpf_htons(GUE_PORT) ||
	    bpf_ntohs(tunnel->udp.len) != len)
		return 0;
	len -= sizeof(*tunnel);
	/* All at once: variant 0, no options, what is inside, no flags. */
	gue = bpf_ntohl(*(__be32 *)&tunnel->gue);
	/* Assignment 3 ends */
	if (gue == IPPROTO_IPIP << 16 && inner_is_ipv4(inner, len, data_end))
		return bpf_htons(ETH_P_IP);
	if (gue == IPPROTO_IPV6 << 16 && inner_is_ipv6(inner, len, data_end))
		return bpf_htons(ETH_P_IPV6);
	return 0;
}

/*
 * Whether a UDP checksum is right, or there is none.
 * @pseudo: the sum of the two addresses
 */
static __always_inline bool udp_checksum_ok(struct udphdr *udp, __u32 len,
					    void *data_end, __u64 pseudo)
{
	__u64 sum = pseudo + bpf_htonl(IPPROTO_UDP + len);

	if ((void *)(udp + 1) > data_end)
		return false;
	if (!udp->check)
		return true;
	return csum_bytes(udp, len, data_end, &sum) && csum_fold(sum) == 0xffff;
}

/* The EtherType of what is in a packet, and how long its outer headers are. */
static __always_inline __be16 parse_outer(struct ethhdr *eth, void *data_end,
					  int *size)
{
	struct iphdr *iph = parse_ipv4(eth, data_end);
	struct ipv6hdr *ip6h = parse_ipv6(eth, data_end);
	__be16 proto = 0;
	__u32 len;

	if (iph && outer_is_ipv4(iph)) {
		len = bpf_ntohs(iph->tot_len) - sizeof(*iph);
		*size = sizeof(struct outer_ipv4);
		proto = parse_gue((void *)(iph + 1), len, data_end);
		if (proto && !udp_checksum_ok((void *)(iph + 1), len, data_end,
					      csum_words(&iph->saddr, 8)))
			return 0;
	} else if (ip6h && outer_is_ipv6(ip6h)) {
		len = bpf_ntohs(ip6h->payload_len);
		*size = sizeof(struct outer_ipv6);
		proto = parse_gue((void *)(ip6h + 1), len, data_end);
		if (proto && !udp_checksum_ok((void *)(ip6h + 1), len, data_end,
					      csum_words(&ip6h->saddr, 32)))
			return 0;
	}
	return proto;
}

/*
 * Takes @size bytes of headers away from behind the Ethernet header, which is
 * kept but for its EtherType: that is @proto.
 */
/* Assignment 3. Until written: return XDP_PASS; */
static __always_inline int take_out(struct xdp_md *ctx, int size, __be16 proto)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data, outer;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS; /* never */
	outer = *eth;
	/* A positive number: the frame begins later. */
	if (bpf_xdp_adjust_head(ctx, size))
		return XDP_PASS;
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > data_end)
		return XDP_ABORTED; /* never */
	eth_set_addrs(eth, outer.h_dest, outer.h_source);
	eth->h_proto = proto;
	return XDP_PASS;
}

SEC("xdp")
int xdp_backend_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS, size;
	__be16 proto;

	if (!eth_is_for_host(eth, data_end))
		goto out;
	proto = parse_outer(eth, data_end, &size);
	if (proto)
		action = take_out(ctx, size, proto);
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
