/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What there is to look at: this network namespace, those of environments and
 * labs, and the devices in all of them.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>

#include "device.h"

/* world__read - 0, or a negative errno after logging it */
int world__read(void);

/*
 * world__each_netns, world__each_end - visit all, each from inside
 *
 * The ends are those of veth pairs that t has made. Meanwhile the process is in
 * that network namespace: what is asked of the kernel is asked there.
 */
void world__each_netns(void (*visit)(const struct netns *netns));
void world__each_end(void (*visit)(const struct device *dev));

/* world__next_device - of all; the first behind NULL, and NULL behind the last
 */
const struct device *world__next_device(const struct device *dev);

/* world__is_here - whether it is the namespace in which t was called */
bool world__is_here(const struct netns *netns);

/* world__find_here - a device here; NULL: there is none of that name */
const struct device *world__find_here(const char *name);

#endif
