/* SPDX-License-Identifier: GPL-2.0 */
/* The network namespaces that are watched, and their devices. */
#ifndef SPACES_H
#define SPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <net/if.h>

#include "drops.h"

#define SPACES_MAX 600

struct space {
	char name[64]; /* "" for the namespace in which the tool was called */
	__u32 inum;
	int fd;
};

/* The first is that of the caller. */
extern struct space spaces[SPACES_MAX];
extern int space_count;

/* spaces__init - note the caller's namespace: 0 or -errno, logged */
int spaces__init(void);

/*
 * spaces__watch_envs - watch all environments and labs
 *
 * spaces__scan() looks which there are, at first and from time to time; it
 * returns whether there are other namespaces now.
 */
void spaces__watch_envs(void);
bool spaces__scan(void);

/*
 * spaces__add_dev - watch this device of the caller's namespace
 *
 * Of that namespace only such devices are watched, and all where there are
 * none. What else the machine does is nobody's concern.
 */
void spaces__add_dev(const char *dev);
bool spaces__has_dev(const char *dev);

/*
 * spaces__add - watch the namespace that has a name in /run/netns
 *
 * Returns 0, or -errno after logging it.
 */
int spaces__add(const char *name);

/* spaces__find - by inode number; NULL: it is not watched */
const struct space *spaces__find(__u32 inum);

/* spaces__label - "test", or "here" for the caller's */
const char *spaces__label(const struct space *space);

/* spaces__greet - say on stderr that they are watched from now on */
void spaces__greet(void);

/* spaces__enter, spaces__leave - into it, and back to the caller's */
int spaces__enter(const struct space *space);
void spaces__leave(void);

/* spaces__dev_name - of a device in it; "?" where it has gone */
const char *spaces__dev_name(__u32 inum, __u32 ifindex, char name[IFNAMSIZ]);

/*
 * spaces__peer - from one end of a veth pair to the other
 *
 * @place stays as it is where it is no veth's, or where the other end is in
 * a namespace that is not watched.
 */
void spaces__peer(struct place *place);

/* spaces__is_down - whether somebody has set that device down */
bool spaces__is_down(const struct place *place);

#endif
