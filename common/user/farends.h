/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses at the far ends of this namespace's veth pairs, in whichever
 * namespaces those are: which pod is behind which interface.
 */
#ifndef FARENDS_H
#define FARENDS_H

#include <netinet/in.h>

struct far_end {
	int family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr ipv4;
		struct in6_addr ipv6;
	};
	int ifindex; /* of the near end, the one in this namespace */
};

/*
 * farends__read - hand each of them to @visit
 *
 * Without link-local and loopback addresses, and those that duplicate
 * address detection has not cleared. Returns 0, or a negative errno.
 */
int farends__read(int (*visit)(const struct far_end *end, void *arg),
		  void *arg);

/*
 * farends__watch - a socket to poll: when it can be read, interfaces or
 * addresses have changed, here or at a far end
 *
 * To be opened before the first farends__read(), so that nothing is missed.
 * Returns a file descriptor, or a negative errno.
 */
int farends__watch(void);

/* farends__drain - forget the changes so far: read what there is now */
void farends__drain(int fd);

#endif
