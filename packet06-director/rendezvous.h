/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rendezvous hashing: which of several members has which row of a table.
 *
 * For each row every member draws a number, worked out from the row and the
 * member's own id, and the highest has the row. So a member that goes loses
 * its rows and no other row moves; one that comes takes rows, each from the
 * member that had it, and gives none. (Thaler and Ravishankar, 1998.)
 *
 * A member of weight N draws N times, so it has N times as many rows as one of
 * weight 1; when its weight changes, rows move to it or away from it only.
 */
#ifndef RENDEZVOUS_H
#define RENDEZVOUS_H

#include <stddef.h>
#include <linux/types.h>

/*
 * A member: @id decides, all 128 bits of it; @value is what is written into its
 * rows.
 */
struct rendezvous_member {
	struct rendezvous_id {
		__u64 upper, lower;
	} id;
	__u32 value;
	__u32 weight; /* 1 or more; the time that filling takes grows with it */
};

/* rendezvous__fill - 0 in all rows where there are no members */
void rendezvous__fill(__u32 *rows, __u32 row_count,
		      const struct rendezvous_member *members,
		      __u32 member_count);

#endif
