/* SPDX-License-Identifier: GPL-2.0 */
/* What an XDP router needs of the host, and what of the host it goes past. */
#ifndef ROUTING_H
#define ROUTING_H

#include "loader.h"

/*
 * routing__tell - write the host's settings into the program's constants
 * (common/bpf/settings.h)
 *
 * Between open and attach. They are those of now: rp_filter, the MTUs of
 * routes, local routes, IPv6 forwarding, rules. Returns 0, or a negative errno
 * after logging it.
 */
int routing__tell(struct loader *l);

/* routing__fill - the map that belongs to it, once the program is loaded */
int routing__fill(struct loader *l);

/*
 * routing__warn - one line for each thing that the user may not expect
 *
 * Forwarding that is off on @dev, so that the router will pass everything;
 * and what Linux would have applied to forwarded packets but an XDP router
 * does not: netfilter's forward hook, multipath hashing by inner headers.
 */
void routing__warn(const char *dev);

#endif
