/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices, as rtnetlink(7) tells of them. */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <stdbool.h>
#include <stdint.h>
#include <net/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include "netns.h"

struct link {
	int ifindex;
	char name[IF_NAMESIZE];
	char kind[16];	    /* "veth", "vlan" ...; "" for none */
	unsigned int type;  /* ARPHRD_ETHER ... */
	unsigned int flags; /* IFF_UP ... */
	unsigned int mtu;
	unsigned int operstate; /* IF_OPER_UP ... of linux/if.h */
	bool has_mac;
	uint8_t mac[ETH_ALEN];
	int master;	    /* ifindex of its bridge or the like; 0: none */
	unsigned int group; /* as `ip link` shows it; 0: "default" */
	/*
	 * A veth's other end, or the device below a VLAN: its ifindex, 0 for
	 * none; and the number of its namespace, or NETNS_HERE.
	 */
	int other_ifindex, other_nsid;
	/* How XDP is attached: XDP_ATTACHED_DRV ..., and the program's id. */
	unsigned int xdp_mode, xdp_prog_id;
	/* The device's own settings (ip-sysctl); -1: not known. */
	int ipv4_forwarding, ipv4_rp_filter;
	int ipv6_forwarding, ipv6_disabled;
	/* Zeros in those that this kernel does not have. */
	struct rtnl_link_stats64 stats;
};

/*
 * link__each - hand each device to @visit
 * @nsid: number of the namespace (netns__number()), or NETNS_HERE
 *
 * Stops where @visit does not return 0, and returns that. Otherwise 0, or a
 * negative errno, as for all functions here.
 */
int link__each(int nsid, int (*visit)(const struct link *link, void *arg),
	       void *arg);

/* link__get - the device that has an ifindex; -ENODEV for none */
int link__get(int nsid, int ifindex, struct link *link);

/* link__find - the device that has a name, in this namespace; -ENODEV */
int link__find(const char *name, struct link *link);

bool link__is_veth(const struct link *link);

/*
 * link__peer - the other end of a veth pair
 * @link: one end, in this namespace; the other may be in another one
 *
 * -EOPNOTSUPP for a device that is no veth.
 */
int link__peer(const struct link *link, struct link *peer);

#endif
