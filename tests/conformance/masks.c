/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>

#include "masks.h"
#include "places.h"
#include "wire.h"

#define ETH 14

enum mask {
	IPV4_ID,
	TIMESTAMP_OPTION,
	TIMESTAMP_REPLY,
	IPV6_FRAGMENT_ID,
	MASKS
};

static struct {
	const char *name;
	unsigned long times;
} masks[MASKS] = {
	[IPV4_ID].name = "IPv4 identification, with the header checksum: at "
			 "random in packets of the router's own",
	[TIMESTAMP_OPTION].name = "IPv4 timestamp option, with the checksum "
				  "over it: the time of day",
	[TIMESTAMP_REPLY].name = "ICMP timestamp reply, with its checksum: the "
				 "time of day",
	[IPV6_FRAGMENT_ID].name = "IPv6 fragment identification: at random in "
				  "packets of the router's own",
};

static void clear(enum mask mask, uint8_t *p, size_t len)
{
	memset(p, 0, len);
	masks[mask].times++;
}

static bool is_ours(const uint8_t *addr, bool ipv6)
{
	return place__find(addr, ipv6)->kind == LOCAL;
}

/* RFC 791, 3.1: a type, a length, a pointer, flags, and then timestamps. */
static bool mask_timestamp_option(uint8_t *option, uint8_t *end)
{
	while (option + 4 < end && *option &&
	       (*option == 1 || option[1] >= 2)) {
		if (*option == 68 && option + option[1] <= end) {
			clear(TIMESTAMP_OPTION, option + 4, option[1] - 4);
			return true;
		}
		option += *option == 1 ? 1 : option[1];
	}
	return false;
}

/* Of an ICMP message of the router's own whose checksum is right. */
static void mask_icmp(uint8_t *icmp, size_t len)
{
	uint8_t *quoted = icmp + 8;
	bool masked = false;

	if (icmp[0] == 14 && len == 20) {
		clear(TIMESTAMP_REPLY, icmp + 12, 8);
		masked = true;
	} else if (strchr("\3\4\5\13\14", icmp[0]) && icmp[0] && len >= 28) {
		size_t head = (quoted[0] & 0xf) * 4;

		/* An error quotes the packet as the options have become. */
		masked = head >= 20 && 8 + head <= len &&
			 mask_timestamp_option(quoted + 20, quoted + head);
	}
	if (masked)
		memset(icmp + 2, 0, 2);
}

static void mask_ipv4(uint8_t *ip, size_t len)
{
	size_t head = (ip[0] & 0xf) * 4;
	uint8_t *icmp = ip + head;
	bool ours;

	if (head < 20 || head > len || be16(ip + 2) > len ||
	    be16(ip + 2) < head || !sum_ok(sum_words(0, ip, head)))
		return;
	ours = is_ours(ip + 12, false);
	len = be16(ip + 2) - head;
	if (ours && ip[9] == 1 && len >= 8 && sum_ok(sum_words(0, icmp, len)))
		mask_icmp(icmp, len);
	if (ours)
		clear(IPV4_ID, ip + 4, 2);
	if (mask_timestamp_option(ip + 20, ip + head) || ours)
		memset(ip + 10, 0, 2);
}

void masks__apply(struct output *o)
{
	uint8_t *ip = o->data + ETH;

	if (o->len >= ETH + 20 && be16(ip - 2) == 0x0800)
		mask_ipv4(ip, o->len - ETH);
	else if (o->len >= ETH + 48 && be16(ip - 2) == 0x86dd && ip[6] == 44 &&
		 is_ours(ip + 8, true))
		clear(IPV6_FRAGMENT_ID, ip + 44, 4);
}

void masks__print(void)
{
	for (int i = 0; i < MASKS; i++)
		printf("# masked in %lu frames: %s\n", masks[i].times,
		       masks[i].name);
}
