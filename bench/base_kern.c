/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the lessons' programs are measured against: the least that moves a
 * frame, and the same with a question to the routing table.
 */
#include <stdbool.h>
#include <stddef.h> /* NULL */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <sys/socket.h> /* AF_INET, AF_INET6 */
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Where to, written before the programs are loaded. */
const volatile __u32 egress = 0;

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u32);
} ports SEC(".maps");

/* The same by ifindex, however large that is. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} ports_hash SEC(".maps");

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* The floor of forwarding: not a byte of the frame is read. */
SEC("xdp")
int redirect(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect(egress, 0);
}

SEC("xdp")
int redirect_map(struct xdp_md *ctx)
{
	(void)ctx;
	return bpf_redirect_map(&ports, egress, 0);
}

/* The floor of answering. */
SEC("xdp")
int swap_tx(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u8 sender[ETH_ALEN];

	if ((void *)(eth + 1) > data_end)
		return XDP_DROP;
	__builtin_memcpy(sender, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, sender, ETH_ALEN);
	return XDP_TX;
}

static __always_inline void ask_ipv4(struct bpf_fib_lookup *fib,
				     const struct iphdr *iph)
{
	fib->family = AF_INET;
	fib->tos = iph->tos;
	fib->l4_protocol = iph->protocol;
	fib->tot_len = bpf_ntohs(iph->tot_len);
	fib->ipv4_src = iph->saddr;
	fib->ipv4_dst = iph->daddr;
}

static __always_inline void ask_ipv6(struct bpf_fib_lookup *fib,
				     const struct ipv6hdr *ip6h)
{
	fib->family = AF_INET6;
	fib->flowinfo = *(__be32 *)ip6h & bpf_htonl(0x0fffffff);
	fib->l4_protocol = ip6h->nexthdr;
	fib->tot_len = bpf_ntohs(ip6h->payload_len);
	__builtin_memcpy(fib->ipv6_src, &ip6h->saddr, sizeof(ip6h->saddr));
	__builtin_memcpy(fib->ipv6_dst, &ip6h->daddr, sizeof(ip6h->daddr));
}

static __always_inline void decrease_ttl(struct iphdr *iph)
{
	__u32 check = iph->check + bpf_htons(0x0100);

	iph->check = check + (check >= 0xffff);
	iph->ttl--;
}

/*
 * A router without checks: is there a header, is the TTL above 1, what does
 * the look-up say, TTL and MAC addresses. Nobody is asked whether the frame is
 * meant for this host, whole, sound, or allowed. Returns the device to send it
 * to; 0: pass it. @may_send: whether a device can take it
 */
static __always_inline __u32 route(struct xdp_md *ctx,
				   bool (*may_send)(__u32 ifindex))
{
	struct bpf_fib_lookup fib = { .ifindex = ctx->ingress_ifindex };
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct ipv6hdr *ip6h = (void *)(eth + 1);
	struct iphdr *iph = (void *)(eth + 1);

	if ((void *)(iph + 1) > data_end)
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		if (iph->ttl <= 1)
			return 0;
		ask_ipv4(&fib, iph);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		if ((void *)(ip6h + 1) > data_end || ip6h->hop_limit <= 1)
			return 0;
		ask_ipv6(&fib, ip6h);
	} else {
		return 0;
	}
	if (bpf_fib_lookup(ctx, &fib, sizeof(fib), 0) !=
	    BPF_FIB_LKUP_RET_SUCCESS)
		return 0;
	if (may_send && !may_send(fib.ifindex))
		return 0;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		decrease_ttl(iph);
	else if ((void *)(ip6h + 1) <= data_end)
		ip6h->hop_limit--;
	__builtin_memcpy(eth->h_dest, fib.dmac, ETH_ALEN);
	__builtin_memcpy(eth->h_source, fib.smac, ETH_ALEN);
	return fib.ifindex;
}

SEC("xdp")
int look_up(struct xdp_md *ctx)
{
	__u32 ifindex = route(ctx, NULL);

	return ifindex ? bpf_redirect_map(&ports, ifindex, 0) : XDP_PASS;
}

static __always_inline bool is_port(__u32 ifindex)
{
	return bpf_map_lookup_elem(&ports_hash, &ifindex);
}

/* As the kernel's sample xdp_fwd and xdp-forward of xdp-tools do it. */
SEC("xdp")
int look_up_port(struct xdp_md *ctx)
{
	__u32 ifindex = route(ctx, is_port);

	return ifindex ? bpf_redirect_map(&ports_hash, ifindex, 0) : XDP_PASS;
}

SEC("tc")
int tc_redirect(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect(egress, 0);
}

/* Asks the neighbour table for the MAC addresses, as Linux would. */
SEC("tc")
int tc_redirect_neigh(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect_neigh(egress, NULL, 0, 0);
}

/* Straight into the namespace at the other end. */
SEC("tc")
int tc_redirect_peer(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect_peer(egress, 0);
}

char _license[] SEC("license") = "GPL";
