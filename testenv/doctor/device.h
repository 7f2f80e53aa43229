/* SPDX-License-Identifier: GPL-2.0 */
/* A device, and all that is known of it. */
#ifndef DEVICE_H
#define DEVICE_H

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

/* device__is_end - a veth's, and t has made it */
bool device__is_end(const struct device *dev);

bool device__has_program(const struct device *dev);

/* device__has_work - a program that does more than to pass each packet */
bool device__has_work(const struct device *dev);

#endif
