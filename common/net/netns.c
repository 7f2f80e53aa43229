/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "netlink.h"
#include "netns.h"

static int open_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int netns__open(void)
{
	return open_path("/proc/thread-self/ns/net");
}

int netns__open_named(const char *name)
{
	char path[280];

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	return open_path(path);
}

int netns__enter(int fd)
{
	return setns(fd, CLONE_NEWNET) ? -errno : 0;
}

static int read_number(const struct nlmsghdr *msg, void *number)
{
	struct netlink_attrs attrs;

	netlink__parse(msg, sizeof(struct rtgenmsg), &attrs);
	*(int *)number = attr__u32(attrs.at[NETNSA_NSID], -1);
	return 0;
}

int netns__number(int fd)
{
	struct netlink_request r;
	int number = -1, err;

	netlink__begin(&r, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(r.head, NETNSA_FD, fd);
	err = netlink__send(&r, NETLINK_ROUTE, read_number, &number);
	return err ?: number < 0 ? -ENOENT : number;
}
