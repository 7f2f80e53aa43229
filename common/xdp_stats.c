/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xdp_stats - print what the XDP program of a device has decided, per action
 * tc_stats - the same of its tc programs, per verdict
 *
 * One program with two names. Reads the pinned per-CPU map xdp_stats_map or
 * tc_stats_map. It counts verdicts, not outcomes: a frame under XDP_REDIRECT
 * can still be lost afterwards.
 */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>

#include "user/json.h"
#include "user/log.h"
#include "user/pins.h"
#include "user/tc.h"
#include "xdp_stats.h"

#define DEVS_MAX       64
#define FIRST_INTERVAL 0.25 /* seconds: the first table comes soon */

#define ACTIONS_MAX TC_VERDICTS

/* What is counted, and where. Without a name: nobody returns that. */
struct hook {
	const char *title, *map_name;
	int width; /* of the names */
	__u32 actions;
	const char *names[ACTIONS_MAX];
};

static const struct hook xdp = {
	.title = "XDP-action",
	.map_name = "xdp_stats_map",
	.width = 12,
	.actions = XDP_ACTIONS,
	.names = { "XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX",
		   "XDP_REDIRECT" },
};

static const struct hook tc = {
	.title = "TC-verdict",
	.map_name = "tc_stats_map",
	.width = 15,
	.actions = TC_VERDICTS,
	.names = { [TC_ACT_OK] = "TC_ACT_OK",
		   [TC_ACT_SHOT] = "TC_ACT_SHOT",
		   [TC_ACT_REDIRECT] = "TC_ACT_REDIRECT" },
};

static const struct hook *hook = &xdp;

/* The counters of one device, added up over all CPUs, and when. */
struct sample {
	struct timespec time;
	struct xdp_stats action[ACTIONS_MAX];
};

struct source {
	const char *dev;
	const char *point;	  /* "", or of tc: " ingress", " egress" */
	char pins[PINS_PATH_MAX]; /* for pins.h */
	int fd;
	struct bpf_map_info map;
	struct sample now, before;
};

static struct {
	const char *devs[DEVS_MAX];
	int dev_count;
	double interval; /* seconds */
	long count;	 /* tables; 0: no end */
	bool json;
} opt = { .interval = 2 };

static struct source sources[2 * DEVS_MAX];
static int source_count;

static const struct argp_option options[] = {
	{ "dev", 'd', "DEV", 0,
	  "the network device; may be given several times", 0 },
	{ "interval", 'i', "SECONDS", 0, "between two tables (default 2)", 0 },
	{ "count", 'n', "N", 0, "stop after N tables (default: never)", 0 },
	{ "json", 'j', NULL, 0, "one JSON object per device and line", 0 },
	{},
};

/* A positive number with nothing behind it. */
static bool parse_number(const char *text, double max, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	return !errno && end != text && !*end && *value > 0 && *value <= max;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	double number;

	switch (key) {
	case 'd':
		if (opt.dev_count == DEVS_MAX)
			argp_error(state, "at most %d devices", DEVS_MAX);
		opt.devs[opt.dev_count++] = arg;
		break;
	case 'i':
		if (!parse_number(arg, 86400, &opt.interval))
			argp_error(state,
				   "'%s' is no interval: a number of seconds "
				   "above 0, such as 0.5",
				   arg);
		break;
	case 'n':
		if (!parse_number(arg, 1e9, &number) || number != (long)number)
			argp_error(state,
				   "'%s' is no count: a whole number above 0",
				   arg);
		opt.count = number;
		break;
	case 'j':
		opt.json = true;
		break;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'? A device goes behind -d", arg);
		break;
	case ARGP_KEY_END:
		if (!opt.dev_count)
			argp_error(state, "which device? -d DEV");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int check_map(const struct source *src)
{
	const struct bpf_map_info *map = &src->map;

	if (map->type == BPF_MAP_TYPE_PERCPU_ARRAY && map->key_size == 4 &&
	    map->value_size == sizeof(struct xdp_stats) &&
	    map->max_entries == hook->actions)
		return 0;
	log_err("%s: its %s is a %s of %u entries (key %u, value %u bytes), "
		"not a percpu_array of %u (key 4, value %zu): load it again",
		src->dev, hook->map_name, libbpf_bpf_map_type_str(map->type),
		map->max_entries, map->key_size, map->value_size, hook->actions,
		sizeof(struct xdp_stats));
	return -EINVAL;
}

static int read_failed(const struct source *src, int err)
{
	log_err("%s: cannot read its %s: %s", src->dev, hook->map_name,
		strerror(-err));
	return err;
}

static int read_sample(struct source *src, struct sample *sample)
{
	static struct xdp_stats *per_cpu;
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return read_failed(src, cpus);
	if (!per_cpu)
		per_cpu = calloc(cpus, sizeof(*per_cpu));
	if (!per_cpu)
		return read_failed(src, -ENOMEM);
	clock_gettime(CLOCK_MONOTONIC, &sample->time);
	for (__u32 action = 0; action < hook->actions; action++) {
		struct xdp_stats *sum = &sample->action[action];

		*sum = (struct xdp_stats){};
		if (bpf_map_lookup_elem(src->fd, &action, per_cpu))
			return read_failed(src, -errno);
		for (int cpu = 0; cpu < cpus; cpu++) {
			sum->packets += per_cpu[cpu].packets;
			sum->bytes += per_cpu[cpu].bytes;
		}
	}
	return 0;
}

/*
 * Opens the pin again, and says so where another map is behind it: a program
 * was loaded anew, and its counters begin at zero.
 */
static int follow(struct source *src)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd, err;

	fd = pins__open(src->pins, hook->map_name);
	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		err = read_failed(src, -errno);
		close(fd);
		return err;
	}
	if (src->fd > 0)
		close(src->fd);
	src->fd = fd;
	if (info.id == src->map.id)
		return 0;
	if (src->map.id && !opt.json)
		printf("\n%s%s was loaded again: map id:%u -> id:%u\n",
		       src->dev, src->point, src->map.id, info.id);
	src->map = info;
	err = check_map(src);
	if (err)
		return err;
	/* What the program counted before it was seen is no rate. */
	return read_sample(src, &src->before);
}

static double seconds_between(const struct timespec *a,
			      const struct timespec *b)
{
	return (b->tv_sec - a->tv_sec) + (b->tv_nsec - a->tv_nsec) / 1e9;
}

static void print_table(const struct source *src)
{
	double period = seconds_between(&src->before.time, &src->now.time);

	if (source_count > 1)
		printf("%s%s:\n", src->dev, src->point);
	printf("%s\n", hook->title);
	for (__u32 i = 0; i < hook->actions; i++) {
		const struct xdp_stats *now = &src->now.action[i];
		const struct xdp_stats *before = &src->before.action[i];

		if (!hook->names[i])
			continue;
		printf("%-*s %11llu pkts (%10.0f pps) %11llu Kbytes (%6.0f "
		       "Mbits/s) period:%f\n",
		       hook->width, hook->names[i], now->packets,
		       (now->packets - before->packets) / period,
		       now->bytes / 1000,
		       (now->bytes - before->bytes) * 8 / period / 1e6, period);
	}
	printf("\n");
}

static json_t *actions_json(const struct source *src)
{
	json_t *actions = json_object();

	for (__u32 i = 0; i < hook->actions; i++) {
		const struct xdp_stats *now = &src->now.action[i];

		if (hook->names[i])
			json_object_set_new(actions, hook->names[i],
					    json_pack("{s:I, s:I}", "packets",
						      (json_int_t)now->packets,
						      "bytes",
						      (json_int_t)now->bytes));
	}
	return actions;
}

static int print_json(const struct source *src)
{
	double period = seconds_between(&src->before.time, &src->now.time);

	return json__print(json_pack(
		"{s:o, s:s*, s:I, s:f, s:o}", "dev", json__text(src->dev),
		"point", *src->point ? src->point + 1 : NULL, "map_id",
		(json_int_t)src->map.id, "period", period, "actions",
		actions_json(src)));
}

static int collect_once(void)
{
	for (int i = 0; i < source_count; i++) {
		struct source *src = &sources[i];
		int err;

		err = follow(src);
		if (!err)
			err = read_sample(src, &src->now);
		if (err)
			return err;
		if (opt.json)
			err = print_json(src);
		else
			print_table(src);
		if (err)
			return err;
		src->before = src->now;
	}
	return 0;
}

static void wait_for(double seconds)
{
	struct timespec left = {
		.tv_sec = seconds,
		.tv_nsec = (seconds - (long)seconds) * 1e9,
	};

	nanosleep(&left, NULL);
}

static void add_source(const char *dev, const char *point, const char *pins)
{
	struct source *src = &sources[source_count++];

	src->dev = dev;
	src->point = point;
	snprintf(src->pins, sizeof(src->pins), "%s", pins);
}

/* One or two of them: each of the device's hooks on which there is one. */
static int add_tc_sources(const char *dev)
{
	static const enum bpf_tc_attach_point points[] = { BPF_TC_INGRESS,
							   BPF_TC_EGRESS };
	int found = 0;

	for (int i = 0; i < 2; i++) {
		const char *pins = tc__pins(dev, points[i]);
		int fd = pins__try_open(pins, tc.map_name);

		if (fd < 0)
			continue;
		close(fd);
		found++;
		add_source(dev, i ? " egress" : " ingress", pins);
	}
	if (found)
		return 0;
	log_err("no tc program of a lesson's runs on %s: start tc_prog_user",
		dev);
	return -ENOENT;
}

static int add_sources(void)
{
	int err = 0;

	for (int i = 0; i < opt.dev_count && !err; i++)
		if (hook == &tc)
			err = add_tc_sources(opt.devs[i]);
		else
			add_source(opt.devs[i], "", opt.devs[i]);
	return err;
}

static int open_all(void)
{
	int err = add_sources();

	for (int i = 0; i < source_count && !err; i++)
		err = follow(&sources[i]);
	if (err || opt.json)
		return err;
	printf("Collecting stats from BPF map\n");
	for (int i = 0; i < source_count; i++) {
		const struct bpf_map_info *map = &sources[i].map;

		printf(" - BPF map (bpf_map_type:%u) id:%u name:%s key_size:%u "
		       "value_size:%u max_entries:%u\n",
		       map->type, map->id, map->name, map->key_size,
		       map->value_size, map->max_entries);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Print the packets and bytes per XDP action, or tc "
		       "verdict, that a lesson's program has counted on a "
		       "device.",
	};
	int err;

	if (!strcmp(program_invocation_short_name, "tc_stats"))
		hook = &tc;
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	/* Whole lines at once also into a pipe, for whoever reads along. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	err = open_all();
	for (long tables = 0; !err; tables++) {
		if (opt.count && tables == opt.count)
			break;
		if (tables || opt.interval < FIRST_INTERVAL)
			wait_for(opt.interval);
		else
			wait_for(FIRST_INTERVAL);
		err = collect_once();
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
