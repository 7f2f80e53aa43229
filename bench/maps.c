/* SPDX-License-Identifier: GPL-2.0 */
/*
 * maps - what a look-up in a map costs
 *
 *	maps TYPE ENTRIES
 *
 * Fills a map of the type (array, hash, lru_hash, lpm_trie) and runs a program
 * that looks up one of its keys by chance (maps_kern.c), and the same without
 * the look-up. The difference is printed, in nanoseconds.
 */
#include <argp.h>
#include <errno.h>
#include <sched.h> /* CPU_SETSIZE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../common/user/log.h"
#include "maps_kern.skel.h"
#include "packet.h"
#include "timing.h"

#define ENTRIES_MAX 10000000
#define ROUNDS	    5
#define BATCH	    1024

static const char *type;
static unsigned int entries;
static unsigned int runs = 200000; /* in a round */

static const struct argp_option options[] = {
	{ "cpu", 'c', "CPU", 0, "the core that does it (default 0)", 0 },
	{ "runs", 'r', "N", 0, "in each of 5 rounds (default 200000)", 0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'c':
		packet_opt.cpu = packet__number(state, arg, 0, CPU_SETSIZE - 1);
		return 0;
	case 'r':
		runs = packet__number(state, arg, 1, 1e8);
		return 0;
	case ARGP_KEY_ARG:
		if (!type)
			type = arg;
		else if (!entries)
			entries = packet__number(state, arg, 1, ENTRIES_MAX);
		else
			argp_error(state, "'%s' is too much", arg);
		return 0;
	case ARGP_KEY_END:
		if (!entries)
			argp_error(state, "which map, with how many entries?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The keys 0, 1, 2 ... of whatever size; of a prefix they are the address. */
static int fill(const struct bpf_map *map)
{
	static __u64 values[BATCH];
	struct {
		__u32 bits, addr;
	} prefixes[BATCH];
	__u32 keys[BATCH], count;
	bool is_trie = bpf_map__key_size(map) == sizeof(prefixes[0]);

	for (__u32 from = 0; from < entries; from += count) {
		for (count = 0; count < BATCH && from + count < entries;
		     count++) {
			keys[count] = from + count;
			prefixes[count].bits = 32;
			prefixes[count].addr = from + count;
		}
		if (bpf_map_update_batch(bpf_map__fd(map),
					 is_trie ? (void *)prefixes : keys,
					 values, &count, NULL)) {
			log_err("cannot fill the map: %s", strerror(errno));
			return -errno;
		}
	}
	return 0;
}

/* An LRU map forgets before it is full: each core keeps some room of its own.
 */
static int load(struct maps_kern *skel, struct bpf_map *map)
{
	int spare = 128 * libbpf_num_possible_cpus();
	int err;

	bpf_map__set_max_entries(map, entries + spare);
	skel->rodata->entries = entries;
	err = maps_kern__load(skel);
	if (err) {
		log_err("a map of %u entries cannot be made: %s", entries,
			strerror(-err));
		return err;
	}
	return fill(map);
}

/* Nanoseconds a run, or a negative errno. Put on lo as in cost.c. */
static double run(const struct bpf_program *prog)
{
	static char frame[HEADER_LEN];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = runs);
	int fd = bpf_program__fd(prog);
	double start, end;
	int err;

	err = bpf_xdp_attach(1, fd, XDP_FLAGS_SKB_MODE, NULL);
	start = timing__now();
	if (!err)
		err = bpf_prog_test_run_opts(fd, &opts);
	end = timing__now();
	if (!err && opts.retval != XDP_PASS)
		err = -ENOENT;
	if (err)
		log_err("cannot look up in it: %s", strerror(-err));
	bpf_xdp_detach(1, XDP_FLAGS_SKB_MODE, NULL);
	return err ?: (end - start) / runs;
}

static int measure(const struct maps_kern *skel, const struct bpf_program *prog)
{
	double without[ROUNDS], with[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		without[i] = run(skel->progs.none);
		with[i] = run(prog);
		if (without[i] < 0 || with[i] < 0)
			return -EIO;
	}
	printf("{ \"type\": \"%s\", \"entries\": %u, \"ns\": %.2f }\n", type,
	       entries,
	       timing__median(with, ROUNDS) - timing__median(without, ROUNDS));
	return 0;
}

/* The program is named as the type, and the map likewise. */
static int find(const struct maps_kern *skel, struct bpf_program **prog,
		struct bpf_map **map)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_map", type);
	*prog = bpf_object__find_program_by_name(skel->obj, type);
	*map = bpf_object__find_map_by_name(skel->obj, name);
	if (*prog && *map)
		return 0;
	log_err("'%s' is no type: array, hash, lru_hash or lpm_trie", type);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "TYPE ENTRIES",
		.doc = "Measure a look-up in a map of the type array, hash, "
		       "lru_hash or lpm_trie, and print it as JSON.",
	};
	struct bpf_program *prog;
	struct maps_kern *skel;
	struct bpf_map *map;
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	skel = maps_kern__open();
	if (!skel)
		return EXIT_FAILURE;
	err = find(skel, &prog, &map);
	if (!err)
		err = load(skel, map);
	if (!err)
		err = packet__take_core();
	if (!err)
		err = measure(skel, prog);
	maps_kern__destroy(skel);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
