/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "farends.h"
#include "netdev.h"

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

static int add_veth(struct veths *veths, const struct veth *veth)
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
	veths->veth[veths->count++] = *veth;
	return 0;
}

static bool is_veth(const struct rtattr *info)
{
	const struct rtattr *kind = RTA_DATA(info);

	return kind->rta_type == IFLA_INFO_KIND &&
	       !strcmp(RTA_DATA(kind), "veth");
}

/* A veth whose other end is in this very namespace has no far end. */
static int read_link(const struct nlmsghdr *msg, void *veths)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(msg);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*ifi));
	struct veth veth = { .ifindex = ifi->ifi_index, .peer_nsid = -1 };
	bool found = false;

	for (const struct rtattr *a = IFLA_RTA(ifi); RTA_OK(a, len);
	     a = RTA_NEXT(a, len)) {
		switch (a->rta_type & NLA_TYPE_MASK) {
		case IFLA_LINK:
			veth.peer_ifindex = *(int *)RTA_DATA(a);
			break;
		case IFLA_LINK_NETNSID:
			veth.peer_nsid = *(int *)RTA_DATA(a);
			break;
		case IFLA_LINKINFO:
			found = is_veth(a);
			break;
		}
	}
	if (!found || veth.peer_nsid < 0)
		return 0;
	return add_veth(veths, &veth);
}

static int read_veths(struct veths *veths)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg ifi;
	} req = {
		.head = { .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
	};

	return netlink__request(NETLINK_ROUTE, &req.head, read_link, veths);
}

struct visitor {
	const struct veth *veth;
	int (*visit)(const struct far_end *end, void *arg);
	void *arg;
};

static int read_addr(const struct nlmsghdr *msg, void *arg)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(msg);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*ifa));
	const struct visitor *v = arg;
	struct far_end end = { .family = ifa->ifa_family,
			       .ifindex = v->veth->ifindex };
	const struct rtattr *own = NULL;
	size_t size;

	size = end.family == AF_INET ? sizeof(end.ipv4) : sizeof(end.ipv6);
	if ((int)ifa->ifa_index != v->veth->peer_ifindex ||
	    (end.family != AF_INET && end.family != AF_INET6) ||
	    ifa->ifa_scope >= RT_SCOPE_LINK ||
	    ifa->ifa_flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return 0;
	/* On a link from point to point IFA_ADDRESS is the other one's. */
	for (const struct rtattr *a = IFA_RTA(ifa); RTA_OK(a, len);
	     a = RTA_NEXT(a, len))
		if (a->rta_type == IFA_LOCAL ||
		    (a->rta_type == IFA_ADDRESS && !own))
			own = a;
	if (!own || RTA_PAYLOAD(own) != size)
		return 0;
	memcpy(&end.ipv4, RTA_DATA(own), size);
	return v->visit(&end, v->arg);
}

/* The far end's addresses are read from here: the kernel looks there. */
static int read_addrs(const struct veth *veth,
		      int (*visit)(const struct far_end *end, void *arg),
		      void *arg)
{
	struct visitor v = { veth, visit, arg };
	struct {
		struct nlmsghdr head;
		struct ifaddrmsg ifa;
		struct rtattr attr;
		int nsid;
	} req = {
		.head = { .nlmsg_type = RTM_GETADDR,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
			  .nlmsg_len = sizeof(req) },
		.attr = { .rta_type = IFA_TARGET_NETNSID,
			  .rta_len = RTA_LENGTH(sizeof(int)) },
		.nsid = veth->peer_nsid,
	};
	int err;

	err = netlink__request(NETLINK_ROUTE, &req.head, read_addr, &v);
	/* The namespace has gone since: so has the address. */
	return err == -EINVAL || err == -ENODEV ? 0 : err;
}

int farends__read(int (*visit)(const struct far_end *end, void *arg), void *arg)
{
	struct veths veths = {};
	int err;

	err = read_veths(&veths);
	for (size_t i = 0; i < veths.count && !err; i++)
		err = read_addrs(&veths.veth[i], visit, arg);
	free(veths.veth);
	return err;
}

int farends__watch(void)
{
	struct sockaddr_nl addr = {
		.nl_family = AF_NETLINK,
		.nl_groups =
			RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};
	int fd, err, one = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_ROUTE);
	if (fd < 0)
		return -errno;
	/* Of all namespaces that have a number here, as far ends' have. */
	if (!setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &one,
			sizeof(one)) &&
	    !bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Which ones they are does not matter, nor that some were lost (ENOBUFS). */
void farends__drain(int fd)
{
	char buf[8192];

	while (recv(fd, buf, sizeof(buf), 0) >= 0 || errno == ENOBUFS ||
	       errno == EINTR)
		;
}
