/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tc02-ipip, going further: an IPv4 tunnel without a tunnel device.
 *
 * On the same hooks as the programs of tc_prog_kern.c, but these put the outer
 * header there and take it off themselves.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/tc_stats.h"
#include "tunnel.h"

/*
 * The outer header as the tunnel device writes it: no DF. The device takes the
 * identification from a counter of the kernel's, which nobody can foretell;
 * a random one does as well (RFC 6864).
 */
/* Assignment 5 */
static __always_inline void write_outer(struct iphdr *outer, __u8 tos,
					__u32 inner_len)
{
	outer->version = 4;
	outer->ihl = 5;
	outer->tos = outer_tos(tos);
	outer->tot_len = bpf_htons(inner_len + sizeof(*outer));
	outer->id = bpf_get_prandom_u32();
	outer->ttl = TUNNEL_TTL;
	outer->protocol = IPPROTO_IPIP;
	outer->saddr = tunnel.local;
	outer->daddr = tunnel.remote;
	outer->check = ~csum_fold(
		bpf_csum_diff(NULL, 0, (void *)outer, sizeof(*outer), 0));
}

/* Where l2_to_iptun_ingress_redirect is. */
SEC("tc")
int l2_to_ipip_by_hand(struct __sk_buff *skb)
{
	__u32 inner_len = skb->len - ETH_HLEN, mtu = 0;
	struct iphdr outer = {};
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	if (!p.iph || !is_to_vip(p.iph))
		return tc_stats_record_verdict(skb, verdict);
	/* Assignment 5 begins */
	/*
	 * What does not fit then is the stack's to answer. Of a large TCP
	 * segment the pieces that it will be cut into are made smaller.
	 */
	if (inner_len + sizeof(outer) > 0xffff ||
	    bpf_check_mtu(skb, tunnel.out_ifindex, &mtu, sizeof(outer), 0))
		return tc_stats_record_verdict(skb, verdict);
	write_outer(&outer, p.iph->tos, inner_len);
	/* Room between the Ethernet and the IP header. */
	if (bpf_skb_adjust_room(skb, sizeof(outer), BPF_ADJ_ROOM_MAC,
				BPF_F_ADJ_ROOM_ENCAP_L3_IPV4))
		return tc_stats_record_verdict(skb, verdict);
	bpf_skb_store_bytes(skb, ETH_HLEN, &outer, sizeof(outer), 0);
	/* Without a next hop it asks the routing table for that, too. */
	verdict = bpf_redirect_neigh(tunnel.out_ifindex, NULL, 0, 0);
	/* Assignment 5 ends */
	return tc_stats_record_verdict(skb, verdict);
}

/*
 * And back, where l2_to_iptun_ingress_forward is: what is inside goes on as
 * if it had arrived on this device, and the pieces of a large TCP segment stay
 * as long as they were on the wire (FIXED_GSO). Congestion that was noted on
 * the way would have to be noted inside: such packets are left alone.
 */
SEC("tc")
int ipip_to_l2_by_hand(struct __sk_buff *skb)
{
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	if (p.iph && p.iph->protocol == IPPROTO_IPIP &&
	    !(p.iph->frag_off & bpf_htons(IPV4_FRAGMENT)) &&
	    p.iph->saddr == tunnel.remote && p.iph->daddr == tunnel.local &&
	    bpf_ntohs(p.iph->tot_len) >= 2 * sizeof(*p.iph) &&
	    (p.iph->tos & 3) != 3)
		bpf_skb_adjust_room(skb, -(int)sizeof(*p.iph), BPF_ADJ_ROOM_MAC,
				    BPF_F_ADJ_ROOM_FIXED_GSO);
	return tc_stats_record_verdict(skb, verdict);
}

char _license[] SEC("license") = "GPL";
