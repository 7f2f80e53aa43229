/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <netinet/in.h>

#include "../common/user/log.h"
#include "packet.h"

#define MAC_TEXT 18

enum { OPT_FROM = 0x200, OPT_TO, OPT_PORT, OPT_HOSTS, OPT_STEP };

struct packet_options packet_opt = {
	.hosts = 1,
	.step = 1,
};

static struct {
	const char *from, *to, *kind;
	size_t len;
	uint16_t port;
} opt = {
	.from = "192.0.2.2",
	.to = "198.51.100.2",
	.kind = "udp",
	.len = HEADER_LEN,
	.port = 80,
};

static const struct argp_option options[] = {
	{ "dev", 'd', "DEV", 0,
	  "the device: frames leave by it, or its program is run", -1 },
	{ "cpu", 'c', "CPU", 0, "the core that does it (default 0)", -1 },
	{ "frame", 'f', "KIND", 0, "udp (default), tcp or ping", 0 },
	{ "length", 'l', "BYTES", 0,
	  "of a frame, without checksum; at least 60, the default", 0 },
	{ "from", OPT_FROM, "ADDRESS", 0, "its source: IPv4 or IPv6", 0 },
	{ "to", OPT_TO, "ADDRESS", 0, "its destination", 0 },
	{ "port", OPT_PORT, "PORT", 0, "its destination port (default 80)", 0 },
	{ "hosts", OPT_HOSTS, "N", 0,
	  "one of N destinations by chance, --to the first (IPv4, UDP)", 0 },
	{ "step", OPT_STEP, "N", 0, "from one of them to the next (default 1)",
	  0 },
	{},
};

double packet__number(struct argp_state *state, const char *arg, double min,
		      double max)
{
	char *end;
	double value = strtod(arg, &end);

	if (end == arg || *end || !(value >= min && value <= max))
		argp_error(state, "'%s' is no number between %g and %g", arg,
			   min, max);
	return value;
}

static bool is_ipv6(void)
{
	return strchr(opt.to, ':');
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'd':
		packet_opt.dev = arg;
		return 0;
	case 'c':
		packet_opt.cpu = packet__number(state, arg, 0, CPU_SETSIZE - 1);
		return 0;
	case 'f':
		opt.kind = arg;
		return 0;
	case OPT_FROM:
		opt.from = arg;
		return 0;
	case OPT_TO:
		opt.to = arg;
		return 0;
	case 'l':
		opt.len = packet__number(state, arg, HEADER_LEN, 1514);
		return 0;
	case OPT_PORT:
		opt.port = packet__number(state, arg, 1, 0xffff);
		return 0;
	case OPT_HOSTS:
		packet_opt.hosts = packet__number(state, arg, 1, 1 << 24);
		return 0;
	case OPT_STEP:
		packet_opt.step = packet__number(state, arg, 1, 1 << 16);
		return 0;
	case ARGP_KEY_END:
		if (!packet_opt.dev)
			argp_error(state, "which device? -d DEV");
		if (packet_opt.hosts > 1 &&
		    (is_ipv6() || strcmp(opt.kind, "udp")))
			argp_error(state, "--hosts is for IPv4 and UDP");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp packet_argp = { .options = options, .parser = parse };

static void mac_text(char text[MAC_TEXT], const uint8_t *mac)
{
	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static int choose_l4(struct frame *f)
{
	if (!strcmp(opt.kind, "udp")) {
		f->l4 = L4_UDP;
		f->ip_proto = IPPROTO_UDP;
	} else if (!strcmp(opt.kind, "tcp")) {
		f->l4 = L4_TCP;
		f->ip_proto = IPPROTO_TCP;
	} else if (!strcmp(opt.kind, "ping")) {
		f->l4 = is_ipv6() ? L4_ICMPV6 : L4_ICMP;
		f->ip_proto = is_ipv6() ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		f->icmp_type = is_ipv6() ? 128 : 8;
	} else {
		log_err("'%s' is no kind of frame: udp, tcp or ping", opt.kind);
		return -EINVAL;
	}
	return 0;
}

/* The shortest frame of its kind, then as much payload as makes it opt.len. */
int packet__build(const uint8_t *source_mac, const uint8_t *dest_mac,
		  struct bytes *bytes)
{
	char smac[MAC_TEXT], dmac[MAC_TEXT];
	struct frame f = {
		.smac = smac,
		.dmac = dmac,
		.saddr = opt.from,
		.daddr = opt.to,
		.version = is_ipv6() ? 6 : 4,
		.ihl = 5,
		.ttl = 64,
		.sport = FIRST_PORT,
		.dport = opt.port,
		.icmp_id = 1,
	};

	if (choose_l4(&f))
		return -EINVAL;
	mac_text(smac, source_mac);
	mac_text(dmac, dest_mac);
	frame__build(&f, bytes);
	if (bytes->len < opt.len) {
		f.payload_len = opt.len - bytes->len;
		frame__build(&f, bytes);
	}
	return 0;
}

unsigned int packet__sport_at(void)
{
	return ETH_HLEN +
	       (is_ipv6() ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
}

int packet__take_core(void)
{
	struct sched_param param = { .sched_priority = 1 };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(packet_opt.cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) ||
	    sched_setscheduler(0, SCHED_FIFO, &param)) {
		log_err("cannot have CPU %d for myself: %s", packet_opt.cpu,
			strerror(errno));
		return -errno;
	}
	return 0;
}
