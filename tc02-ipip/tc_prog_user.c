/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of tc02-ipip:
 *
 *	tc_prog_user load|check|unload	on the host
 *	tc_prog_user guard|unload	at the far end
 */
#include <argp.h>
#include <byteswap.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <net/if_arp.h>

#include <bpf/bpf.h>

#include "../common/net/link.h"
#include "../common/user/device.h"
#include "../common/user/log.h"
#include "../common/user/object.h"
#include "../common/user/pins.h"
#include "../common/user/routing.h"
#include "../common/user/tc.h"
#include "tc_prog.h"

static struct {
	const char *command, *object;
	const char *client_dev, *far_dev, *tun_dev, *guard_dev;
	enum bpf_tc_attach_point point;
	bool ip6, by_hand;
	struct tunnel tunnel;
} opt = {
	.object = ".",
	.client_dev = "ve1",
	.far_dev = "ve2",
	.tun_dev = "tun1",
	.guard_dev = "vens2",
	.point = BPF_TC_INGRESS,
};

enum {
	OPT_CLIENT_DEV = 0x100,
	OPT_FAR_DEV,
	OPT_HOOK,
	OPT_IP6,
	OPT_BY_HAND,
	OPT_LOCAL,
	OPT_REMOTE,
	OPT_VIP,
	OPT_VIP6
};

static const struct argp_option options[] = {
	{ "client-dev", OPT_CLIENT_DEV, "DEV", 0,
	  "the device towards the clients (ve1)", 0 },
	{ "far-dev", OPT_FAR_DEV, "DEV", 0,
	  "the device towards the far end (ve2; at the far end itself: vens2)",
	  0 },
	{ "tun-dev", 't', "DEV", 0, "the tunnel device (tun1)", 0 },
	{ "hook", OPT_HOOK, "HOOK", 0,
	  "ingress: of the clients' device (default); egress: of the far end's",
	  0 },
	{ "ip6", OPT_IP6, NULL, 0, "an IPv6 tunnel, which carries both", 0 },
	{ "by-hand", OPT_BY_HAND, NULL, 0,
	  "by the programs alone, without a tunnel device", 0 },
	{ "local", OPT_LOCAL, "ADDRESS", 0,
	  "with --by-hand, this end of the tunnel (10.2.1.1, with --ip6 "
	  "2401:db02::1)",
	  0 },
	{ "remote", OPT_REMOTE, "ADDRESS", 0,
	  "the far end (10.2.1.102, with --ip6 2401:db02::66)", 0 },
	{ "vip", OPT_VIP, "NET/BITS", 0,
	  "what goes into the tunnel (10.10.1.0/24)", 0 },
	{ "vip6", OPT_VIP6, "NET", 0, "and of IPv6, a /32 (2401:face::)", 0 },
	{},
};

static int parse_vip(char *text)
{
	char *slash = strchr(text, '/'), *end;
	long bits;

	if (!slash)
		return -EINVAL;
	*slash = '\0';
	bits = strtol(slash + 1, &end, 10);
	if (*end || end == slash + 1 || bits < 1 || bits > 32 ||
	    inet_pton(AF_INET, text, &opt.tunnel.vip_net) != 1)
		return -EINVAL;
	opt.tunnel.vip_mask = htonl(~0u << (32 - bits));
	return opt.tunnel.vip_net & ~opt.tunnel.vip_mask ? -EINVAL : 0;
}

/* An end of the tunnel: its address in one family or the other. */
static void parse_end(struct argp_state *state, const char *text, __be32 *ipv4,
		      struct in6_addr *ipv6)
{
	if (inet_pton(AF_INET, text, ipv4) != 1 &&
	    inet_pton(AF_INET6, text, ipv6) != 1)
		argp_error(state, "'%s' is no address", text);
}

static void parse_hook(struct argp_state *state, const char *text)
{
	if (!strcmp(text, "ingress"))
		opt.point = BPF_TC_INGRESS;
	else if (!strcmp(text, "egress"))
		opt.point = BPF_TC_EGRESS;
	else
		argp_error(state, "'%s' is no hook: ingress or egress", text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case OPT_CLIENT_DEV:
		opt.client_dev = arg;
		break;
	case OPT_FAR_DEV:
		opt.far_dev = opt.guard_dev = arg;
		break;
	case 't':
		opt.tun_dev = arg;
		break;
	case OPT_HOOK:
		parse_hook(state, arg);
		break;
	case OPT_IP6:
		opt.ip6 = true;
		break;
	case OPT_BY_HAND:
		opt.by_hand = true;
		break;
	case OPT_LOCAL:
		parse_end(state, arg, &opt.tunnel.local, &opt.tunnel.local6);
		break;
	case OPT_REMOTE:
		parse_end(state, arg, &opt.tunnel.remote, &opt.tunnel.remote6);
		break;
	case OPT_VIP:
		if (parse_vip(arg))
			argp_error(state, "that is no net: as in 10.10.1.0/24");
		break;
	case OPT_VIP6:
		if (inet_pton(AF_INET6, arg, &opt.tunnel.vip6_net) != 1)
			argp_error(state, "'%s' is no IPv6 net", arg);
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "what is '%s'?", arg);
		*(state->arg_num ? &opt.object : &opt.command) = arg;
		break;
	case ARGP_KEY_END:
		if (!opt.command)
			argp_error(state, "what to do? load, check, guard or "
					  "unload");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* One program, loaded and attached; @tun_ifindex goes into the map, or 0. */
static int attach(const struct device *dev, enum bpf_tc_attach_point point,
		  const char *prog_name, __u32 tun_ifindex)
{
	__u32 key = 0;
	struct tc t;
	int fd, err;

	err = tc__open(&t, dev, point, opt.object, prog_name);
	if (!err)
		err = tc__pin_globally(&t, "tun_iface");
	if (!err)
		err = object__set_constant(t.obj, dev->name, "tunnel",
					   &opt.tunnel, sizeof(opt.tunnel));
	if (!err)
		err = tc__load(&t);
	fd = err ? -1 : bpf_object__find_map_fd_by_name(t.obj, "tun_iface");
	if (!err && tun_ifindex &&
	    bpf_map_update_elem(fd, &key, &tun_ifindex, BPF_ANY)) {
		err = -errno;
		log_err("cannot write to tun_iface: %s", strerror(-err));
	}
	if (!err)
		err = tc__attach(&t);
	tc__close(&t);
	if (!err)
		printf("%s: %s on %s\n", dev->name, prog_name,
		       point == BPF_TC_INGRESS ? "ingress" : "egress");
	return err;
}

/* Those whose maps are this lesson's, on either hook. */
static int detach(const struct device *dev, void *arg)
{
	static const enum bpf_tc_attach_point points[] = { BPF_TC_INGRESS,
							   BPF_TC_EGRESS };

	(void)arg;
	for (int i = 0; i < 2; i++) {
		int fd = pins__try_open(tc__pins(dev->name, points[i]),
					"tun_iface");
		int err;

		if (fd < 0)
			continue;
		close(fd);
		err = tc__detach(dev, points[i]);
		if (err)
			return err;
	}
	return 0;
}

static int unload(void)
{
	int err = tc__each_device(detach, NULL);

	if (!err)
		tc__unpin_globally("tun_iface");
	return err;
}

static bool is_tunnel(const struct link *link)
{
	return link->type == ARPHRD_TUNNEL || link->type == ARPHRD_TUNNEL6;
}

/* Finds the tunnel device that tun_iface names; says what is wrong. */
static int check_map(struct link *tun)
{
	const char *path = tc__global_pin("tun_iface");
	__u32 key = 0, ifindex;
	struct link swapped;
	int fd = bpf_obj_get(path);

	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &ifindex)) {
		log_err("%s: %s: run `tc_prog_user load` first", path,
			strerror(errno));
		return -EINVAL;
	}
	close(fd);
	if (!link__get(NETNS_HERE, ifindex, tun)) {
		if (is_tunnel(tun))
			return 0;
		log_err("tun_iface holds %u: that is %s, which is no tunnel "
			"device",
			ifindex, tun->name);
	} else if (!link__get(NETNS_HERE, bswap_32(ifindex), &swapped)) {
		log_err("tun_iface holds %u: that is %u written in network "
			"order; the bytes are the machine's: value %u %u 0 0",
			ifindex, bswap_32(ifindex), bswap_32(ifindex) & 0xff,
			bswap_32(ifindex) >> 8 & 0xff);
	} else {
		log_err("tun_iface holds %u, and no device has this ifindex: "
			"`ip link show dev %s` tells which one it has",
			ifindex, opt.tun_dev);
	}
	return -EINVAL;
}

/* Whether rp_filter lets a packet from @saddr come in by it; says why not. */
static int check_source(const struct link *tun, __be32 saddr)
{
	int rp_filter = routing__rp_filter(tun->ifindex);
	char text[INET_ADDRSTRLEN];

	if (rp_filter <= 0 || routing__accepts_source(tun->ifindex, saddr))
		return 0;
	inet_ntop(AF_INET, &saddr, text, sizeof(text));
	log_err("rp_filter is %d on %s (the larger of all and %s): what comes "
		"from %s is dropped there, since %s: set both to 0",
		rp_filter, tun->name, tun->name, text,
		rp_filter == 1 ?
			"the way back does not lead into it" :
			"it wants some way back, and an address on the device");
	return -EINVAL;
}

/* Each of these makes a ping die without a word. */
static int check(void)
{
	struct link tun;
	int err = check_map(&tun);

	/* It receives the outer packet, then the one inside. */
	if (!err && tun.type == ARPHRD_TUNNEL)
		err = check_source(&tun, opt.tunnel.remote);
	return err ?: check_source(&tun, opt.tunnel.vip_net | htonl(1));
}

/* Both programs or, when one fails, none. */
static int attach_both(const char *redirect, const char *forward,
		       const struct device *far, __u32 tun_ifindex)
{
	struct device dev = *far;
	int err = 0;

	if (opt.point == BPF_TC_INGRESS)
		err = device__find(&dev, opt.client_dev);
	if (!err)
		err = unload();
	if (!err)
		err = attach(far, BPF_TC_INGRESS, forward, tun_ifindex);
	if (!err)
		err = attach(&dev, opt.point, redirect, 0);
	if (err)
		unload();
	return err;
}

static int load_by_hand(const struct device *far)
{
	opt.tunnel.out_ifindex = far->ifindex;
	if (opt.ip6)
		return attach_both("l2_to_ip6tnl_by_hand",
				   "ip6tnl_to_l2_by_hand", far, 0);
	return attach_both("l2_to_ipip_by_hand", "ipip_to_l2_by_hand", far, 0);
}

static int load_redirect(const struct device *far)
{
	const char *redirect = opt.ip6 ? "l2_to_ip6tun_ingress_redirect" :
					 "l2_to_iptun_ingress_redirect";
	struct link tun;
	int err;

	if (link__find(opt.tun_dev, &tun) || !is_tunnel(&tun)) {
		log_err("there is no tunnel device '%s' here: `ip link add dev "
			"%s type %s external` makes it, where the kernel has "
			"CONFIG_%s",
			opt.tun_dev, opt.tun_dev,
			opt.ip6 ? "ip6tnl mode any" : "ipip",
			opt.ip6 ? "IPV6_TUNNEL" : "NET_IPIP");
		return -ENODEV;
	}
	err = attach_both(redirect, "l2_to_iptun_ingress_forward", far,
			  tun.ifindex);
	if (err)
		return err;
	printf("tun_iface: %u (%s)\n", tun.ifindex, opt.tun_dev);
	check();
	return 0;
}

static int load(void)
{
	struct device far;
	int err = device__find(&far, opt.far_dev);

	if (err)
		return err;
	return opt.by_hand ? load_by_hand(&far) : load_redirect(&far);
}

static int guard(void)
{
	struct device dev;

	return device__find(&dev, opt.guard_dev) ?:
		       attach(&dev, BPF_TC_INGRESS, "drop_non_tun_vip", 0);
}

static int run(void)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} commands[] = { { "load", load },
			 { "check", check },
			 { "guard", guard },
			 { "unload", unload } };

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(opt.command, commands[i].name))
			return commands[i].run();
	log_err("'%s' is no command: load, check, guard or unload",
		opt.command);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "load|check|guard|unload [OBJECT]",
		.doc = "Redirect packets to the VIP net into a tunnel, and "
		       "back; guard the far end.",
	};

	inet_pton(AF_INET, "10.10.1.0", &opt.tunnel.vip_net);
	inet_pton(AF_INET, "255.255.255.0", &opt.tunnel.vip_mask);
	inet_pton(AF_INET6, "2401:face::", &opt.tunnel.vip6_net);
	inet_pton(AF_INET, "10.2.1.1", &opt.tunnel.local);
	inet_pton(AF_INET, "10.2.1.102", &opt.tunnel.remote);
	inet_pton(AF_INET6, "2401:db02::1", &opt.tunnel.local6);
	inet_pton(AF_INET6, "2401:db02::66", &opt.tunnel.remote6);
	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	return run() ? EXIT_FAILURE : EXIT_SUCCESS;
}
