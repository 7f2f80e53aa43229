/* SPDX-License-Identifier: GPL-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/user/json.h"
#include "report.h"

enum status { OK, WARNING, PROBLEM };

static const char *const status_names[] = { "ok", "warning", "problem" };

static struct finding {
	enum status status;
	const char *check;
	char *where, *text, *mend; /* NULL in the first and last: none */
} * findings;
static int finding_count;

static const char *current;    /* check */
static int count_before;       /* it began */
static char current_fine[512]; /* what it has to say if nothing is wrong */

static void add(enum status status, const char *where, const char *mend,
		const char *text)
{
	struct finding *f;

	findings = reallocarray(findings, finding_count + 1, sizeof(*findings));
	if (!findings)
		abort();
	f = &findings[finding_count++];
	*f = (struct finding){ .status = status,
			       .check = current,
			       .where = where ? strdup(where) : NULL,
			       .text = strdup(text),
			       .mend = mend ? strdup(mend) : NULL };
}

void report__begin(const char *check, const char *fine)
{
	current = check;
	count_before = finding_count;
	snprintf(current_fine, sizeof(current_fine), "%s", fine ?: "");
}

void report__end(void)
{
	if (finding_count == count_before)
		add(OK, NULL, NULL, current_fine);
}

void fine(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(current_fine, sizeof(current_fine), fmt, args);
	va_end(args);
}

static void add_found(enum status status, const char *where, const char *mend,
		      const char *fmt, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	add(status, where, mend, text);
}

void warning(const char *where, const char *mend, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_found(WARNING, where, mend, fmt, args);
	va_end(args);
}

void problem(const char *where, const char *mend, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add_found(PROBLEM, where, mend, fmt, args);
	va_end(args);
}

const char *mend(const char *fmt, ...)
{
	static char command[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	return command;
}

const char *shell_word(const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_.:/@-";
	static char word[1024];
	size_t len = 0;

	if (!name[strspn(name, plain)])
		return name;
	word[len++] = '\'';
	for (const char *c = name; *c && len < sizeof(word) - 8; c++)
		len += sprintf(word + len, *c == '\'' ? "'\\''" : "%c", *c);
	strcpy(word + len, "'");
	return word;
}

static void print_text(void)
{
	for (const struct finding *f = findings; f < findings + finding_count;
	     f++)
		printf("%-8s %s%s%s: %s%s%s\n", status_names[f->status],
		       f->check, f->where ? " " : "", f->where ?: "", f->text,
		       f->mend ? " -- " : "", f->mend ?: "");
}

static json_t *text_or_null(const char *text)
{
	return text ? json__text(text) : json_null();
}

static void print_json(void)
{
	json_t *all = json_array();

	for (const struct finding *f = findings; f < findings + finding_count;
	     f++)
		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:o, s:o, s:o}", "status",
				  status_names[f->status], "check", f->check,
				  "where", text_or_null(f->where), "text",
				  json__text(f->text), "mend",
				  text_or_null(f->mend)));
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

void report__print(bool json)
{
	if (json)
		print_json();
	else
		print_text();
}

int report__status(void)
{
	bool found[PROBLEM + 1] = {};

	for (int i = 0; i < finding_count; i++)
		found[findings[i].status] = true;
	return found[PROBLEM] ? 1 : found[WARNING] ? 2 : 0;
}
