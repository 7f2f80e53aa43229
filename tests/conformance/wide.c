/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame by frame, many of them: through the program by BPF_PROG_TEST_RUN, and
 * into a router that is Linux alone (world.h).
 *
 * What the program passes must be untouched; what it redirects must be, to
 * the last byte, the one frame that Linux sends, on the same device; where it
 * drops, Linux must be silent. And a frame that needs nothing from the slow
 * path must not take it. No field is masked, and no difference is allowed
 * for.
 *
 * The stage "hits" does the same with packet05. What teaches the program a
 * way comes again, when it is known, and for every other destination a third
 * time, when it is a static one. Later frames to there find it, too.
 */
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>

#include "../../grader/cases.h"
#include "places.h"
#include "stage.h"
#include "tables.h"
#include "world.h"

#define LESSON	    "packet04-router"
#define HITS_LESSON "packet05-fwd"

/* All that is known of one frame. */
static struct outcome {
	struct bytes in, out;
	int verdict;
	const char *needs; /* of the slow path; NULL: nothing */
	bool for_nobody;
	struct outputs linux_, router;
} last;

static struct {
	unsigned long verdicts[XDP_ACTIONS], simple, handled;
	unsigned long taught, found[STATIC + 1];
	struct tally kinds, reasons;
} stats;

static void make(void)
{
	memset(&stats, 0, sizeof(stats));
	world__make();
}

static void set(const struct setting *setting, const char *object)
{
	world__set(setting, LESSON, object);
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

static const char *try(struct sample *s, const struct setting *setting)
{
	struct outcome *o = &last;

	sample__build(s, &o->in);
	o->needs = needs(s->ingress, setting, o->in.data, o->in.len);
	o->for_nobody =
		is_for_nobody(s->ingress, setting, o->in.data, o->in.len);
	world__oracle(s->ingress, o->in.data, o->in.len, &o->linux_);
	if (s->ingress == BARE) { /* Linux's by any name */
		o->verdict = XDP_PASS;
		o->out.len = o->in.len;
		memcpy(o->out.data, o->in.data, o->in.len);
	} else {
		o->verdict = world__verdict(s->ingress, o->in.data, o->in.len,
					    &o->out);
	}
	/* What it passes, too: a stack remembers what it has seen. */
	world__router(s->ingress, o->in.data, o->in.len, &o->router);
	return compare(o);
}

static void set_hits(const struct setting *setting, const char *object)
{
	world__set(setting, HITS_LESSON, object);
	tables__open();
}

static const char *try_hits(struct sample *s, const struct setting *setting)
{
	const char *difference;
	enum known known;
	struct dest dest;

	sample__build(s, &last.in);
	if (!dest__read(&dest, &last.in))
		return try(s, setting);
	tables__prepare(&dest, setting);
	known = tables__knows(&dest);
	difference = try(s, setting);
	if (last.verdict == XDP_REDIRECT)
		stats.found[known]++;
	if (difference || known || tables__knows(&dest) == NOT_KNOWN)
		return difference;
	stats.taught++;
	difference = try(s, setting);
	if (difference || dest.addr[dest.ipv6 ? 15 : 3] % 2)
		return difference;
	tables__make_static(&dest);
	return try(s, setting);
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

static void show(void)
{
	printf("# verdict %s; needs: %s\n", verdict_name(last.verdict),
	       last.needs ?: "nothing");
	print_outputs("Linux", &last.linux_);
	if (last.verdict != XDP_REDIRECT)
		return;
	print_frame_bytes("program", last.out.data, last.out.len);
	print_outputs("router", &last.router);
	if (last.linux_.count)
		print_first_difference(&last);
}

static void count(const struct sample *s)
{
	stats.verdicts[last.verdict >= 0 && last.verdict < XDP_ACTIONS ?
			       last.verdict :
			       XDP_ABORTED]++;
	if (last.needs)
		tally__add(&stats.reasons, last.needs);
	else
		stats.simple++;
	if (!last.needs && last.verdict != XDP_PASS)
		stats.handled++;
	tally__add_kind(&stats.kinds, s);
}

static void report(unsigned long differences)
{
	tally__print_kinds(&stats.kinds);
	tally__print("frames that need the slow path", &stats.reasons);
	printf("# XDP_REDIRECT %lu, XDP_PASS %lu, XDP_DROP %lu\n",
	       stats.verdicts[XDP_REDIRECT], stats.verdicts[XDP_PASS],
	       stats.verdicts[XDP_DROP]);
	printf("# %lu of %lu frames that need nothing from the slow path were "
	       "redirected, or dropped for a blackhole\n",
	       stats.handled, stats.simple);
	tap__result(!differences,
		    "the router does what Linux does: %lu differences",
		    differences);
	tap__result(stats.simple == stats.handled && stats.simple,
		    "what needs nothing from the slow path does not take it");
}

static void report_hits(unsigned long differences)
{
	report(differences);
	printf("# %lu frames taught a way; of those after them %lu went by "
	       "what was learned, %lu by a static entry\n",
	       stats.taught, stats.found[LEARNED], stats.found[STATIC]);
	tap__result(stats.taught && stats.found[LEARNED] && stats.found[STATIC],
		    "there were hits of both kinds");
}

const struct stage wide_stage = {
	.name = "wide",
	.lesson = LESSON,
	.share = 1,
	.make = make,
	.set = set,
	.try = try,
	.show = show,
	.count = count,
	.report = report,
};

const struct stage hits_stage = {
	.name = "hits",
	.lesson = HITS_LESSON,
	.share = 5,
	.make = make,
	.set = set_hits,
	.try = try_hits,
	.show = show,
	.count = count,
	.report = report_hits,
};
