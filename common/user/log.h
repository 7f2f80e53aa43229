/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tools say: one line on stderr, and the libraries' own output only
 * where it explains a failure.
 */
#ifndef LOG_H
#define LOG_H

/* log_err - "PROGRAM: error: ...": what was wrong and how to mend it */
void log_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* log_warn - "PROGRAM: warning: ..." */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * liblog__capture - keep what libbpf and libxdp print from now on
 *
 * Both talk a lot about things that are no concern of the user's, such as
 * each feature that they probe for and do not find.
 */
void liblog__capture(void);

/* liblog__clear - forget it */
void liblog__clear(void);

/*
 * liblog__dump - print the end of it to stderr
 *
 * After a load has failed that is the verifier's verdict.
 */
void liblog__dump(void);

#endif
