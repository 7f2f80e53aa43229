/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The object file under test: loaded, fed with frames, watched.
 *
 * Whatever goes wrong with the machinery itself ends the whole run with one
 * line and status 2, so that it can be taken neither for a pass nor for a
 * program's failure. Only what a program does wrong fails a test.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <stdbool.h>
#include <linux/types.h>

#include "../common/xdp_stats.h"
#include "frame.h"

struct bpf_object;

struct subject {
	struct bpf_object *obj;
	int prog_fd;	  /* of the program that gets the frames */
	bool is_tc;	  /* a tc program; else it is of XDP */
	const char *desc; /* of the running test */
	int ingress;	  /* ifindex that they come from, or 0 */
	int metadata;	  /* bytes of it before each, which is room taken */
	struct xdp_stats stats[XDP_ACTIONS]; /* as they should be */
};

/* die - "Bail out!" (TAP's word for it), the reason, and exit with status 2 */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* test_run - run one test; false when it ended with test_fail() */
bool test_run(void (*test)(const void *arg), const void *arg);

/* test_fail - end the running test, saying why in TAP's comments */
void test_fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* subject__open - read an object file; nothing is pinned, nothing reused */
void subject__open(struct subject *s, const char *path);

/* subject__set_constant - write a const volatile variable, before loading */
void subject__set_constant(struct subject *s, const char *name,
			   const void *value, size_t size);

/* subject__load - load it and choose the program that gets the frames */
void subject__load(struct subject *s, const char *prog_name);
int subject__prog(const struct subject *s, const char *prog_name);
void subject__close(struct subject *s);

/* subject__map_set - key and value as they are in memory */
void subject__map_set(struct subject *s, const char *map, const void *key,
		      const void *value);
bool subject__map_get(struct subject *s, const char *map, const void *key,
		      void *value);
void subject__map_delete(struct subject *s, const char *map, const void *key);

/* What the loader would have found out about this host. */
void subject__set_host_mac(struct subject *s, const char *mac);
void subject__add_host_addr(struct subject *s, const char *addr);

/*
 * subject__set_place - what the table in front of the maps of addresses has in
 * the place of @owner; subject__set_host_mac() makes all places "ask the map"
 */
void subject__set_place(struct subject *s, const char *owner, const char *addr);
void subject__add_broadcast(struct subject *s, const char *ipv4);

/*
 * subject__run - the verdict on one frame, and what comes out, for the caller
 * to judge; it does not count among the frames of @s->stats
 */
int subject__run(const struct subject *s, const struct bytes *in,
		 struct bytes *out);

/*
 * subject__expect - the verdict on one frame and every byte that comes out
 * @out: what must come out; NULL: what went in, untouched
 *
 * Fails the running test with both frames. What xdp_stats_map should now
 * say is kept in @s.
 */
void subject__expect(struct subject *s, const struct frame *in, int action,
		     const struct frame *out);

/* subject__expect_pass - it passes, untouched */
void subject__expect_pass(struct subject *s, const struct frame *in);

/*
 * subject__goes_to - whether what comes out is addressed to @mac
 *
 * For outcomes that only the kernel knows beforehand.
 */
bool subject__goes_to(struct subject *s, const struct frame *in,
		      const char *mac);

/* subject__stats_start - take the counters as they are for right */
void subject__stats_start(struct subject *s);

/* subject__stats_check - fail the running test if they are not as expected */
void subject__stats_check(struct subject *s);

/* subject__send_live - run the program and do what it says, for real */
void subject__send_live(struct subject *s, const struct frame *in, int action,
			const struct frame *out);

#endif
