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
#include <stddef.h> /* offsetof() */
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
#include "../common/bpf/settings.h"
#include "../common/bpf/stats.h"
#include "xdp_prog.h"

/*
 * The tables. Key: the destination, as it lies in the packet. The learned
 * ones forget what was not used for long; the static ones, which are written
 * by hand or over the daemon's API, are asked first and keep what they have.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, __be32);
	__type(value, struct fwd_entry);
} hfwd SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, __be32);
	__type(value, struct fwd_entry);
} hfwd_static SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, struct in6_addr);
	__type(value, struct fwd_entry);
} hfwd6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, FWD_ENTRIES);
	__type(key, struct in6_addr);
	__type(value, struct fwd_entry);
} hfwd6_static SEC(".maps");

/* The devices that can take XDP frames, as router_ports in packet04. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, FWD_PORTS_MAX);
	__type(key, __u32);
	__type(value, __u32);
} fwd_ports SEC(".maps");

/*
 * What the daemon tells. It writes into its own memory, which is this
 * variable: with a section of its own it is a map, for all devices one.
 */
struct fwd_state fwd_state SEC(".data.fwd_state") = {};

/*
 * Whether Linux forwards what comes in on this device. The look-up tells; a
 * hit has none, so without the loader's word for it there are no hits.
 */
const volatile bool ipv4_forwards = false;
const volatile bool ipv6_forwards = false;
/* A trace line for each packet that is forwarded. */
const volatile bool trace_is_on = false;

/* What recall() says where no entry tells the way; no XDP action. */
#define MISS -1

/* What the clock said, and the jiffy in which it was asked: 32 bits each. */
volatile __u64 clock_was = 0;

/*
 * current_tick - the time, in FWD_TICKs
 *
 * To ask the clock costs a tenth of a hit. It stands still for a jiffy, a
 * number that costs nothing to read: so it is asked once in each. Both are in
 * one word, so that no processor sees the one without the other.
 */
static __always_inline __u32 current_tick(void)
{
	__u32 jiffy = bpf_jiffies64();
	__u64 was = clock_was;

	if ((__u32)was != jiffy) {
		was = bpf_ktime_get_coarse_ns() >> FWD_TICK_SHIFT << 32 | jiffy;
		clock_was = was;
	}
	return was >> 32;
}

/*
 * static_holds - whether a packet may go the way of a static entry
 *
 * What is for this host is for no other. And the device's MTU is asked for:
 * whoever made the entry may not have known it, or it has changed since.
 */
static __always_inline bool static_holds(struct xdp_md *ctx,
					 const struct fwd_entry *entry,
					 const void *daddr, bool ipv6,
					 __u32 ip_len)
{
	__u32 len = ip_len; /* in: the packet's length; out: the MTU */

	if (ipv6 ? host_has_ipv6(daddr) : host_uses_ipv4(*(__be32 *)daddr))
		return false;
	return bpf_check_mtu(ctx, entry->ifindex, &len, 0, 0) ==
	       BPF_MTU_CHK_RET_SUCCESS;
}

/*
 * learned_holds - whether a learned entry still says what the look-up would
 * @tick: the time, in FWD_TICKs
 *
 * Not after a change. Remembers when it was asked: the daemon keeps those
 * next hops fresh that are in use.
 */
/* Assignment 3. Until written: return false; */
static __always_inline bool learned_holds(struct fwd_entry *entry, __u32 tick)
{
	if (entry->generation != (fwd_state.generation & ~FWD_LEARN))
		return false;
	/* Written once a tick, so that processors do not fight over it. */
	if (entry->used != tick)
		entry->used = tick;
	return true;
}

/* take - the way that an entry tells, of which nothing is to be learned */
static __always_inline void take(struct fwd_entry *way,
				 const struct fwd_entry *entry)
{
	__builtin_memcpy(way, entry, offsetof(struct fwd_entry, mtu));
	way->generation = 0;
}

/*
 * recall - the way to a destination, from the tables
 * @daddr: as in the packet, of the family that @ipv6 says
 * @ip_len: bytes of the packet
 * @way: for the entry. A copy: another processor may forget it meanwhile.
 *
 * Returns XDP_REDIRECT for a hit, XDP_PASS for a packet that must not go that
 * way, MISS where there is none.
 */
static __always_inline int recall(struct xdp_md *ctx, const void *daddr,
				  bool ipv6, __u32 ip_len,
				  struct fwd_entry *way)
{
	__u32 none = ipv6 ? FWD_NO_STATIC_IPV6 : FWD_NO_STATIC_IPV4;
	__u32 tick = current_tick();
	bool daemon_lives = tick < fwd_state.valid_until;
	struct fwd_entry *entry;

	/* To find nothing in an empty table takes as long as in a full one. */
	if (!daemon_lives || !(fwd_state.no_static & none)) {
		entry = ipv6 ? bpf_map_lookup_elem(&hfwd6_static, daddr) :
			       bpf_map_lookup_elem(&hfwd_static, daddr);
		if (entry) {
			take(way, entry);
			return static_holds(ctx, entry, daddr, ipv6, ip_len) ?
				       XDP_REDIRECT :
				       XDP_PASS;
		}
	}
	/* Nobody would have told of a change. */
	if (!daemon_lives)
		return MISS;
	entry = ipv6 ? bpf_map_lookup_elem(&hfwd6, daddr) :
		       bpf_map_lookup_elem(&hfwd, daddr);
	if (!entry || !learned_holds(entry, tick))
		return MISS;
	take(way, entry);
	return ip_len <= entry->mtu ? XDP_REDIRECT : XDP_PASS;
}

/*
 * current_generation - to be asked before the look-up
 *
 * If routes change while the answer is on its way, the entry is of the
 * generation before the change, and void when it is written. The addition of
 * nothing is a full barrier: the look-up cannot begin earlier. It takes its
 * time, which is saved where the answer will not be learned.
 */
static __always_inline __u64 current_generation(void)
{
	if (!(fwd_state.generation & FWD_LEARN))
		return 0;
	return __sync_fetch_and_add(&fwd_state.generation, 0);
}

/*
 * look_up - the way to a destination, from the kernel's own routing table
 * @fib: the question
 *
 * Returns XDP_REDIRECT when it is in @way, or what else is to be done.
 */
static __always_inline int
look_up(struct xdp_md *ctx, struct bpf_fib_lookup *fib, struct fwd_entry *way)
{
	*way = (struct fwd_entry){};
	/* Assignment 2 begins */
	way->generation = current_generation();
	/* Assignment 2 ends */
	/* Assignment 1 begins. Until written: return XDP_PASS; */
	switch (bpf_fib_lookup(ctx, fib, sizeof(*fib), 0)) {
	case BPF_FIB_LKUP_RET_SUCCESS:
		break;
	case BPF_FIB_LKUP_RET_BLACKHOLE:
		/* Dropped without a word, as the stack would. */
		return XDP_DROP;
	default:
		/* The stack's: packet04 says of each code why. */
		return XDP_PASS;
	}
	way->ifindex = fib->ifindex;
	mac_copy(way->smac, fib->smac);
	mac_copy(way->dmac, fib->dmac);
	way->mtu = fib->mtu_result;
	return XDP_REDIRECT;
	/* Assignment 1 ends */
}

/* learn - keep a way that the look-up has told, if that is allowed now */
/* Assignment 2 */
static __always_inline void learn(const void *daddr, bool ipv6,
				  struct fwd_entry *way)
{
	if (!(way->generation & (ipv6 ? FWD_LEARN_IPV6 : FWD_LEARN_IPV4)))
		return;
	way->generation &= ~FWD_LEARN;
	/* Should the table refuse it, the next packet is a miss, too. */
	if (ipv6)
		bpf_map_update_elem(&hfwd6, daddr, way, BPF_ANY);
	else
		bpf_map_update_elem(&hfwd, daddr, way, BPF_ANY);
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

	if (!eth_is_for_host(eth, data_end))
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
