/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two routers that are the same in everything but one: devices, addresses,
 * routes, neighbours and settings. In the first Linux routes alone; in the
 * second each device but one runs packet04-router, loaded by its own loader.
 *
 *	in0   192.0.2.1/24      2001:db8:1::1/64
 *	out0  198.51.100.1/24   2001:db8:2::1/64  MTU 1400
 *	alt0  203.0.113.1/26    2001:db8:3::1/64
 *	bare  203.0.113.65/26   2001:db8:4::1/64  without a program
 *
 * The devices are taps. Writing to a tap is receiving a frame from the wire:
 * the kernel handles it before write(2) returns, and what it transmits for
 * it can then be read from the taps. Nothing has to be waited for, and
 * nothing can be taken for the outcome of another frame.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/frame.h"

enum dev { IN0, OUT0, ALT0, BARE, DEVS };
#define NO_DEV (-1)

#define OUTPUTS_MAX 16

struct dev_info {
	const char *name, *mac;
	int mtu;
};

extern const struct dev_info devs[DEVS];

/* What an administrator may have set. Everything off is not the default. */
struct setting {
	int rp_filter_all, rp_filter[DEVS];
	bool forward_ipv4[DEVS];
	bool forward_ipv6_all, forward_ipv6[DEVS];
	bool local_route; /* 198.18.17.0/24 is this host's */
	bool rules;	  /* of policy routing, by TOS, source, ports ... */
	int hash_policy;  /* of multipath routes: 0 addresses, 1 ports too */
};

/* One frame on the wire. */
struct output {
	enum dev dev;
	size_t len;
	uint8_t data[FRAME_MAX];
};

struct outputs {
	int count;
	struct output frame[OUTPUTS_MAX];
};

/* world__make - both routers; dies when the machine cannot have them */
void world__make(void);

/*
 * world__set - apply a setting to both, and load the router anew
 * @object: of the program
 */
void world__set(const struct setting *setting, const char *object);

/* world__oracle - what Linux alone makes of a frame */
void world__oracle(enum dev dev, const uint8_t *data, size_t len,
		   struct outputs *out);

/* world__verdict - what the program on @dev says and makes of a frame */
int world__verdict(enum dev dev, const uint8_t *data, size_t len,
		   struct bytes *out);

/* world__router - what really comes out of the router for a frame */
void world__router(enum dev dev, const uint8_t *data, size_t len,
		   struct outputs *out);

/* world__drain - away with what timers of the kernel have sent */
void world__drain(void);

#endif
