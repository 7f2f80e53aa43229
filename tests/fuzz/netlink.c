/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's answers, as any bytes: nothing is read beyond them, what is
 * found in them are texts that end and numbers that fit, and who has seen
 * enough is asked no more.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "../../common/net/address.h"
#include "../../common/net/filter.h"
#include "../../common/net/link.h"
#include "../../common/net/neighbour.h"
#include "../../common/net/netlink.h"
#include "../../common/net/netns.h"
#include "../../common/net/route.h"

#define ENOUGH 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Instead of libmnl's: one datagram, of its own size, and no more. */
static const uint8_t *answer;
static size_t answer_len;

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus;
	(void)flags;
	return (void *)&answer;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf,
			  socklen_t len)
{
	(void)nl;
	(void)type;
	(void)buf;
	return len ? 0 : -1;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	(void)nl;
	return -1;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req,
			  size_t size)
{
	(void)nl;
	(void)req;
	return size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	size_t len = answer_len < size ? answer_len : size;

	(void)nl;
	if (!answer) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(buf, answer, len);
	/* The rest of the buffer is nobody's. */
	memset((char *)buf + len, 0xff, size - len);
	answer = NULL;
	return len;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	(void)nl;
	return 0;
}

static void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static int on_link(const struct link *link, void *arg)
{
	(void)arg;
	need(strnlen(link->name, sizeof(link->name)) < sizeof(link->name),
	     "a name without an end");
	need(strnlen(link->kind, sizeof(link->kind)) < sizeof(link->kind),
	     "a kind without an end");
	return 0;
}

static int links;

/* The second one is enough. */
static int on_second_link(const struct link *link, void *arg)
{
	return on_link(link, arg) ?: ++links == 2 ? ENOUGH : 0;
}

static int on_address(const struct address *address, void *arg)
{
	(void)arg;
	need(address->prefix_len <= (address->family == AF_INET ? 32 : 128),
	     "a prefix longer than an address");
	return 0;
}

static int on_neighbour(const struct neighbour *neighbour, void *arg)
{
	(void)arg;
	need(neighbour->family == AF_INET || neighbour->family == AF_INET6,
	     "a neighbour of no family");
	return 0;
}

static int on_route(const struct route *route, void *arg)
{
	(void)arg;
	need(route->dst_len <= (route->family == AF_INET ? 32 : 128),
	     "a prefix longer than an address");
	return 0;
}

static int on_filter(const struct filter *filter, void *arg)
{
	(void)arg;
	need(!strcmp(filter->kind, "bpf") || !filter->prog_id,
	     "a program that is no BPF filter's");
	return 0;
}

static int on_rule(const struct rule *rule, void *arg)
{
	(void)arg;
	need(!(rule->attrs & 1), "an attribute without a type");
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link link;
	int err;

	if (size < 1)
		return 0;
	answer = data + 1;
	answer_len = size - 1;
	switch (*data % 8) {
	case 0:
		links = 0;
		err = link__each(NETNS_HERE, on_second_link, NULL);
		need(links < 2 ? err <= 0 : links == 2 && err == ENOUGH,
		     "it went on after the second link");
		break;
	case 1:
		address__each(NETNS_HERE, on_address, NULL);
		break;
	case 2:
		neighbour__each(on_neighbour, NULL);
		break;
	case 3:
		route__each(AF_INET, on_route, NULL);
		break;
	case 4:
		rule__each(AF_INET, on_rule, NULL);
		break;
	case 5:
		if (!link__get(NETNS_HERE, 1, &link))
			on_link(&link, NULL);
		break;
	case 6:
		netns__number(0);
		break;
	case 7:
		filter__each(1, on_filter, NULL);
		break;
	}
	return 0;
}
