/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../common/net/link.h"
#include "../../common/net/netns.h"
#include "../../common/user/log.h"
#include "../envs.h"
#include "spaces.h"

struct space spaces[SPACES_MAX];
int space_count;

static char devs[SPACES_MAX][IFNAMSIZ];
static int dev_count;
static bool watches_envs;

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

/* @fd: that of the namespace, or a negative errno */
static int add_space(const char *name, int fd)
{
	struct stat st;
	int err;

	if (fd < 0)
		return fd;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && !spaces__find(st.st_ino))
		err = add(name, fd, st.st_ino);
	else
		close(fd);
	return err;
}

int spaces__init(void)
{
	int err = add_space("", netns__open());

	if (err)
		log_err("cannot open this network namespace: %s",
			strerror(-err));
	return err;
}

int spaces__add(const char *name)
{
	int err = add_space(name, netns__open_named(name));

	if (err)
		log_err("cannot open the network namespace %s: %s: `ip netns` "
			"lists those that have names",
			name, strerror(-err));
	return err;
}

void spaces__watch_envs(void)
{
	watches_envs = true;
}

/* One that is not there yet, or no more, is looked for again. */
static void add_env(const struct env *env, void *arg)
{
	(void)arg;
	if (env->kind == ENV || env->kind == LAB_NETNS)
		add_space(env->name, netns__open_named(env->name));
	if (env->kind == ENV || env->kind == LAB_DEV)
		spaces__add_dev(env->name);
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

	if (!watches_envs)
		return false;
	envs__each(add_env, NULL);
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
	return netns__enter(space->fd);
}

void spaces__leave(void)
{
	/* It cannot fail: the namespace was entered with the same right. */
	netns__enter(spaces[0].fd);
}

const char *spaces__dev_name(__u32 inum, __u32 ifindex, char name[IFNAMSIZ])
{
	const struct space *space = spaces__find(inum);
	struct link link = { .name = "?" };

	if (space && !spaces__enter(space)) {
		link__get(NETNS_HERE, ifindex, &link);
		spaces__leave();
	}
	memcpy(name, link.name, IFNAMSIZ);
	return name;
}

static const struct space *find_number(const struct space *from, int number)
{
	if (number == NETNS_HERE)
		return from;
	for (int i = 0; i < space_count; i++)
		if (netns__number(spaces[i].fd) == number)
			return &spaces[i];
	return NULL;
}

void spaces__peer(struct place *place)
{
	const struct space *from = spaces__find(place->netns), *to = NULL;
	struct link link;

	if (!from || spaces__enter(from))
		return;
	if (!link__get(NETNS_HERE, place->ifindex, &link) && link.other_ifindex)
		to = find_number(from, link.other_nsid);
	spaces__leave();
	if (!to)
		return;
	place->netns = to->inum;
	place->ifindex = link.other_ifindex;
	place->dev[0] = '\0';
}

bool spaces__is_down(const struct place *place)
{
	const struct space *space = spaces__find(place->netns);
	struct link link = { .flags = IFF_UP };

	if (!space || spaces__enter(space))
		return false;
	link__get(NETNS_HERE, place->ifindex, &link);
	spaces__leave();
	return !(link.flags & IFF_UP);
}
