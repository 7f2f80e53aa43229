/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet03-redirect-map: redirect to the interface, and with the MAC
 * address, that user space has written into two maps.
 *
 * IP packets from a MAC address found in redirect_params get the destination
 * MAC address stored there and leave by the interface in tx_port. Every
 * other frame is passed, untouched.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/stats.h"
#include "xdp_prog.h"

/* Assignment 1 begins */
/*
 * The one port, at key 0. A DEVMAP holds interfaces: the kernel clears the
 * entry when its interface goes away, and sends what is redirected through
 * it in bulks, at the end of each NAPI poll.
 */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} tx_port SEC(".maps");

/* From the sender's MAC address to the one that the frame is sent on to. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REDIRECT_PARAMS_MAX);
	__type(key, struct mac_addr);
	__type(value, struct mac_addr);
} redirect_params SEC(".maps");
/* Assignment 1 ends */

/* Assignment 4 begins */
/* How often a sender was seen that is not in redirect_params; old ones go. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, UNKNOWN_SOURCES_MAX);
	__type(key, struct mac_addr);
	__type(value, __u64);
} unknown_sources SEC(".maps");
/* Assignment 4 ends */

/* Notes that a frame has come from a MAC address that nobody has configured. */
/* Assignment 4 */
static __always_inline void note_unknown(const __u8 *source)
{
	__u64 *count = bpf_map_lookup_elem(&unknown_sources, source);
	__u64 one = 1;

	/* Several cores may be here at once, for the same sender. */
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&unknown_sources, source, &one, BPF_ANY);
}

SEC("xdp")
int xdp_redirect_map_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct mac_addr *dest;
	int action = XDP_PASS;

	/* Assignment 1 begins. Until written: dest = NULL; */
	if (!eth_is_for_host(eth, data_end) ||
	    !ip_is_for_elsewhere(eth, data_end))
		goto out;
	dest = bpf_map_lookup_elem(&redirect_params, eth->h_source);
	/* Assignment 1 ends */
	if (!dest) {
		note_unknown(eth->h_source);
		goto out;
	}

	/* Assignment 1 begins */
	/* With no port at key 0 the answer is the last argument: XDP_PASS. */
	action = bpf_redirect_map(&tx_port, 0, XDP_PASS);
	if (action == XDP_REDIRECT)
		__builtin_memcpy(eth->h_dest, dest->addr, ETH_ALEN);
	/* Assignment 1 ends */
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
