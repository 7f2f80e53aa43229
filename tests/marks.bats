#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The marks in a lesson's programs: what is cut out, and what is refused.

# bats sets output, stderr and status, and runs each test in a subshell.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
load helpers

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	cat >complete.c <<'END'
/* Assignment 3 begins */
static int limit = 1;
/* Assignment 3 ends */

static long twice(long number)
{
	return 2 * number;
}

/* What it says of itself; "Assignment 9" in a comment is no mark. */
/* Assignment 1. Until written: return p->left; */
static __always_inline int
read_it(struct way *way, const struct packet *p, int (*ask)(void *to),
	__u8 mac[6], void *data_end)
{
	if (ask(way))
		return p->data_end;

	return mac[0] + twice(1);
}

/* Assignment 2 */
static void note(struct flow *flow)
{
	flow->count++;
}

int program(struct ctx *ctx)
{
	int data_end = ctx->data_end, len = 3, verdict = 0;
	struct key key = {};

	/* Assignment 3 begins. Until written: if (ctx) goto out; */
	if (len > limit) {
		key.len = len; /* not verdict */
	/* Assignment 3 ends */
		verdict = data_end;
	/* Assignment 2 begins */
	note(&key);
	/* Assignment 2 ends */
out:
	return verdict;
}
END
}

marks()
{
	awk "${@:2}" -f "$ROOT/testenv/assignment_marks.awk" "$1"
}

@test "marks: a starter has TODOs, what a mark says, and no name that is not used" {
	ok marks complete.c -v written=0
	diff -u - <(echo "$output") <<'END'
/* TODO 3 */

static long twice(long number)
{
	return 2 * number;
}

/* What it says of itself; "Assignment 9" in a comment is no mark. */
static __always_inline int
read_it(struct way *way, const struct packet *p, int (*ask)(void *to),
	__u8 mac[6], void *data_end)
{
	/* TODO 1 */
	(void)way, (void)ask, (void)mac, (void)twice;
	return p->left;
}

static void note(struct flow *flow)
{
	/* TODO 2 */
	(void)flow;
}

int program(struct ctx *ctx)
{
	int data_end = ctx->data_end, len = 3, verdict = 0;
	struct key key = {};

	/* TODO 3 */
	(void)len, (void)key;
	if (ctx) goto out;
		verdict = data_end;
	/* TODO 2 */
	(void)note;
out:
	return verdict;
}
END
}

@test "marks: with the first assignments written, the later ones are cut out" {
	ok marks complete.c -v written=2
	diff -u - <(echo "$output") <<'END'
/* TODO 3 */

static long twice(long number)
{
	return 2 * number;
}

/* What it says of itself; "Assignment 9" in a comment is no mark. */
static __always_inline int
read_it(struct way *way, const struct packet *p, int (*ask)(void *to),
	__u8 mac[6], void *data_end)
{
	if (ask(way))
		return p->data_end;

	return mac[0] + twice(1);
}

static void note(struct flow *flow)
{
	flow->count++;
}

int program(struct ctx *ctx)
{
	int data_end = ctx->data_end, len = 3, verdict = 0;
	struct key key = {};

	/* TODO 3 */
	(void)len;
	if (ctx) goto out;
		verdict = data_end;
	note(&key);
out:
	return verdict;
}
END
}

@test "marks: the complete program is what is left without them" {
	ok marks complete.c
	is "the program" "$output" "$(grep -vE '^\s*/\* Assignment' complete.c)"
	ok awk -v part=list -f "$ROOT/testenv/assignment_marks.awk" /dev/null complete.c
	is "the files that have marks" "$output" "complete.c"
}

# refuses LINE TEXT: of the program on standard input, whatever is written
refuses()
{
	cat >wrong.c
	for written in 0 9; do
		run --separate-stderr marks wrong.c -v written=$written
		is "status" "$status" 1
		is "what is printed" "$output" ""
		has "$stderr" "^wrong.c:$1: .*$2"
	done
}

@test "marks: what is no proper mark is refused, by its line" {
	refuses 2 "no mark looks like that" <<'END'

/* Assignment 1: until written: return 0; */
END
	refuses 1 "no mark looks like that" <<'END'
/* Assignment 1. Until written: return 0 */
END
	refuses 2 "nothing has begun" <<'END'
x;
/* Assignment 1 ends */
END
	refuses 1 "does not end" <<'END'
/* Assignment 1 begins */
x;
END
	refuses 3 "has not ended" <<'END'
/* Assignment 1 begins */
x;
/* Assignment 2 ends */
END
	refuses 3 "has not ended" <<'END'
/* Assignment 1 begins */
x;
/* Assignment 1 begins */
END
	refuses 4 "has not ended" <<'END'
/* Assignment 1 */
int f(void)
{
	/* Assignment 2 begins */
	return 0;
	/* Assignment 2 ends */
}
END
	refuses 1 "nothing is in this part" <<'END'
/* Assignment 1 begins */
/* Assignment 1 ends */
END
	refuses 1 "no function follows" <<'END'
/* Assignment 1 */
int x;
int f(void)
{
}
END
	refuses 1 "no function follows" <<'END'
/* Assignment 1 */
END
}
