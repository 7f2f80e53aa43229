/* SPDX-License-Identifier: GPL-2.0 */
/*
 * packet06-director: a load balancer that sends packets to backends inside
 * of other packets, and the program on the backends that takes them out.
 *
 * xdp_director_func: what arrives for a virtual address gets an outer IP, a
 * UDP and a GUE header in front and leaves by the device that it came in on;
 * the network routes it to the backend. The backend answers the client
 * directly. xdp_backend_func: removes the three headers and passes what was
 * inside. Both pass, untouched, whatever else arrives. Inside and outside may
 * be IPv4 or IPv6, independent of each other.
 *
 * Generic UDP Encapsulation: draft-ietf-intarea-gue.
 */
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>

#include "../common/bpf/csum.h"
#include "../common/bpf/host.h"
#include "../common/bpf/parse.h"
#include "../common/bpf/pass.h"
#include "../common/bpf/rewrite.h"
#include "../common/bpf/stats.h"
#include "xdp_prog.h"

#define OUTER_TTL 64

/*
 * GUE's first form (variant 0): version, control bit and length of options
 * in one byte, all 0 here; then the IP protocol of what follows, as in an IP
 * header; then flags, none here.
 */
struct gue_header {
	__u8 variant_control_hlen;
	__u8 ip_proto;
	__be16 flags;
};

/* What is between the outer IP header and the packet inside. */
struct tunnel_headers {
	struct udphdr udp;
	struct gue_header gue;
};

struct outer_ipv4 {
	struct iphdr ip;
	struct tunnel_headers tunnel;
};

struct outer_ipv6 {
	struct ipv6hdr ip6;
	struct tunnel_headers tunnel;
};

/* What an ICMP error has in front of the packet that it quotes. */
struct error_ipv4 {
	struct iphdr ip;
	struct icmphdr icmp;
};

struct error_ipv6 {
	struct ipv6hdr ip6;
	struct icmp6hdr icmp6;
};

/* As much as keeps an error within 576 bytes (RFC 1812, 4.3.2.3) ... */
#define QUOTED_IPV4  (576 - sizeof(struct error_ipv4))
/* ... and within the MTU that every IPv6 link has (RFC 4443, 3.2) */
#define IPV6_MTU_MIN 1280
#define QUOTED_IPV6  (IPV6_MTU_MIN - sizeof(struct error_ipv6))

/*
 * Written by the loader: where the outer packets come from, in network byte
 * order, zeros where there is no such address; and how long they may be.
 */
const volatile __be32 director_ipv4 = 0;
const volatile __be32 director_ipv6[4] = {};
const volatile __u32 path_mtu = 1500;

/* Key: a virtual address. The value means nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VIRTUALS_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} virtuals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BACKENDS_MAX);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

/* By slot: frames sent to that backend, outer headers included. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BACKENDS_MAX);
	__type(key, __u32);
	__type(value, struct xdp_stats);
} backend_stats SEC(".maps");

/* A row, which a flow's hash selects, holds the slot of a backend. */
struct table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TABLE_ROWS);
	__type(key, __u32);
	__type(value, __u32);
};

/*
 * One entry, the table in use. User space fills a new table and puts it
 * here: no packet sees a table that is half old and half new.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct table);
} tables SEC(".maps");

/*
 * Who has the flows that have been seen, so that they stay where they are
 * when the table changes. The least recently used goes when it is full; a
 * flow that is forgotten follows the table.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FLOWS_MAX);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

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
static __always_inline bool read_quoted_ipv4(struct iphdr *iph, void *data_end,
					     struct flow_key *key)
{
	/* <assignment 5> */
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
	/* </assignment> (void)iph, (void)data_end, (void)key; return false; */
}

/* The same for ICMPv6 (RFC 4443). */
static __always_inline bool
read_quoted_ipv6(struct ipv6hdr *ip6h, void *data_end, struct flow_key *key)
{
	/* <assignment 6> */
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
	/* </assignment> (void)ip6h, (void)data_end, (void)key; return false; */
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

	/* <assignment 6> */
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
	/* </assignment> return false; */
	if (icmpv6_is_error(ip6h, data_end)) {
		req->is_error = req->is_never_refused = true;
		return read_quoted_ipv6(ip6h, data_end, &req->key);
	}
	read_l4(ip6h + 1, len, data_end, req);
	return true;
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

static __always_inline struct backend *backend_at(__u32 *slot)
{
	struct backend *backend = bpf_map_lookup_elem(&backends, slot);

	return backend && backend->state != BACKEND_NONE ? backend : NULL;
}

/*
 * The backend that a flow has had so far, unless it has been removed. One
 * that is draining gets no new connections.
 */
static __always_inline struct backend *flow_backend(const struct request *req,
						    __u32 *slot)
{
	/* <assignment 4> */
	struct flow *flow = bpf_map_lookup_elem(&flows, &req->key);
	struct backend *backend;

	if (!flow)
		return NULL;
	*slot = flow->slot;
	backend = backend_at(slot);
	if (!backend || backend->tenant != flow->tenant)
		return NULL;
	return req->starts && backend->state != BACKEND_ACTIVE ? NULL : backend;
	/* </assignment> (void)req, (void)slot; return NULL; */
}

/* The backend that the table gives to a flow, if there are any. */
static __always_inline struct backend *table_backend(__u64 hash, __u32 *slot)
{
	/* <assignment 4> */
	__u32 row = hash % TABLE_ROWS, *entry, only = 0;
	void *table;

	table = bpf_map_lookup_elem(&tables, &only);
	entry = table ? bpf_map_lookup_elem(table, &row) : NULL;
	if (!entry)
		return NULL;
	*slot = *entry;
	return backend_at(slot);
	/* </assignment> (void)hash; return backend_at(slot); */
}

static __always_inline struct backend *choose_backend(const struct request *req,
						      __u64 hash, __u32 *slot)
{
	struct backend *backend = flow_backend(req, slot);
	struct flow flow = {};

	if (backend)
		return backend;
	backend = table_backend(hash, slot);
	/* <assignment 4> */
	/* A fragment or an error is not how a flow makes itself known. */
	if (!backend || !req->is_no_fragment || req->is_error)
		return backend;
	flow.slot = *slot;
	flow.tenant = backend->tenant;
	bpf_map_update_elem(&flows, &req->key, &flow, BPF_ANY);
	/* </assignment> (void)flow; */
	return backend;
}

/*
 * Makes room for @size bytes between the Ethernet header and the packet, and
 * addresses the frame to where it came from: the router that knows the way.
 * @proto: the EtherType of what will stand there, in network byte order
 *
 * Returns where the room is, filled with zeros, or NULL where there is none;
 * the frame is then as it was.
 */
static __always_inline void *make_room(struct xdp_md *ctx, int size,
				       __be16 proto)
{
	/* <assignment 1> */
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data, old;

	if ((void *)(eth + 1) > data_end)
		return NULL; /* never: the verifier cannot know */
	old = *eth;
	/* A negative number: the frame begins earlier. */
	if (bpf_xdp_adjust_head(ctx, -size))
		return NULL;
	/* The frame has moved: the pointers are taken anew. */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) + size > data_end)
		return NULL; /* never either */
	eth_set_addrs(eth, old.h_source, old.h_dest);
	eth->h_proto = proto;
	return __builtin_memset(eth + 1, 0, size);
	/* </assignment> (void)ctx, (void)size, (void)proto; return NULL; */
}

/*
 * Writes a header into the packet. It is put together in registers first, and
 * so is its checksum: to read back what was just written in smaller pieces
 * makes the processor wait.
 * @len: of the whole packet, in bytes
 */
static __always_inline void set_ipv4(struct iphdr *to, __u8 ip_proto, __u8 tos,
				     __u16 len, __be32 daddr)
{
	struct iphdr iph = {
		.tos = tos,
		.protocol = ip_proto,
		.saddr = director_ipv4,
		.daddr = daddr,
	};

	/* <assignment 2> */
	iph.version = 4;
	iph.ihl = sizeof(iph) / 4;
	iph.tot_len = bpf_htons(len);
	/*
	 * Don't fragment: the backend does not reassemble. Such a packet
	 * needs no identification (RFC 6864).
	 */
	iph.frag_off = bpf_htons(0x4000);
	iph.ttl = OUTER_TTL;
	iph.check = ipv4_checksum(&iph);
	/* </assignment> (void)len; */
	*to = iph;
}

/*
 * The same for IPv6.
 * @len: of what follows this header, in bytes
 * @flow: the flow label, 20 bits
 */
static __always_inline void set_ipv6(struct ipv6hdr *ip6h, __u8 ip_proto,
				     __u8 tos, __u32 flow, __u16 len,
				     const struct in6_addr *daddr)
{
	ip6h->nexthdr = ip_proto;
	for (int i = 0; i < 4; i++)
		ip6h->saddr.s6_addr32[i] = director_ipv6[i];
	ip6h->daddr = *daddr;
	/* <assignment 6> */
	*(__be32 *)ip6h = bpf_htonl(6 << 28 | tos << 20 | flow);
	ip6h->payload_len = bpf_htons(len);
	ip6h->hop_limit = OUTER_TTL;
	/* </assignment> (void)tos, (void)flow, (void)len; */
}

/* The UDP and the GUE header, in a place full of zeros. */
static __always_inline void set_tunnel(struct tunnel_headers *tunnel,
				       const struct request *req, __u64 hash)
{
	/* <assignment 2> */
	/* Another port for each flow: routers and receivers spread by it. */
	tunnel->udp.source = bpf_htons(0xc000 | hash >> 50);
	tunnel->udp.dest = bpf_htons(GUE_PORT);
	/*
	 * No checksum: what is inside has its own. Over IPv6 a tunnel may do
	 * so, too, where the receiver expects it (RFC 6935, 5).
	 */
	tunnel->udp.len = bpf_htons(sizeof(*tunnel) + req->len);
	tunnel->gue.ip_proto = req->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP;
	/* </assignment> (void)tunnel, (void)req, (void)hash; */
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

/*
 * Makes of a packet that is too long the error that tells its sender how long
 * it may be (RFC 792, RFC 1191). A sender that has not set "don't fragment"
 * is told as well: this program does not fragment.
 */
static __always_inline int refuse_ipv4(struct xdp_md *ctx, __be32 sender,
				       __u32 mtu)
{
	/* <assignment 5> */
	const int len = sizeof(struct error_ipv4) + QUOTED_IPV4;
	struct error_ipv4 *error;
	struct ethhdr *eth;
	void *data_end;
	__u64 sum = 0;

	if (!director_ipv4 ||
	    !make_room(ctx, sizeof(*error), bpf_htons(ETH_P_IP)))
		return XDP_PASS;
	if (frame_trim(ctx, sizeof(*eth) + len))
		return XDP_ABORTED; /* never */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	error = (void *)(eth + 1);
	if ((void *)(error + 1) > data_end)
		return XDP_ABORTED; /* never */

	set_ipv4(&error->ip, IPPROTO_ICMP, 0, len, sender);
	error->icmp.type = ICMP_DEST_UNREACH;
	error->icmp.code = ICMP_FRAG_NEEDED;
	error->icmp.un.frag.mtu = bpf_htons(mtu);
	if (!csum_bytes(&error->icmp, len - sizeof(error->ip), data_end, &sum))
		return XDP_ABORTED; /* never */
	error->icmp.checksum = ~csum_fold(sum);
	return XDP_TX;
	/* </assignment> (void)ctx, (void)sender, (void)mtu; return XDP_PASS; */
}

/* The same for IPv6: "packet too big" (RFC 4443, 3.2). */
static __always_inline int refuse_ipv6(struct xdp_md *ctx,
				       const struct in6_addr *sender, __u32 mtu)
{
	/* <assignment 6> */
	const int len = sizeof(struct icmp6hdr) + QUOTED_IPV6;
	struct error_ipv6 *error;
	struct ethhdr *eth;
	void *data_end;
	__u64 sum;

	/* No host has to send packets as short as that (RFC 8200, 5). */
	if (mtu < IPV6_MTU_MIN || !director_ipv6[0] ||
	    !make_room(ctx, sizeof(*error), bpf_htons(ETH_P_IPV6)))
		return XDP_PASS;
	if (frame_trim(ctx, sizeof(*eth) + sizeof(error->ip6) + len))
		return XDP_ABORTED; /* never */
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	error = (void *)(eth + 1);
	if ((void *)(error + 1) > data_end)
		return XDP_ABORTED; /* never */

	set_ipv6(&error->ip6, IPPROTO_ICMPV6, 0, 0, len, sender);
	error->icmp6.icmp6_type = ICMPV6_PKT_TOOBIG;
	error->icmp6.icmp6_mtu = bpf_htonl(mtu);
	/* A pseudo-header counts as well: RFC 8200, 8.1. */
	sum = bpf_htonl(len + IPPROTO_ICMPV6);
	sum += csum_words(&error->ip6.saddr, 2 * sizeof(*sender));
	if (!csum_bytes(&error->icmp6, len, data_end, &sum))
		return XDP_ABORTED; /* never */
	error->icmp6.icmp6_cksum = ~csum_fold(sum);
	return XDP_TX;
	/* </assignment> (void)ctx, (void)sender, (void)mtu; return XDP_PASS; */
}

static __always_inline int refuse_too_long(struct xdp_md *ctx,
					   const struct request *req, __u32 mtu)
{
	if (req->is_never_refused)
		return XDP_PASS;
	if (req->is_ipv6)
		return refuse_ipv6(ctx, &req->key.client, mtu);
	return refuse_ipv4(ctx, req->key.client.s6_addr32[3], mtu);
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
	mtu = path_mtu - (over_ipv4 ? OUTER_IPV4 : OUTER_IPV6);
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

/* An outer header that a director may have sent, to this host. */
static __always_inline bool outer_is_ipv4(struct iphdr *iph)
{
	/* <assignment 3> */
	/* A director may well use the virtual address as its source. */
	return iph->protocol == IPPROTO_UDP &&
	       !(iph->frag_off & bpf_htons(IPV4_FRAGMENT)) &&
	       ipv4_addr_is_unicast(iph->saddr) && host_has_ipv4(iph->daddr);
	/* </assignment> (void)iph; return false; */
}

static __always_inline bool outer_is_ipv6(struct ipv6hdr *ip6h)
{
	/* <assignment 6> */
	return ip6h->nexthdr == IPPROTO_UDP &&
	       ipv6_addr_is_routable(&ip6h->saddr) &&
	       host_has_ipv6(&ip6h->daddr);
	/* </assignment> (void)ip6h; return false; */
}

/* An inner packet of @len bytes, to this host. */
static __always_inline bool inner_is_ipv4(struct iphdr *iph, __u32 len,
					  void *data_end)
{
	/* <assignment 3> */
	return len >= sizeof(*iph) && (void *)(iph + 1) <= data_end &&
	       iph->version == 4 && iph->ihl >= 5 &&
	       bpf_ntohs(iph->tot_len) == len && host_has_ipv4(iph->daddr);
	/* </assignment> (void)iph, (void)len, (void)data_end; return false; */
}

static __always_inline bool inner_is_ipv6(struct ipv6hdr *ip6h, __u32 len,
					  void *data_end)
{
	/* <assignment 6> */
	return len >= sizeof(*ip6h) && (void *)(ip6h + 1) <= data_end &&
	       ip6h->version == 6 &&
	       bpf_ntohs(ip6h->payload_len) == len - sizeof(*ip6h) &&
	       host_has_ipv6(&ip6h->daddr);
	/* </assignment> (void)ip6h, (void)len, (void)data_end; return false; */
}

/*
 * The EtherType of what is in GUE, or 0 for what is no GUE, or not for this
 * host. Lengths must agree.
 * @len: of all that follows the outer IP header
 */
static __always_inline __be16 parse_gue(struct tunnel_headers *tunnel,
					__u32 len, void *data_end)
{
	void *inner = tunnel + 1;
	__u32 gue = 0;

	/* <assignment 3> */
	if (len < sizeof(*tunnel) || inner > data_end ||
	    tunnel->udp.dest != bpf_htons(GUE_PORT) ||
	    bpf_ntohs(tunnel->udp.len) != len)
		return 0;
	len -= sizeof(*tunnel);
	/* All at once: variant 0, no options, what is inside, no flags. */
	gue = bpf_ntohl(*(__be32 *)&tunnel->gue);
	/* </assignment> */
	if (gue == IPPROTO_IPIP << 16 && inner_is_ipv4(inner, len, data_end))
		return bpf_htons(ETH_P_IP);
	if (gue == IPPROTO_IPV6 << 16 && inner_is_ipv6(inner, len, data_end))
		return bpf_htons(ETH_P_IPV6);
	return 0;
}

/*
 * Whether a UDP checksum is right, or there is none.
 * @pseudo: the sum of the two addresses
 */
static __always_inline bool udp_checksum_ok(struct udphdr *udp, __u32 len,
					    void *data_end, __u64 pseudo)
{
	__u64 sum = pseudo + bpf_htonl(IPPROTO_UDP + len);

	if ((void *)(udp + 1) > data_end)
		return false;
	if (!udp->check)
		return true;
	return csum_bytes(udp, len, data_end, &sum) && csum_fold(sum) == 0xffff;
}

/* The EtherType of what is in a packet, and how long its outer headers are. */
static __always_inline __be16 parse_outer(struct ethhdr *eth, void *data_end,
					  int *size)
{
	struct iphdr *iph = parse_ipv4(eth, data_end);
	struct ipv6hdr *ip6h = parse_ipv6(eth, data_end);
	__be16 proto = 0;
	__u32 len;

	if (iph && outer_is_ipv4(iph)) {
		len = bpf_ntohs(iph->tot_len) - sizeof(*iph);
		*size = OUTER_IPV4;
		proto = parse_gue((void *)(iph + 1), len, data_end);
		if (proto && !udp_checksum_ok((void *)(iph + 1), len, data_end,
					      csum_words(&iph->saddr, 8)))
			return 0;
	} else if (ip6h && outer_is_ipv6(ip6h)) {
		len = bpf_ntohs(ip6h->payload_len);
		*size = OUTER_IPV6;
		proto = parse_gue((void *)(ip6h + 1), len, data_end);
		if (proto && !udp_checksum_ok((void *)(ip6h + 1), len, data_end,
					      csum_words(&ip6h->saddr, 32)))
			return 0;
	}
	return proto;
}

/*
 * Takes @size bytes of headers away from behind the Ethernet header, which is
 * kept but for its EtherType: that is @proto.
 */
static __always_inline int take_out(struct xdp_md *ctx, int size, __be16 proto)
{
	/* <assignment 3> */
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data, outer;

	if ((void *)(eth + 1) > data_end)
		return XDP_PASS; /* never */
	outer = *eth;
	/* A positive number: the frame begins later. */
	if (bpf_xdp_adjust_head(ctx, size))
		return XDP_PASS;
	data_end = (void *)(long)ctx->data_end;
	eth = (void *)(long)ctx->data;
	if ((void *)(eth + 1) > data_end)
		return XDP_ABORTED; /* never */
	eth_set_addrs(eth, outer.h_dest, outer.h_source);
	eth->h_proto = proto;
	return XDP_PASS;
	/* </assignment> (void)ctx, (void)size, (void)proto; return XDP_PASS; */
}

SEC("xdp")
int xdp_backend_func(struct xdp_md *ctx)
{
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	int action = XDP_PASS, size;
	__be16 proto;

	if (!eth_is_for_host(eth, data_end))
		goto out;
	proto = parse_outer(eth, data_end, &size);
	if (proto)
		action = take_out(ctx, size, proto);
out:
	return xdp_stats_record_action(ctx, action);
}

char _license[] SEC("license") = "GPL";
