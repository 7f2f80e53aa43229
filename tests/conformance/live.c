/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Frame by frame over real links (wires.h): Linux alone here, the program on
 * each device there. All that leaves by any device is compared, ICMP errors
 * and the like included, and what the program has passed must reach the
 * stack as it was.
 *
 * Linux draws some fields at random, or takes them from the clock. These are
 * masked, on both sides, each by its name (masks.c).
 */
#include <stdio.h>
#include <string.h>

#include "fresh.h"
#include "masks.h"
#include "stage.h"
#include "wires.h"

#define LESSON "packet04-router"

static struct {
	struct bytes in;
	struct passage linux_, router;
} last;

static struct {
	unsigned long redirected, passed, dropped, lost, outputs;
	struct tally kinds;
} stats;

static void set(const struct setting *setting, const char *object)
{
	wires__set(setting, LESSON, object);
}

static bool same(const struct output *a, const struct output *b)
{
	return a->dev == b->dev && a->len == b->len &&
	       !memcmp(a->data, b->data, a->len);
}

static const char *compare(void)
{
	const struct outputs *want = &last.linux_.left;
	const struct outputs *left = &last.router.left;
	const struct outputs *entered = &last.router.entered;

	if (entered->count &&
	    (last.linux_.entered.count != entered->count ||
	     !same(&entered->frame[0], &last.linux_.entered.frame[0])))
		return "passed, but not untouched";
	if (left->count != want->count)
		return "another number of frames comes out";
	for (int i = 0; i < want->count; i++)
		if (!same(&left->frame[i], &want->frame[i]))
			return "something else comes out";
	return NULL;
}

static void mask(struct outputs *out)
{
	for (int i = 0; i < out->count; i++)
		masks__apply(&out->frame[i]);
}

static const char *try(struct sample *s, const struct setting *setting)
{
	static struct sample fresh;

	sample__copy(&fresh, s);
	sample__freshen(&fresh, setting);
	sample__build(&fresh, &last.in);
	wires__oracle(s->ingress, last.in.data, last.in.len, &last.linux_);
	wires__router(s->ingress, last.in.data, last.in.len, &last.router);
	mask(&last.linux_.left);
	mask(&last.router.left);
	return compare();
}

static void show(void)
{
	print_outputs("Linux", &last.linux_.left);
	print_outputs("router", &last.router.left);
}

static void count(const struct sample *s)
{
	tally__add_kind(&stats.kinds, s);
	stats.outputs += last.linux_.left.count;
	if (last.router.entered.count)
		stats.passed++;
	else if (!last.linux_.entered.count)
		stats.lost++;
	else if (last.router.left.count)
		stats.redirected++;
	else
		stats.dropped++;
}

static void report(unsigned long differences)
{
	tally__print_kinds(&stats.kinds);
	printf("# redirected %lu, passed %lu, dropped %lu, too long to "
	       "arrive %lu; Linux sent %lu frames\n",
	       stats.redirected, stats.passed, stats.dropped, stats.lost,
	       stats.outputs);
	masks__print();
	tap__result(!differences,
		    "what leaves the router is what leaves Linux: %lu "
		    "differences",
		    differences);
}

const struct stage live_stage = {
	.name = "live",
	.lesson = LESSON,
	.share = 10,
	.make = wires__make,
	.set = set,
	.try = try,
	.show = show,
	.count = count,
	.report = report,
};
