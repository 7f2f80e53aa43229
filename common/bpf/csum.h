/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Internet checksum (RFC 1071).
 *
 * A sum is a 64-bit value, in whose upper half the carries of 32-bit additions
 * gather: one's complement wants them added again at the bottom, which is done
 * once, at the end ("folded"). Sums are in the byte order of the packet: words
 * are added as they lie in memory, and the result is stored as it is.
 */
#ifndef BPF_CSUM_H
#define BPF_CSUM_H

#include <stdbool.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* More than any frame in one piece of memory has (XDP without fragments). */
#define CSUM_BYTES_MAX	4095
/* Up to here, adding word by word is faster than calling a helper. */
#define CSUM_INLINE_MAX 64

/*
 * csum_fold - the 16-bit sum, not complemented: 0xffff for valid data
 * @sum: below 2^48
 */
static __always_inline __u16 csum_fold(__u64 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* csum_words - add up @size bytes, a constant and a multiple of 4 */
static __always_inline __u64 csum_words(const void *p, __u32 size)
{
	const __u32 *word = p;
	__u64 sum = 0;

#pragma unroll
	for (__u32 i = 0; i < size / 4; i++)
		sum += word[i];
	return sum;
}

/* ipv4_sum - the 16-bit sum over a header without options, not complemented */
static __always_inline __u16 ipv4_sum(const struct iphdr *iph)
{
	return csum_fold(csum_words(iph, sizeof(*iph)));
}

/* csum_ipv4_ok - whether the checksum of a header without options is right */
static __always_inline bool csum_ipv4_ok(const struct iphdr *iph)
{
	return ipv4_sum(iph) == 0xffff;
}

/*
 * csum_bytes - add up the @len bytes at @p
 * @sum: where to add, with its value so far
 *
 * Returns false when they are not all within the packet, or too many.
 *
 * The verifier wants a constant length wherever the packet is read, so the
 * bytes are taken in pieces: 512 at a time (what bpf_csum_diff() takes at
 * most on kernels before 6.13), then one piece for each bit set in the rest.
 * Where a piece starts is worked out from @len, not from the pieces before
 * it: the paths through the code meet again, and the verifier is done after
 * hundreds of instructions instead of hundreds of thousands.
 */
static __always_inline bool csum_bytes(void *p, __u32 len, void *data_end,
				       __u64 *sum)
{
	void *start;

	if (len > CSUM_BYTES_MAX)
		return false;
	/*
	 * The compiler forgets this bound here: knowing it, clang 17 and later
	 * leave out the loop's own, which the verifier needs before 6.18.
	 */
	barrier_var(len);
	for (__u32 off = 0; off + 512 <= CSUM_BYTES_MAX; off += 512) {
		if (len < off + 512)
			break;
		start = p + off;
		if (start + 512 > data_end)
			return false;
		*sum += bpf_csum_diff(NULL, 0, start, 512, 0);
	}
#pragma unroll
	for (__u32 piece = 256; piece >= 4; piece >>= 1) {
		if (!(len & piece))
			continue;
		start = p + (len & CSUM_BYTES_MAX & -(2 * piece));
		barrier_var(start);
		if (start + piece > data_end)
			return false;
		if (piece > CSUM_INLINE_MAX)
			*sum += bpf_csum_diff(NULL, 0, start, piece, 0);
		else
			*sum += csum_words(start, piece);
	}
	if (len & 2) {
		start = p + (len & CSUM_BYTES_MAX & -4);
		if (start + 2 > data_end)
			return false;
		*sum += *(__u16 *)start;
	}
	if (len & 1) {
		start = p + (len & CSUM_BYTES_MAX & -2);
		if (start + 1 > data_end)
			return false;
		/* RFC 1071: an odd byte is padded with zero on its right. */
		*sum += bpf_htons(*(__u8 *)start << 8);
	}
	return true;
}

#endif
