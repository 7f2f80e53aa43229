/* SPDX-License-Identifier: GPL-2.0 */
#include <string.h>
#include <arpa/inet.h>

#include "fresh.h"
#include "places.h"

/* Of networks behind each device, in which no station is a neighbour. */
static const char *const far_ipv4[DEVS] = { "10.1.0.0", "10.2.0.0", "10.6.0.0",
					    "10.7.0.0" };
static const char *const far_ipv6[DEVS] = {
	"2001:db8:a1::", "2001:db8:f000::", "2001:db8:f00c::", "2001:db8:f00f::"
};

/* Which of them it is: repetitions are those of shrinking. */
static uint64_t serial_of(const struct sample *s)
{
	static uint64_t number = -1, repetitions;

	repetitions = s->number == number ? repetitions + 1 : 0;
	number = s->number;
	return number + repetitions * 7919;
}

static void set_host_part(uint8_t *addr, bool ipv6, uint64_t serial)
{
	int last = ipv6 ? 15 : 3;

	for (int i = 0; i < (ipv6 ? 8 : 2); i++)
		addr[last - i] = serial >> 8 * i;
}

/* ::/8, fe80::/10 and ff00::/8: never forwarded, so never too often. */
static bool is_special(const uint8_t *addr)
{
	return addr[0] == 0 || addr[0] == 0xff ||
	       (addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80);
}

/* In the same network, if it is large enough, or else in one behind @dev. */
static void freshen(char *text, enum dev dev, uint64_t serial)
{
	bool ipv6 = strchr(text, ':');
	int family = ipv6 ? AF_INET6 : AF_INET;
	const struct place *place;
	uint8_t addr[16];

	inet_pton(family, text, addr);
	place = place__find(addr, ipv6);
	if (place->kind == LOCAL || place->kind == GROUP ||
	    (ipv6 && is_special(addr)))
		return;
	set_host_part(addr, ipv6, serial);
	if (place__find(addr, ipv6) != place) {
		inet_pton(family, (ipv6 ? far_ipv6 : far_ipv4)[dev], addr);
		set_host_part(addr, ipv6, serial);
	}
	inet_ntop(family, addr, text, ADDR_TEXT);
}

/* Whether Linux may say something that it does not always say. */
static bool is_limited(const struct sample *s, const struct setting *setting)
{
	bool ipv6 = strchr(s->daddr, ':');
	const struct place *place;
	uint8_t addr[16];

	inet_pton(ipv6 ? AF_INET6 : AF_INET, s->daddr, addr);
	place = place__find(addr, ipv6);
	switch (place->kind) {
	case LOCAL:
	case GROUP:
		return false;
	case REFUSED:
	case BLACKHOLE:
	case NOWHERE:
	case MULTIPATH_IN:
	case MULTIPATH_OUT:
		return true;
	default:
		/* Back to where it came from, by itself or by a rule. */
		return place->dev == (int)s->ingress ||
		       (setting->rules && s->ingress == OUT0);
	}
}

void sample__freshen(struct sample *s, const struct setting *setting)
{
	uint64_t serial = serial_of(s);

	if (!is_limited(s, setting))
		return;
	freshen(s->saddr, s->ingress, serial);
	if (strchr(s->daddr, ':'))
		freshen(s->daddr, s->ingress, serial | 1ULL << 40);
}
