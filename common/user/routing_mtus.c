/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>

#include "routing_mtus.h"

#define NO_MTU	    (~0u)
#define PREFIX_BITS 128

static struct route_prefix prefix_of(const struct route *route)
{
	struct route_prefix prefix = { .bits = route->dst_len };

	if (route->family == AF_INET) {
		prefix.bits += MAPPED_BITS;
		prefix.addr.s6_addr16[5] = 0xffff;
		prefix.addr.s6_addr32[3] = route->ipv4.s_addr;
	} else {
		prefix.addr = route->ipv6;
	}
	return prefix;
}

void routing_mtus__add(struct routing_mtus *mtus, const struct route *route)
{
	unsigned int i = mtus->count++;

	if (route->mtu && (!mtus->min || route->mtu < mtus->min))
		mtus->min = route->mtu;
	if (i >= ROUTES_MAX)
		return;
	mtus->route[i].prefix = prefix_of(route);
	mtus->route[i].family = route->family;
	mtus->route[i].table = route->table;
	mtus->route[i].mtu = route->mtu ?: NO_MTU;
	mtus->route[i].for_all = !route->tos && !route->src_len;
}

/* How many of the routes are noted. */
static unsigned int noted(const struct routing_mtus *mtus)
{
	return mtus->count < ROUTES_MAX ? mtus->count : ROUTES_MAX;
}

unsigned int routing_mtus__count(const struct routing_mtus *mtus)
{
	unsigned int with_mtu = 0;

	for (unsigned int i = 0; i < noted(mtus); i++)
		with_mtu += mtus->route[i].mtu != NO_MTU;
	return with_mtu;
}

static bool same_prefix(const struct route_prefix *a,
			const struct route_prefix *b)
{
	return a->bits == b->bits &&
	       !memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

bool routing_mtus__same(const struct routing_mtus *a,
			const struct routing_mtus *b)
{
	/* Without any MTU it does not matter what routes there are. */
	if (a->min != b->min || !a->min)
		return a->min == b->min;
	if (a->count != b->count)
		return false;
	for (unsigned int i = 0; i < noted(a); i++)
		if (!same_prefix(&a->route[i].prefix, &b->route[i].prefix) ||
		    a->route[i].family != b->route[i].family ||
		    a->route[i].table != b->route[i].table ||
		    a->route[i].mtu != b->route[i].mtu ||
		    a->route[i].for_all != b->route[i].for_all)
			return false;
	return true;
}

static bool same_table(const struct routing_mtus *mtus, unsigned int i,
		       unsigned int j)
{
	return mtus->route[i].family == mtus->route[j].family &&
	       mtus->route[i].table == mtus->route[j].table;
}

static bool covers(const struct route_prefix *outer,
		   const struct route_prefix *inner)
{
	unsigned int bytes = outer->bits / 8, rest = outer->bits % 8;
	const __u8 *a = outer->addr.s6_addr, *b = inner->addr.s6_addr;

	return outer->bits <= inner->bits && !memcmp(a, b, bytes) &&
	       (!rest || !((a[bytes] ^ b[bytes]) >> (8 - rest)));
}

/*
 * The MTU of the route that packets to @prefix take in the table of route
 * number @n. One for a certain TOS or source may be passed over for those
 * with shorter prefixes.
 */
static unsigned int mtu_in_table(const struct routing_mtus *mtus,
				 const struct route_prefix *prefix,
				 unsigned int n)
{
	unsigned int mtu = NO_MTU, bits = 0;

	for (unsigned int i = n; i < mtus->count; i++)
		if (same_table(mtus, i, n) && mtus->route[i].for_all &&
		    covers(&mtus->route[i].prefix, prefix) &&
		    mtus->route[i].prefix.bits > bits)
			bits = mtus->route[i].prefix.bits;
	for (unsigned int i = n; i < mtus->count; i++)
		if (same_table(mtus, i, n) &&
		    covers(&mtus->route[i].prefix, prefix) &&
		    mtus->route[i].prefix.bits >= bits &&
		    mtus->route[i].mtu < mtu)
			mtu = mtus->route[i].mtu;
	return mtu;
}

/*
 * Rules choose among the tables, which is not looked at here: the smallest
 * MTU in any of them is the one that is safe.
 */
static int enter_mtu(const struct routing_mtus *mtus, int fd,
		     unsigned int family, const struct route_prefix *prefix)
{
	unsigned int mtu = NO_MTU;

	for (unsigned int i = 0; i < mtus->count; i++) {
		unsigned int in_table;

		/* Routes come by table: each one is looked at once. */
		if (mtus->route[i].family != family ||
		    (i && same_table(mtus, i, i - 1)))
			continue;
		in_table = mtu_in_table(mtus, prefix, i);
		if (in_table < mtu)
			mtu = in_table;
	}
	return bpf_map_update_elem(fd, prefix, &mtu, BPF_ANY) ? -errno : 0;
}

/* All entries of so many bits; IPv4's for everywhere is one of them. */
static int enter_prefixes(const struct routing_mtus *mtus, int fd,
			  unsigned int bits)
{
	static const struct route_prefix ipv4_everywhere = {
		.bits = MAPPED_BITS,
		.addr.s6_addr = { [10] = 0xff, 0xff },
	};
	int err = 0;

	for (unsigned int i = 0; i < mtus->count && !err; i++)
		if (mtus->route[i].prefix.bits == bits)
			err = enter_mtu(mtus, fd, mtus->route[i].family,
					&mtus->route[i].prefix);
	if (!err && bits == MAPPED_BITS)
		err = enter_mtu(mtus, fd, AF_INET, &ipv4_everywhere);
	return err;
}

/* All that a map has, the shortest prefixes first. */
static int clear(int fd)
{
	static struct route_prefix found[ROUTE_MTUS_MAX];
	struct route_prefix key;
	unsigned int count = 0;

	for (void *at = NULL;
	     count < ROUTE_MTUS_MAX && !bpf_map_get_next_key(fd, at, &key);
	     at = &key)
		found[count++] = key;
	for (unsigned int bits = 0; bits <= PREFIX_BITS; bits++)
		for (unsigned int i = 0; i < count; i++)
			if (found[i].bits == bits &&
			    bpf_map_delete_elem(fd, &found[i]))
				return -errno;
	return 0;
}

/*
 * A packet that comes meanwhile finds the entry that is its own, or none, and
 * is left to the stack then. It never finds a shorter one: those go first and
 * come last.
 */
int routing_mtus__fill(const struct routing_mtus *mtus, int map_fd)
{
	static const struct route_prefix everywhere;
	int err = clear(map_fd);

	if (!err && mtus->count > ROUTES_MAX)
		err = -E2BIG;
	for (int bits = PREFIX_BITS; bits >= 0 && !err; bits--)
		err = enter_prefixes(mtus, map_fd, bits);
	return err ?: enter_mtu(mtus, map_fd, AF_INET6, &everywhere);
}
