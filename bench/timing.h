/* SPDX-License-Identifier: GPL-2.0 */
/* What the measuring tools share: a clock, and the middle of several rounds. */
#ifndef TIMING_H
#define TIMING_H

#include <stdlib.h>
#include <time.h>

/* timing__now - nanoseconds since some moment */
static inline double timing__now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1e9 + time.tv_nsec;
}

static inline int timing__compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* timing__median - of an odd number of values, which it sorts */
static inline double timing__median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), timing__compare);
	return values[count / 2];
}

#endif
