/* SPDX-License-Identifier: GPL-2.0 */
/* A lost packet: where, what, why, and what mends it. */
#ifndef LOSS_H
#define LOSS_H

#include "causes.h"
#include "drops.h"
#include "packet.h"

struct loss {
	__u64 time;
	char where[96];		  /* "test/veth0" */
	char function[64];	  /* of the kernel; "" where none is known */
	char code[64];		  /* the kernel's reason, error or verdict */
	char reason[PRINT_BYTES]; /* the same, for people */
	char key[192]; /* into the table of causes, or what it was tried with */
	const struct cause *cause; /* or NULL */
	struct place mend_at;
	char mend[512]; /* with the names of where it is to be done */
	char cause_text[512];
	unsigned long long count;
	bool has_packet;
	struct packet packet;
	__u32 length;
};

/*
 * loss__describe - from an event of the kernel's
 *
 * Returns false for what is given up in the normal course of things.
 */
bool loss__describe(struct loss *loss, const struct event *e);

/* loss__is_xdp_function - where the kernel gives up what XDP did not want */
bool loss__is_xdp_function(const char *name);

/* loss__explain - fill in cause_text and mend, from the cause */
void loss__explain(struct loss *loss);

/* loss__print - one line, or one JSON object */
void loss__print(const struct loss *loss, bool json);

#endif
