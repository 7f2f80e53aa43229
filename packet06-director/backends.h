/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which backend: the one that a flow has had so far, or else the one that the
 * table gives it. User space fills these maps, and no packet changes but one,
 * flows.
 */
#ifndef BACKENDS_H
#define BACKENDS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "request.h"
#include "xdp_prog.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BACKENDS_MAX);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

/* A row, which a flow's hash selects, holds the slot of a backend. */
struct table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TABLE_ROWS);
	__type(key, __u32);
	__type(value, __u32);
};

/*
 * One entry, the table in use. User space fills a new table and puts it
 * here: no packet sees a table that is half old and half new.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct table);
} tables SEC(".maps");

/*
 * Who has the flows that have been seen, so that they stay where they are
 * when the table changes. The least recently used goes when it is full; a
 * flow that is forgotten follows the table.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FLOWS_MAX);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

static __always_inline struct backend *backend_at(__u32 *slot)
{
	struct backend *backend = bpf_map_lookup_elem(&backends, slot);

	return backend && backend->state != BACKEND_NONE ? backend : NULL;
}

/*
 * The backend that a flow has had so far, unless it has been removed. One
 * that is draining gets no new connections.
 */
/* Assignment 4. Until written: return NULL; */
static __always_inline struct backend *flow_backend(const struct request *req,
						    __u32 *slot)
{
	struct flow *flow = bpf_map_lookup_elem(&flows, &req->key);
	struct backend *backend;

	if (!flow)
		return NULL;
	*slot = flow->slot;
	backend = backend_at(slot);
	if (!backend || backend->tenant != flow->tenant)
		return NULL;
	return req->starts && backend->state != BACKEND_ACTIVE ? NULL : backend;
}

/* The backend that the table gives to a flow, if there are any. */
/* Assignment 4. Until written: return backend_at(slot); */
static __always_inline struct backend *table_backend(__u64 hash, __u32 *slot)
{
	__u32 row = hash % TABLE_ROWS, *entry, only = 0;
	void *table;

	table = bpf_map_lookup_elem(&tables, &only);
	entry = table ? bpf_map_lookup_elem(table, &row) : NULL;
	if (!entry)
		return NULL;
	*slot = *entry;
	return backend_at(slot);
}

static __always_inline struct backend *choose_backend(const struct request *req,
						      __u64 hash, __u32 *slot)
{
	struct backend *backend = flow_backend(req, slot);
	struct flow flow = {};

	if (backend)
		return backend;
	backend = table_backend(hash, slot);
	/* Assignment 4 begins */
	/* A fragment or an error is not how a flow makes itself known. */
	if (!backend || !req->is_no_fragment || req->is_error)
		return backend;
	flow.slot = *slot;
	flow.tenant = backend->tenant;
	bpf_map_update_elem(&flows, &req->key, &flow, BPF_ANY);
	/* Assignment 4 ends */
	return backend;
}

#endif
