/* SPDX-License-Identifier: GPL-2.0 */
/* What an XDP router needs of the host, and what of the host it goes past. */
#ifndef ROUTING_H
#define ROUTING_H

#include <stdbool.h>
#include <linux/types.h>

#include "loader.h"

/* What of this host's settings decides about forwarding from one device. */
struct routing {
	bool ipv4_forwards, ipv6_forwards; /* the device's own switches */
	/* The constants of common/bpf/settings.h: */
	bool ipv6_is_off;
	unsigned int source_check, route_mtu_min, ports_matter;
	__u64 route_mtus; /* another number when routes' MTUs are others */
};

/*
 * routing__rp_filter - what a device does with packets whose source has no
 * way back by it: the larger of the settings of all and @dev (ip-sysctl)
 */
int routing__rp_filter(const char *dev);

/*
 * routing__accepts_source - whether rp_filter lets packets from @saddr (network
 * byte order) come in by @dev
 *
 * The kernel is asked: with 2, too, there may have to be a way back by @dev
 * itself, when that has no address.
 */
bool routing__accepts_source(const char *dev, __be32 saddr);

/*
 * routing__read - the settings as they are now: rp_filter, the MTUs of
 * routes, local routes, forwarding, rules
 *
 * Two that are equal, byte by byte, mean the same. Returns 0, or a negative
 * errno after logging it.
 */
int routing__read(const char *dev, struct routing *r);

/*
 * routing__tell - write them into the program's constants
 *
 * Between open and attach. Returns 0, or a negative errno, logged.
 */
int routing__tell(struct loader *l, const struct routing *r);

/*
 * routing__choosy - what there is of routes and rules that choose by more than
 * a packet's destination: its source, its TOS, its flow (multipath)
 * @family: AF_INET or AF_INET6
 *
 * Returns a noun for the first one found, NULL for none.
 */
const char *routing__choosy(int family);

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
