/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading a request: whose packet it is. What is for a virtual address belongs
 * to a flow; its two ends, and what else has to be known, become a request.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "gue.h"
#include "xdp_prog.h"

/* Key: a virtual address. The value means nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VIRTUALS_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} virtuals SEC(".maps");

/* A packet for a virtual address, as far as it has been read. */
struct request {
	struct flow_key key;
	__u32 len; /* of the packet, in bytes */
	__u8 tos;  /* IPv6: traffic class */
	bool is_ipv6;
	bool starts;   /* a flow: TCP's SYN */
	bool is_error; /* ICMP's, about the flow in key */
	bool is_no_fragment;
	bool is_never_refused; /* no error is sent about it */
};

/*
 * The finalizer of MurmurHash3 (public domain): each bit of the result
 * depends on each bit of the argument.
 */
static __always_inline __u64 mix(__u64 x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static __always_inline __u64 flow_hash(const struct request *req)
{
	const struct flow_key *key = &req->key;
	const __be32 *client = key->client.s6_addr32;
	const __be32 *virtual = key->virtual_addr.s6_addr32;
	__u64 addrs = (__u64)bpf_ntohl(client[3]) << 32 | bpf_ntohl(virtual[3]);
	__u64 rest = (__u64)bpf_ntohs(key->client_port) << 48 |
		     (__u64)bpf_ntohs(key->virtual_port) << 32 | key->ip_proto;

	/* An IPv4 address has nothing to tell in its other words. */
	for (int i = 2; i >= 0 && req->is_ipv6; i--)
		addrs = mix(addrs) ^ ((__u64)bpf_ntohl(client[i]) << 32 |
				      bpf_ntohl(virtual[i]));
	return mix(mix(addrs) ^ rest);
}

/*
 * The flow that an ICMP error is about: the packet that it quotes is one of
 * the backend's, so source and destination change places.
 *
 * Returns false for an error about anything else than a packet from this
 * virtual address, such as one of our own outer packets.
 */
/* Assignment 5. Until written: return false; */
static __always_inline bool read_quoted_ipv4(struct iphdr *iph, void *data_end,
					     struct flow_key *key)
{
	struct iphdr *quoted = (void *)(iph + 1) + sizeof(struct icmphdr);
	__u32 before_l4;

	if ((void *)(quoted + 1) > data_end || quoted->version != 4 ||
	    quoted->ihl < 5 || quoted->saddr != iph->daddr)
		return false;
	before_l4 = sizeof(*iph) + sizeof(struct icmphdr) + quoted->ihl * 4;
	if (before_l4 > bpf_ntohs(iph->tot_len))
		return false;
	addr_set_ipv4(&key->client, quoted->daddr);
	key->ip_proto = quoted->protocol;
	/* Without the ports of a fragment: as its packets were sent here. */
	if (!(quoted->frag_off & bpf_htons(IPV4_FRAGMENT)))
		parse_ports(quoted->protocol, (void *)quoted + quoted->ihl * 4,
			    bpf_ntohs(iph->tot_len) - before_l4, data_end,
			    &key->virtual_port, &key->client_port);
	return quoted->protocol != IPPROTO_UDP ||
	       key->client_port != bpf_htons(GUE_PORT);
}

/* The same for ICMPv6 (RFC 4443). */
/* Assignment 6. Until written: return false; */
static __always_inline bool
read_quoted_ipv6(struct ipv6hdr *ip6h, void *data_end, struct flow_key *key)
{
	const __u32 before_l4 = sizeof(struct icmp6hdr) + sizeof(*ip6h);
	struct ipv6hdr *quoted = (void *)(ip6h + 1) + sizeof(struct icmp6hdr);
	__u32 len = bpf_ntohs(ip6h->payload_len);

	if ((void *)(quoted + 1) > data_end || len < before_l4 ||
	    quoted->version != 6 ||
	    !ipv6_addrs_equal(&quoted->saddr, &ip6h->daddr))
		return false;
	key->client = quoted->daddr;
	key->ip_proto = quoted->nexthdr;
	parse_ports(quoted->nexthdr, quoted + 1, len - before_l4, data_end,
		    &key->virtual_port, &key->client_port);
	return quoted->nexthdr != IPPROTO_UDP ||
	       key->client_port != bpf_htons(GUE_PORT);
}

static __always_inline bool is_virtual(const struct in6_addr *addr)
{
	return bpf_map_lookup_elem(&virtuals, addr);
}

/* What follows the IP header: @len bytes, as the packet says. */
static __always_inline void read_l4(void *l4, __u32 len, void *data_end,
				    struct request *req)
{
	struct tcphdr *tcp = l4;

	parse_ports(req->key.ip_proto, l4, len, data_end, &req->key.client_port,
		    &req->key.virtual_port);
	req->starts = req->key.ip_proto == IPPROTO_TCP && len >= sizeof(*tcp) &&
		      (void *)(tcp + 1) <= data_end && tcp->syn && !tcp->ack;
}

/*
 * Whose packet it is. Fragments have no ports, but for the first, so none of
 * a datagram's are read: all its fragments reach the same backend.
 */
static __always_inline bool read_ipv4(struct iphdr *iph, void *data_end,
				      struct request *req)
{
	__u32 before_l4 = iph->ihl * 4;

	addr_set_ipv4(&req->key.client, iph->saddr);
	addr_set_ipv4(&req->key.virtual_addr, iph->daddr);
	if (!is_virtual(&req->key.virtual_addr) ||
	    !ipv4_addr_is_unicast(iph->saddr) || host_uses_ipv4(iph->saddr))
		return false;
	req->len = bpf_ntohs(iph->tot_len);
	req->tos = iph->tos;
	req->key.ip_proto = iph->protocol;
	req->is_no_fragment = !(iph->frag_off & bpf_htons(IPV4_FRAGMENT));
	/* No error about a later fragment or an error (RFC 1122, 3.2.2). */
	req->is_never_refused = iph->frag_off & bpf_htons(IPV4_OFFSET);
	if (!req->is_no_fragment)
		return true;
	if (before_l4 == sizeof(*iph) && ipv4_is_icmp_error(iph, data_end)) {
		req->is_error = req->is_never_refused = true;
		return read_quoted_ipv4(iph, data_end, &req->key);
	}
	read_l4((void *)iph + before_l4, req->len - before_l4, data_end, req);
	return true;
}

/*
 * The same for IPv6. No extension header is looked behind: the flow of such a
 * packet is that of its addresses and the header's number. Fragments have one
 * themselves, so they stay together, too.
 */
static __always_inline bool read_ipv6(struct ipv6hdr *ip6h, void *data_end,
				      struct request *req)
{
	__u32 len = bpf_ntohs(ip6h->payload_len);

	/* Assignment 6 begins. Until written: return false; */
	req->key.client = ip6h->saddr;
	req->key.virtual_addr = ip6h->daddr;
	if (!is_virtual(&req->key.virtual_addr) ||
	    !ipv6_addr_is_routable(&ip6h->saddr) ||
	    !ipv6_addr_is_routable(&ip6h->daddr) ||
	    host_has_ipv6(&ip6h->saddr) || icmpv6_is_nd(ip6h, data_end))
		return false;
	req->len = sizeof(*ip6h) + len;
	req->tos = bpf_ntohs(*(__be16 *)ip6h) >> 4;
	req->is_ipv6 = true;
	req->key.ip_proto = ip6h->nexthdr;
	req->is_no_fragment = ip6h->nexthdr != IPPROTO_FRAGMENT;
	/* Assignment 6 ends */
	if (icmpv6_is_error(ip6h, data_end)) {
		req->is_error = req->is_never_refused = true;
		return read_quoted_ipv6(ip6h, data_end, &req->key);
	}
	read_l4(ip6h + 1, len, data_end, req);
	return true;
}

/*
 * parse_ipv4_options - parse_ipv4(), but the header may have options
 *
 * For programs that leave the header as it is and put others in front.
 */
static __always_inline struct iphdr *parse_ipv4_options(struct ethhdr *eth,
							void *data_end)
{
	struct iphdr *iph = (void *)(eth + 1);
	__u32 len, header_len;
	__u64 sum = 0;

	if ((void *)(iph + 1) > data_end ||
	    eth_proto(eth) != bpf_htons(ETH_P_IP))
		return NULL;
	header_len = iph->ihl * 4;
	if (header_len <= sizeof(*iph))
		return parse_ipv4(eth, data_end);
	len = bpf_ntohs(iph->tot_len);
	if (iph->version != 4 || len < header_len ||
	    len > bytes_from(iph, data_end) ||
	    !csum_bytes(iph, header_len, data_end, &sum))
		return NULL;
	return csum_fold(sum) == 0xffff ? iph : NULL;
}

static __always_inline bool read_request(struct ethhdr *eth, void *data_end,
					 struct request *req)
{
	struct iphdr *iph = parse_ipv4_options(eth, data_end);
	struct ipv6hdr *ip6h;

	if (iph)
		return read_ipv4(iph, data_end, req);
	ip6h = parse_ipv6(eth, data_end);
	return ip6h && read_ipv6(ip6h, data_end, req);
}

#endif
