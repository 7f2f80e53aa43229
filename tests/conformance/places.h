/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the routes of world.c mean, written down a second time: so that what
 * a frame needs is not worked out by the code that is tested.
 */
#ifndef PLACES_H
#define PLACES_H

#include "half.h"

enum route_kind {
	UNICAST,       /* one next hop, whose MAC address is known */
	STRANGER,      /* one next hop, not known, or not for XDP to reach */
	MULTIPATH_OUT, /* out0 and alt0 */
	MULTIPATH_IN,  /* in0 and out0 */
	REFUSED,       /* unreachable, prohibit */
	BLACKHOLE,
	LOCAL,	 /* this host */
	GROUP,	 /* broadcast */
	NOWHERE, /* no route */
};

struct place {
	const char *prefix;
	int bits;
	enum route_kind kind;
	int dev; /* of the next hop, or NO_DEV */
	int mtu; /* the route's own, or 0 */
};

extern const struct place places[];
extern const int place_count;

/* place__find - the one with the longest prefix of an address, never NULL */
const struct place *place__find(const uint8_t *addr, bool ipv6);

/* place__address - an address in it, at random: in @text */
void place__address(const struct place *place, uint64_t random, char *text,
		    size_t size);

/*
 * needs - what a frame needs of the slow path
 *
 * Returns NULL for nothing: the router must redirect it, or drop it where its
 * route is a blackhole. Otherwise the reason why it need not.
 */
const char *needs(enum dev dev, const struct setting *setting,
		  const uint8_t *data, size_t len);

/*
 * is_for_nobody - whether its route is one that refuses it
 *
 * Other silence of Linux's proves nothing: it may be waiting for a neighbour.
 */
bool is_for_nobody(enum dev dev, const struct setting *setting,
		   const uint8_t *data, size_t len);

#endif
