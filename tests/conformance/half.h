/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One router: its devices, addresses, routes, neighbours and settings. There
 * are always two that are the same in everything but one: in the first Linux
 * is alone, in the second devices run a lesson's program, loaded by its own
 * loader.
 *
 *	in0   192.0.2.1/24      2001:db8:1::1/64
 *	out0  198.51.100.1/24   2001:db8:2::1/64  MTU 1400
 *	alt0  203.0.113.1/26    2001:db8:3::1/64
 *	bare  203.0.113.65/26   2001:db8:4::1/64
 */
#ifndef HALF_H
#define HALF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../grader/frame.h"

enum dev { IN0, OUT0, ALT0, BARE, DEVS };
#define NO_DEV (-1)

struct dev_info {
	const char *name, *mac;
	int mtu;
};

extern const struct dev_info devs[DEVS];

/* What an administrator may have set. Everything off is not the default. */
struct setting {
	int rp_filter_all, rp_filter[DEVS];
	bool forward_ipv4[DEVS];
	bool forward_ipv6_all, forward_ipv6[DEVS];
	bool local_route; /* 198.18.17.0/24 is this host's */
	bool rules;	  /* of policy routing, by TOS, source, ports ... */
	int hash_policy;  /* of multipath routes: 0 addresses, 1 ports too */
};

struct half {
	int netns;
	int wire[DEVS]; /* another end of the device: what is written arrives */
	int ifindex[DEVS];
	struct setting setting; /* in force */
};

/*
 * half__make - the router, in a network namespace of its own
 * @plug: makes a device of this name, and returns its wire
 *
 * This and what follows die when the machine cannot have it.
 */
void half__make(struct half *half, int (*plug)(enum dev dev));

/* half__enter - be in its network namespace */
void half__enter(const struct half *half);

void half__set(struct half *half, const struct setting *setting);

/*
 * half__load - load a program onto its first @count devices
 * @lesson: whose loader does it
 */
void half__load(const struct half *half, const char *lesson, const char *object,
		int count);

/* half__open_prog - a file descriptor of the program that runs on a device */
int half__open_prog(const struct half *half, enum dev dev);

/* half__isolate_pins - a new bpffs: others may be testing at the same time */
void half__isolate_pins(void);

/* One frame on the wire. */
struct output {
	enum dev dev;
	size_t len;
	uint8_t data[FRAME_MAX];
};

#define OUTPUTS_MAX 16

struct outputs {
	int count;
	struct output frame[OUTPUTS_MAX];
};

/*
 * output__is_membership_report - IGMP or MLD
 *
 * They are sent by timers, at moments that the kernel draws at random: they
 * belong to no frame.
 */
bool output__is_membership_report(const struct output *o);

#endif
