/* SPDX-License-Identifier: GPL-2.0 */
/* The machine: rights, tools, the bpffs, IPv6. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <linux/capability.h>
#include <linux/magic.h>

#include "../../common/net/sysctl.h"
#include "../layout.h"
#include "checks.h"
#include "command.h"
#include "report.h"

/* With a blank before each name that it adds. */
static void add_name(char *names, size_t size, const char *name)
{
	size_t used = strlen(names);

	snprintf(names + used, size - used, " %s", name);
}

bool has_right(int capability)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3] = {};

	syscall(SYS_capget, &head, caps);
	return caps[CAP_TO_INDEX(capability)].effective &
	       CAP_TO_MASK(capability);
}

/* Root of a user namespace alone has rights that count nowhere else. */
static bool is_root_of_machine(void)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	unsigned int count = 0;

	if (!file)
		return true;
	if (fscanf(file, "%*u %*u %u", &count) != 1)
		count = 0;
	fclose(file);
	return count == UINT_MAX;
}

/* As docker, podman and systemd mark theirs. */
static bool in_container(void)
{
	return !access("/.dockerenv", F_OK) ||
	       !access("/run/.containerenv", F_OK) || getenv("container");
}

void check_rights(void)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {
		{ CAP_NET_ADMIN, "CAP_NET_ADMIN" },
		{ CAP_NET_RAW, "CAP_NET_RAW" },
		{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	};
	char missing[128] = "";

	fine("root, with all that is needed%s",
	     in_container() ? ", in a container" : "");
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (!has_right(needed[i].number))
			add_name(missing, sizeof(missing), needed[i].name);
	if (*missing)
		problem(NULL,
			"run this on the machine itself, or in a container "
			"with --privileged",
			"root, but without%s", missing);
	if (!is_root_of_machine())
		problem(NULL,
			"run this on the machine itself, or in a container "
			"that root has started with --privileged",
			"root of a user namespace only: such a container may "
			"not load programs into the kernel");
}

void check_bpffs(void)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs))
		problem(NULL, "boot a kernel with CONFIG_BPF_SYSCALL=y",
			"this kernel has no %s", BPFFS);
	else if (fs.f_type != BPF_FS_MAGIC)
		fine("not mounted yet: t setup does that");
	else
		fine("mounted at %s", BPFFS);
}

static void check_installed(void)
{
	static const char *const tools[] = { "clang",	"bpftool",   "ip",
					     "ethtool", "jq",	     "tcpdump",
					     "ping",	"pkg-config" };
	char missing[128] = "";

	for (size_t i = 0; i < sizeof(tools) / sizeof(*tools); i++)
		if (!command__exists(tools[i]))
			add_name(missing, sizeof(missing), tools[i]);
	if (*missing)
		problem(NULL, "sudo make deps", "not installed:%s", missing);
}

static void check_built(void)
{
	char object[PATH_MAX], watch[PATH_MAX];

	snprintf(object, sizeof(object), "%s/xdp_pass_kern.o", testenv);
	snprintf(watch, sizeof(watch), "%s/drops/watch", testenv);
	if (access(object, R_OK) || access(watch, X_OK))
		problem(NULL,
			mend("make -C %.*s",
			     (int)(strrchr(testenv, '/') - testenv), testenv),
			"not everything is built");
}

static void check_version(const char *name, const char *version,
			  const char *minimum)
{
	if (*version && strverscmp(version, minimum) < 0)
		problem(NULL, "Debian 12, Ubuntu 24.04 and later have it",
			"%s %s is too old: %s or later is needed", name,
			version, minimum);
}

void check_tools(void)
{
	char libraries[64], libbpf[32] = "", libxdp[32] = "";
	char clang[64], ip[128], *iproute;

	command__read((const char *[]){ "pkg-config", "--modversion", "libbpf",
					"libxdp", NULL },
		      libraries, sizeof(libraries));
	sscanf(libraries, "%31s %31s", libbpf, libxdp);
	command__read((const char *[]){ "clang", "-dumpversion", NULL }, clang,
		      sizeof(clang));
	command__read((const char *[]){ "ip", "-V", NULL }, ip, sizeof(ip));
	iproute = strstr(ip, "iproute2-") ?: "";
	fine("libbpf %s, libxdp %s, clang %s, %.*s", libbpf, libxdp, clang,
	     (int)strcspn(iproute, ","), iproute);
	check_version("clang", clang, "14");
	check_version("libbpf", libbpf, "1.1");
	check_version("libxdp", libxdp, "1.3");
	check_installed();
	check_built();
}

void check_ipv6(void)
{
	if (access("/proc/sys/net/ipv6/conf", F_OK))
		warning(NULL, "t setup --legacy-ip", "this kernel has no IPv6");
	else if (sysctl__read("ipv6/conf/all/disable_ipv6") == 1)
		warning(NULL,
			"sysctl net.ipv6.conf.all.disable_ipv6=0, or t setup "
			"--legacy-ip",
			"IPv6 is disabled for all devices");
}
