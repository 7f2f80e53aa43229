/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Both ends of a measurement: frames are sent by the verdict of a program, and
 * counted and dropped by one where they arrive.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "renew.h"

/* Written before the programs are loaded. */
const volatile __u32 egress = 0; /* ifindex that the frames leave by */
const volatile __u32 sink = 0;	 /* and the one that they arrive at */
const volatile __u32 flows = 1;	 /* number of source ports in use */
const volatile __u32 sport_at = 0;
__u32 flow = 0;

/* Per CPU: which one a frame ends on is not for this program to say. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} arrived SEC(".maps");

static __always_inline void count(void)
{
	__u32 key = 0;
	__u64 *frames = bpf_map_lookup_elem(&arrived, &key);

	if (frames)
		(*frames)++;
}

/*
 * Sends a frame where the frames are born, and counts it where they arrive.
 * One program for both, because the kernel has to prepare each run of one that
 * is attached nowhere, which takes it some 15 ms.
 */
SEC("xdp")
int pps(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	void *data = (void *)(long)ctx->data;

	if (ctx->ingress_ifindex == sink) {
		count();
		return XDP_DROP;
	}
	if (data + HEADER_LEN > data_end)
		return XDP_ABORTED;
	/* The memory of a frame that has come back is used again as it is. */
	renew_header(data);
	if (flows > 1 && sport_at + 2 <= HEADER_LEN) {
		*(__be16 *)(data + sport_at) = bpf_htons(FIRST_PORT + flow);
		flow = flow + 1 < flows ? flow + 1 : 0;
	}
	return bpf_redirect(egress, 0);
}

/* For what no XDP program sees: a packet that bpf_redirect_peer() moves. */
SEC("tc")
int sink_tc(struct __sk_buff *skb)
{
	(void)skb;
	count();
	return TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
