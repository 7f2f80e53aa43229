/* SPDX-License-Identifier: GPL-2.0 */
/* What an XDP router needs of the host, and what of the host it goes past. */
#ifndef ROUTING_H
#define ROUTING_H

/*
 * routing__warn - one line for each thing that the user may not expect
 *
 * Forwarding that is off on @dev, so that the router will pass everything;
 * and what Linux would have applied to forwarded packets but an XDP router
 * does not: netfilter's forward hook, rp_filter on @dev, MTUs of routes.
 */
void routing__warn(const char *dev);

#endif
