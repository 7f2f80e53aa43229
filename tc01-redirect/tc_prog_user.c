/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of tc01-redirect:
 *
 *	tc_prog_user -d DEV
 *
 * Redirects the requests that arrive on DEV to the pods, and their replies
 * back to DEV, for as long as it runs. Meanwhile it keeps the maps right: the
 * addresses at the far ends of all veth pairs. At the end it removes all.
 */
#include <argp.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/signalfd.h>

#include <bpf/bpf.h>

#include "../common/net/link.h"
#include "../common/user/device.h"
#include "../common/user/log.h"
#include "../common/user/object.h"
#include "../common/user/pins.h"
#include "../common/user/tc.h"
#include "peer_addresses.h"
#include "tc_prog.h"

static struct {
	const char *object, *prog_name, *dev_name;
	struct device dev;
	bool one_way;
} opt = {
	.object = ".",
	.prog_name = "tc_redirect_neigh_func",
};

enum { OPT_PROG_NAME = 0x100, OPT_ONE_WAY };

static const struct argp_option options[] = {
	{ "dev", 'd', "DEV", 0, "the host interface", 0 },
	{ "prog-name", OPT_PROG_NAME, "FUNC", 0,
	  "the program for requests: tc_redirect_func, "
	  "tc_redirect_neigh_func (default) or tc_redirect_peer_func",
	  0 },
	{ "one-way", OPT_ONE_WAY, NULL, 0, "leave the replies to the stack",
	  0 },
	{},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'd':
		opt.dev_name = arg;
		break;
	case OPT_PROG_NAME:
		opt.prog_name = arg;
		break;
	case OPT_ONE_WAY:
		opt.one_way = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_error(state,
				   "one OBJECT is enough, '%s' is "
				   "another",
				   arg);
		opt.object = arg;
		break;
	case ARGP_KEY_END:
		if (!opt.dev_name)
			argp_error(state, "which device? -d DEV");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What the maps hold, or shall hold. */
struct table {
	struct address address[2 * IFINDEX_MAP_MAX];
	size_t count;
};

static bool same(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->ifindex == b->ifindex &&
	       (a->family == AF_INET ? a->ipv4.s_addr == b->ipv4.s_addr :
				       IN6_ARE_ADDR_EQUAL(&a->ipv6, &b->ipv6));
}

static const struct address *table__find(const struct table *table,
					 const struct address *address)
{
	for (size_t i = 0; i < table->count; i++)
		if (same(&table->address[i], address))
			return &table->address[i];
	return NULL;
}

static int table__add(const struct address *address, void *arg)
{
	struct table *table = arg;

	if (table->count == sizeof(table->address) / sizeof(*table->address)) {
		log_warn("there are more than %d addresses: requests to the "
			 "others are left to the stack",
			 2 * IFINDEX_MAP_MAX);
		return 0;
	}
	table->address[table->count++] = *address;
	return 0;
}

static struct tc host;
static struct table known;
static struct tc pods[IFINDEX_MAP_MAX]; /* those of the replies */
static int pod_count;

static int map_fd(const struct address *address)
{
	return bpf_object__find_map_fd_by_name(
		host.obj,
		address->family == AF_INET ? "ifindex_map" : "ifindex_map6");
}

static const char *text_of(const struct address *address)
{
	static char text[INET6_ADDRSTRLEN];

	return inet_ntop(address->family, &address->ipv4, text, sizeof(text));
}

static int map_failed(void)
{
	int err = -errno;

	log_err("cannot write to the maps: %s%s", strerror(-err),
		err == -E2BIG ? ": raise IFINDEX_MAP_MAX in tc_prog.h" : "");
	return err;
}

/* What has gone is removed first: an address may have moved. */
static int write_maps(const struct table *want)
{
	for (size_t i = 0; i < known.count; i++) {
		const struct address *address = &known.address[i];

		if (table__find(want, address))
			continue;
		if (bpf_map_delete_elem(map_fd(address), &address->ipv4) &&
		    errno != ENOENT)
			return map_failed();
		printf("%s has gone\n", text_of(address));
	}
	for (size_t i = 0; i < want->count; i++) {
		const struct address *address = &want->address[i];
		__u32 ifindex = address->ifindex;
		struct link link;

		if (table__find(&known, address))
			continue;
		if (bpf_map_update_elem(map_fd(address), &address->ipv4,
					&ifindex, BPF_ANY))
			return map_failed();
		printf("%s is behind %s\n", text_of(address),
		       link__get(NETNS_HERE, ifindex, &link) ?
			       "a device that has gone" :
			       link.name);
	}
	known = *want;
	return 0;
}

static int share_map(struct tc *t, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(t->obj, name);

	return bpf_map__reuse_fd(map, bpf_object__find_map_fd_by_name(host.obj,
								      name));
}

/* A program of its own on each pod's interface, with counters of its own. */
static int attach_reply(int ifindex)
{
	__u32 host_ifindex = host.dev.ifindex;
	struct tc *t = &pods[pod_count];
	struct device dev = { .ifindex = ifindex };
	struct link link;
	int err;

	if (link__get(NETNS_HERE, ifindex, &link))
		return 0;
	memcpy(dev.name, link.name, sizeof(dev.name));
	err = tc__open(t, &dev, BPF_TC_INGRESS, opt.object, "tc_reply_func");
	if (!err)
		err = object__set_constant(t->obj, dev.name, "host_ifindex",
					   &host_ifindex, sizeof(host_ifindex));
	if (!err)
		err = share_map(t, "ifindex_map");
	if (!err)
		err = share_map(t, "ifindex_map6");
	if (!err)
		err = tc__load(t);
	if (!err)
		err = tc__attach(t);
	if (err) {
		tc__close(t);
		/* A device may go at any time. */
		return device__exists(&dev) ? err : 0;
	}
	pod_count++;
	return 0;
}

static bool has_address(const struct table *table, int ifindex)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->address[i].ifindex == ifindex)
			return true;
	return false;
}

static bool has_reply(int ifindex)
{
	for (int i = 0; i < pod_count; i++)
		if (pods[i].dev.ifindex == ifindex)
			return true;
	return false;
}

static void detach(struct device *dev)
{
	if (!device__exists(dev))
		dev->ifindex = 0;
	tc__detach(dev, BPF_TC_INGRESS);
}

static void detach_reply(int i)
{
	detach(&pods[i].dev);
	tc__close(&pods[i]);
	pods[i] = pods[--pod_count];
}

static int attach_replies(const struct table *want)
{
	int err = 0;

	for (size_t i = 0; i < want->count && !err; i++) {
		int ifindex = want->address[i].ifindex;

		if (ifindex != host.dev.ifindex && !has_reply(ifindex) &&
		    pod_count < IFINDEX_MAP_MAX)
			err = attach_reply(ifindex);
	}
	return err;
}

/*
 * The maps as the network is now. A pod's replies are seen to before its
 * requests are.
 */
static int refresh(void)
{
	static struct table now;
	int err;

	now.count = 0;
	err = peer_addresses__each(table__add, &now);
	if (err) {
		log_err("cannot read the addresses: %s", strerror(-err));
		return err;
	}
	if (!opt.one_way)
		err = attach_replies(&now);
	if (!err)
		err = write_maps(&now);
	for (int i = pod_count - 1; i >= 0; i--)
		if (!has_address(&now, pods[i].dev.ifindex))
			detach_reply(i);
	return err;
}

/* What one that was killed has left: its pins have the maps' names. */
static int clean_up_after(const struct device *dev, void *arg)
{
	const char *pins = tc__pins(dev->name, BPF_TC_INGRESS);
	int fd = pins__try_open(pins, "ifindex_map");

	(void)arg;
	if (fd < 0)
		fd = pins__open_staged(pins, "ifindex_map");
	if (fd < 0)
		return 0;
	close(fd);
	return tc__detach(dev, BPF_TC_INGRESS);
}

/* Until a signal comes, or the device is gone. */
static int serve(int signal_fd, int watch_fd)
{
	struct pollfd fds[] = { { .fd = signal_fd, .events = POLLIN },
				{ .fd = watch_fd, .events = POLLIN } };
	int err = 0;

	while (!err) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			err = -errno;
			log_err("cannot wait: %s", strerror(-err));
			break;
		}
		if (fds[0].revents)
			return 0;
		peer_addresses__drain(watch_fd);
		if (!device__exists(&host.dev)) {
			log_err("%s is gone: nothing left to do", opt.dev.name);
			return -ENODEV;
		}
		err = refresh();
	}
	return err;
}

static int attach(void)
{
	int err;

	err = tc__open(&host, &opt.dev, BPF_TC_INGRESS, opt.object,
		       opt.prog_name);
	if (!err)
		err = tc__load(&host);
	if (!err)
		err = tc__attach(&host);
	return err ?: refresh();
}

static int run(void)
{
	sigset_t signals;
	int signal_fd, watch_fd, err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	watch_fd = peer_addresses__watch();
	if (signal_fd < 0 || watch_fd < 0) {
		log_err("cannot wait for signals and changes: %s",
			strerror(errno));
		return -errno;
	}
	err = attach();
	if (!err) {
		printf("%s: %s is ready\n", opt.dev.name, opt.prog_name);
		err = serve(signal_fd, watch_fd);
	}
	while (pod_count)
		detach_reply(pod_count - 1);
	detach(&opt.dev);
	tc__close(&host);
	return err;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "[OBJECT]",
		.doc = "Redirect requests that arrive on DEV to the pods, and "
		       "their replies back, until Ctrl-C.",
	};
	int err;

	if (argp_parse(&argp, argc, argv, 0, NULL, NULL))
		return EXIT_FAILURE;
	liblog__capture();
	setvbuf(stdout, NULL, _IOLBF, 0);
	err = device__find(&opt.dev, opt.dev_name) ?: pins__check(opt.dev.name);
	if (!err)
		err = tc__lock();
	if (!err)
		err = tc__each_device(clean_up_after, NULL);
	if (!err)
		err = run();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
