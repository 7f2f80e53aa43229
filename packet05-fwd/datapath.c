/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/log.h"
#include "../common/user/pins.h"
#include "../common/user/routing.h"
#include "../common/user/share.h"
#include "datapath.h"

struct datapath_options datapath_options;

/* What each device's program was told last. */
static struct {
	int ifindex;
	struct routing told;
} devices[LESSON_DEVS_MAX];

static struct routing *told(const struct device *dev)
{
	int i = 0;

	while (i < LESSON_DEVS_MAX - 1 && devices[i].ifindex &&
	       devices[i].ifindex != dev->ifindex)
		i++;
	devices[i].ifindex = dev->ifindex;
	return &devices[i].told;
}

static bool forwards(const struct loader *l)
{
	return !strcmp(l->prog_name, PROG_NAME);
}

static int set_entries(struct loader *l, const char *name, unsigned int entries)
{
	struct bpf_map *map = bpf_object__find_map_by_name(l->obj, name);

	if (!map || !entries)
		return 0;
	return bpf_map__set_max_entries(map, entries);
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
	static const char *const own[] = { "host_mac", "host_ipv4", "host_ipv6",
					   "xdp_stats_map" };
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
	struct routing *r = told(l->dev);
	int err;

	err = share_maps(l);
	if (err || !forwards(l))
		return err;
	err = routing__read(l->dev, r);
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

static int finished(struct loader *l)
{
	int err;

	if (!forwards(l))
		return 0; /* another program of the object */
	err = routing__fill(l, told(l->dev));
	if (!err)
		err = share__enter(l, PORTS);
	if (!err && !datapath_options.quiet)
		routing__warn(l->dev, told(l->dev));
	return err;
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
	for (int i = 0; i < LESSON_DEVS_MAX && devices[i].ifindex; i++)
		if (devices[i].ifindex == ifindex)
			return device__exists(
				&(struct device){ .ifindex = ifindex });
	return false;
}

bool datapath__is_stale(const struct device *dev)
{
	static struct routing now;

	/* What cannot be read is not known to have changed. */
	return !routing__read(dev, &now) && !routing__same(&now, told(dev));
}
