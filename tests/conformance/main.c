/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether the programs do to every frame what Linux does to it:
 *
 *	FRAMES=N SEED=S testenv/sandbox build/tests/conformance [STAGE...]
 *
 * Frames at random, under settings at random, go through a program and
 * through Linux alone. How, and what must be the same, is said at the head of
 * each stage: wide.c, live.c, echo.c. All of them run, the slower ones with
 *fewer frames, unless some are named.
 *
 * A difference is printed with the number of its frame: FIRST=number FRAMES=1,
 * the same seed and the stage show it again. LESSON_FOLDER has other
 * objects to test, STOP=1 ends at the first difference.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../grader/cases.h"
#include "stage.h"

#define SETTING_FRAMES 1000 /* with each setting */
#define SHOWN_MAX      5    /* differences in full */
#define LEAST_FRAMES   10000

static const struct stage *const stages[] = { &wide_stage, &hits_stage,
					      &live_stage, &echo_stage };

static const struct stage *stage;
static struct setting setting;
static int results, failures;

void tap__result(bool ok, const char *fmt, ...)
{
	va_list args;

	printf("%sok %d - ", ok ? "" : "not ", ++results);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	failures += !ok;
}

void print_frame_bytes(const char *name, const uint8_t *data, size_t len)
{
	printf("# %s, %zu bytes:", name, len);
	for (size_t i = 0; i < len && i < 128; i++)
		printf("%s%02x", i % 16 ? " " : "\n#   ", data[i]);
	printf("%s\n", len > 128 ? " ..." : "");
}

void print_outputs(const char *whose, const struct outputs *out)
{
	char name[64];

	for (int i = 0; i < out->count; i++) {
		snprintf(name, sizeof(name), "%s, on %s", whose,
			 devs[out->frame[i].dev].name);
		print_frame_bytes(name, out->frame[i].data, out->frame[i].len);
	}
}

static bool differs(struct sample *s)
{
	return stage->try(s, &setting);
}

static void show(struct sample *s, const char *difference, uint64_t seed,
		 uint64_t number)
{
	static struct sample original;
	const char *shrunk;

	printf("#\n# SEED=%llu FIRST=%llu FRAMES=1 %s: %s, %s: %s\n",
	       (unsigned long long)seed, (unsigned long long)number,
	       stage->name, s->kind, s->flaw, difference);
	stage->show();
	setting__print(&setting);
	sample__copy(&original, s);
	sample__shrink(s, differs);
	shrunk = stage->try(s, &setting);
	if (!shrunk) {
		printf("# It depends on what was before: it does not come "
		       "again.\n");
		sample__print(&original);
		return;
	}
	printf("# Made simpler: %s\n", shrunk);
	sample__print(s);
	stage->show();
}

static unsigned long run(uint64_t seed, uint64_t first, uint64_t frames,
			 const char *object, bool stop)
{
	static struct sample sample;
	uint64_t number, in_force = -1;
	unsigned long differences = 0;
	const char *difference;

	for (number = first; number < first + frames; number++) {
		if (number / SETTING_FRAMES != in_force) {
			in_force = number / SETTING_FRAMES;
			setting__make(&setting, seed, in_force);
			stage->set(&setting, object);
		}
		(stage->sample ?: sample__make)(&sample, seed, number);
		difference = stage->try(&sample, &setting);
		stage->count(&sample);
		if (!difference)
			continue;
		if (differences++ < SHOWN_MAX)
			show(&sample, difference, seed, number);
		if (stop)
			break;
	}
	return differences;
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

static void run_stage(uint64_t seed, uint64_t frames)
{
	const struct suite suite = { .lesson = stage->lesson };
	struct timespec start, end;
	unsigned long differences;
	double seconds;

	stage->make();
	clock_gettime(CLOCK_MONOTONIC, &start);
	differences = run(seed, number_from("FIRST", 0), frames,
			  suite__folder(&suite), number_from("STOP", 0));
	clock_gettime(CLOCK_MONOTONIC, &end);
	seconds =
		end.tv_sec - start.tv_sec + (end.tv_nsec - start.tv_nsec) / 1e9;
	printf("# %s, %s: %llu frames in %.1f s, %.0f a second\n", stage->name,
	       stage->lesson, (unsigned long long)frames, seconds,
	       frames / seconds);
	stage->report(differences);
}

/* Whether it is among those named; without any, all are. */
static bool is_wanted(const struct stage *s, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], s->name))
			return true;
	return argc < 2;
}

static uint64_t share_of(const struct stage *s, uint64_t frames)
{
	uint64_t share = frames / s->share;

	if (share < LEAST_FRAMES)
		share = LEAST_FRAMES;
	return share < frames ? share : frames;
}

int main(int argc, char **argv)
{
	uint64_t seed = number_from("SEED", time(NULL));
	uint64_t frames = number_from("FRAMES", 20000);

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# SEED=%llu FRAMES=%llu\n", (unsigned long long)seed,
	       (unsigned long long)frames);
	for (size_t i = 0; i < ARRAY_SIZE(stages); i++) {
		stage = stages[i];
		if (is_wanted(stage, argc, argv))
			run_stage(seed,
				  argc > 1 ? frames : share_of(stage, frames));
	}
	if (!results)
		die("no stage of that name: wide, hits, live, echo");
	printf("1..%d\n", results);
	return failures > 0;
}
