/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One way of comparing a program with Linux. main.c makes the frames and the
 * settings, and shrinks what differs.
 */
#ifndef STAGE_H
#define STAGE_H

#include "sample.h"

struct stage {
	const char *name;
	const char *lesson; /* whose program it is */
	/* Where all stages run, one in so many of the frames that are tried. */
	unsigned int share;
	void (*make)(void);
	void (*set)(const struct setting *setting, const char *object);
	/* The frame with this number; NULL: sample__make(). */
	void (*sample)(struct sample *s, uint64_t seed, uint64_t number);
	/* NULL, or what is wrong, which show() can then print more of. */
	const char *(*try)(struct sample *s, const struct setting *setting);
	void (*show)(void);
	/* The last one tried was no repetition. */
	void (*count)(const struct sample *s);
	void (*report)(unsigned long differences);
};

extern const struct stage wide_stage, hits_stage, live_stage, echo_stage;

/* tap__result - a line of TAP, and so of the exit status */
void tap__result(bool ok, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* print_frame_bytes - a comment, ready for `text2pcap` and the like */
void print_frame_bytes(const char *name, const uint8_t *data, size_t len);
void print_outputs(const char *whose, const struct outputs *out);

/* Counters by name. */
#define TALLY_MAX 2048

struct tally {
	int count;
	struct {
		char name[2 * LABEL_TEXT];
		unsigned long times;
	} entry[TALLY_MAX];
};

void tally__add(struct tally *t, const char *name);
void tally__print(const char *title, const struct tally *t);

/* What was generated: all of it is printed where KINDS is set. */
void tally__add_kind(struct tally *t, const struct sample *s);
void tally__print_kinds(const struct tally *t);

#endif
