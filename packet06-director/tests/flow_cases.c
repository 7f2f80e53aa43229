/* SPDX-License-Identifier: GPL-2.0 */
/* Which backend: the table's rows, and flows that stay where they are. */
#include "director_cases.h"

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
	restore_backends();
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
	restore_backends();
}

static void test_removed(void)
{
	struct frame udp, tcp;

	flows_begin(&udp, &tcp, 7400);
	set_all_rows(&subject, 2);
	set_backend(&subject, 1, NULL, BACKEND_NONE);
	sent_to(&udp, &udp, SECOND);
	sent_to(&tcp, &tcp, SECOND);
	restore_backends();
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
	restore_backends();
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

static const struct row rows[] = {
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
};

const struct suite flow_suite = DIRECTOR_SUITE(rows);
