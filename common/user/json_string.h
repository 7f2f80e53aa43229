/* SPDX-License-Identifier: GPL-2.0 */
#ifndef USER_JSON_STRING_H
#define USER_JSON_STRING_H

/*
 * json_string__print - a string in JSON, with its quotes (RFC 8259)
 *
 * To stdout. What is no UTF-8 becomes U+FFFD: the caller has set LC_CTYPE to
 * a locale of UTF-8.
 */
void json_string__print(const char *text);

#endif
