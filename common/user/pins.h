/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The maps of a device's program, pinned as /sys/fs/bpf/DEV/MAP.
 *
 * The folder belongs to the lessons: a load puts its maps there in place of
 * those of the load before, an unload empties it.
 */
#ifndef PINS_H
#define PINS_H

#include <stdbool.h>
#include <linux/types.h>
#include <bpf/libbpf.h>

#define PINS_ROOT     "/sys/fs/bpf"
#define PINS_PATH_MAX 320

/*
 * pins__check - whether maps can be pinned for @dev
 *
 * Returns 0, or a negative errno after logging what is missing.
 */
int pins__check(const char *dev);

/*
 * pins__open - a pinned map of @dev's program
 *
 * Returns a file descriptor, or a negative errno after logging which pins
 * there are.
 */
int pins__open(const char *dev, const char *map);

/* pins__try_open - the same without a word: -ENOENT may be expected */
int pins__try_open(const char *dev, const char *map);

/*
 * pins__create - pin all maps of a loaded object for @dev
 *
 * Each replaces the pin of that name in one step, so a reader finds the old
 * map or the new one. A pin that was of another shape is named. Returns 0,
 * or a negative errno after logging it, with no new pin left.
 */
int pins__create(const char *dev, struct bpf_object *obj);

/* pins__remove - remove all pins of @dev: 0 or a negative errno, logged */
int pins__remove(const char *dev);

/* pins__has_map - whether a map of this id is pinned for @dev */
bool pins__has_map(const char *dev, __u32 map_id);

/*
 * pins__list - the names of @dev's pins with blanks between
 *
 * Returns @buf: empty where there are none, cut where it is too small.
 */
const char *pins__list(const char *dev, char *buf, size_t size);

#endif
