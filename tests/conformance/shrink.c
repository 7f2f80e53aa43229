/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>
#include <string.h>

#include "sample.h"

/*
 * What may be made simpler: a number in the description, and what it is in
 * the simplest frame.
 */
/* clang-format off */
#define NUMBER(field, plain) \
	{ #field, offsetof(struct frame, field), \
	  sizeof(((struct frame *)0)->field), plain }
/* clang-format on */

static const struct number {
	const char *name;
	size_t offset, size;
	uint32_t plain;
} numbers[] = {
	NUMBER(cut_to, 0),	  NUMBER(pad, 0),
	NUMBER(payload_len, 0),	  NUMBER(payload_len, 1),
	NUMBER(tags[1], 0),	  NUMBER(tags[0], 0),
	NUMBER(eth_proto, 0),	  NUMBER(version, 4),
	NUMBER(version, 6),	  NUMBER(ihl, 5),
	NUMBER(ihl, 0),		  NUMBER(options, 0),
	NUMBER(tos, 0),		  NUMBER(ttl, 64),
	NUMBER(ip_id, 0),	  NUMBER(frag_off, 0),
	NUMBER(flow, 0),	  NUMBER(ext[3], 0),
	NUMBER(ext[2], 0),	  NUMBER(ext[1], 0),
	NUMBER(ext[0], 0),	  NUMBER(ip_len, 0),
	NUMBER(ip_check, 0),	  NUMBER(ip_check_flip, 0),
	NUMBER(l4, L4_NONE),	  NUMBER(ip_proto, 254),
	NUMBER(icmp_type, 0),	  NUMBER(icmp_type, 8),
	NUMBER(icmp_type, 128),	  NUMBER(icmp_code, 0),
	NUMBER(icmp_id, 0),	  NUMBER(icmp_seq, 0),
	NUMBER(l4_cut, 0),	  NUMBER(sport, 0),
	NUMBER(dport, 0),	  NUMBER(l4_check, 0),
	NUMBER(l4_check_flip, 0), NUMBER(fill, FILL_COUNT),
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static uint64_t get(const struct frame *f, const struct number *n)
{
	uint64_t value = 0;

	memcpy(&value, (const char *)f + n->offset, n->size);
	return value; /* little-endian, as the machines that run this */
}

static void set(struct frame *f, const struct number *n, uint64_t value)
{
	memcpy((char *)f + n->offset, &value, n->size);
}

typedef bool (*differs)(struct sample *s);

/* Keeps @simpler where it still differs. */
static bool try(struct sample *s, struct sample *simpler, differs still)
{
	if (!still(simpler))
		return false;
	sample__copy(s, simpler);
	return true;
}

static bool try_numbers(struct sample *s, differs still)
{
	static struct sample simpler;
	bool any = false;

	for (size_t i = 0; i < NUMBERS; i++) {
		if (get(&s->frame, &numbers[i]) == numbers[i].plain)
			continue;
		/* Two plain values for one field: not back and forth. */
		if (i && numbers[i].offset == numbers[i - 1].offset &&
		    get(&s->frame, &numbers[i]) == numbers[i - 1].plain)
			continue;
		if (i && numbers[i].offset == numbers[i - 1].offset && i > 1 &&
		    numbers[i].offset == numbers[i - 2].offset &&
		    get(&s->frame, &numbers[i]) == numbers[i - 2].plain)
			continue;
		sample__copy(&simpler, s);
		set(&simpler.frame, &numbers[i], numbers[i].plain);
		any |= try(s, &simpler, still);
	}
	return any;
}

static bool try_less(struct sample *s, differs still, size_t offset)
{
	static struct sample simpler;
	size_t *value, step;
	bool any = false;

	for (step = 1024; step; step /= 2) {
		sample__copy(&simpler, s);
		value = (size_t *)((char *)&simpler.frame + offset);
		if (*value < step)
			continue;
		*value -= step;
		if (try(s, &simpler, still)) {
			any = true;
			step *= 2;
		}
	}
	return any;
}

static bool try_texts(struct sample *s, differs still)
{
	static const char *const plain[DEVS][2] = {
		{ "192.0.2.2", "2001:db8:1::2" },
		{ "198.51.100.2", "2001:db8:2::2" },
		{ "203.0.113.2", "2001:db8:3::2" },
		{ "203.0.113.66", "2001:db8:4::66" },
	};
	static struct sample simpler;
	bool ipv6 = strchr(s->saddr, ':'), any = false;

	if (strcmp(s->saddr, plain[s->ingress][ipv6])) {
		sample__copy(&simpler, s);
		strcpy(simpler.saddr, plain[s->ingress][ipv6]);
		any |= try(s, &simpler, still);
	}
	if (strcmp(s->dmac, devs[s->ingress].mac)) {
		sample__copy(&simpler, s);
		strcpy(simpler.dmac, devs[s->ingress].mac);
		any |= try(s, &simpler, still);
	}
	if (strcmp(s->smac, "02:00:00:00:00:02")) {
		sample__copy(&simpler, s);
		strcpy(simpler.smac, "02:00:00:00:00:02");
		any |= try(s, &simpler, still);
	}
	if (s->frame.quoted) {
		sample__copy(&simpler, s);
		simpler.frame.quoted = NULL;
		any |= try(s, &simpler, still);
	}
	if (s->frame.option_bytes) {
		sample__copy(&simpler, s);
		simpler.frame.option_bytes = NULL;
		simpler.frame.options = 0;
		simpler.frame.ihl = 5;
		any |= try(s, &simpler, still);
	}
	return any;
}

static bool try_pokes(struct sample *s, differs still)
{
	static struct sample simpler;
	bool any = false;

	for (int i = 0; i < POKES_MAX; i++) {
		if (!s->poke[i].flips)
			continue;
		sample__copy(&simpler, s);
		simpler.poke[i].flips = 0;
		any |= try(s, &simpler, still);
	}
	return any;
}

void sample__shrink(struct sample *s, differs still)
{
	bool any;

	for (int rounds = 0; rounds < 10; rounds++) {
		any = try_pokes(s, still);
		any |= try_texts(s, still);
		any |= try_numbers(s, still);
		any |= try_less(s, still, offsetof(struct frame, payload_len));
		any |= try_less(s, still, offsetof(struct frame, pad));
		if (!any)
			return;
	}
}

static void print_bytes(struct sample *s)
{
	static struct bytes b;

	sample__build(s, &b);
	printf("#\tstatic const uint8_t frame[] = {");
	for (size_t i = 0; i < b.len; i++)
		printf("%s0x%02x,", i % 12 ? " " : "\n#\t\t", b.data[i]);
	printf("\n#\t};\n");
}

static void print_frame(const struct frame *f, const char *indent)
{
	printf("#%s.dmac = \"%s\", .smac = \"%s\",\n", indent, f->dmac,
	       f->smac);
	printf("#%s.saddr = \"%s\", .daddr = \"%s\",", indent, f->saddr,
	       f->daddr);
	for (size_t i = 0; i < NUMBERS; i++) {
		uint64_t value = get(f, &numbers[i]);

		if (!value || (i && numbers[i].offset == numbers[i - 1].offset))
			continue;
		if (strstr(numbers[i].name, "ip_len") ||
		    strstr(numbers[i].name, "_check\0"))
			printf(" .%s = 0x%llx,", numbers[i].name,
			       (unsigned long long)value);
		else
			printf(" .%s = %llu,", numbers[i].name,
			       (unsigned long long)value);
	}
	printf("\n");
}

void sample__print(struct sample *s)
{
	bool poked = false;
	static struct bytes b;

	sample__build(s, &b); /* completes what is quoted */
	for (int i = 0; i < POKES_MAX; i++)
		poked |= s->poke[i].at < b.len && s->poke[i].flips;
	printf("# received on %s:\n", devs[s->ingress].name);
	if (poked || s->frame.option_bytes) {
		print_bytes(s);
		return;
	}
	printf("#\tstruct frame frame = {\n");
	print_frame(&s->frame, "\t\t");
	if (s->frame.quoted) {
		printf("#\t\t.quoted = &(struct frame){\n");
		print_frame(s->frame.quoted, "\t\t\t");
		printf("#\t\t},\n");
	}
	printf("#\t};\n");
}
