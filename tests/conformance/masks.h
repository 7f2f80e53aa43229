/* SPDX-License-Identifier: GPL-2.0 */
/* The fields that Linux does not choose alike twice. */
#ifndef MASKS_H
#define MASKS_H

#include "half.h"

/*
 * masks__apply - set them to zero, and the checksums that cover them
 *
 * Only where the checksum was right, and, but for an option that routers fill
 * in, only in what the router itself has written.
 */
void masks__apply(struct output *o);

/* masks__print - which were needed, and how often */
void masks__print(void);

#endif
