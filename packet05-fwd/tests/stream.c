/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A stream of numbered packets from B through A, in the lab of packet05-fwd,
 * each one looked at where it arrives in the network of C.
 *
 *	stream count N		N packets at least, until SIGTERM: which arrive?
 *	stream changes N HFWD STATE	N changes on A: when does the last
 *				one leave by the old way? Each is made when
 *				the way has been learned: HFWD and STATE are
 *				the ids of the maps hfwd and fwd_state.
 *
 * Two flows alternate. To the first one's destination there is a neighbour
 * whose MAC address changes, to the second one's a route whose next hop does.
 * The old way and the new one are told apart by the frame's destination.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <bpf/bpf.h>

#include "../../common/net/link.h"
#include "../../common/net/netlink.h"
#include "../xdp_prog.h"
#include "frame.h"

#define PACKETS_MAX 4000000
#define BURST	    8
#define PAUSE_US    200 /* between bursts: some 30,000 packets a second */
/* So many on their way at most: half of what a veth's ring holds. */
#define WINDOW	    128
/* Nobody waits longer for what is missing, in between and at the end. */
#define LOST_NS	    100000000
#define REST_NS	    10000000000
/* So many by the new way without one by the old: the change is through. */
#define SETTLED	    16

#define FLOWS 2
static const char *const daddrs[FLOWS] = { "10.10.3.50", "198.18.0.1" };
/* By flow: the two ways. */
static const char *const macs[FLOWS][2] = {
	{ "02:00:00:00:01:00", "02:00:00:00:01:01" },
	{ "02:00:00:00:02:00", "02:00:00:00:02:01" },
};
static const char *const gateways[2] = { "10.10.3.51", "10.10.3.52" };

static int out, in; /* sockets at B and at C */
static char b_mac[18];
static volatile sig_atomic_t told_to_end, stop;
static unsigned long wanted;
static bool *arrived; /* by number */
static uint32_t sent, received, twice, known_macs[FLOWS][2];
static uint32_t newest; /* of those that have arrived: its number, and one */

/* What the receiver has seen of a flow: times in ns of CLOCK_REALTIME. */
static struct {
	uint64_t last[2];	     /* by way */
	uint32_t since[2 /* way */]; /* packets since one went the other way */
} seen[FLOWS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "stream: error: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void enter(const char *ns)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(path);
	close(fd);
}

static int open_packet(const char *dev, int protocol)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_protocol = htons(protocol),
				    .sll_ifindex = if_nametoindex(dev) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(protocol));
	int size = 64 << 20, one = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) ||
	    bind(fd, (void *)&addr, sizeof(addr)))
		die(dev);
	return fd;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/*
 * Whoever forwards may have to wait for a busy machine. That fills the rings on
 * the way, and is no loss that is looked for here.
 */
static void wait_for_room(void)
{
	uint64_t end = now() + LOST_NS;

	do
		usleep(PAUSE_US);
	while (sent - __atomic_load_n(&newest, __ATOMIC_RELAXED) > WINDOW &&
	       now() < end);
}

static void *send_all(void *arg)
{
	static struct bytes frames[FLOWS];
	char mac[18];

	memcpy(mac, arg, sizeof(mac));
	for (int flow = 0; flow < FLOWS; flow++) {
		struct frame f = { .dmac = mac,
				   .smac = b_mac,
				   .saddr = "10.10.2.7",
				   .daddr = daddrs[flow],
				   .version = 4,
				   .ihl = 5,
				   .ttl = 64,
				   .ip_proto = 17,
				   .l4 = L4_UDP,
				   .sport = 1000 + flow,
				   .dport = 9,
				   .l4_check = EXACTLY(0),
				   .payload_len = 8 };

		frame__build(&f, &frames[flow]);
	}
	while (!stop && sent < PACKETS_MAX) {
		for (int i = 0; i < BURST; i++) {
			struct bytes *b = &frames[sent % FLOWS];

			memcpy(b->data + b->len - 4, &sent, 4);
			if (send(out, b->data, b->len, 0) < 0 &&
			    errno != ENOBUFS)
				die("send");
			__atomic_add_fetch(&sent, 1, __ATOMIC_SEQ_CST);
		}
		wait_for_room();
	}
	return NULL;
}

/* Which way a frame of a flow has come, or -1. */
static int way_of(int flow, const uint8_t *dmac)
{
	uint32_t tail;

	memcpy(&tail, dmac + 2, sizeof(tail));
	for (int way = 0; way < 2; way++)
		if (tail == known_macs[flow][way])
			return way;
	return -1;
}

static void note(const uint8_t *frame, ssize_t len, uint64_t time)
{
	uint32_t number;
	int flow, way;

	/* UDP of the size that is sent, from B; TTL 63. */
	if (len != 50 || frame[12] != 8 || frame[23] != 17 || frame[22] != 63)
		return;
	flow = frame[35] - (1000 & 0xff);
	if (flow < 0 || flow >= FLOWS)
		return;
	memcpy(&number, frame + 46, 4);
	if (number < PACKETS_MAX) {
		twice += arrived[number];
		received += !arrived[number];
		arrived[number] = true;
		if (number >= newest)
			__atomic_store_n(&newest, number + 1, __ATOMIC_RELAXED);
	}
	way = way_of(flow, frame);
	if (way < 0)
		return;
	pthread_mutex_lock(&lock);
	seen[flow].last[way] = time;
	seen[flow].since[way]++;
	seen[flow].since[!way] = 0;
	pthread_mutex_unlock(&lock);
}

static void *receive_all(void *arg)
{
	uint8_t frame[2048];
	char control[256];

	for (;;) {
		struct iovec iov = { frame, sizeof(frame) };
		struct msghdr msg = { .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t len = recvmsg(in, &msg, 0);
		struct timespec ts = {};

		if (len < 0)
			continue;
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
		     c = CMSG_NXTHDR(&msg, c))
			if (c->cmsg_type == SCM_TIMESTAMPNS)
				memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		note(frame, len, ts.tv_sec * 1000000000ULL + ts.tv_nsec);
	}
	return arg;
}

static void send_change(struct netlink_request *r)
{
	int err = netlink__send(r, NETLINK_ROUTE, NULL, NULL);

	if (err) {
		errno = -err;
		die("netlink");
	}
}

#define REPLACE (NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE)

static void set_neighbour(const char *addr, const char *mac_text)
{
	struct netlink_request r;
	struct ndmsg *ndm;
	struct in_addr ip;
	uint8_t mac[6];

	inet_pton(AF_INET, addr, &ip);
	mac__bytes(mac_text, mac);
	ndm = netlink__begin(&r, RTM_NEWNEIGH, REPLACE, sizeof(*ndm));
	ndm->ndm_family = AF_INET;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_ifindex = if_nametoindex("enp0s9");
	mnl_attr_put(r.head, NDA_DST, sizeof(ip), &ip);
	mnl_attr_put(r.head, NDA_LLADDR, sizeof(mac), mac);
	send_change(&r);
}

static void set_route(int way)
{
	struct netlink_request r;
	struct rtmsg *rtm;
	struct in_addr ip;

	rtm = netlink__begin(&r, RTM_NEWROUTE, REPLACE, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = 24;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_protocol = RTPROT_STATIC;
	inet_pton(AF_INET, "198.18.0.0", &ip);
	mnl_attr_put(r.head, RTA_DST, sizeof(ip), &ip);
	inet_pton(AF_INET, gateways[way], &ip);
	mnl_attr_put(r.head, RTA_GATEWAY, sizeof(ip), &ip);
	send_change(&r);
}

static void change(int flow, int way)
{
	if (flow == 0)
		set_neighbour(daddrs[0], macs[0][way]);
	else
		set_route(way);
}

/* Waits until a flow goes the way; returns when it last went the other. */
static uint64_t wait_for_way(int flow, int way)
{
	uint64_t last, end = now() + 5000000000ULL;
	uint32_t since;

	do {
		if (now() > end) {
			printf("flow %d does not go way %d after 5 s\n", flow,
			       way);
			exit(1);
		}
		usleep(200);
		pthread_mutex_lock(&lock);
		since = seen[flow].since[way];
		last = seen[flow].last[!way];
		pthread_mutex_unlock(&lock);
	} while (since < SETTLED);
	return last;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int hfwd = -1, state = -1; /* maps */

/* Waits until packets of a flow are hits. */
static void wait_until_learned(int flow)
{
	uint64_t end = now() + 5000000000ULL;
	struct fwd_entry entry;
	struct fwd_state said;
	struct in_addr dest;
	__u32 zero = 0;

	inet_pton(AF_INET, daddrs[flow], &dest);
	for (;;) {
		if (bpf_map_lookup_elem(state, &zero, &said))
			die("fwd_state");
		if (!bpf_map_lookup_elem(hfwd, &dest, &entry) &&
		    entry.generation == (said.generation & ~FWD_LEARN))
			return;
		if (now() > end) {
			printf("flow %d is not learned after 5 s\n", flow);
			exit(1);
		}
		usleep(200);
	}
}

/* Every other one of the neighbour, every other one of the route. */
static void make_changes(void)
{
	static const char *const names[FLOWS] = { "neighbour", "route" };
	double *ms[FLOWS] = { calloc(wanted, sizeof(double)),
			      calloc(wanted, sizeof(double)) };
	unsigned long count[FLOWS] = {};

	for (unsigned long i = 0; i < wanted; i++) {
		int flow = i % FLOWS, way = (i / FLOWS + 1) % 2;
		uint64_t acknowledged, last;

		wait_until_learned(flow);
		change(flow, way);
		acknowledged = now();
		last = wait_for_way(flow, way);
		ms[flow][count[flow]++] =
			last > acknowledged ? (last - acknowledged) / 1e6 : 0;
	}
	for (int flow = 0; flow < FLOWS; flow++) {
		qsort(ms[flow], count[flow], sizeof(double), compare);
		printf("%s changes: %lu, last frame by the old way after: "
		       "median %.3f ms, worst %.3f ms\n",
		       names[flow], count[flow], ms[flow][count[flow] / 2],
		       ms[flow][count[flow] - 1]);
		free(ms[flow]);
	}
}

static void on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

static void read_mac(const char *dev, char text[18])
{
	struct link link;
	const uint8_t *mac = link.mac;

	if (link__find(dev, &link))
		die(dev);
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

static void start(pthread_t *sender, pthread_t *receiver)
{
	static char a_mac[18];

	enter("net3");
	in = open_packet("A", ETH_P_ALL);
	enter("B");
	out = open_packet("enp0s3", 0);
	read_mac("enp0s3", b_mac);
	enter("A");
	read_mac("enp0s8", a_mac);
	for (int flow = 0; flow < FLOWS; flow++)
		for (int way = 0; way < 2; way++) {
			uint8_t mac[6];

			mac__bytes(macs[flow][way], mac);
			memcpy(&known_macs[flow][way], mac + 2, 4);
		}
	set_neighbour(gateways[0], macs[1][0]);
	set_neighbour(gateways[1], macs[1][1]);
	change(0, 0);
	change(1, 0);
	if (pthread_create(receiver, NULL, receive_all, NULL) ||
	    pthread_create(sender, NULL, send_all, a_mac))
		die("thread");
	wait_for_way(0, 0);
	wait_for_way(1, 0);
}

/* What was sent has arrived, or will not. */
static void wait_for_the_rest(void)
{
	uint64_t end = now() + REST_NS;

	while (received < sent && now() < end)
		usleep(1000);
}

int main(int argc, char **argv)
{
	pthread_t sender, receiver;

	if (argc < 3 || !(wanted = strtoul(argv[2], NULL, 10))) {
		fprintf(stderr,
			"usage: stream count N | changes N HFWD STATE\n");
		return 2;
	}
	if (argc == 5) {
		hfwd = bpf_map_get_fd_by_id(strtoul(argv[3], NULL, 10));
		state = bpf_map_get_fd_by_id(strtoul(argv[4], NULL, 10));
	}
	arrived = calloc(PACKETS_MAX, sizeof(*arrived));
	if (!arrived)
		die("memory");
	signal(SIGTERM, on_signal);
	setvbuf(stdout, NULL, _IOLBF, 0);
	start(&sender, &receiver);
	printf("running\n");
	if (!strcmp(argv[1], "changes"))
		make_changes();
	else
		while (!told_to_end || sent < wanted)
			usleep(1000);
	stop = 1;
	pthread_join(sender, NULL);
	wait_for_the_rest();
	printf("sent %u, received %u, twice %u\n", sent, received, twice);
	return received != sent || twice;
}
