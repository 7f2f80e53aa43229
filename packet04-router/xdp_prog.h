/* SPDX-License-Identifier: GPL-2.0 */
/* What the program and its loader share. */
#ifndef XDP_PROG_H
#define XDP_PROG_H

#define ROUTER_PORTS_MAX 1024 /* devices that run the router */

#endif
