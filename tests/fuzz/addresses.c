/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's IPv6 addresses: of those that the kernel names exactly those are
 * taken that the host answers for. Each record of 20 bytes is one address.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../common/user/host.c"

#define IFINDEX 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct record {
	struct in6_addr addr;
	uint8_t ifindex, prefix, scope, flags;
};

static const uint8_t *records;
static size_t count;

static struct record record_at(size_t i)
{
	struct record r;

	memcpy(&r, records + i * sizeof(r), sizeof(r));
	return r;
}

/* Instead of the kernel's. */
int address__each(int nsid,
		  int (*visit)(const struct address *address, void *arg),
		  void *arg)
{
	int err = 0;

	(void)nsid;
	for (size_t i = 0; i < count && !err; i++) {
		struct record r = record_at(i);

		err = visit(&(struct address){ .family = AF_INET6,
					       .ifindex = r.ifindex,
					       .prefix_len = r.prefix,
					       .scope = r.scope,
					       .flags = r.flags,
					       .ipv6 = r.addr },
			    arg);
	}
	return err;
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host_addrs seen;
	size_t want = 0;
	int err;

	records = data;
	count = size / sizeof(struct record);
	if (count > HOST_ADDRS_MAX)
		count = HOST_ADDRS_MAX;
	seen = (struct host_addrs){ .ifindex = IFINDEX,
				    .ipv4.size = sizeof(struct in_addr),
				    .ipv6.size = sizeof(struct in6_addr) };
	err = read_addrs(&seen);
	for (size_t i = 0; i < count && !err; i++) {
		struct record r = record_at(i);

		if (!answers_for(&r))
			continue;
		if (want >= seen.ipv6.count ||
		    memcmp(seen.ipv6.bytes + want * seen.ipv6.size, &r.addr,
			   seen.ipv6.size))
			break;
		want++;
	}
	if (!err && want == seen.ipv6.count)
		return 0;
	fprintf(stderr, "%d, %zu addresses, then other ones\n", err, want);
	abort();
}
