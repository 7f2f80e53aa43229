/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets to the VIP, each of a kind of its own, from ns1 of the lab:
 *
 *	stream MAC [ip6]	of the host, which forwards them
 *
 * IPv4 as large as an IPv4 tunnel takes it; with "ip6" as an IPv6 tunnel does,
 * and IPv6. The same ones, in the same order, at each call. Prints how many.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "frame.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MTU 1500

#define PAUSE_US 1000

static int out;
static const char *host_mac;
static unsigned int sent;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "stream: error: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static void send_frame(struct frame f)
{
	static struct bytes bytes;

	f.dmac = host_mac;
	f.smac = "02:00:00:00:00:02";
	f.ip_id = ++sent;
	frame__build(&f, &bytes);
	/* No room at the other end as yet: it was not sent. */
	while (send(out, bytes.data, bytes.len, 0) != (ssize_t)bytes.len)
		if (errno != ENOBUFS || usleep(PAUSE_US))
			die("send");
}

/* One that is sound, and behind it what is different. */
#define PACKET(...)                                                            \
	((struct frame){ .saddr = "10.1.1.101",                                \
			 .daddr = "10.10.1.102",                               \
			 .version = 4,                                         \
			 .ihl = 5,                                             \
			 .ttl = 64,                                            \
			 .ip_proto = IPPROTO_UDP,                              \
			 .l4 = L4_UDP,                                         \
			 .sport = 4000,                                        \
			 .dport = 9,                                           \
			 .payload_len = 64,                                    \
			 __VA_ARGS__ })

/* The same for IPv6. */
#define PACKET6(...)                                                           \
	PACKET(.saddr = "2401:db01::66", .daddr = "2401:face::66",             \
	       .version = 6, __VA_ARGS__)

/* UDP of all lengths that matter; @max: what fits into the link. */
static void send_lengths(struct frame f, size_t max)
{
	const size_t lengths[] = { 0,	1,    2,    3,	     17, 100,
				   499, 1000, 1001, max - 1, max };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		f.payload_len = lengths[i];
		send_frame(f);
	}
}

/* Into a tunnel whose outer header has this length. */
static void send_ipv4(size_t outer_len)
{
	static const uint16_t fragments[] = { 0x2000, 0x2001, 0x00b9, 0x4000 };

	for (int tos = 0; tos < 256; tos++)
		send_frame(PACKET(.tos = tos));
	for (int ttl = 1; ttl < 256; ttl += 127)
		send_frame(PACKET(.ttl = ttl));
	send_lengths(PACKET(), MTU - outer_len - 28);
	for (size_t i = 0; i < COUNT(fragments); i++)
		send_frame(PACKET(.frag_off = fragments[i]));
	send_frame(PACKET(.payload_len = 1, .pad = 17));
	send_frame(PACKET(.ip_proto = IPPROTO_TCP, .l4 = L4_TCP));
	send_frame(PACKET(.ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP,
			  .icmp_type = 8));
	send_frame(PACKET(.ip_proto = IPPROTO_GRE, .l4 = L4_NONE));
	send_frame(PACKET(.l4_check = EXACTLY(0)));
	send_frame(PACKET(.l4_check_flip = 1));
}

static void send_ipv6(size_t outer_len)
{
	static const uint8_t exts[] = { IPPROTO_FRAGMENT, IPPROTO_DSTOPTS,
					IPPROTO_ROUTING };

	for (int tclass = 0; tclass < 256; tclass++)
		send_frame(PACKET6(.tos = tclass));
	for (int bit = 0; bit < 20; bit++)
		send_frame(PACKET6(.flow = 1 << bit));
	for (int hop_limit = 1; hop_limit < 256; hop_limit += 127)
		send_frame(PACKET6(.ttl = hop_limit));
	send_lengths(PACKET6(), MTU - outer_len - 48);
	for (size_t i = 0; i < COUNT(exts); i++)
		send_frame(PACKET6(.ext = { EXT(exts[i]) }));
	send_frame(PACKET6(.payload_len = 1, .pad = 17));
	send_frame(PACKET6(.ip_proto = IPPROTO_TCP, .l4 = L4_TCP));
	send_frame(PACKET6(.ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6,
			   .icmp_type = 128));
	send_frame(PACKET6(.ip_proto = IPPROTO_NONE, .l4 = L4_NONE,
			   .payload_len = 0));
	send_frame(PACKET6(.l4_check_flip = 1));
}

int main(int argc, char **argv)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET,
				    .sll_ifindex = if_nametoindex("vens1") };

	bool ip6 = argc == 3 && !strcmp(argv[2], "ip6");

	if (argc != 2 && !ip6) {
		fprintf(stderr, "usage: stream MAC [ip6]\n");
		return EXIT_FAILURE;
	}
	host_mac = argv[1];
	out = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (out < 0 || bind(out, (struct sockaddr *)&addr, sizeof(addr)))
		die("vens1");
	send_ipv4(ip6 ? 40 : 20);
	if (ip6)
		send_ipv6(40);
	close(out);
	printf("%u\n", sent);
	return EXIT_SUCCESS;
}
