/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Changes to a frame, made only once the program knows that it will send it.
 */
#ifndef BPF_REWRITE_H
#define BPF_REWRITE_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/*
 * mac_copy - a MAC address from one even place in memory to another
 *
 * Of a header that is declared as packed the compiler knows no alignment:
 * memcpy() would become six loads and six stores, of one byte each.
 */
static __always_inline void mac_copy(void *to, const void *from)
{
	const __u16 *old = from;
	__u16 *new = to;

	new[0] = old[0];
	new[1] = old[1];
	new[2] = old[2];
}

/* eth_set_addrs - write the destination and the source MAC address */
static __always_inline void eth_set_addrs(struct ethhdr *eth, const void *dest,
					  const void *source)
{
	mac_copy(eth->h_dest, dest);
	mac_copy(eth->h_source, source);
}

/*
 * ipv4_decrease_ttl - one hop less, and the header checksum to match
 *
 * The TTL is the high byte of its 16-bit word: the word falls by 0x0100, so
 * the checksum, its complement, rises by as much, with the carry of one's
 * complement (RFC 1141). The TTL must not be 0.
 */
static __always_inline void ipv4_decrease_ttl(struct iphdr *iph)
{
	__u32 check = iph->check;

	check += bpf_htons(0x0100);
	iph->check = check + (check >= 0xffff);
	iph->ttl--;
}

/*
 * frame_trim - cut off what lies behind the packet in its frame
 * @len: bytes of the packet, Ethernet header included
 *
 * Ethernet pads short frames to 60 bytes; the padding belongs to the link
 * that it was received on. Pointers into the packet are invalid afterwards.
 * Returns 0, or a negative errno with the frame as it was.
 */
static __always_inline long frame_trim(struct xdp_md *ctx, __u32 len)
{
	__u32 frame = ctx->data_end - ctx->data;

	if (frame <= len)
		return 0;
	return bpf_xdp_adjust_tail(ctx, (int)(len - frame));
}

#endif
