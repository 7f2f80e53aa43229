/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "netlink.h"
#include "socket.h"

bool socket_end__is_loopback(const struct socket_end *end)
{
	if (end->family == AF_INET)
		return ntohl(end->ipv4.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&end->ipv6);
}

static int parse(const struct sockaddr_storage *addr, struct socket_end *end)
{
	const struct sockaddr_in *in = (const void *)addr;
	const struct sockaddr_in6 *in6 = (const void *)addr;

	if (addr->ss_family == AF_INET) {
		*end = (struct socket_end){ .family = AF_INET,
					    .port = in->sin_port,
					    .ipv4 = in->sin_addr };
	} else if (addr->ss_family != AF_INET6) {
		return -EAFNOSUPPORT;
	} else if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		*end = (struct socket_end){ .family = AF_INET,
					    .port = in6->sin6_port };
		end->ipv4.s_addr = in6->sin6_addr.s6_addr32[3];
	} else {
		*end = (struct socket_end){ .family = AF_INET6,
					    .port = in6->sin6_port,
					    .ipv6 = in6->sin6_addr };
	}
	return 0;
}

int socket__ends(int fd, struct socket_end *here, struct socket_end *there)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int err;

	if (getsockname(fd, (struct sockaddr *)&addr, &len))
		return -errno;
	err = parse(&addr, here);
	if (err)
		return err;
	len = sizeof(addr);
	if (getpeername(fd, (struct sockaddr *)&addr, &len))
		return -errno;
	return parse(&addr, there);
}

static void put_address(void *to, const struct socket_end *end)
{
	if (end->family == AF_INET)
		memcpy(to, &end->ipv4, sizeof(end->ipv4));
	else
		memcpy(to, &end->ipv6, sizeof(end->ipv6));
}

/*
 * A socket that is closed may live on for a while, to send what is left. The
 * kernel says that it is root's and has no inode.
 */
static int read_user(const struct nlmsghdr *msg, void *user)
{
	const struct inet_diag_msg *diag;
	struct netlink_attrs attrs;

	diag = netlink__parse(msg, sizeof(*diag), &attrs);
	if (!diag)
		return -EBADMSG;
	if (!diag->idiag_inode || diag->idiag_state == TCP_LISTEN)
		return -ENOENT;
	*(uid_t *)user = diag->idiag_uid;
	return 0;
}

int socket__user(const struct socket_end *there, const struct socket_end *here,
		 uid_t *user)
{
	struct inet_diag_req_v2 *ask;
	struct netlink_request r;

	*user = -1;
	ask = netlink__begin(&r, SOCK_DIAG_BY_FAMILY, 0, sizeof(*ask));
	ask->sdiag_family = there->family;
	ask->sdiag_protocol = IPPROTO_TCP;
	ask->idiag_states = -1;
	ask->id.idiag_sport = there->port;
	ask->id.idiag_dport = here->port;
	put_address(ask->id.idiag_src, there);
	put_address(ask->id.idiag_dst, here);
	ask->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	ask->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return netlink__send(&r, NETLINK_SOCK_DIAG, read_user, user) ?:
		       (*user == (uid_t)-1 ? -ENOENT : 0);
}
