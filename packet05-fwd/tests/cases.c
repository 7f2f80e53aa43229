/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What xdp_fwd_func forwards from its tables, what it looks up and learns,
 * and what it leaves to Linux. The look-up itself is packet04's matter.
 *
 *	in0  MAC_HOST  192.0.2.1/24     2001:db8:1::1/64
 *	out0 MAC_OUT   198.51.100.1/24  2001:db8:2::1/64  MTU 1400
 *	bare           not in fwd_ports
 *
 * 198.51.100.7 and 2001:db8:2::7 are hosts on out0's link, known to Linux.
 * To 203.0.113.0/24 and 2001:db8:9::/64 there is no route: what goes there
 * has found an entry.
 */
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../common/routing.h"
#include "../../common/user/pins.h"
#include "../xdp_prog.h"
#include "cases.h"
#include "net.h"

#define MAC_OUT	   "02:0a:0b:0c:0d:0e"
#define MAC_NEXT   "02:01:02:03:04:05" /* what Linux knows of the hosts */
#define MAC_TABLE  "02:f1:f2:f3:f4:f5" /* what the entries say instead */
#define MAC_SOURCE "02:e1:e2:e3:e4:e5"

#define OUT_MTU 1400

#define IPV4_FAR     "198.51.100.7"
#define IPV6_FAR     "2001:db8:2::7"
/* Without a route, with a static entry and with a learned one. */
#define IPV4_STATIC  "203.0.113.7"
#define IPV6_STATIC  "2001:db8:9::7"
#define IPV4_LEARNED "203.0.113.8"
#define IPV6_LEARNED "2001:db8:9::8"

static const char topology[] =
	"link set in0 address " MAC_HOST "\n"
	"link set out0 mtu 1400 address " MAC_OUT "\n"
	"addr add 192.0.2.1/24 dev in0\n"
	"addr add 198.51.100.1/24 dev out0\n"
	"addr add 2001:db8:1::1/64 dev in0 nodad\n"
	"addr add 2001:db8:2::1/64 dev out0 nodad\n"
	"neigh add 198.51.100.7 lladdr " MAC_NEXT " dev out0\n"
	"neigh add 2001:db8:2::7 lladdr " MAC_NEXT " dev out0\n"
	"route add blackhole 198.18.1.0/24\n"
	"route add blackhole 2001:db8:f1::/64\n";

/* clang-format off */
#define IN .dmac = MAC_HOST, .smac = MAC_PEER
#define OUT .dmac = MAC_NEXT, .smac = MAC_OUT
#define BY_TABLE .dmac = MAC_TABLE, .smac = MAC_SOURCE

#define PACKET_IPV4 \
	.saddr = IPV4_PEER, .daddr = IPV4_STATIC, .version = 4, .ihl = 5, \
	.ip_id = 0x1234, .ip_proto = IPPROTO_UDP, .l4 = L4_UDP, \
	.sport = 4321, .dport = 53, .payload_len = 31
#define PACKET_IPV6 \
	.saddr = IPV6_PEER, .daddr = IPV6_STATIC, .version = 6, \
	.flow = 0x12345, .ip_proto = IPPROTO_ICMPV6, .l4 = L4_ICMPV6, \
	.icmp_type = 128, .icmp_id = 0xbeef, .payload_len = 31

#define IPV4 IN, PACKET_IPV4, .ttl = 57
#define IPV6 IN, PACKET_IPV6, .ttl = 57
#define ICMP .ip_proto = IPPROTO_ICMP, .l4 = L4_ICMP
#define HIT_IPV4(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, \
	  .out = { BY_TABLE, PACKET_IPV4, .ttl = 56, __VA_ARGS__ } }
#define HIT_IPV6(sentence, ...) \
	{ .desc = sentence, .in = { IPV6, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, \
	  .out = { BY_TABLE, PACKET_IPV6, .ttl = 56, __VA_ARGS__ } }
#define LOOKED_UP_IPV4(sentence, ...) \
	{ .desc = sentence, .in = { IPV4, .daddr = IPV4_FAR, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, .out = { OUT, PACKET_IPV4, \
		.daddr = IPV4_FAR, .ttl = 56, __VA_ARGS__ } }
#define LOOKED_UP_IPV6(sentence, ...) \
	{ .desc = sentence, .in = { IPV6, .daddr = IPV6_FAR, __VA_ARGS__ }, \
	  .action = XDP_REDIRECT, .out = { OUT, PACKET_IPV6, \
		.daddr = IPV6_FAR, .ttl = 56, __VA_ARGS__ } }
/* What belongs to another assignment than the first one. */
#define TEST_OF(number, sentence, function) \
	{ .desc = sentence, .test = function, .assignment = number }
#define DROPPED(sentence, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = XDP_DROP }
/* clang-format on */

/* Where a frame to @daddr goes, by the way that @macs say. */
#define EXPECT_IPV4(subject, to, macs)                                         \
	subject__expect(subject, &(struct frame){ IPV4, .daddr = (to) },       \
			XDP_REDIRECT,                                          \
			&(struct frame){ macs, PACKET_IPV4, .daddr = (to),     \
					 .ttl = 56 })
#define EXPECT_IPV6(subject, to, macs)                                         \
	subject__expect(subject, &(struct frame){ IPV6, .daddr = (to) },       \
			XDP_REDIRECT,                                          \
			&(struct frame){ macs, PACKET_IPV6, .daddr = (to),     \
					 .ttl = 56 })
#define EXPECT_PASS(subject, kind, to)                                         \
	subject__expect_pass(subject, &(struct frame){ kind, .daddr = (to) })

static int far_end; /* of out0 */

/* In a test that sets it, another generation than the others use. */
#define GENERATION (10 * FWD_GENERATION)

#define ALWAYS (~0U) /* the daemon lives */

static void set_state(struct subject *s, __u64 generation, __u32 valid_until)
{
	struct fwd_state state = { generation, valid_until, 0 };
	__u32 key = 0;

	subject__map_set(s, "fwd_state", &key, &state);
}

static void to_key(const char *addr, unsigned char key[16])
{
	if (inet_pton(strchr(addr, ':') ? AF_INET6 : AF_INET, addr, key) != 1)
		die("no address: %s", addr);
}

static void set_entry(struct subject *s, const char *map, const char *addr,
		      const char *dev, __u32 mtu, __u64 generation)
{
	struct fwd_entry entry = { .ifindex = net__ifindex(dev),
				   .mtu = mtu,
				   .generation = generation };
	unsigned char key[16];

	mac__bytes(MAC_TABLE, entry.dmac);
	mac__bytes(MAC_SOURCE, entry.smac);
	to_key(addr, key);
	subject__map_set(s, map, key, &entry);
}

/* Whether there is an entry, and which. */
static bool get_entry(struct subject *s, const char *map, const char *addr,
		      struct fwd_entry *entry)
{
	unsigned char key[16];

	to_key(addr, key);
	return !bpf_map_lookup_elem(
		bpf_object__find_map_fd_by_name(s->obj, map), key, entry);
}

static void forget(const char *map, const char *addr)
{
	unsigned char key[16];

	to_key(addr, key);
	bpf_map_delete_elem(bpf_object__find_map_fd_by_name(subject.obj, map),
			    key);
}

static void expect_learned(const char *map, const char *addr, bool learned)
{
	struct fwd_entry entry;
	__u8 mac[6];

	if (get_entry(&subject, map, addr, &entry) != learned)
		test_fail("%s is %s %s", addr, learned ? "not in" : "in", map);
	if (!learned)
		return;
	mac__bytes(MAC_NEXT, mac);
	if (memcmp(entry.dmac, mac, sizeof(mac)))
		test_fail("%s: the entry has another next hop", addr);
	mac__bytes(MAC_OUT, mac);
	if (memcmp(entry.smac, mac, sizeof(mac)))
		test_fail("%s: the entry has another source", addr);
	if (entry.ifindex != (__u32)net__ifindex("out0") ||
	    entry.mtu != OUT_MTU || entry.generation != GENERATION)
		test_fail("%s: the entry has another device, MTU or generation",
			  addr);
}

/* The state that most rows take for granted. */
static void usual_state(void)
{
	set_state(&subject, GENERATION | FWD_LEARN, ALWAYS);
}

static void test_learn(void)
{
	forget("hfwd", IPV4_FAR);
	EXPECT_IPV4(&subject, IPV4_FAR, OUT);
	expect_learned("hfwd", IPV4_FAR, true);
	forget("hfwd6", IPV6_FAR);
	EXPECT_IPV6(&subject, IPV6_FAR, OUT);
	expect_learned("hfwd6", IPV6_FAR, true);
}

/* Linux has changed its mind, but the daemon has not said so yet. */
static void test_recall(void)
{
	struct frame in4 = { IPV4, .daddr = IPV4_FAR };
	struct frame in6 = { IPV6, .daddr = IPV6_FAR };
	bool right;

	test_learn();
	net__ip("neigh change " IPV4_FAR " lladdr " MAC_OTHER " dev out0\n"
		"neigh change " IPV6_FAR " lladdr " MAC_OTHER " dev out0\n");
	right = subject__goes_to(&subject, &in4, MAC_NEXT) &&
		subject__goes_to(&subject, &in6, MAC_NEXT);
	net__ip("neigh change " IPV4_FAR " lladdr " MAC_NEXT " dev out0\n"
		"neigh change " IPV6_FAR " lladdr " MAC_NEXT " dev out0\n");
	if (!right)
		test_fail("what was learned is looked up all the same");
}

/* From now on every look-up raises the generation: a file descriptor. */
static int race_on(const char *tracepoint)
{
	int state = bpf_map__fd(pins__find(subject.obj, "fwd_state"));
	const struct bpf_insn raise[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_VALUE,
		  .imm = state },
		{ .imm = offsetof(struct fwd_state, generation) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_2,
		  .imm = FWD_GENERATION },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_2,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int prog, fd;

	prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "raise", "GPL",
			     raise, ARRAY_SIZE(raise), NULL);
	fd = prog < 0 ? prog : bpf_raw_tracepoint_open(tracepoint, prog);
	if (fd < 0)
		die("cannot watch %s: %s", tracepoint, strerror(errno));
	close(prog);
	return fd;
}

/*
 * Whether a look-up is learned with the generation from before it. Look-ups of
 * others on this machine count as well: a generation that is too high may be
 * their doing, but one from after the own look-up is too high each time.
 */
static bool is_from_before(const char *map, const char *addr)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct fwd_entry entry;

	for (int left = 3000; left; left--) {
		usual_state();
		forget(map, addr);
		if (strchr(addr, ':'))
			EXPECT_IPV6(&subject, addr, OUT);
		else
			EXPECT_IPV4(&subject, addr, OUT);
		if (get_entry(&subject, map, addr, &entry) &&
		    entry.generation == GENERATION)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static bool is_raised(void)
{
	struct fwd_state state;
	__u32 key = 0;

	return subject__map_get(&subject, "fwd_state", &key, &state) &&
	       state.generation != (GENERATION | FWD_LEARN);
}

static void test_race(void)
{
	int ipv4 = race_on("fib_table_lookup");
	int ipv6 = race_on("fib6_table_lookup");
	bool before4 = is_from_before("hfwd", IPV4_FAR), raised4 = is_raised();
	bool before6 = is_from_before("hfwd6", IPV6_FAR), raised6 = is_raised();

	/* First of all: each look-up would go on to raise it. */
	close(ipv4);
	close(ipv6);
	usual_state();
	if (!before4 || !before6)
		test_fail("%s: the generation is from after the look-up: a "
			  "change meanwhile is missed",
			  before4 ? IPV6_FAR : IPV4_FAR);
	if (!raised4 || !raised6)
		test_fail("%s: nothing was looked up",
			  raised4 ? IPV6_FAR : IPV4_FAR);
}

static void test_one_family(void)
{
	set_state(&subject, GENERATION | FWD_LEARN_IPV4, ALWAYS);
	forget("hfwd", IPV4_FAR);
	forget("hfwd6", IPV6_FAR);
	EXPECT_IPV4(&subject, IPV4_FAR, OUT);
	EXPECT_IPV6(&subject, IPV6_FAR, OUT);
	expect_learned("hfwd", IPV4_FAR, true);
	expect_learned("hfwd6", IPV6_FAR, false);

	set_state(&subject, GENERATION | FWD_LEARN_IPV6, ALWAYS);
	forget("hfwd", IPV4_FAR);
	EXPECT_IPV4(&subject, IPV4_FAR, OUT);
	EXPECT_IPV6(&subject, IPV6_FAR, OUT);
	expect_learned("hfwd", IPV4_FAR, false);
	expect_learned("hfwd6", IPV6_FAR, true);
	usual_state();
}

static void test_not_learned(void)
{
	struct frame blackhole = { IPV4, .daddr = "198.18.1.1" };
	struct fwd_entry entry;

	subject__expect(&subject, &blackhole, XDP_DROP, NULL);
	EXPECT_PASS(&subject, IPV4, "203.0.113.99");
	if (get_entry(&subject, "hfwd", "198.18.1.1", &entry) ||
	    get_entry(&subject, "hfwd", "203.0.113.99", &entry))
		test_fail("an entry was made for what was not forwarded");
}

/* An entry is a miss before its generation and after it. */
static void test_generations(void)
{
	static const long others[] = { -2 * 4, -4, 4, 2 * 4, 1024 * 4 };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		set_state(&subject, (GENERATION + others[i]) | FWD_LEARN,
			  ALWAYS);
		EXPECT_PASS(&subject, IPV4, IPV4_LEARNED);
		EXPECT_PASS(&subject, IPV6, IPV6_LEARNED);
		EXPECT_IPV4(&subject, IPV4_STATIC, BY_TABLE);
		EXPECT_IPV6(&subject, IPV6_STATIC, BY_TABLE);
	}
	/* Whether anything new may be learned is another question. */
	set_state(&subject, GENERATION, ALWAYS);
	EXPECT_IPV4(&subject, IPV4_LEARNED, BY_TABLE);
	EXPECT_IPV6(&subject, IPV6_LEARNED, BY_TABLE);
	usual_state();
}

static void test_learned_anew(void)
{
	struct fwd_entry entry;

	set_entry(&subject, "hfwd", IPV4_FAR, "out0", 1500,
		  GENERATION - FWD_GENERATION);
	EXPECT_IPV4(&subject, IPV4_FAR, OUT);
	expect_learned("hfwd", IPV4_FAR, true);
	set_entry(&subject, "hfwd6", IPV6_FAR, "out0", 1500,
		  GENERATION - FWD_GENERATION);
	EXPECT_IPV6(&subject, IPV6_FAR, OUT);
	if (!get_entry(&subject, "hfwd6", IPV6_FAR, &entry) ||
	    entry.generation != GENERATION)
		test_fail("the old entry is still there");
}

/* Nobody would tell of a change. */
static void test_dead_daemon(void)
{
	set_state(&subject, GENERATION | FWD_LEARN, 1);
	EXPECT_PASS(&subject, IPV4, IPV4_LEARNED);
	EXPECT_PASS(&subject, IPV6, IPV6_LEARNED);
	EXPECT_IPV4(&subject, IPV4_STATIC, BY_TABLE);
	EXPECT_IPV6(&subject, IPV6_STATIC, BY_TABLE);
	usual_state();
}

static __u32 tick_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (now.tv_sec * 1000000000ULL + now.tv_nsec) >> FWD_TICK_SHIFT;
}

/* It lived when the last packet came. */
static void test_end_of_life(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	__u32 end = tick_now() + 1;

	set_state(&subject, GENERATION | FWD_LEARN, ALWAYS);
	EXPECT_IPV4(&subject, IPV4_LEARNED, BY_TABLE);
	set_state(&subject, GENERATION | FWD_LEARN, end);
	while (tick_now() < end)
		nanosleep(&pause, NULL);
	EXPECT_PASS(&subject, IPV4, IPV4_LEARNED);
	EXPECT_PASS(&subject, IPV6, IPV6_LEARNED);
	usual_state();
}

static void test_no_static(void)
{
	struct fwd_state state = { GENERATION, ALWAYS, FWD_NO_STATIC_IPV4 };
	__u32 key = 0;

	subject__map_set(&subject, "fwd_state", &key, &state);
	EXPECT_PASS(&subject, IPV4, IPV4_STATIC);
	EXPECT_IPV6(&subject, IPV6_STATIC, BY_TABLE);
	state.no_static = FWD_NO_STATIC_IPV6;
	subject__map_set(&subject, "fwd_state", &key, &state);
	EXPECT_IPV4(&subject, IPV4_STATIC, BY_TABLE);
	EXPECT_PASS(&subject, IPV6, IPV6_STATIC);
	/* It is dead: there may be some by now. */
	state.no_static = FWD_NO_STATIC_IPV4 | FWD_NO_STATIC_IPV6;
	state.valid_until = 1;
	subject__map_set(&subject, "fwd_state", &key, &state);
	EXPECT_IPV4(&subject, IPV4_STATIC, BY_TABLE);
	EXPECT_IPV6(&subject, IPV6_STATIC, BY_TABLE);
	usual_state();
}

static void test_pause(void)
{
	__u32 key = 0, pause = 1;

	subject__map_set(&subject, "fwd_pause", &key, &pause);
	EXPECT_PASS(&subject, IPV4, IPV4_LEARNED);
	EXPECT_PASS(&subject, IPV4, IPV4_STATIC);
	EXPECT_PASS(&subject, IPV4, IPV4_FAR);
	EXPECT_PASS(&subject, IPV6, IPV6_LEARNED);
	EXPECT_PASS(&subject, IPV6, IPV6_FAR);
	pause = 0;
	subject__map_set(&subject, "fwd_pause", &key, &pause);
	EXPECT_IPV4(&subject, IPV4_STATIC, BY_TABLE);
}

static void test_hit(void)
{
	EXPECT_IPV4(&subject, IPV4_LEARNED, BY_TABLE);
	EXPECT_IPV6(&subject, IPV6_LEARNED, BY_TABLE);
}

static void test_used(void)
{
	struct fwd_entry entry;

	EXPECT_IPV4(&subject, IPV4_LEARNED, BY_TABLE);
	if (!get_entry(&subject, "hfwd", IPV4_LEARNED, &entry) || !entry.used)
		test_fail("when it was hit is not written into the entry");
}

static void test_static_first(void)
{
	set_entry(&subject, "hfwd_static", IPV4_FAR, "out0", 0, 0);
	set_entry(&subject, "hfwd6_static", IPV6_FAR, "out0", 0, 0);
	EXPECT_IPV4(&subject, IPV4_FAR, BY_TABLE);
	EXPECT_IPV6(&subject, IPV6_FAR, BY_TABLE);
	forget("hfwd_static", IPV4_FAR);
	forget("hfwd6_static", IPV6_FAR);
	EXPECT_IPV4(&subject, IPV4_FAR, OUT);
	EXPECT_IPV6(&subject, IPV6_FAR, OUT);
}

static void test_static_before_learned(void)
{
	set_entry(&subject, "hfwd_static", IPV4_LEARNED, "bare", 0, 0);
	set_entry(&subject, "hfwd6_static", IPV6_LEARNED, "bare", 0, 0);
	EXPECT_PASS(&subject, IPV4, IPV4_LEARNED);
	EXPECT_PASS(&subject, IPV6, IPV6_LEARNED);
	forget("hfwd_static", IPV4_LEARNED);
	forget("hfwd6_static", IPV6_LEARNED);
}

static void expect_up_to(const char *daddr, struct frame in, struct frame out,
			 size_t headers, size_t mtu)
{
	in.daddr = out.daddr = daddr;
	for (size_t len = mtu - headers - 40; len <= mtu - headers + 40;
	     len++) {
		in.payload_len = out.payload_len = len;
		if (headers + len <= mtu)
			subject__expect(&subject, &in, XDP_REDIRECT, &out);
		else
			subject__expect_pass(&subject, &in);
	}
}

static void test_mtus(void)
{
	struct frame in4 = { IPV4 }, in6 = { IPV6 };
	struct frame out4 = { BY_TABLE, PACKET_IPV4, .ttl = 56 };
	struct frame out6 = { BY_TABLE, PACKET_IPV6, .ttl = 56 };

	expect_up_to(IPV4_STATIC, in4, out4, 28, OUT_MTU);
	expect_up_to(IPV6_STATIC, in6, out6, 48, OUT_MTU);
	/* Its own: less than the device's. */
	set_entry(&subject, "hfwd", IPV4_LEARNED, "out0", 1300, GENERATION);
	set_entry(&subject, "hfwd6", IPV6_LEARNED, "out0", 1300, GENERATION);
	expect_up_to(IPV4_LEARNED, in4, out4, 28, 1300);
	expect_up_to(IPV6_LEARNED, in6, out6, 48, 1300);
	set_entry(&subject, "hfwd", IPV4_LEARNED, "out0", 1400, GENERATION);
	set_entry(&subject, "hfwd6", IPV6_LEARNED, "out0", 1400, GENERATION);
}

static void test_padding(void)
{
	struct frame in4 = { IPV4, .payload_len = 3 };
	struct frame out4 = { BY_TABLE, PACKET_IPV4, .ttl = 56,
			      .payload_len = 3 };
	struct frame in6 = { IPV6, .payload_len = 3 };
	struct frame out6 = { BY_TABLE, PACKET_IPV6, .ttl = 56,
			      .payload_len = 3 };

	for (in4.pad = in6.pad = 1; in4.pad <= 1400;
	     in4.pad += 37, in6.pad += 37) {
		subject__expect(&subject, &in4, XDP_REDIRECT, &out4);
		subject__expect(&subject, &in6, XDP_REDIRECT, &out6);
	}
}

static void test_ttls(void)
{
	struct frame in4 = { IPV4 }, in6 = { IPV6 };
	struct frame out4 = { BY_TABLE, PACKET_IPV4 };
	struct frame out6 = { BY_TABLE, PACKET_IPV6 };

	for (unsigned int ttl = 2; ttl <= 255; ttl++) {
		in4.ttl = in6.ttl = ttl;
		out4.ttl = out6.ttl = ttl - 1;
		subject__expect(&subject, &in4, XDP_REDIRECT, &out4);
		subject__expect(&subject, &in6, XDP_REDIRECT, &out6);
	}
}

static void test_other_devices(void)
{
	set_entry(&subject, "hfwd_static", "203.0.113.10", "bare", 0, 0);
	set_entry(&subject, "hfwd_static", "203.0.113.11", "in0", 0, 0);
	set_entry(&subject, "hfwd6_static", "2001:db8:9::10", "bare", 0, 0);
	set_entry(&subject, "hfwd6_static", "2001:db8:9::11", "in0", 0, 0);
	EXPECT_PASS(&subject, IPV4, "203.0.113.10");
	EXPECT_PASS(&subject, IPV4, "203.0.113.11");
	EXPECT_PASS(&subject, IPV6, "2001:db8:9::10");
	EXPECT_PASS(&subject, IPV6, "2001:db8:9::11");
}

static void test_own_addresses(void)
{
	set_entry(&subject, "hfwd_static", "198.51.100.1", "out0", 0, 0);
	set_entry(&subject, "hfwd_static", "192.0.2.255", "out0", 0, 0);
	set_entry(&subject, "hfwd6_static", "2001:db8:2::1", "out0", 0, 0);
	EXPECT_PASS(&subject, IPV4, "198.51.100.1");
	EXPECT_PASS(&subject, IPV4, "192.0.2.255");
	EXPECT_PASS(&subject, IPV6, "2001:db8:2::1");
}

static void test_arrives(void)
{
	struct frame out = { BY_TABLE, PACKET_IPV4, .ttl = 56 };
	struct frame out6 = { BY_TABLE, PACKET_IPV6, .ttl = 56 };

	subject__send_live(&subject, &(struct frame){ IPV4 }, XDP_REDIRECT,
			   &out);
	net__expect_frame(far_end, &out);
	subject__send_live(&subject, &(struct frame){ IPV6 }, XDP_REDIRECT,
			   &out6);
	net__expect_frame(far_end, &out6);
}

static void test_full(void);
static void test_forwarding_off(void);
static void test_strict(void);
static void test_route_mtu(void);
static void test_ipv6_is_off(void);
static void test_empty_maps(void);

static const struct row rows[] = {
	/* Hits */
	HIT_IPV4("IPv4 goes the way of a static entry"),
	HIT_IPV6("IPv6 goes the way of a static entry"),
	TEST_OF(3, "a packet goes the way of a learned entry", test_hit),
	HIT_IPV4("a fragment goes the way of an entry", .frag_off = 0x2000),
	HIT_IPV4("TOS and don't fragment stay", .tos = 0xb8,
		 .frag_off = 0x4000),
	HIT_IPV6("traffic class and flow label stay", .tos = 0xb8,
		 .flow = 0xfedcb),
	HIT_IPV4("an IPv4 packet of its header alone goes the way of an entry",
		 .l4 = L4_NONE, .payload_len = 0),
	TEST("a TTL of 2 to 255 is one less", test_ttls),
	TEST("padding is not forwarded", test_padding),
	TEST("what is forwarded leaves by the entry's device", test_arrives),
	TEST_OF(3, "a hit is remembered in the entry", test_used),
	TEST_OF(3, "packets up to the MTU take the way, longer ones pass",
		test_mtus),
	TEST("what no device takes, or the one it came by, passes",
	     test_other_devices),
	TEST("what is for this host passes, whatever an entry says",
	     test_own_addresses),

	/* Misses */
	LOOKED_UP_IPV4("IPv4 without an entry is looked up"),
	LOOKED_UP_IPV6("IPv6 without an entry is looked up"),
	DROPPED("a blackhole route drops", IPV4, .daddr = "198.18.1.1"),
	DROPPED("an IPv6 blackhole route drops", IPV6,
		.daddr = "2001:db8:f1::1"),
	PASSES("neither entry nor route passes", IPV4, .daddr = "203.0.113.9"),
	PASSES("neither entry nor IPv6 route passes", IPV6,
	       .daddr = "2001:db8:9::9"),
	PASSES("a neighbour that is not known passes", IPV4,
	       .daddr = "198.51.100.8"),
	PASSES("an IPv6 neighbour that is not known passes", IPV6,
	       .daddr = "2001:db8:2::8"),
	PASSES("the address of this host passes", IPV4, .daddr = IPV4_HOST),
	TEST_OF(2, "what the look-up says is learned", test_learn),
	TEST_OF(2, "a change during the look-up makes the answer void",
		test_race),
	TEST_OF(3, "what was learned is not looked up again", test_recall),
	TEST_OF(2, "only the families that may be learned are",
		test_one_family),
	TEST_OF(2, "what is not forwarded is not learned", test_not_learned),

	/* What is no longer true */
	TEST_OF(3, "a learned entry of another generation is a miss",
		test_generations),
	TEST_OF(3, "and is learned anew", test_learned_anew),
	TEST_OF(3, "learned entries are misses when the daemon is dead",
		test_dead_daemon),
	TEST_OF(3, "and when the time that it had is over", test_end_of_life),
	TEST("an empty table of static entries is not asked", test_no_static),
	TEST("nothing is forwarded while the daemon cannot tell", test_pause),
	TEST("a static entry comes before the routing table",
	     test_static_first),
	TEST_OF(3, "a static entry comes before a learned one",
		test_static_before_learned),
	TEST_OF(2,
		"a full table of learned entries forgets, a static one refuses",
		test_full),

	/* What may be forwarded at all, hit or not */
	PASSES("a TTL of 1 passes", IPV4, .ttl = 1),
	PASSES("a TTL of 0 passes", IPV4, .ttl = 0),
	PASSES("a hop limit of 1 passes", IPV6, .ttl = 1),
	PASSES("IPv4 from this host's own address passes", IPV4,
	       .saddr = IPV4_HOST),
	PASSES("IPv4 from a broadcast address passes", IPV4,
	       .saddr = "192.0.2.255"),
	PASSES("IPv6 from this host's own address passes", IPV6,
	       .saddr = IPV6_HOST),
	PASSES("IPv6 from a link-local address passes", IPV6,
	       .saddr = LINK_LOCAL_PEER),
	PASSES("an ICMP error passes", IPV4, ICMP, .icmp_type = 11),
	PASSES("an ICMPv6 error passes", IPV6, .icmp_type = 3),
	PASSES("a neighbour solicitation passes", IPV6, .icmp_type = 135),

#include "not_ours.inc"

	/* What the loader has said of the host's settings */
	TEST("where Linux does not forward, entries are not asked",
	     test_forwarding_off),
	TEST_OF(3, "rp_filter 1 holds for hits", test_strict),
	TEST("a route's own MTU holds for hits", test_route_mtu),
	TEST("without IPv6 forwarding for all, IPv6 passes", test_ipv6_is_off),
	TEST("with empty maps everything passes", test_empty_maps),
};

static const struct suite suite;

static void set_forwarding(const char *dev, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "ipv4/conf/%s/forwarding", dev);
	net__sysctl(path, value);
	snprintf(path, sizeof(path), "ipv6/conf/%s/forwarding", dev);
	net__sysctl(path, value);
}

static void add_port(struct subject *s, const char *dev)
{
	__u32 ifindex = net__ifindex(dev);

	subject__map_set(s, "fwd_ports", &ifindex, &ifindex);
}

static void allow_forwarding(struct subject *s)
{
	bool yes = true;

	subject__set_constant(s, "ipv4_forwards", &yes, sizeof(yes));
	subject__set_constant(s, "ipv6_forwards", &yes, sizeof(yes));
}

static void before_load(void)
{
	allow_forwarding(&subject);
}

static void fill_maps(struct subject *s)
{
	s->ingress = net__ifindex("in0");
	subject__set_host_mac(s, MAC_HOST);
	subject__add_host_addr(s, IPV4_HOST);
	subject__add_host_addr(s, "198.51.100.1");
	subject__add_broadcast(s, "192.0.2.255");
	subject__add_host_addr(s, IPV6_HOST);
	subject__add_host_addr(s, "2001:db8:2::1");
	add_port(s, "in0");
	add_port(s, "out0");
	set_state(s, GENERATION | FWD_LEARN, ALWAYS);
	set_entry(s, "hfwd_static", IPV4_STATIC, "out0", 0, 0);
	set_entry(s, "hfwd6_static", IPV6_STATIC, "out0", 0, 0);
	set_entry(s, "hfwd", IPV4_LEARNED, "out0", OUT_MTU, GENERATION);
	set_entry(s, "hfwd6", IPV6_LEARNED, "out0", OUT_MTU, GENERATION);
}

static void set_up(void)
{
	net__sysctl("ipv6/conf/all/disable_ipv6", "0");
	net__sysctl("ipv6/conf/default/disable_ipv6", "0");
	set_forwarding("all", "1");
	set_forwarding("default", "1");
	suite__add_veth(&suite, "in0", "in1");
	far_end = suite__add_veth(&suite, "out0", "out1");
	suite__add_veth(&suite, "bare", "bare1");
	net__ip(topology);
	fill_maps(&subject);
}

/* Frames that are not of a TEST_OF() are all the first assignment's. */
static const struct owner owners[] = { {} };

static const struct suite suite = {
	.lesson = "packet05-fwd",
	.program = "xdp_fwd_func",
	.rows = rows,
	.count = ARRAY_SIZE(rows),
	.before_load = before_load,
	.setup = set_up,
	.owners = owners,
};

/* A program as the loader makes it, with one of its constants set. */
static void open_told(struct subject *s, const char *constant, __u32 value,
		      size_t size)
{
	subject__open(s, suite__object(&suite));
	allow_forwarding(s);
	subject__set_constant(s, constant, &value, size);
	subject__load(s, suite.program);
	fill_maps(s);
	s->desc = constant;
}

static void test_forwarding_off(void)
{
	struct subject s;

	open_told(&s, "ipv4_forwards", false, sizeof(bool));
	EXPECT_PASS(&s, IPV4, IPV4_STATIC);
	EXPECT_PASS(&s, IPV4, IPV4_LEARNED);
	EXPECT_IPV6(&s, IPV6_STATIC, BY_TABLE);
	subject__close(&s);
	open_told(&s, "ipv6_forwards", false, sizeof(bool));
	EXPECT_PASS(&s, IPV6, IPV6_STATIC);
	EXPECT_PASS(&s, IPV6, IPV6_LEARNED);
	EXPECT_IPV4(&s, IPV4_STATIC, BY_TABLE);
	subject__close(&s);
}

static void test_strict(void)
{
	struct frame far = { IPV4, .saddr = "10.1.2.3" };
	struct frame learned = { IPV4, .saddr = "10.1.2.3",
				 .daddr = IPV4_LEARNED };
	struct subject s;

	open_told(&s, "source_check", SOURCE_SAME_WAY, sizeof(__u32));
	EXPECT_IPV4(&s, IPV4_STATIC, BY_TABLE);
	EXPECT_IPV4(&s, IPV4_LEARNED, BY_TABLE);
	subject__expect_pass(&s, &far);
	subject__expect_pass(&s, &learned);
	subject__close(&s);
}

static void test_route_mtu(void)
{
	struct frame in = { IPV4, .payload_len = 1000 - 28 };
	struct frame out = { BY_TABLE, PACKET_IPV4, .ttl = 56,
			     .payload_len = 1000 - 28 };
	struct subject s;

	open_told(&s, "route_mtu_min", 1000, sizeof(__u32));
	subject__expect(&s, &in, XDP_REDIRECT, &out);
	in.payload_len++;
	subject__expect_pass(&s, &in);
	subject__close(&s);
}

static void test_ipv6_is_off(void)
{
	struct subject s;

	open_told(&s, "ipv6_is_off", true, sizeof(bool));
	EXPECT_PASS(&s, IPV6, IPV6_STATIC);
	EXPECT_IPV4(&s, IPV4_STATIC, BY_TABLE);
	subject__close(&s);
}

static void set_max_entries(struct subject *s, const char *map, __u32 max)
{
	bpf_map__set_max_entries(bpf_object__find_map_by_name(s->obj, map),
				 max);
}

static void test_full(void)
{
	struct fwd_entry entry = {};
	struct subject s;
	int fd;

	subject__open(&s, suite__object(&suite));
	allow_forwarding(&s);
	set_max_entries(&s, "hfwd", 64);
	set_max_entries(&s, "hfwd_static", 64);
	subject__load(&s, suite.program);
	fill_maps(&s);
	fd = bpf_object__find_map_fd_by_name(s.obj, "hfwd_static");
	for (__u32 key = 1; key < 64; key++)
		if (bpf_map_update_elem(fd, &key, &entry, BPF_ANY))
			test_fail("refused before it is full");
	if (!bpf_map_update_elem(fd, &(__u32){ 64 }, &entry, BPF_ANY) ||
	    errno != E2BIG)
		test_fail("one entry more than it can have");
	EXPECT_IPV4(&s, IPV4_STATIC, BY_TABLE);
	fd = bpf_object__find_map_fd_by_name(s.obj, "hfwd");
	for (__u32 key = 1; key < 1000; key++)
		if (bpf_map_update_elem(fd, &key, &entry, BPF_ANY))
			test_fail("a table that forgets has refused");
	EXPECT_IPV4(&s, IPV4_FAR, OUT);
	if (!get_entry(&s, "hfwd", IPV4_FAR, &entry))
		test_fail("a full table does not learn");
	subject__close(&s);
}

static void test_empty_maps(void)
{
	struct subject empty;

	subject__open(&empty, suite__object(&suite));
	subject__load(&empty, suite.program);
	empty.ingress = subject.ingress;
	suite__expect_all_pass(&suite, &empty);
	subject__close(&empty);
}

int main(void)
{
	return suite__run(&suite);
}
