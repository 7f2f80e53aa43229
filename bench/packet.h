/* SPDX-License-Identifier: GPL-2.0 */
/* The frame that is measured with, as options describe it. */
#ifndef PACKET_H
#define PACKET_H

#include <argp.h>
#include <stdint.h>

#include "../grader/frame.h"
#include "header.h"

/* What the options of packet_argp say beyond the frame. */
struct packet_options {
	const char *dev;
	int cpu;
	/* Destinations to choose from for each frame, and how far apart. */
	unsigned int hosts, step;
};

extern struct packet_options packet_opt;

/* Options -d -c and those of the frame; a child of a command's own argp. */
extern const struct argp packet_argp;

/* packet__number - an option's number; a usage error outside of min to max */
double packet__number(struct argp_state *state, const char *arg, double min,
		      double max);

/*
 * packet__build - the frame, as one station of the link sends it to another
 *
 * Returns 0, or -EINVAL after logging that there is no such frame.
 */
int packet__build(const uint8_t *source_mac, const uint8_t *dest_mac,
		  struct bytes *bytes);

/* packet__sport_at - where in the frame the source port is */
unsigned int packet__sport_at(void);

/* packet__take_core - run on one CPU (-c), there before everybody else */
int packet__take_core(void);

#endif
