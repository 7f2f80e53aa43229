/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which requests are redirected to a pod, and which replies from one; that
 * neither is changed; and what is left to the stack.
 *
 *	IPV4_PEER -- eth0 (IPV4_HOST) node  blue -- IPV4_POD
 */
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "../tc_prog.h"
#include "cases.h"
#include "net.h"

/* clang-format off */
#define IPV4_POD "198.51.100.2"
#define IPV6_POD "2001:db8:2::2"
#define IPV4_FAR "203.0.113.9" /* routed by eth0, and over a gateway */
#define IPV6_FAR "2001:db8:3::9"

#define TCP .ip_proto = IPPROTO_TCP, .l4 = L4_TCP, .payload_len = 31
#define LINK .dmac = MAC_HOST, .smac = MAC_PEER

#define IPV4 LINK, .saddr = IPV4_PEER, .daddr = IPV4_POD, .version = 4, \
	.ihl = 5, .ttl = 57, .ip_id = 0x1234, TCP, .sport = 4321, \
	.dport = SERVICE_PORT
#define IPV6 LINK, .saddr = IPV6_PEER, .daddr = IPV6_POD, .version = 6, \
	.ttl = 57, .flow = 0x12345, TCP, .sport = 4321, .dport = SERVICE_PORT
#define REPLY4 LINK, .saddr = IPV4_POD, .daddr = IPV4_PEER, .version = 4, \
	.ihl = 5, .ttl = 64, .ip_id = 0x4321, TCP, .sport = SERVICE_PORT, \
	.dport = 4321
#define REPLY6 LINK, .saddr = IPV6_POD, .daddr = IPV6_PEER, .version = 6, \
	.ttl = 64, .flow = 0x54321, TCP, .sport = SERVICE_PORT, .dport = 4321

/* Redirected or not: no byte is changed by the program itself. */
#define MOVES(sentence, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = XDP_REDIRECT, \
	  .out = { __VA_ARGS__ } }
#define OF_NEIGH(sentence, verdict, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = verdict, \
	  .out = { __VA_ARGS__ }, .program = "tc_redirect_neigh_func", \
	  .assignment = 2 }
#define OF_PEER(sentence, verdict, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = verdict, \
	  .out = { __VA_ARGS__ }, .program = "tc_redirect_peer_func" }
#define REPLIES(sentence, verdict, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = verdict, \
	  .out = { __VA_ARGS__ }, .program = "tc_reply_func", .dev = "blue", \
	  .assignment = 3 }
#define BACK(sentence, ...) REPLIES(sentence, XDP_REDIRECT, __VA_ARGS__)
#define STAYS(sentence, ...) REPLIES(sentence, XDP_PASS, __VA_ARGS__)
/* clang-format on */

static void test_any_other_port(void);
static void test_too_large(void);
static void test_empty_maps(void);
static void test_no_host(void);
static void test_own_link(void);
static void test_gone(void);

static const struct row rows[] = {
	MOVES("IPv4 TCP to a pod's port 8080 is redirected", IPV4),
	MOVES("IPv6 TCP to a pod's port 8080 is redirected", IPV6),
	MOVES("a TCP header without data is redirected", IPV4,
	      .payload_len = 0),
	MOVES("an IPv6 TCP header without data is redirected", IPV6,
	      .payload_len = 0),
	MOVES("padding is no obstacle", IPV4, .payload_len = 0, .pad = 6),
	MOVES("don't fragment is no obstacle", IPV4, .frag_off = 0x4000),
	MOVES("a full frame is redirected", IPV4, .payload_len = 1460),
	MOVES("a full IPv6 frame is redirected", IPV6, .payload_len = 1440),
	MOVES("a wrong TCP checksum is the pod's matter", IPV4,
	      .l4_check_flip = 1),
	MOVES("TTL 1 is no obstacle: no router is passed", IPV4, .ttl = 1),
	MOVES("TOS and flow label are no obstacle", IPV6, .tos = 0xb8,
	      .flow = 0xfedcb),
	OF_NEIGH("tc_redirect_neigh_func redirects a request", XDP_REDIRECT,
		 IPV4),
	OF_NEIGH("tc_redirect_neigh_func redirects an IPv6 request",
		 XDP_REDIRECT, IPV6),
	OF_NEIGH("tc_redirect_neigh_func passes what is no request", XDP_PASS,
		 IPV4, .dport = 80),
	OF_PEER("tc_redirect_peer_func redirects a request", XDP_REDIRECT,
		IPV4),
	OF_PEER("tc_redirect_peer_func passes what is no request", XDP_PASS,
		IPV6, .dport = 80),

	TEST("TCP to any other port passes", test_any_other_port),
	PASSES("TCP from port 8080 passes", IPV4, .sport = SERVICE_PORT,
	       .dport = 4321),
	PASSES("UDP to port 8080 passes", IPV4, .ip_proto = IPPROTO_UDP,
	       .l4 = L4_UDP),
	PASSES("IPv6 UDP to port 8080 passes", IPV6, .ip_proto = IPPROTO_UDP,
	       .l4 = L4_UDP),
	PASSES("an echo request to the pod passes", IPV4,
	       .ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP, .icmp_type = 8),
	PASSES("an address that is in no map passes", IPV4,
	       .daddr = "198.51.100.9"),
	PASSES("an IPv6 address that is in no map passes", IPV6,
	       .daddr = "2001:db8:2::3"),
	PASSES("the node's own address passes", IPV4, .daddr = IPV4_HOST),
	PASSES("a first fragment passes", IPV4, .frag_off = 0x2000),
	PASSES("a last fragment passes", IPV4, .frag_off = 185, .l4 = L4_NONE),
	PASSES("an IPv6 fragment passes", IPV6,
	       .ext = { EXT(IPPROTO_FRAGMENT) }),
	PASSES("IPv6 with destination options passes", IPV6,
	       .ext = { EXT(IPPROTO_DSTOPTS) }),
	PASSES("a TCP header that is cut off by the total length passes", IPV4,
	       .payload_len = 0, .ip_len = EXACTLY(39)),
	PASSES("a TCP header that is cut off by the payload length passes",
	       IPV6, .payload_len = 0, .ip_len = EXACTLY(19)),
	PASSES("IPv6 from a link-local address passes", IPV6,
	       .saddr = LINK_LOCAL_PEER),
	TEST("what is too large for the pod's link passes", test_too_large),
	TEST("what is behind the host interface itself passes", test_own_link),
	TEST("a device that has gone is passed by", test_gone),
	TEST("with empty maps everything passes", test_empty_maps),
#define IS_TC
#include "not_ours.inc"

	BACK("a pod's reply is redirected", REPLY4),
	BACK("a pod's IPv6 reply is redirected", REPLY6),
	BACK("a reply to a client behind a gateway is redirected", REPLY4,
	     .daddr = IPV4_FAR),
	BACK("an IPv6 reply to a client behind a gateway is redirected", REPLY6,
	     .daddr = IPV6_FAR),
	BACK("a reply to a neighbour that is not known yet is redirected",
	     REPLY4, .daddr = IPV4_OTHER),
	BACK("an IPv6 reply to an unknown neighbour is redirected", REPLY6,
	     .daddr = IPV6_OTHER),
	STAYS("what a pod sends from another port passes", REPLY4, .sport = 80),
	STAYS("a pod's own request to port 8080 passes", REPLY4, .sport = 4321,
	      .dport = SERVICE_PORT),
	STAYS("UDP from port 8080 passes", REPLY4, .ip_proto = IPPROTO_UDP,
	      .l4 = L4_UDP),
	STAYS("a reply to another pod passes", REPLY4, .daddr = "198.51.100.3"),
	STAYS("a reply to the node itself passes", REPLY4, .daddr = IPV4_HOST),
	STAYS("an IPv6 reply to the node itself passes", REPLY6,
	      .daddr = IPV6_HOST),
	STAYS("a reply to nowhere passes", REPLY4, .daddr = "192.88.99.1"),
	STAYS("a sender that is not this pod passes", REPLY4,
	      .saddr = IPV4_OTHER),
	STAYS("an IPv6 sender that is not this pod passes", REPLY6,
	      .saddr = IPV6_OTHER),
	STAYS("a sender that is another pod passes", REPLY4,
	      .saddr = "198.51.100.3"),
	STAYS("a fragment of a reply passes", REPLY4, .frag_off = 0x2000),
	STAYS("a reply to another MAC address passes", REPLY4,
	      .dmac = MAC_OTHER),
	STAYS("a reply with a wrong IP checksum passes", REPLY4,
	      .ip_check_flip = 1),
	{ .desc = "without a host interface no reply is redirected",
	  .test = test_no_host,
	  .assignment = 3 },
};

static void test_any_other_port(void)
{
	struct frame in = { IPV4 };

	for (int bit = 0; bit < 16; bit++) {
		in.dport = SERVICE_PORT ^ 1 << bit;
		subject__expect_pass(&subject, &in);
	}
	in.dport = htons(SERVICE_PORT);
	subject__expect_pass(&subject, &in);
}

static void test_too_large(void)
{
	struct frame in = { IPV4 }, in6 = { IPV6 };

	net__ip("link set blue mtu 1400\n");
	in.payload_len = 1400 - 40;
	subject__expect(&subject, &in, XDP_REDIRECT, NULL);
	in.payload_len++;
	subject__expect_pass(&subject, &in);
	in6.payload_len = 1400 - 60;
	subject__expect(&subject, &in6, XDP_REDIRECT, NULL);
	in6.payload_len++;
	subject__expect_pass(&subject, &in6);
	net__ip("link set blue mtu 1500\n");
}

static void set_owner(struct subject *s, const char *addr, __u32 ifindex)
{
	bool ipv6 = strchr(addr, ':');
	uint8_t bytes[16];

	if (inet_pton(ipv6 ? AF_INET6 : AF_INET, addr, bytes) != 1)
		die("no address: %s", addr);
	subject__map_set(s, ipv6 ? "ifindex_map6" : "ifindex_map", bytes,
			 &ifindex);
}

static void set_owners(struct subject *s)
{
	set_owner(s, IPV4_POD, net__ifindex("blue"));
	set_owner(s, IPV6_POD, net__ifindex("blue"));
	set_owner(s, "198.51.100.3", net__ifindex("eth0"));
}

static void test_own_link(void)
{
	set_owner(&subject, IPV4_POD, net__ifindex("eth0"));
	subject__expect_pass(&subject, &(struct frame){ IPV4 });
	set_owners(&subject);
	subject__expect(&subject, &(struct frame){ IPV4 }, XDP_REDIRECT, NULL);
}

static void test_gone(void)
{
	set_owner(&subject, IPV4_POD, 9999);
	subject__expect_pass(&subject, &(struct frame){ IPV4 });
	set_owners(&subject);
}

static const struct suite suite;

static void open_another(struct subject *s, const char *program)
{
	subject__open(s, suite__object(&suite));
	subject__load(s, program);
	s->ingress = subject.ingress;
	s->desc = subject.desc;
}

static void test_empty_maps(void)
{
	struct subject empty;

	open_another(&empty, suite.program);
	subject__stats_start(&empty);
	subject__expect_pass(&empty, &(struct frame){ IPV4 });
	subject__expect_pass(&empty, &(struct frame){ IPV6 });
	subject__stats_check(&empty);
	subject__close(&empty);
}

static void test_no_host(void)
{
	struct subject aimless;

	open_another(&aimless, "tc_reply_func");
	aimless.ingress = net__ifindex("blue");
	set_owners(&aimless);
	subject__expect_pass(&aimless, &(struct frame){ REPLY4 });
	subject__expect_pass(&aimless, &(struct frame){ REPLY6 });
	subject__close(&aimless);
}

static void make_network(void)
{
	__u32 ifindex;

	net__sysctl("ipv4/conf/all/forwarding", "1");
	net__sysctl("ipv6/conf/all/forwarding", "1");
	net__ip("link add eth0 address " MAC_HOST
		" type veth peer name client\n"
		"link add blue address " MAC_HOST " type veth peer name pod\n"
		"link set eth0 addrgenmode none\n"
		"link set eth0 up\n"
		"link set client addrgenmode none\n"
		"link set client up\n"
		"link set blue addrgenmode none\n"
		"link set blue up\n"
		"link set pod addrgenmode none\n"
		"link set pod up\n"
		"addr add " IPV4_HOST "/24 dev eth0\n"
		"addr add " IPV6_HOST "/64 dev eth0 nodad\n"
		"neigh add " IPV4_PEER " lladdr " MAC_PEER " dev eth0\n"
		"neigh add " IPV6_PEER " lladdr " MAC_PEER " dev eth0\n"
		"route add 203.0.113.0/24 via " IPV4_PEER "\n"
		"route add 2001:db8:3::/64 via " IPV6_PEER "\n"
		"route add 198.51.100.0/24 dev blue\n"
		"route add 2001:db8:2::/64 dev blue\n");
	ifindex = net__ifindex("eth0");
	subject.ingress = ifindex;
	subject__set_constant(&subject, "host_ifindex", &ifindex,
			      sizeof(ifindex));
}

static void fill_maps(void)
{
	set_owners(&subject);
}

/* The programs themselves write nothing. */
static const struct owner owners[] = { {} };

static const struct suite suite = {
	.lesson = "tc01-redirect",
	.program = "tc_redirect_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = make_network,
	.setup = fill_maps,
	.owners = owners,
};

int main(void)
{
	return suite__run(&suite);
}
