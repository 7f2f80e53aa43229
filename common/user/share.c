/* SPDX-License-Identifier: GPL-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "log.h"
#include "pins.h"
#include "share.h"

static bool runs_in_mode(const char *dev, enum xdp_attach_mode mode)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int ifindex = if_nametoindex(dev);

	if (!ifindex || bpf_xdp_query(ifindex, 0, &query))
		return false;
	return query.attach_mode ==
	       (mode == XDP_MODE_SKB ? XDP_ATTACHED_SKB : XDP_ATTACHED_DRV);
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

	/* To a device in another mode XDP frames cannot be sent. */
	if (bpf_map__type(map) == BPF_MAP_TYPE_DEVMAP_HASH ?
		    !runs_in_mode(dev, l->mode) :
		    !if_nametoindex(dev))
		return 0;
	/* Staged: loaded by this very call, and not complete yet. */
	fd = pins__open_staged(dev, pins__name(map));
	if (fd < 0)
		fd = pins__try_open(dev, pins__name(map));
	if (fd < 0)
		return 0;
	if (same_shape(fd, map))
		err = bpf_map__reuse_fd(map, fd) ?: 1;
	else if (strcmp(dev, l->dev))
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
		log_err("%s: the object has no map '%s'", l->dev, name);
	return map;
}

int share__keep(struct loader *l, const char *name)
{
	struct bpf_map *map = find_map(l, name);
	int err;

	if (!map)
		return -ENOENT;
	err = try_device(l, map, l->dev);
	if (err < 0)
		log_err("%s: cannot keep the map %s: %s", l->dev, name,
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
		log_err("%s: cannot share the map %s: %s", l->dev, name,
			strerror(-err));
	return err < 0 ? err : 0;
}

int share__enter(struct loader *l, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(l->obj, name);

	if (!bpf_map_update_elem(fd, &l->ifindex, &l->ifindex, BPF_ANY))
		return 0;
	log_err("%s: cannot enter it in %s: %s", l->dev, name, strerror(errno));
	return -errno;
}

void share__leave(const char *dev, const char *name)
{
	int ifindex = if_nametoindex(dev);
	int fd = pins__try_open(dev, name);

	if (fd < 0)
		return;
	bpf_map_delete_elem(fd, &ifindex);
	close(fd);
}
