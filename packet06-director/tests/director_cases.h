/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the director is to do with a frame, and what it is told: for all files
 * with cases of its program.
 */
#ifndef DIRECTOR_CASES_H
#define DIRECTOR_CASES_H

#include "../xdp_prog.h"
#include "gue_cases.h"

/* clang-format off */
#define IPV4 IN, PACKET_IPV4
#define IPV6 IN, PACKET_IPV6
#define TEST_OF(number, sentence, function) \
	{ .desc = sentence, .test = function, .assignment = number }
/* An ICMP error from a router on the way back to the client. */
#define ERROR_ABOUT(packet, ...) \
	{ IN, .saddr = "192.0.2.77", .daddr = VIRTUAL, .version = 4, \
	  .ihl = 5, .ttl = 60, ICMP, .icmp_type = 3, .icmp_code = 4, \
	  .icmp_seq = 1400, .quoted = &(packet), .payload_len = 28, \
	  __VA_ARGS__ }
/* clang-format on */

/* What the backend has sent to the client, and is complained about. */
#define ANSWER                                                                 \
	.dmac = MAC_HOST, .smac = MAC_HOST, .saddr = VIRTUAL,                  \
	.daddr = IPV4_PEER, .version = 4, .ihl = 5, .ttl = 61,                 \
	.ip_proto = IPPROTO_TCP, .l4 = L4_TCP, .sport = 80, .dport = 43210,    \
	.payload_len = 600

#define SYN	.tcp_flags = 0x02
#define SYN_ACK .tcp_flags = 0x12

/* A suite of the director's program: its table of rows. */
/* clang-format off */
#define DIRECTOR_SUITE(table) \
	{ \
		.lesson = "packet06-director", .program = "xdp_director_func", \
		.rows = table, .count = ARRAY_SIZE(table), \
		.before_load = set_director_constants, \
		.setup = fill_director_maps, .owners = director_owners, \
		.decides = director_decides, \
	}
/* clang-format on */

extern const struct owner director_owners[];
int director_decides(const struct frame *in, int action);
void set_director_constants(void);
void fill_director_maps(void);

/*
 * open_director - another one, to be closed, with one backend and its own
 * constants
 * @source, @source6: where outer packets come from, or NULL
 */
void open_director(struct subject *s, const char *source, const char *source6,
		   __u32 mtu, const char *backend);

/* What it is told. @addr: NULL in a slot that is free */
void add_virtual(struct subject *s, const char *addr);
void set_backend(struct subject *s, __u32 slot, const char *addr, __u32 state);
void set_table(struct subject *s, const __u32 *rows);
void set_all_rows(struct subject *s, __u32 slot);

/* flow_of - what the flow of a frame from a client is known by */
struct flow_key flow_of(const struct frame *f);
uint64_t hash_of(const struct frame *f);

/* is_known - whether that flow is remembered */
bool is_known(const struct frame *in);

/*
 * outer_of - the frame that @in must become
 * @flow: a packet of the flow that decides
 */
struct frame outer_of(const struct frame *in, const struct frame *flow,
		      const char *backend);

/* The outcomes: sent to a backend; refused with an ICMP error. */
void sent_to(const struct frame *in, const struct frame *flow,
	     const char *backend);
void sent_to_first(const struct frame *in);
void refused_by(struct subject *s, const struct frame *in, int mtu);

/* restore_backends - the first two active, all rows the first one's */
void restore_backends(void);

/* sent_so_far - what is counted for a backend */
struct xdp_stats sent_so_far(__u32 slot);

/*
 * Metadata takes up the room in front of a frame: 256 bytes less a few.
 * takes_metadata - whether this kernel takes as much for a test
 */
#define FULL_ROOM 216
bool takes_metadata(void);

#endif
