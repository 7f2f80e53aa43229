/* SPDX-License-Identifier: GPL-2.0 */
/* The XDP programs on devices. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include "device.h"

/* programs__read - fill in what of a device is about its program, from there */
void programs__read(struct device *dev);

#endif
