/* SPDX-License-Identifier: GPL-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/net/netns.h"
#include "../../common/user/log.h"
#include "../envs.h"
#include "programs.h"
#include "report.h"
#include "world.h"

static struct netns *namespaces; /* the first is this one */
static int namespace_count;
static struct device *devices;
static int device_count;
static char **our_devices; /* here, by their names */
static int our_device_count;

/* An array with room for one more. There is no going on without memory. */
static void *grow(void *array, int count, size_t size)
{
	array = reallocarray(array, count + 1, size);
	if (!array)
		abort();
	return array;
}

__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	va_list args;
	char *buf;

	va_start(args, fmt);
	if (vasprintf(&buf, fmt, args) < 0)
		abort();
	va_end(args);
	return buf;
}

static void add_netns(const char *name, int fd, bool is_lab)
{
	bool is_here = !namespace_count;

	if (fd < 0)
		return;
	namespaces = grow(namespaces, namespace_count, sizeof(*namespaces));
	namespaces[namespace_count++] = (struct netns){
		.name = text("%s", name),
		.at = is_here ? "" : text("t exec -n %s -- ", shell_word(name)),
		.fd = fd,
		.is_lab = is_lab,
	};
}

static void add_env(const struct env *env, void *arg)
{
	(void)arg;
	if (env->kind == ENV || env->kind == LAB_NETNS)
		add_netns(env->name, netns__open_named(env->name),
			  env->kind == LAB_NETNS);
	if (env->kind == ENV || env->kind == LAB_DEV) {
		our_devices = grow(our_devices, our_device_count,
				   sizeof(*our_devices));
		our_devices[our_device_count++] = text("%s", env->name);
	}
}

static bool is_ours(const struct netns *netns, const char *name)
{
	if (!world__is_here(netns))
		return true;
	for (int i = 0; i < our_device_count; i++)
		if (!strcmp(our_devices[i], name))
			return true;
	return false;
}

static int add_device(const struct link *link, void *arg)
{
	const struct netns *netns = arg;

	devices = grow(devices, device_count, sizeof(*devices));
	devices[device_count++] = (struct device){
		.netns = netns,
		.link = *link,
		.where = text("%s/%s", netns->name, link->name),
		.word = text("%s", shell_word(link->name)),
		.is_ours = is_ours(netns, link->name),
		.program = "-",
	};
	return 0;
}

/* The namespaces' numbers in the one that we are in, as far as known. */
static int *numbers;
static int number_count;

static const struct netns *find_number(int number)
{
	for (int i = 0; i < namespace_count; i++) {
		if (i == number_count)
			numbers[number_count++] =
				netns__number(namespaces[i].fd);
		if (numbers[i] == number)
			return &namespaces[i];
	}
	return NULL;
}

static const struct device *find_peer(const struct device *dev)
{
	const struct netns *netns = dev->netns;

	if (!link__is_veth(&dev->link) || !dev->link.other_ifindex)
		return NULL;
	if (dev->link.other_nsid != NETNS_HERE)
		netns = find_number(dev->link.other_nsid);
	for (int i = 0; i < device_count; i++)
		if (devices[i].netns == netns &&
		    devices[i].link.ifindex == dev->link.other_ifindex)
			return &devices[i];
	return NULL;
}

/* Into that of a check, or back. */
static int enter(const struct netns *netns)
{
	static const struct netns *in; /* NULL: nothing has been entered */
	int err = 0;

	if (netns != (in ?: namespaces))
		err = netns__enter(netns->fd);
	if (!err)
		in = netns;
	return err;
}

static int read_devices(const struct netns *netns)
{
	return enter(netns) ?:
			      link__each(NETNS_HERE, add_device, (void *)netns);
}

/* What is only known when all devices are. */
static void complete_devices(const struct netns *netns)
{
	number_count = 0;
	for (struct device *dev = devices; dev < devices + device_count; dev++)
		if (dev->netns == netns) {
			dev->peer = find_peer(dev);
			programs__read(dev);
		}
}

int world__read(void)
{
	int fd = netns__open(), err;

	if (fd < 0) {
		log_err("cannot open this network namespace: %s",
			strerror(-fd));
		return fd;
	}
	add_netns(".", fd, false);
	envs__each(add_env, NULL);
	err = read_devices(&namespaces[0]);
	if (err) {
		log_err("cannot read which devices there are: %s",
			strerror(-err));
		return err;
	}
	/* Root may lack the right to enter these: check_rights() tells. */
	for (int i = 1; i < namespace_count; i++)
		read_devices(&namespaces[i]);
	numbers = grow(NULL, namespace_count, sizeof(*numbers));
	world__each_netns(complete_devices);
	return 0;
}

void world__each_netns(void (*visit)(const struct netns *netns))
{
	for (int i = 0; i < namespace_count; i++)
		if (!enter(&namespaces[i]))
			visit(&namespaces[i]);
	enter(&namespaces[0]);
}

void world__each_end(void (*visit)(const struct device *dev))
{
	const struct device *dev = NULL;

	while ((dev = world__next_device(dev)))
		if (device__is_end(dev) && !enter(dev->netns))
			visit(dev);
	enter(&namespaces[0]);
}

const struct device *world__next_device(const struct device *dev)
{
	dev = dev ? dev + 1 : devices;
	return dev < devices + device_count ? dev : NULL;
}

bool world__is_here(const struct netns *netns)
{
	return netns == namespaces;
}

const struct device *world__find_here(const char *name)
{
	const struct device *dev = NULL;

	while ((dev = world__next_device(dev)))
		if (world__is_here(dev->netns) && !strcmp(dev->link.name, name))
			break;
	return dev;
}
