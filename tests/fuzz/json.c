/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The JSON of xdp_stats, for any name that the kernel lets a device have and
 * any counters: another parser finds in it what was written, in one line.
 */
#include <stdint.h>

#include <jansson.h>

#define main xdp_stats_main
#include "../../common/xdp_stats.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text;
static size_t text_len;

static void wrong(const char *what)
{
	fprintf(stderr, "%s: %s", what, text);
	abort();
}

static void need_count(json_t *actions, __u32 action, const char *key,
		       __u64 want)
{
	json_t *object = json_object_get(actions, hook->names[action]);
	json_t *number = json_object_get(object, key);

	if (!json_is_integer(number) ||
	    (__u64)json_integer_value(number) != want)
		wrong(key);
}

static void compare(const struct source *src)
{
	json_error_t error;
	json_t *root, *dev, *actions;

	root = json_loadb(text, text_len, 0, &error);
	if (!root)
		wrong(error.text);
	if (strchr(text, '\n') != text + text_len - 1)
		wrong("not one line");
	dev = json_object_get(root, "dev");
	/* Bytes that are no UTF-8 cannot be told in JSON. */
	if (!json_is_string(dev) ||
	    (!strstr(json_string_value(dev), "\xef\xbf\xbd") &&
	     strcmp(json_string_value(dev), src->dev)))
		wrong("another device");
	actions = json_object_get(root, "actions");
	for (__u32 i = 0; i < hook->actions; i++) {
		need_count(actions, i, "packets", src->now.action[i].packets);
		need_count(actions, i, "bytes", src->now.action[i].bytes);
	}
	json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct source src = { .point = "" };
	FILE *terminal = stdout;
	char *dev;

	if (size < sizeof(src.now))
		return 0;
	memcpy(&src.now, data, sizeof(src.now));
	src.now.time.tv_sec %= 1000000;
	src.now.time.tv_nsec %= 1000000000;
	for (__u32 i = 0; i < hook->actions; i++) {
		/* No counter gets to 2^63, where jansson's integers end. */
		src.now.action[i].packets &= INT64_MAX;
		src.now.action[i].bytes &= INT64_MAX;
	}
	dev = strndup((const char *)data + sizeof(src.now),
		      size - sizeof(src.now));
	src.dev = dev;
	stdout = open_memstream(&text, &text_len);
	print_json(&src);
	fclose(stdout);
	stdout = terminal;
	compare(&src);
	free(text);
	free(dev);
	return 0;
}
