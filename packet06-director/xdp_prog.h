/* SPDX-License-Identifier: GPL-2.0 */
/* What the programs and their loader share. */
#ifndef XDP_PROG_H
#define XDP_PROG_H

#include <stdbool.h>
#include <linux/in6.h>
#include <linux/types.h>

#define TABLE_ROWS   65536 /* as many as 16 bits of the hash select */
#define BACKENDS_MAX 256   /* slots; slot 0 stands for no backend */
#define VIRTUALS_MAX 64
#define FLOWS_MAX    65536

/*
 * All addresses are IPv6's, in network byte order; one of IPv4 is written as
 * ::ffff:192.0.2.1, which no packet has as its own (RFC 4291, 2.5.5.2).
 */
static inline void addr_set_ipv4(struct in6_addr *to, __be32 addr)
{
	to->s6_addr32[0] = to->s6_addr32[1] = 0;
	to->s6_addr32[2] = 0;
	to->s6_addr16[5] = 0xffff;
	to->s6_addr32[3] = addr;
}

static inline bool addr_is_ipv4(const struct in6_addr *addr)
{
	return !(addr->s6_addr32[0] | addr->s6_addr32[1] |
		 addr->s6_addr16[4]) &&
	       addr->s6_addr16[5] == 0xffff;
}

enum backend_state {
	BACKEND_NONE,	  /* the slot is free */
	BACKEND_ACTIVE,	  /* has rows of the table */
	BACKEND_DRAINING, /* has only the flows that it had */
	BACKEND_FAILED,	  /* the same, until `watch` finds that it answers */
};

/*
 * Who has a slot. Packets may read it while it is being written, so the
 * address of a slot changes only while no flow and no row knows the slot: a
 * backend that leaves takes its number, @tenant, along, and leaves the address.
 */
struct backend {
	struct in6_addr addr;
	__u32 state;
	__u32 tenant; /* how many backends have left the slot before this one */
	__u32 weight;
};

/* The two ends of a flow; ports are 0 where there are none. */
struct flow_key {
	struct in6_addr client;
	struct in6_addr virtual_addr;
	__be16 client_port;
	__be16 virtual_port;
	__u32 ip_proto;
};

/*
 * The backend that has a flow: its slot, and which of those that had the slot,
 * one after another.
 */
struct flow {
	__u32 slot;
	__u32 tenant;
};

#endif
