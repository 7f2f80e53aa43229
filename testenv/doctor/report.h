/* SPDX-License-Identifier: GPL-2.0 */
/* What the checks have found, and how it is told. */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>

/*
 * report__begin, report__end - what is said in between belongs to this check
 * @fine: what to say where it finds nothing; NULL: it calls fine()
 */
void report__begin(const char *check, const char *fine);
void report__end(void);

/* fine - what to say of this check where it finds nothing */
void fine(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * warning, problem - something is wrong, perhaps or for sure
 * @where: "NETNS/DEV" or the like; NULL: the machine
 * @mend: a command that mends it, and perhaps what else to know
 */
void warning(const char *where, const char *mend, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void problem(const char *where, const char *mend, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* mend - put such a command together; valid until the next call */
const char *mend(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * shell_word - a name as a shell reads it: others choose it, and devices and
 * pins may have almost any; valid until the next call
 */
const char *shell_word(const char *name);

/* report__print - all of it, as text or as JSON, to stdout */
void report__print(bool json);

/* report__status - exit status: 0 nothing found, 1 problems, 2 warnings only */
int report__status(void);

#endif
