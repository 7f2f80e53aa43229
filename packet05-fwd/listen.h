/* SPDX-License-Identifier: GPL-2.0 */
/* The socket that the API is served on. */
#ifndef LISTEN_H
#define LISTEN_H

#include <stdbool.h>

/*
 * listen__open - make it
 * @where: ADDRESS:PORT, in numbers, or unix:PATH
 * @mode: permissions of the unix socket
 * @may_be_reached: whether an address will do that others reach
 *
 * Returns a file descriptor that listens, or a negative errno, logged.
 */
int listen__open(const char *where, unsigned int mode, bool may_be_reached);

/* listen__close - remove the unix socket's file */
void listen__close(void);

#endif
