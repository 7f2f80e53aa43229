/* SPDX-License-Identifier: GPL-2.0 */
/* How long it is watched: until a signal comes, or a command ends. */
#ifndef UNTIL_H
#define UNTIL_H

#include <stdbool.h>

/* until__signal - from now on SIGINT and SIGTERM end a command */
void until__signal(void);
bool until__is_done(void);

/*
 * until__command_ends - run a command, and collect what comes meanwhile
 * @collect: waits up to @ms, and returns whether something came
 *
 * And after it, as long as something comes. Returns the command's exit
 * status, as a shell tells it.
 */
int until__command_ends(char **argv, bool (*collect)(int ms));

#endif
