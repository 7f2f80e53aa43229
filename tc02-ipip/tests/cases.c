/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is redirected into the tunnel device, what back out of it, what the
 * guard drops, and what is left alone. The encapsulation itself is the
 * device's: tests/live.bats. What the device is told is in no byte of the
 * frame; here a program on a veth, in its place, asks for that.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netinet/in.h>

#include "grade.h"
#include "net.h"
#include "tunnel_cases.h"

/* clang-format off */
#define INTO(sentence, ...) \
	ROW("l2_to_iptun_ingress_redirect", 1, sentence, XDP_REDIRECT, \
	    __VA_ARGS__)
#define LEFT(sentence, ...) \
	ROW("l2_to_iptun_ingress_redirect", 1, sentence, XDP_PASS, __VA_ARGS__)
#define OUT_OF(sentence, ...) \
	ROW("l2_to_iptun_ingress_forward", 2, sentence, XDP_REDIRECT, \
	    __VA_ARGS__)
#define NOT_OUT(sentence, ...) \
	ROW("l2_to_iptun_ingress_forward", 2, sentence, XDP_PASS, __VA_ARGS__)
#define DROPS(sentence, ...) \
	ROW("drop_non_tun_vip", 3, sentence, XDP_DROP, __VA_ARGS__)
#define SPARES(sentence, ...) \
	ROW("drop_non_tun_vip", 3, sentence, XDP_PASS, __VA_ARGS__)
#define INTO6(sentence, ...) \
	ROW("l2_to_ip6tun_ingress_redirect", 4, sentence, XDP_REDIRECT, \
	    __VA_ARGS__)
#define LEFT6(sentence, ...) \
	ROW("l2_to_ip6tun_ingress_redirect", 4, sentence, XDP_PASS, __VA_ARGS__)
/* clang-format on */

static void test_told(void);
static void test_told6(void);
static void test_no_tunnel(void);
static void test_other_vip(void);

static const struct row rows[] = {
	INTO("an echo request to the VIP goes into the tunnel", IPV4),
	INTO("the first address of the VIP net does", IPV4,
	     .daddr = "10.10.1.0"),
	INTO("the last address of the VIP net does", IPV4,
	     .daddr = "10.10.1.255"),
	INTO("TCP does", IPV4, .ip_proto = IPPROTO_TCP, .l4 = L4_TCP),
	INTO("a fragment does", IPV4, .frag_off = 0x2000),
	INTO("what is sent to another MAC address does: on egress it is", IPV4,
	     .dmac = MAC_OTHER),
	LEFT("the address below the VIP net passes", IPV4,
	     .daddr = "10.10.0.255"),
	LEFT("the address above the VIP net passes", IPV4,
	     .daddr = "10.10.2.0"),
	LEFT("what comes from the VIP passes", IPV4, .saddr = VIP4,
	     .daddr = "10.1.1.101"),
	LEFT("IPv6 does not fit into an IPv4 tunnel", IPV6),
	LEFT("a wrong IPv4 checksum passes", IPV4, .ip_check_flip = 1),
	LEFT("a VLAN tag passes", IPV4, .tags = { ETH_P_8021Q }),
	LEFT("ARP passes", .dmac = MAC_BROADCAST, .smac = MAC_PEER,
	     .eth_proto = ETH_P_ARP, .payload_len = 28),

	{ .desc = "the tunnel device is told the far end",
	  .test = test_told,
	  .assignment = 1 },

	OUT_OF("IPIP goes to the ingress of the tunnel device", BACK4),
	OUT_OF("IPv6 in IPv6 does", BACK6),
	OUT_OF("IPv4 in IPv6 does", BACK6, .ip_proto = IPPROTO_IPIP),
	NOT_OUT("IPv6 in IPv4 passes", BACK4, .ip_proto = IPPROTO_IPV6),
	NOT_OUT("GRE passes", BACK4, .ip_proto = IPPROTO_GRE),
	NOT_OUT("what is not encapsulated passes", IPV4),
	NOT_OUT("what is not encapsulated passes: IPv6", IPV6),

	DROPS("what reaches the VIP without the tunnel is dropped", IPV4),
	DROPS("the same of IPv6", IPV6),
	SPARES("what is encapsulated is not", BACK4),
	SPARES("what is encapsulated in IPv6 is not", BACK6),
	SPARES("what is for another address is not", IPV4,
	       .daddr = "10.2.1.102"),
	SPARES("ARP is not", .dmac = MAC_BROADCAST, .smac = MAC_PEER,
	       .eth_proto = ETH_P_ARP, .payload_len = 28),

	INTO6("IPv4 to the VIP goes into the IPv6 tunnel", IPV4),
	INTO6("IPv6 to the VIP goes into the IPv6 tunnel", IPV6),
	LEFT6("IPv4 to another net passes", IPV4, .daddr = "10.10.2.1"),
	LEFT6("IPv6 to another net passes", IPV6, .daddr = "2401:facf::66"),
	LEFT6("ARP passes both tunnels by", .dmac = MAC_BROADCAST,
	      .smac = MAC_PEER, .eth_proto = ETH_P_ARP, .payload_len = 28),

	{ .desc = "the tunnel device is told the far end: IPv6",
	  .test = test_told6,
	  .assignment = 4 },

	TEST("without a tunnel device everything passes", test_no_tunnel),
	TEST("the VIP net is the loader's option", test_other_vip),
};

void set_tunnel_constants(struct subject *s)
{
	struct tunnel tunnel = { .vip_mask = htonl(0xffffff00) };

	tunnel.out_ifindex = net__ifindex("far");
	inet_pton(AF_INET, "10.10.1.0", &tunnel.vip_net);
	inet_pton(AF_INET6, "2401:face::", &tunnel.vip6_net);
	inet_pton(AF_INET, "10.2.1.1", &tunnel.local);
	inet_pton(AF_INET, "10.2.1.102", &tunnel.remote);
	inet_pton(AF_INET6, "2401:db02::1", &tunnel.local6);
	inet_pton(AF_INET6, "2401:db02::66", &tunnel.remote6);
	subject__set_constant(s, "tunnel", &tunnel, sizeof(tunnel));
}

static void make_tunnel(void)
{
	net__ip("link add far mtu 1500 type veth peer name end\n"
		"link set far addrgenmode none\n"
		"link set end addrgenmode none\n"
		"link set far up\n"
		"link set end up\n");
	set_tunnel_constants(&subject);
}

static void set_tunnel(struct subject *s)
{
	__u32 key = 0, ifindex = 1; /* lo: a verdict is only a verdict */

	subject__map_set(s, "tun_iface", &key, &ifindex);
}

static void fill_maps(void)
{
	set_tunnel(&subject);
}

static const struct owner owners[] = { {} };

static const struct suite suite = {
	.lesson = "tc02-ipip",
	.program = "l2_to_iptun_ingress_redirect",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = make_tunnel,
	.setup = fill_maps,
	.owners = owners,
};

static void expect_pass(struct subject *s, const char *program,
			const struct frame *in)
{
	s->prog_fd = subject__prog(s, program);
	subject__expect_pass(s, in);
}

static void test_no_tunnel(void)
{
	struct subject none;

	subject__open(&none, suite__object(&suite));
	subject__load(&none, suite.program);
	none.desc = subject.desc;
	expect_pass(&none, "l2_to_iptun_ingress_redirect",
		    &(struct frame){ IPV4 });
	expect_pass(&none, "l2_to_iptun_ingress_forward",
		    &(struct frame){ BACK4 });
	expect_pass(&none, "l2_to_ip6tun_ingress_redirect",
		    &(struct frame){ IPV6 });
	subject__close(&none);
}

static void test_other_vip(void)
{
	struct tunnel tunnel = { .vip_net = htonl(0xc0000200),
				 .vip_mask = htonl(0xfffffe00) };
	struct subject other;

	subject__open(&other, suite__object(&suite));
	subject__set_constant(&other, "tunnel", &tunnel, sizeof(tunnel));
	subject__load(&other, suite.program);
	other.desc = subject.desc;
	set_tunnel(&other);
	subject__expect_pass(&other, &(struct frame){ IPV4 });
	subject__expect(&other, &(struct frame){ IPV4, .daddr = "192.0.3.9" },
			XDP_REDIRECT, NULL);
	subject__expect_pass(&other,
			     &(struct frame){ IPV4, .daddr = "192.0.4.1" });
	subject__close(&other);
}

/* clang-format off */
#define INSN(c, d, s, o, i) \
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
/* clang-format on */
#define COPY(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define SET(d, i)  INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD(d, i)  INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define CALL(id)   INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)

/* A tc program that puts what a tunnel device is told into a map's entry. */
static int load_asker(int map, __u32 flags)
{
	const int key = -(int)sizeof(struct bpf_tunnel_key);
	const struct bpf_insn insns[] = {
		COPY(2, 10),
		ADD(2, key),
		SET(3, sizeof(struct bpf_tunnel_key)),
		SET(4, flags),
		CALL(BPF_FUNC_skb_get_tunnel_key),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 9, 0),
		INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, key - 4, 0),
		INSN(BPF_LD | BPF_DW | BPF_IMM, 1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		COPY(2, 10),
		ADD(2, key - 4),
		COPY(3, 10),
		ADD(3, key),
		SET(4, BPF_ANY),
		CALL(BPF_FUNC_map_update_elem),
		SET(0, 0), /* TC_ACT_OK */
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	int prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "asker", "GPL", insns,
				 ARRAY_SIZE(insns), NULL);

	if (prog < 0)
		die("no program that asks: %s", strerror(errno));
	return prog;
}

static void attach_egress(const char *dev, int prog_fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = net__ifindex(dev),
		    .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = prog_fd);
	int err = bpf_tc_hook_create(&hook);

	err = err ?: bpf_tc_attach(&hook, &opts);
	if (err)
		die("cannot attach to %s: %s", dev, strerror(-err));
}

static void detach(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = net__ifindex(dev),
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);

	bpf_tc_hook_destroy(&hook);
}

/*
 * What @program tells the device that it redirects @in to. That is written as
 * for a sender; who asks gets it as a receiver would, so that the far end is
 * the local one. All zeros: nothing that @flags asks for.
 */
static struct bpf_tunnel_key told(const char *program, const struct frame *in,
				  __u32 flags)
{
	struct bpf_tunnel_key key = {};
	static struct bytes bytes;
	struct subject sender;
	__u32 zero = 0, end = net__ifindex("end");
	int map, asker, sock = net__listen("far");

	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "told", sizeof(zero),
			     sizeof(key), 1, NULL);
	if (map < 0)
		die("no map: %s", strerror(errno));
	asker = load_asker(map, flags);
	subject__open(&sender, suite__object(&suite));
	set_tunnel_constants(&sender);
	subject__load(&sender, program);
	subject__map_set(&sender, "tun_iface", &zero, &end);
	attach_egress("far", sender.prog_fd);
	attach_egress("end", asker);
	frame__build(in, &bytes);
	if (write(sock, bytes.data, bytes.len) != (ssize_t)bytes.len)
		die("cannot send: %s", strerror(errno));
	bpf_map_lookup_elem(map, &zero, &key);
	detach("far");
	detach("end");
	subject__close(&sender);
	close(asker);
	close(map);
	close(sock);
	return key;
}

static void test_told(void)
{
	__u32 remote = ntohl(inet_addr("10.2.1.102")), got;

	got = told("l2_to_iptun_ingress_redirect", &(struct frame){ IPV4 }, 0)
		      .local_ipv4;
	if (got == htonl(remote))
		test_fail("remote_ipv4 is in network byte order, and the "
			  "helper takes it in the machine's");
	if (got != remote)
		test_fail("bpf_skb_set_tunnel_key(): remote_ipv4: want 0x%08x, "
			  "got 0x%08x",
			  remote, got);
}

static void expect_told6(const struct frame *in)
{
	struct bpf_tunnel_key key =
		told("l2_to_ip6tun_ingress_redirect", in, BPF_F_TUNINFO_IPV6);
	char got[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, key.local_ipv6, got, sizeof(got));
	if (strcmp(got, "2401:db02::66"))
		test_fail("bpf_skb_set_tunnel_key() with BPF_F_TUNINFO_IPV6: "
			  "remote_ipv6: want 2401:db02::66, got %s",
			  got);
}

static void test_told6(void)
{
	expect_told6(&(struct frame){ IPV4 });
	expect_told6(&(struct frame){ IPV6 });
}

int main(void)
{
	return suites__run((const struct suite *const[]){ &suite, &by_hand,
							  &by_hand6, NULL });
}
