/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "places.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint64_t state;

/* splitmix64: good enough, and the same on every machine. */
static uint64_t next_random(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void seed_random(uint64_t seed, uint64_t number)
{
	state = seed * 0x2545f4914f6cdd1d + number;
	state = next_random();
}

static unsigned int below(unsigned int n)
{
	return next_random() % n;
}

static bool chance(unsigned int percent)
{
	return below(100) < percent;
}

static void label(char *where, const char *text)
{
	snprintf(where, LABEL_TEXT, "%s", text);
}

static const struct place *some_place(bool ipv6)
{
	const struct place *p;

	do {
		p = &places[below(place_count)];
	} while (!strchr(p->prefix, ':') == ipv6);
	return p;
}

/* Half of them such that most of the frame's way is open. */
static void choose_addresses(struct sample *s, bool ipv6)
{
	/* To which a rule leads back, a tunnel, several ways, or none. */
	static const char *const far_ipv4[] = { "10.3.0.2",   "10.4.0.2",
						"10.5.0.2",   "198.18.8.2",
						"198.18.2.2", "203.0.113.63" };
	static const char *const near_ipv4[] = { "192.0.2.2", "198.51.100.2",
						 "203.0.113.2",
						 "203.0.113.66" };
	static const char *const near_ipv6[] = { "2001:db8:1::2",
						 "2001:db8:2::2",
						 "2001:db8:3::2",
						 "2001:db8:4::66" };
	const struct place *p = some_place(ipv6);
	bool several = chance(10);

	if (chance(60))
		snprintf(s->saddr, ADDR_TEXT, "%s",
			 (ipv6 ? near_ipv6 : near_ipv4)[s->ingress]);
	else if (!ipv6 && chance(30))
		snprintf(s->saddr, ADDR_TEXT, "%s",
			 far_ipv4[below(COUNT(far_ipv4))]);
	else
		place__address(p, next_random(), s->saddr, ADDR_TEXT);
	do {
		p = some_place(ipv6);
	} while (several ? p->kind != MULTIPATH_OUT :
			   p->kind != UNICAST && chance(70));
	place__address(p, next_random(), s->daddr, ADDR_TEXT);
}

static size_t some_length(void)
{
	switch (below(8)) {
	case 0:
		return 0;
	case 1:
	case 2:
	case 3:
		return below(80);
	case 4:
		return below(1600);
	case 5:
		return below(300);
	default:
		return chance(5) ? 1600 + below(1400) : below(64);
	}
}

static uint16_t some_port(void)
{
	static const uint16_t ports[] = { 53, 4321, 5000, 5001, 5002, 0 };

	return chance(50) ? ports[below(COUNT(ports))] : below(65536);
}

/* An ICMP error, which quotes a packet of the flow that it is about. */
static void add_error(struct sample *s, bool ipv6)
{
	static const uint8_t errors4[] = { 3, 4, 5, 11, 12 };
	static const uint8_t errors6[] = { 1, 2, 3, 4, 0, 127 };
	struct frame *f = &s->frame;

	label(s->kind, ipv6 ? "ICMPv6 error" : "ICMP error");
	f->ip_proto = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	f->l4 = ipv6 ? L4_ICMPV6 : L4_ICMP;
	f->icmp_type = ipv6 ? errors6[below(COUNT(errors6))] :
			      errors4[below(COUNT(errors4))];
	f->icmp_code = below(4);
	if (chance(70))
		place__address(some_place(ipv6), next_random(), s->flow_end,
			       ADDR_TEXT);
	s->quoted = *f;
	s->quoted.ip_proto = IPPROTO_UDP;
	s->quoted.l4 = L4_UDP;
	s->quoted.payload_len = below(64);
	s->quoted.flow = ipv6 ? below(1 << 20) : 0;
	f->quoted = &s->quoted;
	f->payload_len = 28 + below(60);
}

static void add_transport(struct sample *s, bool ipv6)
{
	static const uint8_t protos[] = { 4, 41, 47, 89, 59, 253, 254, 255 };
	static const uint8_t with_ports[] = { 33, 50, 51, 132, 136 };
	struct frame *f = &s->frame;

	f->sport = some_port();
	f->dport = some_port();
	f->icmp_id = below(65536);
	f->icmp_seq = below(4);
	f->payload_len = some_length();
	f->fill = below(3);
	switch (below(8)) {
	case 0:
	case 1:
	case 2:
		label(s->kind, ipv6 ? "IPv6 UDP" : "IPv4 UDP");
		f->ip_proto = IPPROTO_UDP;
		f->l4 = L4_UDP;
		break;
	case 3:
		label(s->kind, ipv6 ? "IPv6 TCP" : "IPv4 TCP");
		f->ip_proto = IPPROTO_TCP;
		f->l4 = L4_TCP;
		break;
	case 4:
	case 5:
		label(s->kind, ipv6 ? "ICMPv6" : "ICMP");
		f->ip_proto = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		f->l4 = ipv6 ? L4_ICMPV6 : L4_ICMP;
		f->icmp_type = ipv6 ? 128 + below(2) : 8 * below(2);
		if (chance(20))
			f->icmp_type = ipv6 && chance(50) ? 132 + below(8) :
							    below(256);
		break;
	case 6:
		add_error(s, ipv6);
		break;
	default:
		label(s->kind, ipv6 ? "IPv6 other" : "IPv4 other");
		f->ip_proto = chance(50) ? protos[below(COUNT(protos))] :
					   with_ports[below(COUNT(with_ports))];
		f->l4 = chance(50) ? L4_NONE : L4_UDP;
	}
}

/* A header checksum at the edge: where one more has a carry. */
static void choose_checksum(struct sample *s)
{
	static const uint16_t wanted[] = { 0xfffe, 0xffff, 0xfeff, 0xff00,
					   0xfefe, 0x0000, 0xfffd };
	static struct bytes b;
	uint32_t sum;

	s->frame.ip_id = 0;
	sample__build(s, &b);
	sum = 0xffff - (b.data[24] << 8 | b.data[25]);
	sum = (uint16_t)~wanted[below(COUNT(wanted))] + 0xffff - sum;
	s->frame.ip_id = sum % 0xffff;
}

/* As long as the way allows, or one byte off. */
static void choose_length(struct sample *s, bool ipv6)
{
	const struct place *to;
	static struct bytes b;
	uint8_t daddr[16];
	size_t mtu;

	inet_pton(ipv6 ? AF_INET6 : AF_INET, s->daddr, daddr);
	to = place__find(daddr, ipv6);
	mtu = to->mtu ?: devs[to->dev == NO_DEV ? OUT0 : to->dev].mtu;
	sample__build(s, &b);
	s->frame.payload_len += 14 + mtu + 1 - below(3) - b.len;
}

static void make_ipv4(struct sample *s)
{
	struct frame *f = &s->frame;

	f->version = 4;
	f->ihl = 5;
	f->ip_id = below(65536);
	f->frag_off = chance(30) ? 0x4000 : 0;
	f->ttl = chance(80) ? 64 : 2 + below(254);
	f->tos = chance(70) ? 0 : chance(50) ? 0x10 : below(256);
	add_transport(s, false);
	if (chance(8)) {
		label(s->kind, "IPv4 fragment");
		f->frag_off =
			chance(50) ? 0x2000 : (below(2) << 13) | below(8192);
	}
}

static void make_ipv6(struct sample *s)
{
	static const uint8_t kinds[] = { 60, 43, 44, 60, 44, 51, 135, 139 };
	struct frame *f = &s->frame;

	f->version = 6;
	f->flow = chance(40) ? 0 : below(1 << 20);
	f->ttl = chance(80) ? 64 : 2 + below(254);
	f->tos = chance(70) ? 0 : chance(50) ? 0x10 : below(256);
	f->ip_id = below(65536);
	add_transport(s, true);
	if (!chance(15))
		return;
	label(s->kind, "IPv6 extension header");
	for (int i = 0, n = 1 + below(4); i < n; i++)
		f->ext[i] = EXT(kinds[below(COUNT(kinds))]);
	if (chance(20)) {
		label(s->kind, "IPv6 hop-by-hop");
		f->ext[0] = EXT(IPPROTO_HOPOPTS);
	} else if (chance(10)) {
		f->ext[1] = EXT(IPPROTO_HOPOPTS);
	}
	if (f->ext[0] == EXT(44) && chance(70))
		f->frag_off = below(65536);
}

static void spoil_ethernet(struct sample *s)
{
	static const uint16_t protos[] = {
		ETH_P_IP, ETH_P_IPV6, ETH_P_ARP, 0x88b5,	84,
		38,	  1500,	      1536,	 ETH_P_MPLS_UC, ETH_P_PPP_SES
	};
	struct frame *f = &s->frame;
	unsigned int i;

	switch (below(7)) {
	case 0:
		label(s->flaw, "another station's MAC address");
		i = below(6) * 3 + 1;
		s->dmac[i] = s->dmac[i] == '4' ? '6' : '4';
		break;
	case 1:
		label(s->flaw, "broadcast MAC address");
		strcpy(s->dmac, "ff:ff:ff:ff:ff:ff");
		break;
	case 2:
		label(s->flaw, "multicast MAC address");
		strcpy(s->dmac,
		       chance(50) ? "01:00:5e:00:00:01" : "33:33:00:00:00:01");
		break;
	case 3:
		label(s->flaw, "group address as source MAC");
		strcpy(s->smac,
		       chance(50) ? "ff:ff:ff:ff:ff:ff" : "01:00:5e:00:00:01");
		break;
	case 4:
		label(s->flaw, "one VLAN tag");
		f->tags[0] = chance(50) ? ETH_P_8021Q : ETH_P_8021AD;
		break;
	case 5:
		label(s->flaw, "two VLAN tags");
		f->tags[0] = chance(50) ? ETH_P_8021Q : ETH_P_8021AD;
		f->tags[1] = ETH_P_8021Q;
		break;
	default:
		label(s->flaw, "another EtherType, or a length");
		f->eth_proto = protos[below(COUNT(protos))];
	}
}

static void spoil_addresses(struct sample *s, bool ipv6)
{
	static const char *const bad_ipv4[] = {
		"0.0.0.0",	   "0.1.2.3",	      "127.0.0.1",
		"127.255.255.254", "224.0.0.1",	      "239.1.2.3",
		"240.0.0.1",	   "255.255.255.255", "169.254.1.1",
		"192.0.2.255",	   "192.0.2.0",	      "198.51.100.255",
		"198.51.100.1",	   "192.0.2.1",	      "203.0.113.63",
		"223.255.255.254",
	};
	static const char *const bad_ipv6[] = {
		"::",
		"::1",
		"::ffff:192.0.2.2",
		"::192.0.2.2",
		"ff02::1",
		"ff02::2",
		"ff0e::1:2",
		"ff01::1",
		"ff00::1",
		"fe80::2",
		"fec0::1",
		"fc00::1",
		"64:ff9b::1",
		"2001:db8:1::1",
		"2001:db8:2::1",
		"2001:db8:1::",
		"2002:c000:202::1",
	};
	char *which = chance(50) ? s->saddr : s->daddr;

	label(s->flaw,
	      which == s->saddr ? "odd source address" : "odd destination");
	snprintf(which, ADDR_TEXT, "%s",
		 ipv6 ? bad_ipv6[below(COUNT(bad_ipv6))] :
			bad_ipv4[below(COUNT(bad_ipv4))]);
}

static void add_options(struct sample *s)
{
	static const struct {
		uint8_t len;
		const char *bytes;
	} options[] = {
		{ 4, "\x94\x04\0\0" },			 /* router alert */
		{ 8, "\x07\x07\x04\0\0\0\0\0" },	 /* record route */
		{ 8, "\x83\x07\x04\xc6\x33\x64\x07\0" }, /* loose source */
		{ 8, "\x89\x07\x04\xc6\x33\x64\x07\0" }, /* strict source */
		{ 8, "\x44\x08\x05\0\0\0\0\0" },	 /* timestamp */
		{ 4, "\x07\x30\x04\0" }, /* longer than the header */
		{ 4, "\x01\x01\x01\0" },
		{ 4, "\x00\xff\xff\xff" },
	};
	unsigned int i = below(COUNT(options));

	label(s->flaw, "IPv4 options");
	s->frame.options = options[i].len;
	memcpy(s->option_bytes, options[i].bytes, options[i].len);
	s->frame.option_bytes = s->option_bytes;
	s->frame.ihl = 5 + options[i].len / 4;
}

static void spoil_header(struct sample *s, bool ipv6)
{
	struct frame *f = &s->frame;

	switch (below(7)) {
	case 0:
		label(s->flaw, "version");
		f->version = below(16);
		break;
	case 1:
		label(s->flaw, "header length");
		f->ihl = below(16);
		break;
	case 2:
		label(s->flaw, "length");
		f->ip_len = EXACTLY(chance(50) ? below(80) : below(65536));
		break;
	case 3:
		label(s->flaw, "header checksum");
		if (chance(50))
			f->ip_check_flip = 1 << below(16);
		else
			f->ip_check = EXACTLY(chance(50) ? 0 : 0xffff);
		break;
	case 4:
	case 5:
		label(s->flaw, "TTL");
		f->ttl = below(3);
		break;
	default:
		if (ipv6) {
			label(s->flaw, "payload length 0");
			f->ip_len = EXACTLY(0);
		} else {
			add_options(s);
		}
	}
}

static void poke_bytes(struct sample *s)
{
	label(s->flaw, "bytes at random");
	for (int i = 0, n = 1 + below(POKES_MAX); i < n; i++) {
		s->poke[i].at = below(chance(70) ? 58 : 120);
		s->poke[i].flips = 1 << below(8);
		if (chance(30))
			s->poke[i].flips = 1 + below(255);
	}
}

static void spoil(struct sample *s, bool ipv6)
{
	static struct bytes whole;
	struct frame *f = &s->frame;

	switch (below(10)) {
	case 0:
	case 1:
		spoil_ethernet(s);
		break;
	case 2:
	case 3:
		spoil_addresses(s, ipv6);
		break;
	case 4:
	case 5:
		spoil_header(s, ipv6);
		break;
	case 6:
		label(s->flaw, "padding");
		f->pad = 1 + below(chance(80) ? 46 : 300);
		if (chance(60))
			f->payload_len = below(8);
		if (chance(30))
			f->l4 = L4_NONE;
		break;
	case 7:
		label(s->flaw, "truncated");
		sample__build(s, &whole);
		f->cut_to =
			14 +
			below((chance(70) && whole.len > 80 ? 80 : whole.len) -
			      13);
		break;
	case 8:
		poke_bytes(s);
		break;
	default:
		label(s->flaw, "transport checksum");
		f->l4_check_flip = 1 << below(16);
	}
}

/* What all have in common. */
static void begin(struct sample *s, uint64_t seed, uint64_t number)
{
	static const enum dev devices[] = { IN0, IN0, IN0, OUT0, ALT0 };

	seed_random(seed, number);
	*s = (struct sample){ .number = number };
	s->ingress = devices[below(COUNT(devices))];
	s->frame.saddr = s->saddr;
	s->frame.daddr = s->daddr;
}

static void address_frame(struct sample *s)
{
	s->frame.dmac = strcpy(s->dmac, devs[s->ingress].mac);
	s->frame.smac = strcpy(s->smac, "02:00:00:00:00:02");
}

void sample__make(struct sample *s, uint64_t seed, uint64_t number)
{
	bool ipv6;

	begin(s, seed, number);
	if (chance(1))
		s->ingress = BARE;
	address_frame(s);
	ipv6 = chance(45);
	choose_addresses(s, ipv6);
	if (ipv6)
		make_ipv6(s);
	else
		make_ipv4(s);
	label(s->flaw, "sound");
	if (!ipv6 && chance(3)) {
		label(s->flaw, "checksum at the edge");
		choose_checksum(s);
	} else if (!s->frame.quoted && chance(5)) {
		label(s->flaw, "about as long as the MTU");
		choose_length(s, ipv6);
	}
	if (chance(45))
		spoil(s, ipv6);
	if (chance(8))
		spoil(s, ipv6);
}

/* Asked of this host, most of the time; by a neighbour, half of the time. */
static void choose_asked(struct sample *s, bool ipv6)
{
	static const char *const others[2][6] = {
		{ "192.0.2.255", "255.255.255.255", "224.0.0.1", "8.8.8.8",
		  "0.0.0.0", "198.18.17.5" },
		{ "ff02::1", "2001:db8:1::", "fe80::1", "fe80::2", "fe80::3",
		  "2001:db8:1::7" },
	};
	static const char *const own[2][DEVS] = {
		{ "192.0.2.1", "198.51.100.1", "203.0.113.1", "203.0.113.65" },
		{ "2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1",
		  "2001:db8:4::1" },
	};
	const char *asked = own[ipv6][s->ingress];

	if (chance(15))
		asked = own[ipv6][below(DEVS)];
	else if (chance(15))
		asked = others[ipv6][below(COUNT(others[ipv6]))];
	else if (chance(10))
		return;
	snprintf(s->daddr, ADDR_TEXT, "%s", asked);
	if (ipv6 && chance(15))
		snprintf(s->saddr, ADDR_TEXT, "fe80::%x", 1 + below(9));
}

/* A checksum at the edge: the reply's has a carry, or is one of the zeros. */
static void choose_icmp_checksum(struct sample *s, bool ipv6)
{
	static const uint16_t wanted[] = { 0xf7ff, 0xf800, 0xf7fe, 0xfeff,
					   0xff00, 0xfefe, 0x0000, 0xffff };
	size_t at = 14 + (ipv6 ? 40 : 20) + 2;
	static struct bytes b;
	uint32_t sum;

	s->frame.icmp_seq = 0;
	sample__build(s, &b);
	sum = 0xffff - (b.data[at] << 8 | b.data[at + 1]);
	sum = (uint16_t)~wanted[below(COUNT(wanted))] + 0xffff - sum;
	s->frame.icmp_seq = sum % 0xffff;
}

/* Half of what add_transport() has chosen becomes an echo request. */
static void ask(struct sample *s, bool ipv6)
{
	struct frame *f = &s->frame;

	if (chance(10))
		return;
	label(s->kind, ipv6 ? "ICMPv6 echo request" : "ICMP echo request");
	f->quoted = NULL;
	f->ip_proto = ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	f->l4 = ipv6 ? L4_ICMPV6 : L4_ICMP;
	f->icmp_type = ipv6 ? 128 : 8;
	f->icmp_code = chance(5) ? below(256) : 0;
	if (chance(5))
		f->icmp_type = below(256);
	if (chance(3))
		f->l4_cut = below(8);
	if (chance(4)) {
		f->icmp_id = f->icmp_seq = 0;
		f->fill = FILL_ZEROS;
	} else if (chance(10)) {
		label(s->flaw, "ICMP checksum at the edge");
		choose_icmp_checksum(s, ipv6);
	}
}

void sample__make_request(struct sample *s, uint64_t seed, uint64_t number)
{
	bool ipv6;

	begin(s, seed, number);
	address_frame(s);
	ipv6 = chance(45);
	choose_addresses(s, ipv6);
	choose_asked(s, ipv6);
	if (ipv6)
		make_ipv6(s);
	else
		make_ipv4(s);
	label(s->flaw, "sound");
	ask(s, ipv6);
	if (chance(35))
		spoil(s, ipv6);
	if (chance(5))
		spoil(s, ipv6);
}

void sample__copy(struct sample *to, const struct sample *from)
{
	*to = *from;
	to->frame.dmac = to->dmac;
	to->frame.smac = to->smac;
	to->frame.saddr = to->saddr;
	to->frame.daddr = to->daddr;
	if (from->frame.quoted)
		to->frame.quoted = &to->quoted;
	if (from->frame.option_bytes)
		to->frame.option_bytes = to->option_bytes;
}

void sample__build(struct sample *s, struct bytes *b)
{
	size_t cut = s->frame.cut_to; /* perhaps behind the end by now */

	/* From the one who is told; to the one who tells, or somebody else. */
	s->quoted.dmac = s->dmac;
	s->quoted.smac = s->smac;
	s->quoted.saddr = s->daddr;
	s->quoted.daddr = *s->flow_end ? s->flow_end : s->saddr;
	s->frame.cut_to = 0;
	if (s->frame.l4 == L4_NONE)
		s->frame.l4_cut = 0; /* of nothing */
	frame__build(&s->frame, b);
	if (cut && cut < b->len)
		b->len = cut;
	s->frame.cut_to = cut;
	for (int i = 0; i < POKES_MAX; i++)
		if (s->poke[i].at < b->len)
			b->data[s->poke[i].at] ^= s->poke[i].flips;
}

void setting__make(struct setting *s, uint64_t seed, uint64_t number)
{
	static const int filters[] = { 0, 0, 1, 2 };

	*s = (struct setting){ .forward_ipv6_all = true };
	seed_random(~seed, number);
	for (int i = 0; i < DEVS; i++)
		s->forward_ipv4[i] = s->forward_ipv6[i] = true;
	if (!number) /* first, the simplest */
		return;
	s->rp_filter_all = chance(60) ? 0 : filters[below(COUNT(filters))];
	for (int i = 0; i < DEVS; i++)
		s->rp_filter[i] = filters[below(COUNT(filters))];
	if (chance(15))
		for (int i = 0; i < DEVS; i++)
			s->forward_ipv4[i] = false;
	else if (chance(30))
		s->forward_ipv4[below(DEVS)] = false;
	if (chance(15)) {
		s->forward_ipv6_all = false;
		for (int i = 0; i < DEVS; i++)
			s->forward_ipv6[i] = chance(50);
	} else if (chance(30)) {
		s->forward_ipv6[below(DEVS)] = false;
	}
	s->rules = number > 2 && chance(50); /* this, too */
	s->hash_policy = chance(40);
	/* Not at once: Linux remembers for ever that there was one. */
	s->local_route = number > 4 && chance(30);
}

static void print_per_device(const char *what, const bool *on)
{
	printf("; %s", what);
	for (int i = 0; i < DEVS; i++)
		printf(" %s %d", devs[i].name, on[i]);
}

void setting__print(const struct setting *s)
{
	printf("# rp_filter all %d", s->rp_filter_all);
	for (int i = 0; i < DEVS; i++)
		printf(" %s %d", devs[i].name, s->rp_filter[i]);
	print_per_device("IPv4 forwarding", s->forward_ipv4);
	printf("\n# IPv6 forwarding all %d", s->forward_ipv6_all);
	print_per_device("", s->forward_ipv6);
	printf("; policy rules %d; multipath hash policy %d; local route %d\n",
	       s->rules, s->hash_policy, s->local_route);
}
