/* SPDX-License-Identifier: GPL-2.0 */
/* What the tools print as JSON, by jansson. */
#ifndef USER_JSON_H
#define USER_JSON_H

#include <jansson.h>

/*
 * json__text - a string from somewhere else, such as a device's name
 *
 * What is no UTF-8 in it becomes U+FFFD. NULL: out of memory.
 */
json_t *json__text(const char *text);

/* json__print - one line on stdout; frees @root. 0, or -ENOMEM for NULL */
int json__print(json_t *root);

#endif
