/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What t doctor looks at, in the order of the table in main.c.
 *
 * What it finds, a check tells by warning() or problem(); where it finds
 * nothing, what the table says is printed, or what it has told by fine(). One
 * that takes a device is called for each veth end that t has made, in the
 * network namespace of that end.
 */
#ifndef CHECKS_H
#define CHECKS_H

#include "world.h"

/* The folder of t and its tools, "PATH/testenv". */
extern const char *testenv;

/* has_right - whether this process has CAP_NET_ADMIN or the like */
bool has_right(int capability);

/* check_kernel.c */
void check_kernel(void);
void check_features(void);
void check_native(void);
void check_dispatcher(void);
void check_tracepoints(void);

/* check_machine.c */
void check_rights(void);
void check_bpffs(void);
void check_tools(void);
void check_ipv6(void);

/* check_devices.c */
void check_environments(void);
void check_up(const struct device *dev);
void check_receiver(const struct device *dev);
void check_offloads(const struct device *dev);
void check_mtu(const struct device *dev);
void check_vlans(const struct device *dev);

/* check_programs.c */
void check_mode(const struct device *dev);
void check_program_inside(const struct device *dev);
void check_foreign_devices(void);
void check_pins_of(const struct device *dev);
void check_stale_pins(void);

/* check_routes.c */
void check_forwarding(const struct device *dev);
void check_rp_filter(const struct device *dev);
void check_neighbours(const struct device *dev);
void check_routes(const struct device *dev);

/* check_firewall.c */
void check_firewall(void);

#endif
