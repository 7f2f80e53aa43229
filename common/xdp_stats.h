/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The record behind xdp_stats_map and tc_stats_map, for programs and readers
 * alike.
 *
 * The layout is that of the kernel-sample tutorials (two 64-bit counters in
 * host byte order, one record per action), so that their readers work
 * with our map and ours with theirs.
 */
#ifndef XDP_STATS_H
#define XDP_STATS_H

#include <linux/types.h>

#define XDP_ACTIONS 5 /* XDP_ABORTED .. XDP_REDIRECT of enum xdp_action */
#define TC_VERDICTS 8 /* TC_ACT_OK .. TC_ACT_REDIRECT of tc-bpf(8) */

struct xdp_stats {
	__u64 packets;
	__u64 bytes;
};

#endif
