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
#include <stdlib.h>
#include <string.h>

#include "../common/user/lesson.h"
#include "../common/user/log.h"
#include "../common/user/routing.h"
#include "../common/user/share.h"

#define PORTS	  "router_ports"
#define PROG_NAME "xdp_router_func"

static bool count;

enum { OPT_COUNT = 0x200 };

static const struct argp_option options[] = {
	{ "count-next-hops", OPT_COUNT, NULL, 0,
	  "count packets and bytes for each next hop, in the map next_hops",
	  0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	(void)state;
	if (key != OPT_COUNT)
		return ARGP_ERR_UNKNOWN;
	count = true;
	return 0;
}

static bool routes(const struct loader *l)
{
	return !strcmp(l->prog_name, PROG_NAME);
}

static int prepare(struct loader *l)
{
	int err = share__join(l, PORTS);
	struct routing *r;

	if (!err && count)
		err = loader__set_constant(l, "count_next_hops", &count,
					   sizeof(count));
	if (err || !routes(l))
		return err;
	r = l->told = malloc(sizeof(*r));
	if (!r) {
		log_err("%s: %s", l->dev->name, strerror(ENOMEM));
		return -ENOMEM;
	}
	return routing__read(l->dev, r) ?: routing__tell(l, r);
}

static int join(struct loader *l)
{
	int err;

	if (!routes(l))
		return 0; /* another program of the object */
	err = routing__fill(l->dev, l->told);
	if (!err)
		err = share__enter(l, PORTS);
	if (!err)
		routing__warn(l->dev, l->told);
	return err;
}

static void leave(const struct device *dev)
{
	share__leave(dev, PORTS);
}

int main(int argc, char **argv)
{
	static const struct argp argp = { .options = options, .parser = parse };
	static const struct lesson lesson = {
		.doc = "Load the router of packet04-router.",
		.prog_name = PROG_NAME,
		.argp = &argp,
		.prepare = prepare,
		.finished = join,
		.unload = leave,
	};

	return lesson__main(&lesson, argc, argv);
}
