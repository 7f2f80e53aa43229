/* SPDX-License-Identifier: GPL-2.0 */
/*
 * MAC addresses: accepted is exactly what the kernel itself would print for
 * one station's address, in either case, and it is read as those six bytes.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../common/user/mac.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void log_err(const char *fmt, ...)
{
	(void)fmt;
}

static bool is_text_of(const char *text, const uint8_t mac[MAC_LEN])
{
	char canonical[3 * MAC_LEN];

	snprintf(canonical, sizeof(canonical), "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return !strcasecmp(text, canonical);
}

/* By other means than mac.c's: sscanf(3), and back again. */
static bool is_station(const char *text, uint8_t mac[MAC_LEN])
{
	return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &mac[0],
		      &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) == MAC_LEN &&
	       is_text_of(text, mac) && !(mac[0] & 1) &&
	       (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its own size, so that a byte read beyond its end is noticed. */
	char *text = strndup((const char *)data, size);
	uint8_t seen[MAC_LEN] = {}, expected[MAC_LEN] = {};
	bool accepted = !mac__parse_option("--mac", text, seen);

	if (accepted != is_station(text, expected) ||
	    (accepted && memcmp(seen, expected, MAC_LEN))) {
		fprintf(stderr, "'%s' is %s\n", text,
			accepted ? "accepted" : "refused");
		abort();
	}
	free(text);
	return 0;
}
