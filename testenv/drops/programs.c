/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "../../common/net/filter.h"
#include "../../common/net/link.h"
#include "programs.h"
#include "namespaces.h"

#define PROGRAMS_MAX 1024
#define FUNCS_MAX    64
#define READ_NS	     200000000 /* not read again sooner than this */

/* One function of a program, in the machine's code. */
static struct function {
	__u32 id;
	__u64 start, end;
	char name[64];
	bool runs_here; /* on a device of a watched namespace */
} functions[PROGRAMS_MAX];
static int function_count;

static void add_functions(int fd)
{
	__u64 starts[FUNCS_MAX] = {};
	__u32 lengths[FUNCS_MAX] = {}, len;
	struct bpf_prog_info info = {
		.nr_jited_ksyms = FUNCS_MAX,
		.jited_ksyms = (__u64)(unsigned long)starts,
		.nr_jited_func_lens = FUNCS_MAX,
		.jited_func_lens = (__u64)(unsigned long)lengths,
	};

	len = sizeof(info);
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	for (__u32 i = 0; i < info.nr_jited_ksyms && i < FUNCS_MAX &&
			  function_count < PROGRAMS_MAX;
	     i++) {
		struct function *f = &functions[function_count++];

		*f = (struct function){ .id = info.id,
					.start = starts[i],
					.end = starts[i] + lengths[i] };
		snprintf(f->name, sizeof(f->name), "%s", info.name);
	}
}

static void mark(__u32 id)
{
	for (int i = 0; i < function_count; i++)
		functions[i].runs_here |= functions[i].id == id;
}

static int mark_filter(const struct filter *filter, void *arg)
{
	(void)arg;
	mark(filter->prog_id);
	return 0;
}

/* In XDP, and on the hooks of tc. */
static int mark_attached(const struct link *link, void *arg)
{
	(void)arg;
	mark(link->xdp_prog_id);
	filter__each(link->ifindex, mark_filter, NULL);
	return 0;
}

static void read_programs(void)
{
	__u32 id = 0;

	function_count = 0;
	while (!bpf_prog_get_next_id(id, &id)) {
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			continue;
		add_functions(fd);
		close(fd);
	}
	for (int i = 0; i < namespace_count; i++) {
		if (namespaces__enter(&namespaces[i]))
			continue;
		link__each(NETNS_HERE, mark_attached, NULL);
		namespaces__leave();
	}
}

static const struct function *find(__u64 address)
{
	for (int i = 0; i < function_count; i++)
		if (address >= functions[i].start && address < functions[i].end)
			return &functions[i];
	return NULL;
}

/* The last to have been called comes first. */
static const struct function *search(const struct print_event *p)
{
	int depth = p->stack_bytes / (int)sizeof(p->stack[0]);
	const struct function *caller = NULL;

	for (int i = 0; i < depth; i++) {
		const struct function *f = find(p->stack[i]);

		if (f && !strcmp(f->name, "on_printk"))
			continue;
		caller = caller ?: f;
		if (f && f->runs_here)
			return caller;
	}
	return NULL;
}

bool programs__find(const struct print_event *p, char *name, size_t size)
{
	static __u64 last_read;
	const struct function *caller = search(p);

	/* Others' programs may have a lot to say. */
	if (!caller && p->time - last_read > READ_NS) {
		read_programs();
		last_read = p->time;
		caller = search(p);
	}
	if (caller)
		snprintf(name, size, "%s", caller->name);
	return caller;
}
