/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/ipv6_route.h>
#include <net/if.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../grader/net.h"
#include "../../grader/subject.h"
#include "half.h"

const struct dev_info devs[DEVS] = {
	[IN0] = { "in0", "02:00:00:00:00:01", 1500 },
	[OUT0] = { "out0", "02:0a:0b:0c:0d:0e", 1400 },
	[ALT0] = { "alt0", "02:00:00:00:00:a1", 1500 },
	[BARE] = { "bare", "02:00:00:00:00:ba", 1500 },
};

/* places.c says the same in another way, and more of what is expected. */
static const char topology[] =
	/* Before it is up: with both in one line the kernel does that first. */
	"link set in0 addrgenmode none\n"
	"link set out0 addrgenmode none\n"
	"link set alt0 addrgenmode none\n"
	"link set bare addrgenmode none\n"
	"link set in0 address 02:00:00:00:00:01 up\n"
	"link set out0 address 02:0a:0b:0c:0d:0e mtu 1400 up\n"
	"link set alt0 address 02:00:00:00:00:a1 up\n"
	"link set bare address 02:00:00:00:00:ba up\n"
	"addr add 192.0.2.1/24 brd + dev in0\n"
	"addr add 198.51.100.1/24 dev out0\n"
	"addr add 203.0.113.1/26 dev alt0\n"
	"addr add 203.0.113.65/26 dev bare\n"
	"addr add fe80::1/64 dev in0 nodad\n"
	"addr add fe80::2/64 dev out0 nodad\n"
	"addr add fe80::3/64 dev alt0 nodad\n"
	"addr add fe80::4/64 dev bare nodad\n"
	"addr add 2001:db8:1::1/64 dev in0 nodad\n"
	"addr add 2001:db8:2::1/64 dev out0 nodad\n"
	"addr add 2001:db8:3::1/64 dev alt0 nodad\n"
	"addr add 2001:db8:4::1/64 dev bare nodad\n"
	"neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev in0\n"
	"neigh add 198.51.100.2 lladdr 02:00:00:00:00:02 dev out0\n"
	"neigh add 203.0.113.2 lladdr 02:00:00:00:00:02 dev alt0\n"
	"neigh add 2001:db8:1::2 lladdr 02:00:00:00:00:02 dev in0\n"
	"neigh add 2001:db8:2::2 lladdr 02:00:00:00:00:02 dev out0\n"
	"neigh add 2001:db8:3::2 lladdr 02:00:00:00:00:02 dev alt0\n"
	"neigh add 192.0.2.9 lladdr 02:01:00:00:00:09 dev in0\n"
	"neigh add 192.0.2.66 lladdr 02:01:00:00:00:66 dev in0\n"
	"neigh add 198.51.100.7 lladdr 02:01:02:03:04:05 dev out0\n"
	"neigh add 198.51.100.9 lladdr 02:01:02:03:04:85 dev out0\n"
	"neigh add 203.0.113.7 lladdr 02:01:02:03:04:a7 dev alt0\n"
	"neigh add 203.0.113.66 lladdr 02:01:02:03:04:b6 dev bare\n"
	"neigh add 2001:db8:1::9 lladdr 02:01:00:00:00:09 dev in0\n"
	"neigh add 2001:db8:1::66 lladdr 02:01:00:00:00:66 dev in0\n"
	"neigh add 2001:db8:2::7 lladdr 02:01:02:03:04:05 dev out0\n"
	"neigh add 2001:db8:2::9 lladdr 02:01:02:03:04:85 dev out0\n"
	"neigh add 2001:db8:3::7 lladdr 02:01:02:03:04:a7 dev alt0\n"
	"neigh add 2001:db8:4::66 lladdr 02:01:02:03:04:b6 dev bare\n";

/*
 * Linux remembers some hundred neighbours for all namespaces together, and
 * then forgets some: those that were asked for go before that.
 */
static const char forget_neighbours[] =
	"neigh flush all\n"
	"neigh replace 198.51.100.11 dev out0 nud failed\n"
	"neigh replace 2001:db8:2::11 dev out0 nud failed\n";

static const char routes[] =
	"route add 198.18.0.0/24 via 198.51.100.7\n"
	"route add blackhole 198.18.1.0/24\n"
	"route add unreachable 198.18.2.0/24\n"
	"route add prohibit 198.18.3.0/24\n"
	"route add throw 198.18.4.0/24\n"
	"route add 198.18.5.0/24 via 198.51.100.8\n"
	"route add 198.18.6.0/24 via 192.0.2.9\n"
	"route add 198.18.7.0/24 via inet6 2001:db8:2::7\n"
	"route add 198.18.8.0/24 encap ip id 5 dst 10.0.0.1 "
	"via 198.51.100.7 dev out0\n"
	"route add 198.18.9.0/24 via 198.51.100.7 mtu 1000\n"
	"route add 198.18.10.0/24 via 203.0.113.7 mtu lock 1100\n"
	"route add 198.18.11.0/24 nexthop via 198.51.100.7 "
	"nexthop via 203.0.113.7\n"
	"route add 198.18.12.0/24 via 203.0.113.7\n"
	"route add 198.18.13.0/24 via 198.51.100.9 table 101\n"
	"route add 10.3.0.0/16 via 192.0.2.9 table 102\n"
	"route add 198.18.14.0/24 via 198.51.100.11\n"
	"route add 198.18.15.0/24 via 203.0.113.66\n"
	"route add 198.18.16.0/24 via 203.0.113.7 mtu 1000\n"
	"route add 198.18.16.128/25 via 203.0.113.7 mtu 1200\n"
	"route add 10.1.0.0/16 via 192.0.2.9\n"
	"route add 10.2.0.0/16 via 198.51.100.7\n"
	"route add blackhole 10.4.0.0/16\n"
	"route add 10.5.0.0/16 nexthop via 192.0.2.9 "
	"nexthop via 198.51.100.7\n"
	"route add 10.6.0.0/16 via 203.0.113.7\n"
	"route add 10.7.0.0/16 via 203.0.113.66\n"
	"route add 2001:db8:f000::/64 via 2001:db8:2::7\n"
	"route add blackhole 2001:db8:f001::/64\n"
	"route add unreachable 2001:db8:f002::/64\n"
	"route add prohibit 2001:db8:f003::/64\n"
	"route add throw 2001:db8:f004::/64\n"
	"route add 2001:db8:f005::/64 via 2001:db8:2::8\n"
	"route add 2001:db8:f006::/64 via 2001:db8:1::9\n"
	"route add 2001:db8:f008::/64 encap ip6 id 5 dst 2001:db8:ffff::1 "
	"via 2001:db8:2::7 dev out0\n"
	"route add 2001:db8:f009::/64 via 2001:db8:2::7 mtu 1300\n"
	"route add 2001:db8:f00a::/64 via 2001:db8:3::7 mtu lock 1300\n"
	"route add 2001:db8:f00b::/64 nexthop via 2001:db8:2::7 "
	"nexthop via 2001:db8:3::7\n"
	"route add 2001:db8:f00c::/64 via 2001:db8:3::7\n"
	"route add 2001:db8:f00d::/64 via 2001:db8:2::9 table 101\n"
	"route add 2001:db8:f00e::/64 via 2001:db8:2::11\n"
	"route add 2001:db8:f00f::/64 via 2001:db8:4::66\n"
	"route add 2001:db8:a1::/64 via 2001:db8:1::9\n"
	"route add default via 198.51.100.9 table 100\n"
	"route add default via 2001:db8:2::9 table 100\n";

static const char *const rules[] = {
	"tos 0x10 lookup 100",
	"from %s lookup 100", /* a host on in0's link */
	"ipproto udp sport 5000 lookup 100",
	"ipproto tcp dport 5001 lookup 100",
	"sport 5002 lookup 100",
	"ipproto 253 lookup 100",
	"iif alt0 lookup 102",
	"to %s lookup 101", /* what has no other route */
};

void half__enter(const struct half *half)
{
	if (setns(half->netns, CLONE_NEWNET))
		die("cannot enter a network namespace: %s", strerror(errno));
}

/* A sysctl of one device, "all" or "default"; "." for none. */
static void set_conf(const char *family, const char *dev, const char *key,
		     int value)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), "%s/%s/%s", family, dev, key);
	snprintf(text, sizeof(text), "%d", value);
	net__sysctl(path, text);
}

/* What would send frames by itself, or let a frame change the routes. */
static void keep_quiet(const char *dev)
{
	set_conf("ipv6/conf", dev, "disable_ipv6", 0);
	set_conf("ipv6/conf", dev, "accept_ra", 0);
	set_conf("ipv6/conf", dev, "accept_dad", 0);
	set_conf("ipv6/conf", dev, "router_solicitations", 0);
	set_conf("ipv6/conf", dev, "accept_redirects", 0);
	set_conf("ipv4/conf", dev, "accept_redirects", 0);
}

/* A neighbour that is asked for stays so: no second question, no failure. */
static void stop_retransmissions(const char *dev)
{
	set_conf("ipv4/neigh", dev, "retrans_time_ms", 3600000);
	set_conf("ipv6/neigh", dev, "retrans_time_ms", 3600000);
}

/* What may depend on the moment: messages that are sent only so often. */
static void lift_limits(void)
{
	set_conf("ipv4", ".", "icmp_ratemask", 0);
	set_conf("ipv6", "icmp", "ratelimit", 0);
	net__sysctl("ipv6/icmp/ratemask", "\n"); /* of no type */
	/* Nothing is said of fragments that stay incomplete. */
	set_conf("ipv4", ".", "ipfrag_time", 36000);
	set_conf("ipv6", ".", "ip6frag_time", 36000);
}

/* How many IPv6 addresses answer by now: they have a route of their own. */
static int count_addresses(void)
{
	FILE *file = fopen("/proc/self/net/ipv6_route", "re");
	unsigned int flags;
	char dev[IFNAMSIZ];
	int count = 0;

	if (!file)
		die("/proc/self/net/ipv6_route: %s", strerror(errno));
	while (fscanf(file, "%*s %*s %*s %*s %*s %*s %*s %*s %x %15s", &flags,
		      dev) == 2)
		count += flags & RTF_LOCAL && strcmp(dev, "lo");
	fclose(file);
	return count;
}

/* Linux adds them in the background, and forwarding must not change then. */
static void await_addresses(void)
{
	struct timespec wait = { .tv_nsec = 1000000 };
	int left = 10000;

	while (count_addresses() < 2 * DEVS) {
		if (!left--)
			die("the IPv6 addresses are not there after 10 s");
		nanosleep(&wait, NULL);
	}
}

void half__make(struct half *half, int (*plug)(enum dev dev))
{
	*half = (struct half){};
	net__isolate();
	half->netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (half->netns < 0)
		die("/proc/self/ns/net: %s", strerror(errno));
	lift_limits();
	keep_quiet("all");
	keep_quiet("default");
	for (int i = 0; i < DEVS; i++) {
		half->wire[i] = plug(i);
		half->ifindex[i] = net__ifindex(devs[i].name);
		keep_quiet(devs[i].name);
		stop_retransmissions(devs[i].name);
	}
	net__ip("link set lo up\n");
	net__ip(topology);
	net__ip(routes);
	await_addresses();
}

void half__isolate_pins(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700"))
		die("cannot mount a bpffs: %s", strerror(errno));
}

static void set_rules(const char *act)
{
	char ipv4[1024] = "", ipv6[1024] = "";

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		bool to = !strncmp(rules[i], "to ", 3);
		size_t used = strlen(ipv4), used6 = strlen(ipv6);
		char rule[64], rule6[64];

		snprintf(rule, sizeof(rule), rules[i],
			 to ? "198.18.13.0/24" : "192.0.2.66");
		snprintf(rule6, sizeof(rule6), rules[i],
			 to ? "2001:db8:f00d::/64" : "2001:db8:1::66");
		snprintf(ipv4 + used, sizeof(ipv4) - used, "rule %s %s\n", act,
			 rule);
		snprintf(ipv6 + used6, sizeof(ipv6) - used6, "rule %s %s\n",
			 act, rule6);
	}
	net__ip(ipv4);
	net__ip6(ipv6);
}

void half__set(struct half *half, const struct setting *s)
{
	const struct setting *old = &half->setting;

	half__enter(half);
	net__ip(forget_neighbours);
	set_conf("ipv4/conf", "all", "rp_filter", s->rp_filter_all);
	set_conf("ipv4", ".", "fib_multipath_hash_policy", s->hash_policy);
	set_conf("ipv6", ".", "fib_multipath_hash_policy", s->hash_policy);
	/* Written, it is copied to the devices. */
	set_conf("ipv6/conf", "all", "forwarding", !s->forward_ipv6_all);
	set_conf("ipv6/conf", "all", "forwarding", s->forward_ipv6_all);
	for (int i = 0; i < DEVS; i++) {
		const char *dev = devs[i].name;

		set_conf("ipv4/conf", dev, "rp_filter", s->rp_filter[i]);
		set_conf("ipv4/conf", dev, "forwarding", s->forward_ipv4[i]);
		set_conf("ipv6/conf", dev, "forwarding", s->forward_ipv6[i]);
	}
	if (s->rules != old->rules)
		set_rules(s->rules ? "add" : "del");
	if (s->local_route != old->local_route)
		net__ip(s->local_route ?
				"route add local 198.18.17.0/24 dev lo\n" :
				"route del local 198.18.17.0/24 dev lo\n");
	half->setting = *s;
}

/* Of the checkout that this program belongs to: build/tests/conformance. */
static const char *find_loader(const char *lesson)
{
	static char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, 2048);

	if (len < 0)
		die("cannot find out where I am: is /proc mounted?");
	path[len] = '\0';
	for (int i = 0; i < 3; i++)
		if (strrchr(path, '/'))
			*strrchr(path, '/') = '\0';
	strcat(path, "/");
	strcat(path, lesson);
	return strcat(path, "/xdp_prog_user");
}

/* Its warnings are not wanted. */
static void run_loader(char *const argv[])
{
	int status, log;
	pid_t pid = fork();

	if (!pid) {
		log = open(getenv("LOADER_LOG") ?: "/dev/null",
			   O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(log, 1);
		dup2(log, 2);
		execv(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		die("%s load has failed (LOADER_LOG=FILE keeps what it says)",
		    argv[0]);
}

void half__load(const struct half *half, const char *lesson, const char *object,
		int count)
{
	char *argv[2 * DEVS + 4] = { (char *)find_loader(lesson), "load" };
	int argc = 2;

	for (int i = 0; i < count; i++) {
		argv[argc++] = "-d";
		argv[argc++] = (char *)devs[i].name;
	}
	argv[argc] = (char *)object;
	half__enter(half);
	run_loader(argv);
}

int half__open_prog(const struct half *half, enum dev dev)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int fd;

	half__enter(half);
	if (bpf_xdp_query(half->ifindex[dev], 0, &query))
		die("cannot query %s", devs[dev].name);
	fd = bpf_prog_get_fd_by_id(query.drv_prog_id ?: query.skb_prog_id);
	if (fd < 0)
		die("%s has no program", devs[dev].name);
	return fd;
}

bool output__is_membership_report(const struct output *o)
{
	const uint8_t *p = o->data;

	if (o->len < 14 + 20 || !(p[0] & 1))
		return false;
	if (p[12] == 0x08 && p[13] == 0x00)
		return p[23] == 2; /* IGMP */
	/* MLD is behind a hop-by-hop header: router alert. */
	return p[12] == 0x86 && p[13] == 0xdd && o->len > 62 && p[20] == 0 &&
	       p[54] == 58 && (p[62] == 131 || p[62] == 132 || p[62] == 143);
}
