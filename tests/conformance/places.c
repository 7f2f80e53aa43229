/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>

#include "places.h"
#include "wire.h"

const struct place places[] = {
	{ "0.0.0.0", 0, NOWHERE, NO_DEV, 0 },
	{ "192.0.2.0", 24, STRANGER, IN0, 0 },
	{ "192.0.2.1", 32, LOCAL, NO_DEV, 0 },
	{ "192.0.2.2", 32, UNICAST, IN0, 0 },
	{ "192.0.2.9", 32, UNICAST, IN0, 0 },
	{ "192.0.2.66", 32, UNICAST, IN0, 0 },
	{ "192.0.2.255", 32, GROUP, NO_DEV, 0 },
	{ "198.51.100.0", 24, STRANGER, OUT0, 0 },
	{ "198.51.100.1", 32, LOCAL, NO_DEV, 0 },
	{ "198.51.100.2", 32, UNICAST, OUT0, 0 },
	{ "198.51.100.7", 32, UNICAST, OUT0, 0 },
	{ "198.51.100.9", 32, UNICAST, OUT0, 0 },
	{ "198.51.100.255", 32, GROUP, NO_DEV, 0 },
	{ "203.0.113.0", 26, STRANGER, ALT0, 0 },
	{ "203.0.113.1", 32, LOCAL, NO_DEV, 0 },
	{ "203.0.113.2", 32, UNICAST, ALT0, 0 },
	{ "203.0.113.7", 32, UNICAST, ALT0, 0 },
	{ "203.0.113.63", 32, GROUP, NO_DEV, 0 },
	{ "203.0.113.64", 26, STRANGER, BARE, 0 },
	{ "203.0.113.65", 32, LOCAL, NO_DEV, 0 },
	{ "203.0.113.66", 32, STRANGER, BARE, 0 },
	{ "203.0.113.127", 32, GROUP, NO_DEV, 0 },
	{ "198.18.0.0", 24, UNICAST, OUT0, 0 },
	{ "198.18.1.0", 24, BLACKHOLE, NO_DEV, 0 },
	{ "198.18.2.0", 24, REFUSED, NO_DEV, 0 },
	{ "198.18.3.0", 24, REFUSED, NO_DEV, 0 },
	{ "198.18.4.0", 24, NOWHERE, NO_DEV, 0 },
	{ "198.18.5.0", 24, STRANGER, OUT0, 0 },
	{ "198.18.6.0", 24, UNICAST, IN0, 0 },
	{ "198.18.7.0", 24, UNICAST, OUT0, 0 },
	{ "198.18.8.0", 24, STRANGER, OUT0, 0 },
	{ "198.18.9.0", 24, UNICAST, OUT0, 1000 },
	{ "198.18.10.0", 24, UNICAST, ALT0, 1100 },
	{ "198.18.11.0", 24, MULTIPATH_OUT, NO_DEV, 0 },
	{ "198.18.12.0", 24, UNICAST, ALT0, 0 },
	{ "198.18.13.0", 24, NOWHERE, NO_DEV, 0 },
	{ "198.18.14.0", 24, STRANGER, OUT0, 0 },
	{ "198.18.15.0", 24, STRANGER, BARE, 0 },
	{ "198.18.16.0", 24, UNICAST, ALT0, 1000 },
	{ "198.18.16.128", 25, UNICAST, ALT0, 1200 },
	{ "198.18.17.0", 24, LOCAL, NO_DEV, 0 },
	{ "10.1.0.0", 16, UNICAST, IN0, 0 },
	{ "10.2.0.0", 16, UNICAST, OUT0, 0 },
	{ "10.3.0.0", 16, NOWHERE, NO_DEV, 0 },
	{ "10.4.0.0", 16, BLACKHOLE, NO_DEV, 0 },
	{ "10.5.0.0", 16, MULTIPATH_IN, NO_DEV, 0 },
	{ "10.6.0.0", 16, UNICAST, ALT0, 0 },
	{ "10.7.0.0", 16, STRANGER, BARE, 0 },
	{ "::", 0, NOWHERE, NO_DEV, 0 },
	{ "2001:db8:1::", 64, STRANGER, IN0, 0 },
	{ "2001:db8:1::", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:1::1", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:1::2", 128, UNICAST, IN0, 0 },
	{ "2001:db8:1::9", 128, UNICAST, IN0, 0 },
	{ "2001:db8:1::66", 128, UNICAST, IN0, 0 },
	{ "2001:db8:2::", 64, STRANGER, OUT0, 0 },
	{ "2001:db8:2::", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:2::1", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:2::2", 128, UNICAST, OUT0, 0 },
	{ "2001:db8:2::7", 128, UNICAST, OUT0, 0 },
	{ "2001:db8:2::9", 128, UNICAST, OUT0, 0 },
	{ "2001:db8:3::", 64, STRANGER, ALT0, 0 },
	{ "2001:db8:3::", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:3::1", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:3::2", 128, UNICAST, ALT0, 0 },
	{ "2001:db8:3::7", 128, UNICAST, ALT0, 0 },
	{ "2001:db8:4::", 64, STRANGER, BARE, 0 },
	{ "2001:db8:4::", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:4::1", 128, LOCAL, NO_DEV, 0 },
	{ "2001:db8:4::66", 128, STRANGER, BARE, 0 },
	{ "2001:db8:f000::", 64, UNICAST, OUT0, 0 },
	{ "2001:db8:f001::", 64, BLACKHOLE, NO_DEV, 0 },
	{ "2001:db8:f002::", 64, REFUSED, NO_DEV, 0 },
	{ "2001:db8:f003::", 64, REFUSED, NO_DEV, 0 },
	{ "2001:db8:f004::", 64, NOWHERE, NO_DEV, 0 },
	{ "2001:db8:f005::", 64, STRANGER, OUT0, 0 },
	{ "2001:db8:f006::", 64, UNICAST, IN0, 0 },
	{ "2001:db8:f008::", 64, STRANGER, OUT0, 0 },
	{ "2001:db8:f009::", 64, UNICAST, OUT0, 1300 },
	{ "2001:db8:f00a::", 64, UNICAST, ALT0, 1300 },
	{ "2001:db8:f00b::", 64, MULTIPATH_OUT, NO_DEV, 0 },
	{ "2001:db8:f00c::", 64, UNICAST, ALT0, 0 },
	{ "2001:db8:f00d::", 64, NOWHERE, NO_DEV, 0 },
	{ "2001:db8:f00e::", 64, STRANGER, OUT0, 0 },
	{ "2001:db8:f00f::", 64, STRANGER, BARE, 0 },
	{ "2001:db8:a1::", 64, UNICAST, IN0, 0 },
};
const int place_count = sizeof(places) / sizeof(places[0]);

static bool is_ipv6(const struct place *p)
{
	return strchr(p->prefix, ':');
}

static bool has_prefix(const uint8_t *addr, const uint8_t *prefix, int bits)
{
	int bytes = bits / 8, rest = bits % 8;

	return !memcmp(addr, prefix, bytes) &&
	       (!rest || !((addr[bytes] ^ prefix[bytes]) >> (8 - rest)));
}

const struct place *place__find(const uint8_t *addr, bool ipv6)
{
	const struct place *best = NULL;

	for (int i = 0; i < place_count; i++) {
		const struct place *p = &places[i];
		uint8_t prefix[16];

		if (is_ipv6(p) != ipv6 || (best && p->bits < best->bits))
			continue;
		inet_pton(ipv6 ? AF_INET6 : AF_INET, p->prefix, prefix);
		if (has_prefix(addr, prefix, p->bits))
			best = p;
	}
	return best;
}

void place__address(const struct place *p, uint64_t random, char *text,
		    size_t size)
{
	int family = is_ipv6(p) ? AF_INET6 : AF_INET;
	int last = is_ipv6(p) ? 15 : 3;
	uint8_t addr[16];

	inet_pton(family, p->prefix, addr);
	/* Few strangers: Linux does not remember many. */
	if (p->bits <= 8 * last)
		addr[last] = 2 + random % (p->kind == STRANGER ? 9 : 61);
	else if (p->bits < 8 * (last + 1))
		addr[last] |= 2 + random % 29;
	if (!p->bits)
		addr[0] = is_ipv6(p) ? 0x20 : 11 + random % 80;
	inet_ntop(family, addr, text, size);
}

/* What the frame's headers say, where they are sound. */
struct packet {
	bool ipv6;
	const uint8_t *saddr, *daddr;
	uint8_t proto, tos;
	uint16_t sport, dport;
	size_t len;
};

/* What begins with two ports, or what Linux takes for them. */
static void read_ports(const uint8_t *l4, size_t len, struct packet *p)
{
	static const uint8_t protos[] = { 6, 17, 132, 33, 136, 50, 51 };
	size_t at = p->proto == 51 ? 4 : 0;

	if (!memchr(protos, p->proto, sizeof(protos)) || len < at + 4)
		return;
	p->sport = be16(l4 + at);
	p->dport = be16(l4 + at + 2);
}

static const char *read_ipv4(const uint8_t *ip, size_t len, struct packet *p)
{
	if (len < 20 || ip[0] != 0x45)
		return "not sound, or with options";
	p->len = be16(ip + 2);
	if (p->len < 20 || p->len > len || !sum_ok(sum_words(0, ip, 20)))
		return "not sound, or with options";
	if (ip[8] <= 1)
		return "TTL";
	p->tos = ip[1];
	p->proto = ip[9];
	p->saddr = ip + 12;
	p->daddr = ip + 16;
	if (p->proto == 1 && !(be16(ip + 6) & 0x1fff)) {
		if (p->len < 24)
			return "ICMP that is not in sight";
		if (strchr("\3\4\5\13\14", ip[20]) && ip[20])
			return "ICMP error";
	}
	if (!(be16(ip + 6) & 0x3fff))
		read_ports(ip + 20, p->len - 20, p);
	return NULL;
}

static const char *read_ipv6(const uint8_t *ip, size_t len, struct packet *p)
{
	if (len < 40 || ip[0] >> 4 != 6 || 40 + be16(ip + 4) > (int)len)
		return "not sound, or with options";
	if (ip[6] == 0)
		return "hop-by-hop options";
	if (ip[7] <= 1)
		return "TTL";
	p->ipv6 = true;
	p->len = 40 + be16(ip + 4);
	p->tos = ip[0] << 4 | ip[1] >> 4;
	p->proto = ip[6];
	p->saddr = ip + 8;
	p->daddr = ip + 24;
	if (p->proto == 58) {
		if (p->len < 44)
			return "ICMP that is not in sight";
		if (ip[40] < 128)
			return "ICMP error";
		if (ip[40] >= 133 && ip[40] <= 137)
			return "Neighbour Discovery";
	}
	read_ports(ip + 40, p->len - 40, p);
	return NULL;
}

static bool address_ok(const struct packet *p, const uint8_t *a)
{
	static const uint8_t zeros[10];

	if (!p->ipv6)
		return a[0] != 0 && a[0] != 127 && (a[0] & 0xf0) != 224 &&
		       memcmp(a, "\xff\xff\xff\xff", 4);
	return a[0] != 0xff && memcmp(a, zeros, 10) &&
	       !(a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

static bool is_extension(uint8_t proto)
{
	return proto == 43 || proto == 44 || proto == 60;
}

/* Whether one of world.c's rules catches it, or its answer on the way back. */
static bool caught_by_rule(const struct packet *p, bool back)
{
	static const uint8_t odd[] = { 192, 0, 2, 66 };
	static const uint8_t odd6[] = { 0x20, 1, 0xd, 0xb8, 0, 1, [15] = 0x66 };
	uint16_t sport = back ? p->dport : p->sport;
	uint16_t dport = back ? p->sport : p->dport;
	const uint8_t *from = back ? p->daddr : p->saddr;

	/* IPv4 compares four bits of the TOS only, as RFC 1349 had it. */
	return (p->tos & (p->ipv6 ? 0xfc : 0x1c)) == 0x10 || p->proto == 253 ||
	       !memcmp(from, p->ipv6 ? odd6 : odd, p->ipv6 ? 16 : 4) ||
	       (p->proto == 17 && sport == 5000) ||
	       (p->proto == 6 && dport == 5001) || sport == 5002;
}

/* By which route it goes; or comes back. */
static const struct place *route_of(const struct packet *p, bool back, int iif,
				    const struct setting *s)
{
	static const struct place by_rule = { "a rule", 0, UNICAST, OUT0, 0 };
	static const struct place by_iif = { "a rule", 0, UNICAST, IN0, 0 };
	const struct place *to =
		place__find(back ? p->saddr : p->daddr, p->ipv6);

	if (!s->rules || to->kind == LOCAL || to->kind == GROUP)
		return to;
	if (iif == ALT0 && !strcmp(to->prefix, "10.3.0.0"))
		return &by_iif;
	if (!strcmp(to->prefix, "198.18.13.0") ||
	    !strcmp(to->prefix, "2001:db8:f00d::") || caught_by_rule(p, back))
		return &by_rule;
	return to;
}

static bool is_refusal(const struct place *place)
{
	return place->kind == REFUSED || place->kind == BLACKHOLE;
}

static bool is_station(const struct place *place)
{
	return place->kind != LOCAL && place->kind != GROUP;
}

static const char *source_needs(const struct packet *p, enum dev dev,
				const struct setting *s, int egress,
				bool multipath)
{
	const struct place *from = route_of(p, true, egress, s);
	int filter = s->rp_filter_all > s->rp_filter[dev] ? s->rp_filter_all :
							    s->rp_filter[dev];

	if (!is_station(from))
		return "source is not a station's";
	if (multipath && s->rules && !strcmp(from->prefix, "10.3.0.0"))
		return "source behind a rule by the device";
	if (p->ipv6)
		return NULL;
	if (filter && (from->kind == NOWHERE || is_refusal(from)))
		return "source without a route";
	/* The helper's answer for one is that for a local route. */
	if (s->local_route && from->kind == NOWHERE)
		return "source without a route";
	/* The helper does not answer for a device that does not forward. */
	if ((filter || s->local_route) &&
	    (!s->forward_ipv4[egress] || (multipath && !s->forward_ipv4[ALT0])))
		return "forwarding off on the device of departure";
	if (filter == 1 &&
	    (from->kind == MULTIPATH_IN || from->kind == MULTIPATH_OUT))
		return "source behind several paths";
	if (filter == 1 && from->dev != (int)dev)
		return "source behind another device";
	/* A route that encapsulates: the helper does not name its device. */
	if (filter == 1 && from->kind == STRANGER &&
	    !strcmp(from->prefix, "198.18.8.0"))
		return "source behind a tunnel";
	return NULL;
}

static const char *route_needs(const struct packet *p, enum dev dev,
			       const struct setting *s)
{
	const struct place *to = route_of(p, false, dev, s);
	int egress = to->dev, mtu;

	if (to->kind == BLACKHOLE)
		return is_station(place__find(p->saddr, p->ipv6)) ?
			       NULL :
			       "source is not a station's";
	if (to->kind == MULTIPATH_OUT && dev != OUT0 && dev != ALT0)
		egress = OUT0; /* the one with the smaller MTU */
	else if (to->kind != UNICAST)
		return "no route that XDP can take";
	if (egress == (int)dev)
		return "back to where it came from";
	mtu = to->mtu ?: devs[egress].mtu;
	if (p->len > (size_t)mtu)
		return "MTU";
	/* The loader does not follow the rules: the smallest MTU counts. */
	mtu = place__find(p->daddr, p->ipv6)->mtu;
	if (mtu && p->len > (size_t)mtu)
		return "MTU of the route in another table";
	return source_needs(p, dev, s, egress, to->kind == MULTIPATH_OUT);
}

/* What the headers say; or why they say nothing to a router. */
static const char *read_frame(enum dev dev, const uint8_t *data, size_t len,
			      struct packet *p)
{
	const char *why;
	uint8_t mac[6];

	mac__bytes(devs[dev].mac, mac);
	if (dev == BARE)
		return "no program on the device";
	if (len < 14 || memcmp(data, mac, 6))
		return "not from a station to this one";
	if (be16(data + 12) == 0x0800)
		why = read_ipv4(data + 14, len - 14, p);
	else if (be16(data + 12) == 0x86dd)
		why = read_ipv6(data + 14, len - 14, p);
	else
		return "not IP";
	if (!why && data[6] & 1)
		return "not from a station to this one";
	if (why)
		return why;
	return address_ok(p, p->saddr) && address_ok(p, p->daddr) ?
		       NULL :
		       "martian address";
}

const char *needs(enum dev dev, const struct setting *s, const uint8_t *data,
		  size_t len)
{
	struct packet p = {};
	const char *why = read_frame(dev, data, len, &p);

	if (why)
		return why;
	if (p.ipv6 ? !s->forward_ipv6_all || !s->forward_ipv6[dev] :
		     !s->forward_ipv4[dev])
		return "forwarding off";
	if (s->rules && p.ipv6 && p.proto == 58)
		return "ICMPv6, and rules by ports";
	if ((s->hash_policy || s->rules) && p.ipv6 && is_extension(p.proto))
		return "ports behind an extension header";
	return route_needs(&p, dev, s);
}

bool is_for_nobody(enum dev dev, const struct setting *s, const uint8_t *data,
		   size_t len)
{
	struct packet p = {};

	/* Whatever else it needs: its addresses were found sound. */
	read_frame(dev, data, len, &p);
	return p.daddr && is_refusal(route_of(&p, false, dev, s));
}
