/* SPDX-License-Identifier: GPL-2.0 */
/* A hit: a way that the tables tell, and whether it still holds. */
#ifndef HITS_H
#define HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/in6.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/host.h"
#include "xdp_prog.h"

/*
 * The tables. Key: the destination, as it lies in the packet. The learned
 * ones forget what was not used for long; the static ones, which are written
 * by hand or over the daemon's API, are asked first and keep what they have.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, __be32);
	__type(value, struct fwd_entry);
} hfwd SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, __be32);
	__type(value, struct fwd_entry);
} hfwd_static SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, struct in6_addr);
	__type(value, struct fwd_entry);
} hfwd6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, struct in6_addr);
	__type(value, struct fwd_entry);
} hfwd6_static SEC(".maps");

/*
 * What the daemon tells. It writes into its own memory, which is this
 * variable: with a section of its own it is a map, for all devices one.
 */
struct fwd_state fwd_state SEC(".data.fwd_state") = {};

/* What recall() says where no entry tells the way; no XDP action. */
#define MISS -1

/* What the clock said, and the jiffy in which it was asked: 32 bits each. */
volatile __u64 clock_was = 0;

/*
 * current_tick - the time, in FWD_TICKs
 *
 * To ask the clock costs a tenth of a hit. It stands still for a jiffy, a
 * number that costs nothing to read: so it is asked once in each. Both are in
 * one word, so that no processor sees the one without the other.
 */
static __always_inline __u32 current_tick(void)
{
	__u32 jiffy = bpf_jiffies64();
	__u64 was = clock_was;

	if ((__u32)was != jiffy) {
		was = bpf_ktime_get_coarse_ns() >> FWD_TICK_SHIFT << 32 | jiffy;
		clock_was = was;
	}
	return was >> 32;
}

/*
 * static_holds - whether a packet may go the way of a static entry
 *
 * What is for this host is for no other. And the device's MTU is asked for:
 * whoever made the entry may not have known it, or it has changed since.
 */
static __always_inline bool static_holds(struct xdp_md *ctx,
					 const struct fwd_entry *entry,
					 const void *daddr, bool ipv6,
					 __u32 ip_len)
{
	__u32 len = ip_len; /* in: the packet's length; out: the MTU */

	if (ipv6 ? host_has_ipv6(daddr) : host_uses_ipv4(*(__be32 *)daddr))
		return false;
	return bpf_check_mtu(ctx, entry->ifindex, &len, 0, 0) ==
	       BPF_MTU_CHK_RET_SUCCESS;
}

/*
 * learned_holds - whether a learned entry still says what the look-up would
 * @tick: the time, in FWD_TICKs
 *
 * Not after a change. Remembers when it was asked: the daemon keeps those
 * next hops fresh that are in use.
 */
/* Assignment 3. Until written: return false; */
static __always_inline bool learned_holds(struct fwd_entry *entry, __u32 tick)
{
	if (entry->generation != (fwd_state.generation & ~FWD_LEARN))
		return false;
	/* Written once a tick, so that processors do not fight over it. */
	if (entry->used != tick)
		entry->used = tick;
	return true;
}

/* take - the way that an entry tells, of which nothing is to be learned */
static __always_inline void take(struct fwd_entry *way,
				 const struct fwd_entry *entry)
{
	__builtin_memcpy(way, entry, offsetof(struct fwd_entry, mtu));
	way->generation = 0;
}

/*
 * recall - the way to a destination, from the tables
 * @daddr: as in the packet, of the family that @ipv6 says
 * @ip_len: bytes of the packet
 * @way: for the entry. A copy: another processor may forget it meanwhile.
 *
 * Returns XDP_REDIRECT for a hit, XDP_PASS for a packet that must not go that
 * way, MISS where there is none.
 */
static __always_inline int recall(struct xdp_md *ctx, const void *daddr,
				  bool ipv6, __u32 ip_len,
				  struct fwd_entry *way)
{
	__u32 none = ipv6 ? FWD_NO_STATIC_IPV6 : FWD_NO_STATIC_IPV4;
	__u32 tick = current_tick();
	bool daemon_lives = tick < fwd_state.valid_until;
	struct fwd_entry *entry;

	/* To find nothing in an empty table takes as long as in a full one. */
	if (!daemon_lives || !(fwd_state.no_static & none)) {
		entry = ipv6 ? bpf_map_lookup_elem(&hfwd6_static, daddr) :
			       bpf_map_lookup_elem(&hfwd_static, daddr);
		if (entry) {
			take(way, entry);
			return static_holds(ctx, entry, daddr, ipv6, ip_len) ?
				       XDP_REDIRECT :
				       XDP_PASS;
		}
	}
	/* Nobody would have told of a change. */
	if (!daemon_lives)
		return MISS;
	entry = ipv6 ? bpf_map_lookup_elem(&hfwd6, daddr) :
		       bpf_map_lookup_elem(&hfwd, daddr);
	if (!entry || !learned_holds(entry, tick))
		return MISS;
	take(way, entry);
	return ip_len <= entry->mtu ? XDP_REDIRECT : XDP_PASS;
}

#endif
