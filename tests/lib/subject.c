/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/bpf.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <setjmp.h>
#include <cmocka.h>

#include "../../common/host.h"
#include "subject.h"

static const char *const actions[XDP_ACTIONS] = {
	"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT",
};

static const char *action_name(unsigned int action)
{
	return action < XDP_ACTIONS ? actions[action] : "no action at all";
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("Bail out! ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	exit(2);
}

void test_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	fail();
	abort(); /* never: fail() jumps, but does not say so */
}

static int be_silent(enum libbpf_print_level level, const char *fmt,
		     va_list args)
{
	(void)level;
	(void)fmt;
	(void)args;
	return 0;
}

void subject__open(struct subject *s, const char *path)
{
	struct bpf_map *map;

	*s = (struct subject){};
	if (!getenv("LIBBPF_VERBOSE"))
		libbpf_set_print(be_silent);
	s->obj = bpf_object__open_file(path, NULL);
	if (!s->obj)
		die("%s: %s: run make first", path, strerror(errno));
	bpf_object__for_each_map(map, s->obj)
		bpf_map__set_pin_path(map, NULL);
}

/* The offset of a variable in .rodata. */
static long constant_offset(const struct subject *s, const char *name,
			    size_t size)
{
	const struct btf *btf = bpf_object__btf(s->obj);
	int id = btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC);
	const struct btf_type *sec = btf__type_by_id(btf, id);
	const struct btf_var_secinfo *var = sec ? btf_var_secinfos(sec) : NULL;

	for (int i = 0; sec && i < btf_vlen(sec); i++, var++) {
		const struct btf_type *t = btf__type_by_id(btf, var->type);

		if (!strcmp(btf__name_by_offset(btf, t->name_off), name) &&
		    var->size == size)
			return var->offset;
	}
	return -1;
}

void subject__set_constant(struct subject *s, const char *name,
			   const void *value, size_t size)
{
	long offset = constant_offset(s, name, size);
	char rodata[4096];
	struct bpf_map *map;
	const void *old;
	size_t len;

	if (offset < 0)
		die("the object has no constant '%s' of %zu bytes", name, size);
	map = bpf_object__find_map_by_name(s->obj, ".rodata");
	old = map ? bpf_map__initial_value(map, &len) : NULL;
	if (!old || len > sizeof(rodata))
		die("the object has no .rodata, or a very large one");
	memcpy(rodata, old, len);
	memcpy(rodata + offset, value, size);
	if (bpf_map__set_initial_value(map, rodata, len))
		die("cannot write to .rodata: %s", strerror(errno));
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
	if (err)
		die("the object does not load (LIBBPF_VERBOSE=1 says why): %s",
		    strerror(-err));
	s->prog_fd = subject__prog(s, prog_name);
}

void subject__close(struct subject *s)
{
	bpf_object__close(s->obj);
}

static int map_fd(const struct subject *s, const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(s->obj, name);

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

void subject__map_delete(struct subject *s, const char *map, const void *key)
{
	if (bpf_map_delete_elem(map_fd(s, map), key))
		die("cannot delete from map '%s': %s", map, strerror(errno));
}

void subject__set_host_mac(struct subject *s, const char *mac)
{
	uint8_t bytes[sizeof(struct host_mac)];
	__u32 key = 0;

	mac__bytes(mac, bytes);
	subject__map_set(s, "host_mac", &key, bytes);
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

void subject__add_broadcast(struct subject *s, const char *ipv4)
{
	__u8 broadcast = HOST_BROADCAST;
	uint8_t bytes[4];

	if (inet_pton(AF_INET, ipv4, bytes) != 1)
		die("no address: %s", ipv4);
	subject__map_set(s, "host_ipv4", bytes, &broadcast);
}

static int run(const struct subject *s, const struct bytes *in,
	       struct bytes *out)
{
	struct xdp_md ctx = { .data_end = in->len,
			      .ingress_ifindex = s->ingress };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in->data,
		    .data_size_in = in->len, .data_out = out->data,
		    .data_size_out = FRAME_MAX, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx));

	if (bpf_prog_test_run_opts(s->prog_fd, &opts))
		die("BPF_PROG_TEST_RUN of %zu bytes: %s", in->len,
		    strerror(errno));
	out->len = opts.data_size_out;
	return opts.retval;
}

static void print_hex(const char *name, const struct bytes *b)
{
	printf("# %s, %zu bytes:", name, b->len);
	for (size_t i = 0; i < b->len; i++) {
		if (i % 16 == 0)
			printf("\n#  %4zu:", i);
		printf(" %02x", b->data[i]);
	}
	printf("\n");
}

static void print_difference(const struct bytes *want, const struct bytes *got)
{
	size_t i = 0;

	while (i < want->len && i < got->len && want->data[i] == got->data[i])
		i++;
	if (i < want->len && i < got->len)
		printf("# first difference: byte %zu, %s: want %02x, "
		       "got %02x\n",
		       i, want->field[i], want->data[i], got->data[i]);
	if (want->len != got->len)
		printf("# length: want %zu, got %zu bytes\n", want->len,
		       got->len);
}

static void report(const char *desc, const struct bytes *in,
		   unsigned int want_action, const struct bytes *want,
		   unsigned int got_action, const struct bytes *got)
{
	printf("# %s?\n", desc);
	print_difference(want, got);
	print_hex("sent", in);
	print_hex("want", want);
	print_hex("got", got);
	test_fail("verdict: want %s, got %s", action_name(want_action),
		  action_name(got_action));
}

void subject__expect(struct subject *s, const struct frame *in, int action,
		     const struct frame *out)
{
	/* Large, and filled anew each time. */
	static struct bytes sent, want, got;
	int verdict;

	frame__build(in, &sent);
	frame__build(out ? out : in, &want);
	verdict = run(s, &sent, &got);
	s->stats[action].packets++;
	s->stats[action].bytes += want.len;
	if (verdict != action || got.len != want.len ||
	    memcmp(got.data, want.data, want.len))
		report(s->desc, &sent, action, &want, verdict, &got);
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
	verdict = run(s, &sent, &got);
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

	*sum = (struct xdp_stats){};
	if (bpf_map_lookup_elem(map_fd(s, "xdp_stats_map"), &action, per_cpu))
		die("cannot read xdp_stats_map: %s", strerror(errno));
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
			test_fail("xdp_stats_map, %s: want %llu packets and "
				  "%llu bytes, got %llu and %llu",
				  actions[i], s->stats[i].packets,
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

	frame__build(in, &sent);
	frame__build(out, &want);
	opts.data_size_in = sent.len;
	ctx.data_end = sent.len;
	if (bpf_prog_test_run_opts(s->prog_fd, &opts))
		die("BPF_PROG_TEST_RUN with live frames: %s", strerror(errno));
	s->stats[action].packets++;
	s->stats[action].bytes += want.len;
}
