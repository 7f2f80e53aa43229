/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tunnel of this lesson, for all of its programs: its two ends, what goes
 * into it, and its device, where there is one.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/parse.h"
#include "../common/bpf/tc.h"
#include "tc_prog.h"

#define TUNNEL_TTL 64

/*
 * The one tunnel device, at key 0: an ifindex in the machine's byte order.
 * Pinned by name: /sys/fs/bpf/tc/globals/tun_iface, whoever loads this.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} tun_iface SEC(".maps");

/* The loader's options; these values also serve who loads with `tc`. */
const volatile struct tunnel tunnel = {
	.vip_net = bpf_htonl(0x0a0a0100), /* 10.10.1.0/24 */
	.vip_mask = bpf_htonl(0xffffff00),
	.vip6_net.s6_addr = { 0x24, 0x01, 0xfa, 0xce },
	.local = bpf_htonl(0x0a020101),	 /* 10.2.1.1 */
	.remote = bpf_htonl(0x0a020166), /* 10.2.1.102 */
	.local6.s6_addr = { 0x24, 0x01, 0xdb, 0x02, [15] = 0x01 },
	.remote6.s6_addr = { 0x24, 0x01, 0xdb, 0x02, [15] = 0x66 },
};

/* The IP headers of a packet; not more than one is there. */
struct packet {
	struct iphdr *iph;
	struct ipv6hdr *ip6h;
};

/* No address of this host is asked for: on egress there is none. */
static __always_inline void parse(struct __sk_buff *skb, struct packet *p)
{
	long bytes = (long)skb->len - ETH_HLEN;
	struct ethhdr *eth;
	void *data_end;

	skb_pull(skb, sizeof(*eth) + sizeof(*p->ip6h));
	data_end = (void *)(long)skb->data_end;
	eth = (void *)(long)skb->data;
	p->iph = NULL;
	p->ip6h = NULL;
	if ((void *)(eth + 1) > data_end || skb->vlan_present)
		return;
	p->iph = parse_ipv4_of(eth, data_end, bytes);
	if (!p->iph)
		p->ip6h = parse_ipv6_of(eth, data_end, bytes);
}

static __always_inline bool is_to_vip(const struct iphdr *iph)
{
	return (iph->daddr & tunnel.vip_mask) == tunnel.vip_net;
}

static __always_inline bool is_to_vip6(const struct ipv6hdr *ip6h)
{
	return ip6h->daddr.s6_addr32[0] == tunnel.vip6_net.s6_addr32[0];
}

/*
 * The TOS or traffic class of an outer header, as the tunnel devices write it:
 * none of its own but the ECN bits of the packet, of which "congestion
 * experienced" becomes ECT(0) (RFC 6040, the "normal" mode is another).
 */
static __always_inline __u8 outer_tos(__u8 tos)
{
	__u8 ecn = tos & 3;

	return ecn == 3 ? 2 : ecn;
}

#endif
