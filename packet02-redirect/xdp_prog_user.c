/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of packet02-redirect: finds out where the frames shall go,
 * writes it into the program's constants, and loads it.
 */
#include <errno.h>
#include <string.h>

#include "../common/user/device.h"
#include "../common/user/lesson.h"
#include "../common/user/log.h"
#include "../common/user/mac.h"
#include "xdp_prog.h"

#define PROG_NAME "xdp_redirect_func"

static const char *redirect_name, *dest_mac, *source_mac;
static struct device redirect_dev; /* ifindex 0: nobody has said */

enum { OPT_REDIRECT_DEV = 0x200, OPT_DEST_MAC, OPT_SRC_MAC };

static const struct argp_option options[] = {
	{ "redirect-dev", OPT_REDIRECT_DEV, "DEV", 0,
	  "the device that the frames leave by", 0 },
	{ "dest-mac", OPT_DEST_MAC, "MAC", 0,
	  "their destination; default: the other end of that veth", 0 },
	{ "src-mac", OPT_SRC_MAC, "MAC", 0,
	  "their source; default: that device itself", 0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	switch (key) {
	case OPT_REDIRECT_DEV:
		redirect_name = arg;
		return 0;
	case OPT_DEST_MAC:
		dest_mac = arg;
		return 0;
	case OPT_SRC_MAC:
		source_mac = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct lesson_args *asked;

static int check(const struct lesson_args *args)
{
	asked = args;
	return redirect_name ? device__find(&redirect_dev, redirect_name) : 0;
}

/* The device that frames from @dev leave by; NULL: nobody has said. */
static const struct device *egress_of(const struct device *dev)
{
	/* Assignment 4 begins */
	/* Of two devices, each is where the other's frames go. */
	if (!redirect_dev.ifindex && asked->dev_count == 2)
		return &asked->devs[dev == &asked->devs[0]];
	/* Assignment 4 ends */
	return redirect_dev.ifindex ? &redirect_dev : NULL;
}

/* Fills in @target: from the options, and for the rest from the device @to. */
/* Assignment 3. Until written: return 0; */
static int find_target(const struct device *to, struct redirect_target *target)
{
	int err;

	if (!to) {
		log_err("where shall the frames go? --redirect-dev DEV");
		return -EINVAL;
	}
	target->ifindex = to->ifindex;
	err = device__mac(to, target->source_mac);
	if (!err && source_mac)
		err = mac__parse_option("--src-mac", source_mac,
					target->source_mac);
	if (err)
		return err;
	if (dest_mac)
		return mac__parse_option("--dest-mac", dest_mac,
					 target->dest_mac);
	err = device__peer_mac(to, target->dest_mac);
	if (err)
		log_err("%s: cannot find the MAC address at its other end "
			"(%s): give it with --dest-mac",
			to->name, strerror(-err));
	return err;
}

static int set_target(struct loader *l)
{
	struct redirect_target target = {};
	const struct device *to = egress_of(l->dev);
	int err;

	if (!to && strcmp(l->prog_name, PROG_NAME))
		return 0; /* another program, which needs none */
	err = find_target(to, &target);
	if (err)
		return err;
	return loader__set_constant(l, "target", &target, sizeof(target));
}

int main(int argc, char **argv)
{
	static const struct argp argp = { .options = options, .parser = parse };
	static const struct lesson lesson = {
		.doc = "Load the redirector of packet02-redirect.",
		.prog_name = PROG_NAME,
		.argp = &argp,
		.check = check,
		.prepare = set_target,
	};

	return lesson__main(&lesson, argc, argv);
}
