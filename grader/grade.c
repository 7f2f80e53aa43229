/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>

#include "diagnose.h"
#include "grade.h"
#include "trial.h"

static struct result {
	unsigned long right; /* frames */
	bool concerned, failed;
	bool acts; /* not only by leaving frames alone */
	const char *row;
	char message[512];
} results[ASSIGNMENTS_MAX];

static const struct owner *owners;
static int (*decides)(const struct frame *in, int action);
static const char *row_desc = "it can be tried";
static const char *row_hint;
static int row_assignment; /* 0: by verdict and field */
static int decider;	   /* of the frame at hand */

void grade__start(const struct owner *list,
		  int (*function)(const struct frame *in, int action))
{
	owners = list;
	decides = function;
}

bool grade__is_on(void)
{
	return owners;
}

void grade__row(const char *desc, int assignment, const char *hint)
{
	row_desc = desc;
	row_hint = hint;
	row_assignment = assignment;
	decider = assignment;
	results[assignment].concerned = true;
}

static int owner_of(const char *field)
{
	for (const struct owner *o = owners; o->fields && !row_assignment; o++)
		if (!strncmp(field, o->fields, strlen(o->fields)))
			return o->assignment;
	return decider;
}

static void blame(int assignment, const char *message)
{
	struct result *r = &results[assignment];

	if (r->failed)
		return;
	r->concerned = r->failed = true;
	r->row = row_desc;
	snprintf(r->message, sizeof(r->message), "%s", message);
}

void grade__fail(const char *message)
{
	blame(decider ?: 1, message);
}

void grade__give_up(const char *message)
{
	grade__fail(message);
	grade__print();
	exit(1);
}

/* The assignments that have something to write into this frame. */
static void mark_writers(const struct trial *o, bool writers[])
{
	for (size_t i = 0; i < o->want->len; i++)
		if (i >= o->in->len || o->in->data[i] != o->want->data[i])
			writers[owner_of(o->want->field[i])] = true;
	writers[decider] = true;
}

static void blame_fields(const struct trial *o, bool wrong[])
{
	size_t shorter =
		o->got->len < o->want->len ? o->got->len : o->want->len;
	/* What is to pass is changed by who has decided too late. */
	bool kept = trial__is_kept(o);
	char text[512];

	for (size_t i = 0; i < shorter; i++) {
		int owner = owner_of(o->want->field[i]);

		if (kept)
			owner = decider;
		if (o->want->data[i] == o->got->data[i] || wrong[owner])
			continue;
		wrong[owner] = true;
		diagnose__field(o, i, text, sizeof(text));
		blame(owner, text);
	}
	if (o->want->len == o->got->len || wrong[decider])
		return;
	wrong[decider] = true;
	snprintf(text, sizeof(text),
		 "length of the frame: want %zu bytes, got %zu", o->want->len,
		 o->got->len);
	blame(decider, text);
}

void grade__frame(const struct frame *in, int action)
{
	decider = row_assignment;
	if (!decider)
		decider = decides ? decides(in, action) : 1;
}

bool grade__trial(const struct trial *o)
{
	bool writers[ASSIGNMENTS_MAX] = {}, wrong[ASSIGNMENTS_MAX] = {};
	bool all_right = true;
	char text[512];

	grade__frame(o->sent, o->want_action);
	mark_writers(o, writers);
	if (o->want_action != o->got_action) {
		diagnose__verdict(o, row_hint, text, sizeof(text));
		blame(decider, text);
	} else {
		blame_fields(o, wrong);
	}
	for (int i = 0; i < ASSIGNMENTS_MAX; i++) {
		all_right &= !wrong[i];
		results[i].concerned |= writers[i];
		results[i].acts |= writers[i] && o->want_action != XDP_PASS;
		if (writers[i] && !wrong[i] && o->want_action == o->got_action)
			results[i].right++;
	}
	return all_right && o->want_action == o->got_action;
}

void grade__print(void)
{
	bool all_right = true;

	for (int i = 1; i < ASSIGNMENTS_MAX; i++) {
		const struct result *r = &results[i];
		const char *status = "ok";

		if (!r->concerned)
			continue;
		if (r->failed)
			status = "fail";
		else if (!r->right || (!r->acts && !all_right))
			status = "wait";
		all_right &= !strcmp(status, "ok");
		printf("%d\t%s\t%lu\t%s\t%s\n", i, status, r->right,
		       r->row ?: "", r->message);
	}
}
