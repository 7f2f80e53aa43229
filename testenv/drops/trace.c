/* SPDX-License-Identifier: GPL-2.0 */
/*
 * t trace - what happens to packets while a command runs
 *
 * Everything that was seen is kept until the command has ended, since it
 * comes by several ways, and shown in the order in which it happened.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/user/log.h"
#include "events.h"
#include "kernel.h"
#include "loss.h"
#include "programs.h"
#include "namespaces.h"
#include "taps.h"
#include "until.h"
#include "watch.h"

#define SIGHTS_MAX 20000

/* One thing that was seen, in the order of time. */
struct sight {
	__u64 time;
	int order; /* of arrival, where the times are the same */
	enum { SEEN, SENT_BY_XDP, LOST, PRINTED } kind;
	struct loss loss; /* where and what; why, where it is LOST */
};

static struct sight *sights;
static int sight_count, lost_count;

static struct {
	const char *causes;
	char **command;
} opt;

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'n':
		return namespaces__add(arg);
	case 'c':
		opt.causes = arg;
		return 0;
	case 'e':
		namespaces__watch_envs();
		return 0;
	case 'd':
		return 0; /* all devices are watched */
	case ARGP_KEY_ARGS:
		opt.command = state->argv + state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which command? t trace -n NAME -- COMMAND");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static struct sight *new_sight(int kind, __u64 time)
{
	struct sight *sight = &sights[sight_count];

	if (sight_count == SIGHTS_MAX) {
		lost_count++;
		return NULL;
	}
	memset(sight, 0, sizeof(*sight));
	sight->kind = kind;
	sight->time = time;
	sight->order = sight_count++;
	return sight;
}

static void on_frame(const struct tap_frame *frame)
{
	const struct netns *ns = &namespaces[frame->ns];
	struct sight *sight = new_sight(SEEN, frame->time);
	char dev[IFNAMSIZ];

	if (!sight)
		return;
	packet__parse(&sight->loss.packet, frame->data, frame->captured,
		      frame->length, true, 0);
	sight->loss.has_packet = true;
	sight->loss.length = frame->length;
	snprintf(sight->loss.where, sizeof(sight->loss.where), "%s/%s",
		 namespaces__label(ns),
		 namespaces__dev_name(ns->inum, frame->ifindex, dev));
	snprintf(sight->loss.reason, sizeof(sight->loss.reason), "%s",
		 frame->is_sent ? "sends" : "receives");
	if (packet__is_chatter(&sight->loss.packet))
		sight_count--;
}

static void on_event(const struct event *e)
{
	struct sight *sight =
		new_sight(e->kind == EVENT_SENT ? SENT_BY_XDP : LOST, e->time);

	if (sight && (!loss__describe(&sight->loss, e) ||
		      packet__is_chatter(&sight->loss.packet)))
		sight_count--;
}

static void on_print(const struct print_event *p)
{
	char name[64];
	struct sight *sight;

	if (!programs__find(p, name, sizeof(name)))
		return;
	sight = new_sight(PRINTED, p->time);
	if (!sight)
		return;
	snprintf(sight->loss.where, sizeof(sight->loss.where), "%s says", name);
	snprintf(sight->loss.reason, sizeof(sight->loss.reason), "%s", p->text);
}

static bool collect(int ms)
{
	static struct tap_frame frame;
	int before = sight_count;

	events__poll(ms);
	while (taps__read(&frame))
		on_frame(&frame);
	return sight_count > before;
}

static int by_time(const void *a, const void *b)
{
	const struct sight *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->order - y->order;
}

static const struct sight *find_before(const struct sight *sight)
{
	const char *identity = sight->loss.packet.identity;

	if (!*identity)
		return NULL;
	while (sight-- > sights)
		if (sight->loss.has_packet &&
		    !strcmp(sight->loss.packet.identity, identity))
			return sight;
	return NULL;
}

static const struct field *find_field(const struct packet *p,
				      const struct field *like, int level)
{
	for (int i = 0; i < p->count; i++)
		if (p->level - p->fields[i].level == level &&
		    !strcmp(p->fields[i].name, like->name))
			return &p->fields[i];
	return NULL;
}

/*
 * What has changed since it was seen before. Headers are compared from the
 * innermost on: those of a tunnel come or go at the outside.
 */
static void print_changes(const struct packet *before, const struct packet *p)
{
	const char *sep = "\n      changed: ";

	if (p->level != before->level)
		printf("\n      %s a tunnel's headers",
		       p->level > before->level ? "put into" : "taken out of");
	for (int i = 0; i < p->count; i++) {
		const struct field *field = &p->fields[i], *old;

		old = find_field(before, field, p->level - field->level);
		if (!old || !strcmp(old->value, field->value))
			continue;
		printf("%s%s %s -> %s", sep, field->name, old->value,
		       field->value);
		sep = ", ";
	}
}

static void print_sight(const struct sight *sight)
{
	const struct sight *before = find_before(sight);

	if (sight->kind == LOST) {
		printf("LOST  ");
		loss__print(&sight->loss, false);
		return;
	}
	printf("%s %s", events__stamp(sight->time), sight->loss.where);
	if (sight->kind == PRINTED) {
		printf(": %s\n", sight->loss.reason);
		return;
	}
	printf(" %s", sight->loss.reason);
	if (!sight->loss.has_packet)
		printf(" (packets: %llu)", sight->loss.count);
	else
		printf(" %s, %u bytes", sight->loss.packet.text,
		       sight->loss.length);
	if (before)
		print_changes(&before->loss.packet, &sight->loss.packet);
	putchar('\n');
}

/* For each packet the last that was seen of it. */
static void print_ends(void)
{
	printf("\nWhere they ended:\n");
	for (int i = 0; i < sight_count; i++) {
		const struct sight *sight = &sights[i];
		bool is_last = *sight->loss.packet.identity;

		for (int j = i + 1; j < sight_count && is_last; j++)
			is_last = strcmp(sights[j].loss.packet.identity,
					 sight->loss.packet.identity);
		if (is_last)
			printf("%s: %s%s %s%s\n", sight->loss.packet.text,
			       sight->kind == LOST ? "lost at " : "last seen: ",
			       sight->loss.where,
			       sight->kind == LOST ? "by " : "",
			       sight->loss.reason);
	}
}

static int trace(void)
{
	int status;

	namespaces__scan();
	sights = calloc(SIGHTS_MAX, sizeof(*sights));
	if (!sights || causes__read(opt.causes) ||
	    events__open(EVENTS_DROPS | EVENTS_SENT | EVENTS_PRINTS, on_event,
			 on_print) ||
	    taps__open())
		return EXIT_FAILURE;
	kernel__init();
	status = until__command_ends(opt.command, collect);
	qsort(sights, sight_count, sizeof(*sights), by_time);
	putchar('\n');
	for (int i = 0; i < sight_count; i++)
		print_sight(&sights[i]);
	print_ends();
	if (lost_count || events__missed())
		log_warn("%llu more came too fast to be shown",
			 lost_count + events__missed());
	events__close();
	return status;
}

int watch_trace(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "netns", 'n', "NAME", 0, "this namespace, too", 0 },
		{ "envs", 'e', NULL, 0, "all environments and labs", 0 },
		{ "dev", 'd', "DEV", OPTION_HIDDEN, NULL, 0 },
		{ "causes", 'c', "FILE", 0, "the table of causes", 0 },
		{},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "COMMAND",
		.doc = "Run a command, and show what happened to packets "
		       "meanwhile.",
	};

	if (namespaces__init() ||
	    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, NULL))
		return EXIT_FAILURE;
	return trace();
}
