/* SPDX-License-Identifier: GPL-2.0 */
/* The table of likely mistakes and what mends them, ../causes.tsv. */
#ifndef CAUSES_H
#define CAUSES_H

struct cause {
	const char *key, *text, *mend;
};

/* causes__read - 0, or -errno after logging it */
int causes__read(const char *path);

/* causes__find - NULL: the table does not have the key */
const struct cause *causes__find(const char *key);

#endif
