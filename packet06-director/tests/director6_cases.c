/* SPDX-License-Identifier: GPL-2.0 */
/* The director, and IPv6: inside, outside, or both. */
#include <arpa/inet.h>

#include "director_cases.h"

/* clang-format off */
#define SENT6(sentence, ...) \
	{ .desc = "IPv6: " sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .sweep = sent_over_both, .assignment = 6 }
#define REFUSED6(sentence, ...) \
	{ .desc = "IPv6: " sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .sweep = refused_ipv6, .assignment = 6 }
#define ERROR6_ABOUT(packet, ...) \
	{ IN, .saddr = "2001:db8:77::1", .daddr = VIRTUAL6, .version = 6, \
	  .ttl = 60, ICMP6, .icmp_type = 2, .icmp_seq = 1400, \
	  .quoted = &(packet), .payload_len = 64, __VA_ARGS__ }
/* clang-format on */
#define ANSWER6                                                                \
	.dmac = MAC_HOST, .smac = MAC_HOST, .saddr = VIRTUAL6,                 \
	.daddr = IPV6_PEER, .version = 6, .ttl = 61, .ip_proto = IPPROTO_TCP,  \
	.l4 = L4_TCP, .sport = 80, .dport = 43210, .payload_len = 600

static const struct frame answer6 = { ANSWER6 };
static const struct frame answer6_udp = { ANSWER6, UDP };
static const struct frame answer6_echo = { ANSWER6, ICMP6 };
static const struct frame long_answer6 = { ANSWER6, .payload_len = 1472 };
static const struct frame answer6_fragment = { ANSWER6,
					       .ext = { EXT(IPPROTO_FRAGMENT) },
					       .frag_off = 1 };
static const struct frame answer6_other = { ANSWER6,
					    .saddr = "2001:db8:203::11" };
static const struct frame answer6_version = { ANSWER6, .version = 5 };
static const struct frame answer6_gue = { ANSWER6, UDP, .daddr = FIRST6,
					  .dport = 6080 };

static void forget(const struct frame *in)
{
	struct flow_key key = flow_of(in);

	if (is_known(in))
		subject__map_delete(&subject, "flows", &key);
}

/* All new flows go to the backend whose address is IPv6. */
static void to_ipv6(const struct frame *in)
{
	forget(in);
	set_all_rows(&subject, SLOT6);
}

static void back_to_ipv4(const struct frame *in)
{
	forget(in);
	set_all_rows(&subject, 1);
}

static void sent_over_both(const struct frame *in)
{
	sent_to(in, in, FIRST);
	to_ipv6(in);
	sent_to(in, in, FIRST6);
	back_to_ipv4(in);
}

/* ICMPv6, packet too big, with as much of it as 1280 bytes can hold. */
static void refused_ipv6_by(struct subject *s, const struct frame *in, int mtu)
{
	struct frame out = { OUT,
			     .saddr = DIRECTOR6,
			     .daddr = in->saddr,
			     .version = 6,
			     .ttl = 64,
			     ICMP6,
			     .icmp_type = 2,
			     .icmp_seq = mtu,
			     .quoted = in,
			     .payload_len = 1232 };

	subject__expect(s, in, XDP_TX, &out);
}

static void refused_ipv6(const struct frame *in)
{
	refused_ipv6_by(&subject, in, INNER_MTU);
	to_ipv6(in);
	refused_ipv6_by(&subject, in, INNER_MTU6);
	back_to_ipv4(in);
}

static void test_sizes6(void)
{
	struct frame in = { IPV6, UDP };

	for (size_t len = 0; len <= 1600; len++) {
		in.payload_len = len;
		if (48 + len <= INNER_MTU)
			sent_to_first(&in);
		else
			refused_ipv6_by(&subject, &in, INNER_MTU);
	}
	to_ipv6(&in);
	for (size_t len = 0; len <= 1600; len++) {
		in.payload_len = len;
		if (48 + len <= INNER_MTU6)
			sent_to(&in, &in, FIRST6);
		else
			refused_ipv6_by(&subject, &in, INNER_MTU6);
	}
	back_to_ipv4(&in);
}

static void test_sizes4in6(void)
{
	struct frame in = { IPV4, UDP, .sport = 8000 };

	to_ipv6(&in);
	for (size_t len = 0; len <= 1600; len++) {
		in.payload_len = len;
		if (28 + len <= INNER_MTU6)
			sent_to(&in, &in, FIRST6);
		else
			refused_by(&subject, &in, INNER_MTU6);
	}
	back_to_ipv4(&in);
}

static void test_class(void)
{
	struct frame in = { IPV6 }, in4 = { IPV4, .sport = 8001 };

	to_ipv6(&in);
	for (unsigned int tos = 0; tos <= 255; tos++) {
		in.tos = in4.tos = tos;
		sent_to(&in, &in, FIRST6);
		sent_to(&in4, &in4, FIRST6);
	}
	back_to_ipv4(&in);
}

/* @text becomes @addr with one bit of its 128 turned over. */
static void flip(char text[INET6_ADDRSTRLEN], const char *addr, int bit)
{
	struct in6_addr other = addr_of(addr);

	other.s6_addr[bit / 8] ^= 1 << bit % 8;
	inet_ntop(AF_INET6, &other, text, INET6_ADDRSTRLEN);
}

static void test_other_addresses6(void)
{
	struct frame in = { IPV6 };
	char addr[INET6_ADDRSTRLEN];

	in.daddr = addr;
	for (int bit = 0; bit < 128; bit++) {
		flip(addr, VIRTUAL6, bit);
		subject__expect_pass(&subject, &in);
	}
}

static void test_hash6(void)
{
	struct frame in = { IPV6 };
	char addr[INET6_ADDRSTRLEN];
	struct in6_addr virtual;

	for (int bit = 0; bit < 16; bit++) {
		in.sport = 43210 ^ 1 << bit;
		sent_to_first(&in);
		in.sport = 43210;
		in.dport = 80 ^ 1 << bit;
		sent_to_first(&in);
		in.dport = 80;
	}
	/* From bit 16 on: 2001:... stays an address that may be used. */
	for (int bit = 16; bit < 128; bit++) {
		flip(addr, IPV6_PEER, bit);
		in.saddr = addr;
		sent_to_first(&in);
		in.saddr = IPV6_PEER;
		flip(addr, VIRTUAL6, bit);
		virtual = addr_of(addr);
		add_virtual(&subject, addr);
		in.daddr = addr;
		sent_to_first(&in);
		in.daddr = VIRTUAL6;
		subject__map_delete(&subject, "virtuals", &virtual);
	}
}

static void test_flows6(void)
{
	const struct frame tcp = { IPV6, .sport = 8100 };
	const struct frame syn = { IPV6, .sport = 8100, SYN };
	const struct frame cut = { IPV6, UDP, .saddr = "2001:db8:1::99",
				   .ext = { EXT(IPPROTO_FRAGMENT) },
				   .frag_off = 1 };
	const struct frame about = { ANSWER6, .dport = 8101 };
	const struct frame error = ERROR6_ABOUT(about);
	const struct frame request = { IPV6, .sport = 8101 };

	sent_to_first(&tcp);
	set_all_rows(&subject, SLOT6);
	sent_to_first(&tcp);
	sent_to_first(&syn);
	set_backend(&subject, 1, FIRST, BACKEND_DRAINING);
	sent_to_first(&tcp);
	sent_to(&syn, &syn, FIRST6);
	sent_to(&tcp, &tcp, FIRST6);
	restore_backends();
	sent_to(&tcp, &tcp, FIRST6);
	sent_to_first(&cut);
	sent_to(&error, &request, FIRST);
	if (is_known(&cut) || is_known(&request))
		test_fail("a fragment or an error is kept as a flow");
	sent_to_first(&request);
	set_all_rows(&subject, SLOT6);
	sent_to(&error, &request, FIRST);
	restore_backends();
}

/* @ports: whether those of the quoted packet count */
static void expect_error6(const struct frame *error, bool ports)
{
	const struct frame *about = error->quoted;
	struct frame flow = { IPV6, .ip_proto = about->ip_proto,
			      .l4 = ports ? about->l4 : L4_NONE };

	flow.ext[0] = about->ext[0];
	sent_to(error, &flow, FIRST);
}

static void test_errors6(void)
{
	static const uint8_t types[] = { 0, 1, 2, 3, 4, 100, 127 };
	const struct frame *abouts[] = { &answer6, &answer6_udp, &answer6_echo,
					 &answer6_fragment };

	for (size_t i = 0; i < ARRAY_SIZE(abouts); i++)
		for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
			struct frame error =
				ERROR6_ABOUT(*abouts[i], .icmp_type = types[k]);

			expect_error6(&error, true);
			error.payload_len = 1232;
			expect_error6(&error, true);
		}
	/* Quoted as far as its addresses, but not to the end of its ports. */
	for (size_t len = 40; len < 44; len++)
		expect_error6(&(struct frame)ERROR6_ABOUT(answer6,
							  .payload_len = len),
			      false);
}

static void test_errors6_that_pass(void)
{
	const struct frame *abouts[] = { &answer6_other, &answer6_version,
					 &answer6_gue };
	const struct frame bare = { IPV6, ICMP6, .l4 = L4_NONE,
				    .payload_len = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(abouts); i++)
		subject__expect_pass(&subject,
				     &(struct frame)ERROR6_ABOUT(*abouts[i]));
	for (size_t len = 0; len < 40; len++)
		subject__expect_pass(&subject,
				     &(struct frame)ERROR6_ABOUT(
					     answer6, .payload_len = len));
	/* The quoted packet is in the padding. */
	subject__expect_pass(
		&subject, &(struct frame)ERROR6_ABOUT(answer6, .ip_len = 47));
	subject__expect_pass(&subject, &bare);
	/* Such as this one is, to see that the others are wrong. */
	expect_error6(&(struct frame)ERROR6_ABOUT(answer6), true);
}

static void test_error_types6(void)
{
	struct frame in = ERROR6_ABOUT(answer6);

	for (int type = 128; type <= 255; type++) {
		in.icmp_type = type;
		if (type >= 133 && type <= 137)
			subject__expect_pass(&subject, &in);
		else
			sent_to_first(&in);
	}
}

static void test_mtus6(void)
{
	struct frame in = { IPV6, UDP, .payload_len = 1280 - 48 }, out;
	struct subject s;

	open_director(&s, DIRECTOR, DIRECTOR6, 1280 + 32, FIRST);
	out = outer_of(&in, &in, FIRST);
	subject__expect(&s, &in, XDP_TX, &out);
	in.payload_len++;
	refused_ipv6_by(&s, &in, 1280);
	subject__close(&s);

	open_director(&s, DIRECTOR, DIRECTOR6, 1279 + 32, FIRST);
	subject__expect_pass(&s, &in);
	in.payload_len--;
	subject__expect_pass(&s, &in);
	in.payload_len--;
	out = outer_of(&in, &in, FIRST);
	subject__expect(&s, &in, XDP_TX, &out);
	subject__stats_check(&s);
	subject__close(&s);
}

static void test_no_source(void)
{
	const struct frame in = { IPV4 }, in6 = { IPV6 };
	const struct frame long4 = { IPV4, .payload_len = 1460 };
	const struct frame long6 = { IPV6, .payload_len = 1440 };
	struct frame out;
	struct subject s;

	open_director(&s, DIRECTOR, NULL, MTU, FIRST6);
	subject__expect_pass(&s, &in);
	subject__expect_pass(&s, &in6);
	subject__expect_pass(&s, &long6);
	refused_by(&s, &long4, INNER_MTU6);
	subject__close(&s);

	open_director(&s, NULL, DIRECTOR6, MTU, FIRST);
	subject__expect_pass(&s, &in);
	subject__expect_pass(&s, &in6);
	subject__expect_pass(&s, &long4);
	refused_ipv6_by(&s, &long6, INNER_MTU);
	subject__close(&s);

	open_director(&s, NULL, DIRECTOR6, MTU, FIRST6);
	out = outer_of(&in, &in, FIRST6);
	subject__expect(&s, &in, XDP_TX, &out);
	subject__stats_check(&s);
	subject__close(&s);
}

static void test_no_room6(void)
{
	const struct frame in = { IPV6, .sport = 8200 };
	const struct frame long_one = { IPV6, .payload_len = 1440 };
	const struct frame in4 = { IPV4, .sport = 8200 };

	if (!takes_metadata()) {
		test_skip("a kernel before 6.8 takes 32 bytes of metadata");
		return;
	}
	subject__stats_start(&subject);
	set_all_rows(&subject, SLOT6);
	subject.metadata = FULL_ROOM;
	subject__expect_pass(&subject, &in);
	subject__expect_pass(&subject, &in4);
	subject__expect_pass(&subject, &long_one);
	subject.metadata = 0;
	set_all_rows(&subject, 1);
}

static void test_counters6(void)
{
	struct xdp_stats before = sent_so_far(SLOT6);
	struct frame in = { IPV6, UDP, .sport = 8300 };

	to_ipv6(&in);
	sent_to(&in, &in, FIRST6);
	in.payload_len = 1440;
	refused_ipv6_by(&subject, &in, INNER_MTU6);
	back_to_ipv4(&in);
	if (sent_so_far(SLOT6).packets != before.packets + 1 ||
	    sent_so_far(SLOT6).bytes != before.bytes + 14 + 52 + 48 + 31)
		test_fail("the backend's counters are wrong");
}

static void test_empty_maps(void)
{
	expect_empty_maps_pass(&director6_suite);
}

static const struct row rows[] = {
	SENT6("TCP is sent to the backend", ),
	SENT6("UDP is sent to the backend", UDP),
	SENT6("an echo request is sent to the backend", ICMP6,
	      .icmp_type = 128),
	SENT6("a protocol that nobody knows is sent to the backend",
	      .ip_proto = 253, .l4 = L4_NONE),
	SENT6("a header alone is sent to the backend", .ip_proto = 253,
	      .l4 = L4_NONE, .payload_len = 0),
	SENT6("TCP without ports is sent to the backend", .l4 = L4_NONE,
	      .payload_len = 0),
	SENT6("a hop limit of 0 stays", .ttl = 0),
	SENT6("a hop limit of 1 stays", .ttl = 1),
	SENT6("a hop limit of 255 stays", .ttl = 255),
	SENT6("another flow label stays, and is not the outer one's",
	      .flow = 1),
	SENT6("padding stays", UDP, .payload_len = 1, .pad = 17),
	SENT6("a wrong checksum is the backend's matter", .l4_check_flip = 1),
	SENT6("a first fragment goes by its addresses", UDP,
	      .ext = { EXT(IPPROTO_FRAGMENT) }, .frag_off = 1),
	SENT6("a later fragment goes by its addresses", UDP,
	      .ext = { EXT(IPPROTO_FRAGMENT) }, .frag_off = 1448),
	SENT6("behind a routing header no ports are looked for",
	      .ext = { EXT(IPPROTO_ROUTING) }),
	SENT6("behind destination options no ports are looked for",
	      .ext = { EXT(IPPROTO_DSTOPTS) }),
	SENT6("the longest packet that fits", UDP, .payload_len = 1400),
	REFUSED6("a packet that is one byte too long is refused", UDP,
		 .payload_len = INNER_MTU - 48 + 1),
	REFUSED6("one of 1500 bytes is refused", .payload_len = 1440),
	REFUSED6("a first fragment that is too long is refused", UDP,
		 .ext = { EXT(IPPROTO_FRAGMENT) }, .frag_off = 1,
		 .payload_len = 1440),
	REFUSED6("a later fragment that is too long is refused", UDP,
		 .ext = { EXT(IPPROTO_FRAGMENT) }, .frag_off = 1448,
		 .payload_len = 1440),
	REFUSED6("one with padding that is too long is refused", UDP,
		 .payload_len = INNER_MTU - 48 + 1, .pad = 3),
	{ .desc = "IPv6: an error that is too long passes",
	  .in = ERROR6_ABOUT(long_answer6, .payload_len = 1440),
	  .action = XDP_PASS },
	PASSES("IPv6: a packet for this host itself passes", IPV6,
	       .daddr = IPV6_HOST),
	PASSES("IPv6: a packet from this host's own address passes", IPV6,
	       .saddr = IPV6_HOST),
	PASSES("IPv6: a packet from a link-local address passes", IPV6,
	       .saddr = LINK_LOCAL_PEER),
	PASSES("IPv6: a packet to an IPv4 virtual address passes", IPV6,
	       .daddr = "::ffff:" VIRTUAL),
	TEST_OF(6, "IPv6: packets of every length", test_sizes6),
	TEST_OF(6, "IPv4 over IPv6: packets of every length", test_sizes4in6),
	TEST_OF(6, "IPv6: of the traffic class all but ECN is the outer one's",
		test_class),
	TEST("IPv6: other addresses pass", test_other_addresses6),
	TEST_OF(6, "IPv6: each bit of a flow's name counts", test_hash6),
	TEST_OF(6, "IPv6: flows stay, fragments and errors are none",
		test_flows6),
	TEST_OF(6, "IPv6: errors go where their flow goes", test_errors6),
	TEST_OF(6, "IPv6: errors about anything else pass",
		test_errors6_that_pass),
	TEST_OF(6, "IPv6: all other ICMPv6 goes by addresses",
		test_error_types6),
	TEST_OF(6, "IPv6: no MTU below 1280 is asked for", test_mtus6),
	TEST_OF(6, "without an address to send from packets pass",
		test_no_source),
	TEST_OF(6, "IPv6: without room packets pass", test_no_room6),
	TEST_OF(6, "IPv6: 52 bytes more are counted", test_counters6),
	TEST("IPv6: with empty maps everything passes", test_empty_maps),
};

const struct suite director6_suite = DIRECTOR_SUITE(rows);
