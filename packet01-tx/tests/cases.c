/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_icmp_echo_func answers, with every byte of the answer, and what
 * it leaves alone.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "cases.h"

#define IPV4_HOST_TOO "198.51.100.1"
#define IPV6_HOST_TOO "2001:db8:2::1"

/* clang-format off */
/* A ping of 56 bytes, and the answer. */
#define ECHO_IPV4 \
	.version = 4, .ihl = 5, .ip_id = 0x1234, .ip_proto = IPPROTO_ICMP, \
	.l4 = L4_ICMP, .icmp_id = 0xbeef, .icmp_seq = 7, .payload_len = 56
#define REQUEST_IPV4 \
	ECHO_IPV4, .dmac = MAC_HOST, .smac = MAC_PEER, .saddr = IPV4_PEER, \
	.daddr = IPV4_HOST, .ttl = 57, .icmp_type = 8
#define REPLY_IPV4 \
	ECHO_IPV4, .dmac = MAC_PEER, .smac = MAC_HOST, .saddr = IPV4_HOST, \
	.daddr = IPV4_PEER, .ttl = 64, .icmp_type = 0

#define ECHO_IPV6 \
	.version = 6, .ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6, \
	.flow = 0x12345, .icmp_id = 0xbeef, .icmp_seq = 7, .payload_len = 56
#define REQUEST_IPV6 \
	ECHO_IPV6, .dmac = MAC_HOST, .smac = MAC_PEER, .saddr = IPV6_PEER, \
	.daddr = IPV6_HOST, .ttl = 57, .icmp_type = 128
#define REPLY_IPV6 \
	ECHO_IPV6, .dmac = MAC_PEER, .smac = MAC_HOST, .saddr = IPV6_HOST, \
	.daddr = IPV6_PEER, .ttl = 64, .icmp_type = 129

/* For the rows of all lessons. */
#define IPV4 REQUEST_IPV4
#define IPV6 REQUEST_IPV6

/* Who has 192.0.2.1? And the answer. */
#define ASKED \
	.dmac = MAC_BROADCAST, .smac = MAC_PEER, .arp_op = 1, \
	.arp_smac = MAC_PEER, .saddr = IPV4_PEER, .daddr = IPV4_HOST
#define TOLD \
	.dmac = MAC_PEER, .smac = MAC_HOST, .arp_op = 2, \
	.arp_smac = MAC_HOST, .arp_dmac = MAC_PEER, .saddr = IPV4_HOST, \
	.daddr = IPV4_PEER
#define OF_ARP .program = "xdp_arp_func", .assignment = 5
#define TOLD_ARP(sentence, request, reply) \
	{ .desc = sentence, OF_ARP, .in = { ASKED, request }, \
	  .action = XDP_TX, .out = { TOLD, reply } }
#define PASSES_ARP(sentence, ...) \
	{ .desc = sentence, OF_ARP, .in = { __VA_ARGS__ }, .action = XDP_PASS }

/* More than an Ethernet frame carries: up to what the test run takes. */
#define PAYLOAD_MAX 3400

/* The same field in request and reply. */
#define ANSWERED_IPV4(sentence, ...) \
	{ .desc = sentence, .in = { REQUEST_IPV4, __VA_ARGS__ }, \
	  .action = XDP_TX, .out = { REPLY_IPV4, __VA_ARGS__ } }
#define ANSWERED_IPV6(sentence, ...) \
	{ .desc = sentence, .in = { REQUEST_IPV6, __VA_ARGS__ }, \
	  .action = XDP_TX, .out = { REPLY_IPV6, __VA_ARGS__ } }
/* clang-format on */

static void expect_reply(const struct frame *in, const struct frame *out)
{
	subject__expect(&subject, in, XDP_TX, out);
}

static void expect_each_size(struct frame in, struct frame out)
{
	for (size_t len = 0; len <= PAYLOAD_MAX; len++) {
		in.payload_len = out.payload_len = len;
		expect_reply(&in, &out);
	}
}

static void test_ipv4_sizes(void)
{
	expect_each_size((struct frame){ REQUEST_IPV4 },
			 (struct frame){ REPLY_IPV4 });
}

static void test_ipv6_sizes(void)
{
	expect_each_size((struct frame){ REQUEST_IPV6 },
			 (struct frame){ REPLY_IPV6 });
}

static void test_ipv4_sizes_of_ones(void)
{
	expect_each_size((struct frame){ REQUEST_IPV4, .fill = FILL_ONES },
			 (struct frame){ REPLY_IPV4, .fill = FILL_ONES });
}

static void test_ipv6_sizes_of_ones(void)
{
	expect_each_size((struct frame){ REQUEST_IPV6, .fill = FILL_ONES },
			 (struct frame){ REPLY_IPV6, .fill = FILL_ONES });
}

/* With every value of the identification the checksum takes every value. */
static void test_ipv4_header_checksums(void)
{
	struct frame in = { REQUEST_IPV4 }, out = { REPLY_IPV4 };

	for (unsigned int id = 0; id <= 0xffff; id++) {
		in.ip_id = out.ip_id = id;
		expect_reply(&in, &out);
	}
}

static void test_ipv4_ttls(void)
{
	struct frame in = { REQUEST_IPV4 }, out = { REPLY_IPV4 };

	for (unsigned int ttl = 0; ttl <= 255; ttl++) {
		in.ttl = ttl;
		expect_reply(&in, &out);
	}
}

static void test_ipv6_hop_limits(void)
{
	struct frame in = { REQUEST_IPV6 }, out = { REPLY_IPV6 };

	for (unsigned int hops = 0; hops <= 255; hops++) {
		in.ttl = hops;
		expect_reply(&in, &out);
	}
}

static void expect_each_id(struct frame in, struct frame out,
			   unsigned int first)
{
	in.payload_len = out.payload_len = 0;
	in.icmp_seq = out.icmp_seq = 0;
	for (unsigned int id = first; id <= 0xffff; id++) {
		in.icmp_id = out.icmp_id = id;
		expect_reply(&in, &out);
	}
}

/* An identifier of 0 would make it a message of zeros: see its own row. */
static void test_icmp_checksums(void)
{
	expect_each_id((struct frame){ REQUEST_IPV4 },
		       (struct frame){ REPLY_IPV4 }, 1);
}

static void test_icmpv6_checksums(void)
{
	expect_each_id((struct frame){ REQUEST_IPV6 },
		       (struct frame){ REPLY_IPV6 }, 0);
}

/* In a place is this host's only address there, or one of nobody's. */
static void test_places(void)
{
	struct frame ipv4 = { REQUEST_IPV4 }, ipv6 = { REQUEST_IPV6 };
	struct frame reply4 = { REPLY_IPV4 }, reply6 = { REPLY_IPV6 };

	subject__set_place(&subject, IPV4_HOST, "192.0.2.99");
	subject__set_place(&subject, IPV6_HOST, "2001:db8:1::99");
	subject__expect_pass(&subject, &ipv4);
	subject__expect_pass(&subject, &ipv6);
	ipv4.daddr = reply4.saddr = IPV4_OTHER;
	ipv6.daddr = reply6.saddr = IPV6_OTHER;
	subject__set_place(&subject, IPV4_OTHER, IPV4_OTHER);
	subject__set_place(&subject, IPV6_OTHER, IPV6_OTHER);
	subject__expect(&subject, &ipv4, XDP_TX, &reply4);
	subject__expect(&subject, &ipv6, XDP_TX, &reply6);
	subject__set_host_mac(&subject, MAC_HOST);
}

static void test_zeros(void)
{
	struct frame in = { REQUEST_IPV4, .icmp_id = 0, .icmp_seq = 0,
			    .fill = FILL_ZEROS };

	for (in.payload_len = 0; in.payload_len < 1473; in.payload_len++)
		subject__expect_pass(&subject, &in);
}

static void expect_wrong_checksums_pass(const struct frame *sound)
{
	struct frame in = *sound;

	for (int bit = 0; bit < 16; bit++) {
		in.l4_check_flip = 1 << bit;
		subject__expect_pass(&subject, &in);
	}
	in.l4_check_flip = 0;
	in.l4_check = EXACTLY(0);
	subject__expect_pass(&subject, &in);
	in.l4_check = EXACTLY(0xffff);
	subject__expect_pass(&subject, &in);
}

static void expect_short_headers_pass(const struct frame *sound)
{
	struct frame in = *sound;

	in.payload_len = 0;
	for (in.l4_cut = 1; in.l4_cut <= 8; in.l4_cut++) {
		in.pad = 0;
		subject__expect_pass(&subject, &in);
		in.pad = 40;
		subject__expect_pass(&subject, &in);
	}
}

static void expect_other_types_pass(const struct frame *sound)
{
	struct frame in = *sound;
	unsigned int request = in.icmp_type;

	for (unsigned int type = 0; type <= 255; type++) {
		in.icmp_type = type;
		if (type != request)
			subject__expect_pass(&subject, &in);
	}
	in.icmp_type = request;
	for (unsigned int code = 1; code <= 255; code++) {
		in.icmp_code = code;
		subject__expect_pass(&subject, &in);
	}
}

static void test_ip_lengths(void)
{
	struct frame in = { REQUEST_IPV4 };

	for (unsigned int len = 0; len < 28; len++) {
		in.ip_len = EXACTLY(len);
		subject__expect_pass(&subject, &in);
	}
	for (unsigned int len = 85; len <= 0xffff; len += 57) {
		in.ip_len = EXACTLY(len);
		subject__expect_pass(&subject, &in);
	}
}

static void test_ipv6_lengths(void)
{
	struct frame in = { REQUEST_IPV6 };

	for (unsigned int len = 0; len < 8; len++) {
		in.ip_len = EXACTLY(len);
		subject__expect_pass(&subject, &in);
	}
	for (unsigned int len = 65; len <= 0xffff; len += 57) {
		in.ip_len = EXACTLY(len);
		subject__expect_pass(&subject, &in);
	}
}

/* To cut it off the reply is left to the stack. */
static void expect_padded_pass(const struct frame *sound)
{
	struct frame in = *sound;

	in.payload_len = 5;
	for (in.pad = 1; in.pad <= 64; in.pad++)
		subject__expect_pass(&subject, &in);
}

/* Each bit of hardware and protocol, their types and lengths */
static void test_arp_kinds(void)
{
	struct frame in = { ASKED };

	for (in.arp_flip = 1; in.arp_flip >> 48 == 0; in.arp_flip <<= 1)
		subject__expect_pass(&subject, &in);
}

static void test_empty_maps(void);
static void test_no_addresses(void);
static void test_no_mac(void);

static const struct row rows[] = {
	/* Answers */
	ANSWERED_IPV4("an IPv4 echo request is answered"),
	ANSWERED_IPV6("an IPv6 echo request is answered"),
	{ .desc = "a request to this host's other IPv4 address is answered",
	  .in = { REQUEST_IPV4, .daddr = IPV4_HOST_TOO },
	  .action = XDP_TX,
	  .out = { REPLY_IPV4, .saddr = IPV4_HOST_TOO } },
	{ .desc = "a request to this host's other IPv6 address is answered",
	  .in = { REQUEST_IPV6, .daddr = IPV6_HOST_TOO },
	  .action = XDP_TX,
	  .out = { REPLY_IPV6, .saddr = IPV6_HOST_TOO } },
	{ .desc = "a request between link-local addresses is answered",
	  .in = { REQUEST_IPV6, .saddr = LINK_LOCAL_PEER,
		  .daddr = LINK_LOCAL_HOST },
	  .action = XDP_TX,
	  .out = { REPLY_IPV6, .saddr = LINK_LOCAL_HOST,
		   .daddr = LINK_LOCAL_PEER } },
	{ .desc = "a request from far away is answered through the sender's "
		  "MAC address",
	  .in = { REQUEST_IPV4, .saddr = "203.0.113.9" },
	  .action = XDP_TX,
	  .out = { REPLY_IPV4, .daddr = "203.0.113.9" } },
	{ .desc = "an unknown sender's MAC address is copied in full",
	  .in = { REQUEST_IPV4, .smac = "fe:dc:ba:98:76:54" },
	  .action = XDP_TX,
	  .out = { REPLY_IPV4, .dmac = "fe:dc:ba:98:76:54" } },
	ANSWERED_IPV4("don't fragment stays set", .frag_off = 0x4000),
	ANSWERED_IPV4("the TOS stays", .tos = 0xb8),
	ANSWERED_IPV6("traffic class and flow label stay", .tos = 0xb8,
		      .flow = 0xfedcb),
	ANSWERED_IPV6("an IPv6 message of zeros is answered", .icmp_id = 0,
		      .icmp_seq = 0, .fill = FILL_ZEROS),
	ANSWERED_IPV4("an IPv4 message that adds up to minus zero is answered",
		      .icmp_id = 0xffff, .icmp_seq = 0, .payload_len = 0),
	TEST("an IPv4 reply has a TTL of 64, whatever the request's",
	     test_ipv4_ttls),
	TEST("an IPv6 reply has a hop limit of 64, whatever the request's",
	     test_ipv6_hop_limits),
	TEST("IPv4 payloads of 0 to 3400 bytes are answered", test_ipv4_sizes),
	TEST("IPv6 payloads of 0 to 3400 bytes are answered", test_ipv6_sizes),
	TEST("IPv4 payloads of 0 to 3400 times 0xff are answered",
	     test_ipv4_sizes_of_ones),
	TEST("IPv6 payloads of 0 to 3400 times 0xff are answered",
	     test_ipv6_sizes_of_ones),
	TEST("the IPv4 checksum is right for every value it can have",
	     test_ipv4_header_checksums),
	TEST("the ICMP checksum is right for every value it can have",
	     test_icmp_checksums),
	TEST("the ICMPv6 checksum is right for every value it can have",
	     test_icmpv6_checksums),

	/* Requests that are not answered */
	PASSES_AS("it is not for this host: ask host_has_ipv4() about the "
		  "destination",
		  "a request to another IPv4 address passes", REQUEST_IPV4,
		  .daddr = IPV4_OTHER),
	PASSES_AS("it is not for this host: ask host_has_ipv6() about the "
		  "destination",
		  "a request to another IPv6 address passes", REQUEST_IPV6,
		  .daddr = IPV6_OTHER),
	PASSES_AS("it is for everybody, and no address to answer from",
		  "a request to the subnet's broadcast address passes",
		  REQUEST_IPV4, .daddr = "192.0.2.255"),
	PASSES_AS("this host did not ask itself: the source is forged",
		  "a request from this host's own IPv4 address passes",
		  REQUEST_IPV4, .saddr = IPV4_HOST),
	PASSES("a request from this host's other IPv4 address passes",
	       REQUEST_IPV4, .saddr = IPV4_HOST_TOO),
	PASSES("a request from the subnet's broadcast address passes",
	       REQUEST_IPV4, .saddr = "192.0.2.255"),
	PASSES_AS("this host did not ask itself: the source is forged",
		  "a request from this host's own IPv6 address passes",
		  REQUEST_IPV6, .saddr = IPV6_HOST),
	PASSES("a request from this host's other IPv6 address passes",
	       REQUEST_IPV6, .saddr = IPV6_HOST_TOO),
	PASSES_AS("a fragment has not the whole message, and a later one no "
		  "ICMP header",
		  "a first fragment passes", REQUEST_IPV4, .frag_off = 0x2000),
	PASSES("a middle fragment passes", REQUEST_IPV4,
	       .frag_off = 0x2000 | 185),
	PASSES("a last fragment passes", REQUEST_IPV4, .frag_off = 185),
	PASSES("a fragment at the smallest offset passes", REQUEST_IPV4,
	       .frag_off = 1),
	PASSES("a fragment at the largest offset passes", REQUEST_IPV4,
	       .frag_off = 0x1000),
	PASSES("an IPv6 fragment passes", REQUEST_IPV6,
	       .ext = { EXT(IPPROTO_FRAGMENT) }),
	PASSES("a request behind IPv6 destination options passes", REQUEST_IPV6,
	       .ext = { EXT(IPPROTO_DSTOPTS) }),
	PASSES("a request behind an IPv6 routing header passes", REQUEST_IPV6,
	       .ext = { EXT(IPPROTO_ROUTING) }),
	PASSES("an IPv4 echo reply passes", REQUEST_IPV4, .icmp_type = 0),
	PASSES("an IPv6 echo reply passes", REQUEST_IPV6, .icmp_type = 129),
	PASSES_AS("an echo request has code 0",
		  "an echo request of code 1 passes", REQUEST_IPV4,
		  .icmp_code = 1),
	PASSES("an IPv6 echo request of code 1 passes", REQUEST_IPV6,
	       .icmp_code = 1),
	PASSES("UDP to this host passes", REQUEST_IPV4, .ip_proto = IPPROTO_UDP,
	       .l4 = L4_UDP, .dport = 7),
	PASSES("TCP to this host passes", REQUEST_IPV4, .ip_proto = IPPROTO_TCP,
	       .l4 = L4_TCP, .dport = 7),
	PASSES("UDP over IPv6 to this host passes", REQUEST_IPV6,
	       .ip_proto = IPPROTO_UDP, .l4 = L4_UDP, .dport = 7),
	PASSES("what looks like a request but is protocol 253 passes",
	       REQUEST_IPV4, .ip_proto = 253),
	PASSES("what looks like a request but is IPv6 protocol 253 passes",
	       REQUEST_IPV6, .ip_proto = 253),
	PASSES("ICMPv6 in IPv4 passes", REQUEST_IPV4, .icmp_type = 128,
	       .ip_proto = IPPROTO_ICMPV6),
	PASSES("ICMP in IPv6 passes", REQUEST_IPV6, .icmp_type = 8,
	       .ip_proto = IPPROTO_ICMP),
	PASSES("an IPv6 request whose checksum lacks the pseudo-header passes",
	       REQUEST_IPV6, .l4 = L4_ICMP),
	SWEEP("ICMP of every other type and code passes",
	      expect_other_types_pass, REQUEST_IPV4),
	SWEEP("ICMPv6 of every other type and code passes",
	      expect_other_types_pass, REQUEST_IPV6),
	SWEEP("a wrong ICMP checksum passes, whichever bit is wrong",
	      expect_wrong_checksums_pass, REQUEST_IPV4),
	SWEEP("a wrong checksum of a large odd request passes",
	      expect_wrong_checksums_pass, REQUEST_IPV4, .payload_len = 1401),
	SWEEP("a wrong checksum of a large odd IPv6 request passes",
	      expect_wrong_checksums_pass, REQUEST_IPV6, .payload_len = 1401),
	SWEEP("a wrong ICMPv6 checksum passes, whichever bit is wrong",
	      expect_wrong_checksums_pass, REQUEST_IPV6),
	SWEEP("an ICMP message of 0 to 7 bytes passes",
	      expect_short_headers_pass, REQUEST_IPV4),
	SWEEP("an ICMPv6 message of 0 to 7 bytes passes",
	      expect_short_headers_pass, REQUEST_IPV6),
	SWEEP("an IPv4 request with padding behind it passes",
	      expect_padded_pass, REQUEST_IPV4),
	SWEEP("an IPv6 request with padding behind it passes",
	      expect_padded_pass, REQUEST_IPV6),
	TEST("the table in front of the addresses is heeded", test_places),
	TEST("an IPv4 message of zeros passes, however long", test_zeros),
	TEST("an IPv4 total length that does not fit passes", test_ip_lengths),
	TEST("an IPv6 payload length that does not fit passes",
	     test_ipv6_lengths),

#include "not_ours.inc"

	/* Going further: ARP */
	TOLD_ARP("an ARP request is answered", .pad = 0, .pad = 0),
	TOLD_ARP("an ARP request in a padded frame is answered", .pad = 18,
		 .pad = 18),
	TOLD_ARP("an ARP request to this device alone is answered",
		 .dmac = MAC_HOST, .pad = 0),
	TOLD_ARP("an ARP request for this host's other address is answered",
		 .daddr = IPV4_HOST_TOO, .saddr = IPV4_HOST_TOO),
	{ .desc = "an ARP request from another station is answered",
	  OF_ARP,
	  .in = { ASKED, .smac = "fe:dc:ba:98:76:54",
		  .arp_smac = "fe:dc:ba:98:76:54", .saddr = "198.51.100.77" },
	  .action = XDP_TX,
	  .out = { TOLD, .dmac = "fe:dc:ba:98:76:54",
		   .arp_dmac = "fe:dc:ba:98:76:54",
		   .daddr = "198.51.100.77" } },
	PASSES_ARP("an ARP request for another host passes", ASKED,
		   .daddr = IPV4_OTHER),
	PASSES_ARP("an ARP request to another host's MAC address passes", ASKED,
		   .dmac = MAC_OTHER),
	PASSES_ARP("an ARP request to a group's MAC address passes", ASKED,
		   .dmac = MAC_IPV4_ALL),
	PASSES_ARP("an ARP request for the broadcast address passes", ASKED,
		   .daddr = "192.0.2.255"),
	PASSES_ARP("an ARP request from this host's own address passes", ASKED,
		   .saddr = IPV4_HOST_TOO),
	PASSES_ARP("an ARP request from a broadcast address passes", ASKED,
		   .saddr = "192.0.2.255"),
	PASSES_ARP("an ARP probe, from no address, passes", ASKED,
		   .saddr = "0.0.0.0"),
	PASSES_ARP("an ARP request from a group's MAC address passes", ASKED,
		   .smac = MAC_IPV4_ALL, .arp_smac = MAC_IPV4_ALL),
	PASSES_ARP("an ARP request that names two senders passes", ASKED,
		   .arp_smac = MAC_OTHER),
	PASSES_ARP("an ARP reply passes", ASKED, .arp_op = 2),
	PASSES_ARP("a reverse ARP request passes", ASKED, .arp_op = 3),
	PASSES_ARP("ARP under another EtherType passes", ASKED,
		   .eth_proto = 0x8035),
	PASSES_ARP("ARP under a VLAN tag passes", ASKED,
		   .tags = { ETH_P_8021Q }),
	PASSES_ARP("an echo request passes the ARP program", REQUEST_IPV4),
	{ .desc = "an ARP request cut short anywhere passes",
	  OF_ARP,
	  .in = { ASKED },
	  .sweep = expect_cut_frames_pass },
	{ .desc = "ARP of another hardware or protocol passes",
	  OF_ARP,
	  .test = test_arp_kinds },

	/* The maps */
	TEST("with empty maps everything passes", test_empty_maps),
	TEST("without addresses everything passes", test_no_addresses),
	TEST("without a MAC address everything passes", test_no_mac),
};

static void fill_maps(void)
{
	subject__set_host_mac(&subject, MAC_HOST);
	subject__add_host_addr(&subject, IPV4_HOST);
	subject__add_host_addr(&subject, IPV4_HOST_TOO);
	subject__add_broadcast(&subject, "192.0.2.255");
	subject__add_host_addr(&subject, IPV6_HOST);
	subject__add_host_addr(&subject, IPV6_HOST_TOO);
	subject__add_host_addr(&subject, LINK_LOCAL_HOST);
}

/* What in the answer belongs to which assignment. */
static const struct owner owners[] = {
	{ "eth.", 2 }, { "ip", 3 }, { "icmp", 4 }, {}
};

static const struct suite suite = {
	.lesson = "packet01-tx",
	.program = "xdp_icmp_echo_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.setup = fill_maps,
	.owners = owners,
};

static void open_empty(struct subject *s)
{
	subject__open(s, suite__object(&suite));
	subject__load(s, suite.program);
}

static void test_empty_maps(void)
{
	struct subject empty;

	open_empty(&empty);
	suite__expect_all_pass(&suite, &empty);
	subject__close(&empty);
}

static void test_no_addresses(void)
{
	struct subject nobody;

	open_empty(&nobody);
	subject__set_host_mac(&nobody, MAC_HOST);
	suite__expect_all_pass(&suite, &nobody);
	subject__close(&nobody);
}

static void test_no_mac(void)
{
	struct subject nobody;

	open_empty(&nobody);
	subject__add_host_addr(&nobody, IPV4_HOST);
	subject__add_host_addr(&nobody, IPV6_HOST);
	suite__expect_all_pass(&suite, &nobody);
	subject__close(&nobody);
}

int main(void)
{
	return suite__run(&suite);
}
