/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Health checks: whether the backends of a running director answer.
 */
#ifndef HEALTH_H
#define HEALTH_H

#include <linux/in6.h>
#include <linux/types.h>

struct health {
	const char *dev;
	__u16 port;   /* of TCP, in host byte order */
	int interval; /* seconds between two rounds */
	/* Where to connect from: the first one that fits, as xdp_prog.h says */
	const struct in6_addr *sources;
	int source_count;
};

/*
 * health__watch - until SIGINT or SIGTERM, connect to each backend's own
 * address again and again
 *
 * One that does not answer within HEALTH_BOUND gets no new flows until it
 * answers again. What is draining is left alone. Says on stdout what changes.
 * Afterwards the backends stay as they are. Returns 0, or a negative errno
 * after logging it.
 */
#define HEALTH_BOUND 2 /* seconds: a lost SYN has been repeated by then */
int health__watch(const struct health *h);

#endif
