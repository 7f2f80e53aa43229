/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_director_func encapsulates, with every byte of it, and to which
 * backend; what it refuses as too long; what xdp_backend_func takes out
 * again; and what both leave alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../common/user/rendezvous.h"
#include "../xdp_prog.h"
#include "cases.h"
#include "net.h"

#define DIRECTOR    IPV4_HOST
#define VIRTUAL	    "203.0.113.10"
#define VIRTUAL_TOO "203.0.113.200"
#define FIRST	    "198.51.100.1" /* backends, in the slots 1 and 2 */
#define SECOND	    "198.51.100.2"
#define THIRD	    "198.51.100.3"
#define DIRECTOR6   IPV6_HOST
#define VIRTUAL6    "2001:db8:203::10"
#define FIRST6	    "2001:db8:198::1" /* in slot 4 */
#define SLOT6	    4

#define MTU	   1500
#define INNER_MTU  (MTU - 32)
#define INNER_MTU6 (MTU - 52) /* when the backend's address is IPv6 */

/* Variant 0, no options, IPv4 or IPv6 inside, no flags */
#define GUE  "\x00\x04\x00\x00"
#define GUE6 "\x00\x29\x00\x00"

/* clang-format off */
#define IN .dmac = MAC_HOST, .smac = MAC_PEER
#define OUT .dmac = MAC_PEER, .smac = MAC_HOST

#define PACKET_IPV4 \
	.saddr = IPV4_PEER, .daddr = VIRTUAL, .version = 4, .ihl = 5, \
	.ttl = 57, .ip_id = 0x1234, .ip_proto = IPPROTO_TCP, .l4 = L4_TCP, \
	.sport = 43210, .dport = 80, .payload_len = 31
#define PACKET_IPV6 \
	.saddr = IPV6_PEER, .daddr = VIRTUAL6, .version = 6, .ttl = 57, \
	.flow = 0x54321, .ip_proto = IPPROTO_TCP, .l4 = L4_TCP, \
	.sport = 43210, .dport = 80, .payload_len = 31

#define IPV4 IN, PACKET_IPV4
#define IPV6 IN, PACKET_IPV6
#define SENT(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, .sweep = sent_to_first }
#define REFUSED(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, .sweep = refused, \
	  .assignment = 5 }
#define SENT6(sentence, ...) \
	{ .desc = "IPv6: " sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .sweep = sent_over_both, .assignment = 6 }
#define REFUSED6(sentence, ...) \
	{ .desc = "IPv6: " sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .sweep = refused_ipv6, .assignment = 6 }
#define TEST_OF(number, sentence, function) \
	{ .desc = sentence, .test = function, .assignment = number }

#define UDP .ip_proto = IPPROTO_UDP, .l4 = L4_UDP
#define ICMP .ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP
#define ICMP6 .ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6
/* An ICMP error from a router on the way back to the client. */
#define ERROR_ABOUT(packet, ...) \
	{ IN, .saddr = "192.0.2.77", .daddr = VIRTUAL, .version = 4, \
	  .ihl = 5, .ttl = 60, ICMP, .icmp_type = 3, .icmp_code = 4, \
	  .icmp_seq = 1400, .quoted = &(packet), .payload_len = 28, \
	  __VA_ARGS__ }
#define ERROR6_ABOUT(packet, ...) \
	{ IN, .saddr = "2001:db8:77::1", .daddr = VIRTUAL6, .version = 6, \
	  .ttl = 60, ICMP6, .icmp_type = 2, .icmp_seq = 1400, \
	  .quoted = &(packet), .payload_len = 64, __VA_ARGS__ }
/* clang-format on */

static const struct suite suite, backend_suite;
/* The other end's program, for packets that go through both. */
static struct subject backend;

static bool is_ipv6(const char *addr)
{
	return strchr(addr, ':');
}

static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
	return x ^ x >> 33;
}

static struct in6_addr addr_of(const char *text)
{
	char mapped[INET6_ADDRSTRLEN + 8];
	struct in6_addr addr;

	snprintf(mapped, sizeof(mapped), "%s%s",
		 is_ipv6(text) ? "" : "::ffff:", text);
	if (inet_pton(AF_INET6, mapped, &addr) != 1)
		die("'%s' is no address", text);
	return addr;
}

/* What the flow of a frame from a client is known by. */
static struct flow_key flow_of(const struct frame *f)
{
	struct flow_key key = { .client = addr_of(f->saddr),
				.virtual_addr = addr_of(f->daddr),
				.ip_proto = f->ip_proto };

	if (is_ipv6(f->saddr) && f->ext[0])
		key.ip_proto = f->ext[0] & 0xff;
	else if ((f->l4 == L4_TCP || f->l4 == L4_UDP) &&
		 !(f->frag_off & 0x3fff)) {
		key.client_port = htons(f->sport);
		key.virtual_port = htons(f->dport);
	}
	return key;
}

static uint64_t hash_of(const struct frame *f)
{
	struct flow_key key = flow_of(f);
	const uint32_t *client = key.client.s6_addr32;
	const uint32_t *virtual = key.virtual_addr.s6_addr32;
	uint64_t hash = 0;

	for (int i = 3; i >= (is_ipv6(f->saddr) ? 0 : 3); i--)
		hash = (i < 3 ? mixed(hash) : 0) ^
		       ((uint64_t)ntohl(client[i]) << 32 | ntohl(virtual[i]));
	hash = mixed(hash);
	hash ^= (uint64_t)ntohs(key.client_port) << 48;
	hash ^= (uint64_t)ntohs(key.virtual_port) << 32;
	return mixed(hash ^ key.ip_proto);
}

/* The frame that @in must become; @flow: a packet of the flow that decides. */
static struct frame outer_of(const struct frame *in, const struct frame *flow,
			     const char *backend)
{
	static struct bytes inner;
	struct frame out = { OUT,
			     .saddr = DIRECTOR,
			     .daddr = backend,
			     .version = 4,
			     .ihl = 5,
			     .tos = in->tos & 0xfc,
			     .frag_off = 0x4000,
			     .ttl = 64,
			     UDP,
			     .sport = 0xc000 | hash_of(flow) >> 50,
			     .dport = 6080,
			     .l4_check = EXACTLY(0),
			     .head = is_ipv6(in->saddr) ? GUE6 : GUE,
			     .head_len = 4,
			     .quoted = in,
			     .pad = in->pad };

	if (is_ipv6(backend)) {
		out.saddr = DIRECTOR6;
		out.version = 6;
		out.ihl = 0;
		out.frag_off = 0;
		out.flow = hash_of(flow) >> 44;
	}
	frame__build(in, &inner);
	out.payload_len = inner.len - ETH_HLEN - in->pad;
	return out;
}

static void sent_to(const struct frame *in, const struct frame *flow,
		    const char *backend)
{
	struct frame out = outer_of(in, flow, backend);

	subject__expect(&subject, in, XDP_TX, &out);
}

static void sent_to_first(const struct frame *in)
{
	sent_to(in, in, FIRST);
}

/* ICMP, fragmentation needed, with as much of it as 576 bytes can hold. */
static void refused_by(struct subject *s, const struct frame *in, int mtu)
{
	struct frame out = { OUT,
			     .saddr = DIRECTOR,
			     .daddr = in->saddr,
			     .version = 4,
			     .ihl = 5,
			     .frag_off = 0x4000,
			     .ttl = 64,
			     ICMP,
			     .icmp_type = 3,
			     .icmp_code = 4,
			     .icmp_seq = mtu,
			     .quoted = in,
			     .payload_len = 548 };

	subject__expect(s, in, XDP_TX, &out);
}

static void refused(const struct frame *in)
{
	refused_by(&subject, in, INNER_MTU);
}

static void test_sizes(void)
{
	struct frame in = { IPV4, UDP };

	for (size_t len = 0; len <= 1600; len++) {
		in.payload_len = len;
		if (28 + len <= INNER_MTU)
			sent_to_first(&in);
		else
			refused(&in);
	}
}

static void test_tos(void)
{
	struct frame in = { IPV4 };

	for (unsigned int tos = 0; tos <= 255; tos++) {
		in.tos = tos;
		sent_to_first(&in);
	}
}

static void test_options(void)
{
	struct frame in = { IPV4, .ip_proto = IPPROTO_UDP, .l4 = L4_UDP };

	for (in.ihl = 6; in.ihl <= 15; in.ihl++) {
		in.options = in.ihl * 4 - 20;
		sent_to_first(&in);
		in.ip_check_flip = 0x0400;
		subject__expect_pass(&subject, &in);
		in.ip_check_flip = 0;
		in.ip_len = EXACTLY(in.ihl * 4 - 1);
		subject__expect_pass(&subject, &in);
		in.ip_len = 0;
	}
}

static void test_other_addresses(void)
{
	struct frame in = { IPV4 };
	char addr[INET_ADDRSTRLEN];
	struct in_addr virtual;

	inet_pton(AF_INET, VIRTUAL, &virtual);
	in.daddr = addr;
	for (int bit = 0; bit < 32; bit++) {
		struct in_addr other = { virtual.s_addr ^ htonl(1u << bit) };

		inet_ntop(AF_INET, &other, addr, sizeof(addr));
		subject__expect_pass(&subject, &in);
	}
}

/*
 * Tables
 */

static void set_backend(struct subject *s, __u32 slot, const char *addr,
			__u32 state)
{
	struct backend backend = { .state = state };

	if (addr) {
		backend.addr = addr_of(addr);
		/* Another number for each backend. */
		backend.tenant = backend.addr.s6_addr32[3];
	}
	subject__map_set(s, "backends", &slot, &backend);
}

static void set_table(struct subject *s, const __u32 *rows)
{
	static __u32 keys[TABLE_ROWS];
	__u32 only = 0, count = TABLE_ROWS;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "table", 4, 4, TABLE_ROWS,
				NULL);

	for (__u32 row = 0; row < TABLE_ROWS; row++)
		keys[row] = row;
	if (fd < 0 || bpf_map_update_batch(fd, keys, rows, &count, NULL))
		die("cannot make a table: %s", strerror(errno));
	subject__map_set(s, "tables", &only, &fd);
	close(fd);
}

static void set_all_rows(struct subject *s, __u32 slot)
{
	static __u32 rows[TABLE_ROWS];

	for (__u32 row = 0; row < TABLE_ROWS; row++)
		rows[row] = slot;
	set_table(s, rows);
}

static void add_virtual(struct subject *s, const char *text)
{
	struct in6_addr addr = addr_of(text);
	__u8 any = 0;

	subject__map_set(s, "virtuals", &addr, &any);
}

static void fill_backend_maps_of(struct subject *s)
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

static void fill_backend_maps(void)
{
	fill_backend_maps_of(&subject);
}

static void fill_maps(void)
{
	subject__open(&backend, suite__object(&backend_suite));
	subject__load(&backend, "xdp_backend_func");
	fill_backend_maps_of(&backend);
	subject__set_host_mac(&subject, MAC_HOST);
	subject__add_host_addr(&subject, IPV4_HOST);
	subject__add_host_addr(&subject, IPV6_HOST);
	subject__add_broadcast(&subject, "192.0.2.255");
	add_virtual(&subject, VIRTUAL);
	add_virtual(&subject, VIRTUAL_TOO);
	add_virtual(&subject, VIRTUAL6);
	set_backend(&subject, 1, FIRST, BACKEND_ACTIVE);
	set_backend(&subject, 2, SECOND, BACKEND_ACTIVE);
	set_backend(&subject, SLOT6, FIRST6, BACKEND_ACTIVE);
	set_all_rows(&subject, 1);
}

/* @source, @source6: where outer packets come from, or NULL */
static void set_constants(struct subject *s, const char *source,
			  const char *source6, __u32 mtu)
{
	struct in6_addr ipv6 = {};
	__be32 ipv4 = 0;

	if (source)
		ipv4 = addr_of(source).s6_addr32[3];
	if (source6)
		ipv6 = addr_of(source6);
	subject__set_constant(s, "director_ipv4", &ipv4, sizeof(ipv4));
	subject__set_constant(s, "director_ipv6", &ipv6, sizeof(ipv6));
	subject__set_constant(s, "path_mtu", &mtu, sizeof(mtu));
}

static void before_load(void)
{
	set_constants(&subject, DIRECTOR, DIRECTOR6, MTU);
}

/* Every row has its own say: odd ones the first backend, even the second. */
static void test_rows(void)
{
	static __u32 rows[TABLE_ROWS];
	struct frame in = { IPV4, UDP };

	for (__u32 row = 0; row < TABLE_ROWS; row++)
		rows[row] = row % 7 < 3 ? 1 : 2;
	set_table(&subject, rows);
	for (in.sport = 1; in.sport <= 5000; in.sport++)
		sent_to(&in, &in,
			hash_of(&in) % TABLE_ROWS % 7 < 3 ? FIRST : SECOND);
	set_all_rows(&subject, 1);
}

/* Each part of a flow's name counts, and nothing else in its packets. */
static void test_hash(void)
{
	const struct frame same[] = {
		{ IPV4, UDP, .sport = 7001 },
		{ IPV4, UDP, .sport = 7001, .payload_len = 500 },
		{ IPV4, UDP, .sport = 7001, .ttl = 3, .tos = 8, .ip_id = 7 },
		{ IPV4, UDP, .sport = 7001, .smac = MAC_OTHER },
	};
	const struct frame other[] = {
		{ IPV4, UDP, .sport = 7001, .saddr = "192.0.2.66" },
		{ IPV4, UDP, .sport = 7001, .daddr = VIRTUAL_TOO },
		{ IPV4, UDP, .sport = 7002 },
		{ IPV4, UDP, .sport = 7001, .dport = 81 },
		{ IPV4, .sport = 7001 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		struct frame out = outer_of(&same[i], &same[0], FIRST);

		out.dmac = same[i].smac;
		subject__expect(&subject, &same[i], XDP_TX, &out);
	}
	for (size_t i = 0; i < ARRAY_SIZE(other); i++) {
		sent_to_first(&other[i]);
		if (hash_of(&other[i]) == hash_of(&same[0]))
			test_fail("flow %zu has the hash of another", i);
	}
}

static void test_no_backend(void)
{
	const struct frame in = { IPV4, UDP, .sport = 7100 };

	set_all_rows(&subject, 0);
	subject__expect_pass(&subject, &in);
	set_all_rows(&subject, 3); /* a slot that is free */
	subject__expect_pass(&subject, &in);
	set_all_rows(&subject, BACKENDS_MAX);
	subject__expect_pass(&subject, &in);
	set_all_rows(&subject, 1);
	sent_to_first(&in);
}

/*
 * Flows
 */

#define ANSWER6                                                                \
	.dmac = MAC_HOST, .smac = MAC_HOST, .saddr = VIRTUAL6,                 \
	.daddr = IPV6_PEER, .version = 6, .ttl = 61, .ip_proto = IPPROTO_TCP,  \
	.l4 = L4_TCP, .sport = 80, .dport = 43210, .payload_len = 600
#define SYN	.tcp_flags = 0x02
#define SYN_ACK .tcp_flags = 0x12

/* A flow of each kind that is known to be the first backend's. */
static void flows_begin(struct frame *udp, struct frame *tcp, uint16_t port)
{
	*udp = (struct frame){ IPV4, UDP, .sport = port };
	*tcp = (struct frame){ IPV4, .sport = port };
	set_backend(&subject, 1, FIRST, BACKEND_ACTIVE);
	set_backend(&subject, 2, SECOND, BACKEND_ACTIVE);
	set_all_rows(&subject, 1);
	sent_to_first(udp);
	sent_to_first(tcp);
}

static void flows_end(void)
{
	set_backend(&subject, 1, FIRST, BACKEND_ACTIVE);
	set_backend(&subject, 2, SECOND, BACKEND_ACTIVE);
	set_all_rows(&subject, 1);
}

static void test_flows_stay(void)
{
	struct frame udp, tcp, syn = { IPV4, .sport = 7200, SYN };

	flows_begin(&udp, &tcp, 7200);
	set_all_rows(&subject, 2);
	sent_to_first(&udp);
	sent_to_first(&tcp);
	/* Sent once more: its backend may have answered the first. */
	sent_to_first(&syn);
	udp.sport = tcp.sport = 7201;
	sent_to(&udp, &udp, SECOND);
	sent_to(&tcp, &tcp, SECOND);
	flows_end();
}

static void test_draining(void)
{
	struct frame udp, tcp, syn = { IPV4, .sport = 7300, SYN };
	struct frame answer = { IPV4, .sport = 7300, SYN_ACK };

	flows_begin(&udp, &tcp, 7300);
	set_all_rows(&subject, 2);
	set_backend(&subject, 1, FIRST, BACKEND_DRAINING);
	sent_to_first(&udp);
	sent_to_first(&tcp);
	sent_to_first(&answer);
	/* A new connection, of which the ports are those of an old one. */
	sent_to(&syn, &syn, SECOND);
	sent_to(&tcp, &tcp, SECOND);
	sent_to_first(&udp);
	flows_end();
}

static void test_removed(void)
{
	struct frame udp, tcp;

	flows_begin(&udp, &tcp, 7400);
	set_all_rows(&subject, 2);
	set_backend(&subject, 1, NULL, BACKEND_NONE);
	sent_to(&udp, &udp, SECOND);
	sent_to(&tcp, &tcp, SECOND);
	flows_end();
	/* Now they are the second's. */
	sent_to(&udp, &udp, SECOND);
	sent_to(&tcp, &tcp, SECOND);
}

static void test_slot_reused(void)
{
	struct frame udp, tcp;

	flows_begin(&udp, &tcp, 7500);
	set_all_rows(&subject, 2);
	set_backend(&subject, 1, THIRD, BACKEND_ACTIVE);
	sent_to(&udp, &udp, SECOND);
	sent_to(&tcp, &tcp, SECOND);
	flows_end();
}

static bool is_known(const struct frame *in)
{
	struct flow_key key = flow_of(in);
	int fd = bpf_object__find_map_fd_by_name(subject.obj, "flows");
	struct flow flow;

	return !bpf_map_lookup_elem(fd, &key, &flow);
}

static void test_not_recorded(void)
{
	const struct frame cut = { IPV4, UDP, .sport = 7600,
				   .saddr = "192.0.2.99", .frag_off = 0x2000 };
	const struct frame answer = { .dmac = MAC_HOST,
				      .smac = MAC_HOST,
				      .saddr = VIRTUAL,
				      .daddr = "192.0.2.98",
				      .version = 4,
				      .ihl = 5,
				      UDP,
				      .sport = 80,
				      .dport = 7600,
				      .payload_len = 10 };
	const struct frame request = { IPV4, UDP, .saddr = "192.0.2.98",
				       .sport = 7600 };
	const struct frame error = ERROR_ABOUT(answer);

	sent_to_first(&cut);
	if (is_known(&cut))
		test_fail("a fragment is kept as a flow");
	sent_to(&error, &request, FIRST);
	if (is_known(&request))
		test_fail("an error is kept as a flow");
	sent_to_first(&request);
	if (!is_known(&request))
		test_fail("a flow is not kept");
}

/*
 * ICMP errors
 */

/* What the backend has sent to the client, and is complained about. */
#define ANSWER                                                                 \
	.dmac = MAC_HOST, .smac = MAC_HOST, .saddr = VIRTUAL,                  \
	.daddr = IPV4_PEER, .version = 4, .ihl = 5, .ttl = 61,                 \
	.ip_proto = IPPROTO_TCP, .l4 = L4_TCP, .sport = 80, .dport = 43210,    \
	.payload_len = 600

static const struct frame answer = { ANSWER };
static const struct frame answer_udp = { ANSWER, UDP };
static const struct frame answer_echo = { ANSWER, ICMP };
static const struct frame long_answer = { ANSWER, .payload_len = 1472 };
static const struct frame answer_options = { ANSWER, .ihl = 8, .options = 12 };
static const struct frame answer_fragment = { ANSWER, .frag_off = 0x2000 };
static const struct frame answer_other = { ANSWER, .saddr = "203.0.113.11" };
static const struct frame answer_version = { ANSWER, .version = 5 };
static const struct frame answer_ihl = { ANSWER, .ihl = 4 };
static const struct frame answer_ihl_long = { ANSWER, .ihl = 15 };
static const struct frame answer_gue = { ANSWER, UDP, .daddr = FIRST,
					 .dport = 6080 };

/* An error goes where the flow's packets go; @ports: whether they count. */
static void expect_error(const struct frame *error, bool ports)
{
	const struct frame *about = error->quoted;
	struct frame flow = { IPV4, .ip_proto = about->ip_proto,
			      .l4 = about->l4, .frag_off = ports ? 0 : 0x2000 };

	sent_to(error, &flow, FIRST);
}

static void test_errors(void)
{
	static const uint8_t types[] = { 3, 4, 5, 11, 12 };
	const struct frame *abouts[] = { &answer, &answer_udp, &answer_echo,
					 &answer_options };

	for (size_t i = 0; i < ARRAY_SIZE(abouts); i++)
		for (size_t k = 0; k < ARRAY_SIZE(types); k++) {
			struct frame error =
				ERROR_ABOUT(*abouts[i], .icmp_type = types[k],
					    .payload_len = 40);

			expect_error(&error, true);
			error.payload_len = 548;
			expect_error(&error, true);
		}
	expect_error(&(struct frame)ERROR_ABOUT(answer_fragment), false);
}

/* To the backend that has the flow, not to the one that the table says. */
static void test_error_follows_flow(void)
{
	const struct frame request = { IPV4, .sport = 7700 };
	const struct frame about = { ANSWER, .dport = 7700 };
	const struct frame error = ERROR_ABOUT(about);

	sent_to_first(&request);
	set_all_rows(&subject, 2);
	sent_to(&error, &request, FIRST);
	flows_end();
}

/* Quoted as far as its addresses, but not to the end of its ports. */
static void test_errors_cut(void)
{
	for (size_t len = 20; len < 24; len++)
		expect_error(&(struct frame)ERROR_ABOUT(answer,
							.payload_len = len),
			     false);
}

static void test_error_types(void)
{
	struct frame in = ERROR_ABOUT(answer);

	for (int type = 0; type <= 255; type++) {
		if (type == 3 || type == 4 || type == 5 || type == 11 ||
		    type == 12)
			continue;
		in.icmp_type = type;
		/* No error: known by its addresses, whatever it carries. */
		sent_to_first(&in);
	}
}

static void test_errors_that_pass(void)
{
	const struct frame *abouts[] = { &answer_other, &answer_version,
					 &answer_ihl, &answer_ihl_long,
					 &answer_gue };

	for (size_t i = 0; i < ARRAY_SIZE(abouts); i++)
		subject__expect_pass(&subject,
				     &(struct frame)ERROR_ABOUT(*abouts[i]));
	for (size_t len = 0; len < 20; len++)
		subject__expect_pass(
			&subject,
			&(struct frame)ERROR_ABOUT(answer, .payload_len = len));
	/* The quoted packet is in the padding. */
	subject__expect_pass(&subject,
			     &(struct frame)ERROR_ABOUT(answer, .ip_len = 47));
}

/*
 * Too long, or no room
 */

static void expect_mtu(int mtu)
{
	struct subject s;
	struct frame in = { IPV4, UDP };

	subject__open(&s, suite__object(&suite));
	set_constants(&s, DIRECTOR, NULL, mtu);
	subject__load(&s, "xdp_director_func");
	s.desc = "this MTU is heeded";
	subject__set_host_mac(&s, MAC_HOST);
	add_virtual(&s, VIRTUAL);
	set_backend(&s, 1, FIRST, BACKEND_ACTIVE);
	set_all_rows(&s, 1);
	subject__stats_start(&s);
	for (int len = mtu - 70; len < mtu + 100; len++) {
		struct frame out;

		in.payload_len = len - 28;
		out = outer_of(&in, &in, FIRST);
		if (len <= mtu - 32)
			subject__expect(&s, &in, XDP_TX, &out);
		else
			refused_by(&s, &in, mtu - 32);
	}
	subject__stats_check(&s);
	subject__close(&s);
}

static void test_mtus(void)
{
	expect_mtu(600);
	expect_mtu(1400);
	expect_mtu(3400);
}

/* Metadata takes up the room in front of the packet: 256 bytes less a few. */
#define FULL_ROOM 216

static struct xdp_stats sent_so_far(__u32 slot)
{
	int fd = bpf_object__find_map_fd_by_name(subject.obj, "backend_stats");
	int cpus = libbpf_num_possible_cpus();
	struct xdp_stats per_cpu[cpus], sum = {};

	if (bpf_map_lookup_elem(fd, &slot, per_cpu))
		die("cannot read backend_stats: %s", strerror(errno));
	for (int i = 0; i < cpus; i++) {
		sum.packets += per_cpu[i].packets;
		sum.bytes += per_cpu[i].bytes;
	}
	return sum;
}

static bool takes_metadata(void)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	static char data[300];
	struct xdp_md ctx = { .data = FULL_ROOM, .data_end = sizeof(data) };

	opts.data_in = data;
	opts.data_size_in = sizeof(data);
	opts.ctx_in = &ctx;
	opts.ctx_size_in = sizeof(ctx);
	return !bpf_prog_test_run_opts(subject__prog(&subject, "xdp_pass_func"),
				       &opts);
}

static void test_no_room(void)
{
	const struct frame in = { IPV4, UDP, .sport = 7800 };
	const struct frame long_one = { IPV4, UDP, .payload_len = 1472 };
	__u64 sent = sent_so_far(1).packets + sent_so_far(2).packets;

	if (!takes_metadata()) {
		test_skip("a kernel before 6.8 takes 32 bytes of metadata");
		return;
	}
	subject__stats_start(&subject);
	subject.metadata = FULL_ROOM;
	subject__expect_pass(&subject, &in);
	subject__expect_pass(&subject, &long_one);
	subject.metadata = 0;
	if (sent_so_far(1).packets + sent_so_far(2).packets != sent)
		test_fail("what is not sent is counted as sent");
}

static void test_counters(void)
{
	struct xdp_stats first = sent_so_far(1), second = sent_so_far(2);
	struct frame in = { IPV4, UDP, .sport = 7900 };

	sent_to_first(&in);
	sent_to_first(&in);
	in.payload_len = 1472;
	refused(&in);
	if (sent_so_far(1).packets != first.packets + 2 ||
	    sent_so_far(1).bytes != first.bytes + 2 * (14 + 32 + 28 + 31) ||
	    sent_so_far(2).packets != second.packets)
		test_fail("the backends' counters are wrong");
}

/*
 * The backend's program
 */

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
#define TAKEN_OUT6(sentence, ...) \
	{ .desc = "backend: IPv6: " sentence, .in = { IN, __VA_ARGS__ }, \
	  .sweep = taken_out_of_both, BACKEND6 }
#define PASSES6(sentence, ...) \
	{ .desc = "backend: IPv6: " sentence, .in = { OUTER6, __VA_ARGS__ }, \
	  .action = XDP_PASS, BACKEND6 }
#define BACKEND6 .assignment = 6
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

/*
 * One after the other
 */

static struct frame random_packet(void)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP,
					  IPPROTO_SCTP, IPPROTO_ICMP, 253 };
	struct frame f = { IPV4, .l4 = L4_NONE };

	f.ip_proto = protos[rand() % ARRAY_SIZE(protos)];
	f.ihl = rand() % 4 ? 5 : 5 + rand() % 11;
	f.options = (f.ihl - 5) * 4;
	f.tos = rand();
	f.ttl = rand();
	f.ip_id = rand();
	f.frag_off = rand() % 8 ? rand() & 0x4000 : rand() & 0x7fff;
	/* ICMP without a whole header may be an error, and passes. */
	f.payload_len = 8 + rand() % (INNER_MTU - 8 - f.ihl * 4 + 1);
	f.pad = rand() % 8 ? 0 : rand() % 20;
	return f;
}

/* Ports, flags, data: any bytes; but ICMP shall be no error. */
static void randomize(struct bytes *b, const struct frame *f)
{
	size_t at = ETH_HLEN + f->ihl * 4;

	if (is_ipv6(f->saddr))
		at = ETH_HLEN + 40 + (f->ext[0] ? 8 : 0);
	for (size_t i = at; i < b->len; i++)
		b->data[i] = rand();
	if (f->ip_proto == IPPROTO_ICMP)
		b->data[at] = 8;
	if (f->ip_proto == IPPROTO_ICMPV6)
		b->data[at] = 128;
}

/* Through the director, over a link, through the backend's program. */
static void through_both(const struct bytes *sent)
{
	static struct bytes wire, got;
	int verdict = subject__run(&subject, sent, &wire);

	bool over_ipv6 = wire.data[12] == 0x86;

	if (verdict != XDP_TX || wire.len != sent->len + (over_ipv6 ? 52 : 32))
		test_fail("the director's verdict is %d, with %zu bytes",
			  verdict, wire.len);
	memcpy(wire.data, sent->data, 2 * ETH_ALEN);
	verdict = subject__run(&backend, &wire, &got);
	if (verdict != XDP_PASS || got.len != sent->len ||
	    memcmp(got.data, sent->data, sent->len))
		test_fail("what comes out is not what was sent");
}

static int random_count(void)
{
	const char *frames = getenv("FRAMES");

	return frames ? atoi(frames) : getenv("GRADE") ? 1000 : 100000;
}

static void test_random_packets(void)
{
	static struct bytes sent;
	int count = random_count();

	srand(1);
	for (int i = 0; i < count; i++) {
		struct frame f = random_packet();

		frame__build(&f, &sent);
		randomize(&sent, &f);
		through_both(&sent);
	}
	subject__stats_start(&subject);
}

/*
 * Rendezvous hashing: what moves when a backend goes
 */

#define MEMBERS_MAX 64

/* Without member @gone, of @count, exactly its rows change. */
static void expect_only_its_rows(const __u32 *rows,
				 const struct rendezvous_member *members,
				 __u32 count, __u32 gone)
{
	static __u32 after[TABLE_ROWS];
	struct rendezvous_member left[MEMBERS_MAX];
	__u32 n = 0;

	for (__u32 i = 0; i < count; i++)
		if (i != gone)
			left[n++] = members[i];
	rendezvous__fill(after, TABLE_ROWS, left, n);
	for (__u32 row = 0; row < TABLE_ROWS; row++)
		if ((rows[row] == members[gone].value) !=
		    (after[row] != rows[row]))
			test_fail("%u members: row %u was %u's, %u goes, now "
				  "it is %u's",
				  count, row, rows[row], members[gone].value,
				  after[row]);
}

/* Five standard deviations of a fair share are allowed. */
static void expect_fair_shares(const __u32 *rows,
			       const struct rendezvous_member *members,
			       __u32 count)
{
	__u32 share[MEMBERS_MAX + 1] = {}, weights = 0;

	for (__u32 row = 0; row < TABLE_ROWS; row++)
		share[rows[row]]++;
	for (__u32 i = 0; i < count; i++)
		weights += members[i].weight;
	for (__u32 i = 0; i < count; i++) {
		double fair = (double)TABLE_ROWS * members[i].weight / weights;
		double off = share[members[i].value] - fair;

		if (off * off > 25 * fair)
			test_fail("%u members: %u has %u rows, not about %.0f",
				  count, i, share[members[i].value], fair);
	}
}

/* Sets of 2 to 64 members, of the weights from 1 to @weights. */
static void expect_rendezvous(__u32 weights)
{
	static __u32 rows[TABLE_ROWS];
	struct rendezvous_member members[MEMBERS_MAX];

	/* That takes seconds, and is no learner's work. */
	if (grade__is_on())
		return;
	for (__u32 i = 0; i < MEMBERS_MAX; i++)
		members[i] = (struct rendezvous_member){
			.id = 0xac110303 + i * 273,
			.value = i + 1,
			.weight = 1 + i % weights,
		};
	for (__u32 count = 2; count <= MEMBERS_MAX; count++) {
		rendezvous__fill(rows, TABLE_ROWS, members, count);
		expect_fair_shares(rows, members, count);
		expect_only_its_rows(rows, members, count, rand() % count);
	}
}

static void test_rendezvous(void)
{
	expect_rendezvous(1);
}

static void test_weights(void)
{
	expect_rendezvous(3);
}

/* One that gets more weight takes rows, and no row moves between others. */
static void test_more_weight(void)
{
	static __u32 rows[TABLE_ROWS], after[TABLE_ROWS];
	struct rendezvous_member members[] = { { 7, 1, 2 },
					       { 8, 2, 2 },
					       { 9, 3, 1 } };
	__u32 moved = 0;

	rendezvous__fill(rows, TABLE_ROWS, members, 3);
	members[1].weight = 5;
	rendezvous__fill(after, TABLE_ROWS, members, 3);
	expect_fair_shares(after, members, 3);
	for (__u32 row = 0; row < TABLE_ROWS; row++) {
		moved += rows[row] != after[row];
		if (rows[row] != after[row] && after[row] != 2)
			test_fail("row %u moved from %u to %u", row, rows[row],
				  after[row]);
	}
	if (!moved)
		test_fail("no row moved");
}

/* In which order they are listed makes no difference. */
static void test_order(void)
{
	const struct rendezvous_member one_way[] = { { 7, 1, 1 },
						     { 8, 2, 3 },
						     { 9, 3, 1 } };
	const struct rendezvous_member other_way[] = { { 9, 3, 1 },
						       { 7, 1, 1 },
						       { 8, 2, 3 } };
	static __u32 rows[TABLE_ROWS], again[TABLE_ROWS];

	rendezvous__fill(rows, TABLE_ROWS, one_way, 3);
	rendezvous__fill(again, TABLE_ROWS, other_way, 3);
	if (memcmp(rows, again, sizeof(rows)))
		test_fail("another order gives another table");
	rendezvous__fill(rows, TABLE_ROWS, one_way, 0);
	for (__u32 row = 0; row < TABLE_ROWS; row++)
		if (rows[row])
			test_fail("row %u is somebody's", row);
}

static void test_empty_maps(void);
static void test_empty_backend_maps(void);

/*
 * IPv6, inside and outside
 */

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
	flows_end();
	sent_to(&tcp, &tcp, FIRST6);
	sent_to_first(&cut);
	sent_to(&error, &request, FIRST);
	if (is_known(&cut) || is_known(&request))
		test_fail("a fragment or an error is kept as a flow");
	sent_to_first(&request);
	set_all_rows(&subject, SLOT6);
	sent_to(&error, &request, FIRST);
	flows_end();
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

/* A director of its own, with one backend. */
static void open_other(struct subject *s, const char *source,
		       const char *source6, __u32 mtu, const char *backend)
{
	subject__open(s, suite__object(&suite));
	set_constants(s, source, source6, mtu);
	subject__load(s, "xdp_director_func");
	s->desc = subject.desc;
	subject__set_host_mac(s, MAC_HOST);
	add_virtual(s, VIRTUAL);
	add_virtual(s, VIRTUAL6);
	set_backend(s, 1, backend, BACKEND_ACTIVE);
	set_all_rows(s, 1);
	subject__stats_start(s);
}

static void test_mtus6(void)
{
	struct frame in = { IPV6, UDP, .payload_len = 1280 - 48 }, out;
	struct subject s;

	open_other(&s, DIRECTOR, DIRECTOR6, 1280 + 32, FIRST);
	out = outer_of(&in, &in, FIRST);
	subject__expect(&s, &in, XDP_TX, &out);
	in.payload_len++;
	refused_ipv6_by(&s, &in, 1280);
	subject__close(&s);

	open_other(&s, DIRECTOR, DIRECTOR6, 1279 + 32, FIRST);
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

	open_other(&s, DIRECTOR, NULL, MTU, FIRST6);
	subject__expect_pass(&s, &in);
	subject__expect_pass(&s, &in6);
	subject__expect_pass(&s, &long6);
	refused_by(&s, &long4, INNER_MTU6);
	subject__close(&s);

	open_other(&s, NULL, DIRECTOR6, MTU, FIRST);
	subject__expect_pass(&s, &in);
	subject__expect_pass(&s, &in6);
	subject__expect_pass(&s, &long4);
	refused_ipv6_by(&s, &long6, INNER_MTU);
	subject__close(&s);

	open_other(&s, NULL, DIRECTOR6, MTU, FIRST6);
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

static struct frame random_packet6(void)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP,
					  IPPROTO_SCTP, IPPROTO_ICMPV6, 253 };
	struct frame f = { IPV6, .l4 = L4_NONE };

	f.ip_proto = protos[rand() % ARRAY_SIZE(protos)];
	f.tos = rand();
	f.flow = rand() & 0xfffff;
	f.ttl = rand();
	if (!(rand() % 8))
		f.ext[0] = EXT(IPPROTO_FRAGMENT);
	f.frag_off = rand();
	f.payload_len = 8 + rand() % (INNER_MTU6 - 8 - 40 - 8 + 1);
	f.pad = rand() % 8 ? 0 : rand() % 20;
	return f;
}

static void test_random_both(void)
{
	static __u32 rows[TABLE_ROWS];
	static struct bytes sent;
	int count = random_count();

	srand(2);
	for (__u32 row = 0; row < TABLE_ROWS; row++)
		rows[row] = row % 2 ? 1 : SLOT6;
	set_table(&subject, rows);
	for (int i = 0; i < count; i++) {
		struct frame f = i % 2 ? random_packet() : random_packet6();

		if (f.payload_len > 1300)
			f.payload_len = 1300;
		frame__build(&f, &sent);
		randomize(&sent, &f);
		through_both(&sent);
	}
	set_all_rows(&subject, 1);
	subject__stats_start(&subject);
}

static const struct row rows[] = {
#define OPTIONS_ARE_OURS
#include "not_ours.inc"
#undef OPTIONS_ARE_OURS
	SENT("TCP is sent to the backend", ),
	SENT("UDP is sent to the backend", UDP),
	SENT("an echo request is sent to the backend", ICMP, .icmp_type = 8),
	SENT("a protocol that nobody knows is sent to the backend",
	     .ip_proto = 253, .l4 = L4_NONE),
	SENT("GUE to a virtual address is a flow like any other", UDP,
	     .dport = 6080),
	SENT("a header alone is sent to the backend", .ip_proto = 253,
	     .l4 = L4_NONE, .payload_len = 0),
	SENT("TCP without ports is sent to the backend", .l4 = L4_NONE,
	     .payload_len = 0),
	SENT("another virtual address", .daddr = VIRTUAL_TOO),
	SENT("a TTL of 0 stays", .ttl = 0),
	SENT("a TTL of 1 stays", .ttl = 1),
	SENT("a TTL of 255 stays", .ttl = 255),
	SENT("don't fragment stays", .frag_off = 0x4000),
	SENT("padding stays", UDP, .payload_len = 1, .pad = 17),
	SENT("a wrong checksum is the backend's matter", .l4_check_flip = 1),
	SENT("UDP without a checksum", UDP, .l4_check = EXACTLY(0)),
	SENT("a first fragment goes by its addresses", UDP, .frag_off = 0x2000),
	SENT("a middle fragment goes by its addresses", UDP,
	     .frag_off = 0x2000 | 185),
	SENT("a last fragment goes by its addresses", UDP, .frag_off = 185),
	SENT("the longest packet that fits", UDP, .payload_len = 1440),
	REFUSED("a packet that is one byte too long is refused", UDP,
		.payload_len = 1441),
	REFUSED("one that must not be fragmented is refused", UDP,
		.payload_len = 1472, .frag_off = 0x4000),
	REFUSED("a first fragment that is too long is refused", UDP,
		.payload_len = 1472, .frag_off = 0x2000),
	REFUSED("one with options that is too long is refused", UDP, .ihl = 7,
		.options = 8, .payload_len = 1460),
	REFUSED("one with padding that is too long is refused", UDP,
		.payload_len = 1441, .pad = 3),
	SENT("padding is not too long", UDP, .payload_len = 1440, .pad = 50),
	PASSES("a later fragment that is too long passes", IPV4, UDP,
	       .payload_len = 1472, .frag_off = 0x2000 | 185),
	PASSES("the last fragment that is too long passes", IPV4, UDP,
	       .payload_len = 1472, .frag_off = 185),
	{ .desc = "an error that is too long passes",
	  .in = ERROR_ABOUT(long_answer, .payload_len = 1480),
	  .action = XDP_PASS },
	PASSES("a packet for this host itself passes", IPV4,
	       .daddr = IPV4_HOST),
	PASSES("a packet from this host's own address passes", IPV4,
	       .saddr = IPV4_HOST),
	PASSES("a packet from a broadcast address passes", IPV4,
	       .saddr = "192.0.2.255"),
	TEST_OF(5, "packets of every length", test_sizes),
	TEST("of the TOS all but ECN is the outer header's", test_tos),
	TEST("packets with options are sent, as they are", test_options),
	PASSES("one of another version with options passes", IPV4, UDP,
	       .version = 5, .ihl = 7, .options = 8),
	TEST("other addresses pass", test_other_addresses),
	TEST_OF(4, "the table's row decides", test_rows),
	TEST("the flow selects row and port", test_hash),
	TEST_OF(4, "without a backend packets pass", test_no_backend),
	TEST_OF(4, "flows stay when the table changes", test_flows_stay),
	TEST_OF(4, "draining keeps flows, and gets no connections",
		test_draining),
	TEST_OF(4, "a backend that is removed loses its flows", test_removed),
	TEST_OF(4, "a slot with another backend has no old flows",
		test_slot_reused),
	TEST_OF(5, "fragments and errors are no flows", test_not_recorded),
	TEST_OF(5, "errors go where their flow goes", test_errors),
	TEST_OF(5, "errors of a flow that stays go there, too",
		test_error_follows_flow),
	TEST_OF(5, "errors that quote no ports go by addresses",
		test_errors_cut),
	TEST_OF(5, "all other ICMP goes by addresses", test_error_types),
	TEST_OF(5, "errors about anything else pass", test_errors_that_pass),
	TEST_OF(5, "the MTU is the path's", test_mtus),
	TEST_OF(5, "without room packets pass", test_no_room),
	TEST_OF(5, "each backend's packets are counted", test_counters),

	TEST_OF(5, "100,000 random packets arrive as they were sent",
		test_random_packets),
	TEST("a backend that goes moves its own rows and no other",
	     test_rendezvous),
	TEST("the same with weights, to which shares are proportional",
	     test_weights),
	TEST("more weight takes rows from others and moves no other",
	     test_more_weight),
	TEST("the order of the backends does not count", test_order),

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
	TEST_OF(6, "random packets of IPv4 and IPv6 arrive over either",
		test_random_both),

	{ .desc = "with empty maps everything passes",
	  .test = test_empty_maps },
};

static const struct row backend_rows[] = {
#undef IPV4
#undef IPV6
#undef PASSES
#undef SWEEP
#undef TEST
#define BACKEND .assignment = 3
#define IPV4	OUTER
#define IPV6	OUTER6
#define PASSES(sentence, ...)                                                  \
	{                                                                      \
		.desc = "backend: " sentence, .in = { __VA_ARGS__ },           \
		.action = XDP_PASS, BACKEND                                    \
	}
#define SWEEP(sentence, function, ...)                                         \
	{                                                                      \
		.desc = "backend: " sentence, .in = { __VA_ARGS__ },           \
		.sweep = function, BACKEND                                     \
	}
#define TEST(sentence, function)                                               \
	{                                                                      \
		.desc = "backend: " sentence, .test = function, BACKEND        \
	}
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

	TEST("with empty maps everything passes", test_empty_backend_maps),
};

/* Assignments: who writes what. The rows of the others are marked. */
static const struct owner owners[] = {
	{ "eth.", 1 }, { "ip", 2 }, { "udp", 2 }, { "head", 2 }, {}
};

static int decides(const struct frame *in, int action)
{
	(void)action;
	return in->saddr && is_ipv6(in->saddr) ? 6 : 1;
}

static const struct suite suite = {
	.lesson = "packet06-director",
	.program = "xdp_director_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = before_load,
	.setup = fill_maps,
	.owners = owners,
	.decides = decides,
};

static const struct suite backend_suite = {
	.lesson = "packet06-director",
	.program = "xdp_backend_func",
	.rows = backend_rows,
	.count = ARRAY_SIZE(backend_rows),
	.setup = fill_backend_maps,
	.owners = owners,
};

/* As any other loader leaves it. */
static void pass_with_empty_maps(const struct suite *of)
{
	struct subject s;

	subject__open(&s, suite__object(of));
	subject__load(&s, of->program);
	suite__expect_all_pass(of, &s);
	subject__close(&s);
}

static void test_empty_maps(void)
{
	pass_with_empty_maps(&suite);
}

static void test_empty_backend_maps(void)
{
	pass_with_empty_maps(&backend_suite);
}

int main(void)
{
	return suites__run(
		(const struct suite *const[]){ &suite, &backend_suite, NULL });
}
