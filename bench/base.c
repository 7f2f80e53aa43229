/* SPDX-License-Identifier: GPL-2.0 */
/*
 * base - put one of the programs of base_kern.c on a device
 *
 *	base PROGRAM DEV [EGRESS]
 *
 * XDP in native mode, tc at ingress. EGRESS is the device that the program
 * sends to.
 */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/device.h"
#include "../common/user/log.h"
#include "base_kern.skel.h"

static const char *prog_name, *dev, *egress;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (!prog_name)
			prog_name = arg;
		else if (!dev)
			dev = arg;
		else if (!egress)
			egress = arg;
		else
			argp_error(state, "'%s' is too much", arg);
		return 0;
	case ARGP_KEY_END:
		if (!dev)
			argp_error(state, "which program, on which device?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int attach_tc(int ifindex, int fd)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .prog_fd = fd);
	int err = bpf_tc_hook_create(&hook);

	return err && err != -EEXIST ? err : bpf_tc_attach(&hook, &opts);
}

static int attach(const struct bpf_program *prog, int ifindex)
{
	int fd = bpf_program__fd(prog);
	int err =
		bpf_program__type(prog) == BPF_PROG_TYPE_XDP ?
			bpf_xdp_attach(ifindex, fd, XDP_FLAGS_DRV_MODE, NULL) :
			attach_tc(ifindex, fd);

	if (err)
		log_err("%s: cannot attach %s: %s", dev, prog_name,
			strerror(-err));
	return err;
}

static int enter(const struct bpf_map *ports, __u32 ifindex)
{
	if (!bpf_map_update_elem(bpf_map__fd(ports), &ifindex, &ifindex,
				 BPF_ANY))
		return 0;
	log_err("%s: cannot enter it in %s: %s", egress, bpf_map__name(ports),
		strerror(errno));
	return -errno;
}

static int load(struct base_kern *skel, int ifindex, __u32 egress_ifindex)
{
	const struct bpf_program *prog;
	int err;

	prog = bpf_object__find_program_by_name(skel->obj, prog_name);
	if (!prog) {
		log_err("base_kern.c has no program '%s'", prog_name);
		return -ENOENT;
	}
	skel->rodata->egress = egress_ifindex;
	err = base_kern__load(skel);
	if (err) {
		log_err("it does not load: %s; what was said of it:",
			strerror(-err));
		liblog__dump();
		return err;
	}
	if (egress_ifindex) {
		err = enter(skel->maps.ports, egress_ifindex) ?:
			      enter(skel->maps.ports_hash, egress_ifindex);
		if (err)
			return err;
	}
	return attach(prog, ifindex);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse,
		.args_doc = "PROGRAM DEV [EGRESS]",
		.doc = "Put one of the programs of base_kern.c on a device.",
	};
	struct device from, to = {};
	int err;
	struct base_kern *skel;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	err = device__find(&from, dev);
	if (!err && egress)
		err = device__find(&to, egress);
	if (err)
		return EXIT_FAILURE;
	skel = base_kern__open();
	if (!skel)
		return EXIT_FAILURE;
	err = load(skel, from.ifindex, to.ifindex);
	base_kern__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
