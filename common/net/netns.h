/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Network namespaces: into one and back, and how two know each other.
 *
 * A namespace is a file descriptor here. All that is asked of the kernel
 * (link.h, route.h, sysctl.h ...) is asked in the one that the thread is in.
 */
#ifndef NET_NETNS_H
#define NET_NETNS_H

/* For what a namespace's number may be asked: the one that we are in. */
#define NETNS_HERE (-1)

/* netns__open - that of the calling thread: a file descriptor, or -errno */
int netns__open(void);

/* netns__open_named - one that has a name in /run/netns (ip-netns(8)) */
int netns__open_named(const char *name);

/* netns__enter - into it, until the next call: 0 or -errno */
int netns__enter(int fd);

/*
 * netns__number - the number by which the namespace that we are in knows
 * another one, as in IFLA_LINK_NETNSID
 *
 * A negative errno where it has none.
 */
int netns__number(int fd);

#endif
