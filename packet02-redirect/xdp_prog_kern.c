/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet02-redirect: from one interface to the egress of another, always
 * the same one, with bpf_redirect().
 *
 * IP packets sent to this host's MAC address get a new Ethernet header and
 * leave by the other interface. The IP header stays as it is, TTL included:
 * this is a wire, not a router. Every other frame is passed, untouched.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/stats.h"
#include "xdp_prog.h"

/*
 * Fixed for the program: the loader writes it before the kernel verifies the
 * program, and from then on it is read-only. volatile, or the compiler would
 * take the zeros that are here for the values that will be.
 */
const volatile struct redirect_target target = {};

/* Assignment 2 begins */
/* Byte by byte: memcpy() would read past the volatile, and copy zeros. */
static __always_inline void copy_mac(__u8 *to, const volatile __u8 *from)
{
	for (int i = 0; i < ETH_ALEN; i++)
		to[i] = from[i];
}
/* Assignment 2 ends */

SEC("xdp")
int xdp_redirect_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS;

	/* Assignment 1 begins. Until written: goto out; */
	if (!target.ifindex || !eth_is_for_host(eth, data_end))
		goto out;
	/* ARP, ND and the like speak about the link itself: not to be moved. */
	if (!ip_is_for_elsewhere(eth, data_end))
		goto out;
	/* Assignment 1 ends */

	/* Assignment 2 begins */
	copy_mac(eth->h_dest, target.dest_mac);
	copy_mac(eth->h_source, target.source_mac);
	/* Assignment 2 ends */
	/* Assignment 1 begins */
	action = bpf_redirect(target.ifindex, 0);
	/* Assignment 1 ends */
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
