/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../grader/subject.h"
#include "stage.h"

void tally__add(struct tally *t, const char *name)
{
	int i;

	for (i = 0; i < t->count && strcmp(t->entry[i].name, name); i++)
		;
	if (i == TALLY_MAX)
		die("too many names");
	if (i == t->count)
		snprintf(t->entry[t->count++].name, sizeof(t->entry->name),
			 "%s", name);
	t->entry[i].times++;
}

void tally__print(const char *title, const struct tally *t)
{
	if (!t->count)
		return;
	printf("# %s:\n", title);
	for (int i = 0; i < t->count; i++)
		printf("# %9lu %s\n", t->entry[i].times, t->entry[i].name);
}

void tally__add_kind(struct tally *t, const struct sample *s)
{
	char name[2 * LABEL_TEXT];

	snprintf(name, sizeof(name), "%.60s, %.60s", s->kind, s->flaw);
	tally__add(t, name);
}

void tally__print_kinds(const struct tally *t)
{
	if (getenv("KINDS"))
		tally__print("kinds", t);
	printf("# %d kinds of frames\n", t->count);
}
