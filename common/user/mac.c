/* SPDX-License-Identifier: GPL-2.0 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "mac.h"

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
