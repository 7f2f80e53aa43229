/* SPDX-License-Identifier: GPL-2.0 */
/* The commands; each parses its arguments and returns an exit status. */
#ifndef WATCH_H
#define WATCH_H

#include <stdbool.h>

int watch_drops(int argc, char **argv);
int watch_log(int argc, char **argv);
int watch_trace(int argc, char **argv);
int watch_tracepoints(void);

/* watch_until_signal - from now on SIGINT and SIGTERM end a command */
void watch_until_signal(void);
bool watch_is_done(void);

/*
 * watch_command - run a command, and collect what comes meanwhile
 * @collect: waits up to @ms, and returns whether something came
 *
 * And after it, as long as something comes. Returns the command's exit
 * status, as a shell tells it.
 */
int watch_command(char **argv, bool (*collect)(int ms));

#endif
