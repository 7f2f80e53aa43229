/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Refusing what is too long: the packet becomes the ICMP error that tells its
 * sender how long it may be.
 */
#ifndef REFUSE_H
#define REFUSE_H

#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/rewrite.h"
#include "outer.h"
#include "request.h"

/* What an ICMP error has in front of the packet that it quotes. */
struct error_ipv4 {
	struct iphdr ip;
	struct icmphdr icmp;
};

struct error_ipv6 {
	struct ipv6hdr ip6;
	struct icmp6hdr icmp6;
};

/* As much as keeps an error within 576 bytes (RFC 1812, 4.3.2.3) ... */
#define QUOTED_IPV4  (576 - sizeof(struct error_ipv4))
/* ... and within the MTU that every IPv6 link has (RFC 4443, 3.2) */
#define IPV6_MTU_MIN 1280
#define QUOTED_IPV6  (IPV6_MTU_MIN - sizeof(struct error_ipv6))

/*
 * Makes of a packet that is too long the error that tells its sender how long
 * it may be (RFC 792, RFC 1191). A sender that has not set "don't fragment"
 * is told as well: this program does not fragment.
 */
/* Assignment 5. Until written: return XDP_PASS; */
static __always_inline int refuse_ipv4(struct xdp_md *ctx, __be32 sender,
				       __u32 mtu)
{
	const int len = sizeof(struct error_ipv4) + QUOTED_IPV4;
	struct error_ipv4 *error;
	struct ethhdr *eth;
	void *data_end;
	__u64 sum = 0;

	if (!director_ipv4 ||
	    !make_room(ctx, sizeof(*error), bpf_htons(ETH_P_IP)))
		return XDP_PASS;
	if (frame_trim(ctx, sizeof(*eth) + len))
		return XDP_ABORTED; /* never */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	error = (void *)(eth + 1);
	if ((void *)(error + 1) > data_end)
		return XDP_ABORTED; /* never */

	set_ipv4(&error->ip, IPPROTO_ICMP, 0, len, sender);
	error->icmp.type = ICMP_DEST_UNREACH;
	error->icmp.code = ICMP_FRAG_NEEDED;
	error->icmp.un.frag.mtu = bpf_htons(mtu);
	if (!csum_bytes(&error->icmp, len - sizeof(error->ip), data_end, &sum))
		return XDP_ABORTED; /* never */
	error->icmp.checksum = ~csum_fold(sum);
	return XDP_TX;
}

/* The same for IPv6: "packet too big" (RFC 4443, 3.2). */
/* Assignment 6. Until written: return XDP_PASS; */
static __always_inline int refuse_ipv6(struct xdp_md *ctx,
				       const struct in6_addr *sender, __u32 mtu)
{
	const int len = sizeof(struct icmp6hdr) + QUOTED_IPV6;
	struct error_ipv6 *error;
	struct ethhdr *eth;
	void *data_end;
	__u64 sum;

	/* No host has to send packets as short as that (RFC 8200, 5). */
	if (mtu < IPV6_MTU_MIN || !director_ipv6[0] ||
	    !make_room(ctx, sizeof(*error), bpf_htons(ETH_P_IPV6)))
		return XDP_PASS;
	if (frame_trim(ctx, sizeof(*eth) + sizeof(error->ip6) + len))
		return XDP_ABORTED; /* never */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	error = (void *)(eth + 1);
	if ((void *)(error + 1) > data_end)
		return XDP_ABORTED; /* never */

	set_ipv6(&error->ip6, IPPROTO_ICMPV6, 0, 0, len, sender);
	error->icmp6.icmp6_type = ICMPV6_PKT_TOOBIG;
	error->icmp6.icmp6_mtu = bpf_htonl(mtu);
	/* A pseudo-header counts as well: RFC 8200, 8.1. */
	sum = bpf_htonl(len + IPPROTO_ICMPV6);
	sum += csum_words(&error->ip6.saddr, 2 * sizeof(*sender));
	if (!csum_bytes(&error->icmp6, len, data_end, &sum))
		return XDP_ABORTED; /* never */
	error->icmp6.icmp6_cksum = ~csum_fold(sum);
	return XDP_TX;
}

static __always_inline int refuse_too_long(struct xdp_md *ctx,
					   const struct request *req, __u32 mtu)
{
	if (req->is_never_refused)
		return XDP_PASS;
	if (req->is_ipv6)
		return refuse_ipv6(ctx, &req->key.client, mtu);
	return refuse_ipv4(ctx, req->key.client.s6_addr32[3], mtu);
}

#endif
