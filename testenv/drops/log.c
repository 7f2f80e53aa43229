/* SPDX-License-Identifier: GPL-2.0 */
/*
 * t log - what the environments' programs say by bpf_printk()
 *
 * The kernel writes it into one buffer for the whole machine, without saying
 * which program it is from. Here the calls that led to it tell that: an
 * address among them lies in the program's code.
 */
#include <argp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/user/json.h"
#include "events.h"
#include "kernel.h"
#include "programs.h"
#include "namespaces.h"
#include "until.h"
#include "watch.h"

static bool json;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'n':
		return namespaces__add(arg);
	case 'e':
		namespaces__watch_envs();
		return 0;
	case 'd':
	case 'c':
		return 0; /* of no concern here */
	case 'j':
		json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "what is '%s'?", arg);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void on_print(const struct print_event *p)
{
	char name[64];

	if (!programs__find(p, name, sizeof(name)))
		return;
	if (!json) {
		printf("%s %s: %s\n", events__stamp(p->time), name, p->text);
		return;
	}
	json__print(json_pack("{s:s, s:o, s:o}", "time", events__stamp(p->time),
			      "program", json__text(name), "text",
			      json__text(p->text)));
}

static void ignore(const struct event *e)
{
	(void)e;
}

int watch_log(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "netns", 'n', "NAME", 0, "this namespace, too", 0 },
		{ "envs", 'e', NULL, 0, "all environments and labs", 0 },
		{ "dev", 'd', "DEV", OPTION_HIDDEN, NULL, 0 },
		{ "causes", 'c', "FILE", OPTION_HIDDEN, NULL, 0 },
		{ "json", 'j', NULL, 0, "one JSON object in a line", 0 },
		{},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Show what the environments' programs say by "
		       "bpf_printk().",
	};

	if (namespaces__init() || argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	namespaces__scan();
	if (events__open(EVENTS_PRINTS, ignore, on_print))
		return EXIT_FAILURE;
	until__signal();
	namespaces__greet();
	while (!until__is_done()) {
		events__poll(100);
		if (namespaces__scan())
			events__watch_namespaces();
	}
	events__poll(0);
	events__close();
	return EXIT_SUCCESS;
}
