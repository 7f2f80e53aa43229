/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who may use the API.
 *
 * Over loopback root may, and one user who is named: the kernel tells whose
 * the other end of a connection is. Everybody else, here and elsewhere, needs
 * the token. A web page never may, whoever runs the browser: see
 * access__check().
 */
#ifndef ACCESS_H
#define ACCESS_H

#include <stdbool.h>

struct MHD_Connection;

struct access_options {
	const char *token_file; /* has a bearer token; NULL: there is none */
	const char *user;	/* may do what root may; NULL: nobody else */
	bool open;		/* whoever reaches it may use it */
};

/* access__init - returns 0, or a negative errno, logged */
int access__init(const struct access_options *options);

/* access__has_lock - whether any but root and the user can be kept out */
bool access__has_lock(void);

/*
 * access__check - whether to do what a request asks for
 * @why: what to tell who may not
 *
 * Returns the HTTP status: 200; 401 for those who may not; 403 for what a
 * browser sends for a page of somebody else's. Such a request has an Origin,
 * or, where the page's name was made to lead here (DNS rebinding), a Host that
 * is none of our addresses.
 */
int access__check(struct MHD_Connection *connection, const char **why);

#endif
