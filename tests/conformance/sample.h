/* SPDX-License-Identifier: GPL-2.0 */
/* One generated frame, as a description that can be made simpler. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include "half.h"

#define ADDR_TEXT  46
#define POKES_MAX  3
#define LABEL_TEXT 64

struct sample {
	uint64_t number;
	enum dev ingress;
	struct frame frame, quoted;
	/* Bytes overwritten when all else is done; flips is 0 for none. */
	struct {
		uint16_t at;
		uint8_t flips;
	} poke[POKES_MAX];
	/* What the pointers in frame point to. */
	char dmac[18], smac[18];
	char saddr[ADDR_TEXT], daddr[ADDR_TEXT];
	char flow_end[ADDR_TEXT]; /* of the flow that is quoted, or "" */
	char option_bytes[40];
	char kind[LABEL_TEXT], flaw[LABEL_TEXT];
};

/* The sample with this number of this seed, whatever came before it. */
void sample__make(struct sample *s, uint64_t seed, uint64_t number);

/* The same of frames that ask the host itself, most of them for an echo. */
void sample__make_request(struct sample *s, uint64_t seed, uint64_t number);

/* The setting with this number of this seed. */
void setting__make(struct setting *s, uint64_t seed, uint64_t number);
void setting__print(const struct setting *s);

void sample__build(struct sample *s, struct bytes *b);

/* sample__copy - struct assignment would leave pointers to the old one */
void sample__copy(struct sample *to, const struct sample *from);

/*
 * sample__shrink - simplify as long as @still_differs says so
 *
 * One thing at a time is taken away or made usual, until nothing can be.
 */
void sample__shrink(struct sample *s, bool (*still_differs)(struct sample *s));

/* sample__print - as a C initializer, ready to become a row of a table */
void sample__print(struct sample *s);

#endif
