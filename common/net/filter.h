/* SPDX-License-Identifier: GPL-2.0 */
/* The filters of traffic control (tc(8)) on the hooks of a device. */
#ifndef NET_FILTER_H
#define NET_FILTER_H

#include <stdint.h>

struct filter {
	char kind[16];	  /* "bpf", "flower" ... */
	uint32_t prog_id; /* of a BPF filter; 0: it is none */
};

/*
 * filter__each - hand each filter on the ingress and on the egress hook of a
 * device to @visit
 *
 * Stops where @visit does not return 0, and returns that. Otherwise 0, or a
 * negative errno.
 */
int filter__each(int ifindex,
		 int (*visit)(const struct filter *filter, void *arg),
		 void *arg);

#endif
