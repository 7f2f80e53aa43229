/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One after the other: what goes through the director, over a link, and
 * through the backend's program is what was sent.
 */
#include <stdlib.h>
#include <string.h>
#include <linux/if_ether.h>

#include "director_cases.h"

static struct subject backend;

static void setup(void)
{
	fill_director_maps();
	subject__open(&backend, suite__object(&backend_suite));
	subject__load(&backend, backend_suite.program);
	fill_backend_maps(&backend);
}

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
	TEST_OF(5, "100,000 random packets arrive as they were sent",
		test_random_packets),
	TEST_OF(6, "random packets of IPv4 and IPv6 arrive over either",
		test_random_both),
};

const struct suite both_suite = {
	.lesson = "packet06-director",
	.program = "xdp_director_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = set_director_constants,
	.setup = setup,
	.owners = director_owners,
};
