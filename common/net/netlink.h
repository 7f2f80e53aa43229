/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the kernel by netlink(7), and its answers, on libmnl.
 *
 * A request is begun, given its attributes, and sent:
 *
 *	struct netlink_request r;
 *	struct ifinfomsg *ifi;
 *
 *	ifi = netlink__begin(&r, RTM_GETLINK, 0, sizeof(*ifi));
 *	ifi->ifi_index = ifindex;
 *	mnl_attr_put_u32(r.head, IFLA_TARGET_NETNSID, nsid);
 *	err = netlink__send(&r, NETLINK_ROUTE, read_link, &link);
 *
 * Each request has a socket of its own, in the network namespace that the
 * process is in. Answers are data: what is cut short, or of another size than
 * it should be, counts as missing. Nothing here logs.
 */
#ifndef NET_NETLINK_H
#define NET_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

struct netlink_request {
	struct nlmsghdr *head; /* in buf */
	char buf[512] __attribute__((aligned(MNL_ALIGNTO)));
};

/*
 * netlink__begin - a request without attributes
 * @type: RTM_GETLINK ...
 * @flags: NLM_F_DUMP, NLM_F_ACK ...; NLM_F_REQUEST is added
 * @size: of the family's own header
 *
 * Returns that header, all zero.
 */
void *netlink__begin(struct netlink_request *r, int type, int flags,
		     size_t size);

/* Returns 0 to go on, or what to stop with. */
typedef int (*netlink_answer)(const struct nlmsghdr *msg, void *arg);

/*
 * netlink__send - send a request and hand each answer to @answer
 * @protocol: NETLINK_ROUTE, NETLINK_NETFILTER ...
 * @answer: NULL where only success or failure counts
 *
 * Returns 0 when the answers are complete; what @answer has stopped with; or a
 * negative errno, the kernel's or one of the socket calls'. What changes during
 * a dump may be missing from it: who must not miss it listens first.
 */
int netlink__send(struct netlink_request *r, int protocol,
		  netlink_answer answer, void *arg);

/*
 * netlink__listen - a socket on which the kernel tells of changes
 *
 * It does not block, and is told nothing yet: see netlink__join(). Returns a
 * file descriptor, or a negative errno.
 */
int netlink__listen(void);

/* netlink__join - hear of one kind of change, RTNLGRP_LINK ...: 0 or -errno */
int netlink__join(int fd, int group);

/*
 * netlink__ok - whether @msg is whole, in a datagram of which @len bytes are
 * left; mnl_nlmsg_next() then leads to the next one
 */
bool netlink__ok(const struct nlmsghdr *msg, int len);

#define NETLINK_ATTRS_MAX 128

/* The attributes of a message, by type; NULL: it does not have that one. */
struct netlink_attrs {
	const struct nlattr *at[NETLINK_ATTRS_MAX];
};

/*
 * netlink__parse - find the attributes of a message
 * @size: of the family's own header
 *
 * Returns that header, or NULL where the message is too short for it.
 */
const void *netlink__parse(const struct nlmsghdr *msg, size_t size,
			   struct netlink_attrs *attrs);

/* attr__nested - those within an attribute; none within NULL */
void attr__nested(const struct nlattr *a, struct netlink_attrs *attrs);

/* attr__u32 - a number in host byte order; @missing where there is none */
uint32_t attr__u32(const struct nlattr *a, uint32_t missing);

/* attr__text - a string; "" where there is none */
const char *attr__text(const struct nlattr *a);

/* attr__copy - whether it is there, and has @size bytes; they are copied */
bool attr__copy(const struct nlattr *a, void *to, size_t size);

#endif
