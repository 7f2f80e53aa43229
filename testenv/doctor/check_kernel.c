/* SPDX-License-Identifier: GPL-2.0 */
/* What this kernel can do, and lets root do here. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/utsname.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../common/net/link.h"
#include "../../common/net/netlink.h"
#include "../../common/net/netns.h"
#include "checks.h"
#include "command.h"
#include "report.h"

void check_kernel(void)
{
	unsigned int version = 0, patchlevel = 0;
	struct utsname uts;

	uname(&uts);
	fine("Linux %s", uts.release);
	sscanf(uts.release, "%u.%u", &version, &patchlevel);
	if (version < 6 || (version == 6 && patchlevel < 1))
		problem(NULL, "boot a kernel of 6.1 or later",
			"Linux %s is too old", uts.release);
}

static void need_feature(const char *name, bool is_there)
{
	if (!is_there)
		problem(NULL,
			"a kernel with CONFIG_BPF_SYSCALL and CONFIG_NET, and "
			"all rights",
			"this kernel, or this container, does not allow %s",
			name);
}

void check_features(void)
{
	fine("XDP, DEVMAP, bpf_fib_lookup(), ring buffer, BTF");
	need_feature("XDP",
		     libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_XDP, NULL) > 0);
	need_feature("DEVMAP",
		     libbpf_probe_bpf_map_type(BPF_MAP_TYPE_DEVMAP, NULL) > 0);
	need_feature("bpf_fib_lookup()",
		     libbpf_probe_bpf_helper(BPF_PROG_TYPE_XDP,
					     BPF_FUNC_fib_lookup, NULL) > 0);
	need_feature("ring buffer",
		     libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) > 0);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		problem(NULL, "boot a kernel with CONFIG_DEBUG_INFO_BTF=y",
			"this kernel has no BTF (/sys/kernel/btf/vmlinux)");
}

static int add_veth(const char *name)
{
	struct netlink_request r;
	struct nlattr *info;

	netlink__begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
		       sizeof(struct ifinfomsg));
	mnl_attr_put_strz(r.head, IFLA_IFNAME, name);
	info = mnl_attr_nest_start(r.head, IFLA_LINKINFO);
	mnl_attr_put_strz(r.head, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(r.head, info);
	return netlink__send(&r, NETLINK_ROUTE, NULL, NULL);
}

static int attach_native(const char *dev, const char *file)
{
	struct bpf_object *obj = bpf_object__open_file(file, NULL);
	struct bpf_program *prog;
	struct link link;
	int err;

	if (!obj)
		return -errno;
	prog = bpf_object__next_program(obj, NULL);
	err = bpf_object__load(obj)	     ?:
		      link__find(dev, &link) ?:
		      bpf_xdp_attach(link.ifindex, bpf_program__fd(prog),
				     XDP_FLAGS_DRV_MODE, NULL);
	bpf_object__close(obj);
	return err;
}

/* Tried in a network namespace of its own, which goes when it is left. */
void check_native(void)
{
	char file[PATH_MAX];
	int home = netns__open(), err;

	fine("XDP runs in native mode on veth");
	snprintf(file, sizeof(file), "%s/xdp_pass_kern.o", testenv);
	err = home < 0 ? home : unshare(CLONE_NEWNET) ? -errno : 0;
	if (!err) {
		err = add_veth("v0") ?: attach_native("v0", file);
		netns__enter(home);
	}
	close(home);
	if (err)
		problem(NULL,
			"run this as root outside of containers, after make",
			"no native XDP on a veth pair");
}

void check_dispatcher(void)
{
	if (libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_EXT, NULL) > 0)
		fine("libxdp can run several programs on a device");
	else
		fine("none: this kernel refuses it, each program runs alone on "
		     "its device");
}

/* Whether nobody may read the kernel's memory, not even its own programs. */
static bool is_locked_down(void)
{
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char modes[64] = "";

	if (!file)
		return false;
	if (!fgets(modes, sizeof(modes), file))
		*modes = 0;
	fclose(file);
	return strstr(modes, "[confidentiality]");
}

/* t drops itself tells. */
void check_tracepoints(void)
{
	char watch[PATH_MAX], names[256];

	snprintf(watch, sizeof(watch), "%s/drops/watch", testenv);
	command__read((const char *[]){ watch, "tracepoints", NULL }, names,
		      sizeof(names));
	fine("%s", names);
	if (!*names || !strcmp(names, "none"))
		problem(NULL,
			is_locked_down() ?
				"boot with lockdown=integrity: this kernel is "
				"locked down" :
				"sudo make; run this as root outside of "
				"containers",
			"t drops cannot watch: %s",
			*names ? names : "its programs are refused");
}
