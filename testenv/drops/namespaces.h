/* SPDX-License-Identifier: GPL-2.0 */
/* The network namespaces that are watched, and their devices. */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>
#include <net/if.h>

#include "drops.h"

#define NAMESPACES_MAX 600

struct netns {
	char name[64]; /* "" for the namespace in which the tool was called */
	__u32 inum;
	int fd;
};

/* The first is that of the caller. */
extern struct netns namespaces[NAMESPACES_MAX];
extern int namespace_count;

/* namespaces__init - note the caller's namespace: 0 or -errno, logged */
int namespaces__init(void);

/*
 * namespaces__watch_envs - watch all environments and labs
 *
 * namespaces__scan() looks which there are, at first and from time to time; it
 * returns whether there are other namespaces now.
 */
void namespaces__watch_envs(void);
bool namespaces__scan(void);

/*
 * namespaces__add_dev - watch this device of the caller's namespace
 *
 * Of that namespace only such devices are watched, and all where there are
 * none. What else the machine does is nobody's concern.
 */
void namespaces__add_dev(const char *dev);
bool namespaces__has_dev(const char *dev);

/*
 * namespaces__add - watch the namespace that has a name in /run/netns
 *
 * Returns 0, or -errno after logging it.
 */
int namespaces__add(const char *name);

/* namespaces__find - by inode number; NULL: it is not watched */
const struct netns *namespaces__find(__u32 inum);

/* namespaces__label - "test", or "here" for the caller's */
const char *namespaces__label(const struct netns *ns);

/* namespaces__greet - say on stderr that they are watched from now on */
void namespaces__greet(void);

/* namespaces__enter, namespaces__leave - into it, and back to the caller's */
int namespaces__enter(const struct netns *ns);
void namespaces__leave(void);

/* namespaces__dev_name - of a device in it; "?" where it has gone */
const char *namespaces__dev_name(__u32 inum, __u32 ifindex,
				 char name[IFNAMSIZ]);

/*
 * namespaces__peer - from one end of a veth pair to the other
 *
 * Returns whether that is what @place is now: it stays as it is where it is no
 * veth's, or where the other end is in a namespace that is not watched.
 */
bool namespaces__peer(struct place *place);

/* namespaces__is_down - whether somebody has set that device down */
bool namespaces__is_down(const struct place *place);

#endif
