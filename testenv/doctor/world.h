/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What there is to look at: this network namespace, those of environments and
 * labs, and the devices in all of them.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdbool.h>

#include "../../common/net/link.h"

struct netns {
	const char *name; /* "." for this one */
	const char *at;	  /* what stands before a command to be run there */
	int fd;
	bool is_lab;
};

struct device {
	const struct netns *netns;
	struct link link;
	const char *where; /* "NETNS/DEV", for people */
	const char *word;  /* its name, as a shell reads it */
	bool is_ours;	   /* t has made it */
	/* The other end; NULL: it is no veth, or that is somewhere else. */
	const struct device *peer;
	/* Of its XDP program; of those behind libxdp's dispatcher, "a+b". */
	char program[128];
	bool is_dispatched; /* those are known */
	bool asks_routes;   /* it calls bpf_fib_lookup() */
};

/* world__read - 0, or a negative errno after logging it */
int world__read(void);

/*
 * world__each_netns, world__each_end - visit all, each from inside
 *
 * The ends are those of veth pairs that t has made. Meanwhile the process is in
 * that network namespace: what is asked of the kernel is asked there.
 */
void world__each_netns(void (*visit)(const struct netns *netns));
void world__each_end(void (*visit)(const struct device *dev));

/* world__next_device - of all; the first behind NULL, and NULL behind the last
 */
const struct device *world__next_device(const struct device *dev);

/* world__is_here - whether it is the namespace in which t was called */
bool world__is_here(const struct netns *netns);

/* world__find_here - a device here; NULL: there is none of that name */
const struct device *world__find_here(const char *name);

/* device__is_end - a veth's, and t has made it */
bool device__is_end(const struct device *dev);

bool device__has_program(const struct device *dev);

/* device__has_work - a program that does more than to pass each packet */
bool device__has_work(const struct device *dev);

#endif
