/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../common/user/log.h"
#include "drops.skel.h"
#include "events.h"
#include "namespaces.h"

static struct drops *skel;
static struct ring_buffer *ring;
static struct bpf_link *links[9]; /* one for each tracepoint there is */
static int link_count;
static event_fn handle_event;
static print_fn handle_print;
static __u64 to_wall_clock; /* added to the monotonic clock's time */

static int on_record(void *ctx, void *data, size_t size)
{
	const struct event *e = data;

	(void)ctx;
	(void)size;
	if (e->kind == EVENT_PRINT)
		handle_print(data);
	else
		handle_event(e);
	return 0;
}

static char watched[256]; /* names of tracepoints, with blanks between */

/* Not there: -ENOENT, which is no error. */
static int attach(struct bpf_program *prog, const char *tracepoint)
{
	struct bpf_link *link =
		bpf_program__attach_raw_tracepoint(prog, tracepoint);
	size_t used = strlen(watched);

	if (link) {
		links[link_count++] = link;
		snprintf(watched + used, sizeof(watched) - used, "%s%s",
			 used ? " " : "", tracepoint);
		return 0;
	}
	if (errno == ENOENT)
		return 0;
	log_err("cannot watch the tracepoint %s: %s", tracepoint,
		strerror(errno));
	return -errno;
}

static int attach_all(int which)
{
	int err = 0;

	if (which & EVENTS_DROPS)
		err = attach(skel->progs.on_kfree_skb, "kfree_skb")	      ?:
		      attach(skel->progs.on_consume_skb, "consume_skb")	      ?:
		      attach(skel->progs.on_xdp_exception, "xdp_exception")   ?:
		      attach(skel->progs.on_redirect_err, "xdp_redirect_err") ?:
		      attach(skel->progs.on_redirect_err,
			     "xdp_redirect_map_err")			      ?:
		      attach(skel->progs.on_devmap_xmit, "xdp_devmap_xmit")   ?:
			      attach(skel->progs.on_bulk_tx, "xdp_bulk_tx");
	if (!err && which & EVENTS_SENT)
		err = attach(skel->progs.on_redirect, "xdp_redirect");
	if (!err && which & EVENTS_PRINTS)
		err = attach(skel->progs.on_printk, "bpf_trace_printk");
	return err;
}

int events__watch_namespaces(void)
{
	int fd = bpf_map__fd(skel->maps.watched);
	__u32 inum;
	__u8 one = 1;

	while (!bpf_map_get_next_key(fd, NULL, &inum))
		bpf_map_delete_elem(fd, &inum);
	for (int i = 0; i < namespace_count; i++)
		if (bpf_map_update_elem(fd, &namespaces[i].inum, &one, BPF_ANY))
			return -errno;
	return 0;
}

static void read_clocks(void)
{
	struct timespec wall, monotonic;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_REALTIME, &wall);
	to_wall_clock = (wall.tv_sec - monotonic.tv_sec) * 1000000000ULL +
			wall.tv_nsec - monotonic.tv_nsec;
}

int events__open(int which, event_fn on_event, print_fn on_print)
{
	int err;

	handle_event = on_event;
	handle_print = on_print;
	read_clocks();
	skel = drops__open();
	if (skel)
		skel->rodata->tell_sent = which & EVENTS_SENT;
	if (!skel || drops__load(skel)) {
		err = -errno;
		log_err("the kernel refuses the tracepoint programs: %s%s",
			strerror(errno),
			errno == EPERM ? ": run this as root" : "");
		liblog__dump();
		return err;
	}
	ring = ring_buffer__new(bpf_map__fd(skel->maps.events), on_record, NULL,
				NULL);
	err = ring ? events__watch_namespaces() : -errno;
	if (err)
		log_err("cannot read the programs' events: %s", strerror(-err));
	return err ?: attach_all(which);
}

void events__poll(int ms)
{
	ring_buffer__poll(ring, ms);
}

unsigned long long events__missed(void)
{
	return skel->bss->missed;
}

const char *events__tracepoints(char *buf, size_t size)
{
	snprintf(buf, size, "%s", *watched ? watched : "none");
	return buf;
}

void events__close(void)
{
	while (link_count)
		bpf_link__destroy(links[--link_count]);
	ring_buffer__free(ring);
	drops__destroy(skel);
}

__u64 events__from_wall_clock(__u64 time)
{
	return time - to_wall_clock;
}

const char *events__stamp(__u64 time)
{
	static char buf[32];
	time_t seconds = (time + to_wall_clock) / 1000000000;
	struct tm tm;
	size_t used;

	localtime_r(&seconds, &tm);
	used = strftime(buf, sizeof(buf), "%H:%M:%S", &tm);
	snprintf(buf + used, sizeof(buf) - used, ".%06llu",
		 (time + to_wall_clock) / 1000 % 1000000);
	return buf;
}
