/* SPDX-License-Identifier: GPL-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../net/filter.h"
#include "../net/link.h"
#include "log.h"
#include "object.h"
#include "pins.h"
#include "tc.h"

#define FOLDER	 "tc" /* below PINS_ROOT; iproute2 uses it, too */
#define MAPS_MAX 32

/* The place of our filter among those of a hook. Another's keeps its own. */
#define FILTER_HANDLE	1
#define FILTER_PRIORITY 100

static const char *point_name(enum bpf_tc_attach_point point)
{
	return point == BPF_TC_INGRESS ? "ingress" : "egress";
}

const char *tc__pins(const char *dev, enum bpf_tc_attach_point point)
{
	static char path[PINS_PATH_MAX];

	snprintf(path, sizeof(path), FOLDER "/%s/%s", dev, point_name(point));
	return path;
}

static void folder_path(char *path, const char *dev, const char *name)
{
	snprintf(path, PINS_PATH_MAX, "%s/" FOLDER "%s%s%s%s", PINS_ROOT,
		 *dev ? "/" : "", dev, *name ? "/" : "", name);
}

static int make_folder(const char *dev, const char *name)
{
	char path[PINS_PATH_MAX];

	folder_path(path, dev, name);
	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	log_err("%s: cannot make this folder: %s", path, strerror(errno));
	return -errno;
}

/* Only where it is empty. */
static void remove_folder(const char *dev, const char *name)
{
	char path[PINS_PATH_MAX];

	folder_path(path, dev, name);
	rmdir(path);
}

/* This folder says that the qdisc of the device was made here. */
#define QDISC_IS_OURS "clsact"

static bool has_folder(const char *dev, const char *name)
{
	char path[PINS_PATH_MAX];

	folder_path(path, dev, name);
	return !access(path, F_OK);
}

static struct bpf_tc_hook hook_of(int ifindex, enum bpf_tc_attach_point point)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = point);

	return hook;
}

/* The id of the program in our filter's place; 0 for none. */
static __u32 attached_id(int ifindex, enum bpf_tc_attach_point point)
{
	struct bpf_tc_hook hook = hook_of(ifindex, point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE,
		    .priority = FILTER_PRIORITY);

	return bpf_tc_query(&hook, &opts) ? 0 : opts.prog_id;
}

/* Ours are the programs that use a map pinned for the device. */
static bool is_ours(const struct device *dev, enum bpf_tc_attach_point point,
		    __u32 id)
{
	__u32 map_ids[MAPS_MAX], count;
	int fd = bpf_prog_get_fd_by_id(id);
	bool ours = false;

	if (fd < 0)
		return false;
	count = pins__used_by(fd, map_ids, MAPS_MAX);
	for (__u32 i = 0; i < count; i++)
		ours |= pins__has_map(tc__pins(dev->name, point), map_ids[i]);
	close(fd);
	return ours;
}

int tc__open(struct tc *t, const struct device *dev,
	     enum bpf_tc_attach_point point, const char *where,
	     const char *prog_name)
{
	char file[PATH_MAX];
	int err;

	*t = (struct tc){ .dev = *dev, .point = point, .prog_name = prog_name };
	err = pins__check(dev->name);
	if (!err)
		err = object__path(file, where, prog_name);
	if (!err)
		err = object__open(&t->obj, file);
	if (!err)
		err = object__choose(t->obj, file, prog_name,
				     BPF_PROG_TYPE_SCHED_CLS, "tc", &t->prog);
	return err;
}

int tc__load(struct tc *t)
{
	int err = bpf_object__load(t->obj);

	return err ? object__load_failed(t->dev.name, t->prog_name, err) : 0;
}

static int found(const struct filter *filter, void *arg)
{
	(void)filter;
	(void)arg;
	return 1;
}

/* Whether anybody has a filter on either hook; an error counts as yes. */
static bool has_filters(int ifindex)
{
	return filter__each(ifindex, found, NULL) != 0;
}

/*
 * The record comes before the qdisc, and goes after it: whenever this is
 * killed, it is known what to remove.
 */
static int make_qdisc(const struct tc *t)
{
	struct bpf_tc_hook hook = hook_of(t->dev.ifindex, t->point);
	bool recorded = has_folder(t->dev.name, QDISC_IS_OURS);
	int err;

	err = make_folder(t->dev.name, QDISC_IS_OURS);
	if (err)
		return err;
	err = bpf_tc_hook_create(&hook);
	if (err == -EEXIST && recorded)
		return 0;
	if (err)
		remove_folder(t->dev.name, QDISC_IS_OURS);
	if (err == -EEXIST)
		return 0;
	if (err)
		log_err("%s: cannot make a clsact qdisc: %s%s", t->dev.name,
			strerror(-err),
			err == -EPERM ? ": run this as root" :
			err == -ENOENT || err == -EOPNOTSUPP ?
					": this kernel lacks "
					"CONFIG_NET_SCH_INGRESS" :
					"");
	return err;
}

/* With the last of our programs on the device. */
static void remove_qdisc(const struct device *dev)
{
	struct bpf_tc_hook hook =
		hook_of(dev->ifindex, BPF_TC_INGRESS | BPF_TC_EGRESS);

	if (!has_folder(dev->name, QDISC_IS_OURS) ||
	    has_folder(dev->name, point_name(BPF_TC_INGRESS)) ||
	    has_folder(dev->name, point_name(BPF_TC_EGRESS)))
		return;
	if (dev->ifindex && !has_filters(dev->ifindex))
		bpf_tc_hook_destroy(&hook);
	remove_folder(dev->name, QDISC_IS_OURS);
}

static void remove_folders(const char *dev)
{
	remove_folder(dev, "");
	remove_folder("", "");
}

static int attach_filter(const struct tc *t)
{
	struct bpf_tc_hook hook = hook_of(t->dev.ifindex, t->point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE,
		    .priority = FILTER_PRIORITY,
		    .prog_fd = bpf_program__fd(t->prog),
		    .flags = BPF_TC_F_REPLACE);
	int err = bpf_tc_attach(&hook, &opts);

	if (err)
		log_err("%s: cannot attach %s to %s: %s", t->dev.name,
			t->prog_name, point_name(t->point), strerror(-err));
	return err;
}

int tc__attach(struct tc *t)
{
	__u32 old = attached_id(t->dev.ifindex, t->point);
	int err;

	if (old && !is_ours(&t->dev, t->point, old)) {
		log_err("%s: a filter of somebody else's (priority %d, program "
			"id %u) is in the place of ours: `tc filter del dev "
			"%s %s prio %d` removes it",
			t->dev.name, FILTER_PRIORITY, old, t->dev.name,
			point_name(t->point), FILTER_PRIORITY);
		return -EBUSY;
	}
	err = make_folder("", "") ?: make_folder(t->dev.name, "");
	if (!err)
		err = make_qdisc(t);
	if (err)
		goto remove_folders;
	err = pins__stage(tc__pins(t->dev.name, t->point), t->obj);
	if (err)
		goto remove_qdisc;
	err = attach_filter(t);
	if (err)
		goto unstage;
	return pins__commit(tc__pins(t->dev.name, t->point), t->obj);

unstage:
	pins__unstage(tc__pins(t->dev.name, t->point));
remove_qdisc:
	if (!old)
		remove_qdisc(&t->dev);
remove_folders:
	remove_folders(t->dev.name);
	return err;
}

void tc__close(struct tc *t)
{
	bpf_object__close(t->obj);
	t->obj = NULL;
}

int tc__detach(const struct device *dev, enum bpf_tc_attach_point point)
{
	struct bpf_tc_hook hook = hook_of(dev->ifindex, point);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = FILTER_HANDLE,
		    .priority = FILTER_PRIORITY);
	__u32 id = dev->ifindex ? attached_id(dev->ifindex, point) : 0;
	int err = 0;

	if (id && is_ours(dev, point, id))
		err = bpf_tc_detach(&hook, &opts);
	if (err) {
		log_err("%s: cannot detach from %s: %s", dev->name,
			point_name(point), strerror(-err));
		return err;
	}
	err = pins__remove(tc__pins(dev->name, point));
	remove_qdisc(dev);
	remove_folders(dev->name);
	return err;
}

#define GLOBALS "globals"

const char *tc__global_pin(const char *map)
{
	static char path[PINS_PATH_MAX];

	folder_path(path, GLOBALS, map);
	return path;
}

int tc__pin_globally(struct tc *t, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, name);
	int err;

	err = make_folder("", "") ?: make_folder(GLOBALS, "");
	if (err)
		return err;
	if (!map) {
		log_err("%s: the object has no map '%s'", t->dev.name, name);
		return -ENOENT;
	}
	err = bpf_map__set_pin_path(map, tc__global_pin(name));
	if (err)
		log_err("%s: cannot pin the map '%s': %s", t->dev.name, name,
			strerror(-err));
	return err;
}

void tc__unpin_globally(const char *map)
{
	unlink(tc__global_pin(map));
	remove_folders(GLOBALS);
}

int tc__lock(void)
{
	/* Abstract, unix(7): per network namespace, gone with the process. */
	static const struct sockaddr_un name = {
		.sun_family = AF_UNIX,
		.sun_path = "\0tc_prog_user",
	};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && !bind(fd, (struct sockaddr *)&name, sizeof(name)))
		return 0;
	if (errno != EADDRINUSE) {
		log_err("cannot lock out others: %s", strerror(errno));
		return -errno;
	}
	log_err("another tc_prog_user runs in this network: end it first");
	return -EBUSY;
}

/* The device whose folder has this name. */
static struct device device_of(const char *name)
{
	struct device dev = {};
	struct link link;

	strcpy(dev.name, name);
	if (!link__find(name, &link))
		dev.ifindex = link.ifindex;
	return dev;
}

int tc__each_device(int (*visit)(const struct device *dev, void *arg),
		    void *arg)
{
	char path[PINS_PATH_MAX];
	struct dirent *entry;
	struct device dev;
	int err = 0;
	DIR *dir;

	folder_path(path, "", "");
	dir = opendir(path);
	if (!dir && errno == ENOENT)
		return 0;
	if (!dir) {
		err = -errno;
		log_err("%s: cannot read this folder: %s", path,
			strerror(-err));
		return err;
	}
	while (!err && (entry = readdir(dir))) {
		if (entry->d_type != DT_DIR || *entry->d_name == '.' ||
		    !strcmp(entry->d_name, GLOBALS) ||
		    strlen(entry->d_name) >= sizeof(dev.name))
			continue;
		dev = device_of(entry->d_name);
		err = visit(&dev, arg);
	}
	closedir(dir);
	return err;
}
