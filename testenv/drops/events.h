/* SPDX-License-Identifier: GPL-2.0 */
/* The tracepoints, from the kernel to a callback. */
#ifndef EVENTS_H
#define EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "drops.h"

/* Which tracepoints: of lost packets, of those that XDP sends, bpf_printk(). */
#define EVENTS_DROPS  1
#define EVENTS_SENT   2
#define EVENTS_PRINTS 4

typedef void (*event_fn)(const struct event *e);
typedef void (*print_fn)(const struct print_event *p);

/*
 * events__open - watch the namespaces in namespaces[]
 *
 * A tracepoint that this kernel does not have is left out. Returns 0, or
 * -errno after logging it.
 */
int events__open(int which, event_fn on_event, print_fn on_print);

/* events__watch_namespaces - the namespaces in namespaces[] have changed */
int events__watch_namespaces(void);

/* events__poll - hand out what there is, waiting up to @ms for it */
void events__poll(int ms);

/* events__missed - how many came too fast to be shown */
unsigned long long events__missed(void);

/* events__tracepoints - the names of those that are watched */
const char *events__tracepoints(char *buf, size_t size);

void events__close(void);

/* events__from_wall_clock - the time of an event, from the time of day in ns */
__u64 events__from_wall_clock(__u64 time);

/* events__stamp - time of day of an event: "15:04:05.123456" */
const char *events__stamp(__u64 time);

#endif
