/* SPDX-License-Identifier: GPL-2.0 */
/* What drivers tell of their devices beside netlink: ethtool(8). */
#ifndef NET_ETHTOOL_H
#define NET_ETHTOOL_H

#include <stdbool.h>

/* What a device does with packets that the kernel might do itself. */
struct offloads {
	bool gro;	  /* generic-receive-offload */
	bool tx_checksum; /* tx-checksumming */
	bool rx_vlan, tx_vlan;
};

/* ethtool__offloads - those that are on: 0 or a negative errno */
int ethtool__offloads(const char *dev, struct offloads *offloads);

/*
 * ethtool__each_counter - hand each of the driver's counters to @visit
 *
 * Returns 0, or a negative errno: -EOPNOTSUPP for a driver that has none.
 */
int ethtool__each_counter(const char *dev,
			  void (*visit)(const char *name,
					unsigned long long value, void *arg),
			  void *arg);

#endif
