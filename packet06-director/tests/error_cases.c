/* SPDX-License-Identifier: GPL-2.0 */
/* ICMP errors about what a backend has sent go to that backend. */
#include "director_cases.h"

static const struct frame answer = { ANSWER };
static const struct frame answer_udp = { ANSWER, UDP };
static const struct frame answer_echo = { ANSWER, ICMP };
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
	restore_backends();
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

static const struct row rows[] = {
	TEST_OF(5, "errors go where their flow goes", test_errors),
	TEST_OF(5, "errors of a flow that stays go there, too",
		test_error_follows_flow),
	TEST_OF(5, "errors that quote no ports go by addresses",
		test_errors_cut),
	TEST_OF(5, "all other ICMP goes by addresses", test_error_types),
	TEST_OF(5, "errors about anything else pass", test_errors_that_pass),
};

const struct suite error_suite = DIRECTOR_SUITE(rows);
