/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tables of the data path, and what the daemon tells it.
 *
 * Functions return 0 or a negative errno, and log nothing: who calls has a
 * client to tell.
 */
#ifndef TABLES_H
#define TABLES_H

#include <stdbool.h>
#include <stdint.h>
#include <netinet/in.h>

#include "xdp_prog.h"

/* A destination, in network byte order. */
struct dest {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr ipv4;
		struct in6_addr ipv6;
		__u8 addr[16]; /* of either family, in network byte order */
	};
};

/* Which of the tables; both families. */
enum table { STATIC = 1, LEARNED = 2, BOTH = STATIC | LEARNED };

/* tables__open - those that are pinned for a device, where they are shared */
int tables__open(const char *dev);
void tables__close(void);

/* tables__set - enter a static entry, or change it; -E2BIG: the table is full
 */
int tables__set(const struct dest *dest, const struct fwd_entry *entry);

/* tables__delete - remove what there is for it; -ENOENT: there is nothing */
int tables__delete(const struct dest *dest);

/* tables__flush - remove all entries */
int tables__flush(enum table which);

/*
 * tables__each - call @visit for each entry that holds at present
 *
 * It stops when @visit returns a negative errno, and returns that.
 */
int tables__each(enum table which,
		 int (*visit)(const struct dest *dest, enum table table,
			      const struct fwd_entry *entry, void *arg),
		 void *arg);

/*
 * tables__carry_over - add the static entries of other tables
 * @old_ipv4, @old_ipv6: file descriptors, or negative for none
 *
 * They may be the same tables. -E2BIG: not all of them fit.
 */
int tables__carry_over(int old_ipv4, int old_ipv6);

/*
 * tables__tell_empty - tell the program which static tables are empty
 *
 * It does not look into those. After a change, and from time to time: others
 * may write into the tables by hand.
 */
void tables__tell_empty(void);

/* tables__tick - the program's time, in FWD_TICKs */
__u32 tables__tick(void);

/* state - the record that all programs read; NULL while nothing is open */
extern struct fwd_state *state;

#endif
