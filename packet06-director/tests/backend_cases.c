/* SPDX-License-Identifier: GPL-2.0 */
/* The backend's program: what it takes out, and what it leaves alone. */
#include <string.h>
#include <linux/if_ether.h>

#include "gue_cases.h"

/* clang-format off */
#define OUTER IN, .saddr = DIRECTOR_ELSEWHERE, .daddr = IPV4_HOST, \
	.version = 4, .ihl = 5, .ttl = 63, .frag_off = 0x4000, UDP, \
	.sport = 50000, .dport = 6080, .l4_check = EXACTLY(0), .head = GUE, \
	.head_len = 4, .quoted = &packet, .payload_len = 71
#define OUTER6 IN, .saddr = DIRECTOR6_ELSEWHERE, .daddr = FIRST6, \
	.version = 6, .ttl = 63, .flow = 0x12345, UDP, .sport = 50000, \
	.dport = 6080, .l4_check = EXACTLY(0), .head = GUE6, .head_len = 4, \
	.quoted = &packet6, .payload_len = 91
#define DIRECTOR_ELSEWHERE "198.51.100.77"
#define DIRECTOR6_ELSEWHERE "2001:db8:77::77"
/* clang-format on */

#define IPV4	 OUTER
#define IPV6	 OUTER6
#define BACKEND	 .assignment = 3
#define BACKEND6 .assignment = 6
/* As in cases.h, but of this program. */
#undef PASSES
#undef SWEEP
#undef TEST
/* clang-format off */
#define PASSES(sentence, ...) \
	{ .desc = "backend: " sentence, .in = { __VA_ARGS__ }, \
	  .action = XDP_PASS, BACKEND }
#define SWEEP(sentence, function, ...) \
	{ .desc = "backend: " sentence, .in = { __VA_ARGS__ }, \
	  .sweep = function, BACKEND }
#define TEST(sentence, function) \
	{ .desc = "backend: " sentence, .test = function, BACKEND }
#define TAKEN_OUT6(sentence, ...) \
	{ .desc = "backend: IPv6: " sentence, .in = { IN, __VA_ARGS__ }, \
	  .sweep = taken_out_of_both, BACKEND6 }
#define PASSES6(sentence, ...) \
	{ .desc = "backend: IPv6: " sentence, .in = { OUTER6, __VA_ARGS__ }, \
	  .action = XDP_PASS, BACKEND6 }
#define TAKEN_OUT(sentence, ...) \
	SWEEP(sentence, taken_out, IN, PACKET_IPV4, __VA_ARGS__)
/* clang-format on */

static const struct frame packet = { IN, PACKET_IPV4 };
static const struct frame packet_other = { IN, PACKET_IPV4,
					   .daddr = "203.0.113.11" };
static const struct frame packet_version = { IN, PACKET_IPV4, .version = 6 };
static const struct frame packet_ihl = { IN, PACKET_IPV4, .ihl = 4 };
static const struct frame packet_long = { IN, PACKET_IPV4,
					  .ip_len = EXACTLY(72) };
static const struct frame packet_short = { IN, PACKET_IPV4,
					   .ip_len = EXACTLY(70) };
static const struct frame packet6 = { IN, PACKET_IPV6 };
static const struct frame packet6_other = { IN, PACKET_IPV6,
					    .daddr = "2001:db8:203::11" };
static const struct frame packet6_version = { IN, PACKET_IPV6, .version = 4 };
static const struct frame packet6_long = { IN, PACKET_IPV6,
					   .ip_len = EXACTLY(52) };
static const struct frame packet6_short = { IN, PACKET_IPV6,
					    .ip_len = EXACTLY(50) };

/* @in, in GUE, comes out as it was. */
static void taken_out_of(const struct frame *in, struct frame outer)
{
	static struct bytes inner;
	struct frame want = *in;

	frame__build(in, &inner);
	outer.quoted = in;
	outer.payload_len = inner.len - ETH_HLEN - in->pad;
	outer.pad = in->pad;
	subject__expect(&subject, &outer, XDP_PASS, &want);
}

/* Over IPv4 and over IPv6, @in is of either as well. */
static void taken_out_of_both(const struct frame *in)
{
	const char *gue = is_ipv6(in->saddr) ? GUE6 : GUE;

	taken_out_of(in, (struct frame){ OUTER, .head = gue });
	taken_out_of(in, (struct frame){ OUTER6, .head = gue });
}

static void taken_out(const struct frame *in)
{
	taken_out_of(in, (struct frame){ OUTER });
}

static void test_own_source(void)
{
	const struct frame in = { IN, PACKET_IPV4 };

	taken_out_of(&in, (struct frame){ OUTER, .saddr = IPV4_HOST });
}

static void test_inner_sizes(void)
{
	struct frame in = { IN, PACKET_IPV4, UDP };

	for (in.payload_len = 0; in.payload_len <= 1500; in.payload_len++)
		taken_out(&in);
}

/* A sender may have put a checksum in, or the kernel has for one. */
static void test_udp_checksums(void)
{
	struct frame in = { IN, PACKET_IPV4 };
	struct frame wrong = { OUTER, .l4_check = 0 };

	for (in.payload_len = 0; in.payload_len <= 600; in.payload_len++)
		taken_out_of(&in, (struct frame){ OUTER, .l4_check = 0 });
	for (int bit = 0; bit < 16; bit++) {
		wrong.l4_check_flip = 1 << bit;
		subject__expect_pass(&subject, &wrong);
	}
}

/* Over IPv6 there may be none as well: RFC 6935 */
static void test_udp_checksums6(void)
{
	struct frame in = { IN, PACKET_IPV6 },
		     wrong = { OUTER6, .l4_check = 0 };

	for (in.payload_len = 0; in.payload_len <= 600; in.payload_len++)
		taken_out_of(&in, (struct frame){ OUTER6, .l4_check = 0 });
	for (int bit = 0; bit < 16; bit++) {
		wrong.l4_check_flip = 1 << bit;
		subject__expect_pass(&subject, &wrong);
	}
}

static void test_inner_sizes6(void)
{
	struct frame in = { IN, PACKET_IPV6, UDP };

	for (in.payload_len = 0; in.payload_len <= 1400; in.payload_len++)
		taken_out_of_both(&in);
}

static void test_gue_bits6(void)
{
	struct frame in = { OUTER6 };
	char gue[4];

	in.head = gue;
	for (int bit = 0; bit < 32; bit++) {
		memcpy(gue, GUE6, sizeof(gue));
		gue[bit / 8] ^= 1 << bit % 8;
		subject__expect_pass(&subject, &in);
	}
}

/* Any bit of the GUE header that is not as it should be. */
static void test_gue_bits(void)
{
	struct frame in = { OUTER };
	char gue[4];

	in.head = gue;
	for (int bit = 0; bit < 32; bit++) {
		memcpy(gue, GUE, sizeof(gue));
		gue[bit / 8] ^= 1 << bit % 8;
		subject__expect_pass(&subject, &in);
	}
}

static void test_empty_maps(void)
{
	expect_empty_maps_pass(&backend_suite);
}

static const struct row rows[] = {
#include "not_ours.inc"
	TAKEN_OUT("TCP is taken out", ),
	TAKEN_OUT("UDP is taken out", UDP),
	TAKEN_OUT("a header alone is taken out", .ip_proto = 253, .l4 = L4_NONE,
		  .payload_len = 0),
	TAKEN_OUT("a packet with options is taken out", .ihl = 15,
		  .options = 40),
	TAKEN_OUT("a fragment is taken out", .frag_off = 0x2000 | 185),
	TAKEN_OUT("an inner packet's header checksum is the stack's matter",
		  .ip_check_flip = 1),
	TAKEN_OUT("padding stays", .payload_len = 0, .pad = 9),
	TEST("a director may have an address of this host, the virtual one",
	     test_own_source),
	PASSES("another UDP port passes", IPV4, .dport = 6081),
	PASSES("another protocol passes", IPV4, .ip_proto = IPPROTO_UDPLITE),
	PASSES("an outer fragment passes", IPV4, .frag_off = 0x2000),
	PASSES("a later outer fragment passes", IPV4, .frag_off = 4),
	PASSES("GUE for another host passes", IPV4, .daddr = IPV4_OTHER),
	PASSES("GUE with a packet for another host passes", IPV4,
	       .quoted = &packet_other),
	PASSES("GUE with another version of IP passes", IPV4,
	       .quoted = &packet_version),
	PASSES("GUE with an inner header of 16 bytes passes", IPV4,
	       .quoted = &packet_ihl),
	PASSES("an inner packet that is longer passes", IPV4,
	       .quoted = &packet_long),
	PASSES("an inner packet that is shorter passes", IPV4,
	       .quoted = &packet_short),
	PASSES("a UDP length that is too small passes", IPV4,
	       .udp_len = EXACTLY(82)),
	PASSES("a UDP length that is too large passes", IPV4,
	       .udp_len = EXACTLY(84)),
	PASSES("an inner packet without a whole header passes", IPV4,
	       .payload_len = 19),
	PASSES("GUE with nothing inside passes", IPV4, .payload_len = 0),
	PASSES("UDP with nothing inside passes", IPV4, .head_len = 0,
	       .payload_len = 0),
	TEST("inner packets of every length", test_inner_sizes),
	TEST("a UDP checksum must be right", test_udp_checksums),
	TEST("each bit of the GUE header counts", test_gue_bits),

	TAKEN_OUT6("TCP is taken out", PACKET_IPV6),
	TAKEN_OUT6("IPv4 is taken out", PACKET_IPV4),
	TAKEN_OUT6("a header alone is taken out", PACKET_IPV6, .ip_proto = 253,
		   .l4 = L4_NONE, .payload_len = 0),
	TAKEN_OUT6("a fragment is taken out", PACKET_IPV6,
		   .ext = { EXT(IPPROTO_FRAGMENT) }, .frag_off = 1448),
	TAKEN_OUT6("an inner packet's hop-by-hop options are its own matter",
		   PACKET_IPV6, .ext = { EXT(IPPROTO_HOPOPTS) }),
	TAKEN_OUT6("padding stays", PACKET_IPV6, .payload_len = 0, .pad = 9),
	PASSES6("another UDP port passes", .dport = 6081),
	PASSES6("another protocol passes", .ip_proto = IPPROTO_UDPLITE),
	PASSES6("an outer fragment passes", .ext = { EXT(IPPROTO_FRAGMENT) }),
	PASSES6("GUE behind destination options passes",
		.ext = { EXT(IPPROTO_DSTOPTS) }),
	PASSES6("GUE for another host passes", .daddr = IPV6_OTHER),
	PASSES6("GUE with a packet for another host passes",
		.quoted = &packet6_other),
	PASSES6("GUE with another version of IP passes",
		.quoted = &packet6_version),
	PASSES6("IPv4 in GUE for IPv6 passes", .quoted = &packet,
		.payload_len = 71),
	PASSES6("IPv6 in GUE for IPv4 passes", .head = GUE),
	PASSES6("an inner packet that is longer passes",
		.quoted = &packet6_long),
	PASSES6("an inner packet that is shorter passes",
		.quoted = &packet6_short),
	PASSES6("a UDP length that is too small passes",
		.udp_len = EXACTLY(102)),
	PASSES6("a UDP length that is too large passes",
		.udp_len = EXACTLY(104)),
	PASSES6("an inner packet without a whole header passes",
		.payload_len = 39),
	PASSES6("GUE with nothing inside passes", .payload_len = 0),
	PASSES6("UDP with nothing inside passes", .head_len = 0,
		.payload_len = 0),
	PASSES6("GUE from a link-local address passes",
		.saddr = LINK_LOCAL_PEER),
	{ .desc = "backend: IPv6: inner packets of every length",
	  .test = test_inner_sizes6,
	  BACKEND6 },
	{ .desc = "backend: IPv6: a UDP checksum must be right, if there is "
		  "one",
	  .test = test_udp_checksums6,
	  BACKEND6 },
	{ .desc = "backend: IPv6: each bit of the GUE header counts",
	  .test = test_gue_bits6,
	  BACKEND6 },

	TEST("with empty maps everything passes", test_empty_maps),
};

void fill_backend_maps(struct subject *s)
{
	subject__set_host_mac(s, MAC_HOST);
	subject__add_host_addr(s, IPV4_HOST);
	subject__add_host_addr(s, IPV6_HOST);
	subject__add_host_addr(s, VIRTUAL);
	subject__add_host_addr(s, VIRTUAL6);
	subject__add_host_addr(s, FIRST);
	subject__add_host_addr(s, FIRST6);
	subject__add_broadcast(s, "192.0.2.255");
}

static void setup(void)
{
	fill_backend_maps(&subject);
}

static const struct owner owners[] = { {} };

const struct suite backend_suite = {
	.lesson = "packet06-director",
	.program = "xdp_backend_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.setup = setup,
	.owners = owners,
};
