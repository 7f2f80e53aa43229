/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Both routers with veth pairs for devices: the wires lead to a station each,
 * which sends, and takes down all that it receives.
 *
 *	station in0 ---- in0 router out0 ---- station out0
 *	station alt0 -- alt0   |    bare ---- station bare
 *	                       listens on each device, too
 *
 * All runs as it does in earnest: queues, NAPI, XDP in native mode on each
 * of the router's devices. Where a frame ends up is known when a marker that
 * was sent behind it has come by.
 */
#ifndef WIRES_H
#define WIRES_H

#include "half.h"

/* What has become of one frame. */
struct passage {
	struct outputs entered; /* the router's stack: the frame, or nothing */
	struct outputs left;
};

/* wires__make - both routers; dies when the machine cannot have them */
void wires__make(void);

/* wires__set - apply a setting to both, and load the router anew */
void wires__set(const struct setting *setting, const char *lesson,
		const char *object);

/* wires__oracle, wires__router - send a frame, wait for all that follows */
void wires__oracle(enum dev dev, const uint8_t *data, size_t len,
		   struct passage *passage);
void wires__router(enum dev dev, const uint8_t *data, size_t len,
		   struct passage *passage);

#endif
