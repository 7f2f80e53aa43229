/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "../common/user/log.h"
#include "director.h"
#include "health.h"

/* An attempt to connect. @err: EINPROGRESS, then 0 or why it failed */
struct probe {
	struct in6_addr addr;
	int fd, err;
};

struct round {
	struct probe probes[BACKENDS_MAX];
	int count;
};

/* Returns the length of the address. */
static socklen_t set_address(struct sockaddr_storage *to,
			     const struct in6_addr *addr, __u16 port)
{
	struct sockaddr_in6 *ipv6 = (void *)to;
	struct sockaddr_in *ipv4 = (void *)to;

	*to = (struct sockaddr_storage){};
	if (addr_is_ipv4(addr)) {
		ipv4->sin_family = AF_INET;
		ipv4->sin_port = htons(port);
		ipv4->sin_addr.s_addr = addr->s6_addr32[3];
		return sizeof(*ipv4);
	}
	ipv6->sin6_family = AF_INET6;
	ipv6->sin6_port = htons(port);
	ipv6->sin6_addr = *addr;
	return sizeof(*ipv6);
}

static bool connects(int fd, const struct in6_addr *addr,
		     const struct health *h)
{
	struct sockaddr_storage name;
	socklen_t len;

	for (int i = 0; i < h->source_count; i++) {
		if (addr_is_ipv4(&h->sources[i]) != addr_is_ipv4(addr))
			continue;
		len = set_address(&name, &h->sources[i], 0);
		if (bind(fd, (void *)&name, len))
			return false;
		break;
	}
	len = set_address(&name, addr, h->port);
	return !connect(fd, (void *)&name, len);
}

static void probe__start(struct probe *p, const struct health *h)
{
	int family = addr_is_ipv4(&p->addr) ? AF_INET : AF_INET6;

	p->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	p->err = p->fd >= 0 && connects(p->fd, &p->addr, h) ? 0 : errno;
}

static void probe__end(struct probe *p)
{
	if (p->err == EINPROGRESS)
		p->err = ETIMEDOUT;
	if (p->fd >= 0)
		close(p->fd);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Those that are in progress get until @end; -EINTR when it is to stop. */
static int wait_for_probes(struct round *r, int stop_fd, long end)
{
	struct pollfd fds[BACKENDS_MAX + 1];
	int pending = 0;

	for (int i = 0; i < r->count; i++) {
		bool waits = r->probes[i].err == EINPROGRESS;

		/* poll() leaves out a negative one. */
		fds[i].fd = waits ? r->probes[i].fd : -1;
		fds[i].events = POLLOUT;
		pending += waits;
	}
	fds[r->count] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	while (pending && now_ms() < end) {
		if (poll(fds, r->count + 1, end - now_ms()) < 0) {
			int err = -errno;

			if (err != -EINTR)
				log_err("cannot wait for answers: %s",
					strerror(-err));
			return err;
		}
		if (fds[r->count].revents)
			return -EINTR;
		for (int i = 0; i < r->count; i++) {
			struct probe *p = &r->probes[i];
			socklen_t len = sizeof(p->err);

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &p->err, &len);
			fds[i].fd = -1;
			pending--;
		}
	}
	return 0;
}

/* Which backends there are, and whether they answer. */
static int probe_all(struct round *r, struct director *d,
		     const struct health *h, int stop_fd)
{
	int err = director__open(d, h->dev);

	if (err)
		return err;
	r->count = 0;
	for (int slot = 1; slot < BACKENDS_MAX; slot++)
		if (d->backends[slot].state == BACKEND_ACTIVE ||
		    d->backends[slot].state == BACKEND_FAILED)
			r->probes[r->count++].addr = d->backends[slot].addr;
	director__close(d);

	for (int i = 0; i < r->count; i++)
		probe__start(&r->probes[i], h);
	err = wait_for_probes(r, stop_fd, now_ms() + HEALTH_BOUND * 1000);
	for (int i = 0; i < r->count; i++)
		probe__end(&r->probes[i]);
	return err;
}

/* Somebody may have changed the director since it was asked. */
static int apply(const struct round *r, struct director *d, const char *dev)
{
	int changes = 0, err = director__open(d, dev);

	if (err)
		return err;
	for (int i = 0; i < r->count; i++) {
		const struct probe *p = &r->probes[i];

		if (!director__set_health(d, &p->addr, !p->err))
			continue;
		changes++;
		printf("%s: %s %s\n", dev, director__text(&p->addr),
		       p->err ? strerror(p->err) : "answers again");
	}
	if (changes)
		err = director__apply(d);
	director__close(d);
	return err;
}

int health__watch(const struct health *h)
{
	static struct director d;
	static struct round round;
	struct pollfd stop = { .events = POLLIN };
	sigset_t signals;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	stop.fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (stop.fd < 0) {
		err = -errno;
		log_err("cannot wait for signals: %s", strerror(-err));
		return err;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	do {
		err = probe_all(&round, &d, h, stop.fd);
		if (!err)
			err = apply(&round, &d, h->dev);
	} while (!err && !poll(&stop, 1, h->interval * 1000));
	close(stop.fd);
	return err == -EINTR ? 0 : err;
}
