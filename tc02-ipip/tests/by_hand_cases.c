/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs make that do without a tunnel device: byte for byte what
 * the device would.
 */
#include <string.h>

#include "grade.h"
#include "tunnel_cases.h"

#define BY_HAND(sentence, verdict, ...)                                        \
	ROW("l2_to_ipip_by_hand", 5, sentence, verdict, __VA_ARGS__)
#define LEAVES(sentence, ...)                                                  \
	ROW("ipip_to_l2_by_hand", 5, sentence, XDP_PASS, __VA_ARGS__)
#define BY_HAND6(sentence, verdict, ...)                                       \
	ROW("l2_to_ip6tnl_by_hand", 0, sentence, verdict, __VA_ARGS__)
#define LEAVES6(sentence, ...)                                                 \
	ROW("ip6tnl_to_l2_by_hand", 0, sentence, XDP_PASS, __VA_ARGS__)
/* What the tunnel device would make of a packet. */
#define OUTER                                                                  \
	.dmac = MAC_HOST, .smac = MAC_PEER, .saddr = "10.2.1.1",               \
	.daddr = "10.2.1.102", .version = 4, .ihl = 5, .ttl = 64,              \
	.any_id = true, .ip_proto = IPPROTO_IPIP
#define OUTER6                                                                 \
	.dmac = MAC_HOST, .smac = MAC_PEER, .saddr = "2401:db02::1",           \
	.daddr = "2401:db02::66", .version = 6, .ttl = 64, .any_flow = true
#define MTU 1500

static void expect_wrapped(const struct frame *inner, uint8_t tos)
{
	struct frame out = { OUTER, .tos = tos, .quoted = inner,
			     .payload_len = FRAME_MAX };

	subject__expect(&subject, inner, XDP_REDIRECT, &out);
}

static void test_wrap(void)
{
	expect_wrapped(&(struct frame){ IPV4 }, 0);
	expect_wrapped(&(struct frame){ IPV4, .frag_off = 0x4000 }, 0);
	expect_wrapped(&(struct frame){ IPV4, .ttl = 1 }, 0);
	expect_wrapped(&(struct frame){ IPV4, .payload_len = 1, .pad = 17 }, 0);
	expect_wrapped(&(struct frame){ IPV4, .ip_proto = IPPROTO_TCP,
					.l4 = L4_TCP, .payload_len = 1000 },
		       0);
}

/* RFC 6040, 4.1, the compatibility mode: of Linux, too. */
static void test_ecn(void)
{
	for (int tos = 0; tos < 256; tos++)
		expect_wrapped(&(struct frame){ IPV4, .tos = tos },
			       (tos & 3) == 3 ? 2 : tos & 3);
}

static void test_size(void)
{
	struct frame in = { IPV4, .payload_len = MTU - 20 - 28 };

	expect_wrapped(&in, 0);
	in.payload_len++;
	subject__expect_pass(&subject, &in);
}

static void test_unwrap(void)
{
	struct frame inner = { IPV4, .saddr = VIP4, .daddr = "10.1.1.101" };
	struct frame in = { BACK4, .quoted = &inner };

	for (in.tos = 0; in.tos < 3; in.tos++)
		subject__expect(&subject, &in, XDP_PASS, &inner);
}

/* Both families, by the plain form of each. */
static const struct family {
	struct frame inner;
	uint8_t ip_proto;
	size_t head_len; /* of IP and ICMP */
} families[] = {
	{ { IPV4 }, IPPROTO_IPIP, 20 + 8 },
	{ { IPV6 }, IPPROTO_IPV6, 40 + 8 },
};

static void expect_wrapped6(const struct frame *inner, uint8_t tclass)
{
	struct frame out = { OUTER6, .tos = tclass, .quoted = inner,
			     .ip_proto = inner->version == 4 ? IPPROTO_IPIP :
							       IPPROTO_IPV6,
			     .payload_len = FRAME_MAX };

	subject__expect(&subject, inner, XDP_REDIRECT, &out);
}

static void test_wrap6(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct frame inner = families[i].inner;

		expect_wrapped6(&inner, 0);
		inner.ttl = 1;
		expect_wrapped6(&inner, 0);
		inner.payload_len = 1;
		inner.pad = 17;
		expect_wrapped6(&inner, 0);
	}
	expect_wrapped6(&(struct frame){ IPV4, .frag_off = 0x4000 }, 0);
	expect_wrapped6(&(struct frame){ IPV6, .flow = 0xfffff }, 0);
	expect_wrapped6(
		&(struct frame){ IPV6, .ext = { EXT(IPPROTO_DSTOPTS) } }, 0);
	expect_wrapped6(&(struct frame){ IPV6, .ip_proto = IPPROTO_TCP,
					 .l4 = L4_TCP, .payload_len = 1000 },
			0);
}

static void test_ecn6(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct frame inner = families[i].inner;

		for (int tos = 0; tos < 256; tos++) {
			inner.tos = tos;
			expect_wrapped6(&inner, (tos & 3) == 3 ? 2 : tos & 3);
		}
	}
}

static void test_size6(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct frame inner = families[i].inner;

		inner.payload_len = MTU - 40 - families[i].head_len;
		expect_wrapped6(&inner, 0);
		inner.payload_len++;
		subject__expect_pass(&subject, &inner);
	}
}

static uint32_t flow_label_of(uint16_t sport, size_t payload_len)
{
	static struct bytes sent, got;
	struct frame in = { IPV6,	  .ip_proto = IPPROTO_UDP,
			    .l4 = L4_UDP, .sport = sport,
			    .dport = 9,	  .payload_len = payload_len };
	const uint8_t *ip = got.data + ETH_HLEN;

	frame__build(&in, &sent);
	if (subject__run(&subject, &sent, &got) != XDP_REDIRECT)
		test_fail("UDP to the VIP does not go into the tunnel");
	subject.stats[XDP_REDIRECT].packets++;
	subject.stats[XDP_REDIRECT].bytes += got.len;
	return (ip[1] & 0xf) << 16 | ip[2] << 8 | ip[3];
}

/*
 * Of as many labels of 20 bits some may be the same, but none of the bits: for
 * each the odds are 1 to 2^255.
 */
static void test_flow_label(void)
{
	uint32_t set = 0, clear = 0;

	for (int sport = 1; sport <= 256; sport++) {
		uint32_t label = flow_label_of(sport, 10);

		if (flow_label_of(sport, 1000) != label)
			test_fail("one flow has two flow labels");
		set |= label;
		clear |= ~label;
	}
	if (set != 0xfffff || (clear & 0xfffff) != 0xfffff)
		test_fail("flow labels of 256 flows: bits that are always 0: "
			  "0x%05x, always 1: 0x%05x",
			  ~set & 0xfffff, ~clear & 0xfffff);
}

static void test_unwrap6(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		struct frame inner = families[i].inner;
		struct frame in = { BACK6, .ip_proto = families[i].ip_proto,
				    .quoted = &inner,
				    .payload_len = FRAME_MAX };

		for (in.tos = 0; in.tos < 3; in.tos++)
			subject__expect(&subject, &in, XDP_PASS, &inner);
		in.tos = 0xfc;
		in.flow = 0xfffff;
		subject__expect(&subject, &in, XDP_PASS, &inner);
	}
	/* The shortest ones: nothing but a header. */
	subject__expect(
		&subject,
		&(struct frame){ BACK6, .ip_proto = IPPROTO_IPIP,
				 .quoted = &(struct frame){ IPV4, .l4 = L4_NONE,
							    .payload_len = 0 },
				 .payload_len = FRAME_MAX },
		XDP_PASS,
		&(struct frame){ IPV4, .l4 = L4_NONE, .payload_len = 0 });
	subject__expect(
		&subject,
		&(struct frame){ BACK6,
				 .quoted = &(struct frame){ IPV6, .l4 = L4_NONE,
							    .payload_len = 0 },
				 .payload_len = FRAME_MAX },
		XDP_PASS,
		&(struct frame){ IPV6, .l4 = L4_NONE, .payload_len = 0 });
}

static void before_load(void)
{
	set_tunnel_constants(&subject);
}

static const struct owner owners[] = { {} };

static const struct row rows[] = {
	{ .desc = "by hand: the packet gets an outer header",
	  .test = test_wrap,
	  .program = "l2_to_ipip_by_hand",
	  .assignment = 5 },
	{ .desc = "by hand: congestion bits go into the outer header",
	  .test = test_ecn,
	  .program = "l2_to_ipip_by_hand",
	  .assignment = 5 },
	{ .desc = "by hand: what would be too large passes",
	  .test = test_size,
	  .program = "l2_to_ipip_by_hand",
	  .assignment = 5 },
	BY_HAND("by hand: another net passes", XDP_PASS, IPV4,
		.daddr = "10.10.2.0"),
	BY_HAND("by hand: IPv6 passes", XDP_PASS, IPV6),
	{ .desc = "by hand: the outer header is taken off",
	  .test = test_unwrap,
	  .program = "ipip_to_l2_by_hand",
	  .assignment = 5 },
	LEAVES("by hand: from another end than the remote one", BACK4,
	       .saddr = "10.2.1.103"),
	LEAVES("by hand: to another end than the local one", BACK4,
	       .daddr = "10.2.1.2"),
	LEAVES("by hand: a fragment stays as it is", BACK4, .frag_off = 0x2000),
	LEAVES("by hand: congestion on the way is not lost", BACK4, .tos = 3),
	LEAVES("by hand: nothing inside", BACK4, .payload_len = 19),
	LEAVES("by hand: nothing inside but padding behind it", BACK4,
	       .payload_len = 19, .pad = 20),
	LEAVES("by hand: another protocol", BACK4, .ip_proto = IPPROTO_GRE),
};

const struct suite by_hand = {
	.lesson = "tc02-ipip",
	.program = "l2_to_ipip_by_hand",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = before_load,
	.owners = owners,
};

static const struct row rows6[] = {
	{ .desc = "by hand: both families get an outer IPv6 header",
	  .test = test_wrap6,
	  .program = "l2_to_ip6tnl_by_hand" },
	{ .desc = "by hand: congestion bits go into the outer IPv6 header",
	  .test = test_ecn6,
	  .program = "l2_to_ip6tnl_by_hand" },
	{ .desc = "by hand: what would be too large for IPv6 passes",
	  .test = test_size6,
	  .program = "l2_to_ip6tnl_by_hand" },
	{ .desc = "by hand: flows inside are told apart by the flow label",
	  .test = test_flow_label,
	  .program = "l2_to_ip6tnl_by_hand" },
	BY_HAND6("by hand: another net passes the IPv6 tunnel by", XDP_PASS,
		 IPV4, .daddr = "10.10.2.0"),
	BY_HAND6("by hand: another IPv6 net does", XDP_PASS, IPV6,
		 .daddr = "2401:facf::66"),
	BY_HAND6("by hand: ARP does", XDP_PASS, .dmac = MAC_BROADCAST,
		 .smac = MAC_PEER, .eth_proto = ETH_P_ARP, .payload_len = 28),
	{ .desc = "by hand: the outer IPv6 header is taken off both families",
	  .test = test_unwrap6,
	  .program = "ip6tnl_to_l2_by_hand" },
	LEAVES6("by hand: from another end than the remote one: IPv6", BACK6,
		.saddr = "2401:db02::67"),
	LEAVES6("by hand: to another end than the local one: IPv6", BACK6,
		.daddr = "2401:db02::2"),
	LEAVES6("by hand: IPv6 congestion on the way is not lost", BACK6,
		.tos = 3),
	LEAVES6("by hand: no whole IPv6 header inside", BACK6,
		.payload_len = 39),
	LEAVES6("by hand: no whole IPv4 header inside IPv6", BACK6,
		.ip_proto = IPPROTO_IPIP, .payload_len = 19),
	LEAVES6("by hand: no whole IPv6 header but padding behind it", BACK6,
		.payload_len = 39, .pad = 20),
	LEAVES6("by hand: no whole IPv4 header but padding behind it", BACK6,
		.ip_proto = IPPROTO_IPIP, .payload_len = 19, .pad = 20),
	LEAVES6("by hand: a fragment of the outer packet", BACK6,
		.ext = { EXT(IPPROTO_FRAGMENT) }),
	LEAVES6("by hand: options before what is inside", BACK6,
		.ext = { EXT(IPPROTO_DSTOPTS) }),
	LEAVES6("by hand: another protocol in IPv6", BACK6,
		.ip_proto = IPPROTO_GRE),
	LEAVES6("by hand: IPIP is not for the IPv6 tunnel", BACK4),
};

const struct suite by_hand6 = {
	.lesson = "tc02-ipip",
	.program = "l2_to_ip6tnl_by_hand",
	.rows = rows6,
	.count = ARRAY_SIZE(rows6),
	.before_load = before_load,
	.owners = owners,
};
