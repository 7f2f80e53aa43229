/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/net/link.h"
#include "../common/user/host.h"
#include "../common/user/log.h"
#include "../common/user/pins.h"
#include "../common/user/routing.h"
#include "../common/user/share.h"
#include "datapath.h"

struct datapath_options datapath_options;

/* A device that the program runs on. */
static struct port {
	int ifindex;
	bool is_told; /* what the program was told is below, and all of it */
	struct routing told;
	int pause_fd; /* of the program's map; -1 before it runs */
	bool is_paused;
} ports[LESSON_DEVS_MAX];

static struct port *port_of(const struct device *dev)
{
	int i = 0;

	while (i < LESSON_DEVS_MAX - 1 && ports[i].ifindex &&
	       ports[i].ifindex != dev->ifindex)
		i++;
	if (!ports[i].ifindex)
		ports[i] = (struct port){ .ifindex = dev->ifindex,
					  .pause_fd = -1 };
	return &ports[i];
}

static bool forwards(const struct loader *l)
{
	return !strcmp(l->prog_name, PROG_NAME);
}

static int set_entries(struct loader *l, const char *name, unsigned int entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(l->obj, name);

	int err;

	if (!map || !entries)
		return 0;
	err = bpf_map__set_max_entries(map, entries);
	if (err)
		log_err("%s: cannot make the map %s of %u entries: %s",
			l->dev->name, name, entries, strerror(-err));
	return err;
}

/*
 * The maps that all devices have in common, and those of this device which a
 * program before this one has filled: with them it is ready when it starts.
 */
static int share_maps(struct loader *l)
{
	static const char *const common[] = { "hfwd",	   "hfwd_static",
					      "hfwd6",	   "hfwd6_static",
					      "fwd_state", PORTS };
	static const char *const own[] = { "xdp_stats_map", PAUSE };
	unsigned int entries = datapath_options.entries;
	unsigned int static_entries = datapath_options.static_entries;
	int err;

	err = set_entries(l, "hfwd", entries);
	if (!err)
		err = set_entries(l, "hfwd6", entries);
	if (!err)
		err = set_entries(l, "hfwd_static", static_entries);
	if (!err)
		err = set_entries(l, "hfwd6_static", static_entries);
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]) && !err; i++)
		err = share__join(l, common[i]);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]) && !err; i++)
		err = share__keep(l, own[i]);
	return err;
}

static int prepare(struct loader *l)
{
	bool trace = datapath_options.trace;
	struct port *port = port_of(l->dev);
	struct routing *r = &port->told;
	int err;

	err = share_maps(l);
	if (err || !forwards(l))
		return err;
	/* The daemon has read it already. */
	err = datapath_options.again ? 0 : routing__read(l->dev, r);
	if (!err)
		err = routing__tell(l, r);
	if (!err)
		err = loader__set_constant(l, "ipv4_forwards",
					   &r->ipv4_forwards, sizeof(bool));
	if (!err)
		err = loader__set_constant(l, "ipv6_forwards",
					   &r->ipv6_forwards, sizeof(bool));
	if (!err)
		err = loader__set_constant(l, "trace_is_on", &trace,
					   sizeof(trace));
	return err;
}

/* It needs no other descriptor, so it works when there are none left. */
static int set_pause(struct port *port, __u32 pause)
{
	__u32 key = 0;

	if (bpf_map_update_elem(port->pause_fd, &key, &pause, BPF_ANY))
		return -errno;
	port->is_paused = pause;
	return 0;
}

/* The program knows all: whatever was wrong before, it may forward. */
static int release(const struct device *dev)
{
	struct port *port = port_of(dev);
	bool was_paused = port->is_paused;
	int err = set_pause(port, 0);

	if (err)
		log_err("%s: cannot write its map " PAUSE ": %s", dev->name,
			strerror(-err));
	else if (was_paused)
		log_warn("%s: forwarding again", dev->name);
	return err;
}

/* The map of the program that runs now: the one before, where that had one. */
static int open_pause(const struct device *dev)
{
	struct port *port = port_of(dev);
	int fd = pins__open(dev->name, PAUSE);

	if (fd < 0)
		return fd;
	if (port->pause_fd >= 0)
		close(port->pause_fd);
	port->pause_fd = fd;
	return 0;
}

static int finished(struct loader *l)
{
	struct port *port = port_of(l->dev);
	int err;

	if (!forwards(l))
		return 0; /* another program of the object */
	err = open_pause(l->dev);
	if (!err)
		err = routing__fill(l->dev, &port->told);
	if (!err)
		err = share__enter(l, PORTS);
	if (err)
		return err;
	port->is_told = true;
	if (!datapath_options.again)
		routing__warn(l->dev, &port->told);
	return release(l->dev);
}

static void unload(const struct device *dev)
{
	share__leave(dev, PORTS);
}

const struct lesson datapath = {
	.doc = "Load the forwarding program of packet05-fwd, which then has "
	       "its static entries and the routing table. (fwd adds the rest.)",
	.prog_name = PROG_NAME,
	.prepare = prepare,
	.finished = finished,
	.unload = unload,
};

bool datapath__runs_on(int ifindex)
{
	for (int i = 0; i < LESSON_DEVS_MAX && ports[i].ifindex; i++)
		if (ports[i].ifindex == ifindex)
			return device__exists(
				&(struct device){ .ifindex = ifindex });
	return false;
}

/*
 * In a process of its own: some releases of libxdp (1.3.1) never close the
 * programs of a device that they are asked about. The maps that the daemon has
 * open are those of the new program, too.
 */
static int load_apart(const struct device *dev, const struct lesson_args *args)
{
	struct lesson_args one = *args;
	pid_t child;
	int status;

	one.devs[0] = *dev;
	one.dev_count = 1;
	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		status = lesson__load(&datapath, &one);
		fflush(NULL);
		_exit(status ? EXIT_FAILURE : EXIT_SUCCESS);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (status)
		return -EIO;
	return open_pause(dev) ?: release(dev);
}

/* Constants are told by another load, what is in maps in place. */
static int tell(const struct device *dev, const struct lesson_args *args)
{
	struct port *port = port_of(dev);
	static struct routing now;
	bool in_place;
	int err;

	err = host__refresh(dev) ?: routing__read(dev, &now);
	if (err || (port->is_told && routing__same(&now, &port->told)))
		return err;
	in_place = port->is_told && routing__same_constants(&now, &port->told);
	port->told = now;
	port->is_told = false;
	err = in_place ? routing__fill(dev, &now) : load_apart(dev, args);
	port->is_told = !err;
	return err;
}

int datapath__renew(const struct device *dev, const struct lesson_args *args)
{
	struct port *port = port_of(dev);
	struct link link;
	int err = link__get(NETNS_HERE, dev->ifindex, &link);

	if (err == -ENODEV)
		return 0;
	if (!err)
		err = tell(dev, args);
	if (!err)
		return port->is_paused ? release(dev) : 0;
	if (!port->is_paused)
		log_err("%s: the settings of this host have changed, and the "
			"program cannot be told (above: why): nothing is "
			"forwarded by it until then",
			dev->name);
	set_pause(port, 1);
	return err;
}

const char *datapath__paused(void)
{
	static char name[IF_NAMESIZE];

	for (int i = 0; i < LESSON_DEVS_MAX && ports[i].ifindex; i++)
		if (ports[i].is_paused)
			return if_indextoname(ports[i].ifindex, name) ?: "?";
	return NULL;
}
