/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters per tc verdict, read by the tc_stats tool.
 *
 * As with XDP, what is counted is the program's verdict, not what becomes of
 * the packet afterwards.
 */
#ifndef BPF_TC_STATS_H
#define BPF_TC_STATS_H

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "../xdp_stats.h"

/* Key: the verdict, TC_ACT_OK (0) to TC_ACT_REDIRECT (7). */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TC_VERDICTS);
	__type(key, __u32);
	__type(value, struct xdp_stats);
} tc_stats_map SEC(".maps");

/*
 * tc_stats_record_verdict - count one packet and its bytes under @verdict
 *
 * The length is that of the whole packet with its Ethernet header; one that
 * GRO has put together from several counts once. Returns @verdict, or
 * TC_ACT_SHOT for a number that is none of those above.
 */
static __always_inline int tc_stats_record_verdict(struct __sk_buff *skb,
						   __u32 verdict)
{
	struct xdp_stats *stats;

	if (verdict >= TC_VERDICTS)
		verdict = TC_ACT_SHOT;
	stats = bpf_map_lookup_elem(&tc_stats_map, &verdict);
	/* Cannot fail for an index within the array; the verifier insists. */
	if (!stats)
		return TC_ACT_SHOT;

	stats->packets++;
	stats->bytes += skb->len;
	return verdict;
}

#endif
