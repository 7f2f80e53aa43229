/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>

#include <bpf/bpf.h>

#include "../common/user/pins.h"
#include "tables.h"

#define BATCH 1024

static struct table_map {
	const char *name;
	enum table table;
	int family;
	__u32 no_static; /* the bit that says that it is empty */
	int fd;
} maps[] = {
	{ "hfwd_static", STATIC, AF_INET, FWD_NO_STATIC_IPV4, -1 },
	{ "hfwd6_static", STATIC, AF_INET6, FWD_NO_STATIC_IPV6, -1 },
	{ "hfwd", LEARNED, AF_INET, 0, -1 },
	{ "hfwd6", LEARNED, AF_INET6, 0, -1 },
};

#define MAPS (sizeof(maps) / sizeof(maps[0]))

struct fwd_state *state;

static size_t key_size(const struct table_map *map)
{
	return map->family == AF_INET ? sizeof(struct in_addr) :
					sizeof(struct in6_addr);
}

static int map_state(const char *dev)
{
	void *page;
	int fd = pins__open(dev, "fwd_state");

	if (fd < 0)
		return fd;
	page = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		return -errno;
	state = page;
	return 0;
}

int tables__open(const char *dev)
{
	for (size_t i = 0; i < MAPS; i++) {
		maps[i].fd = pins__open(dev, maps[i].name);
		if (maps[i].fd < 0)
			return maps[i].fd;
	}
	return map_state(dev);
}

void tables__close(void)
{
	if (state)
		munmap(state, sizeof(*state));
	state = NULL;
	for (size_t i = 0; i < MAPS; i++) {
		if (maps[i].fd >= 0)
			close(maps[i].fd);
		maps[i].fd = -1;
	}
}

/* What an entry learned now would carry. */
static uint64_t generation(void)
{
	return __atomic_load_n(&state->generation, __ATOMIC_SEQ_CST) &
	       ~FWD_LEARN;
}

int tables__set(const struct dest *dest, const struct fwd_entry *entry)
{
	for (size_t i = 0; i < MAPS; i++) {
		if (maps[i].table != STATIC || maps[i].family != dest->family)
			continue;
		/* Before the entry is there: no packet shall miss it. */
		__atomic_and_fetch(&state->no_static, ~maps[i].no_static,
				   __ATOMIC_SEQ_CST);
		return bpf_map_update_elem(maps[i].fd, dest->addr, entry,
					   BPF_ANY) ?
			       -errno :
			       0;
	}
	return -EAFNOSUPPORT;
}

void tables__tell_empty(void)
{
	unsigned char key[sizeof(struct in6_addr)];
	__u32 empty = 0;

	for (size_t i = 0; i < MAPS; i++)
		if (bpf_map_get_next_key(maps[i].fd, NULL, key) &&
		    errno == ENOENT)
			empty |= maps[i].no_static;
	__atomic_store_n(&state->no_static, empty, __ATOMIC_SEQ_CST);
}

__u32 tables__tick(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (now.tv_sec * 1000000000ULL + now.tv_nsec) >> FWD_TICK_SHIFT;
}

int tables__delete(const struct dest *dest)
{
	int err = -ENOENT;

	for (size_t i = 0; i < MAPS; i++) {
		if (maps[i].family != dest->family)
			continue;
		if (!bpf_map_delete_elem(maps[i].fd, dest->addr))
			err = 0;
		else if (errno != ENOENT)
			return -errno;
	}
	tables__tell_empty();
	return err;
}

/* Calls visit for each key of a map, as it is found, whatever it holds. */
static int for_each(const struct table_map *map,
		    int (*visit)(const struct table_map *map, const void *key,
				 const struct fwd_entry *entry, void *arg),
		    void *arg)
{
	static struct fwd_entry entries[BATCH];
	static unsigned char keys[BATCH * sizeof(struct in6_addr)];
	__u32 at, count;
	bool more = true, first = true;
	int err = 0;

	while (more && !err) {
		count = BATCH;
		if (bpf_map_lookup_batch(map->fd, first ? NULL : &at, &at, keys,
					 entries, &count, NULL)) {
			if (errno != ENOENT)
				return -errno;
			more = false; /* that was the end */
		}
		first = false;
		for (__u32 i = 0; i < count && !err; i++)
			err = visit(map, keys + i * key_size(map), &entries[i],
				    arg);
	}
	return err;
}

static int delete_key(const struct table_map *map, const void *key,
		      const struct fwd_entry *entry, void *arg)
{
	(void)entry;
	(void)arg;
	return bpf_map_delete_elem(map->fd, key) && errno != ENOENT ? -errno :
								      0;
}

int tables__flush(enum table which)
{
	int err = 0;

	for (size_t i = 0; i < MAPS && !err; i++)
		if (maps[i].table & which)
			err = for_each(&maps[i], delete_key, NULL);
	tables__tell_empty();
	return err;
}

struct visitor {
	int (*visit)(const struct dest *dest, enum table table,
		     const struct fwd_entry *entry, void *arg);
	void *arg;
};

static int visit_valid(const struct table_map *map, const void *key,
		       const struct fwd_entry *entry, void *arg)
{
	const struct visitor *v = arg;
	struct dest dest = { .family = map->family };

	if (map->table == LEARNED && entry->generation != generation())
		return 0;
	memcpy(dest.addr, key, key_size(map));
	return v->visit(&dest, map->table, entry, v->arg);
}

int tables__each(enum table which,
		 int (*visit)(const struct dest *dest, enum table table,
			      const struct fwd_entry *entry, void *arg),
		 void *arg)
{
	struct visitor v = { visit, arg };
	int err = 0;

	for (size_t i = 0; i < MAPS && !err; i++)
		if (maps[i].table & which)
			err = for_each(&maps[i], visit_valid, &v);
	return err;
}

static int copy_key(const struct table_map *map, const void *key,
		    const struct fwd_entry *entry, void *arg)
{
	const struct table_map *to = arg;

	(void)map;
	return bpf_map_update_elem(to->fd, key, entry, BPF_NOEXIST) &&
			       errno != EEXIST ?
		       -errno :
		       0;
}

static int carry_over(int from, struct table_map *to)
{
	struct table_map old = { .family = to->family, .fd = from };

	return from < 0 ? 0 : for_each(&old, copy_key, to);
}

int tables__carry_over(int old_ipv4, int old_ipv6)
{
	int err = 0;

	for (size_t i = 0; i < MAPS && !err; i++)
		if (maps[i].table == STATIC)
			err = carry_over(maps[i].family == AF_INET ? old_ipv4 :
								     old_ipv6,
					 &maps[i]);
	tables__tell_empty();
	return err;
}
