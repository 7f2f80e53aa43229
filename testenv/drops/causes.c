/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/user/log.h"
#include "causes.h"

#define CAUSES_MAX 512

static struct cause causes[CAUSES_MAX];
static int cause_count;

int causes__read(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	int err = 0;

	if (!file) {
		err = -errno;
		log_err("%s: %s", path, strerror(-err));
		return err;
	}
	while (getline(&line, &room, file) > 0) {
		char *rest = line, *copy;

		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#' || cause_count == CAUSES_MAX)
			continue;
		copy = rest = strdup(line);
		if (!copy)
			abort();
		causes[cause_count].key = strsep(&rest, "\t");
		causes[cause_count].text = strsep(&rest, "\t") ?: "";
		causes[cause_count].mend = rest ?: "";
		cause_count++;
	}
	free(line);
	fclose(file);
	return err;
}

const struct cause *causes__find(const char *key)
{
	for (int i = 0; i < cause_count; i++)
		if (!strcmp(causes[i].key, key))
			return &causes[i];
	return NULL;
}
