/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <xdp/libxdp.h>

#include "fib.skel.h"
#include "programs.h"

/*
 * Hands each instruction of a program, as the kernel has rewritten it, to
 * @visit. Stops where that does not return 0, and returns that.
 */
static int each_insn(int fd, int (*visit)(const struct bpf_insn *insn))
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info), size;
	struct bpf_insn *insns = NULL;
	int found = 0;

	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		insns = malloc(info.xlated_prog_len);
	if (!insns)
		return 0;
	size = info.xlated_prog_len;
	info = (struct bpf_prog_info){
		.xlated_prog_len = size,
		.xlated_prog_insns = (__u64)(unsigned long)insns,
	};
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		for (__u32 i = 0; i < size / sizeof(*insns) && !found; i++)
			found = visit(&insns[i]);
	free(insns);
	return found;
}

/*
 * The helper that an instruction calls: how far its code is from a fixed place
 * in the kernel. 0: it calls none, or where that is nobody may know
 * (kernel.kptr_restrict).
 */
static int called_helper(const struct bpf_insn *insn)
{
	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg)
		return 0;
	return insn->imm;
}

static int fib_lookup; /* as called_helper() has it */

static int calls_fib_lookup(const struct bpf_insn *insn)
{
	return fib_lookup && called_helper(insn) == fib_lookup;
}

static void find_fib_lookup(void)
{
	static bool done;
	struct fib *skel;

	if (done)
		return;
	done = true;
	skel = fib__open_and_load();
	if (skel)
		fib_lookup = each_insn(bpf_program__fd(skel->progs.ask_routes),
				       called_helper);
	fib__destroy(skel);
}

static bool asks_routes(int fd)
{
	find_fib_lookup();
	return each_insn(fd, calls_fib_lookup);
}

/* Those behind libxdp's dispatcher, where they can be found. */
static void read_dispatched(struct device *dev)
{
	struct xdp_multiprog *mp =
		xdp_multiprog__get_from_ifindex(dev->link.ifindex);
	struct xdp_program *prog = NULL;

	if (libxdp_get_error(mp))
		return;
	while (!xdp_multiprog__is_legacy(mp) &&
	       (prog = xdp_multiprog__next_prog(prog, mp))) {
		size_t used = dev->is_dispatched ? strlen(dev->program) : 0;

		snprintf(dev->program + used, sizeof(dev->program) - used,
			 "%s%s", used ? "+" : "", xdp_program__name(prog));
		dev->is_dispatched = true;
		dev->asks_routes |= asks_routes(xdp_program__fd(prog));
	}
	xdp_multiprog__close(mp);
}

void programs__read(struct device *dev)
{
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd;

	if (!device__is_end(dev) || !device__has_program(dev))
		return;
	fd = bpf_prog_get_fd_by_id(dev->link.xdp_prog_id);
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		snprintf(dev->program, sizeof(dev->program), "%s", info.name);
	if (!strcmp(dev->program, "xdp_dispatcher"))
		read_dispatched(dev);
	else if (device__has_work(dev))
		dev->asks_routes = asks_routes(fd);
	close(fd);
}
