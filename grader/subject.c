/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <setjmp.h>

#include "../common/host.h"
#include "../common/user/object.h"
#include "../common/user/pins.h"
#include "grade.h"
#include "subject.h"
#include "trial.h"

static const char *const actions[XDP_ACTIONS] = {
	"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT",
};

/*
 * The tests speak of XDP's actions throughout. These are the verdicts of a tc
 * program that mean the same, and the keys of its counters; -1: there is none.
 */
static const int tc_verdicts[XDP_ACTIONS] = {
	[XDP_ABORTED] = -1,
	[XDP_DROP] = TC_ACT_SHOT,
	[XDP_PASS] = TC_ACT_OK,
	[XDP_TX] = -1,
	[XDP_REDIRECT] = TC_ACT_REDIRECT,
};

static int action_of_tc(int verdict)
{
	for (int i = 0; i < XDP_ACTIONS; i++)
		if (tc_verdicts[i] == verdict)
			return i;
	return XDP_ACTIONS;
}

/* The names of what the program can say. */
static const char *const *action_names(const struct subject *s)
{
	static const char *const tc_names[XDP_ACTIONS] = {
		"", "TC_ACT_SHOT", "TC_ACT_OK", "", "TC_ACT_REDIRECT",
	};

	return s->is_tc ? tc_names : actions;
}

/* Where a failed test goes back to, while one is running. */
static jmp_buf test_end;
static bool test_runs;
/* What it has opened: a test that fails does not come to close it. */
static struct bpf_object *opened[4];

/* Puts one object in the place of another; NULL is none. */
static void replace_opened(const struct bpf_object *old, struct bpf_object *new)
{
	for (size_t i = 0; i < sizeof(opened) / sizeof(*opened); i++) {
		if (opened[i] == old) {
			opened[i] = new;
			return;
		}
	}
}

static void close_opened(void)
{
	for (size_t i = 0; i < sizeof(opened) / sizeof(*opened); i++) {
		bpf_object__close(opened[i]);
		opened[i] = NULL;
	}
}

bool test_run(void (*test)(const void *arg), const void *arg)
{
	test_runs = true;
	if (!setjmp(test_end)) {
		test(arg);
		test_runs = false;
		return true;
	}
	test_runs = false;
	close_opened();
	return false;
}

void die(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* What it lacks is the program's fault: it is the learner's. */
	if (grade__is_on() && test_runs)
		test_fail("%s", text);
	if (grade__is_on())
		grade__give_up(text);
	printf("Bail out! %s\n", text);
	exit(2);
}

void test_fail(const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (grade__is_on())
		grade__fail(text);
	else
		printf("# %s\n", text);
	longjmp(test_end, 1);
}

/* A grader shows what the verifier says; a test only that it failed. */
static int print_if_graded(enum libbpf_print_level level, const char *fmt,
			   va_list args)
{
	if (!grade__is_on() || level != LIBBPF_WARN)
		return 0;
	return vfprintf(stderr, fmt, args);
}

void subject__open(struct subject *s, const char *path)
{
	struct bpf_map *map;

	*s = (struct subject){};
	if (!getenv("LIBBPF_VERBOSE"))
		libbpf_set_print(print_if_graded);
	s->obj = bpf_object__open_file(path, NULL);
	if (!s->obj)
		die("%s: %s: run make first", path, strerror(errno));
	if (test_runs)
		replace_opened(NULL, s->obj);
	bpf_object__for_each_map(map, s->obj)
		bpf_map__set_pin_path(map, NULL);
}

void subject__set_constant(struct subject *s, const char *name,
			   const void *value, size_t size)
{
	if (object__set_constant(s->obj, "grader", name, value, size))
		die("the constant '%s' cannot be set", name);
}

int subject__prog(const struct subject *s, const char *prog_name)
{
	const struct bpf_program *prog;

	prog = bpf_object__find_program_by_name(s->obj, prog_name);
	if (!prog)
		die("the object has no program '%s'", prog_name);
	return bpf_program__fd(prog);
}

void subject__load(struct subject *s, const char *prog_name)
{
	int err = bpf_object__load(s->obj);

	if (err == -EPERM && geteuid())
		die("only root may load BPF programs: use sudo");
	if (err && grade__is_on())
		exit(3);
	if (err)
		die("the object does not load (LIBBPF_VERBOSE=1 says why): %s",
		    strerror(-err));
	s->prog_fd = subject__prog(s, prog_name);
	s->is_tc = bpf_program__type(bpf_object__find_program_by_name(
			   s->obj, prog_name)) == BPF_PROG_TYPE_SCHED_CLS;
}

void subject__close(struct subject *s)
{
	replace_opened(s->obj, NULL);
	bpf_object__close(s->obj);
}

static int map_fd(const struct subject *s, const char *name)
{
	int fd = bpf_map__fd(pins__find(s->obj, name));

	if (fd < 0)
		die("the object has no map '%s'", name);
	return fd;
}

void subject__map_set(struct subject *s, const char *map, const void *key,
		      const void *value)
{
	if (bpf_map_update_elem(map_fd(s, map), key, value, BPF_ANY))
		die("cannot write to map '%s': %s", map, strerror(errno));
}

bool subject__map_get(struct subject *s, const char *map, const void *key,
		      void *value)
{
	return !bpf_map_lookup_elem(map_fd(s, map), key, value);
}

void subject__map_delete(struct subject *s, const char *map, const void *key)
{
	if (bpf_map_delete_elem(map_fd(s, map), key))
		die("cannot delete from map '%s': %s", map, strerror(errno));
}

void subject__set_host_mac(struct subject *s, const char *mac)
{
	struct host_record record = {};
	__u32 key = 0;

	mac__bytes(mac, (uint8_t *)&record.mac);
	subject__map_set(s, "this_host", &key, &record);
}

void subject__add_host_addr(struct subject *s, const char *addr)
{
	bool ipv6 = strchr(addr, ':');
	uint8_t bytes[16];
	__u8 own = HOST_OWN;

	if (inet_pton(ipv6 ? AF_INET6 : AF_INET, addr, bytes) != 1)
		die("no address: %s", addr);
	subject__map_set(s, ipv6 ? "host_ipv6" : "host_ipv4", bytes, &own);
}

void subject__set_place(struct subject *s, const char *owner, const char *addr)
{
	struct in6_addr place, value;
	struct host_record record;
	__u32 key = 0;

	if (bpf_map_lookup_elem(map_fd(s, "this_host"), &key, &record))
		die("cannot read map 'this_host': %s", strerror(errno));
	if (strchr(owner, ':') && inet_pton(AF_INET6, owner, &place) == 1 &&
	    inet_pton(AF_INET6, addr, &value) == 1)
		record.ipv6[host_place_ipv6(place.s6_addr32)] = value;
	else if (inet_pton(AF_INET, owner, &place) == 1 &&
		 inet_pton(AF_INET, addr, &value) == 1)
		record.ipv4[host_place(place.s6_addr32[0])] =
			value.s6_addr32[0];
	else
		die("no addresses of one family: %s, %s", owner, addr);
	subject__map_set(s, "this_host", &key, &record);
}

void subject__add_broadcast(struct subject *s, const char *ipv4)
{
	__u8 broadcast = HOST_BROADCAST;
	uint8_t bytes[4];

	if (inet_pton(AF_INET, ipv4, bytes) != 1)
		die("no address: %s", ipv4);
	subject__map_set(s, "host_ipv4", bytes, &broadcast);
}

int subject__run(const struct subject *s, const struct bytes *in,
		 struct bytes *out)
{
	static uint8_t sent[256 + FRAME_MAX], got[256 + FRAME_MAX];
	struct xdp_md ctx = { .data = s->metadata,
			      .data_end = s->metadata + in->len,
			      .ingress_ifindex = s->ingress };
	struct __sk_buff skb = { .ifindex = s->ingress };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = sent,
		    .data_size_in = ctx.data_end, .data_out = got,
		    .data_size_out = s->metadata + FRAME_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	if (s->is_tc) {
		opts.ctx_in = &skb;
		opts.ctx_size_in = sizeof(skb);
	}
	memcpy(sent + s->metadata, in->data, in->len);
	if (bpf_prog_test_run_opts(s->prog_fd, &opts))
		die("BPF_PROG_TEST_RUN of %zu bytes: %s", in->len,
		    strerror(errno));
	out->len = opts.data_size_out - s->metadata;
	memcpy(out->data, got + s->metadata, out->len);
	return s->is_tc ? action_of_tc(opts.retval) : (int)opts.retval;
}

static void report(const char *desc, const struct trial *o)
{
	if (grade__is_on())
		longjmp(test_end, 1);
	printf("# %s?\n", desc);
	trial__print(o);
	test_fail("verdict: want %s, got %s",
		  trial__action_name(o, o->want_action),
		  trial__action_name(o, o->got_action));
}

/* With the identification or flow label that the program has chosen. */
static void build_with_chosen(const struct frame *out, const struct bytes *got,
			      struct bytes *want)
{
	const uint8_t *ip = got->data + ETH_HLEN;
	struct frame f = *out;

	if (out->any_id)
		f.ip_id = ip[4] << 8 | ip[5];
	if (out->any_flow)
		f.flow = (ip[1] & 0xf) << 16 | ip[2] << 8 | ip[3];
	frame__build(&f, want);
}

void subject__expect(struct subject *s, const struct frame *in, int action,
		     const struct frame *out)
{
	/* Large, and filled anew each time. */
	static struct bytes sent, want, got;
	struct trial o = { .sent = in,
			   .in = &sent,
			   .want = &want,
			   .got = &got,
			   .want_action = action,
			   .actions = action_names(s),
			   .action_count = XDP_ACTIONS };

	frame__build(in, &sent);
	frame__build(out ? out : in, &want);
	o.got_action = subject__run(s, &sent, &got);
	if (out && (out->any_id || out->any_flow))
		build_with_chosen(out, &got, &want);
	s->stats[action].packets++;
	s->stats[action].bytes += want.len;
	if (!(grade__is_on() ? grade__trial(&o) : trial__is_right(&o)))
		report(s->desc, &o);
}

void subject__expect_pass(struct subject *s, const struct frame *in)
{
	subject__expect(s, in, XDP_PASS, NULL);
}

bool subject__goes_to(struct subject *s, const struct frame *in,
		      const char *mac)
{
	static struct bytes sent, got;
	uint8_t want[6];
	int verdict;

	mac__bytes(mac, want);
	frame__build(in, &sent);
	verdict = subject__run(s, &sent, &got);
	if (verdict >= 0 && verdict < XDP_ACTIONS) {
		s->stats[verdict].packets++;
		s->stats[verdict].bytes += got.len;
	}
	return !memcmp(got.data, want, sizeof(want));
}

static void read_stats(const struct subject *s, __u32 action,
		       struct xdp_stats *sum)
{
	int cpus = libbpf_num_possible_cpus();
	struct xdp_stats per_cpu[cpus];
	const char *map = s->is_tc ? "tc_stats_map" : "xdp_stats_map";
	int key = s->is_tc ? tc_verdicts[action] : (int)action;

	*sum = (struct xdp_stats){};
	if (key < 0)
		return;
	if (bpf_map_lookup_elem(map_fd(s, map), &key, per_cpu))
		die("cannot read %s: %s", map, strerror(errno));
	for (int i = 0; i < cpus; i++) {
		sum->packets += per_cpu[i].packets;
		sum->bytes += per_cpu[i].bytes;
	}
}

void subject__stats_start(struct subject *s)
{
	for (__u32 i = 0; i < XDP_ACTIONS; i++)
		read_stats(s, i, &s->stats[i]);
}

void subject__stats_check(struct subject *s)
{
	for (__u32 i = 0; i < XDP_ACTIONS; i++) {
		struct xdp_stats got;

		read_stats(s, i, &got);
		if (got.packets != s->stats[i].packets ||
		    got.bytes != s->stats[i].bytes)
			test_fail("counters, %s: want %llu packets and "
				  "%llu bytes, got %llu and %llu",
				  action_names(s)[i], s->stats[i].packets,
				  s->stats[i].bytes, got.packets, got.bytes);
	}
}

void subject__send_live(struct subject *s, const struct frame *in, int action,
			const struct frame *out)
{
	static struct bytes sent, want;
	struct xdp_md ctx = { .ingress_ifindex = s->ingress };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = sent.data,
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .repeat = 1,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	grade__frame(in, action);
	frame__build(in, &sent);
	frame__build(out, &want);
	opts.data_size_in = sent.len;
	ctx.data_end = sent.len;
	if (bpf_prog_test_run_opts(s->prog_fd, &opts))
		die("BPF_PROG_TEST_RUN with live frames: %s", strerror(errno));
	s->stats[action].packets++;
	s->stats[action].bytes += want.len;
}
