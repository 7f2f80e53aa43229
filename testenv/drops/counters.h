/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of namespaces and devices, for what the kernel drops without
 * passing a tracepoint that tells why.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include "loss.h"

/*
 * counters__read - what they are now
 *
 * Then the events of until then are to be explained, then checked: the
 * kernel counts and tells in no certain order.
 */
void counters__read(void);

/*
 * counters__explain - this loss has been told
 *
 * What it has added to a counter is not told again.
 */
void counters__explain(const struct loss *loss);

/*
 * counters__check - tell what has grown since the last time, and was not
 * explained; NULL: begin here
 */
void counters__check(void (*callback)(const struct loss *loss));

#endif
