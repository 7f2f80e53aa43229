/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The body of a request to fwd, any bytes: the answer is JSON, its code is one
 * of the API's, message and traceId are what belongs to that, and a table was
 * changed if, and only if, the answer says that all is done.
 */
#include <stdbool.h>
#include <stdint.h>

#include "fortified.h"
#include "../../packet05-fwd/api.c"

#define ENTRIES 2 /* that a query finds */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int calls; /* of functions that change a table */
static struct fwd_entry added;

void log_err(const char *fmt, ...)
{
	(void)fmt;
}

bool datapath__runs_on(int ifindex)
{
	return ifindex < 5;
}

const char *datapath__paused(void)
{
	return NULL;
}

int tables__set(const struct dest *dest, const struct fwd_entry *entry)
{
	(void)dest;
	calls++;
	added = *entry;
	return 0;
}

int tables__delete(const struct dest *dest)
{
	(void)dest;
	calls++;
	return 0;
}

int tables__flush(enum table which)
{
	(void)which;
	calls++;
	return 0;
}

int tables__each(enum table which,
		 int (*visit)(const struct dest *dest, enum table table,
			      const struct fwd_entry *entry, void *arg),
		 void *arg)
{
	static const struct dest dests[ENTRIES] = { { .family = AF_INET },
						    { .family = AF_INET6 } };
	int err = 0;

	for (int i = 0; i < ENTRIES && !err; i++)
		err = visit(&dests[i], which, &added, arg);
	return err;
}

static void need(bool ok, const char *what, const char *answer)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s\n", what, answer);
	abort();
}

/* The request's traceId, by itself; "" where there is none to be read. */
static char *read_trace(const uint8_t *data, size_t size)
{
	json_t *request = json_loadb((const char *)data, size,
				     JSON_REJECT_DUPLICATES, NULL);
	const char *trace =
		json_string_value(json_object_get(request, "traceId"));
	char *copy = strdup(trace ? trace : "");

	json_decref(request);
	return copy;
}

static bool has(const json_t *answer, const char *field, const char *want)
{
	const char *text = json_string_value(json_object_get(answer, field));

	return want ? text && !strcmp(text, want) : !text;
}

static void check(const char *text, const char *trace)
{
	json_t *answer = json_loads(text, 0, NULL);
	json_int_t code = json_integer_value(json_object_get(answer, "code"));
	const json_t *list = json_object_get(answer, "Tables");
	bool done = code == API_DONE;

	need(answer, "no JSON", text);
	need(done || message(code), "no code of the API's", text);
	need(has(answer, "message", message(code)), "message", text);
	need(has(answer, "traceId", trace), "traceId", text);
	need(done != !!json_object_get(answer, "detail"), "detail", text);
	need(list ? done && json_array_size(list) == ENTRIES : true, "Tables",
	     text);
	need(calls == (done && !list), "changes", text);
	need(!(added.smac[0] & 1) && !(added.dmac[0] & 1), "a group's address",
	     text);
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *trace = read_trace(data, size);
	char *text;

	calls = 0;
	memset(&added, 0, sizeof(added));
	text = api__answer((const char *)data, size);
	check(text, trace);
	free(text);
	free(trace);
	return 0;
}
