/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "../../common/user/log.h"
#include "../../common/user/netdev.h"
#include "spaces.h"

struct space spaces[SPACES_MAX];
int space_count;

static char devs[SPACES_MAX][IFNAMSIZ];
static int dev_count;
static const char *root;

/* In the place of one of that name that has gone, if there is. */
static int add(const char *name, int fd, __u32 inum)
{
	struct space *space = spaces;

	while (space < spaces + space_count && strcmp(space->name, name))
		space++;
	if (space == spaces + SPACES_MAX)
		return -E2BIG;
	if (space == spaces + space_count)
		space_count++;
	else
		close(space->fd);
	snprintf(space->name, sizeof(space->name), "%s", name);
	space->fd = fd;
	space->inum = inum;
	return 0;
}

static int open_space(const char *name, const char *path)
{
	struct stat st;
	int fd, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && !spaces__find(st.st_ino))
		err = add(name, fd, st.st_ino);
	else
		close(fd);
	return err;
}

static int log_space(const char *path, int err)
{
	if (err)
		log_err("cannot open the network namespace %s: %s: `ip netns` "
			"lists those that have names",
			path, strerror(-err));
	return err;
}

int spaces__init(void)
{
	return log_space("/proc/self/ns/net",
			 open_space("", "/proc/self/ns/net"));
}

static int add_named(const char *name, char path[128])
{
	snprintf(path, 128, "/run/netns/%s", name);
	return open_space(name, path);
}

int spaces__add(const char *name)
{
	char path[128];
	int err = add_named(name, path);

	return log_space(path, err);
}

void spaces__set_root(const char *path)
{
	root = path;
}

/* What follows the last colon of the names that match: a name. */
static void for_each_entry(const char *pattern, void (*fn)(const char *name))
{
	char path[256];
	glob_t found;

	snprintf(path, sizeof(path), "%s/%s", root, pattern);
	if (!glob(path, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			fn(strrchr(found.gl_pathv[i], ':') + 1);
	globfree(&found);
}

/* One that is not there yet, or no more, is looked for again. */
static void try_space(const char *name)
{
	char path[128];

	add_named(name, path);
}

static __u64 sum_of_spaces(void)
{
	__u64 sum = 0;

	for (int i = 0; i < space_count; i++)
		sum = sum * 31 + spaces[i].inum;
	return sum;
}

bool spaces__scan(void)
{
	__u64 before = sum_of_spaces();

	if (!root)
		return false;
	for_each_entry("[0-9]*:*", try_space);
	for_each_entry("[0-9]*:*", spaces__add_dev);
	for_each_entry("lab/*/ns:*", try_space);
	for_each_entry("lab/*/dev:*", spaces__add_dev);
	return sum_of_spaces() != before;
}

void spaces__add_dev(const char *dev)
{
	if (dev_count < SPACES_MAX && (!dev_count || !spaces__has_dev(dev)))
		snprintf(devs[dev_count++], IFNAMSIZ, "%s", dev);
}

bool spaces__has_dev(const char *dev)
{
	for (int i = 0; i < dev_count; i++)
		if (!strcmp(devs[i], dev))
			return true;
	return !dev_count;
}

const struct space *spaces__find(__u32 inum)
{
	for (int i = 0; i < space_count; i++)
		if (spaces[i].inum == inum)
			return &spaces[i];
	return NULL;
}

const char *spaces__label(const struct space *space)
{
	return *space->name ? space->name : "here";
}

void spaces__greet(void)
{
	fprintf(stderr, "Watching");
	for (int i = 0; i < space_count; i++)
		fprintf(stderr, " %s", spaces__label(&spaces[i]));
	fprintf(stderr, "; Ctrl-C ends it.\n");
}

int spaces__enter(const struct space *space)
{
	return setns(space->fd, CLONE_NEWNET) ? -errno : 0;
}

void spaces__leave(void)
{
	/* It cannot fail: the namespace was entered with the same right. */
	setns(spaces[0].fd, CLONE_NEWNET);
}

const char *spaces__dev_name(__u32 inum, __u32 ifindex, char name[IFNAMSIZ])
{
	const struct space *space = spaces__find(inum);

	if (space && !spaces__enter(space)) {
		if (!if_indextoname(ifindex, name))
			strcpy(name, "?");
		spaces__leave();
	} else {
		strcpy(name, "?");
	}
	return name;
}

/* What the kernel says of one end of a pair about the other. */
struct peer {
	int ifindex, nsid; /* nsid: -1 in the same namespace */
};

static int read_peer(const struct nlmsghdr *msg, void *arg)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(msg);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*ifi));
	struct peer *peer = arg;

	for (const struct rtattr *a = IFLA_RTA(ifi); RTA_OK(a, len);
	     a = RTA_NEXT(a, len)) {
		if (a->rta_type == IFLA_LINK)
			peer->ifindex = *(int *)RTA_DATA(a);
		if (a->rta_type == IFLA_LINK_NETNSID)
			peer->nsid = *(int *)RTA_DATA(a);
	}
	return 0;
}

static int read_nsid(const struct nlmsghdr *msg, void *arg)
{
	const struct rtgenmsg *gen = NLMSG_DATA(msg);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*gen));
	const struct rtattr *a = (void *)gen + NLMSG_ALIGN(sizeof(*gen));

	for (; RTA_OK(a, len); a = RTA_NEXT(a, len))
		if (a->rta_type == NETNSA_NSID)
			*(int *)arg = *(int *)RTA_DATA(a);
	return 0;
}

/* The number by which the namespace that we are in knows another. */
static int get_nsid(int fd)
{
	struct {
		struct nlmsghdr head;
		struct rtgenmsg gen;
		struct rtattr attr __attribute__((aligned(RTA_ALIGNTO)));
		int fd;
	} req = {
		.head = { .nlmsg_type = RTM_GETNSID,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_len = sizeof(req) },
		.attr = { .rta_type = NETNSA_FD,
			  .rta_len = RTA_LENGTH(sizeof(int)) },
		.fd = fd,
	};
	int nsid = -1;

	netlink__request(NETLINK_ROUTE, &req.head, read_nsid, &nsid);
	return nsid;
}

static const struct space *find_nsid(const struct space *from, int nsid)
{
	if (nsid < 0)
		return from;
	for (int i = 0; i < space_count; i++)
		if (get_nsid(spaces[i].fd) == nsid)
			return &spaces[i];
	return NULL;
}

/* In the namespace that we are in. */
static void ask_link(__u32 ifindex,
		     int (*read)(const struct nlmsghdr *msg, void *arg),
		     void *arg)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg ifi;
	} req = {
		.head = { .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_len = sizeof(req) },
		.ifi = { .ifi_index = ifindex },
	};

	netlink__request(NETLINK_ROUTE, &req.head, read, arg);
}

void spaces__peer(struct place *place)
{
	const struct space *from = spaces__find(place->netns), *to;
	struct peer peer = { .nsid = -1 };

	if (!from || spaces__enter(from))
		return;
	ask_link(place->ifindex, read_peer, &peer);
	to = peer.ifindex ? find_nsid(from, peer.nsid) : NULL;
	spaces__leave();
	if (!to)
		return;
	place->netns = to->inum;
	place->ifindex = peer.ifindex;
	place->dev[0] = '\0';
}

static int read_flags(const struct nlmsghdr *msg, void *arg)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(msg);

	*(unsigned int *)arg = ifi->ifi_flags;
	return 0;
}

bool spaces__is_down(const struct place *place)
{
	const struct space *space = spaces__find(place->netns);
	unsigned int flags = IFF_UP;

	if (!space || spaces__enter(space))
		return false;
	ask_link(place->ifindex, read_flags, &flags);
	spaces__leave();
	return !(flags & IFF_UP);
}
