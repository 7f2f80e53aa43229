/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "kernel.h"

#define REASON_PREFIX "SKB_DROP_REASON_"

/* Functions that were looked for already; there are few. */
#define FUNCTIONS_MAX 256

static struct function {
	__u64 address; /* in it, not its beginning */
	char name[56];
} functions[FUNCTIONS_MAX];
static int function_count;

static struct btf *btf;
static const struct btf_type *reasons;

/* "ffffffff81000000 T name": the last that begins before the address */
static void read_symbols(struct function *function)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	__u64 best = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file)) {
		char *rest;
		__u64 start = strtoull(line, &rest, 16);

		if (start <= best || start > function->address ||
		    (rest[1] | 0x20) != 't')
			continue;
		best = start;
		snprintf(function->name, sizeof(function->name), "%.*s",
			 (int)strcspn(rest + 3, ".\t\n"), rest + 3);
	}
	if (file)
		fclose(file);
}

void kernel__init(void)
{
	int id;

	btf = btf__load_vmlinux_btf();
	if (!btf)
		return;
	id = btf__find_by_name_kind(btf, "skb_drop_reason", BTF_KIND_ENUM);
	if (id > 0)
		reasons = btf__type_by_id(btf, id);
}

const char *kernel__function(__u64 address)
{
	struct function *function = functions;

	while (function < functions + function_count &&
	       function->address != address)
		function++;
	if (function == functions + FUNCTIONS_MAX)
		return "";
	if (function == functions + function_count) {
		function_count++;
		function->address = address;
		read_symbols(function);
	}
	return function->name;
}

const char *kernel__reason(__u32 reason, char *buf, size_t size)
{
	const struct btf_enum *e = reasons ? btf_enum(reasons) : NULL;

	for (int i = 0; e && i < btf_vlen(reasons); i++) {
		const char *name = btf__name_by_offset(btf, e[i].name_off);

		if ((__u32)e[i].val != reason)
			continue;
		if (!strncmp(name, REASON_PREFIX, strlen(REASON_PREFIX)))
			name += strlen(REASON_PREFIX);
		snprintf(buf, size, "%s", name);
		return buf;
	}
	snprintf(buf, size, "reason %u", reason);
	return buf;
}

bool kernel__has_reason(const char *wanted)
{
	const struct btf_enum *e = reasons ? btf_enum(reasons) : NULL;

	for (int i = 0; e && i < btf_vlen(reasons); i++) {
		const char *name = btf__name_by_offset(btf, e[i].name_off);

		if (!strcmp(name, wanted))
			return true;
	}
	return false;
}

const char *kernel__action(__u32 action)
{
	static const char *const names[] = { "XDP_ABORTED", "XDP_DROP",
					     "XDP_PASS", "XDP_TX",
					     "XDP_REDIRECT" };

	return action < sizeof(names) / sizeof(*names) ? names[action] : NULL;
}

const char *kernel__program(__u32 id, char *buf, size_t size)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(id);

	snprintf(buf, size, "?");
	if (fd < 0)
		return buf;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(buf, size, "%s", info.name);
	close(fd);
	return buf;
}
