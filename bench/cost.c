/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cost - what a program costs for one packet
 *
 *	cost -d DEV [-f udp|tcp|ping] [--from ADDR] [--to ADDR] ...
 *
 * Runs the XDP program that is attached to DEV on one frame, again and again
 * (BPF_PROG_TEST_RUN), and the same with an empty program. The difference is
 * the program: no device, no driver, nothing is sent.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/device.h"
#include "../common/user/log.h"
#include "../common/user/mac.h"
#include "cost_kern.skel.h"
#include "packet.h"
#include "profile.h"
#include "timing.h"

#define ROUNDS	11
/* Of how many times as many runs samples are taken. */
#define PROFILE 20

static unsigned int runs = 400000; /* in a round */

static const struct argp_option options[] = {
	{ "runs", 'r', "N", 0, "in each of 11 rounds (default 400000)", 0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != 'r')
		return ARGP_ERR_UNKNOWN;
	runs = packet__number(state, arg, 1, 1e8);
	return 0;
}

struct bench {
	struct cost_kern *skel;
	struct device dev;
	int prog_fd; /* of the subject */
	struct bytes bytes;
};

static int open_subject(struct bench *b)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	static const uint8_t other[MAC_LEN] = { 2, 0, 0, 0, 0, 2 };
	uint8_t mac[MAC_LEN];
	int err;

	err = device__find(&b->dev, packet_opt.dev);
	if (!err)
		err = device__mac(&b->dev, mac);
	if (err)
		return err;
	err = packet__build(other, mac, &b->bytes);
	if (err)
		return err;
	err = bpf_xdp_query(b->dev.ifindex, 0, &query);
	if (!err && !query.prog_id)
		err = -ENOENT;
	if (!err)
		b->prog_fd = bpf_prog_get_fd_by_id(query.prog_id);
	if (err || b->prog_fd < 0)
		log_err("%s: there is no XDP program that can be run",
			packet_opt.dev);
	return err ?: b->prog_fd < 0 ? -ENOENT : 0;
}

/* With programs that the subject and they may run each other. */
static int load_runner(struct bench *b, unsigned int flags)
{
	__u32 key = 0;
	int err;

	b->skel = cost_kern__open();
	if (!b->skel)
		return -errno;
	b->skel->rodata->frame_len = b->bytes.len;
	b->skel->rodata->hosts = packet_opt.hosts;
	b->skel->rodata->step = packet_opt.step;
	bpf_program__set_flags(b->skel->progs.again, flags);
	bpf_program__set_flags(b->skel->progs.empty, flags);
	err = cost_kern__load(b->skel);
	if (err)
		return err;
	return bpf_map_update_elem(bpf_map__fd(b->skel->maps.subject), &key,
				   &b->prog_fd, BPF_ANY);
}

/*
 * Each run of a program that is attached nowhere has to be prepared, which
 * takes the kernel some 15 ms: so it is put on lo, where nobody notices.
 */
static int open_runner(struct bench *b)
{
	int err = load_runner(b, 0);

	/* Either all programs take frames in parts, or none. */
	if (err == -EINVAL) {
		cost_kern__destroy(b->skel);
		err = load_runner(b, BPF_F_XDP_HAS_FRAGS);
	}
	if (!err)
		err = bpf_xdp_attach(1, bpf_program__fd(b->skel->progs.again),
				     XDP_FLAGS_SKB_MODE, NULL);
	if (err) {
		log_err("cannot load what runs it: %s; what was said of it:",
			strerror(-err));
		liblog__dump();
		return err;
	}
	memcpy(b->skel->bss->header, b->bytes.data, HEADER_LEN);
	return 0;
}

/* Nanoseconds a run, or a negative errno. */
static double run(struct bench *b, int prog_fd, unsigned int repeat,
		  unsigned int *action)
{
	struct xdp_md ctx = { .data_end = b->bytes.len,
			      .ingress_ifindex = b->dev.ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = b->bytes.data,
		    .data_size_in = b->bytes.len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = repeat);
	__u32 key = 0;
	double start;

	if (bpf_map_update_elem(bpf_map__fd(b->skel->maps.subject), &key,
				&prog_fd, BPF_ANY)) {
		log_err("%s: its program cannot be run by another: %s",
			packet_opt.dev, strerror(errno));
		return -errno;
	}
	start = timing__now();
	if (bpf_prog_test_run_opts(bpf_program__fd(b->skel->progs.again),
				   &opts)) {
		log_err("BPF_PROG_TEST_RUN: %s", strerror(errno));
		return -errno;
	}
	*action = opts.retval;
	return (timing__now() - start) / repeat;
}

/* The two take turns; the median of what each has taken. */
static int measure(struct bench *b, double *empty, double *subject,
		   unsigned int *action)
{
	double without[ROUNDS], with[ROUNDS];
	unsigned int passed;

	for (int i = 0; i < ROUNDS; i++) {
		without[i] = run(b, bpf_program__fd(b->skel->progs.empty), runs,
				 &passed);
		with[i] = run(b, b->prog_fd, runs, action);
		if (without[i] < 0 || with[i] < 0)
			return -EIO;
	}
	*empty = timing__median(without, ROUNDS);
	*subject = timing__median(with, ROUNDS);
	return 0;
}

static int print_result(struct bench *b, double empty, double subject,
			unsigned int action)
{
	struct bpf_prog_info info = {};
	unsigned int len = sizeof(info);
	struct profile *profile;

	if (bpf_obj_get_info_by_fd(b->prog_fd, &info, &len))
		return -errno;
	profile = profile__start();
	if (!profile)
		return -EIO;
	run(b, b->prog_fd, PROFILE * runs, &action);
	printf("{ \"id\": %u, \"action\": %u, \"empty\": %.2f, \"ns\": %.2f, "
	       "\"xlated\": %zu, \"jited_bytes\": %u, \"verified\": %u, "
	       "\"where\": ",
	       info.id, action, empty, subject - empty,
	       info.xlated_prog_len / sizeof(struct bpf_insn),
	       info.jited_prog_len, info.verified_insns);
	profile__print(profile, b->prog_fd, subject);
	printf(" }\n");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &packet_argp, 0, NULL, 0 },
		{},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.children = children,
		.doc = "Measure what the XDP program of a device costs for "
		       "one packet, and print it as JSON.",
	};
	static struct bench b;
	double empty, subject;
	unsigned int action;
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	err = open_subject(&b);
	if (!err)
		err = open_runner(&b);
	if (!err)
		err = packet__take_core();
	if (!err)
		err = measure(&b, &empty, &subject, &action);
	if (!err)
		err = print_result(&b, empty, subject, action);
	if (b.skel)
		bpf_xdp_detach(1, XDP_FLAGS_SKB_MODE, NULL);
	cost_kern__destroy(b.skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
