/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/file.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/json.h"
#include "../common/user/log.h"
#include "../common/user/pins.h"
#include "../common/xdp_stats.h"
#include "director.h"
#include "rendezvous.h"

const char *director__text(const struct in6_addr *addr)
{
	static char buf[INET6_ADDRSTRLEN];

	if (addr_is_ipv4(addr))
		return inet_ntop(AF_INET, &addr->s6_addr32[3], buf,
				 sizeof(buf));
	return inet_ntop(AF_INET6, addr, buf, sizeof(buf));
}

static bool same(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static int failed(const struct director *d, const char *what, int err)
{
	log_err("%s: cannot %s: %s", d->dev, what, strerror(-err));
	return err;
}

/* The folder of the pins is what commands on one director have in common. */
static int lock(const char *dev)
{
	char path[PINS_PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", PINS_ROOT, dev);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX)) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int read_backends(struct director *d)
{
	for (__u32 slot = 0; slot < BACKENDS_MAX; slot++)
		if (bpf_map_lookup_elem(d->backends_fd, &slot,
					&d->backends[slot]))
			return failed(d, "read the backends", -errno);
	return 0;
}

static void read_virtuals(struct director *d)
{
	int count = 0;

	for (void *at = NULL;
	     count < VIRTUALS_MAX &&
	     !bpf_map_get_next_key(d->virtuals_fd, at, &d->virtuals[count]);
	     at = &d->virtuals[count++])
		;
	if (count < VIRTUALS_MAX)
		d->virtuals[count] = in6addr_any;
}

/* The kernel gives out the id of the table in use; zeros where there is none */
static int read_rows(struct director *d)
{
	static __u32 keys[TABLE_ROWS];
	__u32 only = 0, id, batch, count = TABLE_ROWS;
	int fd, err = 0;

	memset(d->rows, 0, sizeof(d->rows));
	if (bpf_map_lookup_elem(d->tables_fd, &only, &id))
		return errno == ENOENT ? 0 :
					 failed(d, "find the table", -errno);
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return failed(d, "open the table", -errno);
	if (bpf_map_lookup_batch(fd, NULL, &batch, keys, d->rows, &count,
				 NULL) &&
	    errno != ENOENT)
		err = failed(d, "read the table", -errno);
	close(fd);
	return err;
}

int director__open(struct director *d, const char *dev)
{
	const struct {
		const char *map;
		int *fd;
	} pins[] = {
		{ "virtuals", &d->virtuals_fd },
		{ "backends", &d->backends_fd },
		{ "backend_stats", &d->stats_fd },
		{ "tables", &d->tables_fd },
		{ "flows", &d->flows_fd },
	};
	int err = 0;

	*d = (struct director){ .dev = dev, .lock_fd = -1 };
	for (size_t i = 0; i < sizeof(pins) / sizeof(*pins); i++)
		*pins[i].fd = -1;
	for (size_t i = 0; i < sizeof(pins) / sizeof(*pins) && !err; i++) {
		*pins[i].fd = pins__open(dev, pins[i].map);
		err = *pins[i].fd < 0 ? *pins[i].fd : 0;
	}
	if (!err) {
		d->lock_fd = lock(dev);
		if (d->lock_fd < 0)
			err = failed(d, "lock the director", d->lock_fd);
	}
	if (!err)
		read_virtuals(d);
	err = err ?: read_backends(d) ?: read_rows(d);
	if (err)
		director__close(d);
	return err;
}

void director__close(struct director *d)
{
	const int fds[] = { d->virtuals_fd, d->backends_fd, d->stats_fd,
			    d->tables_fd,   d->flows_fd,    d->lock_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* The slot of a backend, or 0. */
static __u32 find(const struct director *d, const struct in6_addr *addr)
{
	for (__u32 slot = 1; slot < BACKENDS_MAX; slot++)
		if (d->backends[slot].state != BACKEND_NONE &&
		    same(&d->backends[slot].addr, addr))
			return slot;
	return 0;
}

static __u32 find_free(const struct director *d)
{
	for (__u32 slot = 1; slot < BACKENDS_MAX; slot++)
		if (d->backends[slot].state == BACKEND_NONE)
			return slot;
	return 0;
}

static int unknown(const struct director *d, const struct in6_addr *addr)
{
	log_err("%s: %s is none of its backends: `list` shows them", d->dev,
		director__text(addr));
	return -ENOENT;
}

int director__add(struct director *d, const struct in6_addr *addr, __u32 weight)
{
	__u32 slot = find(d, addr) ?: find_free(d);
	struct backend *backend;

	if (!slot) {
		log_err("%s: it has %d backends, and there is no room for more",
			d->dev, BACKENDS_MAX - 1);
		return -ENOSPC;
	}
	backend = &d->backends[slot];
	if (backend->state == BACKEND_NONE)
		backend->weight = 1;
	backend->addr = *addr;
	backend->state = BACKEND_ACTIVE;
	backend->weight = weight ?: backend->weight;
	return 0;
}

int director__drain(struct director *d, const struct in6_addr *addr)
{
	__u32 slot = find(d, addr);

	if (!slot)
		return unknown(d, addr);
	d->backends[slot].state = BACKEND_DRAINING;
	return 0;
}

int director__remove(struct director *d, const struct in6_addr *addr)
{
	__u32 slot = find(d, addr);

	if (!slot)
		return unknown(d, addr);
	d->backends[slot].state = BACKEND_NONE;
	d->backends[slot].tenant++;
	return 0;
}

bool director__set_health(struct director *d, const struct in6_addr *addr,
			  bool answers)
{
	struct backend *backend = &d->backends[find(d, addr)];

	if (backend->state != (answers ? BACKEND_FAILED : BACKEND_ACTIVE))
		return false;
	backend->state = answers ? BACKEND_ACTIVE : BACKEND_FAILED;
	return true;
}

/* Where a virtual address is, or for zeros a free place; or NULL. */
static struct in6_addr *find_virtual(struct director *d,
				     const struct in6_addr *addr)
{
	for (int i = 0; i < VIRTUALS_MAX; i++)
		if (same(&d->virtuals[i], addr))
			return &d->virtuals[i];
	return NULL;
}

static bool is_set(const struct in6_addr *addr)
{
	return !same(addr, &in6addr_any);
}

int director__add_virtual(struct director *d, const struct in6_addr *addr)
{
	struct in6_addr *place =
		find_virtual(d, addr) ?: find_virtual(d, &in6addr_any);

	if (!place) {
		log_err("%s: it has %d virtual addresses, and there is no room "
			"for more",
			d->dev, VIRTUALS_MAX);
		return -ENOSPC;
	}
	*place = *addr;
	return 0;
}

int director__remove_virtual(struct director *d, const struct in6_addr *addr)
{
	struct in6_addr *place = find_virtual(d, addr);

	if (!place) {
		log_err("%s: %s is none of its virtual addresses: `list` shows "
			"them",
			d->dev, director__text(addr));
		return -ENOENT;
	}
	*place = in6addr_any;
	return 0;
}

/* Those that are new, or those that are gone. */
static int add_virtuals(struct director *d)
{
	__u8 any = 0;

	for (int i = 0; i < VIRTUALS_MAX; i++)
		if (is_set(&d->virtuals[i]) &&
		    bpf_map_update_elem(d->virtuals_fd, &d->virtuals[i], &any,
					BPF_ANY))
			return failed(d, "add a virtual address", -errno);
	return 0;
}

static int remove_virtuals(struct director *d)
{
	struct in6_addr addr, next;
	int more = !bpf_map_get_next_key(d->virtuals_fd, NULL, &addr);

	while (more) {
		more = !bpf_map_get_next_key(d->virtuals_fd, &addr, &next);
		if (!find_virtual(d, &addr) &&
		    bpf_map_delete_elem(d->virtuals_fd, &addr))
			return failed(d, "remove a virtual address", -errno);
		addr = next;
	}
	return 0;
}

/*
 * Writes the backends, active ones or all others. One that leaves sets the
 * slot's counters to zero for the next.
 */
static int write_backends(struct director *d, bool active)
{
	int cpus = libbpf_num_possible_cpus();
	struct xdp_stats *zeros;
	struct backend old;
	int err = 0;

	if (cpus < 0)
		return failed(d, "count the CPUs", cpus);
	zeros = calloc(cpus, sizeof(*zeros));
	if (!zeros)
		return failed(d, "write the backends", -ENOMEM);
	for (__u32 slot = 1; slot < BACKENDS_MAX && !err; slot++) {
		const struct backend *new = &d->backends[slot];

		if ((new->state == BACKEND_ACTIVE) != active)
			continue;
		err = bpf_map_lookup_elem(d->backends_fd, &slot, &old);
		if (!err && old.tenant != new->tenant)
			err = bpf_map_update_elem(d->stats_fd, &slot, zeros, 0);
		if (!err)
			err = bpf_map_update_elem(d->backends_fd, &slot, new,
						  0);
		if (err)
			err = failed(d, "write the backends", err);
	}
	free(zeros);
	return err;
}

/* A table is filled where nobody sees it, and then put in the other's place. */
static int write_rows(struct director *d, const __u32 *rows)
{
	static __u32 keys[TABLE_ROWS];
	__u32 only = 0, count = TABLE_ROWS;
	int fd, err = 0;

	for (__u32 row = 0; row < TABLE_ROWS; row++)
		keys[row] = row;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "table", sizeof(*keys),
			    sizeof(*rows), TABLE_ROWS, NULL);
	if (fd < 0)
		return failed(d, "make a table", fd);
	if (bpf_map_update_batch(fd, keys, rows, &count, NULL))
		err = failed(d, "fill the table", -errno);
	else if (bpf_map_update_elem(d->tables_fd, &only, &fd, 0))
		err = failed(d, "replace the table", -errno);
	close(fd);
	return err;
}

/* What the rows depend on: the address alone, on every director the same. */
static struct rendezvous_id member_id(const struct in6_addr *addr)
{
	struct rendezvous_id id = {
		.upper = (__u64)ntohl(addr->s6_addr32[0]) << 32 |
			 ntohl(addr->s6_addr32[1]),
		.lower = (__u64)ntohl(addr->s6_addr32[2]) << 32 |
			 ntohl(addr->s6_addr32[3]),
	};

	if (addr_is_ipv4(addr))
		id.lower = ntohl(addr->s6_addr32[3]);
	return id;
}

static void fill_rows(const struct director *d, __u32 *rows)
{
	struct rendezvous_member members[BACKENDS_MAX];
	__u32 count = 0;

	for (__u32 slot = 1; slot < BACKENDS_MAX; slot++)
		if (d->backends[slot].state == BACKEND_ACTIVE)
			members[count++] = (struct rendezvous_member){
				.id = member_id(&d->backends[slot].addr),
				.value = slot,
				.weight = d->backends[slot].weight,
			};
	rendezvous__fill(rows, TABLE_ROWS, members, count);
}

int director__apply(struct director *d)
{
	static __u32 rows[TABLE_ROWS];
	__u32 moved = 0;
	int err;

	fill_rows(d, rows);
	for (__u32 row = 0; row < TABLE_ROWS; row++)
		moved += rows[row] != d->rows[row];
	err = remove_virtuals(d);
	if (!err)
		err = write_backends(d, true);
	if (!err && moved)
		err = write_rows(d, rows);
	if (!err)
		err = write_backends(d, false);
	if (!err)
		err = add_virtuals(d);
	if (!err)
		printf("%s: %u of %d rows moved\n", d->dev, moved, TABLE_ROWS);
	return err;
}

/* What `list` says of a backend. */
struct usage {
	__u32 rows, flows;
	struct xdp_stats sent;
};

static int count_flows(const struct director *d, struct usage *usage)
{
	static struct flow_key keys[FLOWS_MAX];
	static struct flow flows[FLOWS_MAX];
	__u32 batch, count = FLOWS_MAX;

	if (bpf_map_lookup_batch(d->flows_fd, NULL, &batch, keys, flows, &count,
				 NULL) &&
	    errno != ENOENT)
		return failed(d, "read the flows", -errno);
	for (__u32 i = 0; i < count; i++)
		if (flows[i].slot < BACKENDS_MAX &&
		    flows[i].tenant == d->backends[flows[i].slot].tenant)
			usage[flows[i].slot].flows++;
	return 0;
}

static int read_usage(const struct director *d, struct usage *usage)
{
	int cpus = libbpf_num_possible_cpus();
	struct xdp_stats *per_cpu;
	int err;

	if (cpus < 0)
		return failed(d, "count the CPUs", cpus);
	per_cpu = calloc(cpus, sizeof(*per_cpu));
	if (!per_cpu)
		return failed(d, "read the counters", -ENOMEM);
	err = count_flows(d, usage);
	for (__u32 row = 0; row < TABLE_ROWS; row++)
		if (d->rows[row] < BACKENDS_MAX)
			usage[d->rows[row]].rows++;
	for (__u32 slot = 1; slot < BACKENDS_MAX && !err; slot++) {
		if (bpf_map_lookup_elem(d->stats_fd, &slot, per_cpu))
			err = failed(d, "read the counters", -errno);
		for (int cpu = 0; cpu < cpus && !err; cpu++) {
			usage[slot].sent.packets += per_cpu[cpu].packets;
			usage[slot].sent.bytes += per_cpu[cpu].bytes;
		}
	}
	free(per_cpu);
	return err;
}

static const char *const states[] = { "free", "active", "draining", "failed" };

/* The width of the first column. */
static int addr_width(const struct director *d)
{
	size_t width = 16;

	for (int slot = 1; slot < BACKENDS_MAX; slot++)
		if (d->backends[slot].state != BACKEND_NONE &&
		    strlen(director__text(&d->backends[slot].addr)) > width)
			width = strlen(director__text(&d->backends[slot].addr));
	return width;
}

static int print_text(const struct director *d, const struct usage *usage)
{
	int width = addr_width(d);

	printf("VIRTUAL ADDRESS\n");
	for (int i = 0; i < VIRTUALS_MAX; i++)
		if (is_set(&d->virtuals[i]))
			printf("%s\n", director__text(&d->virtuals[i]));
	printf("%-*s %-8s %6s %6s %6s %12s %14s\n", width, "BACKEND", "STATE",
	       "WEIGHT", "ROWS", "FLOWS", "PACKETS", "BYTES");
	for (int slot = 1; slot < BACKENDS_MAX; slot++) {
		const struct backend *backend = &d->backends[slot];

		if (backend->state != BACKEND_NONE)
			printf("%-*s %-8s %6u %6u %6u %12llu %14llu\n", width,
			       director__text(&backend->addr),
			       states[backend->state], backend->weight,
			       usage[slot].rows, usage[slot].flows,
			       usage[slot].sent.packets,
			       usage[slot].sent.bytes);
	}
	return 0;
}

static json_t *virtuals_json(const struct director *d)
{
	json_t *list = json_array();

	for (int i = 0; i < VIRTUALS_MAX; i++)
		if (is_set(&d->virtuals[i]))
			json_array_append_new(list, json_string(director__text(
							    &d->virtuals[i])));
	return list;
}

static json_t *backend_json(const struct backend *backend,
			    const struct usage *usage)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "addr",
			 director__text(&backend->addr), "state",
			 states[backend->state], "weight",
			 (json_int_t)backend->weight, "rows",
			 (json_int_t)usage->rows, "flows",
			 (json_int_t)usage->flows, "packets",
			 (json_int_t)usage->sent.packets, "bytes",
			 (json_int_t)usage->sent.bytes);
}

static int print_json(const struct director *d, const struct usage *usage)
{
	json_t *backends = json_array();
	int err;

	for (int slot = 1; slot < BACKENDS_MAX; slot++)
		if (d->backends[slot].state != BACKEND_NONE)
			json_array_append_new(backends,
					      backend_json(&d->backends[slot],
							   &usage[slot]));
	err = json__print(json_pack("{s:o, s:o, s:o}", "dev",
				    json__text(d->dev), "virtual",
				    virtuals_json(d), "backends", backends));
	return err ? failed(d, "print", err) : 0;
}

int director__list(struct director *d, bool json)
{
	static struct usage usage[BACKENDS_MAX];
	int err;

	memset(usage, 0, sizeof(usage));
	err = read_usage(d, usage);
	return err ?: (json ? print_json : print_text)(d, usage);
}
