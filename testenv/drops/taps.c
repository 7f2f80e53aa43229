/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include "../../common/user/log.h"
#include "events.h"
#include "namespaces.h"
#include "taps.h"

#define BUFFER_BYTES (4 << 20)

static int sockets[NAMESPACES_MAX];

static int open_tap(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			htons(ETH_P_ALL));
	int on = 1, size = BUFFER_BYTES;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on))) {
		int err = -errno;

		close(fd);
		return err;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

int taps__open(void)
{
	for (int i = 0; i < namespace_count; i++) {
		int err = namespaces__enter(&namespaces[i]);

		if (!err) {
			sockets[i] = open_tap();
			namespaces__leave();
			err = sockets[i] < 0 ? sockets[i] : 0;
		}
		if (err) {
			log_err("cannot watch the devices of %s: %s",
				namespaces__label(&namespaces[i]),
				strerror(-err));
			return err;
		}
	}
	return 0;
}

static __u64 time_of(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec ts;

			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			return events__from_wall_clock(
				ts.tv_sec * 1000000000ULL + ts.tv_nsec);
		}
	return 0;
}

static bool read_tap(int i, struct tap_frame *frame)
{
	struct sockaddr_ll from;
	char control[256];
	struct iovec iov = { frame->data, sizeof(frame->data) };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(sockets[i], &msg, MSG_TRUNC);

	if (len < 0)
		return false;
	frame->time = time_of(&msg);
	frame->ns = i;
	frame->ifindex = from.sll_ifindex;
	frame->is_sent = from.sll_pkttype == PACKET_OUTGOING;
	frame->length = len;
	frame->captured = len < (ssize_t)sizeof(frame->data) ?
				  len :
				  (ssize_t)sizeof(frame->data);
	return true;
}

bool taps__read(struct tap_frame *frame)
{
	for (int i = 0; i < namespace_count; i++)
		if (read_tap(i, frame))
			return true;
	return false;
}
