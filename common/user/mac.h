/* SPDX-License-Identifier: GPL-2.0 */
/* MAC addresses as text. */
#ifndef USER_MAC_H
#define USER_MAC_H

#include <stdint.h>

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

#endif
