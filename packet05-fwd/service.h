/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the daemon, in the order of their size. */
#ifndef SERVICE_H
#define SERVICE_H

#include <linux/types.h>

#include "access.h"

/*
 * fresh__touch - have the kernel confirm the next hops of entries in use
 *
 * A next hop that is used by the stack is probed when it has not been heard
 * of for long. Frames that XDP sends do not count as use; this does.
 */
void fresh__touch(void);

/*
 * watch__start - begin to listen for changes of routes and the like
 *
 * In a thread of its own: from the notification on nothing that was learned
 * before it counts any more, whatever the rest of the daemon is doing.
 * Nothing is learned until watch__settle(). Returns a file descriptor that
 * polls readable when it must be called, or a negative errno, logged.
 */
int watch__start(void);

/* watch__stop - and end with it what was learned */
void watch__stop(void);

/*
 * watch__settle - allow learning again, after changes
 * @look: reads what has changed; returns which FWD_LEARN_* are allowed
 *
 * The kernel may tell of a change just before it makes it. So @look is called
 * once that is complete, and again where it is overtaken by another one.
 */
void watch__settle(__u64 (*look)(void));

/* watch__again - have that called once more, as after a change */
void watch__again(void);

struct http_options {
	const char *listen; /* ADDRESS:PORT, or unix:PATH */
	unsigned int mode;  /* permissions of the unix socket */
	struct access_options access;
};

/*
 * http__start - serve the API
 *
 * Returns a file descriptor to poll, or a negative errno, logged.
 */
int http__start(const struct http_options *options);

/* http__run - do what there is to do now; returns ms until the next call */
int http__run(void);
void http__stop(void);

#endif
