/* SPDX-License-Identifier: GPL-2.0 */
/*
 * inet_pton() as a fortified build has it from glibc 2.42 on: the program ends
 * where an address does not fit its destination. Here on any glibc. A member
 * of a union counts with its own size, not with the union's.
 */
#ifndef FORTIFIED_H
#define FORTIFIED_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>

static inline __attribute__((always_inline)) int
fortified_pton(int family, const char *text, void *addr, size_t room)
{
	if (room < (family == AF_INET6 ? sizeof(struct in6_addr) :
					 sizeof(struct in_addr)))
		abort();
	return inet_pton(family, text, addr);
}

#define inet_pton(family, text, addr)                                          \
	fortified_pton(family, text, addr,                                     \
		       __builtin_dynamic_object_size(addr, 1))

#endif
