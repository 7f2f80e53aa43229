/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's IPv6 addresses: of a list in the form of /proc/net/if_inet6
 * exactly those are taken that the host answers for; any other text is
 * survived.
 *
 * The first byte of the input says which of the two it is. For a list, each
 * record of 20 bytes is one line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *open_list(void);
#define fopen(path, mode) open_list()
#include "../../common/user/hostmaps.c"
#undef fopen

#define IFINDEX	   3
#define TEXT_MAX   65536
#define IS_RAW(by) ((by)&1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
	struct in6_addr addr;
	uint8_t ifindex, prefix, scope, flags;
};

static char text[TEXT_MAX];

static FILE *open_list(void)
{
	/* fmemopen() refuses a length of 0. */
	return *text ? fmemopen(text, strlen(text), "r") : tmpfile();
}

void log_err(const char *fmt, ...)
{
	(void)fmt;
}

void log_warn(const char *fmt, ...)
{
	(void)fmt;
}

static bool answers_for(const struct record *r)
{
	char name[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &r->addr, name, sizeof(name));
	if (r->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return false;
	if (r->addr.s6_addr[0] == 0xfe && r->addr.s6_addr[1] >> 6 == 2)
		return r->ifindex == IFINDEX;
	return strcmp(name, "::1");
}

/* As if6_seq_show() in the kernel's net/ipv6/addrconf.c */
static int write_line(char *line, const struct record *r)
{
	int len = 0;

	for (int i = 0; i < 16; i++)
		len += sprintf(line + len, "%02x", r->addr.s6_addr[i]);
	return len + sprintf(line + len, " %02x %02x %02x %02x %8s\n",
			     r->ifindex, r->prefix, r->scope, r->flags, "v");
}

static void try_list(const struct record *records, unsigned int count)
{
	static struct addrs seen = { .size = sizeof(struct in6_addr) };
	unsigned int want = 0;
	int len = 0, err;

	*text = '\0';
	for (unsigned int i = 0; i < count; i++)
		len += write_line(text + len, &records[i]);
	seen.count = 0;
	err = read_ipv6(&seen, IFINDEX);
	for (unsigned int i = 0; i < count && !err; i++) {
		if (!answers_for(&records[i]))
			continue;
		if (want >= seen.count || memcmp(seen.bytes + want * seen.size,
						 &records[i].addr, seen.size))
			break;
		want++;
	}
	if (!err && want == seen.count)
		return;
	fprintf(stderr, "%d, %u addresses, then other ones, of:\n%s", err, want,
		text);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct addrs seen = { .size = sizeof(struct in6_addr) };
	struct record records[HOST_ADDRS_MAX];
	size_t count;

	if (!size)
		return 0;
	if (IS_RAW(*data)) {
		snprintf(text, sizeof(text), "%.*s", (int)size - 1,
			 (const char *)data + 1);
		seen.count = 0;
		read_ipv6(&seen, IFINDEX);
		return 0;
	}
	count = (size - 1) / sizeof(struct record);
	if (count > HOST_ADDRS_MAX)
		count = HOST_ADDRS_MAX;
	memcpy(records, data + 1, count * sizeof(struct record));
	try_list(records, count);
	return 0;
}
