/* SPDX-License-Identifier: GPL-2.0 */
/* The two ends of a TCP connection, and whose they are (sock_diag(7)). */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <stdbool.h>
#include <netinet/in.h>
#include <sys/types.h>

/* All in network byte order. IPv4 within IPv6 (::ffff:a.b.c.d) is IPv4. */
struct socket_end {
	int family; /* AF_INET or AF_INET6 */
	in_port_t port;
	union {
		struct in_addr ipv4;
		struct in6_addr ipv6;
	};
};

/* socket_end__is_loopback - whether it has an address that no other host has */
bool socket_end__is_loopback(const struct socket_end *end);

/*
 * socket__ends - of a connection: @here is @fd's, @there the other one
 *
 * Returns 0, -EAFNOSUPPORT for a socket that is not IP, or another negative
 * errno.
 */
int socket__ends(int fd, struct socket_end *here, struct socket_end *there);

/*
 * socket__user - the user who has opened the socket at @there
 *
 * In this network namespace, connected to @here. -ENOENT: there is none, or
 * nobody has it open any more, so it may have been anybody's. Otherwise 0 or
 * another negative errno; a kernel without CONFIG_INET_TCP_DIAG has one.
 */
int socket__user(const struct socket_end *there, const struct socket_end *here,
		 uid_t *user);

#endif
