/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet05-fwd: the router of packet04 with tables of its own before the
 * kernel's.
 *
 * A packet whose destination is in a table leaves without a look-up: a hit.
 * For any other the routing table is asked, as in packet04: a miss. What it
 * answers is learned, so the next packet to that destination is a hit. What
 * may be forwarded at all is the same for both; everything else is passed,
 * untouched.
 *
 * A learned entry is as good as the answer that it comes from. The daemon
 * (fwd.c) hears of each change to routes and neighbours and raises the
 * generation; an entry of an earlier one is a miss.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/forward.h"
#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/rewrite.h"
#include "../common/bpf/routing.h"
#include "../common/bpf/stats.h"
#include "hits.h"
#include "misses.h"
#include "xdp_prog.h"

/* The devices that can take XDP frames, as router_ports in packet04. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, FWD_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} fwd_ports SEC(".maps");

/*
 * As long as the daemon cannot tell the program of this device what has
 * changed, everything is the stack's. This map stays when the program changes.
 */
__u32 fwd_pause SEC(".data.fwd_pause") = 0;

/*
 * Whether Linux forwards what comes in on this device. The look-up tells; a
 * hit has none, so without the loader's word for it there are no hits.
 */
const volatile bool ipv4_forwards = false;
const volatile bool ipv6_forwards = false;
/* A trace line for each packet that is forwarded. */
const volatile bool trace_is_on = false;

/*
 * frame_hop - make a frame that will be sent on what the next hop shall get
 * @len: the length that the frame will have
 *
 * Padding away, TTL or hop limit one less, both MAC addresses new. Pointers
 * into the packet are invalid afterwards. Returns false with the frame as it
 * was.
 */
static __always_inline bool frame_hop(struct xdp_md *ctx, const void *dmac,
				      const void *smac, __u32 len)
{
	struct ethhdr *eth;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	void *data_end;

	if (frame_trim(ctx, len))
		return false;

	/* Trimming may have moved the frame: the pointers are taken anew. */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	iph = (void *)(eth + 1);
	ip6h = (void *)(eth + 1);
	if ((void *)(iph + 1) > data_end)
		return false; /* never: the verifier cannot know */
	if (eth_proto(eth) == bpf_htons(ETH_P_IP))
		ipv4_decrease_ttl(iph);
	else if ((void *)(ip6h + 1) <= data_end)
		ip6h->hop_limit--;
	else
		return false; /* never either */
	eth_set_addrs(eth, dmac, smac);
	return true;
}

/* forward - send the frame on; XDP_PASS where Linux must do that */
static __always_inline int forward(struct xdp_md *ctx,
				   const struct fwd_entry *way, __u32 ip_len)
{
	/* Out where it came in: Linux adds an ICMP redirect (RFC 1812). */
	if (way->ifindex == ctx->ingress_ifindex)
		return XDP_PASS;
	/* For a device that is not in the map the answer is XDP_PASS. */
	if (bpf_redirect_map(&fwd_ports, way->ifindex, XDP_PASS) !=
	    XDP_REDIRECT)
		return XDP_PASS;
	return frame_hop(ctx, way->dmac, way->smac, ETH_HLEN + ip_len) ?
		       XDP_REDIRECT :
		       XDP_PASS;
}

static __always_inline int route_ipv4(struct xdp_md *ctx, struct iphdr *iph,
				      void *data_end)
{
	__u32 ip_len = bpf_ntohs(iph->tot_len);
	struct fwd_entry way;
	__be32 daddr = iph->daddr; /* the header may move */
	int action = MISS;

	if (ipv4_forwards)
		action = recall(ctx, &daddr, false, ip_len, &way);
	if (action == MISS) {
		struct bpf_fib_lookup fib = { .ifindex = ctx->ingress_ifindex };

		ipv4_ask(&fib, iph, data_end);
		action = look_up(ctx, &fib, &way);
	}
	/* Another packet to there may be from elsewhere: asked for each. */
	if (action == XDP_REDIRECT &&
	    !ipv4_source_is_valid(ctx, iph, data_end, way.ifindex))
		action = XDP_PASS;
	if (action == XDP_REDIRECT)
		action = forward(ctx, &way, ip_len);
	if (action != XDP_REDIRECT)
		return action;
	learn(&daddr, false, &way);
	/* The address as a number of this machine, its bytes as they lie. */
	if (trace_is_on)
		bpf_printk("fast fwd dstIp=%x", daddr);
	return XDP_REDIRECT;
}

static __always_inline int route_ipv6(struct xdp_md *ctx, struct ipv6hdr *ip6h,
				      void *data_end)
{
	__u32 ip_len = sizeof(*ip6h) + bpf_ntohs(ip6h->payload_len);
	struct in6_addr daddr = ip6h->daddr;
	struct fwd_entry way;
	int action = MISS;

	if (ipv6_forwards)
		action = recall(ctx, &daddr, true, ip_len, &way);
	if (action == MISS) {
		struct bpf_fib_lookup fib = { .ifindex = ctx->ingress_ifindex };

		ipv6_ask(&fib, ip6h, data_end);
		action = look_up(ctx, &fib, &way);
	}
	if (action == XDP_REDIRECT)
		action = forward(ctx, &way, ip_len);
	if (action != XDP_REDIRECT)
		return action;
	learn(&daddr, true, &way);
	if (trace_is_on)
		bpf_printk("fast fwd dstIp=%pI6", &daddr);
	return XDP_REDIRECT;
}

SEC("xdp")
int xdp_fwd_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	if (fwd_pause || !eth_is_for_host(eth, data_end))
		goto out;
	iph = parse_ipv4(eth, data_end);
	ip6h = iph ? NULL : parse_ipv6(eth, data_end);
	/* A packet at the end of its life is the stack's: it tells the sender.
	 */
	if (iph && iph->ttl > 1 && ipv4_is_forwardable(iph, data_end))
		action = route_ipv4(ctx, iph, data_end);
	else if (ip6h && ip6h->hop_limit > 1 &&
		 ipv6_is_forwardable(ip6h, data_end))
		action = route_ipv6(ctx, ip6h, data_end);
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
