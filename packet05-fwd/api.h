/* SPDX-License-Identifier: GPL-2.0 */
/* The control API: from the body of a request to the body of the answer. */
#ifndef API_H
#define API_H

#include <stddef.h>

enum api_code {
	API_DONE = 200,
	API_UNAUTHORIZED = 401,
	API_FORBIDDEN = 403,
	API_TOO_LARGE = 413,
	API_UNHEALTHY = 503,
	API_READ_ERROR = 1000,
	API_JSON_ERROR = 1100,
	API_ACTION_ERROR = 1101,
	API_UPDATE_ERROR = 1200,
	API_QUERY_ERROR = 1201,
};

/*
 * api__answer - do what a request asks for
 * @body: JSON, @len bytes of it; NULL where it could not be read
 *
 * Returns the answer, JSON as well, to be freed; NULL: out of memory.
 */
char *api__answer(const char *body, size_t len);

/*
 * api__health - API_DONE where fwd does what it should, else API_UNHEALTHY
 * @answer: to be freed
 */
enum api_code api__health(char **answer);

/* api__refuse - an answer to a request that is not even looked at */
char *api__refuse(enum api_code code, const char *detail);

#endif
