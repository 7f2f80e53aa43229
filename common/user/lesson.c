/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "lesson.h"
#include "log.h"
#include "pins.h"
#include "share.h"

enum { OPT_PROG_NAME = 0x100, OPT_MODE };

#define COMMANDS "load|unload|status|refresh"

struct parse_state {
	const struct lesson *lesson;
	struct lesson_args args;
	const char *devs[LESSON_DEVS_MAX];
	int dev_count;
	const char *command;
	char usage[128]; /* the commands there are */
};

static const struct argp_option options[] = {
	{ "dev", 'd', "DEV", 0,
	  "the network device; may be given several times", 0 },
	{ "prog-name", OPT_PROG_NAME, "FUNC", 0,
	  "the program's function in OBJECT (default: the *_kern.o here that "
	  "has it)",
	  0 },
	{ "mode", OPT_MODE, "MODE", 0,
	  "native: in the driver; skb: generic, in the stack; auto (default): "
	  "native where the device can",
	  0 },
	{},
};

int lesson__parse_mode(const char *text, enum xdp_attach_mode *mode)
{
	if (!strcmp(text, "native"))
		*mode = XDP_MODE_NATIVE;
	else if (!strcmp(text, "skb"))
		*mode = XDP_MODE_SKB;
	else if (!strcmp(text, "auto"))
		*mode = XDP_MODE_UNSPEC;
	else
		return -EINVAL;
	return 0;
}

static void parse_positional(struct argp_state *state, struct parse_state *p,
			     const char *arg)
{
	if (!p->command)
		p->command = arg;
	else if (state->arg_num == 1)
		p->args.object = arg;
	else
		argp_error(state, "one OBJECT is enough, '%s' is another", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct parse_state *p = state->input;

	switch (key) {
	case 'd':
		if (p->dev_count == LESSON_DEVS_MAX)
			argp_error(state, "at most %d devices",
				   LESSON_DEVS_MAX);
		p->devs[p->dev_count++] = arg;
		break;
	case OPT_PROG_NAME:
		p->args.prog_name = arg;
		break;
	case OPT_MODE:
		if (lesson__parse_mode(arg, &p->args.mode))
			argp_error(state,
				   "'%s' is no mode: native, skb or auto", arg);
		break;
	case ARGP_KEY_ARG:
		parse_positional(state, p, arg);
		break;
	case ARGP_KEY_END:
		if (!p->dev_count)
			argp_error(state, "which device? -d DEV");
		if (!p->command && !p->lesson->configure)
			argp_error(state, "what to do? %s", p->usage);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/*
 * Until it knows who this host is a program passes every frame: those that the
 * program before it answered or sent on would go to the stack meanwhile.
 */
static int keep_identity(struct loader *l)
{
	static const char *const maps[] = { "this_host", "host_ipv4",
					    "host_ipv6" };
	int err = 0;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) && !err; i++)
		if (pins__find(l->obj, maps[i]))
			err = share__keep(l, maps[i]);
	return err;
}

/* The steps of a load up to where it can still be taken back. */
static int try_load(const struct lesson *lesson, const struct lesson_args *args,
		    const struct device *dev, struct loader_way way,
		    struct loader *l)
{
	int err;

	err = loader__open(l, dev, args->object, args->prog_name, way);
	if (!err)
		err = keep_identity(l);
	if (!err && lesson->prepare)
		err = lesson->prepare(l);
	if (!err)
		err = loader__attach(l);
	if (!err)
		err = host__fill(l->obj, dev);
	if (!err)
		err = loader__pin(l);
	if (err)
		loader__close(l);
	return err;
}

static int load_one(const struct lesson *lesson, const struct lesson_args *args,
		    const struct device *dev, struct loader *l)
{
	struct loader_way way = { .mode = args->mode };
	int err;

	do {
		err = try_load(lesson, args, dev, way, l);
		way = l->way;
	} while (err == -EAGAIN);
	return err;
}

static int finish_one(const struct lesson *lesson, struct loader *l)
{
	int err;

	err = loader__finish(l);
	if (!err && lesson->finished)
		err = lesson->finished(l);
	return err;
}

int lesson__load(const struct lesson *lesson, const struct lesson_args *args)
{
	static struct loader loaders[LESSON_DEVS_MAX];
	int err = 0, loaded = 0, lock;

	if (lesson->check)
		err = lesson->check(args);
	lock = pins__lock(); /* (where it fails, so does a load) */
	for (int i = 0; i < args->dev_count && !err; i++) {
		err = load_one(lesson, args, &args->devs[i], &loaders[i]);
		loaded += !err;
	}
	for (int i = 0; i < loaded && !err; i++)
		err = finish_one(lesson, &loaders[i]);
	while (loaded--)
		loader__close(&loaders[loaded]);
	close(lock);
	return err;
}

int lesson__unload(const struct lesson *lesson, const struct device *dev)
{
	int lock, err;

	if (lesson->unload)
		lesson->unload(dev);
	lock = pins__lock();
	err = loader__unload(dev);
	close(lock);
	return err;
}

/* Of those that were named; an error is the first for one that there is not. */
static int find_devices(struct parse_state *p)
{
	struct lesson_args *args = &p->args;
	int err, first = 0;

	for (int i = 0; i < p->dev_count; i++) {
		err = device__find(&args->devs[args->dev_count], p->devs[i]);
		args->dev_count += !err;
		first = first ?: err;
	}
	return first;
}

/* Each that there is, although another one is missing: @first, or 0. */
static int for_each_dev(const struct parse_state *p, int first,
			int (*act)(const struct device *dev))
{
	for (int i = 0; i < p->args.dev_count; i++) {
		const struct device *dev = &p->args.devs[i];
		int err = act ? act(dev) : lesson__unload(p->lesson, dev);

		first = first ?: err;
	}
	return first;
}

static int run(struct parse_state *p)
{
	int err = find_devices(p);

	if (p->command && !strcmp(p->command, "unload"))
		return for_each_dev(p, err, NULL);
	if (p->command && !strcmp(p->command, "status"))
		return for_each_dev(p, err, loader__status);
	if (p->command && !strcmp(p->command, "refresh"))
		return for_each_dev(p, err, host__refresh);
	if (err)
		return err;
	if (!p->command)
		return p->lesson->configure(&p->args);
	if (!strcmp(p->command, "load"))
		return lesson__load(p->lesson, &p->args);
	for (const struct lesson_command *own = p->lesson->commands;
	     own && own->name; own++)
		if (!strcmp(p->command, own->name))
			return own->run(&p->args);
	log_err("'%s' is no command: %s", p->command, p->usage);
	return -EINVAL;
}

static void list_commands(struct parse_state *p)
{
	size_t used = snprintf(p->usage, sizeof(p->usage), COMMANDS);

	for (const struct lesson_command *own = p->lesson->commands;
	     own && own->name && used < sizeof(p->usage); own++)
		used += snprintf(p->usage + used, sizeof(p->usage) - used,
				 "|%s", own->name);
	if (used < sizeof(p->usage))
		snprintf(p->usage + used, sizeof(p->usage) - used, " [OBJECT]");
}

int lesson__main(const struct lesson *lesson, int argc, char **argv)
{
	struct parse_state p = {
		.lesson = lesson,
		.args = { .object = ".", .prog_name = lesson->prog_name },
	};
	struct argp_child children[] = {
		{ lesson->argp, 0, "Of this lesson:", 0 },
		{},
	};
	struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = p.usage,
		.doc = lesson->doc,
		.children = lesson->argp ? children : NULL,
	};

	list_commands(&p);
	if (argp_parse(&argp, argc, argv, 0, NULL, &p))
		return EXIT_FAILURE;
	liblog__capture();
	return run(&p) ? EXIT_FAILURE : EXIT_SUCCESS;
}
