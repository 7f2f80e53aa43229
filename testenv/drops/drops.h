/* SPDX-License-Identifier: GPL-2.0 */
/* What the tracepoint programs tell the tools about one lost packet. */
#ifndef DROPS_H
#define DROPS_H

#include <linux/types.h>

#define NAME_LEN     16
#define PACKET_BYTES 192 /* of a packet, from its first header on */
#define PRINT_BYTES  256
#define STACK_DEPTH  32

enum event_kind {
	EVENT_SKB,	/* skb:kfree_skb */
	EVENT_ACTION,	/* xdp:xdp_exception */
	EVENT_REDIRECT, /* xdp:xdp_redirect_err, xdp_redirect_map_err */
	EVENT_XMIT,	/* xdp:xdp_devmap_xmit */
	EVENT_BULK_TX,	/* xdp:xdp_bulk_tx */
	EVENT_SENT,	/* xdp:xdp_redirect, or xdp_bulk_tx of what was sent */
	EVENT_PRINT,	/* bpf_printk() */
};

struct place {
	__u32 netns; /* inode number; 0: not known */
	__u32 ifindex;
	char dev[NAME_LEN];
};

struct event {
	__u64 time; /* of the monotonic clock, ns */
	__u32 kind; /* enum event_kind */
	__u32 cpu;
	struct place at, to; /* to: of a redirect */
	__u64 location;	     /* in the kernel's code */
	__u32 reason;	     /* enum skb_drop_reason of this kernel */
	__u32 action;	     /* enum xdp_action */
	__s32 err;	     /* positive errno */
	__u32 count;	     /* of packets, lost or sent */
	__u32 prog_id;	     /* 0: not known */
	__u32 length;	     /* of the packet; 0: the packet is not known */
	__u32 captured;	     /* bytes of it below */
	__u16 protocol;	     /* EtherType, network byte order */
	__u8 has_eth;	     /* it begins with an Ethernet header */
	__u8 pkt_type;	     /* PACKET_HOST and so on */
	__u8 data[PACKET_BYTES];
};

/* EVENT_PRINT: a line, and the calls that led to it */
struct print_event {
	__u64 time;
	__u32 kind;
	__u32 cpu;
	__s32 stack_bytes; /* or a negative errno */
	__u64 stack[STACK_DEPTH];
	char text[PRINT_BYTES];
};

#endif
