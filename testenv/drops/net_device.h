/* SPDX-License-Identifier: GPL-2.0 */
/* Of the kernel's network devices what is used here; CO-RE finds it. */
#ifndef NET_DEVICE_H
#define NET_DEVICE_H

#include "drops.h"

/* clang-format off */
#pragma clang attribute push(__attribute__((preserve_access_index)), \
			     apply_to = record)
/* clang-format on */

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	char name[NAME_LEN];
	int ifindex;
	possible_net_t nd_net;
};

#pragma clang attribute pop

#endif
