/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <bpf/libbpf.h>

#include "grade.h"
#include "net.h"
#include "subject.h"

void net__isolate(void)
{
	if (unshare(CLONE_NEWNET))
		die("cannot make a network namespace (%s): use sudo",
		    strerror(errno));
}

static void run_batch(const char *command, const char *batch)
{
	FILE *pipe = popen(command, "w");

	if (!pipe)
		die("cannot run %s: %s", command, strerror(errno));
	fputs(batch, pipe);
	if (pclose(pipe))
		die("%s has failed", command);
}

void net__ip(const char *batch)
{
	run_batch("ip -batch -", batch);
}

void net__ip6(const char *batch)
{
	run_batch("ip -6 -batch -", batch);
}

void net__tc(const char *batch)
{
	run_batch("tc -batch -", batch);
}

void net__sysctl(const char *path, const char *value)
{
	char file[256];
	int fd, ok;

	snprintf(file, sizeof(file), "/proc/sys/net/%s", path);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	ok = fd >= 0 && write(fd, value, strlen(value)) > 0;
	if (!ok)
		die("%s: %s", file, strerror(errno));
	close(fd);
}

int net__ifindex(const char *dev)
{
	int ifindex = if_nametoindex(dev);

	if (!ifindex)
		die("no device %s", dev);
	return ifindex;
}

void net__attach(const char *dev, int prog_fd)
{
	int err = bpf_xdp_attach(net__ifindex(dev), prog_fd, XDP_FLAGS_DRV_MODE,
				 NULL);

	if (err)
		die("cannot attach to %s: %s", dev, strerror(-err));
}

int net__listen(const char *dev)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(ETH_P_ALL),
				    .sll_ifindex = net__ifindex(dev) };
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int one = 1;

	if (sock < 0 ||
	    setsockopt(sock, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one,
		       sizeof(one)) ||
	    bind(sock, (struct sockaddr *)&addr, sizeof(addr)))
		die("cannot listen on %s: %s", dev, strerror(errno));
	return sock;
}

/*
 * Other frames may be about: the stack's own reports and solicitations. Who
 * only has to choose the device need not have written the addresses yet.
 */
void net__expect_frame(int sock, const struct frame *want)
{
	static struct bytes bytes;
	struct pollfd ready = { .fd = sock, .events = POLLIN };
	size_t from = grade__is_on() ? ETH_HLEN : 0;
	uint8_t got[FRAME_MAX];

	frame__build(want, &bytes);
	while (poll(&ready, 1, 2000) == 1) {
		ssize_t len = recv(sock, got, sizeof(got), 0);

		if (len == (ssize_t)bytes.len &&
		    !memcmp(got + from, bytes.data + from, len - from))
			return;
	}
	test_fail("the frame has not arrived at the device's other end");
}
