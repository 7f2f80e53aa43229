/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which assignment of a lesson a program has got right, and what is wrong
 * with the first one that it has not.
 *
 * Assignments are parts of one program, so each is told by its part of the
 * outcome: one decides about the verdict, others write header fields. A
 * frame that comes out wrong is held against the assignment whose part is
 * wrong, so that one may be done while the next is not yet begun.
 */
#ifndef GRADE_H
#define GRADE_H

#include <stdbool.h>

#include "frame.h"

struct trial;

#define ASSIGNMENTS_MAX 16

/* An assignment, and the fields that it writes: those that begin so. */
struct owner {
	const char *fields; /* NULL ends a list */
	int assignment;
};

/*
 * grade__start - from now on trials are graded
 * @owners: of header fields
 * @decides: the assignment that has to tell the verdict on a frame; NULL: 1
 */
void grade__start(const struct owner *owners,
		  int (*decides)(const struct frame *in, int action));
bool grade__is_on(void);

/*
 * grade__row - a row of the table begins
 * @assignment: the one that all of it belongs to, whatever the field; 0: each
 * frame to those that decide and write
 * @hint: what a wrong verdict is likely to come from; or NULL
 */
void grade__row(const char *desc, int assignment, const char *hint);

/* grade__frame - what follows is about this frame, and this verdict on it */
void grade__frame(const struct frame *in, int action);

/* grade__trial - note one; false for one that is wrong */
bool grade__trial(const struct trial *o);

/* grade__fail - the row fails for a reason that is no frame's */
void grade__fail(const char *message);

/* grade__give_up - the program cannot be tried at all: print, and exit */
void grade__give_up(const char *message) __attribute__((noreturn));

/*
 * grade__print - a line for each assignment, fields separated by tabs
 *
 * Its number; "ok", "fail", or "wait" where no frame got as far as that, or
 * where it is only about leaving frames alone and others before it, which
 * shall not, are not right; the number of frames that were right; and of the
 * first failure the row and what was wrong with it.
 */
void grade__print(void);

#endif
