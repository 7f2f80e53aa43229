/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device that a program is for.
 *
 * It is looked up once, by the name on the command line, and travels as name
 * and index: the index is what the kernel is told, also when the device has
 * another name by then; the name is where its maps are pinned (pins.h), and
 * what messages call it.
 */
#ifndef USER_DEVICE_H
#define USER_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>

struct device {
	int ifindex; /* 0: there is no such device (any more) */
	char name[IF_NAMESIZE];
};

/*
 * device__find - an Ethernet device, by its name
 *
 * Returns 0, or a negative errno after logging what is wrong: -ENODEV for no
 * such device, -EINVAL for one that is not Ethernet.
 */
int device__find(struct device *dev, const char *name);

/* device__mac - its MAC address now: 0 or a negative errno, logged */
int device__mac(const struct device *dev, uint8_t mac[6]);

/*
 * device__peer_mac - the MAC address of the other end of a veth pair, which
 * may be in another network namespace
 *
 * Returns 0, -EOPNOTSUPP for a device that is no veth, or another negative
 * errno; not logged.
 */
int device__peer_mac(const struct device *dev, uint8_t mac[6]);

/* device__exists - whether it still does, by whatever name */
bool device__exists(const struct device *dev);

#endif
