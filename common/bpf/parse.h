/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From a frame to its headers, for those frames only that a program may
 * handle by itself.
 *
 * Each function returns the header, or NULL for a frame that is another
 * protocol's, malformed, or in need of what only the stack can do; the
 * program then returns XDP_PASS. None of them writes to the frame.
 */
#ifndef BPF_PARSE_H
#define BPF_PARSE_H

#include <stdbool.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "csum.h"

#define IPV4_FRAGMENT	  0x3fff /* more-fragments bit and offset, RFC 791 */
#define IPV4_DF		  0x4000 /* the bit "don't fragment" */
#define IPV4_OFFSET	  0x1fff /* offset of a fragment, in units of 8 bytes */
/* The first and the last type of Neighbour Discovery (RFC 4861, 4). */
#define ND_ROUTER_SOLICIT 133
#define ND_REDIRECT	  137
#define IPV6_FLOW_MASK	  0x0fffffff /* traffic class and flow label, RFC 8200 */

/* icmp_head - the four bytes that every ICMP and ICMPv6 message starts with */
struct icmp_head {
	__u8 type;
	__u8 code;
	__be16 checksum;
};

/*
 * bytes_from - how many bytes of the frame there are from @p on
 *
 * For comparing with a length that the packet itself states: kernels before
 * 6.3 do not let such a number be added to a packet pointer, because their
 * verifier loses its bounds when the byte order is changed.
 */
static __always_inline long bytes_from(const void *p, const void *data_end)
{
	return data_end - p;
}

/* ipv6_addrs_equal - whether two IPv6 addresses are the same */
static __always_inline bool ipv6_addrs_equal(const struct in6_addr *a,
					     const struct in6_addr *b)
{
	return a->s6_addr32[0] == b->s6_addr32[0] &&
	       a->s6_addr32[1] == b->s6_addr32[1] &&
	       a->s6_addr32[2] == b->s6_addr32[2] &&
	       a->s6_addr32[3] == b->s6_addr32[3];
}

/*
 * eth_proto - the EtherType of a frame, in network byte order
 *
 * struct ethhdr is declared packed: as if it could begin at an odd address,
 * and whatever is in it were to be read byte by byte.
 */
static __always_inline __be16 eth_proto(const struct ethhdr *eth)
{
	const __be16 *word = (const void *)eth;

	return word[ETH_ALEN];
}

/*
 * parse_ipv4_of - the IPv4 header of an untagged frame (RFC 791)
 * @bytes: of the frame from the IP header on; for a tc program not all of
 * them lie before @data_end
 *
 * A header with options goes to the stack: record route, timestamp and
 * source route want the header rewritten at each hop. Total length must
 * cover the header and fit the frame (which may be longer: Ethernet pads to
 * 60 bytes), and the checksum must be right (RFC 1812, 5.2.2).
 */
static __always_inline struct iphdr *parse_ipv4_of(struct ethhdr *eth,
						   void *data_end, long bytes)
{
	struct iphdr *iph = (void *)(eth + 1);
	__u32 len;

	if ((void *)(iph + 1) > data_end ||
	    eth_proto(eth) != bpf_htons(ETH_P_IP))
		return NULL;
	if (*(__u8 *)iph != 0x45) /* version 4, five words: no options */
		return NULL;
	len = bpf_ntohs(iph->tot_len);
	if (len < sizeof(*iph) || len > bytes)
		return NULL;
	return csum_ipv4_ok(iph) ? iph : NULL;
}

/* parse_ipv4 - the same for a frame that ends at @data_end */
static __always_inline struct iphdr *parse_ipv4(struct ethhdr *eth,
						void *data_end)
{
	return parse_ipv4_of(eth, data_end, bytes_from(eth + 1, data_end));
}

/*
 * parse_ipv6_of - the IPv6 header of an untagged frame (RFC 8200)
 * @bytes: of the frame from the IP header on
 *
 * Hop-by-hop options have to be looked at by every router and host on the
 * way: the stack does that.
 */
static __always_inline struct ipv6hdr *parse_ipv6_of(struct ethhdr *eth,
						     void *data_end, long bytes)
{
	struct ipv6hdr *ip6h = (void *)(eth + 1);

	if ((void *)(ip6h + 1) > data_end ||
	    eth_proto(eth) != bpf_htons(ETH_P_IPV6))
		return NULL;
	if (ip6h->version != 6 || ip6h->nexthdr == IPPROTO_HOPOPTS)
		return NULL;
	if (bpf_ntohs(ip6h->payload_len) > bytes - (long)sizeof(*ip6h))
		return NULL;
	return ip6h;
}

/* parse_ipv6 - the same for a frame that ends at @data_end */
static __always_inline struct ipv6hdr *parse_ipv6(struct ethhdr *eth,
						  void *data_end)
{
	return parse_ipv6_of(eth, data_end, bytes_from(eth + 1, data_end));
}

/*
 * ipv4_addr_is_unicast - whether a packet on the wire may be to or from @addr
 * @addr: in network byte order
 *
 * Not 0.0.0.0/8 ("this network"), not 127.0.0.0/8 (never outside a host),
 * not 224.0.0.0/4 (multicast), not 255.255.255.255 (RFC 1122, 3.2.1.3).
 */
static __always_inline bool ipv4_addr_is_unicast(__be32 addr)
{
	__u8 net = bpf_ntohl(addr) >> 24;

	if (net < 224)
		return net != 0 && net != 127;
	return net >= 240 && addr != 0xffffffff;
}

/*
 * ipv6_addr_is_unicast - whether a packet on the wire may be to or from @addr
 *
 * Not multicast (ff00::/8), and nothing of ::/80, in which lie the
 * unspecified and the loopback address and the IPv4-mapped ones, none of
 * which belongs on a wire (RFC 4291, 2.5).
 */
static __always_inline bool ipv6_addr_is_unicast(const struct in6_addr *addr)
{
	const __u32 *word = addr->s6_addr32;

	return addr->s6_addr[0] != 0xff &&
	       (word[0] | word[1] | (word[2] & bpf_htonl(0xffff0000)));
}

/*
 * ipv6_addr_is_routable - whether a packet to or from @addr may leave its link
 *
 * Unicast, and not fe80::/10, which is valid on one link only (RFC 4291,
 * 2.5.6).
 */
static __always_inline bool ipv6_addr_is_routable(const struct in6_addr *addr)
{
	return ipv6_addr_is_unicast(addr) &&
	       (addr->s6_addr32[0] & bpf_htonl(0xffc00000)) !=
		       bpf_htonl(0xfe800000);
}

/*
 * icmpv6_is_nd - whether a packet is Neighbour Discovery, which speaks about
 * this very link and is never forwarded
 */
static __always_inline bool icmpv6_is_nd(struct ipv6hdr *ip6h, void *data_end)
{
	struct icmp_head *icmp = (void *)(ip6h + 1);

	if (ip6h->nexthdr != IPPROTO_ICMPV6 || (void *)(icmp + 1) > data_end)
		return false;
	return icmp->type >= ND_ROUTER_SOLICIT && icmp->type <= ND_REDIRECT;
}

/*
 * ipv4_is_icmp_error - whether a packet is an ICMP error message (RFC 792)
 *
 * On a multipath route Linux sends an error along the path of the flow that
 * it quotes; a look-up by the outer addresses would not find that path. Any
 * ICMP whose type is not in sight counts as one; what lies in the padding is
 * none.
 */
static __always_inline bool ipv4_is_icmp_error(struct iphdr *iph,
					       void *data_end)
{
	struct icmp_head *icmp = (void *)(iph + 1);

	if (iph->protocol != IPPROTO_ICMP ||
	    (iph->frag_off & bpf_htons(IPV4_OFFSET)))
		return false;
	if (bpf_ntohs(iph->tot_len) < sizeof(*iph) + sizeof(*icmp) ||
	    (void *)(icmp + 1) > data_end)
		return true;
	switch (icmp->type) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

/* icmpv6_is_error - the same for ICMPv6: types 0 to 127 (RFC 4443, 2.1) */
static __always_inline bool icmpv6_is_error(struct ipv6hdr *ip6h,
					    void *data_end)
{
	struct icmp_head *icmp = (void *)(ip6h + 1);

	if (ip6h->nexthdr != IPPROTO_ICMPV6)
		return false;
	return bpf_ntohs(ip6h->payload_len) < sizeof(*icmp) ||
	       (void *)(icmp + 1) > data_end || icmp->type < 128;
}

/*
 * parse_ports - what Linux takes for the ports of a packet
 * @l4: where the transport header begins
 * @len: bytes of the packet from there on; what comes behind is padding
 *
 * For rules by ports and the hash of a multipath route. Linux reads them
 * from all protocols that begin with two ports, and takes the index of an
 * IPsec header (SPI, RFC 4301) for a pair. Leaves both as they are where
 * there are none. Network byte order.
 */
static __always_inline void parse_ports(__u8 ip_proto, void *l4, __u32 len,
					void *data_end, __be16 *sport,
					__be16 *dport)
{
	__be16 *ports = l4;

	switch (ip_proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ESP:
		break;
	case IPPROTO_AH: /* RFC 4302: the SPI is its second word */
		if (len < 4)
			return;
		ports += 2;
		len -= 4;
		break;
	default:
		return;
	}
	if (len < 4 || (void *)(ports + 2) > data_end)
		return;
	*sport = ports[0];
	*dport = ports[1];
}

/* parse_ports_ipv4 - none of a fragment: not all fragments have them */
static __always_inline void parse_ports_ipv4(struct iphdr *iph, void *data_end,
					     __be16 *sport, __be16 *dport)
{
	if (!(iph->frag_off & bpf_htons(IPV4_FRAGMENT)))
		parse_ports(iph->protocol, iph + 1,
			    bpf_ntohs(iph->tot_len) - sizeof(*iph), data_end,
			    sport, dport);
}

/*
 * ipv6_has_extension - whether another IPv6 header follows the first one
 *
 * Those that Linux looks behind for protocol and ports (RFC 8200, 4).
 */
static __always_inline bool ipv6_has_extension(const struct ipv6hdr *ip6h)
{
	return ip6h->nexthdr == IPPROTO_ROUTING ||
	       ip6h->nexthdr == IPPROTO_FRAGMENT ||
	       ip6h->nexthdr == IPPROTO_DSTOPTS;
}

/*
 * ip_is_for_elsewhere - whether a frame carries an IP packet that a program
 * which moves frames between links may move
 *
 * Sound IPv4 and IPv6 between unicast addresses, fragments included. Not
 * what concerns this link alone: ARP, Neighbour Discovery, multicast,
 * link-local addresses.
 */
static __always_inline bool ip_is_for_elsewhere(struct ethhdr *eth,
						void *data_end)
{
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	iph = parse_ipv4(eth, data_end);
	if (iph)
		return ipv4_addr_is_unicast(iph->saddr) &&
		       ipv4_addr_is_unicast(iph->daddr);
	ip6h = parse_ipv6(eth, data_end);
	return ip6h && ipv6_addr_is_routable(&ip6h->saddr) &&
	       ipv6_addr_is_routable(&ip6h->daddr) &&
	       !icmpv6_is_nd(ip6h, data_end);
}

#endif
