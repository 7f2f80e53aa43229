/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Both routers with taps for devices; bare is without a program.
 *
 * Writing to a tap is receiving a frame from the wire: the kernel handles it
 * before write(2) returns, and what it transmits for it can then be read from
 * the taps. Nothing has to be waited for, and nothing can be taken for the
 * outcome of another frame.
 */
#ifndef WORLD_H
#define WORLD_H

#include "half.h"

/* world__make - both routers; dies when the machine cannot have them */
void world__make(void);

/*
 * world__set - apply a setting to both, and load the program anew
 * @lesson: whose it is; @object: its path, or a folder that has it
 */
void world__set(const struct setting *setting, const char *lesson,
		const char *object);

/* world__oracle - what Linux alone makes of a frame */
void world__oracle(enum dev dev, const uint8_t *data, size_t len,
		   struct outputs *out);

/* world__verdict - what the program on @dev says and makes of a frame */
int world__verdict(enum dev dev, const uint8_t *data, size_t len,
		   struct bytes *out);

/* world__router - what really comes out of the router for a frame */
void world__router(enum dev dev, const uint8_t *data, size_t len,
		   struct outputs *out);

#endif
