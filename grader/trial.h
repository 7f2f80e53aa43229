/* SPDX-License-Identifier: GPL-2.0 */
/* One frame: what was sent, what was to come out, and what came out. */
#ifndef TRIAL_H
#define TRIAL_H

#include <stdbool.h>

#include "frame.h"

struct trial {
	const struct frame *sent;
	const struct bytes *in, *want, *got;
	int want_action, got_action;
	const char *const *actions; /* the names of all verdicts */
	int action_count;
};

/* trial__is_kept - whether the frame should have come out as it went in */
bool trial__is_kept(const struct trial *o);

/* trial__is_right - the verdict, and every byte */
bool trial__is_right(const struct trial *o);

/* trial__action_name - of any verdict, also of one that is none */
const char *trial__action_name(const struct trial *o, int action);

/* trial__print - what is different, and all bytes, in TAP's comments */
void trial__print(const struct trial *o);

#endif
