/* SPDX-License-Identifier: GPL-2.0 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_ether.h>
#include <cmocka.h>

#include "cases.h"
#include "net.h"

struct subject subject;

/* This program is <root>/build/tests/<lesson>-cases. */
const char *suite__object(const struct suite *suite)
{
	static char path[PATH_MAX + 64];
	const char *chosen = getenv("LESSON_OBJECT");
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
	snprintf(path + len, sizeof(path) - len, "/%s/xdp_prog_kern.o",
		 suite->lesson);
	return path;
}

static void run_row(void **state)
{
	const struct row *row = *state;
	bool rewritten = row->action == XDP_TX || row->action == XDP_REDIRECT;

	subject.desc = row->desc;
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

int suite__run(const struct suite *suite)
{
	struct CMUnitTest *tests = calloc(suite->count, sizeof(*tests));
	int failed;

	for (size_t i = 0; i < suite->count; i++)
		tests[i] = (struct CMUnitTest){
			.name = suite->rows[i].desc,
			.test_func = run_row,
			.initial_state = (void *)&suite->rows[i],
		};
	net__isolate();
	subject__open(&subject, suite__object(suite));
	if (suite->before_load)
		suite->before_load();
	subject__load(&subject, suite->program);
	if (suite->setup)
		suite->setup();
	failed = _cmocka_run_group_tests(suite->lesson, tests, suite->count,
					 NULL, NULL);
	subject__close(&subject);
	free(tests);
	return failed ? 1 : 0;
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
		 "link set %s addrgenmode none up\n"
		 "link set %s addrgenmode none up\n",
		 dev, peer, dev, peer);
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
	for (cut.cut_to = ETH_HLEN; cut.cut_to < bytes.len; cut.cut_to++)
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
