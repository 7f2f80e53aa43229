/* SPDX-License-Identifier: GPL-2.0 */
#include <glob.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "envs.h"
#include "layout.h"

static const struct {
	const char *pattern; /* what may be one */
	const char *form;    /* of the folder's own name */
} kinds[] = {
	[ENV] = { ENVS "/" ENV_FOLDERS, "^" NUMBER_FORM ":" NAME_FORM "$" },
	[LAB] = { LABS "/" LAB_FOLDERS, "^" LESSON_FORM "$" },
	[LAB_NETNS] = { LABS "/" LAB_NETNS_FOLDERS, "^[a-z]+:" NAME_FORM "$" },
	[LAB_DEV] = { LABS "/" LAB_DEV_FOLDERS, "^[a-z]+:" NAME_FORM "$" },
};

static const char *last_part(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* The number comes first. */
static int by_number(const void *a, const void *b)
{
	return atoi(last_part(*(char **)a)) - atoi(last_part(*(char **)b));
}

static bool is_our_folder(const char *path, struct stat *st)
{
	return !lstat(path, st) && S_ISDIR(st->st_mode) &&
	       st->st_uid == geteuid();
}

static void visit_kind(enum env_kind kind, const glob_t *found,
		       void (*visit)(const struct env *env, void *arg),
		       void *arg)
{
	regex_t form;

	if (regcomp(&form, kinds[kind].form, REG_EXTENDED | REG_NOSUB))
		return;
	for (size_t i = 0; i < found->gl_pathc; i++) {
		const char *folder = last_part(found->gl_pathv[i]);
		const char *colon = strrchr(folder, ':');
		struct stat st;

		if (regexec(&form, folder, 0, NULL, 0) ||
		    !is_our_folder(found->gl_pathv[i], &st))
			continue;
		visit(&(struct env){ .kind = kind,
				     .name = colon ? colon + 1 : folder,
				     .number = kind == ENV ? atoi(folder) : 0,
				     .is_complete = st.st_mode & S_ISVTX },
		      arg);
	}
	regfree(&form);
}

void envs__each(void (*visit)(const struct env *env, void *arg), void *arg)
{
	for (enum env_kind kind = ENV; kind <= LAB_DEV; kind++) {
		glob_t found;

		if (!glob(kinds[kind].pattern, 0, NULL, &found)) {
			if (kind == ENV)
				qsort(found.gl_pathv, found.gl_pathc,
				      sizeof(*found.gl_pathv), by_number);
			visit_kind(kind, &found, visit, arg);
		}
		globfree(&found);
	}
}
