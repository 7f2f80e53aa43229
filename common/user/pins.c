/* SPDX-License-Identifier: GPL-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "log.h"
#include "pins.h"

/* A map on its way to its pin, hidden until the load is known to work. */
#define NEW_SUFFIX "~new"

static void pin_path(char *path, const char *dev, const char *map,
		     const char *suffix)
{
	snprintf(path, PINS_PATH_MAX, "%s/%s%s%s%s", PINS_ROOT, dev,
		 *map ? "/" : "", map, suffix);
}

const char *pins__name(const struct bpf_map *map)
{
	static const char variable[] = ".data.";
	const char *name = bpf_map__name(map);

	if (!bpf_map__is_internal(map))
		return name;
	return !strncmp(name, variable, strlen(variable)) ?
		       name + strlen(variable) :
		       NULL;
}

struct bpf_map *pins__find(const struct bpf_object *obj, const char *name)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
		if (pins__name(map) && !strcmp(pins__name(map), name))
			return map;
	return NULL;
}

/* Whether nobody but root can have put there what is in the folder of @dev. */
static bool is_roots(const char *dev)
{
	char path[PINS_PATH_MAX], *end = path + strlen(PINS_ROOT);
	struct stat st;

	pin_path(path, dev, "", "");
	do {
		end = strchr(end + 1, '/');
		if (end)
			*end = '\0';
		if (lstat(path, &st))
			return true; /* nothing that we could open */
		if (st.st_uid ||
		    (!S_ISLNK(st.st_mode) && st.st_mode & (S_IWGRP | S_IWOTH)))
			return false;
		if (end)
			*end = '/';
	} while (end);
	return true;
}

/* Where everybody may write under PINS_ROOT, so may who wants to harm. */
static int check_owner(const char *dev)
{
	if (is_roots(dev))
		return 0;
	log_err("%s/%s: a user other than root has made it or may write it, so "
		"it is not used: `rm -r %s/%s`, and `chmod 700 %s`",
		PINS_ROOT, dev, PINS_ROOT, dev, PINS_ROOT);
	return -EPERM;
}

int pins__check(const char *dev)
{
	struct statfs fs;

	if (statfs(PINS_ROOT, &fs) || fs.f_type != BPF_FS_MAGIC) {
		log_err("no BPF file system at %s, where maps are pinned: "
			"`mount -t bpf -o mode=0700 bpf %s`",
			PINS_ROOT, PINS_ROOT);
		return -ENOENT;
	}
	if (access(PINS_ROOT, W_OK)) {
		log_err("no right to pin maps under %s: run this as root",
			PINS_ROOT);
		return -EPERM;
	}
	if (strchr(dev, '.')) {
		log_err("%s: the kernel allows no dot in the name of a pin, so "
			"the device must have another name",
			dev);
		return -EINVAL;
	}
	return check_owner("xdp" /* libxdp's */) ?: check_owner(dev);
}

int pins__lock(void)
{
	int fd = open(PINS_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	flock(fd, LOCK_EX);
	return fd;
}

/* Calls visit for each pin of dev; a folder among them is not ours. */
static int for_each_pin(const char *dev,
			int (*visit)(const char *path, const char *name,
				     void *arg),
			void *arg)
{
	char path[PINS_PATH_MAX];
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	if (!is_roots(dev))
		return -EPERM;
	pin_path(path, dev, "", "");
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (!err && (entry = readdir(dir))) {
		if (entry->d_type == DT_DIR)
			continue;
		pin_path(path, dev, entry->d_name, "");
		err = visit(path, entry->d_name, arg);
	}
	closedir(dir);
	return err;
}

struct name_list {
	char *buf;
	size_t size;
};

static int add_name(const char *path, const char *name, void *arg)
{
	struct name_list *list = arg;
	size_t used = strlen(list->buf);

	(void)path;
	snprintf(list->buf + used, list->size - used, "%s%s", used ? " " : "",
		 name);
	return 0;
}

const char *pins__list(const char *dev, char *buf, size_t size)
{
	struct name_list list = { buf, size };

	buf[0] = '\0';
	for_each_pin(dev, add_name, &list);
	return buf;
}

static int open_pin(const char *dev, const char *map, const char *suffix)
{
	char path[PINS_PATH_MAX];
	int fd;

	if (!is_roots(dev))
		return -EPERM;
	pin_path(path, dev, map, suffix);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

int pins__try_open(const char *dev, const char *map)
{
	return open_pin(dev, map, "");
}

int pins__open_staged(const char *dev, const char *map)
{
	return open_pin(dev, map, NEW_SUFFIX);
}

int pins__open(const char *dev, const char *map)
{
	int fd = pins__try_open(dev, map);
	char names[512];

	if (fd >= 0 || check_owner(dev))
		return fd;
	if (fd == -EPERM || fd == -EACCES)
		log_err("no right to open the maps of %s: run this as root",
			dev);
	else if (*pins__list(dev, names, sizeof(names)))
		log_err("no map '%s' is pinned for %s, but these are: %s", map,
			dev, names);
	else
		log_err("no map is pinned for %s (%s/%s): load a program there "
			"first, `t load -n %s -- --prog-name FUNC`",
			dev, PINS_ROOT, dev, dev);
	return fd;
}

static int map_info(int fd, struct bpf_map_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(fd, info, &len) ? -errno : 0;
}

bool pins__same_shape(const struct bpf_map_info *info,
		      const struct bpf_map *map)
{
	return info->type == bpf_map__type(map) &&
	       info->key_size == bpf_map__key_size(map) &&
	       info->value_size == bpf_map__value_size(map) &&
	       info->max_entries == bpf_map__max_entries(map);
}

/* Says so where the pin that is about to go held a map of another shape. */
static void note_stale(const char *path, const struct bpf_map *map)
{
	struct bpf_map_info old;
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return;
	if (!map_info(fd, &old) && !pins__same_shape(&old, map))
		log_warn("replaced the stale pin %s: its type was %s, with %u "
			 "entries (key %u, value %u bytes); now it is %s, with "
			 "%u (key %u, value %u)",
			 path, libbpf_bpf_map_type_str(old.type),
			 old.max_entries, old.key_size, old.value_size,
			 libbpf_bpf_map_type_str(bpf_map__type(map)),
			 bpf_map__max_entries(map), bpf_map__key_size(map),
			 bpf_map__value_size(map));
	close(fd);
}

static int remove_new(const char *path, const char *name, void *arg)
{
	const char *end = strstr(name, NEW_SUFFIX);

	(void)arg;
	return end && unlink(path) ? -errno : 0;
}

/* A map of an earlier program that this one does not have. */
static int remove_other(const char *path, const char *name, void *obj)
{
	if (pins__find(obj, name))
		return 0;
	return unlink(path) ? -errno : 0;
}

static int remove_pin(const char *path, const char *name, void *arg)
{
	(void)name;
	(void)arg;
	return unlink(path) ? -errno : 0;
}

static int pin_failed(const char *path, int err)
{
	log_err("%s: cannot pin: %s", path, strerror(-err));
	return err;
}

int pins__stage(const char *dev, struct bpf_object *obj)
{
	char path[PINS_PATH_MAX];
	struct bpf_map *map;
	int err = check_owner(dev);

	if (err)
		return err;
	pin_path(path, dev, "", "");
	if (mkdir(path, 0700) && errno != EEXIST)
		return pin_failed(path, -errno);
	/* What a load that was killed has left behind. */
	err = for_each_pin(dev, remove_new, NULL);
	if (err)
		return pin_failed(path, err);
	bpf_object__for_each_map(map, obj) {
		if (!pins__name(map))
			continue;
		pin_path(path, dev, pins__name(map), NEW_SUFFIX);
		if (bpf_obj_pin(bpf_map__fd(map), path)) {
			err = -errno;
			pins__unstage(dev);
			return pin_failed(path, err);
		}
	}
	return 0;
}

int pins__commit(const char *dev, struct bpf_object *obj)
{
	char from[PINS_PATH_MAX], to[PINS_PATH_MAX];
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, obj) {
		if (!pins__name(map))
			continue;
		pin_path(from, dev, pins__name(map), NEW_SUFFIX);
		pin_path(to, dev, pins__name(map), "");
		note_stale(to, map);
		if (rename(from, to))
			return pin_failed(to, -errno);
	}
	pin_path(to, dev, "", "");
	err = for_each_pin(dev, remove_other, obj);
	return err ? pin_failed(to, err) : 0;
}

/* Not empty: other pins, or those of programs inside an environment. */
static int remove_folder(const char *dev)
{
	char path[PINS_PATH_MAX];

	pin_path(path, dev, "", "");
	if (rmdir(path) && errno != ENOENT && errno != ENOTEMPTY)
		return -errno;
	return 0;
}

void pins__unstage(const char *dev)
{
	for_each_pin(dev, remove_new, NULL);
	remove_folder(dev);
}

int pins__remove(const char *dev)
{
	int err = check_owner(dev);

	if (err)
		return err;
	err = for_each_pin(dev, remove_pin, NULL) ?: remove_folder(dev);
	if (err)
		log_err("%s/%s: cannot remove the pins: %s", PINS_ROOT, dev,
			strerror(-err));
	return err;
}

struct map_search {
	__u32 id;
	bool found;
};

static int compare_id(const char *path, const char *name, void *arg)
{
	struct map_search *search = arg;
	struct bpf_map_info info;
	int fd = bpf_obj_get(path);

	(void)name;
	if (fd < 0)
		return 0;
	if (!map_info(fd, &info) && info.id == search->id)
		search->found = true;
	close(fd);
	return 0;
}

__u32 pins__used_by(int prog_fd, __u32 *ids, __u32 max)
{
	struct bpf_prog_info info = {
		.nr_map_ids = max,
		.map_ids = (__u64)(unsigned long)ids,
	};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(prog_fd, &info, &len))
		return 0;
	/* The kernel writes as many as fit, and tells how many there are. */
	return info.nr_map_ids < max ? info.nr_map_ids : max;
}

bool pins__has_map(const char *dev, __u32 map_id)
{
	struct map_search search = { .id = map_id };

	for_each_pin(dev, compare_id, &search);
	return search.found;
}
