/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is read of a packet in the kernel's memory: of its structures only the
 * members named here, which CO-RE finds. So this is built without the running
 * kernel's types.
 */
#ifndef SK_BUFF_H
#define SK_BUFF_H

#include <linux/types.h>

#include "net_device.h"

#define AF_INET	  2
#define AF_INET6  10
#define NO_HEADER 0xffff /* an offset that is not set */
#define ETH_HLEN  14

/* clang-format off */
#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)
/* clang-format on */

struct sock_common {
	unsigned short skc_family;
	possible_net_t skc_net;
};

struct sock {
	struct sock_common __sk_common;
};

struct dst_entry {
	struct net_device *dev;
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	unsigned long _skb_refdst;
	unsigned int len, data_len;
	__u16 protocol;
	__u16 mac_header, network_header;
	unsigned char *head, *data;
};

struct bpf_prog_aux {
	__u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

#pragma clang attribute pop

#endif
