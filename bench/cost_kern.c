/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a program over and over on the same frame: BPF_PROG_TEST_RUN gives the
 * next run what the last one has left, so that an echo server would see its
 * own reply, and a router a TTL that runs out.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "renew.h"

const volatile __u32 frame_len = 0; /* bytes; written before the load */

/* The program that is run, as it was loaded. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} subject SEC(".maps");

SEC("xdp")
int again(struct xdp_md *ctx)
{
	long moved = (long)ctx->data_end - (long)ctx->data - frame_len;
	void *data_end, *data;

	/* It has put a header in front of the frame, or taken one away. */
	if (moved && bpf_xdp_adjust_head(ctx, moved))
		return XDP_ABORTED;
	data_end = (void *)(long)ctx->data_end;
	data = (void *)(long)ctx->data;
	if (data + HEADER_LEN > data_end)
		return XDP_ABORTED;
	renew_header(data);
	bpf_tail_call(ctx, &subject, 0);
	return XDP_ABORTED;
}

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
