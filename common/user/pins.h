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
#include <linux/bpf.h>
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
 * pins__lock - wait until no other load or unload goes on
 *
 * Returns a file descriptor, to be closed at the end, or a negative errno.
 */
int pins__lock(void);

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
 * pins__find - the map of an object that is pinned under a name; NULL: none
 *
 * Its own name, or for a variable in the section ".data.NAME" that one: the
 * kernel allows no dot in the name of a pin. What the compiler has put
 * together (.rodata, .bss) has none.
 */
struct bpf_map *pins__find(const struct bpf_object *obj, const char *name);

/* pins__name - what a map of an object is pinned as; NULL: it is not */
const char *pins__name(const struct bpf_map *map);

/*
 * pins__stage - pin all maps of a loaded object for @dev, under new names
 *
 * Nobody looks there; what is pinned already stays as it is. Returns 0, or a
 * negative errno after logging it, with nothing staged.
 */
int pins__stage(const char *dev, struct bpf_object *obj);

/*
 * pins__commit - put the staged pins in the place of those before them
 *
 * Each in one step, so a reader finds the old map or the new one. A pin that
 * was of another shape is named; one that this object does not have goes.
 * Returns 0, or a negative errno after logging it.
 */
int pins__commit(const char *dev, struct bpf_object *obj);

/* pins__unstage - remove what pins__stage() has made, and an empty folder */
void pins__unstage(const char *dev);

/* pins__open_staged - a staged map: a file descriptor, or a negative errno */
int pins__open_staged(const char *dev, const char *map);

/* pins__remove - remove all pins of @dev: 0 or a negative errno, logged */
int pins__remove(const char *dev);

/*
 * pins__same_shape - whether a map that exists can stand for one of an object
 *
 * By type, sizes and entries; not by flags, since the kernel adds one of its
 * own to a DEVMAP's.
 */
bool pins__same_shape(const struct bpf_map_info *info,
		      const struct bpf_map *map);

/*
 * pins__used_by - the ids of the maps that a loaded program uses
 *
 * Returns how many there are in @ids, at most @max; 0 also where the kernel
 * does not tell.
 */
__u32 pins__used_by(int prog_fd, __u32 *ids, __u32 max);

/* pins__has_map - whether a map of this id is pinned for @dev */
bool pins__has_map(const char *dev, __u32 map_id);

/*
 * pins__list - the names of @dev's pins with blanks between
 *
 * Returns @buf: empty where there are none, cut where it is too small.
 */
const char *pins__list(const char *dev, char *buf, size_t size);

#endif
