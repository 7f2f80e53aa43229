/* SPDX-License-Identifier: GPL-2.0 */
/* A frame as good as new: for programs that are run many times on one. */
#ifndef RENEW_H
#define RENEW_H

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/types.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "../common/bpf/csum.h"
#include "header.h"

__u8 header[HEADER_LEN] = {}; /* written before the first run */

/* How many destinations there are, and how far apart; before the load. */
const volatile __u32 hosts = 1;
const volatile __u32 step = 1;
__u64 draw = 0;

/*
 * Another destination, by chance: a linear congruential generator, whose
 * upper bits are the good ones. @data: an IPv4 frame with UDP, as renewed
 */
static __always_inline void choose_host(void *data)
{
	struct iphdr *iph = data + ETH_HLEN;
	struct udphdr *udp = (void *)(iph + 1);
	__be32 first = iph->daddr;
	__u64 change;

	draw = draw * 6364136223846793005 + 1;
	iph->daddr = bpf_htonl(bpf_ntohl(first) +
			       step * (__u32)((draw >> 32) * hosts >> 32));
	change = (__u64)(__u32)~first + iph->daddr; /* RFC 1624 */
	iph->check = ~csum_fold(change + (__u16)~iph->check);
	udp->check = ~csum_fold(change + (__u16)~udp->check);
}

/*
 * Whatever was done to the addresses, the TTL or the checksums, this run sees
 * what the first one saw. @data: HEADER_LEN bytes of a frame
 *
 * The stores begin where the words of the IP header do: a load that needs the
 * bytes of two stores has to wait for both, and a frame from a device would
 * not make it wait.
 */
static __always_inline void renew_header(void *data)
{
#define RENEW(type, at) (*(type *)(data + (at)) = *(type *)(header + (at)))
	RENEW(__u64, 0);
	RENEW(__u32, 8);
	RENEW(__u16, 12);
#pragma unroll
	for (int at = 14; at < 54; at += 8)
		RENEW(__u64, at);
	RENEW(__u32, 54);
	RENEW(__u16, 58);
#undef RENEW
	if (hosts > 1)
		choose_host(data);
}

#endif
