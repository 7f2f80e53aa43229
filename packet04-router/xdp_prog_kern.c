/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet04-router: a router that asks the kernel's own routing table, with
 * bpf_fib_lookup().
 *
 * What arrives for this device's MAC address and needs nothing but a route
 * leaves as Linux would have sent it: TTL or hop limit one less, both MAC
 * addresses new. Everything else is passed, untouched, and Linux routes it.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <sys/socket.h> /* AF_INET, AF_INET6 */
#include <bpf/bpf_helpers.h>

#include "../common/bpf/forward.h"
#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/rewrite.h"
#include "../common/bpf/routing.h"
#include "../common/bpf/stats.h"
#include "xdp_prog.h"

/*
 * The devices that can take XDP frames: those that run this program too, in
 * the same mode. One map for all instances; the loader enters a device when
 * it loads and removes it when it unloads, the kernel when it goes away.
 */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, ROUTER_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} router_ports SEC(".maps");

/* Whether the loader was asked to count next hops; if not, nothing is. */
const volatile bool count_next_hops = false;

/* Assignment 5 begins */
/* What went where; per CPU, so that no core waits for another. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, NEXT_HOPS_MAX);
	__type(key, struct next_hop);
	__type(value, struct next_hop_stats);
} next_hops SEC(".maps");
/* Assignment 5 ends */

/*
 * The question to the routing table for an IPv4 packet.
 * Returns false for a packet that is not to be forwarded here.
 */
static __always_inline bool ask_ipv4(struct bpf_fib_lookup *fib,
				     struct iphdr *iph, void *data_end)
{
	if (!ipv4_is_forwardable(iph, data_end))
		return false;
	/* Assignment 4 begins */
	if (iph->ttl <= 1)
		return false;
	/* Assignment 4 ends */

	/* Assignment 1 begins. Until written: return false; */
	fib->family = AF_INET;
	fib->tos = iph->tos;
	fib->l4_protocol = iph->protocol;
	fib->tot_len = bpf_ntohs(iph->tot_len);
	fib->ipv4_src = iph->saddr;
	fib->ipv4_dst = iph->daddr;
	parse_ports_ipv4(iph, data_end, &fib->sport, &fib->dport);
	return true;
	/* Assignment 1 ends */
}

/* The same for IPv6; @ip6h may be NULL: it is no packet to forward either. */
static __always_inline bool ask_ipv6(struct bpf_fib_lookup *fib,
				     struct ipv6hdr *ip6h, void *data_end)
{
	if (!ip6h || !ipv6_is_forwardable(ip6h, data_end))
		return false;
	/* Assignment 4 begins */
	if (ip6h->hop_limit <= 1)
		return false;
	/* Assignment 4 ends */

	/* Assignment 2 begins. Until written: return false; */
	fib->family = AF_INET6;
	fib->flowinfo = *(__be32 *)ip6h & bpf_htonl(IPV6_FLOW_MASK);
	fib->l4_protocol = ip6h->nexthdr;
	/* The length that counts against the MTU includes the header. */
	fib->tot_len = sizeof(*ip6h) + bpf_ntohs(ip6h->payload_len);
	__builtin_memcpy(fib->ipv6_src, &ip6h->saddr, sizeof(ip6h->saddr));
	__builtin_memcpy(fib->ipv6_dst, &ip6h->daddr, sizeof(ip6h->daddr));
	parse_ports(ip6h->nexthdr, ip6h + 1, bpf_ntohs(ip6h->payload_len),
		    data_end, &fib->sport, &fib->dport);
	return true;
	/* Assignment 2 ends */
}

/* Counts a frame that goes to the next hop that the look-up has found. */
/* Assignment 5 */
static __always_inline void count_next_hop(const struct bpf_fib_lookup *fib,
					   __u32 len)
{
	struct next_hop key = { .ifindex = fib->ifindex };
	struct next_hop_stats *stats, first = { .packets = 1, .bytes = len };

	__builtin_memcpy(key.mac, fib->dmac, ETH_ALEN);
	stats = bpf_map_lookup_elem(&next_hops, &key);
	if (stats) {
		stats->packets++;
		stats->bytes += len;
	} else {
		bpf_map_update_elem(&next_hops, &key, &first, BPF_ANY);
	}
}

/*
 * Sends the frame to the next hop that the look-up has found.
 * @len: the length that the frame will have
 */
/* Assignment 3. Until written: return XDP_PASS; */
static __always_inline int forward(struct xdp_md *ctx,
				   const struct bpf_fib_lookup *fib, __u32 len)
{
	struct ethhdr *eth;
	struct ipv6hdr *ip6h;
	struct iphdr *iph;
	void *data_end;

	/* Out where it came in: Linux adds an ICMP redirect (RFC 1812). */
	if (fib->ifindex == ctx->ingress_ifindex)
		return XDP_PASS;
	/* For a device that is not in the map the answer is XDP_PASS. */
	if (bpf_redirect_map(&router_ports, fib->ifindex, XDP_PASS) !=
	    XDP_REDIRECT)
		return XDP_PASS;
	if (frame_trim(ctx, len))
		return XDP_PASS;

	/* Trimming may have moved the frame: the pointers are taken anew. */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	iph = (void *)(eth + 1);
	ip6h = (void *)(eth + 1);
	if ((void *)(iph + 1) > data_end)
		return XDP_ABORTED; /* never: the verifier cannot know */
	/* fib->family is that of the next hop, IPv6 perhaps (RFC 8950). */
	if (eth_proto(eth) == bpf_htons(ETH_P_IP))
		ipv4_decrease_ttl(iph);
	else if ((void *)(ip6h + 1) <= data_end)
		ip6h->hop_limit--;
	else
		return XDP_ABORTED; /* never either */
	eth_set_addrs(eth, fib->dmac, fib->smac);
	return XDP_REDIRECT;
}

SEC("xdp")
int xdp_router_func(struct xdp_md *ctx)
{
	struct bpf_fib_lookup fib = { .ifindex = ctx->ingress_ifindex };
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS;
	struct iphdr *iph;
	__u32 len;

	if (!eth_is_for_host(eth, data_end))
		goto out;
	iph = parse_ipv4(eth, data_end);
	if (iph ? !ask_ipv4(&fib, iph, data_end) :
		  !ask_ipv6(&fib, parse_ipv6(eth, data_end), data_end))
		goto out;
	len = sizeof(*eth) + fib.tot_len; /* the look-up overwrites tot_len */

	switch (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		if (!iph ||
		    ipv4_source_is_valid(ctx, iph, data_end, fib.ifindex))
			action = forward(ctx, &fib, len);
		if (count_next_hops && action == XDP_REDIRECT)
			count_next_hop(&fib, len);
		break;
	/* Assignment 1 begins */
	case BPF_FIB_LKUP_RET_BLACKHOLE:
		/* Dropped without a word, as the stack would. */
		action = XDP_DROP;
		break;
	case BPF_FIB_LKUP_RET_UNREACHABLE:
	case BPF_FIB_LKUP_RET_PROHIBIT:
		/* The stack drops these too, and tells the sender by ICMP. */
	case BPF_FIB_LKUP_RET_NOT_FWDED:
		/* For this host itself, or no route to it at all. */
	case BPF_FIB_LKUP_RET_FWD_DISABLED:
		/* Forwarding is off on the device that it came in on. */
	case BPF_FIB_LKUP_RET_UNSUPP_LWT:
		/* The route goes through a tunnel that must encapsulate it. */
	case BPF_FIB_LKUP_RET_NO_NEIGH:
		/* The next hop's MAC address is not known: the stack asks. */
	case BPF_FIB_LKUP_RET_FRAG_NEEDED:
		/* Too big: the stack fragments it, or tells the sender. */
	default:
		/* NO_SRC_ADDR (kernel 6.7), and whatever comes after it. */
		break;
		/* Assignment 1 ends */
	}
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
