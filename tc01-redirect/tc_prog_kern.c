/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tc01-redirect: from a node's interface straight to the pod, and back.
 *
 * On the ingress of the host interface: TCP to SERVICE_PORT of an address in
 * ifindex_map or ifindex_map6 is redirected to the interface found there.
 * Three programs do that in three ways. On the ingress of a pod's interface:
 * tc_reply_func redirects the replies to the host interface. Everything else
 * is TC_ACT_OK, untouched: the stack does what it does.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/parse.h"
#include "../common/bpf/tc.h"
#include "../common/bpf/tc_stats.h"
#include "tc_prog.h"

/*
 * Behind which interface an address is. The key is the address as the packet
 * carries it, in network byte order; the value an ifindex.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, IFINDEX_MAP_MAX);
	__type(key, __be32);
	__type(value, __u32);
} ifindex_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, IFINDEX_MAP_MAX);
	__type(key, struct in6_addr);
	__type(value, __u32);
} ifindex_map6 SEC(".maps");

/* The host interface, for the replies. The loader fills it in. */
const volatile __u32 host_ifindex = 0;

/* Whether a TCP header fits into the packet, and lies before @data_end. */
static __always_inline bool tcp_is_whole(const struct tcphdr *tcp, __u32 len,
					 void *data_end)
{
	return len >= sizeof(*tcp) && (void *)(tcp + 1) <= data_end;
}

/*
 * Only the first fragment of a packet has ports, and behind an IPv6
 * extension header they are elsewhere: both are left to the stack. So are
 * packets from where none can come from, which it drops.
 */
static __always_inline bool parse_ipv4_flow(struct iphdr *iph, void *data_end,
					    struct bpf_fib_lookup *flow)
{
	struct tcphdr *tcp = (void *)(iph + 1);

	if (iph->protocol != IPPROTO_TCP ||
	    (iph->frag_off & bpf_htons(IPV4_FRAGMENT)) ||
	    !ipv4_addr_is_unicast(iph->saddr) ||
	    !tcp_is_whole(tcp, bpf_ntohs(iph->tot_len) - sizeof(*iph),
			  data_end))
		return false;
	flow->family = AF_INET;
	flow->sport = tcp->source;
	flow->dport = tcp->dest;
	flow->tos = iph->tos;
	flow->ipv4_src = iph->saddr;
	flow->ipv4_dst = iph->daddr;
	return true;
}

static __always_inline bool parse_ipv6_flow(struct ipv6hdr *ip6h,
					    void *data_end,
					    struct bpf_fib_lookup *flow)
{
	struct tcphdr *tcp = (void *)(ip6h + 1);

	if (ip6h->nexthdr != IPPROTO_TCP ||
	    !ipv6_addr_is_routable(&ip6h->saddr) ||
	    !tcp_is_whole(tcp, bpf_ntohs(ip6h->payload_len), data_end))
		return false;
	flow->family = AF_INET6;
	flow->sport = tcp->source;
	flow->dport = tcp->dest;
	flow->flowinfo = *(__be32 *)ip6h & bpf_htonl(IPV6_FLOW_MASK);
	__builtin_memcpy(flow->ipv6_src, &ip6h->saddr, sizeof(flow->ipv6_src));
	__builtin_memcpy(flow->ipv6_dst, &ip6h->daddr, sizeof(flow->ipv6_dst));
	return true;
}

/*
 * skb_is_for_host - whether a frame was sent to this device's MAC address
 * @eth: its first bytes; there are always as many
 *
 * For ingress. The kernel has compared the addresses already. Frames with a
 * VLAN tag, which it keeps beside the packet, and frames from a group
 * address are the stack's to judge.
 */
static __always_inline bool skb_is_for_host(const struct __sk_buff *skb,
					    const struct ethhdr *eth)
{
	return skb->pkt_type == PACKET_HOST && !skb->vlan_present &&
	       !(eth->h_source[0] & 1);
}

/*
 * parse_flow - what a TCP packet for this node's MAC address is, in the form
 * in which the routing table is asked for it
 *
 * Returns false for everything else.
 */
static __always_inline bool parse_flow(struct __sk_buff *skb,
				       struct bpf_fib_lookup *flow)
{
	long bytes = (long)skb->len - ETH_HLEN;
	struct ipv6hdr *ip6h;
	struct ethhdr *eth;
	struct iphdr *iph;
	void *data_end;

	skb_pull(skb, sizeof(*eth) + sizeof(*ip6h) + sizeof(struct tcphdr));
	data_end = (void *)(long)skb->data_end;
	eth = (void *)(long)skb->data;
	if ((void *)(eth + 1) > data_end || !skb_is_for_host(skb, eth))
		return false;

	flow->ifindex = skb->ifindex;
	flow->l4_protocol = IPPROTO_TCP;
	iph = parse_ipv4_of(eth, data_end, bytes);
	if (iph)
		return parse_ipv4_flow(iph, data_end, flow);
	ip6h = parse_ipv6_of(eth, data_end, bytes);
	return ip6h && parse_ipv6_flow(ip6h, data_end, flow);
}

/* The next hop is the destination: its own, or what a look-up has made it. */
static __always_inline void set_next_hop(struct bpf_redir_neigh *nh,
					 const struct bpf_fib_lookup *flow)
{
	nh->nh_family = flow->family;
	if (flow->family == AF_INET)
		nh->ipv4_nh = flow->ipv4_dst;
	else
		__builtin_memcpy(nh->ipv6_nh, flow->ipv6_dst,
				 sizeof(nh->ipv6_nh));
}

/*
 * find_pod - the interface that a request is to be redirected to, or 0
 * @nh: becomes the next hop there, which is the pod itself
 */
/* Assignment 1. Until written: return 0; */
static __always_inline __u32 find_pod(struct __sk_buff *skb,
				      struct bpf_redir_neigh *nh)
{
	struct bpf_fib_lookup flow = {};
	__u32 *ifindex;
	__u32 mtu = 0;

	if (!parse_flow(skb, &flow) || flow.dport != bpf_htons(SERVICE_PORT))
		return 0;
	if (flow.family == AF_INET)
		ifindex = bpf_map_lookup_elem(&ifindex_map, &flow.ipv4_dst);
	else
		ifindex = bpf_map_lookup_elem(&ifindex_map6, flow.ipv6_dst);
	/* Not back onto the link that it came from. */
	if (!ifindex || *ifindex == skb->ifindex)
		return 0;
	/* The stack has an answer (ICMP) to what is too large for the link. */
	if (bpf_check_mtu(skb, *ifindex, &mtu, 0, BPF_MTU_CHK_SEGS))
		return 0;
	set_next_hop(nh, &flow);
	return *ifindex;
}

/* Acts 2 and 3. The first in its section, for `tc filter add ... sec tc`. */
SEC("tc")
int tc_redirect_neigh_func(struct __sk_buff *skb)
{
	struct bpf_redir_neigh nh = {};
	__u32 ifindex = find_pod(skb, &nh);
	int verdict = TC_ACT_OK;

	/* Assignment 2 begins */
	/* The kernel writes both MAC addresses when the packet leaves. */
	if (ifindex)
		verdict = bpf_redirect_neigh(ifindex, &nh, sizeof(nh), 0);
	/* Assignment 2 ends */
	return tc_stats_record_verdict(skb, verdict);
}

/* Act 1: the frame as it is, with the node's address on it. */
SEC("tc")
int tc_redirect_func(struct __sk_buff *skb)
{
	struct bpf_redir_neigh nh = {};
	__u32 ifindex = find_pod(skb, &nh);
	int verdict = TC_ACT_OK;

	/* Assignment 1 begins */
	if (ifindex)
		verdict = bpf_redirect(ifindex, 0);
	/* Assignment 1 ends */
	return tc_stats_record_verdict(skb, verdict);
}

/* Going further: it is received at the other end of the veth, unsent. */
SEC("tc")
int tc_redirect_peer_func(struct __sk_buff *skb)
{
	struct bpf_redir_neigh nh = {};
	__u32 ifindex = find_pod(skb, &nh);
	int verdict = TC_ACT_OK;

	if (ifindex)
		verdict = bpf_redirect_peer(ifindex, 0);
	return tc_stats_record_verdict(skb, verdict);
}

/* Whether the sender is the pod behind this interface, by its address. */
/* Assignment 3. Until written: return false; */
static __always_inline bool is_from_pod(const struct bpf_fib_lookup *flow)
{
	__u32 *ifindex;

	if (flow->family == AF_INET)
		ifindex = bpf_map_lookup_elem(&ifindex_map, &flow->ipv4_src);
	else
		ifindex = bpf_map_lookup_elem(&ifindex_map6, flow->ipv6_src);
	return ifindex && *ifindex == flow->ifindex;
}

/*
 * goes_back - whether the node would route a reply to the host interface
 * @flow: its destination becomes the next hop
 *
 * The request of a reply to another pod, or to the node itself, has come
 * through the stack, whose conntrack waits for the reply.
 */
/* Assignment 3. Until written: return false; */
static __always_inline bool goes_back(struct __sk_buff *skb,
				      struct bpf_fib_lookup *flow)
{
	long result = bpf_fib_lookup(skb, flow, sizeof(*flow), 0);

	/* An unknown neighbour is no obstacle: the redirect asks for it. */
	return (result == BPF_FIB_LKUP_RET_SUCCESS ||
		result == BPF_FIB_LKUP_RET_NO_NEIGH) &&
	       flow->ifindex == host_ifindex;
}

/* Act 3, on the pods' interfaces. */
SEC("tc")
int tc_reply_func(struct __sk_buff *skb)
{
	struct bpf_fib_lookup flow = {};
	struct bpf_redir_neigh nh = {};
	int verdict = TC_ACT_OK;

	if (parse_flow(skb, &flow) && flow.sport == bpf_htons(SERVICE_PORT) &&
	    is_from_pod(&flow) && goes_back(skb, &flow)) {
		set_next_hop(&nh, &flow);
		verdict = bpf_redirect_neigh(host_ifindex, &nh, sizeof(nh), 0);
	}
	return tc_stats_record_verdict(skb, verdict);
}

char _license[] SEC("license") = "GPL";
