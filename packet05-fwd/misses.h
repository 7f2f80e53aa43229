/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A miss: the way that the kernel's routing table tells, which is then learned.
 */
#ifndef MISSES_H
#define MISSES_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <sys/socket.h> /* AF_INET, AF_INET6 */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/parse.h"
#include "../common/bpf/rewrite.h"
#include "hits.h"
#include "xdp_prog.h"

/*
 * ipv4_ask - the question to the routing table for a packet
 * @fib: ifindex is there already; the rest but for this is zero
 */
static __always_inline void ipv4_ask(struct bpf_fib_lookup *fib,
				     struct iphdr *iph, void *data_end)
{
	fib->family = AF_INET;
	fib->tos = iph->tos;
	fib->l4_protocol = iph->protocol;
	fib->tot_len = bpf_ntohs(iph->tot_len);
	fib->ipv4_src = iph->saddr;
	fib->ipv4_dst = iph->daddr;
	parse_ports_ipv4(iph, data_end, &fib->sport, &fib->dport);
}

/* ipv6_ask - the same for IPv6 */
static __always_inline void ipv6_ask(struct bpf_fib_lookup *fib,
				     struct ipv6hdr *ip6h, void *data_end)
{
	fib->family = AF_INET6;
	fib->flowinfo = *(__be32 *)ip6h & bpf_htonl(IPV6_FLOW_MASK);
	fib->l4_protocol = ip6h->nexthdr;
	/* The length that counts against the MTU includes the header. */
	fib->tot_len = sizeof(*ip6h) + bpf_ntohs(ip6h->payload_len);
	__builtin_memcpy(fib->ipv6_src, &ip6h->saddr, sizeof(ip6h->saddr));
	__builtin_memcpy(fib->ipv6_dst, &ip6h->daddr, sizeof(ip6h->daddr));
	parse_ports(ip6h->nexthdr, ip6h + 1, bpf_ntohs(ip6h->payload_len),
		    data_end, &fib->sport, &fib->dport);
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

#endif
