/* SPDX-License-Identifier: GPL-2.0 */
/* Packet sockets on all devices of the watched namespaces. */
#ifndef TAPS_H
#define TAPS_H

#include <stdbool.h>
#include <sys/types.h>
#include <linux/types.h>

struct tap_frame {
	__u64 time; /* of the monotonic clock, ns */
	int ns;	    /* in namespaces[] */
	int ifindex;
	bool is_sent; /* by this device, or received */
	__u32 length, captured;
	unsigned char data[256];
};

/* taps__open - 0, or -errno after logging it */
int taps__open(void);

/* taps__read - the next frame that was seen; false: none is waiting */
bool taps__read(struct tap_frame *frame);

#endif
