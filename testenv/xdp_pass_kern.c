/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that `t setup` loads on inner ends, so that they receive what
 * XDP sends them. Its name tells the loaders that they may replace it.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int testenv_pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
