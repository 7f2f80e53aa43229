/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <linux/netlink.h>

#include "netlink.h"

void *netlink__begin(struct netlink_request *r, int type, int flags,
		     size_t size)
{
	r->head = mnl_nlmsg_put_header(r->buf);
	r->head->nlmsg_type = type;
	r->head->nlmsg_flags = NLM_F_REQUEST | flags;
	return mnl_nlmsg_put_extra_header(r->head, size);
}

/* What the last message of an answer says: a negative errno, or 0. */
static int result_of(const struct nlmsghdr *msg)
{
	int err = 0;

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(msg), sizeof(err));
	return err < 0 ? err : 0;
}

/* libmnl takes a length of 2^31 or more for a negative one. */
bool netlink__ok(const struct nlmsghdr *msg, int len)
{
	return mnl_nlmsg_ok(msg, len) && msg->nlmsg_len <= (unsigned int)len;
}

/* Deals with one datagram of answers; whether it was the last. */
static bool read_answers(const void *buf, int len, netlink_answer answer,
			 void *arg, int *result)
{
	const struct nlmsghdr *msg = buf;

	for (; netlink__ok(msg, len); msg = mnl_nlmsg_next(msg, &len)) {
		if (msg->nlmsg_type == NLMSG_DONE ||
		    msg->nlmsg_type == NLMSG_ERROR) {
			*result = result_of(msg);
			return true;
		}
		*result = answer ? answer(msg, arg) : 0;
		if (*result || !(msg->nlmsg_flags & NLM_F_MULTI))
			return true;
	}
	return false;
}

static int exchange(struct mnl_socket *nl, const struct nlmsghdr *request,
		    netlink_answer answer, void *arg)
{
	/* As large as the kernel makes the parts of a dump. */
	char buf[32768] __attribute__((aligned(MNL_ALIGNTO)));
	int result = 0;
	ssize_t len;

	if (mnl_socket_sendto(nl, request, request->nlmsg_len) < 0)
		return -errno;
	do {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len < 0 && errno != EINTR)
			return -errno;
	} while (len <= 0 || !read_answers(buf, len, answer, arg, &result));
	return result;
}

int netlink__send(struct netlink_request *r, int protocol,
		  netlink_answer answer, void *arg)
{
	struct timeval patience = { .tv_sec = 2 };
	struct mnl_socket *nl;
	int err, one = 1;

	nl = mnl_socket_open2(protocol, SOCK_CLOEXEC);
	if (!nl)
		return -errno;
	/* Without that, a dump ignores what the request narrows it to. */
	mnl_socket_setsockopt(nl, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	err = exchange(nl, r->head, answer, arg);
	mnl_socket_close(nl);
	return err;
}

int netlink__listen(void)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int err;

	if (fd < 0 || !bind(fd, (struct sockaddr *)&self, sizeof(self)))
		return fd < 0 ? -errno : fd;
	err = -errno;
	close(fd);
	return err;
}

int netlink__join(int fd, int group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			  sizeof(group)) ?
		       -errno :
		       0;
}

static int note(const struct nlattr *a, void *attrs)
{
	if (mnl_attr_get_type(a) < NETLINK_ATTRS_MAX)
		((struct netlink_attrs *)attrs)->at[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

const void *netlink__parse(const struct nlmsghdr *msg, size_t size,
			   struct netlink_attrs *attrs)
{
	*attrs = (struct netlink_attrs){};
	if (mnl_nlmsg_get_payload_len(msg) < size)
		return NULL;
	mnl_attr_parse(msg, size, note, attrs);
	return mnl_nlmsg_get_payload(msg);
}

void attr__nested(const struct nlattr *a, struct netlink_attrs *attrs)
{
	*attrs = (struct netlink_attrs){};
	if (a)
		mnl_attr_parse_nested(a, note, attrs);
}

uint32_t attr__u32(const struct nlattr *a, uint32_t missing)
{
	uint32_t value;

	return attr__copy(a, &value, sizeof(value)) ? value : missing;
}

const char *attr__text(const struct nlattr *a)
{
	return a && !mnl_attr_validate(a, MNL_TYPE_NUL_STRING) ?
		       mnl_attr_get_str(a) :
		       "";
}

bool attr__copy(const struct nlattr *a, void *to, size_t size)
{
	if (!a || mnl_attr_get_payload_len(a) != size)
		return false;
	memcpy(to, mnl_attr_get_payload(a), size);
	return true;
}
