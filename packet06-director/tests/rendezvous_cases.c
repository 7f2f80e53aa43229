/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rendezvous hashing: who gets which rows, and what moves when a backend goes
 */
#include <stdlib.h>
#include <string.h>

/* No program takes part, so what is tried is compiled in. */
#include "../rendezvous.c"
#include "director_cases.h"

#define MEMBERS_MAX 128
#define SETS_MAX    64

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

/*
 * Five standard deviations of a fair share are allowed. @plan says how the
 * members are numbered.
 */
static void expect_fair_shares(const char *plan, const __u32 *rows,
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
			test_fail("%s, %u members: %u has %u rows, not about "
				  "%.0f",
				  plan, count, i, share[members[i].value],
				  fair);
	}
}

/* Sets of 2 to 64 members, of the weights from 1 to @weights. */
static void expect_rendezvous(__u32 weights)
{
	static __u32 rows[TABLE_ROWS];
	struct rendezvous_member members[SETS_MAX];

	/* That takes seconds, and is no learner's work. */
	if (grade__is_on())
		return;
	for (__u32 i = 0; i < SETS_MAX; i++)
		members[i] = (struct rendezvous_member){
			.id.lower = 0xac110303 + i * 273,
			.value = i + 1,
			.weight = 1 + i % weights,
		};
	for (__u32 count = 2; count <= SETS_MAX; count++) {
		rendezvous__fill(rows, TABLE_ROWS, members, count);
		expect_fair_shares("273 apart", rows, members, count);
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
	struct rendezvous_member members[] = { { { 0, 7 }, 1, 2 },
					       { { 0, 8 }, 2, 2 },
					       { { 0, 9 }, 3, 1 } };
	__u32 moved = 0;

	rendezvous__fill(rows, TABLE_ROWS, members, 3);
	members[1].weight = 5;
	rendezvous__fill(after, TABLE_ROWS, members, 3);
	expect_fair_shares("1 apart", after, members, 3);
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
	const struct rendezvous_member one_way[] = { { { 0, 7 }, 1, 1 },
						     { { 0, 8 }, 2, 3 },
						     { { 0, 9 }, 3, 1 } };
	const struct rendezvous_member other_way[] = { { { 0, 9 }, 3, 1 },
						       { { 0, 7 }, 1, 1 },
						       { { 0, 8 }, 2, 3 } };
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

/*
 * How backends are numbered: two groups of 64, each in its own network or in
 * one. In the first plan, 31 times the upper half and the lower half of an
 * address have the same sum as those of another one.
 */
static const struct {
	const char *desc;
	struct rendezvous_id first, second; /* of each group */
	__u64 step;			    /* in the lower half */
} plans[] = {
	{ "two racks, 2001:db8::1::1 and :2::1",
	  { 0x20010db800000001, 1 },
	  { 0x20010db800000002, 1 },
	  1 },
	{ "one /64", { 0x20010db800000001, 1 }, { 0x20010db800000001, 65 }, 1 },
	{ "services numbered in the third word",
	  { 0x20010db800000001, 1 },
	  { 0x20010db800000001, 1ULL << 40 },
	  1ULL << 32 },
	{ "EUI-64 of one vendor",
	  { 0x20010db800000001, 0x021122fffe000001 },
	  { 0x20010db800000101, 0x021122fffe000001 },
	  1 },
	{ "two /24 of IPv4", { 0, 0x0a000001 }, { 0, 0x0a000101 }, 1 },
};

/* However they are numbered, each backend has its share. */
static void test_address_plans(void)
{
	static __u32 rows[TABLE_ROWS];
	struct rendezvous_member members[MEMBERS_MAX];

	if (grade__is_on())
		return;
	for (size_t plan = 0; plan < ARRAY_SIZE(plans); plan++) {
		for (__u32 i = 0; i < MEMBERS_MAX; i++) {
			struct rendezvous_id id =
				i % 2 ? plans[plan].second : plans[plan].first;

			id.lower += i / 2 * plans[plan].step;
			members[i] = (struct rendezvous_member){ id, i + 1, 1 };
		}
		rendezvous__fill(rows, TABLE_ROWS, members, MEMBERS_MAX);
		expect_fair_shares(plans[plan].desc, rows, members,
				   MEMBERS_MAX);
	}
}

static const struct row rows[] = {
	TEST("a backend that goes moves its own rows and no other",
	     test_rendezvous),
	TEST("the same with weights, to which shares are proportional",
	     test_weights),
	TEST("more weight takes rows from others and moves no other",
	     test_more_weight),
	TEST("the order of the backends does not count", test_order),
	TEST("each backend has its share, however they are numbered",
	     test_address_plans),
};

const struct suite rendezvous_suite = DIRECTOR_SUITE(rows);
