/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_router_func forwards, with every byte of it, what it drops, and
 * what it leaves to Linux.
 *
 *	in0  MAC_HOST     192.0.2.1/24     2001:db8:1::1/64
 *	out0 MAC_OUT      198.51.100.1/24  2001:db8:2::1/64  MTU 1400
 *	bare              203.0.113.1/28   2001:db8:3::1/64  not in router_ports
 *	off0              203.0.113.17/28  2001:db8:4::1/64  does not forward
 */
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <bpf/libbpf.h>

#include "../../common/routing.h"
#include "../xdp_prog.h"
#include "cases.h"
#include "net.h"

#define MAC_OUT	     "02:0a:0b:0c:0d:0e"
#define MAC_NEXT     "02:01:02:03:04:05"
#define MAC_NEXT_TOO "02:01:02:03:04:85" /* for what a rule picks out */

#define OUT_MTU 1400

/* On out0's link; .7 and ::7 are hosts, .9 and ::9 another router. */
#define IPV4_FAR "198.51.100.7"
#define IPV6_FAR "2001:db8:2::7"

static const char topology[] =
	"link set in0 address " MAC_HOST "\n"
	"link set out0 mtu 1400 address " MAC_OUT "\n"
	"addr add 192.0.2.1/24 dev in0\n"
	"addr add 198.51.100.1/24 dev out0\n"
	"addr add 203.0.113.1/28 dev bare\n"
	"addr add 203.0.113.17/28 dev off0\n"
	"addr add 2001:db8:1::1/64 dev in0 nodad\n"
	"addr add 2001:db8:2::1/64 dev out0 nodad\n"
	"addr add 2001:db8:3::1/64 dev bare nodad\n"
	"addr add 2001:db8:4::1/64 dev off0 nodad\n"
	"neigh add 198.51.100.7 lladdr " MAC_NEXT " dev out0\n"
	"neigh add 198.51.100.9 lladdr " MAC_NEXT_TOO " dev out0\n"
	"neigh add 192.0.2.9 lladdr " MAC_NEXT " dev in0\n"
	"neigh add 203.0.113.2 lladdr " MAC_NEXT " dev bare\n"
	"neigh add 2001:db8:2::7 lladdr " MAC_NEXT " dev out0\n"
	"neigh add 2001:db8:2::9 lladdr " MAC_NEXT_TOO " dev out0\n"
	"neigh add 2001:db8:1::9 lladdr " MAC_NEXT " dev in0\n"
	"neigh add 2001:db8:3::2 lladdr " MAC_NEXT " dev bare\n"
	"neigh add 198.51.100.11 dev out0 nud failed\n"
	"neigh add 2001:db8:2::11 dev out0 nud failed\n";

/* One kind of route behind another, in the order of the rows below. */
static const char routes[] =
	"route add 198.18.0.0/24 via 198.51.100.7\n"
	"route add blackhole 198.18.1.0/24\n"
	"route add unreachable 198.18.2.0/24\n"
	"route add prohibit 198.18.3.0/24\n"
	"route add throw 198.18.4.0/24\n"
	"route add 198.18.5.0/24 via 198.51.100.8\n"
	"route add 198.18.6.0/24 via 192.0.2.9\n"
	"route add 198.18.7.0/24 via inet6 2001:db8:2::7\n"
	"route add 198.18.8.0/24 encap ip id 5 dst 10.0.0.1 "
	"via 198.51.100.7 dev out0\n"
	"route add local 198.18.9.0/24 dev lo\n"
	"route add 2001:db8:f0::/64 via 2001:db8:2::7\n"
	"route add blackhole 2001:db8:f1::/64\n"
	"route add unreachable 2001:db8:f2::/64\n"
	"route add prohibit 2001:db8:f3::/64\n"
	"route add throw 2001:db8:f4::/64\n"
	"route add 2001:db8:f5::/64 via 2001:db8:2::8\n"
	"route add 2001:db8:f6::/64 via 2001:db8:1::9\n"
	"route add 2001:db8:f7::/64 encap ip6 id 5 dst 2001:db8:ffff::1 "
	"via 2001:db8:2::7 dev out0\n"
	"route add 2001:db8:f8::/64 nexthop via 2001:db8:2::7 "
	"nexthop via 2001:db8:2::9\n";

/* Each asks for something else that the look-up must have been told. */
static const char rules[] = "rule add iif in0 tos 0x10 lookup 100\n"
			    "rule add from 192.0.2.66 lookup 100\n"
			    "rule add ipproto 17 sport 5000 lookup 100\n"
			    "rule add ipproto 6 dport 5001 lookup 100\n"
			    "rule add ipproto 253 lookup 100\n"
			    "rule add sport 5002 lookup 100\n"
			    "rule add iif out0 tos 0x08 lookup 100\n"
			    "rule add from 198.51.100.9 lookup 100\n"
			    "rule add sport 61166 lookup 100\n"
			    "rule add sport 1008 lookup 100\n"
			    "route add default via 198.51.100.9 table 100\n";
static const char rules_ipv6[] =
	"rule add iif in0 tos 0x10 lookup 100\n"
	"rule add from 2001:db8:1::66 lookup 100\n"
	"rule add ipproto 17 sport 5000 lookup 100\n"
	"rule add ipproto 6 dport 5001 lookup 100\n"
	"rule add ipproto 253 lookup 100\n"
	"rule add sport 61166 lookup 100\n"
	"route add default via 2001:db8:2::9 table 100\n";

/* clang-format off */
#define IN .dmac = MAC_HOST, .smac = MAC_PEER
#define OUT .dmac = MAC_NEXT, .smac = MAC_OUT
#define OUT_TOO .dmac = MAC_NEXT_TOO, .smac = MAC_OUT

#define PACKET_IPV4 \
	.saddr = IPV4_PEER, .daddr = IPV4_FAR, .version = 4, .ihl = 5, \
	.ip_id = 0x1234, .ip_proto = IPPROTO_UDP, .l4 = L4_UDP, \
	.sport = 4321, .dport = 53, .payload_len = 31
#define PACKET_IPV6 \
	.saddr = IPV6_PEER, .daddr = IPV6_FAR, .version = 6, \
	.flow = 0x12345, .ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6, \
	.icmp_type = 128, .icmp_id = 0xbeef, .payload_len = 31

#define IPV4 IN, PACKET_IPV4, .ttl = 57
#define IPV6 IN, PACKET_IPV6, .ttl = 57
#define ROUTED_IPV4(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, \
	  .out = { OUT, PACKET_IPV4, .ttl = 56, __VA_ARGS__ } }
#define ROUTED_IPV6(sentence, ...) \
	{ .desc = sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, \
	  .out = { OUT, PACKET_IPV6, .ttl = 56, __VA_ARGS__ } }
/* By a rule, to the other router. */
#define RULED_IPV4(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, \
	  .out = { OUT_TOO, PACKET_IPV4, .ttl = 56, __VA_ARGS__ } }
#define RULED_IPV6(sentence, ...) \
	{ .desc = sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, \
	  .out = { OUT_TOO, PACKET_IPV6, .ttl = 56, __VA_ARGS__ } }
#define PASSES_UNSENT(sentence, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = XDP_PASS, \
	  .assignment = 3 }
#define TTL_PASSES(sentence, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = XDP_PASS, \
	  .assignment = 4 }

#define UDP .ip_proto = IPPROTO_UDP, .l4 = L4_UDP
#define TCP .ip_proto = IPPROTO_TCP, .l4 = L4_TCP
#define ICMP .ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP
/* clang-format on */

#define ASKED_WRONG                                                            \
	"nothing acts on the answer yet, or the look-up was asked with a "     \
	"wrong family, wrong addresses, or not the length of the packet as "   \
	"tot_len in host byte order"

static int far_end; /* of out0 */

static void expect_routed(const struct frame *in, const struct frame *out)
{
	subject__expect(&subject, in, XDP_REDIRECT, out);
}

/* With every value of the identification the checksum takes every value. */
static void test_header_checksums(void)
{
	struct frame in = { IPV4 };
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56 };

	for (unsigned int id = 0; id <= 0xffff; id++) {
		in.ip_id = out.ip_id = id;
		expect_routed(&in, &out);
	}
}

static void test_ttls(void)
{
	struct frame in = { IPV4 }, out = { OUT, PACKET_IPV4 };

	for (unsigned int ttl = 2; ttl <= 255; ttl++) {
		in.ttl = ttl;
		out.ttl = ttl - 1;
		expect_routed(&in, &out);
	}
}

static void test_hop_limits(void)
{
	struct frame in = { IPV6 }, out = { OUT, PACKET_IPV6 };

	for (unsigned int hops = 2; hops <= 255; hops++) {
		in.ttl = hops;
		out.ttl = hops - 1;
		expect_routed(&in, &out);
	}
}

static void expect_up_to_mtu(struct frame in, struct frame out, size_t headers)
{
	for (size_t len = 0; len <= 1600; len++) {
		in.payload_len = out.payload_len = len;
		if (headers + len <= OUT_MTU)
			expect_routed(&in, &out);
		else
			subject__expect_pass(&subject, &in);
	}
}

static void test_sizes_ipv4(void)
{
	expect_up_to_mtu((struct frame){ IPV4 },
			 (struct frame){ OUT, PACKET_IPV4, .ttl = 56 }, 28);
}

static void test_sizes_ipv6(void)
{
	expect_up_to_mtu((struct frame){ IPV6 },
			 (struct frame){ OUT, PACKET_IPV6, .ttl = 56 }, 48);
}

static void expect_padding_cut_off(struct frame in, struct frame out)
{
	in.payload_len = out.payload_len = 3;
	for (in.pad = 1; in.pad <= 64; in.pad++)
		expect_routed(&in, &out);
}

static void test_padding_ipv4(void)
{
	expect_padding_cut_off((struct frame){ IPV4 },
			       (struct frame){ OUT, PACKET_IPV4, .ttl = 56 });
}

static void test_padding_ipv6(void)
{
	expect_padding_cut_off((struct frame){ IPV6 },
			       (struct frame){ OUT, PACKET_IPV6, .ttl = 56 });
}

static void test_icmp_types(void)
{
	struct frame in = { IPV4, ICMP };
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56, ICMP };

	for (unsigned int type = 0; type <= 255; type++) {
		in.icmp_type = out.icmp_type = type;
		/* RFC 792: the errors, those no longer in use as well */
		if (type == 3 || type == 4 || type == 5 || type == 11 ||
		    type == 12)
			subject__expect_pass(&subject, &in);
		else
			expect_routed(&in, &out);
	}
}

static void test_icmpv6_types(void)
{
	struct frame in = { IPV6 };
	struct frame out = { OUT, PACKET_IPV6, .ttl = 56 };

	for (unsigned int type = 0; type <= 255; type++) {
		in.icmp_type = out.icmp_type = type;
		/* RFC 4443: errors; RFC 4861: Neighbour Discovery */
		if (type < 128 || (type >= 133 && type <= 137))
			subject__expect_pass(&subject, &in);
		else
			expect_routed(&in, &out);
	}
}

/* Packets without a single byte of ICMP cannot be told from errors. */
static void test_no_icmp(void)
{
	struct frame ipv4 = { IPV4, ICMP, .l4 = L4_NONE, .payload_len = 3 };
	struct frame ipv6 = { IPV6, .l4 = L4_NONE, .payload_len = 3,
			      .fill = FILL_ONES };

	subject__expect_pass(&subject, &ipv4);
	subject__expect_pass(&subject, &ipv6);
	/* Padding is 0xee: not an error's type, but not ICMP's type at all. */
	ipv4.pad = ipv6.pad = 20;
	subject__expect_pass(&subject, &ipv4);
	subject__expect_pass(&subject, &ipv6);
}

static void test_arrives(void)
{
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56 };

	subject__send_live(&subject, &(struct frame){ IPV4 }, XDP_REDIRECT,
			   &out);
	net__expect_frame(far_end, &out);
}

static void test_arrives_ipv6(void)
{
	struct frame out = { OUT, PACKET_IPV6, .ttl = 56 };

	subject__send_live(&subject, &(struct frame){ IPV6 }, XDP_REDIRECT,
			   &out);
	net__expect_frame(far_end, &out);
}

static void expect_from(const char *dev, const struct frame *in, int action,
			const struct frame *out)
{
	int in0 = subject.ingress;

	subject.ingress = net__ifindex(dev);
	subject__expect(&subject, in, action, out);
	subject.ingress = in0;
}

/* In the place of a source is this host's only address, or one of nobody's. */
static void test_places(void)
{
	struct frame in = { IPV4 }, out = { OUT, PACKET_IPV4, .ttl = 56 };

	subject__set_place(&subject, IPV4_PEER, IPV4_PEER);
	subject__expect_pass(&subject, &in);
	subject__set_place(&subject, IPV4_PEER, "192.0.2.99");
	subject__expect(&subject, &in, XDP_REDIRECT, &out);
	subject__set_host_mac(&subject, MAC_HOST);
}

/* Not even a blackhole swallows anything then. */
static void test_forwarding_off(void)
{
	struct frame blackhole = { IPV4, .daddr = "198.18.1.1" };
	struct frame ipv4 = { IPV4 }, ipv6 = { IPV6 };

	expect_from("off0", &ipv4, XDP_PASS, NULL);
	expect_from("off0", &ipv6, XDP_PASS, NULL);
	expect_from("off0", &blackhole, XDP_PASS, NULL);
}

static void test_other_ingress(void)
{
	struct frame in = { IPV4 };
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56 };

	expect_from("bare", &in, XDP_REDIRECT, &out);
}

/* Linux takes the path of a flow from its label: both must be taken. */
static void test_multipath(void)
{
	struct frame in = { IPV6, .daddr = "2001:db8:f8::1" };
	struct frame out = { PACKET_IPV6, .daddr = "2001:db8:f8::1",
			     .smac = MAC_OUT, .ttl = 56 };
	int taken[2] = {};

	for (in.flow = 0; in.flow < 64; in.flow++) {
		int way = subject__goes_to(&subject, &in, MAC_NEXT_TOO);

		taken[way]++;
		out.dmac = way ? MAC_NEXT_TOO : MAC_NEXT;
		out.flow = in.flow;
		expect_routed(&in, &out);
	}
	if (!taken[0] || !taken[1])
		test_fail("the flow label makes no difference");
}

/* Padding is 0xee, and there is a rule for the source port 0xeeee. */
static void test_no_ports_in_padding(void)
{
	struct frame ipv4 = { IPV4, .l4 = L4_NONE, .payload_len = 0 };
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56, .l4 = L4_NONE,
			     .payload_len = 0 };
	struct frame ipv6 = { IPV6, UDP, .l4 = L4_NONE, .payload_len = 3 };
	struct frame out6 = { OUT, PACKET_IPV6,	  .ttl = 56,
			      UDP, .l4 = L4_NONE, .payload_len = 3 };

	ipv4.pad = ipv6.pad = 40;
	expect_routed(&ipv4, &out);
	expect_routed(&ipv6, &out6);
}

/* What is UDP's length is the first half of AH's SPI. */
static void test_ah(void)
{
	struct frame in = { IPV4, .ip_proto = IPPROTO_AH, .payload_len = 1000 };
	struct frame out = { OUT_TOO, PACKET_IPV4, .ttl = 56,
			     .ip_proto = IPPROTO_AH,
			     .payload_len = in.payload_len };

	expect_routed(&in, &out);
}

static void test_strict(void);
static void test_loose(void);
static void test_not_local(void);
static void test_rules_on_the_way_back(void);
static void test_route_mtu(void);
static void test_route_mtu_ipv6(void);
static void test_route_mtu_unknown(void);
static void test_ipv6_is_off(void);
static void test_ports_matter(void);
static void test_empty_maps(void);
static void test_no_ports(void);
static void test_no_mac(void);

static void test_next_hops(void);
static void test_next_hops_uncounted(void);

static const struct row rows[] = {
	/* Forwarded */
	{ .desc = "IPv4 to a neighbour is forwarded",
	  .in = { IPV4 },
	  .action = XDP_REDIRECT,
	  .out = { OUT, PACKET_IPV4, .ttl = 56 },
	  .hint = ASKED_WRONG },
	{ .desc = "IPv6 to a neighbour is forwarded",
	  .in = { IPV6 },
	  .action = XDP_REDIRECT,
	  .out = { OUT, PACKET_IPV6, .ttl = 56 },
	  .hint = ASKED_WRONG ": of IPv6, with its header of 40 bytes" },
	ROUTED_IPV4("IPv4 behind a router is forwarded", .daddr = "198.18.0.1"),
	ROUTED_IPV6("IPv6 behind a router is forwarded",
		    .daddr = "2001:db8:f0::1"),
	ROUTED_IPV4("IPv4 behind an IPv6 router is forwarded",
		    .daddr = "198.18.7.1"),
	ROUTED_IPV4("IPv4 TCP is forwarded", TCP),
	ROUTED_IPV6("IPv6 TCP is forwarded", TCP),
	ROUTED_IPV6("IPv6 UDP is forwarded", UDP),
	ROUTED_IPV4("an IPv4 echo request is forwarded", ICMP, .icmp_type = 8),
	ROUTED_IPV4("an IPv4 protocol that nobody knows is forwarded",
		    .ip_proto = 254, .l4 = L4_NONE),
	ROUTED_IPV6("an IPv6 protocol that nobody knows is forwarded",
		    .ip_proto = 254, .l4 = L4_NONE),
	ROUTED_IPV4("an IPv4 packet of its header alone is forwarded",
		    .l4 = L4_NONE, .payload_len = 0),
	ROUTED_IPV6("an IPv6 packet of its header alone is forwarded",
		    .ip_proto = 59, .l4 = L4_NONE, .payload_len = 0),
	ROUTED_IPV4("a first fragment is forwarded", .frag_off = 0x2000),
	ROUTED_IPV4("a middle fragment is forwarded", .frag_off = 0x2000 | 185,
		    .l4 = L4_NONE),
	ROUTED_IPV4("a last fragment is forwarded", .frag_off = 185,
		    .l4 = L4_NONE),
	ROUTED_IPV4("what looks like an ICMP error inside a later fragment is "
		    "forwarded",
		    ICMP, .icmp_type = 3, .frag_off = 185),
	ROUTED_IPV6("an IPv6 fragment is forwarded",
		    .ext = { EXT(IPPROTO_FRAGMENT) }),
	ROUTED_IPV6("IPv6 with destination options is forwarded",
		    .ext = { EXT(IPPROTO_DSTOPTS) }),
	ROUTED_IPV6("IPv6 with a routing header is forwarded",
		    .ext = { EXT(IPPROTO_ROUTING) }),
	ROUTED_IPV4("TOS and don't fragment stay", .tos = 0xb8,
		    .frag_off = 0x4000),
	ROUTED_IPV6("traffic class and flow label stay", .tos = 0xb8,
		    .flow = 0xfedcb),
	ROUTED_IPV4("a wrong UDP checksum is the receiver's matter",
		    .l4_check_flip = 1),
	ROUTED_IPV6("a wrong ICMPv6 checksum is the receiver's matter",
		    .l4_check_flip = 1),
	ROUTED_IPV4("IPv4 from far away is forwarded", .saddr = "10.1.2.3"),
	ROUTED_IPV6("IPv6 from far away is forwarded",
		    .saddr = "2001:db8:ffff::1"),
	TEST("the IPv4 checksum is right for every value it can have",
	     test_header_checksums),
	TEST("a TTL of 2 to 255 is one less", test_ttls),
	TEST("a hop limit of 2 to 255 is one less", test_hop_limits),
	TEST("padding behind IPv4 is not forwarded", test_padding_ipv4),
	TEST("padding behind IPv6 is not forwarded", test_padding_ipv6),
	TEST("what is forwarded leaves by the route's device", test_arrives),
	TEST("IPv6 leaves by the route's device", test_arrives_ipv6),
	TEST("what arrives on another device is forwarded", test_other_ingress),

	/* What the look-up must have been told */
	RULED_IPV4("a rule for a TOS is followed", .tos = 0x10),
	RULED_IPV6("a rule for a traffic class is followed", .tos = 0x10),
	RULED_IPV4("a rule for a source is followed", .saddr = "192.0.2.66"),
	RULED_IPV6("a rule for an IPv6 source is followed",
		   .saddr = "2001:db8:1::66"),
	RULED_IPV4("a rule for a UDP source port is followed", .sport = 5000),
	RULED_IPV6("a rule for an IPv6 UDP source port is followed", UDP,
		   .sport = 5000),
	RULED_IPV4("a rule for a TCP destination port is followed", TCP,
		   .dport = 5001),
	RULED_IPV6("a rule for an IPv6 TCP destination port is followed", TCP,
		   .dport = 5001),
	RULED_IPV4("a rule for a protocol is followed", .ip_proto = 253,
		   .l4 = L4_NONE),
	RULED_IPV6("a rule for an IPv6 protocol is followed", .ip_proto = 253,
		   .l4 = L4_NONE),
	RULED_IPV4("a rule for a source port is followed by SCTP",
		   .ip_proto = IPPROTO_SCTP, .sport = 5002),
	RULED_IPV4("a rule for a source port is followed by DCCP",
		   .ip_proto = IPPROTO_DCCP, .sport = 5002),
	RULED_IPV4("a rule for a source port is followed by UDP-Lite",
		   .ip_proto = IPPROTO_UDPLITE, .sport = 5002),
	RULED_IPV4("a rule for a source port takes ESP's SPI for one",
		   .ip_proto = IPPROTO_ESP, .sport = 5002),
	ROUTED_IPV4("a rule for a source port does not take AH's first word",
		    .ip_proto = IPPROTO_AH, .sport = 5002),
	TEST("what looks like ports in the padding is none",
	     test_no_ports_in_padding),
	TEST("a rule for a source port takes AH's SPI for one", test_ah),
	ROUTED_IPV4("a rule for UDP ports does not catch TCP", TCP,
		    .sport = 5000),
	ROUTED_IPV4("a rule for ports does not catch a first fragment",
		    .sport = 5000, .frag_off = 0x2000),
	ROUTED_IPV4("a rule for ports does not catch a later fragment",
		    .sport = 5000, .frag_off = 185),
	TEST("IPv6 flows are spread over both paths", test_multipath),

	/* The look-up's other answers */
	{ .desc = "a blackhole route drops",
	  .in = { IPV4, .daddr = "198.18.1.1" },
	  .action = XDP_DROP,
	  .hint = ASKED_WRONG },
	{ .desc = "an IPv6 blackhole route drops",
	  .in = { IPV6, .daddr = "2001:db8:f1::1" },
	  .action = XDP_DROP,
	  .hint = ASKED_WRONG },
	PASSES("an unreachable route passes", IPV4, .daddr = "198.18.2.1"),
	PASSES("an IPv6 unreachable route passes", IPV6,
	       .daddr = "2001:db8:f2::1"),
	PASSES("a prohibit route passes", IPV4, .daddr = "198.18.3.1"),
	PASSES("an IPv6 prohibit route passes", IPV6,
	       .daddr = "2001:db8:f3::1"),
	PASSES("a throw route passes", IPV4, .daddr = "198.18.4.1"),
	PASSES("an IPv6 throw route passes", IPV6, .daddr = "2001:db8:f4::1"),
	PASSES("no route passes", IPV4, .daddr = "198.19.0.1"),
	PASSES("no IPv6 route passes", IPV6, .daddr = "2001:db8:ffff::1"),
	PASSES("a route through a tunnel passes", IPV4, .daddr = "198.18.8.1"),
	PASSES("an IPv6 route through a tunnel passes", IPV6,
	       .daddr = "2001:db8:f7::1"),
	PASSES("the address of the ingress device passes", IPV4,
	       .daddr = IPV4_HOST),
	PASSES("the IPv6 address of the ingress device passes", IPV6,
	       .daddr = IPV6_HOST),
	PASSES("the address of another device passes", IPV4,
	       .daddr = "198.51.100.1"),
	PASSES("the IPv6 address of another device passes", IPV6,
	       .daddr = "2001:db8:2::1"),
	PASSES("the broadcast address of a subnet passes", IPV4,
	       .daddr = "198.51.100.255"),
	PASSES("a neighbour that is not known passes", IPV4,
	       .daddr = "198.51.100.8"),
	PASSES("an IPv6 neighbour that is not known passes", IPV6,
	       .daddr = "2001:db8:2::8"),
	PASSES("a router that is not known passes", IPV4,
	       .daddr = "198.18.5.1"),
	PASSES("an IPv6 router that is not known passes", IPV6,
	       .daddr = "2001:db8:f5::1"),
	PASSES("a neighbour that has failed passes", IPV4,
	       .daddr = "198.51.100.11"),
	PASSES("an IPv6 neighbour that has failed passes", IPV6,
	       .daddr = "2001:db8:2::11"),
	TEST("with forwarding off on the ingress device everything passes",
	     test_forwarding_off),
	TEST("IPv4 up to the MTU is forwarded, and passes above it",
	     test_sizes_ipv4),
	TEST("IPv6 up to the MTU is forwarded, and passes above it",
	     test_sizes_ipv6),
	PASSES("too big, with don't fragment, passes", IPV4, .frag_off = 0x4000,
	       .payload_len = 1473),

	/* Routes that are Linux's to take */
	PASSES_UNSENT("out of a device that is not in router_ports passes",
		      IPV4, .daddr = "203.0.113.2"),
	PASSES_UNSENT("IPv6 out of a device that is not in router_ports passes",
		      IPV6, .daddr = "2001:db8:3::2"),
	PASSES_UNSENT("back to a neighbour on the same device passes", IPV4,
		      .daddr = "192.0.2.9"),
	PASSES_UNSENT("back to an IPv6 neighbour on the same device passes",
		      IPV6, .daddr = "2001:db8:1::9"),
	PASSES_UNSENT("back through a router on the same device passes", IPV4,
		      .daddr = "198.18.6.1"),
	PASSES_UNSENT("back through an IPv6 router on the same device passes",
		      IPV6, .daddr = "2001:db8:f6::1"),

	/* Frames that are Linux's to judge */
	TTL_PASSES("a TTL of 0 passes", IPV4, .ttl = 0),
	TTL_PASSES("a TTL of 1 passes", IPV4, .ttl = 1),
	TTL_PASSES("a hop limit of 0 passes", IPV6, .ttl = 0),
	TTL_PASSES("a hop limit of 1 passes", IPV6, .ttl = 1),
	TTL_PASSES("a TTL of 1 to a blackhole passes", IPV4, .ttl = 1,
		   .daddr = "198.18.1.1"),
	PASSES("IPv4 from this host's own address passes", IPV4,
	       .saddr = IPV4_HOST),
	PASSES("IPv4 from another of this host's own addresses passes", IPV4,
	       .saddr = "198.51.100.1"),
	TEST("the table in front of this host's addresses is heeded",
	     test_places),
	PASSES("IPv4 from the broadcast address of a subnet passes", IPV4,
	       .saddr = "192.0.2.255"),
	PASSES("IPv6 from this host's own address passes", IPV6,
	       .saddr = IPV6_HOST),
	PASSES("IPv6 from a link-local address passes", IPV6,
	       .saddr = LINK_LOCAL_PEER),
	PASSES("IPv6 to a link-local address passes", IPV6,
	       .daddr = LINK_LOCAL_HOST),
	PASSES("an ICMP error passes", IPV4, ICMP, .icmp_type = 11),
	PASSES("an ICMP error in a first fragment passes", IPV4, ICMP,
	       .icmp_type = 3, .frag_off = 0x2000),
	PASSES("an ICMPv6 error passes", IPV6, .icmp_type = 3),
	TEST("all ICMP but errors is forwarded", test_icmp_types),
	TEST("all ICMPv6 but errors and Neighbour Discovery is forwarded",
	     test_icmpv6_types),
	TEST("ICMP whose type is not in the frame passes", test_no_icmp),

#include "not_ours.inc"

	/* What the loader has said of the host's settings */
	TEST("rp_filter 1: the way back is the way it came", test_strict),
	TEST("rp_filter 2: there is a way back", test_loose),
	TEST("a local route makes its addresses this host's", test_not_local),
	TEST("rules hold for the way back, with the ports exchanged",
	     test_rules_on_the_way_back),
	TEST("an IPv4 route's own MTU counts", test_route_mtu),
	TEST("an IPv6 route's own MTU counts", test_route_mtu_ipv6),
	TEST("as long as the MTUs are not known, what is large passes",
	     test_route_mtu_unknown),
	TEST("without IPv6 forwarding for all, IPv6 passes", test_ipv6_is_off),
	TEST("what the look-up cannot be told passes where it matters",
	     test_ports_matter),

	/* The maps */
	TEST("with empty maps everything passes", test_empty_maps),
	{ .desc = "without router_ports nothing is redirected",
	  .test = test_no_ports,
	  .assignment = 3 },
	TEST("without a MAC address everything passes", test_no_mac),
	{ .desc = "packets and bytes are counted for each next hop",
	  .test = test_next_hops,
	  .assignment = 5 },
	{ .desc = "without --count-next-hops nothing is counted",
	  .test = test_next_hops_uncounted,
	  .assignment = 5 },
};

static void add_port(struct subject *s, const char *dev)
{
	__u32 ifindex = net__ifindex(dev);

	subject__map_set(s, "router_ports", &ifindex, &ifindex);
}

static const struct suite suite;

static void set_forwarding(const char *dev, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", dev);
	net__sysctl(path, value);
	snprintf(path, sizeof(path), "ipv6/conf/%s/forwarding", dev);
	net__sysctl(path, value);
}

static void make_network(void)
{
	net__sysctl("ipv6/conf/all/disable_ipv6", "0");
	net__sysctl("ipv6/conf/default/disable_ipv6", "0");
	set_forwarding("all", "1");
	set_forwarding("default", "1");
	suite__add_veth(&suite, "in0", "in1");
	far_end = suite__add_veth(&suite, "out0", "out1");
	suite__add_veth(&suite, "bare", "bare1");
	suite__add_veth(&suite, "off0", "off1");
	set_forwarding("off0", "0");
	net__ip(topology);
	net__ip(routes);
	net__ip(rules);
	net__ip6(rules_ipv6);
}

static void add_ports(struct subject *s)
{
	add_port(s, "in0");
	add_port(s, "out0");
	add_port(s, "off0");
	s->ingress = net__ifindex("in0");
}

static void set_up(void)
{
	make_network();
	subject__set_host_mac(&subject, MAC_HOST);
	subject__add_host_addr(&subject, IPV4_HOST);
	subject__add_host_addr(&subject, "198.51.100.1");
	subject__add_broadcast(&subject, "192.0.2.255");
	subject__add_host_addr(&subject, IPV6_HOST);
	subject__add_host_addr(&subject, "2001:db8:2::1");
	add_ports(&subject);
}

/* Assignments: IPv4's answers, IPv6's, what is sent on; and what is written. */
static int decides(const struct frame *in, int action)
{
	if (action == XDP_REDIRECT)
		return 3;
	return in->saddr && strchr(in->saddr, ':') ? 2 : 1;
}

static const struct owner owners[] = { { "eth.", 3 }, { "ip", 3 }, {} };

static const struct suite suite = {
	.lesson = "packet04-router",
	.program = "xdp_router_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.setup = set_up,
	.decides = decides,
	.owners = owners,
};

static void open_other(struct subject *s)
{
	subject__open(s, suite__object(&suite));
	subject__load(s, suite.program);
	s->ingress = subject.ingress;
}

/* A program as the loader makes it, with one of its constants set. */
static void open_told(struct subject *s, const char *constant, __u32 value,
		      size_t size)
{
	subject__open(s, suite__object(&suite));
	subject__set_constant(s, constant, &value, size);
	subject__load(s, suite.program);
	subject__set_host_mac(s, MAC_HOST);
	add_ports(s);
	s->desc = constant;
}

static void expect_source(struct subject *s, const char *saddr, int action)
{
	struct frame in = { IPV4, .saddr = saddr };
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56, .saddr = saddr };

	subject__expect(s, &in, action, action == XDP_REDIRECT ? &out : NULL);
}

static void open_source_check(struct subject *s, enum source_check check)
{
	open_told(s, "source_check", check, sizeof(__u32));
}

static void test_strict(void)
{
	struct subject s;

	open_source_check(&s, SOURCE_SAME_WAY);
	expect_source(&s, IPV4_PEER, XDP_REDIRECT);
	expect_source(&s, "198.18.6.1", XDP_REDIRECT); /* by in0, as well */
	expect_source(&s, "203.0.113.2", XDP_PASS);
	expect_source(&s, "198.18.1.1", XDP_PASS); /* blackhole */
	expect_source(&s, "198.18.8.1", XDP_PASS); /* a tunnel */
	expect_source(&s, "198.18.9.1", XDP_PASS); /* local */
	expect_source(&s, "10.1.2.3", XDP_PASS);
	subject__expect(&s, &(struct frame){ IPV6 }, XDP_REDIRECT,
			&(struct frame){ OUT, PACKET_IPV6, .ttl = 56 });
	subject__close(&s);
}

static void test_loose(void)
{
	struct subject s;

	open_source_check(&s, SOURCE_ROUTED);
	expect_source(&s, IPV4_PEER, XDP_REDIRECT);
	expect_source(&s, "203.0.113.2", XDP_REDIRECT);
	expect_source(&s, "203.0.113.3", XDP_REDIRECT); /* not known */
	expect_source(&s, "198.18.8.1", XDP_REDIRECT);
	expect_source(&s, "198.18.1.1", XDP_PASS);
	expect_source(&s, "198.18.2.1", XDP_PASS);
	expect_source(&s, "198.18.3.1", XDP_PASS);
	expect_source(&s, "198.18.9.1", XDP_PASS);
	expect_source(&s, "10.1.2.3", XDP_PASS);
	subject__close(&s);
}

static void test_not_local(void)
{
	struct subject s;

	open_source_check(&s, SOURCE_NOT_LOCAL);
	expect_source(&s, "203.0.113.2", XDP_REDIRECT);
	expect_source(&s, "198.18.1.1", XDP_REDIRECT);
	expect_source(&s, "198.18.2.1", XDP_REDIRECT);
	expect_source(&s, "198.18.3.1", XDP_REDIRECT);
	expect_source(&s, "198.18.9.1", XDP_PASS);
	expect_source(&s, "198.51.100.255", XDP_PASS);
	subject__close(&s);
}

/* The rules lead to out0: a source that they catch does not come that way. */
static void test_rules_on_the_way_back(void)
{
	struct frame tos = { IPV4, .tos = 0x08 };
	struct frame proto = { IPV4, .ip_proto = 253, .l4 = L4_NONE };
	struct frame port = { IPV4, .dport = 5000 };
	struct frame source = { IPV4, .daddr = "198.51.100.9" };
	struct subject s;

	open_source_check(&s, SOURCE_SAME_WAY);
	subject__expect_pass(&s, &tos);
	subject__expect_pass(&s, &proto);
	subject__expect_pass(&s, &port);
	subject__expect_pass(&s, &source);
	subject__close(&s);
}

static void add_route_mtu(struct subject *s, unsigned int bits,
			  const char *ipv6, __u32 mtu)
{
	struct route_prefix key = { .bits = bits };

	inet_pton(AF_INET6, ipv6, &key.addr);
	subject__map_set(s, "route_mtus", &key, &mtu);
}

static void open_route_mtus(struct subject *s)
{
	open_told(s, "route_mtu_min", 1000, sizeof(__u32));
	add_route_mtu(s, 96 + 24, "::ffff:198.18.0.0", 1000);
	add_route_mtu(s, 96 + 24, "::ffff:198.18.7.0", 1200);
	add_route_mtu(s, 64, "2001:db8:f0::", 1000);
	add_route_mtu(s, 0, "::", 0xffffffff);
}

static void expect_mtu(struct subject *s, struct frame in, struct frame out,
		       size_t mtu, size_t headers)
{
	in.payload_len = out.payload_len = mtu - headers;
	subject__expect(s, &in, XDP_REDIRECT, &out);
	in.payload_len++;
	subject__expect_pass(s, &in);
}

static void expect_mtu_ipv4(struct subject *s, const char *daddr, size_t mtu)
{
	expect_mtu(s, (struct frame){ IPV4, .daddr = daddr },
		   (struct frame){ OUT, PACKET_IPV4, .ttl = 56,
				   .daddr = daddr },
		   mtu, 28);
}

static void expect_mtu_ipv6(struct subject *s, const char *daddr, size_t mtu)
{
	expect_mtu(s, (struct frame){ IPV6, .daddr = daddr },
		   (struct frame){ OUT, PACKET_IPV6, .ttl = 56,
				   .daddr = daddr },
		   mtu, 48);
}

static void test_route_mtu(void)
{
	struct subject s;

	open_route_mtus(&s);
	expect_mtu_ipv4(&s, "198.18.0.1", 1000);
	expect_mtu_ipv4(&s, "198.18.7.1", 1200);
	expect_mtu_ipv4(&s, IPV4_FAR, OUT_MTU);
	subject__close(&s);
}

static void test_route_mtu_ipv6(void)
{
	struct subject s;

	open_route_mtus(&s);
	expect_mtu_ipv6(&s, "2001:db8:f0::1", 1000);
	expect_mtu_ipv6(&s, IPV6_FAR, OUT_MTU);
	subject__close(&s);
}

static void test_route_mtu_unknown(void)
{
	struct subject s;

	open_told(&s, "route_mtu_min", 1000, sizeof(__u32));
	expect_mtu_ipv4(&s, IPV4_FAR, 1000);
	expect_mtu_ipv6(&s, IPV6_FAR, 1000);
	subject__close(&s);
}

static void test_ipv6_is_off(void)
{
	struct subject s;

	open_told(&s, "ipv6_is_off", true, sizeof(bool));
	subject__expect_pass(&s, &(struct frame){ IPV6 });
	expect_source(&s, IPV4_PEER, XDP_REDIRECT);
	subject__close(&s);
}

static void test_ports_matter(void)
{
	static const uint8_t looked_behind[] = { IPPROTO_DSTOPTS,
						 IPPROTO_ROUTING,
						 IPPROTO_FRAGMENT };
	struct frame in = { IPV6, UDP };
	struct subject hashed, in_rules;

	open_told(&hashed, "ports_matter", PORTS_HASHED, sizeof(__u32));
	open_told(&in_rules, "ports_matter", PORTS_IN_RULES, sizeof(__u32));
	for (size_t i = 0; i < ARRAY_SIZE(looked_behind); i++) {
		in.ext[0] = EXT(looked_behind[i]);
		subject__expect_pass(&hashed, &in);
		subject__expect_pass(&in_rules, &in);
	}
	subject__expect_pass(&in_rules, &(struct frame){ IPV6 });
	subject__expect(&hashed, &(struct frame){ IPV6 }, XDP_REDIRECT,
			&(struct frame){ OUT, PACKET_IPV6, .ttl = 56 });
	subject__close(&hashed);
	subject__close(&in_rules);
}

static void test_empty_maps(void)
{
	struct subject empty;

	open_other(&empty);
	suite__expect_all_pass(&suite, &empty);
	subject__close(&empty);
}

/* A blackhole is one without any port. */
static void test_no_ports(void)
{
	struct subject s;

	open_other(&s);
	subject__set_host_mac(&s, MAC_HOST);
	s.desc = "it passes without ports";
	subject__expect_pass(&s, &(struct frame){ IPV4 });
	subject__expect_pass(&s, &(struct frame){ IPV6 });
	subject__expect(&s, &(struct frame){ IPV4, .daddr = "198.18.1.1" },
			XDP_DROP, NULL);
	subject__stats_check(&s);
	subject__close(&s);
}

static void test_no_mac(void)
{
	struct subject s;

	open_other(&s);
	add_ports(&s);
	suite__expect_all_pass(&suite, &s);
	subject__close(&s);
}

static void expect_next_hop(struct subject *s, const char *dev, const char *mac,
			    __u64 packets, __u64 bytes)
{
	struct next_hop_stats per_cpu[libbpf_num_possible_cpus()], sum = {};
	struct next_hop key = { .ifindex = net__ifindex(dev) };

	memset(per_cpu, 0, sizeof(per_cpu));
	mac__bytes(mac, key.mac);
	subject__map_get(s, "next_hops", &key, per_cpu);
	for (size_t i = 0; i < ARRAY_SIZE(per_cpu); i++) {
		sum.packets += per_cpu[i].packets;
		sum.bytes += per_cpu[i].bytes;
	}
	if (sum.packets != packets || sum.bytes != bytes)
		test_fail("next_hops, %s by %s: want %llu packets and %llu "
			  "bytes, got %llu and %llu",
			  mac, dev, packets, bytes, sum.packets, sum.bytes);
}

/* Two by one router, with padding that does not go on; one by the other. */
static void send_to_next_hops(struct subject *s)
{
	struct frame out = { OUT, PACKET_IPV4, .ttl = 56 };

	subject__expect(s, &(struct frame){ IPV4 }, XDP_REDIRECT, &out);
	subject__expect(s, &(struct frame){ IPV4, .pad = 3 }, XDP_REDIRECT,
			&out);
	subject__expect(s, &(struct frame){ IPV6, .tos = 0x10 }, XDP_REDIRECT,
			&(struct frame){ OUT_TOO, PACKET_IPV6, .ttl = 56,
					 .tos = 0x10 });
	subject__expect_pass(s, &(struct frame){ IPV4, .daddr = "192.0.2.9" });
	subject__expect_pass(s,
			     &(struct frame){ IPV4, .daddr = "203.0.113.2" });
}

static void test_next_hops(void)
{
	struct subject s;

	open_told(&s, "count_next_hops", true, sizeof(bool));
	send_to_next_hops(&s);
	expect_next_hop(&s, "out0", MAC_NEXT, 2, 2 * (14 + 20 + 8 + 31));
	expect_next_hop(&s, "out0", MAC_NEXT_TOO, 1, 14 + 40 + 8 + 31);
	expect_next_hop(&s, "in0", MAC_NEXT, 0, 0);
	expect_next_hop(&s, "bare", MAC_NEXT, 0, 0);
	subject__close(&s);
}

static void test_next_hops_uncounted(void)
{
	expect_next_hop(&subject, "out0", MAC_NEXT, 0, 0);
}

int main(void)
{
	return suite__run(&suite);
}
