/* SPDX-License-Identifier: GPL-2.0 */
/* Network devices, and the few netlink requests that the lessons need. */
#ifndef NETDEV_H
#define NETDEV_H

#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

#define MAC_LEN 6

/*
 * mac__parse - "02:00:5e:10:00:ff" to six bytes in the order of the wire
 *
 * Six pairs of hexadecimal digits with colons between and nothing else. The
 * address must be one that a station can have: no group bit (broadcast,
 * multicast), not all zero. Returns NULL, or what the text is instead.
 */
const char *mac__parse(const char *text, uint8_t mac[MAC_LEN]);

/*
 * mac__parse_option - the same for the value of an option
 * @option: of the command line, for the message
 *
 * Returns 0, or -EINVAL after logging what is wrong.
 */
int mac__parse_option(const char *option, const char *text,
		      uint8_t mac[MAC_LEN]);

/*
 * netdev__index - the ifindex of an Ethernet device, with its MAC address
 * @mac: six bytes, or NULL
 *
 * Returns the ifindex, or a negative errno after logging what is wrong:
 * -ENODEV for no such device, -EINVAL for one that is not Ethernet.
 */
int netdev__index(const char *dev, uint8_t *mac);

/*
 * netdev__peer_mac - the MAC address of the other end of a veth pair, which
 * may be in another network namespace
 *
 * Returns 0, -EOPNOTSUPP for a device that is no veth, or another negative
 * errno. rtnetlink(7): IFLA_LINK, IFLA_LINK_NETNSID, IFLA_TARGET_NETNSID.
 */
int netdev__peer_mac(int ifindex, uint8_t mac[MAC_LEN]);

/*
 * netlink__request - send one request and hand each answer to @answer
 * @protocol: NETLINK_ROUTE, NETLINK_NETFILTER ...
 * @request: complete, but for the sequence number
 * @answer: returns 0 to go on, or a negative errno to stop with; NULL where
 *	only success or failure counts
 *
 * Returns 0 when the answers are complete, or a negative errno: the
 * kernel's, the callback's, or one of the socket calls'.
 */
int netlink__request(int protocol, struct nlmsghdr *request,
		     int (*answer)(const struct nlmsghdr *msg, void *arg),
		     void *arg);

#endif
