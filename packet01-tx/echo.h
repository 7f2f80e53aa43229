/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recognising an echo request, and correcting its checksums when it becomes
 * the reply (RFC 1624).
 */
#ifndef ECHO_H
#define ECHO_H

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/parse.h"

/*
 * parse_echo_ipv4 - the echo request that an IPv4 packet carries (RFC 792)
 *
 * Type 8 and code 0 in an unfragmented packet, eight bytes of header, and a
 * right checksum over the whole message: the reply's checksum will be
 * derived from it, so a wrong one would be passed on, and the stack drops
 * such a request without a word. The message must end where the frame ends:
 * the padding of a short frame is no part of the reply, and cutting it off
 * is left to the stack.
 *
 * A request of nothing but zeros behind its checksum is the stack's: one's
 * complement has two zeros, and which of them the reply's checksum must be
 * cannot be told by an incremental update (RFC 1624, section 3).
 */
static __always_inline struct icmp_head *parse_echo_ipv4(struct iphdr *iph,
							 void *data_end)
{
	struct icmp_head *icmp = (void *)(iph + 1);
	__u32 len = bpf_ntohs(iph->tot_len) - sizeof(*iph);
	__u32 *word = (void *)icmp;
	__u64 sum;

	if (iph->protocol != IPPROTO_ICMP ||
	    (iph->frag_off & bpf_htons(IPV4_FRAGMENT)))
		return NULL;
	if (len < sizeof(struct icmphdr) || (void *)(word + 2) > data_end ||
	    len != bytes_from(icmp, data_end))
		return NULL;
	if (icmp->type != ICMP_ECHO || icmp->code != 0)
		return NULL;
	sum = word[1];
	if (!csum_bytes(word + 2, len - 2 * sizeof(*word), data_end, &sum) ||
	    !sum)
		return NULL;
	return csum_fold(sum + word[0]) == 0xffff ? icmp : NULL;
}

/*
 * parse_echo_ipv6 - the echo request that an IPv6 packet carries (RFC 4443)
 *
 * As for IPv4, but the checksum also covers a pseudo-header of addresses,
 * length and protocol (RFC 8200, 8.1). Behind an extension header, a
 * fragment header among them, the request is the stack's.
 */
static __always_inline struct icmp_head *parse_echo_ipv6(struct ipv6hdr *ip6h,
							 void *data_end)
{
	struct icmp_head *icmp = (void *)(ip6h + 1);
	__u32 len = bpf_ntohs(ip6h->payload_len);
	__u64 sum = bpf_htonl(len + IPPROTO_ICMPV6);

	if (ip6h->nexthdr != IPPROTO_ICMPV6)
		return NULL;
	if (len < sizeof(struct icmp6hdr) || (void *)(icmp + 1) > data_end ||
	    len != bytes_from(icmp, data_end))
		return NULL;
	if (icmp->type != ICMPV6_ECHO_REQUEST || icmp->code != 0)
		return NULL;
	sum += csum_words(&ip6h->saddr, 2 * sizeof(struct in6_addr));
	if (!csum_bytes(icmp, len, data_end, &sum))
		return NULL;
	return csum_fold(sum) == 0xffff ? icmp : NULL;
}

/*
 * csum_replace - a checksum after one 16-bit word that it covers has changed
 *
 * Equation 3 of RFC 1624, HC' = ~(~HC + ~m + m').
 */
static __always_inline __u16 csum_replace(__u16 check, __u16 from, __u16 to)
{
	return ~csum_fold((__u16)~check + (__u16)~from + to);
}

/*
 * csum_update - a checksum after a part of the data it covers has changed
 * @check: the checksum as it stands in the packet
 * @from: the old bytes, @to: the new bytes
 * @size: of both, a multiple of 4, at most 256
 *
 * Equation 3 of RFC 1624, HC' = ~(~HC + ~m + m'): bpf_csum_diff() adds the
 * complements of the old words and the new words to the seed.
 */
static __always_inline __u16 csum_update(__u16 check, void *from, void *to,
					 __u32 size)
{
	__u32 seed = (__u16)~check;

	return ~csum_fold(bpf_csum_diff(from, size, to, size, seed));
}

#endif
