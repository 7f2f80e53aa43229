/* SPDX-License-Identifier: GPL-2.0 */
/* Other programs: whether there are, and what they say. */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* command__exists - whether the shell would find it, in PATH */
bool command__exists(const char *name);

/*
 * command__read - run a command, and read what it says on stdout
 * @argv: ends with NULL; the first is looked for in PATH
 * @output: without its last line break; "" where the command cannot be run,
 *	fails, or has more to say than @size
 *
 * Its stderr is thrown away.
 */
void command__read(const char *const argv[], char *output, size_t size);

#endif
