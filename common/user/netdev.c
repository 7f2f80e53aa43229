/* SPDX-License-Identifier: GPL-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "log.h"
#include "netdev.h"

static int parse_mac(const char *text, uint8_t mac[MAC_LEN])
{
	for (int i = 0; i < MAC_LEN; i++) {
		const char *pair = text + 3 * i;
		char digits[3] = "";

		/* Stops at the end of a text that is too short, too. */
		if (!isxdigit((unsigned char)pair[0]) ||
		    !isxdigit((unsigned char)pair[1]) ||
		    pair[2] != (i < MAC_LEN - 1 ? ':' : '\0'))
			return -EINVAL;
		memcpy(digits, pair, 2);
		mac[i] = strtoul(digits, NULL, 16);
	}
	return 0;
}

const char *mac__parse(const char *text, uint8_t mac[MAC_LEN])
{
	static const uint8_t zero[MAC_LEN];

	if (parse_mac(text, mac))
		return "no MAC address: six pairs of hexadecimal digits, such "
		       "as 02:00:5e:10:00:ff";
	if (mac[0] & 1)
		return "not the address of one station (it is broadcast or "
		       "multicast)";
	if (!memcmp(mac, zero, MAC_LEN))
		return "not the address of one station (it is all zero)";
	return NULL;
}

int mac__parse_option(const char *option, const char *text,
		      uint8_t mac[MAC_LEN])
{
	const char *wrong = mac__parse(text, mac);

	if (wrong)
		log_err("%s: '%s' is %s", option, text, wrong);
	return wrong ? -EINVAL : 0;
}

int netdev__index(const char *dev, uint8_t *mac)
{
	struct ifreq ifr = {};
	int ifindex, fd, err;

	ifindex = if_nametoindex(dev);
	if (!ifindex) {
		log_err("there is no device '%s' here: `ip link` lists those "
			"that there are",
			dev);
		return -ENODEV;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	err = ioctl(fd, SIOCGIFHWADDR, &ifr) ? -errno : 0;
	close(fd);
	if (err) {
		log_err("%s: cannot read its MAC address: %s", dev,
			strerror(-err));
		return err;
	}
	if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
		log_err("%s is not an Ethernet device: the lessons need one, "
			"such as a veth end",
			dev);
		return -EINVAL;
	}
	if (mac)
		memcpy(mac, ifr.ifr_hwaddr.sa_data, MAC_LEN);
	return ifindex;
}

/* Deals with one datagram of answers: 1 when it was the last, 0, -errno. */
static int read_answers(struct nlmsghdr *msg, int len,
			int (*answer)(const struct nlmsghdr *, void *),
			void *arg)
{
	for (; NLMSG_OK(msg, (unsigned int)len); msg = NLMSG_NEXT(msg, len)) {
		int err;

		if (msg->nlmsg_type == NLMSG_DONE)
			return 1;
		if (msg->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *e = NLMSG_DATA(msg);

			return e->error ? e->error : 1;
		}
		err = answer ? answer(msg, arg) : 0;
		if (err)
			return err;
		if (!(msg->nlmsg_flags & NLM_F_MULTI))
			return 1;
	}
	return 0;
}

int netlink__request(int protocol, struct nlmsghdr *request,
		     int (*answer)(const struct nlmsghdr *msg, void *arg),
		     void *arg)
{
	struct timeval patience = { .tv_sec = 2 };
	char buf[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd, err = 0, one = 1;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd < 0)
		return -errno;
	/* Without that, a dump ignores what the request narrows it to. */
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	request->nlmsg_seq = 1;
	if (send(fd, request, request->nlmsg_len, 0) < 0)
		err = -errno;
	while (!err) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		if (len < 0 && errno != EINTR)
			err = -errno;
		else if (len > 0)
			err = read_answers((void *)buf, len, answer, arg);
	}
	close(fd);
	return err < 0 ? err : 0;
}

struct link {
	bool is_veth;
	int peer_ifindex;
	int peer_nsid;	  /* -1: in this namespace */
	uint8_t *mac_out; /* where to write its address, or NULL */
};

static int read_link(const struct nlmsghdr *msg, void *arg)
{
	const struct ifinfomsg *ifi = NLMSG_DATA(msg);
	int len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*ifi));
	struct link *link = arg;

	for (const struct rtattr *a = IFLA_RTA(ifi); RTA_OK(a, len);
	     a = RTA_NEXT(a, len)) {
		const struct rtattr *kind = RTA_DATA(a);

		switch (a->rta_type & NLA_TYPE_MASK) {
		case IFLA_ADDRESS:
			if (link->mac_out && RTA_PAYLOAD(a) == MAC_LEN)
				memcpy(link->mac_out, RTA_DATA(a), MAC_LEN);
			break;
		case IFLA_LINK:
			link->peer_ifindex = *(int *)RTA_DATA(a);
			break;
		case IFLA_LINK_NETNSID:
			link->peer_nsid = *(int *)RTA_DATA(a);
			break;
		case IFLA_LINKINFO:
			if (kind->rta_type == IFLA_INFO_KIND)
				link->is_veth = !strcmp(RTA_DATA(kind), "veth");
			break;
		}
	}
	return 0;
}

/* @nsid: the namespace's number as this one knows it, or -1 for this one */
static int get_link(int ifindex, int nsid, struct link *link)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg ifi;
		struct rtattr attr;
		int nsid;
	} req = {
		.head = { .nlmsg_type = RTM_GETLINK,
			  .nlmsg_flags = NLM_F_REQUEST,
			  .nlmsg_len = NLMSG_LENGTH(sizeof(req.ifi)) },
		.ifi = { .ifi_index = ifindex },
		.attr = { .rta_type = IFLA_TARGET_NETNSID,
			  .rta_len = RTA_LENGTH(sizeof(int)) },
		.nsid = nsid,
	};

	if (nsid >= 0)
		req.head.nlmsg_len = sizeof(req);
	return netlink__request(NETLINK_ROUTE, &req.head, read_link, link);
}

int netdev__peer_mac(int ifindex, uint8_t mac[MAC_LEN])
{
	struct link link = { .peer_nsid = -1 };
	struct link peer = { .mac_out = mac };
	int err;

	err = get_link(ifindex, -1, &link);
	if (err)
		return err;
	if (!link.is_veth || !link.peer_ifindex)
		return -EOPNOTSUPP;
	return get_link(link.peer_ifindex, link.peer_nsid, &peer);
}
