/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs and their loader share. */
#ifndef TC_PROG_H
#define TC_PROG_H

#define IFINDEX_MAP_MAX 1024 /* addresses of one family */
#define SERVICE_PORT	8080 /* the port whose traffic is redirected */

#endif
