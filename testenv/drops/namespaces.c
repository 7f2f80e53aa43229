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
#include "namespaces.h"

struct netns namespaces[NAMESPACES_MAX];
int namespace_count;

static char devs[NAMESPACES_MAX][IFNAMSIZ];
static int dev_count;
static bool watches_envs;

/* In the place of one of that name that has gone, if there is. */
static int add(const char *name, int fd, __u32 inum)
{
	struct netns *ns = namespaces;

	while (ns < namespaces + namespace_count && strcmp(ns->name, name))
		ns++;
	if (ns == namespaces + NAMESPACES_MAX)
		return -E2BIG;
	if (ns == namespaces + namespace_count)
		namespace_count++;
	else
		close(ns->fd);
	snprintf(ns->name, sizeof(ns->name), "%s", name);
	ns->fd = fd;
	ns->inum = inum;
	return 0;
}

/* @fd: that of the namespace, or a negative errno */
static int add_netns(const char *name, int fd)
{
	struct stat st;
	int err;

	if (fd < 0)
		return fd;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && !namespaces__find(st.st_ino))
		err = add(name, fd, st.st_ino);
	else
		close(fd);
	return err;
}

int namespaces__init(void)
{
	int err = add_netns("", netns__open());

	if (err)
		log_err("cannot open this network namespace: %s",
			strerror(-err));
	return err;
}

int namespaces__add(const char *name)
{
	int err = add_netns(name, netns__open_named(name));

	if (err)
		log_err("cannot open the network namespace %s: %s: `ip netns` "
			"lists those that have names",
			name, strerror(-err));
	return err;
}

void namespaces__watch_envs(void)
{
	watches_envs = true;
}

/* One that is not there yet, or no more, is looked for again. */
static void add_env(const struct env *env, void *arg)
{
	(void)arg;
	if (env->kind == ENV || env->kind == LAB_NETNS)
		add_netns(env->name, netns__open_named(env->name));
	if (env->kind == ENV || env->kind == LAB_DEV)
		namespaces__add_dev(env->name);
}

static __u64 sum_of_namespaces(void)
{
	__u64 sum = 0;

	for (int i = 0; i < namespace_count; i++)
		sum = sum * 31 + namespaces[i].inum;
	return sum;
}

bool namespaces__scan(void)
{
	__u64 before = sum_of_namespaces();

	if (!watches_envs)
		return false;
	envs__each(add_env, NULL);
	return sum_of_namespaces() != before;
}

void namespaces__add_dev(const char *dev)
{
	if (dev_count < NAMESPACES_MAX &&
	    (!dev_count || !namespaces__has_dev(dev)))
		snprintf(devs[dev_count++], IFNAMSIZ, "%s", dev);
}

bool namespaces__has_dev(const char *dev)
{
	for (int i = 0; i < dev_count; i++)
		if (!strcmp(devs[i], dev))
			return true;
	return !dev_count;
}

const struct netns *namespaces__find(__u32 inum)
{
	for (int i = 0; i < namespace_count; i++)
		if (namespaces[i].inum == inum)
			return &namespaces[i];
	return NULL;
}

const char *namespaces__label(const struct netns *ns)
{
	return *ns->name ? ns->name : "here";
}

void namespaces__greet(void)
{
	fprintf(stderr, "Watching");
	for (int i = 0; i < namespace_count; i++)
		fprintf(stderr, " %s", namespaces__label(&namespaces[i]));
	fprintf(stderr, "; Ctrl-C ends it.\n");
}

int namespaces__enter(const struct netns *ns)
{
	return netns__enter(ns->fd);
}

void namespaces__leave(void)
{
	/* It cannot fail: the namespace was entered with the same right. */
	netns__enter(namespaces[0].fd);
}

const char *namespaces__dev_name(__u32 inum, __u32 ifindex, char name[IFNAMSIZ])
{
	const struct netns *ns = namespaces__find(inum);
	struct link link = { .name = "?" };

	if (ns && !namespaces__enter(ns)) {
		link__get(NETNS_HERE, ifindex, &link);
		namespaces__leave();
	}
	memcpy(name, link.name, IFNAMSIZ);
	return name;
}

static const struct netns *find_number(const struct netns *from, int number)
{
	if (number == NETNS_HERE)
		return from;
	for (int i = 0; i < namespace_count; i++)
		if (netns__number(namespaces[i].fd) == number)
			return &namespaces[i];
	return NULL;
}

bool namespaces__peer(struct place *place)
{
	const struct netns *from = namespaces__find(place->netns), *to = NULL;
	struct link link;

	if (!from || namespaces__enter(from))
		return false;
	if (!link__get(NETNS_HERE, place->ifindex, &link) && link.other_ifindex)
		to = find_number(from, link.other_nsid);
	namespaces__leave();
	if (!to)
		return false;
	place->netns = to->inum;
	place->ifindex = link.other_ifindex;
	place->dev[0] = '\0';
	return true;
}

bool namespaces__is_down(const struct place *place)
{
	const struct netns *ns = namespaces__find(place->netns);
	struct link link = { .flags = IFF_UP };

	if (!ns || namespaces__enter(ns))
		return false;
	link__get(NETNS_HERE, place->ifindex, &link);
	namespaces__leave();
	return !(link.flags & IFF_UP);
}
