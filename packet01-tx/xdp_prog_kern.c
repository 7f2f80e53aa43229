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

#include "../common/bpf/csum.h"
#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/stats.h"

/* A reply starts its own journey (RFC 1700; also Linux's default). */
#define FRESH_TTL 64

/* Back to where it came from: the sender becomes the destination. */
static __always_inline void swap_macs(struct ethhdr *eth)
{
	__u8 sender[ETH_ALEN];

	__builtin_memcpy(sender, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, sender, ETH_ALEN);
}

/*
 * The IP header's checksum stays right when source and destination change
 * places, since a sum does not care for order. The TTL is another matter.
 */
static __always_inline void swap_ipv4(struct iphdr *iph)
{
	/* The third word of the header: TTL, protocol, checksum. */
	struct {
		__u8 ttl, protocol;
		__u16 zero;
	} old = { iph->ttl, iph->protocol, 0 }, new = old;
	__be32 sender = iph->saddr;

	iph->saddr = iph->daddr;
	iph->daddr = sender;

	new.ttl = FRESH_TTL;
	iph->ttl = FRESH_TTL;
	iph->check = csum_update(iph->check, &old, &new, sizeof(old));
}

/* No checksum here: IPv6 leaves that to the protocols above it. */
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
static __always_inline void set_icmp_type(struct icmp_head *icmp, __u8 type)
{
	/* The checksum does not cover itself: it counts as zero. */
	struct icmp_head old = { .type = icmp->type, .code = icmp->code };
	struct icmp_head new = { .type = type, .code = icmp->code };

	icmp->type = type;
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

	if (!iph || !host_has_ipv4(iph->daddr))
		return false;
	/* Nobody to answer to, or a forgery: this host did not ask itself. */
	if (!ipv4_addr_is_unicast(iph->saddr) || host_has_ipv4(iph->saddr))
		return false;
	icmp = parse_echo_ipv4(iph, data_end);
	if (!icmp)
		return false;

	swap_macs(eth);
	swap_ipv4(iph);
	set_icmp_type(icmp, ICMP_ECHOREPLY);
	return true;
}

/* The same for IPv6. */
static __always_inline bool echo_ipv6(struct ethhdr *eth, void *data_end)
{
	struct ipv6hdr *ip6h = parse_ipv6(eth, data_end);
	struct icmp_head *icmp;

	if (!ip6h || !host_has_ipv6(&ip6h->daddr))
		return false;
	if (!ipv6_addr_is_unicast(&ip6h->saddr) || host_has_ipv6(&ip6h->saddr))
		return false;
	icmp = parse_echo_ipv6(ip6h, data_end);
	if (!icmp)
		return false;

	swap_macs(eth);
	swap_ipv6(ip6h);
	set_icmp_type(icmp, ICMPV6_ECHO_REPLY);
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

char _license[] SEC("license") = "GPL";
