/* SPDX-License-Identifier: GPL-2.0 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include "diagnose.h"
#include "trial.h"

#define MAX_SHOWN 16 /* bytes of a field: an IPv6 address */

/* A field that is wrong. Its bytes are at the same place in all three. */
struct wrong {
	const struct trial *o;
	const char *field;
	size_t at, len;
	const uint8_t *in, *want, *got; /* in is NULL behind what was sent */
};

static size_t offset_of(const struct bytes *b, const char *field)
{
	for (size_t i = 0; i < b->len; i++)
		if (!strcmp(b->field[i], field))
			return i;
	return b->len;
}

/* The first byte of a field, or NULL. */
static const uint8_t *find(const struct trial *o, const struct bytes *in,
			   const char *field)
{
	size_t at = offset_of(o->want, field);

	return at < o->want->len && at < in->len ? in->data + at : NULL;
}

static uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* One's complement: a - b, with 0xffff and 0 the same (RFC 1071). */
static uint16_t minus(uint16_t a, uint16_t b)
{
	uint32_t sum = a + (uint16_t)~b;

	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? 0 : sum;
}

static bool as_sent(const struct wrong *w)
{
	return w->in && !memcmp(w->in, w->got, w->len);
}

static bool is_zero(const struct wrong *w)
{
	for (size_t i = 0; i < w->len; i++)
		if (w->got[i])
			return false;
	return true;
}

/* As many bytes were taken off as should have been added, or the reverse. */
static bool is_wrong_sign(const struct trial *o)
{
	return o->want->len != o->in->len &&
	       o->want->len + o->got->len == 2 * o->in->len;
}

static bool is_reversed(const struct wrong *w)
{
	return w->len == 2 && w->got[0] == w->want[1] &&
	       w->got[1] == w->want[0];
}

static bool is_complement(const struct wrong *w)
{
	return (get16(w->got) ^ get16(w->want)) == 0xffff;
}

/* One or two carries were lost, in the byte order of a little machine. */
static bool is_off_by_carry(const struct wrong *w)
{
	uint16_t by = htons(minus(get16(w->got), get16(w->want)));

	return by == 1 || by == 2;
}

static bool is_backwards(const struct wrong *w)
{
	return w->in && minus(get16(w->in), get16(w->got)) ==
				minus(get16(w->want), get16(w->in));
}

static bool is_delta_reversed(const struct wrong *w)
{
	return w->in && minus(get16(w->got), get16(w->in)) ==
				htons(minus(get16(w->want), get16(w->in)));
}

/* As if the whole sum had been taken with the old checksum in its place. */
static bool includes_itself(const struct wrong *w)
{
	return w->in && get16(w->in) &&
	       minus(get16(w->want), get16(w->got)) == get16(w->in);
}

/* What @frame has as the destination, of a source, and the other way round. */
static const uint8_t *find_other(const struct wrong *w,
				 const struct bytes *frame)
{
	const char *dot = strrchr(w->field, '.');
	char name[64];

	snprintf(name, sizeof(name), "%.*s.%s", (int)(dot - w->field), w->field,
		 strcmp(dot, ".source") ? "source" : "destination");
	return find(w->o, frame, name);
}

static bool is_doubled(const struct wrong *w)
{
	const uint8_t *other = find_other(w, w->o->got);

	return other && !memcmp(other, w->got, w->len);
}

static bool is_exchanged(const struct wrong *w)
{
	const uint8_t *other = find_other(w, w->o->want);

	return other && !memcmp(other, w->got, w->len);
}

static bool is_hop_missing(const struct wrong *w)
{
	return as_sent(w) && w->want[0] == w->in[0] - 1;
}

static bool is_hop_twice(const struct wrong *w)
{
	return w->in && w->got[0] == w->in[0] - 2;
}

static bool is_off_by_ethernet(const struct wrong *w)
{
	int by = get16(w->got) - get16(w->want);

	return by == ETH_HLEN || by == -ETH_HLEN;
}

/* The first line that fits is the mistake; a field's name ends as it says. */
static const struct diagnosis {
	const char *field;
	bool (*fits)(const struct wrong *w);
	const char *text;
} diagnoses[] = {
	{ ".checksum", is_complement,
	  "it is the complement: RFC 1624 has a ~ around the whole" },
	{ ".checksum", is_backwards,
	  "the difference was taken the wrong way round: old and new are "
	  "swapped" },
	{ ".checksum", is_delta_reversed,
	  "the difference is in host byte order: sums need no conversion, "
	  "constants do" },
	{ ".checksum", is_off_by_carry,
	  "a carry was lost: fold the sum twice, adding its upper half" },
	{ ".checksum", includes_itself,
	  "the sum includes the old checksum: the field counts as 0" },
	{ ".checksum", is_zero, "it is 0: nothing was written into it" },
	{ ".checksum", is_reversed,
	  "its two bytes are swapped: a sum is stored as it is" },
	{ ".ttl", is_hop_missing, "a router takes off one" },
	{ ".hop_limit", is_hop_missing, "a router takes off one" },
	{ ".ttl", is_hop_twice, "it was taken off twice" },
	{ ".hop_limit", is_hop_twice, "it was taken off twice" },
	{ ".ttl", as_sent,
	  "it is still the request's: a reply starts a journey of its own" },
	{ ".hop_limit", as_sent,
	  "it is still the request's: a reply starts a journey of its own" },
	{ "", is_zero,
	  "it is 0: nothing was written into it, or zeros were copied" },
	{ ".destination", is_doubled,
	  "both addresses are the same: one was overwritten before it was "
	  "saved" },
	{ ".source", is_doubled,
	  "both addresses are the same: one was overwritten before it was "
	  "saved" },
	{ "", as_sent, "it is as it arrived: nothing was written into it" },
	{ ".total_length", is_off_by_ethernet,
	  "it is off by the 14 bytes of the Ethernet header, which is no part "
	  "of the packet" },
	{ ".destination", is_exchanged,
	  "that is the source's: the two are exchanged" },
	{ ".source", is_exchanged,
	  "that is the destination's: the two are exchanged" },
	{ "", is_reversed, "its two bytes are swapped: bpf_htons()" },
};

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

static void append(char *text, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void append(char *text, size_t size, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + len, size - len, fmt, args);
	va_end(args);
}

static void append_value(char *text, size_t size, const struct wrong *w,
			 const uint8_t *value)
{
	bool address = ends_with(w->field, ".source") ||
		       ends_with(w->field, ".destination") ||
		       ends_with(w->field, "_ip");
	char ip[INET6_ADDRSTRLEN];

	if (address && (w->len == 4 || w->len == 16)) {
		inet_ntop(w->len == 4 ? AF_INET : AF_INET6, value, ip,
			  sizeof(ip));
		append(text, size, "%s", ip);
	} else if (w->len == 6) {
		for (size_t i = 0; i < w->len; i++)
			append(text, size, "%s%02x", i ? ":" : "", value[i]);
	} else if (w->len == 1) {
		append(text, size, "%u", value[0]);
	} else {
		append(text, size, "0x");
		for (size_t i = 0; i < w->len; i++)
			append(text, size, "%02x", value[i]);
	}
}

/* The checksum as it was, and what it covers is not: names what changed. */
static bool did_not_follow(const struct wrong *w, char *text, size_t size)
{
	static const struct {
		const char *checksum, *changed, *name;
	} covers[] = {
		{ "icmp.checksum", "icmp.type", "type" },
		{ "icmpv6.checksum", "icmpv6.type", "type" },
		{ "ipv4.checksum", "ipv4.ttl", "TTL" },
	};

	for (size_t i = 0; i < sizeof(covers) / sizeof(covers[0]); i++) {
		const uint8_t *old, *new;

		if (strcmp(w->field, covers[i].checksum) || !as_sent(w))
			continue;
		old = find(w->o, w->o->in, covers[i].changed);
		new = find(w->o, w->o->want, covers[i].changed);
		if (!old || !new || *old == *new)
			continue;
		append(text, size,
		       ": the %s changed by %d, the checksum did not follow",
		       covers[i].name, *old > *new ? *old - *new : *new - *old);
		return true;
	}
	return false;
}

static void append_cause(char *text, size_t size, const struct wrong *w)
{
	size_t count = sizeof(diagnoses) / sizeof(diagnoses[0]);

	if (w->o->want_action == XDP_PASS && trial__is_kept(w->o)) {
		append(text, size,
		       ": the frame was changed, and then passed: it must "
		       "pass as it arrived; decide first, write afterwards");
		return;
	}
	if (is_wrong_sign(w->o)) {
		append(text, size,
		       ": the frame has %zu bytes, not %zu: a negative number "
		       "for bpf_xdp_adjust_head() adds, a positive one removes",
		       w->o->got->len, w->o->want->len);
		return;
	}
	if (did_not_follow(w, text, size))
		return;
	for (const struct diagnosis *d = diagnoses; d < diagnoses + count; d++)
		if (ends_with(w->field, d->field) && d->fits(w)) {
			append(text, size, ": %s", d->text);
			return;
		}
}

void diagnose__field(const struct trial *o, size_t at, char *text, size_t size)
{
	struct wrong w = { .o = o, .field = o->want->field[at], .at = at };

	while (w.at > 0 && o->want->field[w.at - 1] == w.field)
		w.at--;
	while (w.at + w.len < o->want->len && w.at + w.len < o->got->len &&
	       o->want->field[w.at + w.len] == w.field)
		w.len++;
	if (w.len > MAX_SHOWN || !strcmp(w.field, "payload")) {
		w.at = at;
		w.len = 1;
	}
	w.in = w.at + w.len <= o->in->len ? o->in->data + w.at : NULL;
	w.want = o->want->data + w.at;
	w.got = o->got->data + w.at;
	snprintf(text, size, "%s at byte %zu: want ", w.field, w.at);
	append_value(text, size, &w, w.want);
	append(text, size, ", got ");
	append_value(text, size, &w, w.got);
	append_cause(text, size, &w);
}

void diagnose__verdict(const struct trial *o, const char *hint, char *text,
		       size_t size)
{
	snprintf(text, size, "want %s, got %s%s%s",
		 trial__action_name(o, o->want_action),
		 trial__action_name(o, o->got_action), hint ? ": " : "",
		 hint ?: "");
}
