/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line that all lessons' loaders share:
 *
 *	xdp_prog_user load|unload|status|refresh -d DEV [-d DEV ...] [OBJECT]
 *
 * A lesson adds its own options and says how its program is loaded.
 */
#ifndef LESSON_H
#define LESSON_H

#include <argp.h>

#include "loader.h"

#define LESSON_DEVS_MAX 64

/* What was asked for on the command line. */
struct lesson_args {
	struct device devs[LESSON_DEVS_MAX]; /* those that there are */
	int dev_count;
	const char *object; /* a file or a folder: object__path() */
	const char *prog_name;
	enum xdp_attach_mode mode; /* XDP_MODE_UNSPEC is auto */
};

/* A command that only this lesson has. */
struct lesson_command {
	const char *name;
	int (*run)(const struct lesson_args *args);
};

struct lesson {
	const char *doc;	 /* one sentence, for --help */
	const char *prog_name;	 /* the lesson's program, without --prog-name */
	const struct argp *argp; /* options of its own, or NULL */

	/*
	 * What a lesson adds to the steps of a load (loader.h); each returns
	 * 0 or a negative errno, after logging it, and each may be NULL.
	 * check: the options, before anything is done. prepare: the object is
	 * open, not loaded. finished: the program runs, its maps are pinned.
	 * unload: before the program goes.
	 */
	int (*check)(const struct lesson_args *args);
	int (*prepare)(struct loader *l);
	int (*finished)(struct loader *l);
	void (*unload)(const struct device *dev);
	/* Called where no command is given; NULL: a command is required */
	int (*configure)(const struct lesson_args *args);
	/* Up to one without a name; or NULL */
	const struct lesson_command *commands;
};

/* lesson__parse_mode - "native", "skb" or "auto": 0, or -EINVAL, not logged */
int lesson__parse_mode(const char *text, enum xdp_attach_mode *mode);

/*
 * lesson__load - load the lesson's program on all devices or, when one fails,
 * on none; devices that run it already change over to the new one
 *
 * Returns 0, or a negative errno after logging it.
 */
int lesson__load(const struct lesson *lesson, const struct lesson_args *args);

/* lesson__unload - the reverse, for one device */
int lesson__unload(const struct lesson *lesson, const struct device *dev);

/* lesson__main - parse, do, and return the process's exit status */
int lesson__main(const struct lesson *lesson, int argc, char **argv);

#endif
