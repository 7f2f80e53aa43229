/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The echo server of packet01-tx, frame by frame: by BPF_PROG_TEST_RUN, and
 * into a host that is Linux alone (world.h).
 *
 * What it does not answer must be passed, untouched. What it answers must be
 * a request that a host may answer, and the reply one that a host could have
 * sent and the asker accepts: judged here as RFC 792, RFC 1122 and RFC 4443
 * have it. Where Linux answers the same request, its reply must be the same
 * but for what is named in compare_with_linux(). And a request in which there
 * is nothing odd must be answered, not passed.
 */
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>

#include "places.h"
#include "stage.h"
#include "wire.h"
#include "world.h"

#define LESSON "packet01-tx"
#define ETH    14

static struct {
	enum dev dev;
	struct bytes in, out;
	int verdict;
	struct outputs linux_;
	const char *oddity; /* of the request; NULL: there is none */
	bool linux_answers;
} last;

static struct {
	unsigned long answered, passed, simple, by_linux;
	struct tally kinds, oddities;
} stats;

static void set(const struct setting *setting, const char *object)
{
	world__set(setting, LESSON, object);
}

/* A packet as it is in a frame; of an echo message, once that is known. */
struct packet {
	const uint8_t *ip, *saddr, *daddr, *icmp;
	size_t len, icmp_len; /* bytes, of the whole packet and the message */
	bool ipv6;
};

static bool read_packet(const struct bytes *b, struct packet *p)
{
	const uint8_t *ip = b->data + ETH;
	size_t room = b->len - ETH, head;

	*p = (struct packet){ .ip = ip, .ipv6 = be16(ip - 2) == 0x86dd };
	head = p->ipv6 ? 40 : 20;
	if ((!p->ipv6 && be16(ip - 2) != 0x0800) || room < head)
		return false;
	p->len = p->ipv6 ? 40 + be16(ip + 4) : be16(ip + 2);
	if (p->len < head + 8 || p->len > room)
		return false;
	p->saddr = ip + (p->ipv6 ? 8 : 12);
	p->daddr = ip + (p->ipv6 ? 24 : 16);
	p->icmp = ip + head;
	p->icmp_len = p->len - head;
	return true;
}

/* RFC 4443, 2.3: over addresses, length and protocol, too. */
static bool message_sum_ok(const struct packet *p)
{
	uint32_t sum = 0;

	if (p->ipv6)
		sum = sum_words(p->icmp_len + 58, p->saddr, 32);
	return sum_ok(sum_words(sum, p->icmp, p->icmp_len));
}

/* RFC 791 and RFC 8200: one whole packet, and nothing between the headers. */
static const char *header_oddity(const struct packet *p)
{
	const uint8_t *ip = p->ip;

	if (p->ipv6)
		return ip[0] >> 4 != 6 ? "version" :
		       ip[6] != 58     ? "not ICMP at once" :
					 NULL;
	if (ip[0] >> 4 != 4)
		return "version";
	if (ip[0] != 0x45)
		return "options, or a wrong header length";
	if (!sum_ok(sum_words(0, ip, 20)))
		return "header checksum";
	if (be16(ip + 6) & 0x3fff)
		return "fragment";
	return ip[9] == 1 ? NULL : "not ICMP at once";
}

/*
 * An address of this host's, but no link-local one. That of a subnet is every
 * router's there (RFC 4291, 2.6.1): no host answers with it.
 */
static bool is_own(const uint8_t *addr, bool ipv6)
{
	const struct place *place = place__find(addr, ipv6);
	static const uint8_t no_host[8];

	return place->kind == LOCAL && place->bits == (ipv6 ? 128 : 32) &&
	       !(ipv6 && !memcmp(addr + 8, no_host, 8));
}

/* The link-local address of the device. */
static bool is_own_here(const uint8_t *addr, enum dev dev)
{
	const uint8_t own[16] = { 0xfe, 0x80, [15] = 1 + dev };

	return !memcmp(addr, own, 16);
}

/* RFC 1122, 3.2.1.3; RFC 4291, 2.5: a station that may be answered. */
static bool may_ask(const struct packet *p, enum dev dev)
{
	static const uint8_t zeros[10];
	const uint8_t *a = p->saddr;

	if (is_own(a, p->ipv6))
		return false;
	if (p->ipv6)
		return a[0] != 0xff && memcmp(a, zeros, 10) &&
		       !is_own_here(a, dev);
	return place__find(a, false)->kind != GROUP && a[0] != 0 &&
	       a[0] != 127 && a[0] >> 4 != 14 &&
	       memcmp(a, "\xff\xff\xff\xff", 4);
}

/* Why a host need not answer this frame, or not at once; NULL: it must. */
static const char *find_oddity(enum dev dev, const struct bytes *b)
{
	const char *oddity;
	struct packet p;
	uint8_t mac[6];

	mac__bytes(devs[dev].mac, mac);
	if (memcmp(b->data, mac, 6) || b->data[6] & 1)
		return "not from a station to this one";
	if (!read_packet(b, &p))
		return "no whole packet with a message";
	oddity = header_oddity(&p);
	if (oddity)
		return oddity;
	if (p.icmp[0] != (p.ipv6 ? 128 : 8) || p.icmp[1])
		return "no echo request";
	if (!message_sum_ok(&p))
		return "checksum";
	if (!is_own(p.daddr, p.ipv6) && !(p.ipv6 && is_own_here(p.daddr, dev)))
		return "not for an address of this host's";
	return may_ask(&p, dev) ? NULL : "from nobody who may ask";
}

/* What a host can leave to its slow path. */
static const char *find_intricacy(const struct bytes *b)
{
	struct packet p;
	size_t i;

	if (!read_packet(b, &p))
		return NULL;
	if (p.len + ETH != b->len)
		return "padding";
	for (i = 4; i < p.icmp_len && !p.icmp[i]; i++)
		;
	/* Of the two zeros of one's complement, which would the sum be? */
	return !p.ipv6 && i == p.icmp_len ? "a message of zeros" : NULL;
}

static const char *judge_ipv4(const struct packet *q, const struct packet *r)
{
	const uint8_t *ip = r->ip;

	if (ip[0] != 0x45 || !sum_ok(sum_words(0, ip, 20)))
		return "its IPv4 header is not sound";
	if (ip[1] != q->ip[1])
		return "its TOS is not the request's";
	if (be16(ip + 6) & 0xbfff)
		return "it is a fragment";
	return ip[9] == 1 && ip[8] == 64 ? NULL :
					   "its protocol or TTL is wrong";
}

static const char *judge_ipv6(const struct packet *q, const struct packet *r)
{
	const uint8_t *ip = r->ip;

	if (ip[0] >> 4 != 6 || (be16(ip) & 0xff0) != (be16(q->ip) & 0xff0))
		return "its version or traffic class is wrong";
	return ip[6] == 58 && ip[7] == 64 ? NULL :
					    "its protocol or hop limit is "
					    "wrong";
}

/* The request is known to be sound. */
static const char *judge_reply(void)
{
	size_t addr_len;
	const char *why;
	struct packet q, r;

	read_packet(&last.in, &q);
	if (memcmp(last.out.data, last.in.data + 6, 6) ||
	    memcmp(last.out.data + 6, last.in.data, 6))
		return "its MAC addresses are not the request's, exchanged";
	if (!read_packet(&last.out, &r) || r.ipv6 != q.ipv6)
		return "it is no whole packet";
	if (r.len != q.len || last.out.len != r.len + ETH)
		return "its length is wrong";
	why = r.ipv6 ? judge_ipv6(&q, &r) : judge_ipv4(&q, &r);
	if (why)
		return why;
	addr_len = r.ipv6 ? 16 : 4;
	if (memcmp(r.saddr, q.daddr, addr_len) ||
	    memcmp(r.daddr, q.saddr, addr_len))
		return "its addresses are not the request's, exchanged";
	if (r.icmp[0] != (r.ipv6 ? 129 : 0) || r.icmp[1])
		return "it is no echo reply";
	if (memcmp(r.icmp + 4, q.icmp + 4, q.icmp_len - 4))
		return "it does not return what was sent";
	return message_sum_ok(&r) ? NULL : "its checksum is wrong";
}

/* Whether one of Linux's frames is the reply, by whatever device. */
static bool find_linux_reply(struct bytes *b, struct packet *r)
{
	struct packet q;

	read_packet(&last.in, &q);
	for (int i = 0; i < last.linux_.count; i++) {
		const struct output *o = &last.linux_.frame[i];

		b->len = o->len;
		memcpy(b->data, o->data, o->len);
		if (read_packet(b, r) && !header_oddity(r) &&
		    r->ipv6 == q.ipv6 && r->icmp[0] == (q.ipv6 ? 129 : 0) &&
		    !memcmp(r->icmp + 4, q.icmp + 4, 4))
			return true;
	}
	return false;
}

/*
 * Linux may send its reply elsewhere: it asks its routes. It draws the IPv4
 * identification at random, never sets "don't fragment", and draws an IPv6
 * flow label. The rest is to be the same.
 */
static const char *compare_with_linux(void)
{
	static struct bytes b;
	struct packet ours, theirs;
	uint8_t *ip = b.data + ETH;

	last.linux_answers = find_linux_reply(&b, &theirs);
	if (!last.linux_answers)
		return NULL;
	read_packet(&last.out, &ours);
	if (theirs.ipv6) {
		ip[1] = (ip[1] & 0xf0) | (ours.ip[1] & 0x0f);
		memcpy(ip + 2, ours.ip + 2, 2);
	} else {
		memcpy(ip + 4, ours.ip + 4, 4);	  /* identification, flags */
		memcpy(ip + 10, ours.ip + 10, 2); /* the sum over them */
	}
	return ours.len == theirs.len && !memcmp(ip, ours.ip, ours.len) ?
		       NULL :
		       "answered, but Linux answers otherwise";
}

static const char *judge_answer(void)
{
	static char text[128];
	const char *why = last.oddity;

	if (!why)
		why = judge_reply();
	if (!why)
		return compare_with_linux();
	snprintf(text, sizeof(text), "answered, but %s", why);
	return text;
}

static const char *try(struct sample *s, const struct setting *setting)
{
	(void)setting;
	sample__build(s, &last.in);
	last.dev = s->ingress;
	last.linux_answers = false;
	last.oddity = find_oddity(s->ingress, &last.in);
	world__oracle(s->ingress, last.in.data, last.in.len, &last.linux_);
	last.verdict = world__verdict(s->ingress, last.in.data, last.in.len,
				      &last.out);
	if (last.verdict == XDP_TX)
		return judge_answer();
	if (last.verdict != XDP_PASS)
		return "neither answered nor passed";
	if (last.in.len != last.out.len ||
	    memcmp(last.in.data, last.out.data, last.in.len))
		return "passed, but not untouched";
	if (!last.oddity)
		last.oddity = find_intricacy(&last.in);
	return last.oddity ? NULL : "passed, but it is a simple request";
}

static void show(void)
{
	printf("# verdict %s; what is odd: %s\n",
	       last.verdict == XDP_TX ? "XDP_TX" : "not XDP_TX",
	       last.oddity ?: "nothing");
	print_frame_bytes("request", last.in.data, last.in.len);
	if (last.verdict == XDP_TX)
		print_frame_bytes("reply", last.out.data, last.out.len);
	print_outputs("Linux", &last.linux_);
}

static void count(const struct sample *s)
{
	if (last.oddity)
		tally__add(&stats.oddities, last.oddity);
	else
		stats.simple++;
	stats.answered += last.verdict == XDP_TX;
	stats.passed += last.verdict == XDP_PASS;
	stats.by_linux += last.linux_answers;
	tally__add_kind(&stats.kinds, s);
}

static void report(unsigned long differences)
{
	tally__print_kinds(&stats.kinds);
	tally__print("frames that are not simple requests", &stats.oddities);
	printf("# XDP_TX %lu, XDP_PASS %lu; %lu of %lu simple requests were "
	       "answered\n",
	       stats.answered, stats.passed, stats.answered, stats.simple);
	printf("# %lu replies are Linux's, but for IPv4 identification, DF, "
	       "header checksum; IPv6 flow label\n",
	       stats.by_linux);
	tap__result(!differences,
		    "the echo server does what a host does: %lu differences",
		    differences);
	tap__result(stats.answered == stats.simple && stats.simple,
		    "what is a simple request is answered");
}

const struct stage echo_stage = {
	.name = "echo",
	.lesson = LESSON,
	.share = 5,
	.make = world__make,
	.set = set,
	.sample = sample__make_request,
	.try = try,
	.show = show,
	.count = count,
	.report = report,
};
