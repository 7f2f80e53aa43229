/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs that renew a frame and their drivers share. */
#ifndef HEADER_H
#define HEADER_H

/*
 * The bytes at the start of a frame that are written anew each time: all
 * headers of the frames sent here, and the smallest frame that there is.
 */
#define HEADER_LEN 60

#define FIRST_PORT 1024 /* the source port, or the first of several */

#endif
