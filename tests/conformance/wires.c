/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bpf/bpf.h>

#include "../../grader/net.h"
#include "../../grader/subject.h"
#include "wires.h"

#define PATIENCE 10000 /* milliseconds for a marker, on a loaded machine */

/* Addressed to nobody, of an EtherType for experiments (IEEE 802). */
struct marker {
	struct ethhdr eth;
	char name[16];
	uint64_t number;
	uint8_t pad[22];
} __attribute__((packed));

struct side {
	struct half half;
	int inner[DEVS];
};

static struct side oracle, router;
static int stations; /* of the side that is being made, for plug() */
static int pass_fd;

static int load_pass(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd =
		bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns, 2, NULL);

	if (fd < 0)
		die("cannot load a program: %s", strerror(errno));
	return fd;
}

static void enter(int netns)
{
	if (setns(netns, CLONE_NEWNET))
		die("cannot enter a network namespace: %s", strerror(errno));
}

static int this_netns(void)
{
	int fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("/proc/self/ns/net: %s", strerror(errno));
	return fd;
}

/* XDP redirects frames as they are: checksums have to be complete. */
static void complete_checksums(const char *dev)
{
	struct ethtool_value off = { .cmd = ETHTOOL_STXCSUM };
	struct ifreq req = { .ifr_data = (void *)&off };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", dev);
	if (sock < 0 || ioctl(sock, SIOCETHTOOL, &req))
		die("cannot switch off checksums of %s: %s", dev,
		    strerror(errno));
	close(sock);
}

/* Linux takes a VLAN tag off the frame: it is to be told. */
static int listen_on(const char *dev)
{
	int sock = net__listen(dev), one = 1;

	if (setsockopt(sock, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)))
		die("cannot ask for VLAN tags: %s", strerror(errno));
	return sock;
}

/* A device of the router, and the station at its other end. */
static int plug(enum dev dev)
{
	const char *name = devs[dev].name;
	int here = this_netns(), sock;
	char batch[256];

	snprintf(batch, sizeof(batch),
		 "link add %s type veth peer name %s netns /proc/%d/fd/%d\n",
		 name, name, getpid(), stations);
	net__ip(batch);
	complete_checksums(name);
	enter(stations);
	/* Longer frames than the router's MTU shall be possible to send. */
	snprintf(batch, sizeof(batch), "link set %s mtu 3400 arp off up\n",
		 name);
	net__ip(batch);
	net__attach(name, pass_fd);
	sock = listen_on(name);
	enter(here);
	close(here);
	return sock;
}

static void make_side(struct side *side)
{
	net__isolate();
	net__sysctl("ipv6/conf/default/disable_ipv6", "1");
	stations = this_netns();
	half__make(&side->half, plug);
	close(stations); /* its sockets keep it */
	for (int i = 0; i < DEVS; i++)
		side->inner[i] = listen_on(devs[i].name);
}

/* Frames keep their order on one CPU. */
static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("cannot stay on one CPU: %s", strerror(errno));
}

void wires__make(void)
{
	stay_on_this_cpu();
	half__isolate_pins();
	pass_fd = load_pass();
	make_side(&oracle);
	make_side(&router);
}

static void put_back_tag(struct output *o, const struct tpacket_auxdata *aux)
{
	uint16_t tag[2] = { htons(aux->tp_vlan_tpid), htons(aux->tp_vlan_tci) };

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || o->len < 12 ||
	    o->len + sizeof(tag) > FRAME_MAX)
		return;
	memmove(o->data + 12 + sizeof(tag), o->data + 12, o->len - 12);
	memcpy(o->data + 12, tag, sizeof(tag));
	o->len += sizeof(tag);
}

static bool read_frame(int sock, struct output *o)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { o->data, FRAME_MAX };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(sock, &msg, MSG_DONTWAIT);
	struct cmsghdr *c;

	if (len < 0 && errno == EAGAIN)
		return false;
	if (len < 0)
		die("reading a frame: %s", strerror(errno));
	o->len = len;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_PACKET &&
		    c->cmsg_type == PACKET_AUXDATA)
			put_back_tag(o, (void *)CMSG_DATA(c));
	return true;
}

/* Whether Linux has taken it; what is longer than an MTU it may refuse. */
static void send_frame(int sock, const void *data, size_t len)
{
	if (send(sock, data, len, 0) < 0 && errno != ENOBUFS)
		die("sending %zu bytes: %s", len, strerror(errno));
}

static struct marker new_marker(void)
{
	static uint64_t number;

	return (struct marker){
		.eth = { .h_dest = { 2, 0xff, 0xff, 0xff, 0xff, 0xff },
			 .h_source = { 2, 0xff, 0xff, 0xff, 0xff, 0xfe },
			 .h_proto = htons(0x88b5) },
		.name = "marker",
		.number = ++number,
	};
}

/*
 * All that has come before the marker. A list of frames that the kernel
 * handles at a time is shown in its order; but it is handled to its end
 * before this process, on the same CPU, goes on: so what is there is read.
 */
static void read_until(int sock, const struct marker *marker, enum dev dev,
		       struct outputs *out)
{
	struct pollfd ready = { .fd = sock, .events = POLLIN };
	bool seen = false;

	for (;;) {
		struct output *o = &out->frame[out->count];

		if (!read_frame(sock, o)) {
			if (seen)
				return;
			if (poll(&ready, 1, PATIENCE) != 1)
				die("a marker did not arrive: %s",
				    devs[dev].name);
			continue;
		}
		o->dev = dev;
		if (o->len == sizeof(*marker) &&
		    !memcmp(o->data, marker, sizeof(*marker)))
			seen = true;
		else if (!output__is_membership_report(o) &&
			 out->count < OUTPUTS_MAX - 1)
			out->count++;
	}
}

static void pass_through(struct side *side, enum dev dev, const void *data,
			 size_t len, struct passage *p)
{
	struct marker marker = new_marker();

	p->entered.count = p->left.count = 0;
	send_frame(side->half.wire[dev], data, len);
	send_frame(side->half.wire[dev], &marker, sizeof(marker));
	read_until(side->inner[dev], &marker, dev, &p->entered);
	/* All that the router sends for it is on its way by now. */
	for (int i = 0; i < DEVS; i++)
		send_frame(side->inner[i], &marker, sizeof(marker));
	for (int i = 0; i < DEVS; i++)
		read_until(side->half.wire[i], &marker, i, &p->left);
}

void wires__set(const struct setting *setting, const char *lesson,
		const char *object)
{
	static struct passage nobodys;
	struct marker ping = new_marker();

	half__set(&oracle.half, setting);
	half__set(&router.half, setting);
	half__load(&router.half, lesson, object, DEVS);
	/* What came of that, as of waiting frames that are given up. */
	pass_through(&oracle, IN0, &ping, sizeof(ping), &nobodys);
	pass_through(&router, IN0, &ping, sizeof(ping), &nobodys);
}

void wires__oracle(enum dev dev, const uint8_t *data, size_t len,
		   struct passage *passage)
{
	pass_through(&oracle, dev, data, len, passage);
}

void wires__router(enum dev dev, const uint8_t *data, size_t len,
		   struct passage *passage)
{
	pass_through(&router, dev, data, len, passage);
}
