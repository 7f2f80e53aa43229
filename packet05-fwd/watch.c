/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <linux/rtnetlink.h>

#include "../common/net/neighbour.h"
#include "../common/net/netlink.h"
#include "../common/net/route.h"
#include "../common/user/log.h"
#include "service.h"
#include "tables.h"

/* The program's clock is coarse, and this thread may have to wait its turn. */
#define LEASE_TICKS 3
#define ALARM_TICKS 2
/* That are remembered; more of them share places. */
#define NEIGHBOURS  16384

static int events = -1;	   /* the netlink socket */
static int to_settle = -1; /* an eventfd */
static int to_stop = -1;   /* an eventfd */
static int alarm_fd = -1;  /* a timerfd, for when the next route expires */
static pthread_t thread;
/* Changes so far that watch__settle() must look at. */
static uint64_t changes;

/* As long as this thread is alive, what was learned may be believed. */
static void renew_lease(void)
{
	__atomic_store_n(&state->valid_until, tables__tick() + LEASE_TICKS,
			 __ATOMIC_SEQ_CST);
}

/* Another generation, in which nothing is learned yet. */
static void raise_and_forbid(void)
{
	__u64 old = __atomic_load_n(&state->generation, __ATOMIC_SEQ_CST);

	__atomic_add_fetch(&changes, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_compare_exchange_n(
		&state->generation, &old, (old & ~FWD_LEARN) + FWD_GENERATION,
		false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* Another generation, with the same permission to learn. */
static void raise_generation(void)
{
	__atomic_add_fetch(&state->generation, FWD_GENERATION,
			   __ATOMIC_SEQ_CST);
}

/*
 * What was last heard of neighbours. That one was confirmed is no change, and
 * one that is new changes no way that was learned before. Of two that share a
 * place here only one is known, so there everything counts as a change: that
 * costs no more than learning again.
 */
static struct known {
	int ifindex; /* 0: nobody is known */
	struct in6_addr addr;
	uint8_t mac[ETH_ALEN];
	bool is_shared;
} neighbours[NEIGHBOURS];

/* By a hash that begins with Fibonacci's multiplier and goes on as FNV-1a. */
static struct known *place_of(const struct neighbour *neighbour)
{
	uint32_t hash = neighbour->ifindex * 0x9e3779b1;

	for (int i = 0; i < 16; i++)
		hash = (hash ^ neighbour->ipv6.s6_addr[i]) * 0x01000193;
	return &neighbours[hash % NEIGHBOURS];
}

/* Whether what is told of a neighbour, or that it has gone, is new. */
static bool is_change(const struct neighbour *neighbour, bool has_gone)
{
	struct known *place = place_of(neighbour), now;
	bool is_known = place->ifindex == neighbour->ifindex &&
			IN6_ARE_ADDR_EQUAL(&place->addr, &neighbour->ipv6);
	bool is_same = is_known &&
		       !memcmp(place->mac, neighbour->mac, sizeof(place->mac));

	now = (struct known){ .ifindex = neighbour->ifindex,
			      .addr = neighbour->ipv6 };
	memcpy(now.mac, neighbour->mac, sizeof(now.mac));
	now.is_shared = place->is_shared || (place->ifindex && !is_known);
	if (has_gone || !neighbour->has_mac ||
	    !(neighbour->state & NUD_VALID)) {
		if (is_known)
			place->ifindex = 0;
		is_same = false;
	} else {
		*place = now;
	}
	return !is_same && (is_known || now.is_shared);
}

static int remember(const struct neighbour *neighbour, void *arg)
{
	(void)arg;
	is_change(neighbour, false);
	return 0;
}

/* Deals with what a datagram tells. Returns whether that is to be settled. */
static bool read_datagram(const char *buf, int len)
{
	const struct nlmsghdr *msg = (const void *)buf;
	bool neighbour_changed = false;
	struct neighbour neighbour;

	for (; netlink__ok(msg, len); msg = mnl_nlmsg_next(msg, &len)) {
		if (msg->nlmsg_type != RTM_NEWNEIGH &&
		    msg->nlmsg_type != RTM_DELNEIGH) {
			raise_and_forbid();
			return true;
		}
		if (neighbour__parse(msg, &neighbour))
			neighbour_changed |= is_change(
				&neighbour, msg->nlmsg_type == RTM_DELNEIGH);
	}
	if (neighbour_changed)
		raise_generation();
	return false;
}

void watch__again(void)
{
	static const uint64_t one = 1;

	if (write(to_settle, &one, sizeof(one)) < 0)
		log_warn("cannot wake the daemon: %s", strerror(errno));
}

static void read_events(void)
{
	static char buf[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool settle = false;
	ssize_t len;

	for (;;) {
		len = recv(events, buf, sizeof(buf), MSG_DONTWAIT | MSG_TRUNC);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno != ENOBUFS)
			break;
		if (len >= 0 && len <= (ssize_t)sizeof(buf)) {
			settle |= read_datagram(buf, len);
			continue;
		}
		/* There was more than the socket or the buffer could take. */
		for (size_t i = 0; i < NEIGHBOURS; i++)
			neighbours[i].is_shared = true;
		raise_and_forbid();
		settle = true;
	}
	if (settle)
		watch__again();
}

static void read_alarm(void)
{
	uint64_t times;

	if (read(alarm_fd, &times, sizeof(times)) != sizeof(times))
		return;
	raise_and_forbid();
	watch__again();
}

static void *watch(void *arg)
{
	struct pollfd fds[] = { { .fd = events, .events = POLLIN },
				{ .fd = alarm_fd, .events = POLLIN },
				{ .fd = to_stop, .events = POLLIN } };

	while (!fds[2].revents) {
		renew_lease();
		if (poll(fds, 3, 1000) <= 0)
			continue;
		if (fds[0].revents)
			read_events();
		if (fds[1].revents)
			read_alarm();
	}
	return arg;
}

static int subscribe(void)
{
	static const int groups[] = {
		RTNLGRP_LINK,	      RTNLGRP_NEIGH,	    RTNLGRP_NEXTHOP,
		RTNLGRP_IPV4_IFADDR,  RTNLGRP_IPV4_ROUTE,   RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_IFADDR,  RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV6_RULE,    RTNLGRP_IPV6_NETCONF,
	};
	int size = 8 << 20;
	int fd = netlink__listen();

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		int err = netlink__join(fd, groups[i]);

		if (err)
			log_warn("the kernel does not tell of netlink group "
				 "%d: %s",
				 groups[i], strerror(-err));
	}
	return fd;
}

int watch__start(void)
{
	static const struct sched_param first = { .sched_priority = 1 };
	int err;

	events = subscribe();
	to_settle = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	to_stop = eventfd(0, EFD_CLOEXEC);
	alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (events < 0 || to_settle < 0 || to_stop < 0 || alarm_fd < 0) {
		err = events < 0 ? events : -errno;
		log_err("cannot listen for changes of routes: %s",
			strerror(-err));
		return err;
	}
	raise_and_forbid();
	renew_lease();
	neighbour__each(remember, NULL);
	err = pthread_create(&thread, NULL, watch, NULL);
	if (err) {
		log_err("cannot start a thread: %s", strerror(err));
		return -err;
	}
	/* Before whoever keeps the machine busy, where that is allowed. */
	pthread_setschedparam(thread, SCHED_FIFO, &first);
	return to_settle;
}

void watch__stop(void)
{
	static const uint64_t one = 1;

	if (write(to_stop, &one, sizeof(one)) == sizeof(one))
		pthread_join(thread, NULL);
	raise_and_forbid();
	__atomic_store_n(&state->valid_until, 0, __ATOMIC_SEQ_CST);
}

/*
 * Returns when a change is complete that the kernel has told of: it holds a
 * lock meanwhile, which this request, that changes nothing, needs as well.
 */
static void wait_for_change(void)
{
	struct netlink_request r;
	struct ifinfomsg *ifi;

	ifi = netlink__begin(&r, RTM_SETLINK, NLM_F_ACK, sizeof(*ifi));
	ifi->ifi_index = 1; /* lo */
	netlink__send(&r, NETLINK_ROUTE, NULL, NULL);
}

static int note_end(const struct route *route, void *arg)
{
	int32_t *next = arg;

	if (route->expires && (!*next || route->expires < *next))
		*next = route->expires;
	return 0;
}

/*
 * That a route expires the kernel tells when it tidies up, half a minute late.
 * What is known of the end is rounded down: some ticks later it has come.
 */
static void set_alarm(void)
{
	long per_second = sysconf(_SC_CLK_TCK);
	struct itimerspec alarm = {};
	int32_t next = 0;

	/* (No answer is a kernel without IPv6: no other routes expire.) */
	route__each(AF_INET6, note_end, &next);
	if (next) {
		next += ALARM_TICKS;
		alarm.it_value.tv_sec = next / per_second;
		alarm.it_value.tv_nsec =
			next % per_second * (1000000000 / per_second);
	}
	timerfd_settime(alarm_fd, 0, &alarm, NULL);
}

void watch__settle(__u64 (*look)(void))
{
	uint64_t seen, events_seen;
	__u64 old, learn;

	if (read(to_settle, &events_seen, sizeof(events_seen)) < 0)
		return;
	seen = __atomic_load_n(&changes, __ATOMIC_SEQ_CST);
	wait_for_change();
	set_alarm();
	learn = look();
	old = __atomic_load_n(&state->generation, __ATOMIC_SEQ_CST);
	/* A change meanwhile: that one has its own call to come. */
	while (__atomic_load_n(&changes, __ATOMIC_SEQ_CST) == seen &&
	       !__atomic_compare_exchange_n(&state->generation, &old,
					    old | learn, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}
