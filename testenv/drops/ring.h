/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a program for the kernel tells what it has seen: an event in a ring, of
 * the network namespaces that are watched.
 */
#ifndef RING_H
#define RING_H

#include <stdbool.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "drops.h"
#include "net_device.h"

/* The network namespaces to watch, by inode number. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u8);
} watched SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 23);
} events SEC(".maps");

/* Events that found no room there. */
__u64 missed;

static bool is_watched(__u32 netns)
{
	return bpf_map_lookup_elem(&watched, &netns);
}

static __u32 netns_of(const struct net_device *dev)
{
	return dev ? BPF_CORE_READ(dev, nd_net.net, ns.inum) : 0;
}

static void set_place(struct place *place, const struct net_device *dev)
{
	place->netns = netns_of(dev);
	place->ifindex = BPF_CORE_READ(dev, ifindex);
	bpf_core_read(place->dev, sizeof(place->dev), &dev->name);
}

static __always_inline struct event *new_event(enum event_kind kind)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		__sync_fetch_and_add(&missed, 1);
		return NULL;
	}
	__builtin_memset(e, 0, offsetof(struct event, data));
	e->time = bpf_ktime_get_ns();
	e->cpu = bpf_get_smp_processor_id();
	e->kind = kind;
	e->count = 1;
	return e;
}

static __always_inline void copy_packet(struct event *e, const void *from,
					__u32 bytes)
{
	if (bytes > PACKET_BYTES)
		bytes = PACKET_BYTES;
	if (!bpf_probe_read_kernel(e->data, bytes, from))
		e->captured = bytes;
}

#endif
