/* SPDX-License-Identifier: GPL-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>

#include "../common/user/object.h"
#include "cases.h"
#include "net.h"

struct subject subject;

static const char *skipped; /* why the running row is not done */

void test_skip(const char *reason)
{
	skipped = reason;
}

/* This program is <root>/build/grader/<lesson>-cases. */
const char *suite__folder(const struct suite *suite)
{
	static char path[PATH_MAX + 64];
	const char *chosen = getenv("LESSON_FOLDER");
	ssize_t len;

	if (chosen)
		return chosen;
	len = readlink("/proc/self/exe", path, PATH_MAX);
	if (len < 0)
		die("cannot find out where I am: is /proc mounted?");
	path[len] = '\0';
	for (int i = 0; i < 3; i++)
		if (strrchr(path, '/'))
			*strrchr(path, '/') = '\0';
	len = strlen(path);
	snprintf(path + len, sizeof(path) - len, "/%s", suite->lesson);
	return path;
}

const char *suite__object(const struct suite *suite)
{
	static char path[PATH_MAX];

	if (object__path(path, suite__folder(suite), suite->program))
		die("the object has no program '%s'", suite->program);
	return path;
}

static void run_row(const void *arg)
{
	const struct row *row = arg;
	bool rewritten = row->action == XDP_TX || row->action == XDP_REDIRECT;

	subject__stats_start(&subject);
	if (row->test)
		row->test();
	else if (row->sweep)
		row->sweep(&row->in);
	else
		subject__expect(&subject, &row->in, row->action,
				rewritten ? &row->out : NULL);
	subject__stats_check(&subject);
}

static bool run_one(const struct row *row)
{
	struct subject before = subject;
	bool right;

	skipped = NULL;
	subject.desc = row->desc;
	if (row->program)
		subject.prog_fd = subject__prog(&subject, row->program);
	if (row->dev)
		subject.ingress = net__ifindex(row->dev);
	grade__row(row->desc, row->assignment, row->hint);
	right = test_run(run_row, row);
	/* A test that has failed may have left its own there. */
	subject.prog_fd = before.prog_fd;
	subject.ingress = before.ingress;
	subject.metadata = before.metadata;
	return right;
}

/* @number: of rows before these */
static int run_rows(const struct suite *suite, size_t number)
{
	bool tap = !grade__is_on();
	int failed = 0;

	for (size_t i = 0; i < suite->count; i++) {
		const struct row *row = &suite->rows[i];
		bool right = run_one(row);

		failed += !right;
		if (tap)
			printf("%sok %zu - %s%s%s\n", right ? "" : "not ",
			       number + i + 1, row->desc,
			       skipped ? " # SKIP " : "", skipped ?: "");
		fflush(stdout);
	}
	return failed;
}

static int run_one_suite(const struct suite *suite, size_t number)
{
	int failed;

	if (getenv("GRADE"))
		grade__start(suite->owners, suite->decides);
	subject__open(&subject, suite__object(suite));
	if (suite->before_load)
		suite->before_load();
	subject__load(&subject, suite->program);
	if (suite->setup)
		suite->setup();
	failed = run_rows(suite, number);
	subject__close(&subject);
	return failed;
}

int suites__run(const struct suite *const suites[])
{
	size_t count = 0, number = 0;
	int failed = 0;

	net__isolate();
	for (size_t i = 0; suites[i]; i++)
		count += suites[i]->count;
	if (!getenv("GRADE"))
		printf("1..%zu\n", count);
	for (size_t i = 0; suites[i]; i++) {
		failed += run_one_suite(suites[i], number);
		number += suites[i]->count;
	}
	if (grade__is_on())
		grade__print();
	return failed ? 1 : 0;
}

int suite__run(const struct suite *suite)
{
	return suites__run((const struct suite *const[]){ suite, NULL });
}

/* The program on the second end counts in maps of its own. */
int suite__add_veth(const struct suite *suite, const char *dev,
		    const char *peer)
{
	static struct subject receiver;
	char batch[256];

	if (!receiver.obj) {
		subject__open(&receiver, suite__object(suite));
		subject__load(&receiver, "xdp_pass_func");
	}
	snprintf(batch, sizeof(batch),
		 "link add name %s type veth peer name %s\n"
		 "link set %s addrgenmode none\n"
		 "link set %s addrgenmode none\n"
		 "link set %s up\n"
		 "link set %s up\n",
		 dev, peer, dev, peer, dev, peer);
	net__ip(batch);
	net__attach(dev, receiver.prog_fd);
	net__attach(peer, receiver.prog_fd);
	return net__listen(peer);
}

void suite__expect_all_pass(const struct suite *suite, struct subject *s)
{
	s->desc = "it passes with these maps";
	subject__stats_start(s);
	for (size_t i = 0; i < suite->count; i++)
		if (!suite->rows[i].test)
			subject__expect_pass(s, &suite->rows[i].in);
	subject__stats_check(s);
}

void expect_cut_frames_pass(const struct frame *whole)
{
	static struct bytes bytes;
	struct frame cut = *whole;

	frame__build(whole, &bytes);
	cut.cut_to = ETH_HLEN;
	/* The kernel gives a tc program no less for a test (since 6.17). */
	if (subject.is_tc)
		cut.cut_to += strchr(whole->saddr, ':') ? 40 : 20;
	for (; cut.cut_to < bytes.len; cut.cut_to++)
		subject__expect_pass(&subject, &cut);
}

void mac__flip(char text[MAC_TEXT], const char *mac, int bit)
{
	uint8_t b[ETH_ALEN];

	mac__bytes(mac, b);
	b[bit / 8] ^= 1 << bit % 8;
	snprintf(text, MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1],
		 b[2], b[3], b[4], b[5]);
}

void expect_other_macs_pass(const struct frame *sound)
{
	struct frame other = *sound;
	char text[MAC_TEXT];

	other.dmac = text;
	for (int bit = 0; bit < 48; bit++) {
		mac__flip(text, sound->dmac, bit);
		subject__expect_pass(&subject, &other);
	}
}

void expect_wrong_ip_checksums_pass(const struct frame *sound)
{
	struct frame in = *sound;

	for (int bit = 0; bit < 16; bit++) {
		in.ip_check_flip = 1 << bit;
		subject__expect_pass(&subject, &in);
	}
}

void expect_pass_func_passes(const struct frame *any)
{
	int prog_fd = subject.prog_fd;

	subject.prog_fd = subject__prog(&subject, "xdp_pass_func");
	subject__expect_pass(&subject, any);
	subject__expect_pass(&subject, any);
	subject__expect_pass(&subject, any);
	subject.prog_fd = prog_fd;
}
