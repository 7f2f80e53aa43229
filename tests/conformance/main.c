/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether packet04-router does to every frame what Linux does to it:
 *
 *	FRAMES=N SEED=S tests/sandbox build/tests/conformance
 *
 * Frames at random, under settings at random, go through the program and
 * into a router that is Linux alone (world.h). What the program passes must
 * be untouched; what it redirects must be, to the last byte, the one frame
 * that Linux sends, on the same device; where it drops, Linux must be silent.
 * And a frame that needs nothing from the slow path must be redirected.
 * No field is masked, and no difference is allowed for.
 *
 * A difference is printed with the number of its frame: FIRST=number FRAMES=1
 * and the same seed show it again. LESSON_OBJECT is another object to test,
 * STOP=1 ends at the first difference.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/bpf.h>

#include "../lib/cases.h"
#include "../lib/subject.h"
#include "places.h"
#include "sample.h"

#define SETTING_FRAMES 2000 /* with each setting */
#define SHOWN_MAX      5    /* differences in full */
#define NAMES_MAX      2048

/* Counters by name. */
struct tally {
	int count;
	struct {
		char name[3 * LABEL_TEXT];
		unsigned long times;
	} entry[NAMES_MAX];
};

/* All that is known of one frame. */
struct outcome {
	struct bytes in, out;
	int verdict;
	const char *needs; /* of the slow path; NULL: nothing */
	bool for_nobody;
	struct outputs linux_, router;
	const char *difference; /* or NULL */
};

static struct {
	unsigned long frames, verdicts[XDP_ACTIONS], simple, redirected;
	unsigned long differences;
	struct tally kinds, reasons;
} stats;

static struct setting setting;

static void tally__add(struct tally *t, const char *name)
{
	int i;

	for (i = 0; i < t->count && strcmp(t->entry[i].name, name); i++)
		;
	if (i == NAMES_MAX)
		die("too many names");
	if (i == t->count)
		snprintf(t->entry[t->count++].name, sizeof(t->entry->name),
			 "%s", name);
	t->entry[i].times++;
}

static bool same(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return a_len == b_len && !memcmp(a, b, a_len);
}

/* What the router sends is one frame: Linux's, on Linux's device. */
static const char *compare_redirected(const struct outcome *o)
{
	const struct output *want = &o->linux_.frame[0];
	const struct output *sent = &o->router.frame[0];
	uint8_t mac[6];

	if (!o->linux_.count)
		return "redirected, but Linux sends nothing";
	if (o->linux_.count > 1)
		return "redirected, but Linux sends more than one frame";
	if (!same(o->out.data, o->out.len, want->data, want->len))
		return "redirected, but Linux sends another frame";
	mac__bytes(devs[want->dev].mac, mac);
	if (memcmp(o->out.data + 6, mac, 6))
		return "redirected, but Linux sends it from another device";
	if (want->dev == BARE)
		return "redirected to a device without XDP";
	if (o->router.count != 1 || sent->dev != want->dev ||
	    !same(sent->data, sent->len, want->data, want->len))
		return "redirected, but something else comes out";
	return NULL;
}

static const char *compare(const struct outcome *o)
{
	switch (o->verdict) {
	case XDP_PASS:
		if (!same(o->in.data, o->in.len, o->out.data, o->out.len))
			return "passed, but not untouched";
		return o->needs ? NULL :
				  "passed, but it needs nothing from the stack";
	case XDP_REDIRECT:
		return compare_redirected(o);
	case XDP_DROP:
		if (o->linux_.count)
			return "dropped, but Linux sends something";
		return o->for_nobody ? NULL : "dropped, but it has a route";
	default:
		return "neither passed, redirected nor dropped";
	}
}

static void try_once(struct sample *s, struct outcome *o)
{
	sample__build(s, &o->in);
	o->needs = needs(s->ingress, &setting, o->in.data, o->in.len);
	o->for_nobody =
		is_for_nobody(s->ingress, &setting, o->in.data, o->in.len);
	world__oracle(s->ingress, o->in.data, o->in.len, &o->linux_);
	o->router.count = 0;
	if (s->ingress == BARE) { /* Linux's by any name */
		o->verdict = XDP_PASS;
		o->out.len = o->in.len;
		memcpy(o->out.data, o->in.data, o->in.len);
	} else {
		o->verdict = world__verdict(s->ingress, o->in.data, o->in.len,
					    &o->out);
	}
	if (o->verdict == XDP_REDIRECT)
		world__router(s->ingress, o->in.data, o->in.len, &o->router);
	o->difference = compare(o);
}

static void print_frame_bytes(const char *name, const uint8_t *data, size_t len)
{
	printf("# %s, %zu bytes:", name, len);
	for (size_t i = 0; i < len && i < 128; i++)
		printf("%s%02x", i % 16 ? " " : "\n#   ", data[i]);
	printf("%s\n", len > 128 ? " ..." : "");
}

static bool differs(struct sample *s)
{
	static struct outcome o;

	world__drain();
	try_once(s, &o);
	return o.difference;
}

/* Names the fields by those of the frame that came in. */
static void print_first_difference(const struct outcome *o)
{
	const struct output *want = &o->linux_.frame[0];
	size_t i = 0;

	while (i < want->len && i < o->out.len &&
	       want->data[i] == o->out.data[i])
		i++;
	if (i < want->len && i < o->out.len)
		printf("# first difference: byte %zu, %s: Linux %02x, "
		       "router %02x\n",
		       i, i < o->in.len ? o->in.field[i] : "beyond the frame",
		       want->data[i], o->out.data[i]);
	if (want->len != o->out.len)
		printf("# length: Linux %zu, router %zu bytes\n", want->len,
		       o->out.len);
}

static const char *verdict_name(int verdict)
{
	static const char *const names[XDP_ACTIONS] = {
		"XDP_ABORTED", "XDP_DROP", "XDP_PASS", "XDP_TX", "XDP_REDIRECT",
	};

	return verdict >= 0 && verdict < XDP_ACTIONS ? names[verdict] : "none";
}

static void show(struct sample *s, const char *difference, uint64_t seed,
		 uint64_t number)
{
	static struct sample original;
	static struct outcome o;
	char name[32];

	sample__copy(&original, s);
	sample__shrink(s, differs);
	world__drain();
	try_once(s, &o);
	/* Some of Linux's messages are rate-limited: they do not come again. */
	if (!o.difference)
		s = &original;
	printf("#\n# SEED=%llu FIRST=%llu FRAMES=1: %s\n",
	       (unsigned long long)seed, (unsigned long long)number,
	       o.difference ?: difference);
	setting__print(&setting);
	sample__print(s);
	printf("# verdict %s; needs: %s\n", verdict_name(o.verdict),
	       o.needs ?: "nothing");
	for (int i = 0; i < o.linux_.count; i++) {
		snprintf(name, sizeof(name), "Linux, on %s",
			 devs[o.linux_.frame[i].dev].name);
		print_frame_bytes(name, o.linux_.frame[i].data,
				  o.linux_.frame[i].len);
	}
	if (o.verdict == XDP_REDIRECT) {
		print_frame_bytes("router", o.out.data, o.out.len);
		for (int i = 0; i < o.router.count; i++)
			printf("# router, really: %zu bytes on %s\n",
			       o.router.frame[i].len,
			       devs[o.router.frame[i].dev].name);
		if (o.linux_.count)
			print_first_difference(&o);
	}
}

static void count(const struct sample *s, const struct outcome *o)
{
	char name[3 * LABEL_TEXT];

	stats.frames++;
	stats.verdicts[o->verdict >= 0 && o->verdict < XDP_ACTIONS ?
			       o->verdict :
			       XDP_ABORTED]++;
	if (o->needs)
		tally__add(&stats.reasons, o->needs);
	else
		stats.simple++;
	if (!o->needs && o->verdict == XDP_REDIRECT)
		stats.redirected++;
	snprintf(name, sizeof(name), "%s, %s", s->kind, s->flaw);
	tally__add(&stats.kinds, name);
}

static void run(uint64_t seed, uint64_t first, uint64_t frames,
		const char *object, bool stop)
{
	static struct outcome outcome;
	static struct sample sample;
	uint64_t number, in_force = -1;

	for (number = first; number < first + frames; number++) {
		if (number / SETTING_FRAMES != in_force) {
			in_force = number / SETTING_FRAMES;
			setting__make(&setting, seed, in_force);
			world__set(&setting, object);
		}
		sample__make(&sample, seed, number);
		try_once(&sample, &outcome);
		count(&sample, &outcome);
		if (!outcome.difference)
			continue;
		if (stats.differences++ < SHOWN_MAX)
			show(&sample, outcome.difference, seed, number);
		if (stop)
			return;
	}
}

static uint64_t number_from(const char *name, uint64_t missing)
{
	const char *text = getenv(name);
	char *end;
	uint64_t value;

	if (!text || !*text)
		return missing;
	value = strtoull(text, &end, 0);
	if (*end)
		die("%s=%s is not a number", name, text);
	return value;
}

static void print_tally(const char *title, const struct tally *t)
{
	printf("# %s:\n", title);
	for (int i = 0; i < t->count; i++)
		printf("# %9lu %s\n", t->entry[i].times, t->entry[i].name);
}

static int report(uint64_t seed, double seconds)
{
	bool all = stats.simple == stats.redirected && stats.simple;

	if (getenv("KINDS"))
		print_tally("kinds", &stats.kinds);
	print_tally("frames that need the slow path", &stats.reasons);
	printf("# seed %llu: %lu frames of %d kinds in %.1f s, %.0f a second\n",
	       (unsigned long long)seed, stats.frames, stats.kinds.count,
	       seconds, stats.frames / seconds);
	printf("# XDP_REDIRECT %lu, XDP_PASS %lu, XDP_DROP %lu\n",
	       stats.verdicts[XDP_REDIRECT], stats.verdicts[XDP_PASS],
	       stats.verdicts[XDP_DROP]);
	printf("# %lu of %lu frames that need nothing from the slow path were "
	       "redirected\n",
	       stats.redirected, stats.simple);
	printf("%s 1 - the router does what Linux does: %lu differences\n",
	       stats.differences ? "not ok" : "ok", stats.differences);
	printf("%s 2 - what needs nothing from the slow path is redirected\n",
	       all ? "ok" : "not ok");
	return stats.differences || !all;
}

int main(void)
{
	static const struct suite suite = { .lesson = "packet04-router" };
	uint64_t seed = number_from("SEED", time(NULL));
	uint64_t first = number_from("FIRST", 0);
	uint64_t frames = number_from("FRAMES", 20000);
	struct timespec start, end;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..2\n");
	world__make();
	clock_gettime(CLOCK_MONOTONIC, &start);
	run(seed, first, frames, suite__object(&suite), number_from("STOP", 0));
	clock_gettime(CLOCK_MONOTONIC, &end);
	return report(seed, end.tv_sec - start.tv_sec +
				    (end.tv_nsec - start.tv_nsec) / 1e9);
}
