/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters per XDP action, read by the xdp_stats tool.
 *
 * What is counted is the program's verdict. What becomes of the frame after
 * an XDP_TX or XDP_REDIRECT is another matter: see "what can go wrong" in the
 * lessons' READMEs.
 */
#ifndef BPF_STATS_H
#define BPF_STATS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "../xdp_stats.h"

/*
 * Per CPU, so that no two cores ever write the same counter and none needs
 * an atomic instruction; the reader adds them up. Pinned by name, so that
 * tools other than the loader find it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, XDP_ACTIONS);
	__type(key, __u32);
	__type(value, struct xdp_stats);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} xdp_stats_map SEC(".maps");

/*
 * xdp_stats_record_action - count one frame and its bytes under @action
 *
 * All of the frame lies between data and data_end: one that consists of
 * several pieces comes only to programs of the section "xdp.frags". Returns
 * @action, or XDP_ABORTED for a value that is no action.
 */
static __always_inline __u32 xdp_stats_record_action(struct xdp_md *ctx,
						     __u32 action)
{
	struct xdp_stats *stats;

	if (action >= XDP_ACTIONS)
		action = XDP_ABORTED;
	stats = bpf_map_lookup_elem(&xdp_stats_map, &action);
	/* Cannot fail for an index within the array; the verifier insists. */
	if (!stats)
		return XDP_ABORTED;

	stats->packets++;
	stats->bytes += ctx->data_end - ctx->data;
	return action;
}

#endif
