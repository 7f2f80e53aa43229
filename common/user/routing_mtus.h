/* SPDX-License-Identifier: GPL-2.0 */
/* The MTUs that this host's routes have of their own, for a router's map. */
#ifndef USER_ROUTING_MTUS_H
#define USER_ROUTING_MTUS_H

#include <stdbool.h>

#include "../net/route.h"
#include "../routing.h"

#define ROUTES_MAX (ROUTE_MTUS_MAX - 2) /* and one for each family */

struct routing_mtus {
	unsigned int min; /* the smallest; 0: no route has an MTU of its own */
	unsigned int count; /* of routes, also of those that are not below */
	struct {
		struct route_prefix prefix;
		unsigned int family, table;
		unsigned int mtu; /* ~0: none of its own */
		bool for_all;	  /* whatever the TOS or source */
	} route[ROUTES_MAX];
};

/* routing_mtus__add - note a route; those of a table one after another */
void routing_mtus__add(struct routing_mtus *mtus, const struct route *route);

/* routing_mtus__count - how many routes have an MTU of their own */
unsigned int routing_mtus__count(const struct routing_mtus *mtus);

/* routing_mtus__same - whether a map filled from @a would serve for @b */
bool routing_mtus__same(const struct routing_mtus *a,
			const struct routing_mtus *b);

/*
 * routing_mtus__fill - write them into the map route_mtus, for what it has
 *
 * The program may run. -E2BIG where there are too many routes, and the map is
 * empty then; or another negative errno.
 */
int routing_mtus__fill(const struct routing_mtus *mtus, int map_fd);

#endif
