/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../grader/net.h"
#include "../../grader/subject.h"
#include "half.h"
#include "world.h"

static struct half oracle, router;
static int prog[DEVS]; /* of the router; 0: none */

/* Where nobody has made the node, opening one loads the module, too. */
static int open_tun(void)
{
	int flags = O_RDWR | O_NONBLOCK | O_CLOEXEC;
	int fd = open("/dev/net/tun", flags);
	char node[] = "/dev/shm/tun";

	if (fd >= 0 || errno != ENOENT)
		return fd;
	mknod(node, S_IFCHR | 0600, makedev(10, 200)); /* devices.txt */
	return open(node, flags);
}

/*
 * A frame leaves before write() returns. With a queue it might wait there:
 * while a timer on another CPU sends a membership report, that CPU would send
 * it, a moment later.
 */
static void send_at_once(const char *dev)
{
	char batch[64];

	snprintf(batch, sizeof(batch), "qdisc replace dev %s root noqueue\n",
		 dev);
	net__tc(batch);
}

static int plug(enum dev dev)
{
	struct ifreq req = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open_tun();

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", devs[dev].name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &req))
		die("cannot make the tap %s: %s", devs[dev].name,
		    strerror(errno));
	send_at_once(devs[dev].name);
	return fd;
}

static void collect(const struct half *half, struct outputs *out)
{
	out->count = 0;
	for (int i = 0; i < DEVS; i++) {
		while (out->count < OUTPUTS_MAX) {
			struct output *o = &out->frame[out->count];
			ssize_t len = read(half->wire[i], o->data, FRAME_MAX);

			if (len < 0)
				break;
			o->dev = i;
			o->len = len;
			if (!output__is_membership_report(o))
				out->count++;
		}
	}
}

void world__make(void)
{
	half__isolate_pins();
	half__make(&oracle, plug);
	half__make(&router, plug);
}

/* What came of new settings, as of waiting frames that are given up. */
static void drain(const struct half *half)
{
	static struct outputs nobodys;

	do {
		collect(half, &nobodys);
	} while (nobodys.count);
}

void world__set(const struct setting *setting, const char *lesson,
		const char *object)
{
	half__set(&oracle, setting);
	half__set(&router, setting);
	half__load(&router, lesson, object, BARE);
	for (int i = 0; i < BARE; i++) {
		if (prog[i])
			close(prog[i]);
		prog[i] = half__open_prog(&router, i);
	}
	drain(&oracle);
	drain(&router);
}

static void receive(const struct half *half, enum dev dev, const uint8_t *data,
		    size_t len, struct outputs *out)
{
	collect(half, out); /* what timers have sent in the meantime */
	if (write(half->wire[dev], data, len) < 0)
		die("writing %zu bytes to %s: %s", len, devs[dev].name,
		    strerror(errno));
	collect(half, out);
}

void world__oracle(enum dev dev, const uint8_t *data, size_t len,
		   struct outputs *out)
{
	receive(&oracle, dev, data, len, out);
}

void world__router(enum dev dev, const uint8_t *data, size_t len,
		   struct outputs *out)
{
	receive(&router, dev, data, len, out);
}

int world__verdict(enum dev dev, const uint8_t *data, size_t len,
		   struct bytes *out)
{
	struct xdp_md ctx = { .data_end = len,
			      .ingress_ifindex = router.ifindex[dev] };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = data,
		    .data_size_in = len, .data_out = out->data,
		    .data_size_out = FRAME_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	if (bpf_prog_test_run_opts(prog[dev], &opts))
		die("BPF_PROG_TEST_RUN of %zu bytes: %s", len, strerror(errno));
	out->len = opts.data_size_out;
	return opts.retval;
}
