/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The director, and IPv4: what it sends to a backend, and what it refuses as
 * too long.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "director_cases.h"

/* clang-format off */
#define SENT(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, .sweep = sent_to_first }
#define REFUSED(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, .sweep = refused, \
	  .assignment = 5 }
/* clang-format on */

static uint64_t mixed(uint64_t x)
{
	x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
	x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
	return x ^ x >> 33;
}

struct flow_key flow_of(const struct frame *f)
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

uint64_t hash_of(const struct frame *f)
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

struct frame outer_of(const struct frame *in, const struct frame *flow,
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

void sent_to(const struct frame *in, const struct frame *flow,
	     const char *backend)
{
	struct frame out = outer_of(in, flow, backend);

	subject__expect(&subject, in, XDP_TX, &out);
}

void sent_to_first(const struct frame *in)
{
	sent_to(in, in, FIRST);
}

/* ICMP, fragmentation needed, with as much of it as 576 bytes can hold. */
void refused_by(struct subject *s, const struct frame *in, int mtu)
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

/*
 * What it is told
 */

void set_backend(struct subject *s, __u32 slot, const char *addr, __u32 state)
{
	struct backend backend = { .state = state };

	if (addr) {
		backend.addr = addr_of(addr);
		/* Another number for each backend. */
		backend.tenant = backend.addr.s6_addr32[3];
	}
	subject__map_set(s, "backends", &slot, &backend);
}

void set_table(struct subject *s, const __u32 *rows)
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

void set_all_rows(struct subject *s, __u32 slot)
{
	static __u32 rows[TABLE_ROWS];

	for (__u32 row = 0; row < TABLE_ROWS; row++)
		rows[row] = slot;
	set_table(s, rows);
}

void restore_backends(void)
{
	set_backend(&subject, 1, FIRST, BACKEND_ACTIVE);
	set_backend(&subject, 2, SECOND, BACKEND_ACTIVE);
	set_all_rows(&subject, 1);
}

void add_virtual(struct subject *s, const char *text)
{
	struct in6_addr addr = addr_of(text);
	__u8 any = 0;

	subject__map_set(s, "virtuals", &addr, &any);
}

void fill_director_maps(void)
{
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

void set_director_constants(void)
{
	set_constants(&subject, DIRECTOR, DIRECTOR6, MTU);
}

void open_director(struct subject *s, const char *source, const char *source6,
		   __u32 mtu, const char *backend)
{
	subject__open(s, suite__object(&director_suite));
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

bool is_known(const struct frame *in)
{
	struct flow_key key = flow_of(in);
	int fd = bpf_object__find_map_fd_by_name(subject.obj, "flows");
	struct flow flow;

	return !bpf_map_lookup_elem(fd, &key, &flow);
}

/*
 * Cases
 */

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

static void expect_mtu(int mtu)
{
	struct subject s;
	struct frame in = { IPV4, UDP };

	open_director(&s, DIRECTOR, NULL, mtu, FIRST);
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

struct xdp_stats sent_so_far(__u32 slot)
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

bool takes_metadata(void)
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

static void test_empty_maps(void)
{
	expect_empty_maps_pass(&director_suite);
}

static const struct frame answer = { ANSWER, .payload_len = 1472 };

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
	  .in = ERROR_ABOUT(answer, .payload_len = 1480),
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
	TEST_OF(5, "the MTU is the path's", test_mtus),
	TEST_OF(5, "without room packets pass", test_no_room),
	TEST_OF(5, "each backend's packets are counted", test_counters),
	TEST("with empty maps everything passes", test_empty_maps),
};

/* Assignments: who writes what. The rows of the others are marked. */
const struct owner director_owners[] = {
	{ "eth.", 1 }, { "ip", 2 }, { "udp", 2 }, { "head", 2 }, {}
};

int director_decides(const struct frame *in, int action)
{
	(void)action;
	return in->saddr && is_ipv6(in->saddr) ? 6 : 1;
}

const struct suite director_suite = DIRECTOR_SUITE(rows);
