/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sources that Linux has not heard of for long.
 *
 * It sends redirects, and errors of routes that refuse, only so often to the
 * same station, and no setting of a network namespace changes that: whether
 * one is sent would depend on the moment.
 */
#ifndef FRESH_H
#define FRESH_H

#include "sample.h"

/*
 * sample__freshen - other addresses of the same kind, where that matters
 *
 * IPv6 redirects are rarer for the same destination, too. Each call for the
 * same frame gives others, the first one always the same.
 */
void sample__freshen(struct sample *s, const struct setting *setting);

#endif
