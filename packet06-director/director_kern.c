/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet06-director: a load balancer that sends packets to backends inside
 * of other packets.
 *
 * What arrives for a virtual address (request.h) is a backend's (backends.h).
 * It gets an outer IP, a UDP and a GUE header in front (outer.h, gue.h) and
 * leaves by the device that it came in on; the network routes it to the
 * backend, where backend_kern.c takes the headers off. The backend answers
 * the client directly. What is too long is refused (refuse.h). Whatever else
 * arrives passes, untouched. Inside and outside may be IPv4 or IPv6,
 * independent of each other.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/host.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/stats.h"
#include "backends.h"
#include "gue.h"
#include "outer.h"
#include "refuse.h"
#include "request.h"
#include "xdp_prog.h"

/* By slot: frames sent to that backend, outer headers included. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BACKENDS_MAX);
	__type(key, __u32);
	__type(value, struct xdp_stats);
} backend_stats SEC(".maps");

/* The UDP and the GUE header, in a place full of zeros. */
/* Assignment 2 */
static __always_inline void set_tunnel(struct tunnel_headers *tunnel,
				       const struct request *req, __u64 hash)
{
	/* Another port for each flow: routers and receivers spread by it. */
	tunnel->udp.source = bpf_htons(DYNAMIC_PORTS | hash >> PORT_SHIFT);
	tunnel->udp.dest = bpf_htons(GUE_PORT);
	/*
	 * No checksum: what is inside has its own. Over IPv6 a tunnel may do
	 * so, too, where the receiver expects it (RFC 6935, 5).
	 */
	tunnel->udp.len = bpf_htons(sizeof(*tunnel) + req->len);
	tunnel->gue.ip_proto = req->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
}

/*
 * The packet into another one, to @backend: one of the two below. Of the inner
 * TOS not the lowest two bits, ECN (RFC 6040, 4.3).
 */
static __always_inline int encapsulate_ipv4(struct xdp_md *ctx,
					    const struct request *req,
					    __be32 backend, __u64 hash)
{
	struct outer_ipv4 *outer;

	if (!director_ipv4)
		return XDP_PASS;
	outer = make_room(ctx, sizeof(*outer), bpf_htons(ETH_P_IP));
	if (!outer)
		return XDP_PASS;
	set_ipv4(&outer->ip, IPPROTO_UDP, req->tos & ~0x03,
		 sizeof(*outer) + req->len, backend);
	set_tunnel(&outer->tunnel, req, hash);
	return XDP_TX;
}

static __always_inline int encapsulate_ipv6(struct xdp_md *ctx,
					    const struct request *req,
					    const struct in6_addr *backend,
					    __u64 hash)
{
	struct outer_ipv6 *outer;

	if (!director_ipv6[0])
		return XDP_PASS;
	outer = make_room(ctx, sizeof(*outer), bpf_htons(ETH_P_IPV6));
	if (!outer)
		return XDP_PASS;
	/* Over IPv6 routers may spread by the flow label (RFC 6438). */
	set_ipv6(&outer->ip6, IPPROTO_UDP, req->tos & ~0x03, hash >> 44,
		 sizeof(outer->tunnel) + req->len, backend);
	set_tunnel(&outer->tunnel, req, hash);
	return XDP_TX;
}

static __always_inline void count_for(struct xdp_md *ctx, __u32 slot)
{
	struct xdp_stats *stats = bpf_map_lookup_elem(&backend_stats, &slot);

	if (!stats)
		return;
	stats->packets++;
	stats->bytes += bpf_xdp_get_buff_len(ctx);
}

SEC("xdp")
int xdp_director_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct request req = {};
	struct backend *backend;
	int action = XDP_PASS;
	__u32 slot = 1; /* unless flow or table have another */
	bool over_ipv4;
	__u32 mtu;
	__u64 hash;

	if (!eth_is_for_host(eth, data_end) ||
	    !read_request(eth, data_end, &req))
		goto out;
	hash = flow_hash(&req);
	backend = choose_backend(&req, hash, &slot);
	if (!backend)
		goto out;
	over_ipv4 = addr_is_ipv4(&backend->addr);
	mtu = path_mtu - (over_ipv4 ? sizeof(struct outer_ipv4) :
				      sizeof(struct outer_ipv6));
	if (req.len > mtu) {
		action = refuse_too_long(ctx, &req, mtu);
		goto out;
	}
	if (over_ipv4)
		action = encapsulate_ipv4(ctx, &req, backend->addr.s6_addr32[3],
					  hash);
	else
		action = encapsulate_ipv6(ctx, &req, &backend->addr, hash);
	if (action == XDP_TX)
		count_for(ctx, slot);
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
