/* SPDX-License-Identifier: GPL-2.0 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "../../common/user/pins.h"
#include "maps.h"

/* Programs and links have pins, too. */
static bool is_map(int fd)
{
	char path[64], what[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, what, sizeof(what) - 1) > 0 &&
	       !strcmp(what, "anon_inode:bpf-map");
}

/* Closes the descriptor, which may be an error. */
static void add(struct maps *maps, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (fd < 0)
		return;
	if (maps->count < MAPS_MAX && is_map(fd) &&
	    !bpf_obj_get_info_by_fd(fd, &info, &len)) {
		maps->map[maps->count].id = info.id;
		strcpy(maps->map[maps->count++].name, info.name);
	}
	close(fd);
}

void maps__read_used(struct maps *maps, __u32 prog_id)
{
	__u32 ids[MAPS_MAX], count;
	int fd = bpf_prog_get_fd_by_id(prog_id);

	maps->count = 0;
	if (fd < 0)
		return;
	count = pins__used_by(fd, ids, MAPS_MAX);
	for (__u32 i = 0; i < count; i++)
		add(maps, bpf_map_get_fd_by_id(ids[i]));
	close(fd);
}

void maps__read_pinned(struct maps *maps, const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[512];

	maps->count = 0;
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (*entry->d_name != '.') {
			snprintf(path, sizeof(path), "%s/%s", folder,
				 entry->d_name);
			add(maps, bpf_obj_get(path));
		}
	closedir(dir);
}

bool maps__have_name(const struct maps *maps, const char *name)
{
	for (int i = 0; i < maps->count; i++)
		if (!strcmp(maps->map[i].name, name))
			return true;
	return false;
}

bool maps__have_common(const struct maps *a, const struct maps *b)
{
	for (int i = 0; i < a->count; i++)
		for (int j = 0; j < b->count; j++)
			if (a->map[i].id == b->map[j].id)
				return true;
	return false;
}
