/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "../common/net/address.h"
#include "../common/net/link.h"
#include "../common/net/netlink.h"
#include "peer_addresses.h"

/* A veth of this namespace. */
struct veth {
	int ifindex;
	int peer_ifindex;
	int peer_nsid; /* the peer's namespace, by this one's number for it */
};

struct veths {
	struct veth *veth;
	size_t count, size;
};

static int add_veth(struct veths *veths, const struct link *link)
{
	if (veths->count == veths->size) {
		size_t size = veths->size ? 2 * veths->size : 16;
		struct veth *grown =
			realloc(veths->veth, size * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		veths->veth = grown;
		veths->size = size;
	}
	veths->veth[veths->count++] =
		(struct veth){ .ifindex = link->ifindex,
			       .peer_ifindex = link->other_ifindex,
			       .peer_nsid = link->other_nsid };
	return 0;
}

/* One whose other end is in this very namespace does not count. */
static int note_link(const struct link *link, void *veths)
{
	if (!link__is_veth(link) || link->other_nsid == NETNS_HERE)
		return 0;
	return add_veth(veths, link);
}

struct visitor {
	const struct veth *veth;
	int (*visit)(const struct address *address, void *arg);
	void *arg;
};

static int visit_address(const struct address *address, void *arg)
{
	struct address seen_from_here = *address;
	const struct visitor *v = arg;

	if (address->ifindex != v->veth->peer_ifindex ||
	    address->scope >= RT_SCOPE_LINK ||
	    address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return 0;
	seen_from_here.ifindex = v->veth->ifindex;
	return v->visit(&seen_from_here, v->arg);
}

/* The peer's addresses are read from here: the kernel looks there. */
static int read_addresses(const struct veth *veth,
			  int (*visit)(const struct address *address,
				       void *arg),
			  void *arg)
{
	struct visitor v = { veth, visit, arg };
	int err = address__each(veth->peer_nsid, visit_address, &v);

	/* The namespace has gone since: so has the address. */
	return err == -EINVAL || err == -ENODEV ? 0 : err;
}

int peer_addresses__each(int (*visit)(const struct address *address, void *arg),
			 void *arg)
{
	struct veths veths = {};
	int err;

	err = link__each(NETNS_HERE, note_link, &veths);
	for (size_t i = 0; i < veths.count && !err; i++)
		err = read_addresses(&veths.veth[i], visit, arg);
	free(veths.veth);
	return err;
}

int peer_addresses__watch(void)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR };
	int fd = netlink__listen(), err = 0, one = 1;

	if (fd < 0)
		return fd;
	/* Of all namespaces that have a number here, as the peers' have. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &one,
		       sizeof(one)))
		err = -errno;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && !err; i++)
		err = netlink__join(fd, groups[i]);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Which ones they are does not matter, nor that some were lost (ENOBUFS). */
void peer_addresses__drain(int fd)
{
	char buf[8192];

	while (recv(fd, buf, sizeof(buf), 0) >= 0 || errno == ENOBUFS ||
	       errno == EINTR)
		;
}
