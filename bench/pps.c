/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pps - how many packets per second get from one device to another
 *
 *	pps -d DEV [-s SINK] [-f udp|tcp|ping] [--from ADDR] [--to ADDR] ...
 *
 * Frames are born in the kernel (BPF_PROG_RUN with live frames, see
 * https://docs.kernel.org/bpf/bpf_prog_run.html), leave by DEV, and are
 * counted and dropped where they arrive at SINK, which is DEV itself for
 * answers. One core does all of it: batch by batch the frames are sent,
 * handled by whatever there is at DEV's other end, and received.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/device.h"
#include "../common/user/log.h"
#include "../common/user/mac.h"
#include "packet.h"
#include "pps_kern.skel.h"
#include "timing.h"

#define WARM_UP 100000 /* frames, and to find out how many a second takes */

static struct {
	const char *sink;
	unsigned int flows;
	double seconds;
} opt = {
	.flows = 1,
	.seconds = 0.5,
};

static const struct argp_option options[] = {
	{ "sink", 's', "DEV", 0, "where they arrive (default: the same)", 0 },
	{ "flows", 'n', "N", 0, "take turns with N source ports (default 1)",
	  0 },
	{ "time", 't', "SECONDS", 0, "how long to measure (default 0.5)", 0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 's':
		opt.sink = arg;
		break;
	case 'n':
		opt.flows = packet__number(state, arg, 1, 0x10000 - FIRST_PORT);
		break;
	case 't':
		opt.seconds = packet__number(state, arg, 0.01, 60);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* To the other end of the pair. */
static int build(const struct device *dev, struct bytes *bytes)
{
	uint8_t mac[MAC_LEN], peer[MAC_LEN];
	int err = device__mac(dev, mac);

	if (err)
		return err;
	err = device__peer_mac(dev, peer);
	if (err) {
		log_err("%s is no end of a veth pair: %s", dev->name,
			strerror(-err));
		return err;
	}
	return packet__build(mac, peer, bytes);
}

static int attach(struct pps_kern *skel, const struct device *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = dev->ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, tc,
		    .prog_fd = bpf_program__fd(skel->progs.sink_tc));
	int err;

	err = bpf_xdp_attach(dev->ifindex, bpf_program__fd(skel->progs.pps),
			     XDP_FLAGS_DRV_MODE, NULL);
	if (!err)
		err = bpf_tc_hook_create(&hook);
	if (!err || err == -EEXIST)
		err = bpf_tc_attach(&hook, &tc);
	if (err)
		log_err("%s: cannot count what arrives there: %s", dev->name,
			strerror(-err));
	return err;
}

/* 0 when all is in place: the sink counts, the generator knows where to. */
static int set_up(struct pps_kern **skel, struct bytes *bytes)
{
	struct device dev, sink;
	int err;

	err = device__find(&dev, packet_opt.dev);
	if (!err)
		err = device__find(&sink, opt.sink ?: packet_opt.dev);
	if (!err)
		err = build(&dev, bytes);
	if (err)
		return err;
	*skel = pps_kern__open();
	if (!*skel)
		return -errno;
	(*skel)->rodata->egress = dev.ifindex;
	(*skel)->rodata->sink = sink.ifindex;
	(*skel)->rodata->flows = opt.flows;
	(*skel)->rodata->hosts = packet_opt.hosts;
	(*skel)->rodata->step = packet_opt.step;
	(*skel)->rodata->sport_at = packet__sport_at();
	err = pps_kern__load(*skel);
	if (err) {
		log_err("the generator does not load: %s; what was said of it:",
			strerror(-err));
		liblog__dump();
		return err;
	}
	memcpy((*skel)->bss->header, bytes->data, HEADER_LEN);
	return attach(*skel, &sink);
}

static unsigned long long arrived(const struct pps_kern *skel)
{
	int cpus = libbpf_num_possible_cpus();
	unsigned long long per_cpu[cpus], sum = 0;
	__u32 key = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.arrived), &key, per_cpu))
		return 0;
	for (int i = 0; i < cpus; i++)
		sum += per_cpu[i];
	return sum;
}

struct result {
	unsigned int sent;
	unsigned long long arrived;
	double seconds;
};

static int send_frames(const struct pps_kern *skel, const struct bytes *bytes,
		       unsigned int count, struct result *result)
{
	struct xdp_md ctx = { .data_end = bytes->len };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes->data,
		    .data_size_in = bytes->len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = count,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	unsigned long long before = arrived(skel);
	double start = timing__now();

	if (bpf_prog_test_run_opts(bpf_program__fd(skel->progs.pps), &opts)) {
		log_err("cannot send live frames: %s", strerror(errno));
		return -errno;
	}
	result->seconds = (timing__now() - start) / 1e9;
	result->sent = count;
	/* On a busy machine the last of them may still be on their way. */
	for (int ms = 0; ms < 1000 && arrived(skel) - before < count; ms++)
		usleep(1000);
	result->arrived = arrived(skel) - before;
	return 0;
}

static int measure(struct result *result)
{
	struct pps_kern *skel = NULL;
	static struct bytes bytes;
	double per_second;
	int err;

	err = set_up(&skel, &bytes);
	if (!err)
		err = packet__take_core();
	if (!err)
		err = send_frames(skel, &bytes, WARM_UP, result);
	if (!err) {
		per_second = result->sent / result->seconds;
		err = send_frames(skel, &bytes, per_second * opt.seconds + 1,
				  result);
	}
	pps_kern__destroy(skel);
	return err;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{ &packet_argp, 0, NULL, 0 },
		{},
	};
	static const struct argp argp = {
		.options = options,
		.children = children,
		.parser = parse,
		.doc = "Send frames as fast as one core can, count what "
		       "arrives, and print it as JSON.",
	};
	struct result result;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	if (measure(&result))
		return EXIT_FAILURE;
	printf("{ \"sent\": %u, \"arrived\": %llu, \"seconds\": %.6f, "
	       "\"pps\": %.0f }\n",
	       result.sent, result.arrived, result.seconds,
	       result.arrived / result.seconds);
	return EXIT_SUCCESS;
}
