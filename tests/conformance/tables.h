/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of packet05, and the part of its daemon: what was learned holds
 * until it may be wrong.
 */
#ifndef TABLES_H
#define TABLES_H

#include "half.h"

/* A destination, as it lies in the packet. */
struct dest {
	bool ipv6;
	uint8_t addr[16];
};

/* tables__open - those of the program that has just been loaded */
void tables__open(void);

/* dest__read - of a frame; false where there is none */
bool dest__read(struct dest *dest, const struct bytes *frame);

/*
 * tables__prepare - what a daemon does before such a frame may come
 *
 * Where the destination does not decide alone, what was learned or copied for
 * it before is gone. Elsewhere it goes on holding: no route changes.
 */
void tables__prepare(const struct dest *dest, const struct setting *setting);

enum known { NOT_KNOWN, LEARNED, STATIC };

/* tables__knows - by which table the program finds the way */
enum known tables__knows(const struct dest *dest);

/* tables__make_static - copy what was learned into the other table */
void tables__make_static(const struct dest *dest);

#endif
