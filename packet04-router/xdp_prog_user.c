/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of packet04-router.
 *
 * A router sends only to devices that can take XDP frames. Those are the
 * ones that run the router themselves: all instances share the map
 * router_ports, a load enters its device there and an unload removes it.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/lesson.h"
#include "../common/user/log.h"
#include "../common/user/pins.h"
#include "../common/user/routing.h"
#include "../common/user/share.h"

#define PORTS	  "router_ports"
#define PROG_NAME "xdp_router_func"

static bool routes(const struct loader *l)
{
	return !strcmp(l->prog_name, PROG_NAME);
}

static int prepare(struct loader *l)
{
	int err = share__join(l, PORTS);

	return err || !routes(l) ? err : routing__tell(l);
}

static int join(struct loader *l)
{
	int fd = bpf_object__find_map_fd_by_name(l->obj, PORTS);
	int err;

	if (!routes(l))
		return 0; /* another program of the object */
	err = routing__fill(l);
	if (err)
		return err;
	if (bpf_map_update_elem(fd, &l->ifindex, &l->ifindex, BPF_ANY)) {
		log_err("%s: cannot enter it in " PORTS ": %s", l->dev,
			strerror(errno));
		return -errno;
	}
	routing__warn(l->dev);
	return 0;
}

/* Called while the device still has its pins. */
static void leave(const char *dev)
{
	int ifindex = if_nametoindex(dev);
	int fd = pins__try_open(dev, PORTS);

	if (fd < 0)
		return;
	bpf_map_delete_elem(fd, &ifindex);
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct lesson lesson = {
		.doc = "Load the router of packet04-router.",
		.prog_name = PROG_NAME,
		.prepare = prepare,
		.finished = join,
		.unload = leave,
	};

	return lesson__main(&lesson, argc, argv);
}
