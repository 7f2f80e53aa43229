/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which maps a program uses, and which are pinned in a folder, for t doctor:
 *
 *	watch maps ID FOLDER
 *
 * One line each: "used" or "pinned", the map's id, its name. An id of 0 is
 * no program.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "watch.h"

#define MAPS_MAX 64

static void show_map(const char *what, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		printf("%s %u %s\n", what, info.id, info.name);
	close(fd);
}

static void show_used(__u32 id)
{
	__u32 maps[MAPS_MAX];
	struct bpf_prog_info info = {
		.nr_map_ids = MAPS_MAX,
		.map_ids = (__u64)(unsigned long)maps,
	};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		for (__u32 i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++)
			show_map("used", bpf_map_get_fd_by_id(maps[i]));
	close(fd);
}

int watch_maps(int argc, char **argv)
{
	char pattern[256];
	glob_t pins;

	if (argc != 3)
		return EXIT_FAILURE;
	show_used(strtoul(argv[1], NULL, 10));
	snprintf(pattern, sizeof(pattern), "%s/*", argv[2]);
	if (!glob(pattern, 0, NULL, &pins))
		for (size_t i = 0; i < pins.gl_pathc; i++)
			show_map("pinned", bpf_obj_get(pins.gl_pathv[i]));
	globfree(&pins);
	return EXIT_SUCCESS;
}
