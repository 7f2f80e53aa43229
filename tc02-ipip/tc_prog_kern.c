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
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/tc_stats.h"
#include "tunnel.h"

#define TUNNEL_ID 10000

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
	/* Assignment 1 begins */
	if (ifindex && p.iph && is_to_vip(p.iph)) {
		bpf_printk("e/ingress redirect daddr4:%x to ifindex:%d",
			   bpf_ntohl(p.iph->daddr), ifindex);
		/* The helper takes this one in the machine's byte order. */
		key.remote_ipv4 = bpf_ntohl(tunnel.remote);
		if (!set_key(skb, &key, 0))
			verdict = bpf_redirect(ifindex, 0);
	}
	/* Assignment 1 ends */
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
	/* Assignment 4 begins */
	if (!ifindex || !say_vip(&p, ifindex))
		return tc_stats_record_verdict(skb, verdict);
	/* This one in network byte order. Word by word: it is volatile. */
	for (int i = 0; i < 4; i++)
		key.remote_ipv6[i] = tunnel.remote6.s6_addr32[i];
	if (!set_key(skb, &key, BPF_F_TUNINFO_IPV6))
		verdict = bpf_redirect(ifindex, 0);
	/* Assignment 4 ends */
	return tc_stats_record_verdict(skb, verdict);
}

/* Which protocol is inside decides; both kinds of tunnel come back here. */
/* Assignment 2. Until written: return false; */
static __always_inline bool is_encapsulated(const struct packet *p)
{
	if (p->iph)
		return p->iph->protocol == IPPROTO_IPIP;
	return p->ip6h && (p->ip6h->nexthdr == IPPROTO_IPIP ||
			   p->ip6h->nexthdr == IPPROTO_IPV6);
}

/* On the ingress of the tunnel's side: to be received by the tunnel device. */
SEC("tc")
int l2_to_iptun_ingress_forward(struct __sk_buff *skb)
{
	__u32 ifindex = find_tunnel();
	int verdict = TC_ACT_OK;
	struct packet p;

	parse(skb, &p);
	/* Assignment 2 begins */
	if (ifindex && is_encapsulated(&p)) {
		bpf_printk("ingress forward to ifindex:%d", ifindex);
		verdict = bpf_redirect(ifindex, BPF_F_INGRESS);
	}
	/* Assignment 2 ends */
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
	/* Assignment 3 begins */
	if ((p.iph && is_to_vip(p.iph)) || (p.ip6h && is_to_vip6(p.ip6h)))
		verdict = TC_ACT_SHOT;
	/* Assignment 3 ends */
	return tc_stats_record_verdict(skb, verdict);
}

char _license[] SEC("license") = "GPL";
