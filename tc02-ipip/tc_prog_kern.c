/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tc02-ipip: from Ethernet into an IPIP tunnel, and back.
 *
 * Packets to the VIP net get a tunnel key and are redirected to a tunnel
 * device, which encapsulates them; what comes back encapsulated is redirected
 * to the ingress of that device, which decapsulates. Everything else is
 * TC_ACT_OK, untouched.
 */
#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <sys/socket.h> /* AF_INET */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/parse.h"
#include "../common/bpf/tc.h"
#include "../common/bpf/tc_stats.h"
#include "tc_prog.h"

#define TUNNEL_ID  10000
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

/* The tunnel device's ifindex, or 0. */
static __always_inline __u32 find_tunnel(void)
{
	__u32 key = 0, *ifindex = bpf_map_lookup_elem(&tun_iface, &key);

	return ifindex ? *ifindex : 0;
}

/*
 * set_key - tell the tunnel device what to write into the outer header
 *
 * Only up to the fields that are set: an older kernel refuses a structure
 * that is longer than the one it knows.
 */
static __always_inline long set_key(struct __sk_buff *skb,
				    struct bpf_tunnel_key *key, __u64 flags)
{
	key->tunnel_id = TUNNEL_ID;
	key->tunnel_ttl = TUNNEL_TTL;
	return bpf_skb_set_tunnel_key(
		skb, key, offsetof(struct bpf_tunnel_key, local_ipv4), flags);
}

/* On the ingress of the client's side or the egress of the tunnel's side. */
SEC("tc")
int l2_to_iptun_ingress_redirect(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = {};
	__u32 ifindex = find_tunnel();
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	/* <assignment 1> */
	if (ifindex && p.iph && is_to_vip(p.iph)) {
		bpf_printk("e/ingress redirect daddr4:%x to ifindex:%d",
			   bpf_ntohl(p.iph->daddr), ifindex);
		/* The helper takes this one in the machine's byte order. */
		key.remote_ipv4 = bpf_ntohl(tunnel.remote);
		if (!set_key(skb, &key, 0))
			verdict = bpf_redirect(ifindex, 0);
	}
	/* </assignment> (void)ifindex, (void)key, (void)set_key; */
	return tc_stats_record_verdict(skb, verdict);
}

/* Whether a packet of either family is for the VIP net; says so. */
static __always_inline bool say_vip(const struct packet *p, __u32 ifindex)
{
	if (p->iph && is_to_vip(p->iph))
		bpf_printk("e/ingress redirect daddr4:%x to ifindex:%d",
			   bpf_ntohl(p->iph->daddr), ifindex);
	else if (p->ip6h && is_to_vip6(p->ip6h))
		bpf_printk("e/ingress redirect daddr6:%x to ifindex:%d",
			   bpf_ntohl(p->ip6h->daddr.s6_addr32[0]), ifindex);
	else
		return false;
	return true;
}

/* The same into an IPv6 tunnel, which carries both families. */
SEC("tc")
int l2_to_ip6tun_ingress_redirect(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = {};
	__u32 ifindex = find_tunnel();
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	/* <assignment 4> */
	if (!ifindex || !say_vip(&p, ifindex))
		return tc_stats_record_verdict(skb, verdict);
	/* This one in network byte order. Word by word: it is volatile. */
	for (int i = 0; i < 4; i++)
		key.remote_ipv6[i] = tunnel.remote6.s6_addr32[i];
	if (!set_key(skb, &key, BPF_F_TUNINFO_IPV6))
		verdict = bpf_redirect(ifindex, 0);
	/* </assignment> (void)ifindex, (void)key, (void)say_vip; */
	return tc_stats_record_verdict(skb, verdict);
}

/* Which protocol is inside decides; both kinds of tunnel come back here. */
static __always_inline bool is_encapsulated(const struct packet *p)
{
	/* <assignment 2> */
	if (p->iph)
		return p->iph->protocol == IPPROTO_IPIP;
	return p->ip6h && (p->ip6h->nexthdr == IPPROTO_IPIP ||
			   p->ip6h->nexthdr == IPPROTO_IPV6);
	/* </assignment> (void)p; return false; */
}

/* On the ingress of the tunnel's side: to be received by the tunnel device. */
SEC("tc")
int l2_to_iptun_ingress_forward(struct __sk_buff *skb)
{
	__u32 ifindex = find_tunnel();
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	/* <assignment 2> */
	if (ifindex && is_encapsulated(&p)) {
		bpf_printk("ingress forward to ifindex:%d", ifindex);
		verdict = bpf_redirect(ifindex, BPF_F_INGRESS);
	}
	/* </assignment> (void)ifindex, (void)is_encapsulated; */
	return tc_stats_record_verdict(skb, verdict);
}

/*
 * On the far end's Ethernet device: what reaches the VIP there has not come
 * through the tunnel. So a ping that works proves the tunnel.
 */
SEC("tc")
int drop_non_tun_vip(struct __sk_buff *skb)
{
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	/* <assignment 3> */
	if ((p.iph && is_to_vip(p.iph)) || (p.ip6h && is_to_vip6(p.ip6h)))
		verdict = TC_ACT_SHOT;
	/* </assignment> */
	return tc_stats_record_verdict(skb, verdict);
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

/*
 * The outer header as the tunnel device writes it: no DF. The device takes the
 * identification from a counter of the kernel's, which nobody can foretell;
 * a random one does as well (RFC 6864).
 */
static __always_inline void write_outer(struct iphdr *outer, __u8 tos,
					__u32 inner_len)
{
	/* <assignment 5> */
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
	/* </assignment> (void)outer, (void)tos, (void)inner_len; */
}

/*
 * Going further: both hooks without a tunnel device. Where
 * l2_to_iptun_ingress_redirect is.
 */
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
	/* <assignment 5> */
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
	/* </assignment> write_outer(&outer, 0, inner_len + mtu); */
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
