/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a running director is told: its maps, from the side of user space.
 *
 * All that there is to know is in the maps, which are pinned for the
 * director's device. A change is prepared here and then applied at once: the
 * table of rows is replaced by one system call.
 */
#ifndef DIRECTOR_H
#define DIRECTOR_H

#include <stdbool.h>
#include <linux/types.h>

#include "xdp_prog.h"

#define WEIGHT_MAX 100

struct director {
	const char *dev;
	int lock_fd; /* no two commands change a director at a time */
	int virtuals_fd, backends_fd, stats_fd, tables_fd, flows_fd;
	struct backend backends[BACKENDS_MAX];	/* by slot, as they shall be */
	struct in6_addr virtuals[VIRTUALS_MAX]; /* the same; zeros: none */
	__u32 rows[TABLE_ROWS];			/* slots, as they are */
};

/*
 * director__open - the maps of the director that runs on @dev
 *
 * Returns 0, or a negative errno after logging it. So do the functions below.
 */
int director__open(struct director *d, const char *dev);
void director__close(struct director *d);

/*
 * Changes, which director__apply() makes. Addresses are written as xdp_prog.h
 * says. To add a backend that is draining takes it back; to add what is there
 * already is no error, and may give it another weight.
 * @weight: 1 to WEIGHT_MAX; 0: as it was, 1 for a new one
 */
int director__add(struct director *d, const struct in6_addr *backend,
		  __u32 weight);
int director__drain(struct director *d, const struct in6_addr *backend);
int director__remove(struct director *d, const struct in6_addr *backend);
int director__add_virtual(struct director *d, const struct in6_addr *addr);
int director__remove_virtual(struct director *d, const struct in6_addr *addr);

/*
 * director__set_health - whether a backend answers: one that is active fails,
 * one that has failed is active again, and any other stays as it is
 *
 * Returns whether that is a change.
 */
bool director__set_health(struct director *d, const struct in6_addr *backend,
			  bool answers);

/* director__text - an address, in a buffer that the next call writes to */
const char *director__text(const struct in6_addr *addr);

/*
 * director__apply - make the changes, and say on stdout how many rows moved
 *
 * A backend is known before the table has rows for it, and forgotten after
 * it has none; a virtual address has backends as long as there are any.
 */
int director__apply(struct director *d);

/* director__list - what there is, on stdout, for people or as one JSON object
 */
int director__list(struct director *d, bool json);

#endif
