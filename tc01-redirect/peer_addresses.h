/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses at the other ends of this namespace's veth pairs, in whichever
 * namespaces those are: which pod is behind which interface.
 */
#ifndef PEER_ADDRESSES_H
#define PEER_ADDRESSES_H

#include "../common/net/address.h"

/*
 * peer_addresses__each - hand each of them to @visit
 * @visit: the ifindex of its address is that of the end in this namespace
 *
 * Without link-local and loopback addresses, and those that duplicate
 * address detection has not cleared. Returns 0, or a negative errno.
 */
int peer_addresses__each(int (*visit)(const struct address *address, void *arg),
			 void *arg);

/*
 * peer_addresses__watch - a socket to poll: when it can be read, interfaces or
 * addresses have changed, here or at a peer
 *
 * To be opened before the first peer_addresses__each(), so that nothing is
 * missed. Returns a file descriptor, or a negative errno.
 */
int peer_addresses__watch(void);

/* peer_addresses__drain - forget the changes so far: read what there is now */
void peer_addresses__drain(int fd);

#endif
