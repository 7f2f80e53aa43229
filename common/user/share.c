/* SPDX-License-Identifier: GPL-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../net/link.h"
#include "log.h"
#include "pins.h"
#include "share.h"

/* Whether the device whose pins these are may have the map in common. */
static bool can_share(const struct loader *l, const struct bpf_map *map,
		      const char *dev)
{
	struct link link;
	int err;

	/* Ours may have another name by now. */
	err = strcmp(dev, l->dev->name) ?
		      link__find(dev, &link) :
		      link__get(NETNS_HERE, l->dev->ifindex, &link);
	if (err || bpf_map__type(map) != BPF_MAP_TYPE_DEVMAP_HASH)
		return !err;
	/* To a device in another mode XDP frames cannot be sent. */
	return link.xdp_mode ==
	       (l->mode == XDP_MODE_SKB ? XDP_ATTACHED_SKB : XDP_ATTACHED_DRV);
}

static bool same_shape(int fd, const struct bpf_map *map)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       pins__same_shape(&info, map);
}

/* The map of one device: 1 when it is now in use, 0, or a negative errno. */
static int try_device(struct loader *l, struct bpf_map *map, const char *dev)
{
	int fd, err = 0;

	if (!can_share(l, map, dev))
		return 0;
	/* Staged: loaded by this very call, and not complete yet. */
	fd = pins__open_staged(dev, pins__name(map));
	if (fd < 0)
		fd = pins__try_open(dev, pins__name(map));
	if (fd < 0)
		return 0;
	if (same_shape(fd, map))
		err = bpf_map__reuse_fd(map, fd) ?: 1;
	else if (strcmp(dev, l->dev->name))
		log_warn("%s: its %s is of another shape than this program's: "
			 "load %s again, too",
			 dev, pins__name(map), dev);
	close(fd);
	return err;
}

static struct bpf_map *find_map(const struct loader *l, const char *name)
{
	struct bpf_map *map = pins__find(l->obj, name);

	if (!map)
		log_err("%s: the object has no map '%s'", l->dev->name, name);
	return map;
}

int share__keep(struct loader *l, const char *name)
{
	struct bpf_map *map = find_map(l, name);
	int err;

	if (!map)
		return -ENOENT;
	err = try_device(l, map, l->dev->name);
	if (err < 0)
		log_err("%s: cannot keep the map %s: %s", l->dev->name, name,
			strerror(-err));
	return err < 0 ? err : 0;
}

int share__join(struct loader *l, const char *name)
{
	struct bpf_map *map = find_map(l, name);
	struct dirent *entry;
	int err = 0;
	DIR *dir;

	if (!map)
		return -ENOENT;
	dir = opendir(PINS_ROOT);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && *entry->d_name != '.')
			err = try_device(l, map, entry->d_name);
	closedir(dir);
	if (err < 0)
		log_err("%s: cannot share the map %s: %s", l->dev->name, name,
			strerror(-err));
	return err < 0 ? err : 0;
}

int share__enter(struct loader *l, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(l->obj, name);

	if (!bpf_map_update_elem(fd, &l->dev->ifindex, &l->dev->ifindex,
				 BPF_ANY))
		return 0;
	log_err("%s: cannot enter it in %s: %s", l->dev->name, name,
		strerror(errno));
	return -errno;
}

void share__leave(const struct device *dev, const char *name)
{
	int fd = pins__try_open(dev->name, name);

	if (fd < 0)
		return;
	bpf_map_delete_elem(fd, &dev->ifindex);
	close(fd);
}
