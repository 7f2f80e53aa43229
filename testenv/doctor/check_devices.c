/* SPDX-License-Identifier: GPL-2.0 */
/* Environments, labs and their devices. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <linux/if.h>

#include "../../common/net/ethtool.h"
#include "../envs.h"
#include "../layout.h"
#include "checks.h"
#include "report.h"

/*
 * A page, less what the kernel needs in front of the frame and behind it, and
 * its Ethernet header: more does not fit where XDP sees it in one piece.
 */
#define NATIVE_MTU_MAX 3498

struct counts {
	int envs, labs;
};

static bool stands(const struct env *env)
{
	const struct device *dev = world__find_here(env->name);
	char netns[PATH_MAX];

	snprintf(netns, sizeof(netns), "/run/netns/%s", env->name);
	return env->is_complete && !access(netns, F_OK) && dev &&
	       dev->link.group == GROUP + (unsigned int)env->number;
}

static void check_env(const struct env *env, void *arg)
{
	struct counts *counts = arg;

	if (env->kind == ENV) {
		counts->envs++;
		if (!stands(env))
			problem(env->name,
				mend("t reset -n %s", shell_word(env->name)),
				"the environment is incomplete");
	} else if (env->kind == LAB) {
		counts->labs++;
		if (!env->is_complete)
			problem(env->name, "t teardown --all, then t lab up",
				"the lab is incomplete");
	}
}

void check_environments(void)
{
	struct counts counts = {};

	envs__each(check_env, &counts);
	fine("%d environments, %d labs, all complete", counts.envs,
	     counts.labs);
}

static const char *state_name(unsigned int operstate)
{
	static const char *const names[] = {
		[IF_OPER_UNKNOWN] = "UNKNOWN",
		[IF_OPER_NOTPRESENT] = "NOTPRESENT",
		[IF_OPER_DOWN] = "DOWN",
		[IF_OPER_LOWERLAYERDOWN] = "LOWERLAYERDOWN",
		[IF_OPER_TESTING] = "TESTING",
		[IF_OPER_DORMANT] = "DORMANT",
		[IF_OPER_UP] = "UP",
	};

	return operstate <= IF_OPER_UP ? names[operstate] : "UNKNOWN";
}

void check_up(const struct device *dev)
{
	if (dev->link.operstate != IF_OPER_UP)
		problem(dev->where,
			mend("%sip link set dev %s up; both ends of the pair "
			     "must be",
			     dev->netns->at, dev->word),
			"the device is %s", state_name(dev->link.operstate));
}

/*
 * What XDP sends arrives only where something polls. That counts where the
 * other end sends by XDP; an inner end must be ready from the start.
 */
void check_receiver(const struct device *dev)
{
	struct offloads offloads = {};
	const char *load;

	if (!dev->peer || !device__is_end(dev->peer) ||
	    device__has_program(dev))
		return;
	if (world__is_here(dev->netns) && !device__has_work(dev->peer))
		return;
	load = mend("%s./xdp_prog_user load -d %s --prog-name xdp_pass_func "
		    "(or t reset)",
		    dev->netns->at, dev->word);
	ethtool__offloads(dev->link.name, &offloads);
	if (offloads.gro)
		warning(dev->where, load,
			"no XDP program: GRO polls for redirected frames, but "
			"what XDP_TX sends here stays in the queue");
	else
		problem(dev->where, load,
			"nothing polls here (no XDP program, no GRO): what XDP "
			"sends to it is lost");
}

void check_offloads(const struct device *dev)
{
	struct offloads offloads = {};

	/* Here only the ends of pairs that have both ends here. */
	if (world__is_here(dev->netns) &&
	    !(dev->peer && world__is_here(dev->peer->netns)))
		return;
	ethtool__offloads(dev->link.name, &offloads);
	if (offloads.tx_checksum)
		problem(dev->where,
			mend("%sethtool -K %s tx off", dev->netns->at,
			     dev->word),
			"leaves checksums to the device, and frames that XDP "
			"sends on keep wrong ones: ping works, TCP and UDP do "
			"not");
	if (offloads.rx_vlan || offloads.tx_vlan)
		warning(dev->where,
			mend("%sethtool -K %s rxvlan off txvlan off",
			     dev->netns->at, dev->word),
			"VLAN tags are beside the frame: XDP does not see "
			"them, and loses them");
}

void check_mtu(const struct device *dev)
{
	const struct device *peer = dev->peer;
	unsigned int mtu = dev->link.mtu;

	if (peer && device__is_end(peer) && peer->link.mtu > mtu)
		problem(dev->where,
			mend("%sip link set dev %s mtu %u", dev->netns->at,
			     dev->word, peer->link.mtu),
			"MTU %u, but %s sends up to %u bytes, and what is "
			"longer is lost",
			mtu, peer->where, peer->link.mtu);
	if (mtu > NATIVE_MTU_MAX)
		warning(dev->where,
			mend("%sip link set dev %s mtu 1500", dev->netns->at,
			     dev->word),
			"MTU %u: native XDP is refused above %d, unless the "
			"program is ready for frames in pieces (xdp.frags)",
			mtu, NATIVE_MTU_MAX);
}

static bool is_vlan_on(const struct device *vlan, const struct device *dev)
{
	return vlan->netns == dev->netns && !strcmp(vlan->link.kind, "vlan") &&
	       vlan->link.other_nsid == NETNS_HERE &&
	       vlan->link.other_ifindex == dev->link.ifindex;
}

void check_vlans(const struct device *dev)
{
	const struct device *vlan = NULL;

	if (!device__has_program(dev))
		return;
	while ((vlan = world__next_device(vlan)))
		if (is_vlan_on(vlan, dev))
			warning(vlan->where,
				"none is needed where the program passes "
				"tagged frames to the stack",
				"a VLAN device on %s: %s sees tagged frames, "
				"and cannot send by %s",
				dev->link.name, dev->program, vlan->link.name);
}
