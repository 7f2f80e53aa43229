/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Never run: its only call is bpf_fib_lookup(), by which t doctor finds this
 * call in others.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int ask_routes(struct xdp_md *ctx)
{
	struct bpf_fib_lookup fib = {};

	return bpf_fib_lookup(ctx, &fib, sizeof(fib), 0);
}

char _license[] SEC("license") = "GPL";
