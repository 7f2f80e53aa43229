/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel can do, for t doctor: NAME, a tab, yes or no or a text */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "events.h"
#include "spaces.h"
#include "watch.h"

static void say(const char *name, bool yes)
{
	printf("%s\t%s\n", name, yes ? "yes" : "no");
}

static void ignore_event(const struct event *e)
{
	(void)e;
}

static void ignore_print(const struct print_event *p)
{
	(void)p;
}

int watch_features(void)
{
	char tracepoints[256];

	say("BTF", !access("/sys/kernel/btf/vmlinux", R_OK));
	say("XDP", libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL) > 0);
	say("BPF_PROG_TYPE_EXT",
	    libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) > 0);
	say("DEVMAP", libbpf_probe_bpf_map_type(BPF_MAP_TYPE_DEVMAP, NULL) > 0);
	say("ring buffer",
	    libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) > 0);
	say("bpf_fib_lookup()",
	    libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP, BPF_FUNC_fib_lookup,
				    NULL) > 0);
	if (spaces__init() || events__open(EVENTS_DROPS | EVENTS_PRINTS,
					   ignore_event, ignore_print))
		return EXIT_FAILURE;
	printf("tracepoints\t%s\n",
	       events__tracepoints(tracepoints, sizeof(tracepoints)));
	events__close();
	return EXIT_SUCCESS;
}
