/* SPDX-License-Identifier: GPL-2.0 */
/* The commands; each parses its arguments and returns an exit status. */
#ifndef WATCH_H
#define WATCH_H

int watch_drops(int argc, char **argv);
int watch_log(int argc, char **argv);
int watch_trace(int argc, char **argv);
int watch_tracepoints(void);

#endif
