/* SPDX-License-Identifier: GPL-2.0 */
/* What the program, its loader and the daemon share. */
#ifndef XDP_PROG_H
#define XDP_PROG_H

#include <linux/types.h>

#define FWD_PORTS_MAX 1024  /* devices that run the program */
#define FWD_ENTRIES   10000 /* in each table, unless told otherwise */

/*
 * Where packets to one destination go. A tool that writes static entries by
 * hand needs the first 16 bytes only; the rest may be zero.
 */
struct fwd_entry {
	__u32 ifindex; /* of the device to send by */
	__u8 smac[6];
	__u8 dmac[6];
	/* Of learned entries only: */
	__u32 mtu;	  /* bytes of IP that fit the way */
	__u32 used;	  /* when it was last hit, in FWD_TICKs */
	__u64 generation; /* of the look-up that it was learned from */
};

/* A unit of time, in bits of CLOCK_MONOTONIC's nanoseconds: 1.07 s. */
#define FWD_TICK_SHIFT 30

/*
 * The one record of fwd_state, written by the daemon. All zero, as the
 * kernel makes it, nothing is learned.
 *
 * The two low bits of @generation say for which families entries may be
 * learned, the others count. Number and permission are one word, so that a
 * program sees both as they were at the same time.
 */
struct fwd_state {
	__u64 generation;
	/* In FWD_TICKs: the daemon lives until then, and the rest is true. */
	__u32 valid_until;
	__u32 no_static; /* families without any static entry */
};

#define FWD_LEARN_IPV4 1ULL
#define FWD_LEARN_IPV6 2ULL
#define FWD_LEARN      (FWD_LEARN_IPV4 | FWD_LEARN_IPV6)
#define FWD_GENERATION 4ULL /* one more */

#define FWD_NO_STATIC_IPV4 1
#define FWD_NO_STATIC_IPV6 2

#endif
