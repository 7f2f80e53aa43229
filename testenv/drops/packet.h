/* SPDX-License-Identifier: GPL-2.0 */
/* Packets in words. */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/types.h>

#define FIELDS_MAX 64

/* One header field. Headers nest: what is in a tunnel has a higher level. */
struct field {
	int level;
	char name[16];
	char value[48];
};

struct packet {
	struct field fields[FIELDS_MAX];
	int count;
	int level;	   /* of the innermost IP header; 0: no tunnel */
	char protocol[12]; /* innermost: "icmp", "tcp" ... */
	char text[256];	   /* "192.0.2.1 > 192.0.2.2 icmp echo request" */
	char identity[96]; /* what stays the same from hop to hop */
	bool same_ends;	   /* IP source and destination are the same */
	bool is_multicast; /* or broadcast */
	int ip_excess;	   /* outermost IP length beyond what is there */
};

/*
 * packet__parse - read the headers of a packet
 * @length: of the packet; @captured: bytes of it in @data
 * @has_eth: it begins with an Ethernet header
 * @protocol: the EtherType where it does not, in network byte order
 *
 * What is cut off is left out.
 */
void packet__parse(struct packet *p, const void *data, __u32 captured,
		   __u32 length, bool has_eth, __u16 protocol);

/* packet__is_chatter - what kernels say of their own accord to all others */
bool packet__is_chatter(const struct packet *p);

/* packet__get - the value of an innermost field, or "" */
const char *packet__get(const struct packet *p, const char *name);

/* packet__has_address - whether any of its headers has this IP address */
bool packet__has_address(const struct packet *p, const char *address);

#endif
