/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_redirect_func sends on, with which Ethernet header and to where,
 * and what it leaves alone.
 */
#include <string.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "../xdp_prog.h"
#include "cases.h"
#include "net.h"

/* In the lesson's words: left's inner and left's outer end. */
#define MAC_INNER "02:01:02:03:04:05"
#define MAC_OUTER "02:0a:0b:0c:0d:0e"
#define IPV4_FAR  "198.51.100.7"
#define IPV6_FAR  "2001:db8:2::7"

/* clang-format off */
/* Arriving and leaving. */
#define IN .dmac = MAC_HOST, .smac = MAC_PEER
#define OUT .dmac = MAC_INNER, .smac = MAC_OUTER

#define PACKET_IPV4 \
	.saddr = IPV4_PEER, .daddr = IPV4_FAR, .version = 4, .ihl = 5, \
	.ttl = 57, .ip_id = 0x1234, .ip_proto = IPPROTO_UDP, .l4 = L4_UDP, \
	.sport = 4321, .dport = 53, .payload_len = 31
#define PACKET_IPV6 \
	.saddr = IPV6_PEER, .daddr = IPV6_FAR, .version = 6, .ttl = 57, \
	.flow = 0x12345, .ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6, \
	.icmp_type = 128, .icmp_id = 0xbeef, .payload_len = 31

/* For the rows of several lessons. */
#define IPV4 IN, PACKET_IPV4
#define IPV6 IN, PACKET_IPV6
#define MOVED_IPV4(sentence, ...) \
	{ .desc = sentence, .in = { IN, PACKET_IPV4, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, .out = { OUT, PACKET_IPV4, __VA_ARGS__ } }
#define MOVED_IPV6(sentence, ...) \
	{ .desc = sentence, .in = { IN, PACKET_IPV6, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, .out = { OUT, PACKET_IPV6, __VA_ARGS__ } }
/* clang-format on */

static int far_end; /* of the target */

static void test_arrives(void)
{
	struct frame out = { OUT, PACKET_IPV4 };

	subject__send_live(&subject, &(struct frame){ IPV4 }, XDP_REDIRECT,
			   &out);
	net__expect_frame(far_end, &out);
}

static void test_no_target(void);
static void test_empty_maps(void);

static const struct row rows[] = {
#include "elsewhere.inc"
#include "not_ours.inc"
	{ .desc = "any sender's frames are moved",
	  .in = { IPV4, .smac = "fe:dc:ba:98:76:54" },
	  .action = XDP_REDIRECT,
	  .out = { OUT, PACKET_IPV4 } },
	MOVED_IPV4("a packet for this host's own address is moved too",
		   .daddr = IPV4_HOST),
	TEST("what is moved leaves by the target's device", test_arrives),
	TEST("without a target everything passes", test_no_target),
	TEST("with empty maps everything passes", test_empty_maps),
};

static void set_target(void)
{
	struct redirect_target target = {};

	target.ifindex = net__ifindex("left");
	mac__bytes(MAC_INNER, target.dest_mac);
	mac__bytes(MAC_OUTER, target.source_mac);
	subject__set_constant(&subject, "target", &target, sizeof(target));
}

static const struct suite suite;

static void make_devices(void)
{
	suite__add_veth(&suite, "right", "inner1");
	far_end = suite__add_veth(&suite, "left", "inner0");
	set_target();
}

static void fill_maps(void)
{
	subject__set_host_mac(&subject, MAC_HOST);
	subject__add_host_addr(&subject, IPV4_HOST);
	subject__add_host_addr(&subject, IPV6_HOST);
}

static const struct owner owners[] = { { "eth.", 2 }, {} };

static const struct suite suite = {
	.lesson = "packet02-redirect",
	.program = "xdp_redirect_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = make_devices,
	.setup = fill_maps,
	.owners = owners,
};

static void test_no_target(void)
{
	struct subject aimless;

	subject__open(&aimless, suite__object(&suite));
	subject__load(&aimless, suite.program);
	subject__set_host_mac(&aimless, MAC_HOST);
	suite__expect_all_pass(&suite, &aimless);
	subject__close(&aimless);
}

static void test_empty_maps(void)
{
	struct redirect_target target = { .ifindex = net__ifindex("left") };
	struct subject empty;

	subject__open(&empty, suite__object(&suite));
	subject__set_constant(&empty, "target", &target, sizeof(target));
	subject__load(&empty, suite.program);
	suite__expect_all_pass(&suite, &empty);
	subject__close(&empty);
}

int main(void)
{
	return suite__run(&suite);
}
