/* SPDX-License-Identifier: GPL-2.0 */
/* BPF maps: those that a program uses, and those that are pinned. */
#ifndef MAPS_H
#define MAPS_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/types.h>

#define MAPS_MAX 64

struct maps {
	int count;
	struct {
		__u32 id;
		char name[BPF_OBJ_NAME_LEN];
	} map[MAPS_MAX];
};

/* maps__read_used - those of a program, by its id */
void maps__read_used(struct maps *maps, __u32 prog_id);

/* maps__read_pinned - those that are pinned in a folder */
void maps__read_pinned(struct maps *maps, const char *folder);

bool maps__have_name(const struct maps *maps, const char *name);

/* maps__have_common - whether a map is in both */
bool maps__have_common(const struct maps *a, const struct maps *b);

#endif
