/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>

#include "trial.h"

static bool is_same(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

bool trial__is_kept(const struct trial *o)
{
	return is_same(o->want, o->in);
}

bool trial__is_right(const struct trial *o)
{
	return o->got_action == o->want_action && is_same(o->got, o->want);
}

const char *trial__action_name(const struct trial *o, int action)
{
	return action >= 0 && action < o->action_count ? o->actions[action] :
							 "no verdict at all";
}

static void print_hex(const char *name, const struct bytes *b)
{
	printf("# %s, %zu bytes:", name, b->len);
	for (size_t i = 0; i < b->len; i++) {
		if (i % 16 == 0)
			printf("\n#  %4zu:", i);
		printf(" %02x", b->data[i]);
	}
	printf("\n");
}

static void print_difference(const struct bytes *want, const struct bytes *got)
{
	size_t i = 0;

	while (i < want->len && i < got->len && want->data[i] == got->data[i])
		i++;
	if (i < want->len && i < got->len)
		printf("# first difference: byte %zu, %s: want %02x, "
		       "got %02x\n",
		       i, want->field[i], want->data[i], got->data[i]);
	if (want->len != got->len)
		printf("# length: want %zu, got %zu bytes\n", want->len,
		       got->len);
}

void trial__print(const struct trial *o)
{
	print_difference(o->want, o->got);
	print_hex("sent", o->in);
	print_hex("want", o->want);
	print_hex("got", o->got);
}
