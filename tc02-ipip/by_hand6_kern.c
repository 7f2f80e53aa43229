/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tc02-ipip, going further: an IPv6 tunnel without a tunnel device. It carries
 * both families.
 *
 * The same as by_hand_kern.c, with an outer header that has neither a checksum
 * nor an identification, but a flow label; and what is IPv4 on one side is IPv6
 * on the other, which Ethernet and the kernel have to be told.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/tc_stats.h"
#include "tunnel.h"

/* Word by word: the constant is volatile. */
static __always_inline struct in6_addr
read_addr(const volatile struct in6_addr *from)
{
	struct in6_addr to;

	for (int i = 0; i < 4; i++)
		to.s6_addr32[i] = from->s6_addr32[i];
	return to;
}

/* The traffic class lies across the first two bytes. */
static __always_inline __u8 tclass_of(const struct ipv6hdr *ip6h)
{
	return bpf_ntohl(*(const __be32 *)ip6h) >> 20;
}

/*
 * What the outer IPv6 header says of the packet inside: its family and its
 * ECN bits. False for one that is not for the VIP net.
 */
static __always_inline bool describe(const struct packet *p, __u8 *ip_proto,
				     __u8 *tclass)
{
	if (p->iph && is_to_vip(p->iph)) {
		*ip_proto = IPPROTO_IPIP;
		*tclass = outer_tos(p->iph->tos);
		return true;
	}
	if (p->ip6h && is_to_vip6(p->ip6h)) {
		*ip_proto = IPPROTO_IPV6;
		*tclass = outer_tos(tclass_of(p->ip6h));
		return true;
	}
	return false;
}

/*
 * Neither a checksum nor an identification; a flow label, so that routers on
 * the way can tell the flows inside apart (RFC 6438). The device's comes from
 * a hash with a secret of the kernel's, which nobody can foretell; so does
 * this one.
 */
static __always_inline void write_outer6(struct ipv6hdr *outer, __u8 ip_proto,
					 __u8 tclass, __u32 hash,
					 __u32 inner_len)
{
	*(__be32 *)outer = bpf_htonl(6 << 28 | tclass << 20 | (hash & 0xfffff));
	outer->payload_len = bpf_htons(inner_len);
	outer->nexthdr = ip_proto;
	outer->hop_limit = TUNNEL_TTL;
	outer->saddr = read_addr(&tunnel.local6);
	outer->daddr = read_addr(&tunnel.remote6);
}

static __always_inline void set_eth_proto(struct __sk_buff *skb, __u16 proto)
{
	__be16 eth_proto = bpf_htons(proto);

	bpf_skb_store_bytes(skb, offsetof(struct ethhdr, h_proto), &eth_proto,
			    sizeof(eth_proto), 0);
}

/* By hand into an IPv6 tunnel, which carries both families. */
SEC("tc")
int l2_to_ip6tnl_by_hand(struct __sk_buff *skb)
{
	__u32 inner_len = skb->len - ETH_HLEN, mtu = 0;
	__u8 ip_proto = 0, tclass = 0;
	struct ipv6hdr outer = {};
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	if (!describe(&p, &ip_proto, &tclass) || inner_len > 0xffff ||
	    bpf_check_mtu(skb, tunnel.out_ifindex, &mtu, sizeof(outer), 0))
		return tc_stats_record_verdict(skb, verdict);
	write_outer6(&outer, ip_proto, tclass, bpf_get_hash_recalc(skb),
		     inner_len);
	/* The kernel now takes the packet for IPv6; the frame must say so. */
	if (bpf_skb_adjust_room(skb, sizeof(outer), BPF_ADJ_ROOM_MAC,
				BPF_F_ADJ_ROOM_ENCAP_L3_IPV6))
		return tc_stats_record_verdict(skb, verdict);
	set_eth_proto(skb, ETH_P_IPV6);
	bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), 0);
	verdict = bpf_redirect_neigh(tunnel.out_ifindex, NULL, 0, 0);
	return tc_stats_record_verdict(skb, verdict);
}

/* Whether an outer header has come through the tunnel, without congestion. */
static __always_inline bool is_from_far_end(const struct ipv6hdr *ip6h)
{
	struct in6_addr local = read_addr(&tunnel.local6);
	struct in6_addr remote = read_addr(&tunnel.remote6);

	return ipv6_addrs_equal(&ip6h->saddr, &remote) &&
	       ipv6_addrs_equal(&ip6h->daddr, &local) &&
	       (tclass_of(ip6h) & 3) != 3;
}

/*
 * As much as an IPv4 header is long is taken off as such; the rest of the
 * outer header is what "changing" IPv6 to IPv4 takes off. (Kernels from 6.3 on
 * do both at once: BPF_F_ADJ_ROOM_DECAP_L3_IPV4.)
 */
static __always_inline int unwrap_ipv4(struct __sk_buff *skb)
{
	if (bpf_skb_adjust_room(skb, -(int)sizeof(struct iphdr),
				BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO))
		return TC_ACT_OK;
	/* Of what is half taken off nothing can be made any more. */
	if (bpf_skb_change_proto(skb, bpf_htons(ETH_P_IP), 0))
		return TC_ACT_SHOT;
	set_eth_proto(skb, ETH_P_IP);
	return TC_ACT_OK;
}

/*
 * And back. Behind the outer header the packet must follow at once: extension
 * headers are the stack's.
 */
SEC("tc")
int ip6tnl_to_l2_by_hand(struct __sk_buff *skb)
{
	int verdict = TC_ACT_OK;
	struct packet p;
	__u32 inner_len;

	parse(skb, &p);
	if (!p.ip6h || !is_from_far_end(p.ip6h))
		return tc_stats_record_verdict(skb, verdict);
	inner_len = bpf_ntohs(p.ip6h->payload_len);
	if (p.ip6h->nexthdr == IPPROTO_IPIP && inner_len >= sizeof(*p.iph))
		verdict = unwrap_ipv4(skb);
	else if (p.ip6h->nexthdr == IPPROTO_IPV6 &&
		 inner_len >= sizeof(*p.ip6h))
		bpf_skb_adjust_room(skb, -(int)sizeof(*p.ip6h),
				    BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
	return tc_stats_record_verdict(skb, verdict);
}

char _license[] SEC("license") = "GPL";
