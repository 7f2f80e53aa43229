/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <net/if_arp.h>

#include "../net/link.h"
#include "device.h"
#include "log.h"

int device__find(struct device *dev, const char *name)
{
	struct link link;
	int err = link__find(name, &link);

	if (err == -ENODEV)
		log_err("there is no device '%s' here: `ip link` lists those "
			"that there are",
			name);
	else if (err)
		log_err("%s: cannot read what device it is: %s", name,
			strerror(-err));
	if (err)
		return err;
	if (link.type != ARPHRD_ETHER) {
		log_err("%s is not an Ethernet device: the lessons need one, "
			"such as a veth end",
			name);
		return -EINVAL;
	}
	dev->ifindex = link.ifindex;
	snprintf(dev->name, sizeof(dev->name), "%s", name);
	return 0;
}

int device__mac(const struct device *dev, uint8_t mac[6])
{
	struct link link;
	int err = link__get(NETNS_HERE, dev->ifindex, &link);

	if (err)
		log_err("%s: cannot read its MAC address: %s", dev->name,
			strerror(-err));
	else
		memcpy(mac, link.mac, sizeof(link.mac));
	return err;
}

int device__peer_mac(const struct device *dev, uint8_t mac[6])
{
	struct link link, peer;
	int err = link__get(NETNS_HERE, dev->ifindex, &link) ?:
			  link__peer(&link, &peer);

	if (!err)
		memcpy(mac, peer.mac, sizeof(peer.mac));
	return err;
}

bool device__exists(const struct device *dev)
{
	struct link link;

	return dev->ifindex && !link__get(NETNS_HERE, dev->ifindex, &link);
}
