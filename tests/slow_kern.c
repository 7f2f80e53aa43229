/* SPDX-License-Identifier: GPL-2.0 */
/* A slow tracepoint of XDP: see slow.c. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "../testenv/drops/net_device.h"

#define LATE_NS 50000000

/* The network namespace whose devices are slow, by inode number. */
const volatile __u32 netns;

static long is_late(__u32 turn, void *end)
{
	(void)turn;
	return bpf_ktime_get_ns() >= *(__u64 *)end;
}

/* (device, ...) */
SEC("raw_tp")
int slow_tracepoint(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *dev = (void *)ctx->args[0];
	__u64 end = bpf_ktime_get_ns() + LATE_NS;

	if (BPF_CORE_READ(dev, nd_net.net, ns.inum) == netns)
		bpf_loop(1 << 23, is_late, &end, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
