/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define DIGITS	    6		   /* of numbers that are not whole */

/* How long the character at @text is, as jansson sees it; 0: it is none. */
static size_t char_len(const char *text)
{
	for (size_t len = 1; len <= 4; len++) {
		json_t *c;

		if (!text[len - 1])
			break;
		c = json_stringn(text, len);
		json_decref(c);
		if (c)
			return len;
	}
	return 0;
}

json_t *json__text(const char *text)
{
	json_t *string = json_string(text);
	char *valid, *to;

	if (string)
		return string;
	to = valid = malloc(strlen(REPLACEMENT) * strlen(text) + 1);
	if (!valid)
		return NULL;
	while (*text) {
		size_t len = char_len(text);

		to = len ? mempcpy(to, text, len) : stpcpy(to, REPLACEMENT);
		text += len ?: 1;
	}
	*to = '\0';
	string = json_string(valid);
	free(valid);
	return string;
}

int json__print(json_t *root)
{
	if (!root)
		return -ENOMEM;
	json_dumpf(root, stdout, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS));
	putchar('\n');
	json_decref(root);
	return 0;
}
