/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A map that the programs of several devices have in common, or the programs
 * of one device, one after another.
 *
 * Each device has it among its own pins, so it lives as long as one of them
 * does, and nothing is left when the last is gone.
 */
#ifndef SHARE_H
#define SHARE_H

#include "loader.h"

/*
 * share__join - use the map that another device's program has pinned
 * @name: of the map, in the program and among the pins
 *
 * Between open and attach. Only devices of this network namespace count and,
 * for a map of devices, only those whose program runs in the same mode (native
 * or generic). Where there is none, the object's own map stays, to be the
 * first. Returns 0, or a negative errno after logging it.
 */
int share__join(struct loader *l, const char *name);

/* share__keep - the same with the map of this device's program before */
int share__keep(struct loader *l, const char *name);

/*
 * share__enter - enter the device in a shared map of devices, once loaded
 *
 * Returns 0, or a negative errno after logging it.
 */
int share__enter(struct loader *l, const char *name);

/* share__leave - and remove it there, while it still has its pins */
void share__leave(const struct device *dev, const char *name);

#endif
