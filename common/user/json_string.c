/* SPDX-License-Identifier: GPL-2.0 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#include "json_string.h"

void json_string__print(const char *text)
{
	wchar_t c;
	int len;

	putchar('"');
	for (; *text; text += len) {
		len = mbtowc(&c, text, MB_CUR_MAX);
		/* glibc also reads what is beyond Unicode. */
		if (len > 1 && c <= 0x10ffff) {
			fwrite(text, len, 1, stdout);
			continue;
		}
		len = 1;
		if (!isascii(*text))
			printf("\\ufffd");
		else if (*text == '"' || *text == '\\' || iscntrl(*text))
			printf("\\u%04x", *text);
		else
			putchar(*text);
	}
	putchar('"');
}
