/* SPDX-License-Identifier: GPL-2.0 */
/* For t doctor: the names of the tracepoints that can be watched. */
#include <stdio.h>
#include <stdlib.h>

#include "events.h"
#include "namespaces.h"
#include "watch.h"

static void ignore_event(const struct event *e)
{
	(void)e;
}

static void ignore_print(const struct print_event *p)
{
	(void)p;
}

int watch_tracepoints(void)
{
	char names[256];

	if (namespaces__init() || events__open(EVENTS_DROPS | EVENTS_PRINTS,
					       ignore_event, ignore_print))
		return EXIT_FAILURE;
	puts(events__tracepoints(names, sizeof(names)));
	events__close();
	return EXIT_SUCCESS;
}
