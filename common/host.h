/* SPDX-License-Identifier: GPL-2.0 */
/* What program and loader share of the host maps (common/bpf/host.h). */
#ifndef HOST_H
#define HOST_H

#include <linux/in6.h>
#include <linux/types.h>

#define HOST_ADDRS_MAX 1024

/* What this host uses an IPv4 address for. */
enum host_ipv4_use {
	HOST_OWN = 1,
	HOST_BROADCAST = 2,
};

#define HOST_PLACES 64 /* 2 to the power of 32 - HOST_SHIFT */
#define HOST_SHIFT  26

/*
 * What is asked for each packet, in one record: the MAC address as the
 * first six of eight bytes, like those that a frame to it begins with; and a
 * table in front of the maps of addresses, with one place for all addresses of
 * the same hash.
 *
 * In a place is the only own address that belongs there; or one that does not
 * belong there: then this host has none of them; or zeros: ask the map.
 */
struct host_record {
	__u64 mac;
	__be32 ipv4[HOST_PLACES];
	struct in6_addr ipv6[HOST_PLACES];
};

/* Fibonacci hashing: the upper bits of a product with 2^32 / 1.618... */
static inline __u32 host_place(__u32 word)
{
	return word * 2654435769U >> HOST_SHIFT;
}

/* host_place_ipv6 - @word: the four of an IPv6 address */
static inline __u32 host_place_ipv6(const __u32 *word)
{
	return host_place(word[0] ^ word[1] ^ word[2] ^ word[3]);
}

#endif
