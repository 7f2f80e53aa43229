/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet01-tx: an ICMP and ICMPv6 echo server in XDP.
 *
 * A request addressed to this host becomes its own reply, in place, and
 * leaves by the device that it came in on (XDP_TX). The stack never sees it.
 * Every other frame is passed, untouched.
 */
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/rewrite.h"
#include "../common/bpf/stats.h"
#include "echo.h"

/* A reply starts its own journey (RFC 1700; also Linux's default). */
#define FRESH_TTL 64

/* Back to where it came from: the sender becomes the destination. */
/* Assignment 2 */
static __always_inline void swap_macs(struct ethhdr *eth)
{
	__u16 sender[ETH_ALEN / 2];

	mac_copy(sender, eth->h_source);
	mac_copy(eth->h_source, eth->h_dest);
	mac_copy(eth->h_dest, sender);
}

/*
 * The IP header's checksum stays right when source and destination change
 * places, since a sum does not care for order. The TTL is another matter.
 */
/* Assignment 3 */
static __always_inline void swap_ipv4(struct iphdr *iph)
{
	/* A checksum is made of 16-bit words: the TTL's other half is this. */
	struct ttl_word {
		__u8 ttl, protocol;
	} old = { iph->ttl, iph->protocol }, new = { FRESH_TTL, iph->protocol };
	__be32 sender = iph->saddr;

	iph->saddr = iph->daddr;
	iph->daddr = sender;

	iph->ttl = FRESH_TTL;
	iph->check = csum_replace(iph->check, *(__u16 *)&old, *(__u16 *)&new);
}

/* No checksum here: IPv6 leaves that to the protocols above it. */
/* Assignment 3 */
static __always_inline void swap_ipv6(struct ipv6hdr *ip6h)
{
	struct in6_addr sender = ip6h->saddr;

	ip6h->saddr = ip6h->daddr;
	ip6h->daddr = sender;
	ip6h->hop_limit = FRESH_TTL;
}

/*
 * Only the type changes, so the checksum is not computed anew over the whole
 * message but corrected by the difference of its first word (RFC 1624).
 */
/* Assignment 4 */
static __always_inline void set_icmp_type(struct icmp_head *icmp, __u8 from,
					  __u8 to)
{
	/* An echo's code is 0, and the checksum does not cover itself. */
	struct icmp_head old = { .type = from }, new = { .type = to };

	icmp->type = to;
	icmp->checksum = csum_update(icmp->checksum, &old, &new, sizeof(old));
}

/*
 * Turns an IPv4 echo request for this host into its reply, in place.
 * Returns false, with the frame untouched, for anything else.
 */
static __always_inline bool echo_ipv4(struct ethhdr *eth, void *data_end)
{
	struct iphdr *iph = parse_ipv4(eth, data_end);
	struct icmp_head *icmp;

	/* Assignment 1 begins. Until written: return false; */
	if (!iph || !host_has_ipv4(iph->daddr))
		return false;
	/* Nobody to answer to, or a forgery: this host did not ask itself. */
	if (!ipv4_addr_is_unicast(iph->saddr) || host_uses_ipv4(iph->saddr))
		return false;
	icmp = parse_echo_ipv4(iph, data_end);
	if (!icmp)
		return false;
	/* Assignment 1 ends */

	swap_macs(eth);
	swap_ipv4(iph);
	set_icmp_type(icmp, ICMP_ECHO, ICMP_ECHOREPLY);
	return true;
}

/* The same for IPv6. */
static __always_inline bool echo_ipv6(struct ethhdr *eth, void *data_end)
{
	struct ipv6hdr *ip6h = parse_ipv6(eth, data_end);
	struct icmp_head *icmp;

	/* Assignment 1 begins. Until written: return false; */
	if (!ip6h || !host_has_ipv6(&ip6h->daddr))
		return false;
	if (!ipv6_addr_is_unicast(&ip6h->saddr) || host_has_ipv6(&ip6h->saddr))
		return false;
	icmp = parse_echo_ipv6(ip6h, data_end);
	if (!icmp)
		return false;
	/* Assignment 1 ends */

	swap_macs(eth);
	swap_ipv6(ip6h);
	set_icmp_type(icmp, ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY);
	return true;
}

SEC("xdp")
int xdp_icmp_echo_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS;

	if (eth_is_for_host(eth, data_end) &&
	    (echo_ipv4(eth, data_end) || echo_ipv6(eth, data_end)))
		action = XDP_TX;

	return xdp_stats_record_action(ctx, action);
}

/* A request or reply of ARP for Ethernet and IPv4 (RFC 826). */
struct arp_ipv4 {
	__be16 hw_type;
	__be16 proto_type;
	__u8 hw_len;
	__u8 proto_len;
	__be16 op;
	__u8 sender_mac[ETH_ALEN];
	__be32 sender_ip;
	__u8 target_mac[ETH_ALEN];
	__be32 target_ip;
} __attribute__((packed));

#define ARP_REQUEST 1
#define ARP_REPLY   2

/* macs_equal - whether two MAC addresses are the same */
static __always_inline bool macs_equal(const __u8 *a, const __u8 *b)
{
	for (int i = 0; i < ETH_ALEN; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/*
 * arp_asks_us - whether a frame asks for the MAC address of this host
 *
 * Linux remembers who has asked. So requests that it should see are passed:
 * from senders without an address (RFC 5227), from this host's own, and those
 * in which Ethernet and ARP name different senders. What is sent to another
 * station's MAC address is that station's.
 */
/* Assignment 5. Until written: return false; */
static __always_inline bool arp_asks_us(struct ethhdr *eth, void *data_end)
{
	const __u8 broadcast[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	struct arp_ipv4 *arp = (void *)(eth + 1);

	if ((void *)(arp + 1) > data_end ||
	    eth->h_proto != bpf_htons(ETH_P_ARP))
		return false;
	if (arp->hw_type != bpf_htons(1 /* Ethernet */) ||
	    arp->proto_type != bpf_htons(ETH_P_IP) || arp->hw_len != ETH_ALEN ||
	    arp->proto_len != 4 || arp->op != bpf_htons(ARP_REQUEST))
		return false;
	if (!macs_equal(eth->h_dest, broadcast) &&
	    !eth_is_for_host(eth, data_end))
		return false;
	if (eth->h_source[0] & 1 || !macs_equal(eth->h_source, arp->sender_mac))
		return false;
	return host_has_ipv4(arp->target_ip) &&
	       ipv4_addr_is_unicast(arp->sender_ip) &&
	       !host_uses_ipv4(arp->sender_ip);
}

/* Turns the request into its reply, from the owner of @mac. */
/* Assignment 5 */
static __always_inline void arp_reply(struct ethhdr *eth, const __u8 *mac)
{
	struct arp_ipv4 *arp = (void *)(eth + 1);
	__be32 asked = arp->target_ip;

	arp->op = bpf_htons(ARP_REPLY);
	__builtin_memcpy(arp->target_mac, arp->sender_mac, ETH_ALEN);
	arp->target_ip = arp->sender_ip;
	__builtin_memcpy(arp->sender_mac, mac, ETH_ALEN);
	arp->sender_ip = asked;
	/* A request goes to everybody, its reply to the one who asked. */
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
}

/* Going further: answers ARP, so that the stack does not even see who asks. */
SEC("xdp")
int xdp_arp_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS;

	if (arp_asks_us(eth, data_end)) {
		arp_reply(eth, (const __u8 *)&this_host.mac);
		action = XDP_TX;
	}
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
