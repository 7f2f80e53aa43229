/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frames for tests: from a description to bytes.
 *
 * A frame is described field by field, best with a macro for the sound frame
 * and the one thing that is different behind it:
 *
 *	struct frame f = { ECHO_REQUEST, .ttl = 1 };
 *
 * Lengths and checksums are worked out here, from the finished bytes and in
 * the plainest way, and share no code with the programs under test.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 4096 /* bytes */

/* Some numbers are computed where they are 0. This gives one, 0 included. */
#define EXACTLY(number) (0x10000 | (number))

/* An IPv6 extension header: hop-by-hop options have the number 0. */
#define EXT(type) (0x100 | (type))

/* What a payload consists of. */
enum fill {
	FILL_COUNT, /* 1, 2, 3 ... */
	FILL_ZEROS,
	FILL_ONES, /* 0xff */
};

/* Which header follows the IP header; its number is frame.ip_proto. */
enum l4 {
	L4_NONE,
	L4_ICMP,
	L4_ICMPV6, /* with a pseudo-header in its checksum */
	L4_UDP,
	L4_TCP,
};

/* All numbers in host byte order, lengths in bytes. */
struct frame {
	const char *dmac, *smac; /* "02:00:00:00:00:01" */
	uint16_t tags[2];	 /* TPID of each VLAN tag */
	uint16_t eth_proto;	 /* 0: that of the addresses */

	/*
	 * ARP for IPv4, where arp_op is not 0: saddr and daddr are the sender
	 * and who is looked for, with these MAC addresses (NULL: zeros).
	 */
	uint16_t arp_op;
	const char *arp_smac, *arp_dmac;
	uint64_t arp_flip; /* bits that are wrong in the first six bytes */

	/* Their form tells IPv4 and IPv6 apart. None: payload, no IP. */
	const char *saddr, *daddr;
	uint8_t version;
	uint8_t ihl;		  /* IPv4: as written, in words */
	uint8_t options;	  /* IPv4: bytes of options ... */
	const char *option_bytes; /* ... and what they are; NULL: all no-op */
	uint8_t tos;		  /* IPv6: traffic class */
	uint8_t ttl;		  /* IPv6: hop limit */
	uint16_t ip_id, frag_off; /* IPv6: those of a fragment header */
	bool any_id;		  /* of what comes out: IPv4, whatever it is */
	uint32_t flow;		  /* IPv6: flow label */
	bool any_flow;		  /* of what comes out: whatever it is */
	uint8_t ip_proto;
	uint16_t ext[4];	/* IPv6: EXT() headers, of 8 bytes each */
	uint32_t ip_len;	/* total or payload length; 0 or EXACTLY() */
	uint32_t ip_check;	/* 0 or EXACTLY() */
	uint16_t ip_check_flip; /* bits that are wrong in it */

	enum l4 l4;
	uint8_t icmp_type, icmp_code;
	uint16_t icmp_id, icmp_seq; /* or what an error has there */
	uint8_t l4_cut; /* bytes missing from the transport header */
	uint16_t sport, dport;
	uint8_t tcp_flags; /* 0: ACK */
	uint32_t l4_check; /* 0 or EXACTLY() */
	uint16_t l4_check_flip;
	uint32_t udp_len; /* 0 or EXACTLY() */

	/* What stands before the payload: another header, say. */
	const char *head;
	uint8_t head_len;
	size_t payload_len;
	enum fill fill;
	/* The payload is the start of this packet: what ICMP errors quote. */
	const struct frame *quoted;
	size_t pad;    /* bytes behind the packet, of 0xee */
	size_t cut_to; /* the frame ends there; 0: at its end */
};

/* A frame, and for each byte of it the name of the field it belongs to. */
struct bytes {
	size_t len;
	uint8_t data[FRAME_MAX];
	const char *field[FRAME_MAX];
};

/* frame__build - the bytes of a frame; aborts for a nonsensical description */
void frame__build(const struct frame *f, struct bytes *b);

/* mac__bytes - six bytes of "02:00:00:00:00:01"; aborts for anything else */
void mac__bytes(const char *text, uint8_t mac[6]);

#endif
