/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of packet03-redirect-map, and, called without a command, the
 * tool that configures its running program through the pinned maps:
 *
 *	xdp_prog_user -d DEV -r DEV2 --src-mac M1 --dest-mac M2
 *
 * What arrives on DEV from M1 leaves by DEV2, sent to M2.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "../common/user/device.h"
#include "../common/user/lesson.h"
#include "../common/user/log.h"
#include "../common/user/mac.h"
#include "../common/user/pins.h"
#include "xdp_prog.h"

static const char *redirect_dev, *dest_mac, *source_mac;

enum { OPT_DEST_MAC = 0x200, OPT_SRC_MAC };

static const struct argp_option options[] = {
	{ "redirect-dev", 'r', "DEV", 0, "the device that frames leave by", 0 },
	{ "src-mac", OPT_SRC_MAC, "MAC", 0, "frames from this address ...", 0 },
	{ "dest-mac", OPT_DEST_MAC, "MAC", 0, "... are sent on to this one",
	  0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	switch (key) {
	case 'r':
		redirect_dev = arg;
		return 0;
	case OPT_SRC_MAC:
		source_mac = arg;
		return 0;
	case OPT_DEST_MAC:
		dest_mac = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What arrives on dev from source leaves by a device, sent to dest. */
struct way {
	const struct device *dev;
	struct device to;
	struct mac_addr source, dest;
};

/* Fills in @way from the options. What cannot be right is refused. */
/* Assignment 2. Until written: return 0; */
static int read_options(const struct lesson_args *args, struct way *way)
{
	int err;

	if (args->dev_count != 1 || !redirect_dev || !source_mac || !dest_mac) {
		log_err("to configure, give all of -d DEV -r DEV --src-mac MAC "
			"--dest-mac MAC; to do something else, give a command: "
			"load, unload, status or refresh");
		return -EINVAL;
	}
	err = mac__parse_option("--src-mac", source_mac, way->source.addr);
	if (!err)
		err = mac__parse_option("--dest-mac", dest_mac, way->dest.addr);
	return err ?: device__find(&way->to, redirect_dev);
}

/* Both maps are open before either is written. */
/* Assignment 3. Until written: return 0; */
static int write_maps(const struct way *way)
{
	int params_fd, port_fd, err = 0;
	__u32 key = 0;

	params_fd = pins__open(way->dev->name, "redirect_params");
	if (params_fd < 0)
		return params_fd;
	port_fd = pins__open(way->dev->name, "tx_port");
	if (port_fd < 0) {
		err = port_fd;
		goto close_params;
	}
	if (bpf_map_update_elem(params_fd, &way->source, &way->dest, BPF_ANY)) {
		err = -errno;
		log_err("cannot write the pair to redirect_params: %s%s",
			strerror(-err), err == -E2BIG ? ": it is full" : "");
		goto close_port;
	}
	if (bpf_map_update_elem(port_fd, &key, &way->to.ifindex, BPF_ANY)) {
		err = -errno;
		log_err("cannot write %s to tx_port: %s", redirect_dev,
			strerror(-err));
	}
close_port:
	close(port_fd);
close_params:
	close(params_fd);
	return err;
}

/* Everything is checked before anything is written. */
static int configure(const struct lesson_args *args)
{
	struct way way = { .dev = &args->devs[0] };
	int err;

	err = read_options(args, &way);
	if (!err)
		err = write_maps(&way);
	if (!err)
		printf("%s: from %s, on to %s by %s (ifindex %d)\n",
		       way.dev->name, source_mac, dest_mac, way.to.name,
		       way.to.ifindex);
	return err;
}

int main(int argc, char **argv)
{
	static const struct argp argp = { .options = options, .parser = parse };
	static const struct lesson lesson = {
		.doc = "Load the redirector of packet03-redirect-map or, "
		       "without a command, configure it.",
		.prog_name = "xdp_redirect_map_func",
		.argp = &argp,
		.configure = configure,
	};

	return lesson__main(&lesson, argc, argv);
}
