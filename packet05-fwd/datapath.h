/* SPDX-License-Identifier: GPL-2.0 */
/* How the program is loaded: by xdp_prog_user once, by fwd as a service. */
#ifndef DATAPATH_H
#define DATAPATH_H

#include <stdbool.h>

#include "../common/user/lesson.h"

#define PROG_NAME "xdp_fwd_func"
#define PORTS	  "fwd_ports"
#define PAUSE	  "fwd_pause"

/* What is asked of all loads that follow. */
struct datapath_options {
	unsigned int entries, static_entries; /* of each table; 0: as built */
	bool trace;
	bool again; /* the daemon has read the settings, and warned of them */
};

extern struct datapath_options datapath_options;

/* The steps of a load that are this lesson's. */
extern const struct lesson datapath;

/* datapath__runs_on - whether it has been loaded on a device */
bool datapath__runs_on(int ifindex);

/*
 * datapath__renew - tell the program on a device what has changed of this
 * host: its addresses, routes, rules, settings
 * @args: how it was loaded
 *
 * Returns 0, also where the device has gone; or a negative errno, logged. Then
 * the program forwards nothing, until a later call succeeds.
 */
int datapath__renew(const struct device *dev, const struct lesson_args *args);

/* datapath__paused - a device for which that has failed; NULL: none */
const char *datapath__paused(void);

#endif
