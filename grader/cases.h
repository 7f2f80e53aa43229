/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lesson's specification as a table: one row is one sentence and one test.
 */
#ifndef CASES_H
#define CASES_H

#include <stddef.h>
#include <linux/bpf.h>

#include "frame.h"
#include "grade.h"
#include "subject.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* The stations and addresses on the link that the frames arrive on. */
#define MAC_HOST      "02:00:00:00:00:01" /* the device of the program */
#define MAC_PEER      "02:00:00:00:00:02"
#define MAC_OTHER     "02:00:00:00:00:03"
#define MAC_BROADCAST "ff:ff:ff:ff:ff:ff"
#define MAC_IPV4_ALL  "01:00:5e:00:00:01"
#define MAC_IPV6_ALL  "33:33:00:00:00:01"

#define IPV4_HOST	"192.0.2.1"
#define IPV4_PEER	"192.0.2.2"
#define IPV4_OTHER	"192.0.2.3"
#define IPV6_HOST	"2001:db8:1::1"
#define IPV6_PEER	"2001:db8:1::2"
#define IPV6_OTHER	"2001:db8:1::3"
#define LINK_LOCAL_HOST "fe80::1"
#define LINK_LOCAL_PEER "fe80::2"

struct row {
	const char *desc; /* a whole sentence without the full stop */
	struct frame in;
	int action;
	struct frame out; /* when it is XDP_TX or XDP_REDIRECT */
	/* Instead of a verdict, more than one frame: made from in, or not. */
	void (*sweep)(const struct frame *in);
	void (*test)(void);
	/* All of it belongs to this assignment; 0: see struct suite */
	int assignment;
	const char *hint;    /* for who grades: why the verdict may be wrong */
	const char *program; /* of the same object; NULL: the suite's */
	const char *dev;     /* that it arrives on, or NULL */
};

/* clang-format off */
#define PASSES(sentence, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = XDP_PASS }
/* With the reason, for who has got it wrong. */
#define PASSES_AS(why, sentence, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .action = XDP_PASS, \
	  .hint = why }
#define SWEEP(sentence, function, ...) \
	{ .desc = sentence, .in = { __VA_ARGS__ }, .sweep = function }
#define TEST(sentence, function) { .desc = sentence, .test = function }
/* clang-format on */

struct suite {
	const char *lesson;  /* the name of its folder */
	const char *program; /* the object is the one that has it */
	const struct row *rows;
	size_t count;
	void (*before_load)(void);
	void (*setup)(void);
	/* Which assignments verdicts and fields belong to: see grade.h */
	int (*decides)(const struct frame *in, int action);
	const struct owner *owners;
};

/* The suite's object, for rows with a function. */
extern struct subject subject;

/* suite__folder - where the objects are: $LESSON_FOLDER, or the lesson's own */
const char *suite__folder(const struct suite *suite);

/* suite__object - the path of the object there that has the suite's program */
const char *suite__object(const struct suite *suite);

/*
 * suite__run - run all rows, printing TAP; returns the status to exit with
 *
 * With $GRADE set it prints what grade__print() does instead. The status is
 * then 3 for an object that does not load; stderr has the verifier's log.
 */
int suite__run(const struct suite *suite);

/* suites__run - the same for several, of one lesson's objects; NULL ends them
 */
int suites__run(const struct suite *const suites[]);

/* suite__expect_all_pass - each row's frame passes @s, untouched */
void suite__expect_all_pass(const struct suite *suite, struct subject *s);

/*
 * suite__add_veth - a veth pair, up, that XDP frames get through
 *
 * Returns a socket that gets what arrives at the second end.
 */
int suite__add_veth(const struct suite *suite, const char *dev,
		    const char *peer);

/* test_skip - the running row is not done; @reason: what the kernel lacks */
void test_skip(const char *reason);

/* expect_cut_frames_pass - cut anywhere behind Ethernet (tc: IP), it passes */
void expect_cut_frames_pass(const struct frame *whole);

/* expect_other_macs_pass - one bit off in the destination, it passes */
void expect_other_macs_pass(const struct frame *sound);

/* expect_wrong_ip_checksums_pass - one bit off in the IPv4 checksum */
void expect_wrong_ip_checksums_pass(const struct frame *sound);

/* mac__flip - another MAC address: @mac with bit 0 to 47 turned over */
#define MAC_TEXT 18
void mac__flip(char text[MAC_TEXT], const char *mac, int bit);

/* expect_pass_func_passes - the program xdp_pass_func does so, and counts */
void expect_pass_func_passes(const struct frame *any);

#endif
