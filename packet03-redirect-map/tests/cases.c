/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_redirect_map_func sends on, with which destination MAC address
 * and to where, and what it leaves alone.
 */
#include <stdio.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "../xdp_prog.h"
#include "cases.h"
#include "net.h"

/* Where frames from MAC_PEER go. */
#define MAC_INNER "02:01:02:03:04:05"
#define IPV4_FAR  "198.51.100.7"
#define IPV6_FAR  "2001:db8:2::7"

/* Another pair: one bit apart from the first, and its own destination. */
#define MAC_PEER_TOO  "02:00:00:00:00:82"
#define MAC_INNER_TOO "fe:dc:ba:98:76:54"

/* clang-format off */
#define IN .dmac = MAC_HOST, .smac = MAC_PEER
#define OUT .dmac = MAC_INNER, .smac = MAC_PEER

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

static int far_end; /* of the port */

/* But for the bit that makes it the other sender that is known. */
static void test_unknown_senders(void)
{
	struct frame in = { IPV4 };
	char text[MAC_TEXT];

	in.smac = text;
	for (int bit = 0; bit < 47; bit++) {
		mac__flip(text, MAC_PEER, bit);
		subject__expect_pass(&subject, &in);
	}
}

static void test_arrives(void)
{
	struct frame out = { OUT, PACKET_IPV4 };

	subject__send_live(&subject, &(struct frame){ IPV4 }, XDP_REDIRECT,
			   &out);
	net__expect_frame(far_end, &out);
}

static void expect_unknown(const char *source, __u64 want)
{
	struct mac_addr key;
	__u64 count = 0;

	mac__bytes(source, key.addr);
	subject__map_get(&subject, "unknown_sources", &key, &count);
	if (count != want)
		test_fail("unknown_sources, %s: want %llu, got %llu", source,
			  want, count);
}

/* Those that are for elsewhere, and only those. */
static void test_unknown_counted(void)
{
	static const char first[] = "02:00:5e:10:00:01";
	static const char second[] = "02:00:5e:10:00:02";
	static const char not_ip[] = "02:00:5e:10:00:03";
	struct frame in = { IPV4, .smac = first };
	struct frame arp = { IN, .smac = not_ip, .eth_proto = ETH_P_ARP,
			     .payload_len = 28 };

	for (int i = 0; i < 5; i++)
		subject__expect_pass(&subject, &in);
	in.smac = second;
	subject__expect_pass(&subject, &in);
	subject__expect_pass(&subject, &arp);
	expect_unknown(first, 5);
	expect_unknown(second, 1);
	expect_unknown(not_ip, 0);
	expect_unknown(MAC_PEER, 0);
}

static void test_unknown_many(void)
{
	struct frame in = { IPV4 };
	char text[MAC_TEXT];

	in.smac = text;
	for (int i = 0; i < 2 * UNKNOWN_SOURCES_MAX; i++) {
		snprintf(text, sizeof(text), "02:00:5e:11:%02x:%02x", i / 256,
			 i % 256);
		subject__expect_pass(&subject, &in);
	}
	expect_unknown(text, 1);
}

static void test_empty_maps(void);
static void test_no_port(void);
static void test_no_pairs(void);
static void test_no_mac(void);

static const struct row rows[] = {
#include "elsewhere.inc"
#include "not_ours.inc"
	{ .desc = "another sender's frames go to another address",
	  .in = { IPV4, .smac = MAC_PEER_TOO },
	  .action = XDP_REDIRECT,
	  .out = { IPV4, .smac = MAC_PEER_TOO, .dmac = MAC_INNER_TOO } },
	{ .desc = "another sender's IPv6 frames go to another address",
	  .in = { IPV6, .smac = MAC_PEER_TOO },
	  .action = XDP_REDIRECT,
	  .out = { IPV6, .smac = MAC_PEER_TOO, .dmac = MAC_INNER_TOO } },
	MOVED_IPV4("a packet for this host's own address is moved too",
		   .daddr = IPV4_HOST),
	PASSES("a frame from a destination's MAC address passes", IPV4,
	       .smac = MAC_INNER),
	PASSES("a frame from this host's MAC address passes", IPV4,
	       .smac = MAC_HOST),
	TEST("frames from unknown MAC addresses pass", test_unknown_senders),
	TEST("what is moved leaves by the port's device", test_arrives),
	TEST("with empty maps everything passes", test_empty_maps),
	TEST("with a port that is not set everything passes", test_no_port),
	TEST("without redirect parameters everything passes", test_no_pairs),
	TEST("without a MAC address everything passes", test_no_mac),
	{ .desc = "frames from unknown MAC addresses are counted by address",
	  .test = test_unknown_counted,
	  .assignment = 4 },
	{ .desc = "a new unknown MAC address is counted, however many there "
		  "were",
	  .test = test_unknown_many,
	  .assignment = 4 },
};

static void set_pair(struct subject *s, const char *source, const char *dest)
{
	struct mac_addr from, to;

	mac__bytes(source, from.addr);
	mac__bytes(dest, to.addr);
	subject__map_set(s, "redirect_params", &from, &to);
}

static void set_pairs(struct subject *s)
{
	set_pair(s, MAC_PEER, MAC_INNER);
	set_pair(s, MAC_PEER_TOO, MAC_INNER_TOO);
}

static void set_port(struct subject *s)
{
	__u32 port = 0, ifindex = net__ifindex("left");

	subject__map_set(s, "tx_port", &port, &ifindex);
}

static const struct suite suite;

static void fill_maps(void)
{
	suite__add_veth(&suite, "right", "inner1");
	far_end = suite__add_veth(&suite, "left", "inner0");
	subject__set_host_mac(&subject, MAC_HOST);
	set_pairs(&subject);
	set_port(&subject);
}

/* All that is written is the first assignment's. */
static const struct owner owners[] = { {} };

static const struct suite suite = {
	.lesson = "packet03-redirect-map",
	.program = "xdp_redirect_map_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.setup = fill_maps,
	.owners = owners,
};

/* All maps but one are filled. */
static void expect_all_pass(bool mac, bool pairs, bool port)
{
	struct subject s;

	subject__open(&s, suite__object(&suite));
	subject__load(&s, suite.program);
	if (mac)
		subject__set_host_mac(&s, MAC_HOST);
	if (pairs)
		set_pairs(&s);
	if (port)
		set_port(&s);
	suite__expect_all_pass(&suite, &s);
	subject__close(&s);
}

static void test_empty_maps(void)
{
	expect_all_pass(false, false, false);
}

static void test_no_port(void)
{
	expect_all_pass(true, true, false);
}

static void test_no_pairs(void)
{
	expect_all_pass(true, false, true);
}

static void test_no_mac(void)
{
	expect_all_pass(false, true, true);
}

int main(void)
{
	return suite__run(&suite);
}
