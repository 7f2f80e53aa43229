/* SPDX-License-Identifier: GPL-2.0 */
#include <stdbool.h>

#include "rendezvous.h"

/* The finalizer of SplitMix64, in which all bits depend on all others. */
static __u64 mix(__u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ULL;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* The highest number that a member draws for a row. */
static __u64 draw(__u32 row, const struct rendezvous_member *member)
{
	__u64 seed = mix(mix(member->id.upper) + member->id.lower) + row;
	__u64 highest = 0;

	/* The step is SplitMix64's. */
	for (__u32 i = 0; i < member->weight; i++) {
		__u64 number = mix(seed + i * 0x9e3779b97f4a7c15ULL);

		if (number > highest)
			highest = number;
	}
	return highest;
}

static bool is_higher(const struct rendezvous_id *a,
		      const struct rendezvous_id *b)
{
	return a->upper != b->upper ? a->upper > b->upper : a->lower > b->lower;
}

void rendezvous__fill(__u32 *rows, __u32 row_count,
		      const struct rendezvous_member *members,
		      __u32 member_count)
{
	for (__u32 row = 0; row < row_count; row++) {
		const struct rendezvous_member *best = NULL;
		__u64 highest = 0;

		for (__u32 i = 0; i < member_count; i++) {
			__u64 number = draw(row, &members[i]);

			/* Of two that are equal, the higher id. */
			if (!best || number > highest ||
			    (number == highest &&
			     is_higher(&members[i].id, &best->id))) {
				best = &members[i];
				highest = number;
			}
		}
		rows[row] = best ? best->value : 0;
	}
}
