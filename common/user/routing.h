/* SPDX-License-Identifier: GPL-2.0 */
/* What an XDP router needs of the host, and what of the host it goes past. */
#ifndef USER_ROUTING_H
#define USER_ROUTING_H

#include <stdbool.h>
#include <linux/types.h>

#include "device.h"
#include "loader.h"
#include "routing_mtus.h"

/* What of this host's settings decides about forwarding from one device. */
struct routing {
	bool ipv4_forwards, ipv6_forwards; /* the device's own switches */
	/* For the constants and the map of common/bpf/routing.h: */
	bool ipv6_is_off;
	unsigned int source_check, ports_matter;
	struct routing_mtus mtus;
};

/*
 * routing__rp_filter - what a device does with packets whose source has no
 * way back by it: the larger of the settings of all and its own (ip-sysctl)
 */
int routing__rp_filter(int ifindex);

/*
 * routing__accepts_source - whether rp_filter lets packets from @saddr (network
 * byte order) come in by a device
 *
 * The kernel is asked: with 2, too, there may have to be a way back by the
 * device itself, when that has no address.
 */
bool routing__accepts_source(int ifindex, __be32 saddr);

/*
 * routing__read - the settings as they are now: rp_filter, the MTUs of
 * routes, local routes, forwarding, rules
 *
 * Returns 0, or a negative errno after logging it.
 */
int routing__read(const struct device *dev, struct routing *r);

/* routing__same - whether a program that was told @a would do for @b */
bool routing__same(const struct routing *a, const struct routing *b);

/* routing__same_constants - the same, with other contents of its map */
bool routing__same_constants(const struct routing *a, const struct routing *b);

/*
 * routing__tell - write them into the program's constants
 *
 * Between open and attach. Returns 0, or a negative errno, logged.
 */
int routing__tell(struct loader *l, const struct routing *r);

/*
 * routing__fill - and into its map, which is pinned: once the program is
 * loaded, and while it runs
 *
 * Returns 0, or a negative errno, logged.
 */
int routing__fill(const struct device *dev, const struct routing *r);

/*
 * routing__selects_by_more - what there is of routes and rules that select by
 * more than a packet's destination: its source, its TOS, its flow (multipath)
 * @family: AF_INET or AF_INET6
 *
 * Returns a noun for the first one found, NULL for none.
 */
const char *routing__selects_by_more(int family);

/*
 * routing__warn - one line for each thing that the user may not expect
 * @r: what the program was told
 *
 * Forwarding that is off on @dev, so that the router will pass everything;
 * and what Linux would have applied to forwarded packets but an XDP router
 * does not: netfilter's forward hook, multipath hashing by inner headers.
 */
void routing__warn(const struct device *dev, const struct routing *r);

#endif
