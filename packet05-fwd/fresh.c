/* SPDX-License-Identifier: GPL-2.0 */
#include <stdlib.h>
#include <string.h>

#include "../common/net/neighbour.h"
#include "service.h"
#include "tables.h"

/* Ticks within which an entry must have been hit to count as in use. */
#define RECENT 4

#define HOPS_MAX 1024

/* Next hops in use, and the neighbours that they may turn out to be. */
static struct hop {
	__u32 ifindex;
	__u8 mac[6];
} hops[HOPS_MAX];
static unsigned int hop_count;

static struct neighbour stale[HOPS_MAX];
static unsigned int stale_count;

static bool is_hop(__u32 ifindex, const __u8 mac[6])
{
	for (unsigned int i = 0; i < hop_count; i++)
		if (hops[i].ifindex == ifindex && !memcmp(hops[i].mac, mac, 6))
			return true;
	return false;
}

static int add_hop(const struct dest *dest, enum table table,
		   const struct fwd_entry *entry, void *arg)
{
	__u32 now = *(__u32 *)arg;

	(void)dest;
	(void)table;
	if (now - entry->used <= RECENT && hop_count < HOPS_MAX &&
	    !is_hop(entry->ifindex, entry->dmac)) {
		hops[hop_count].ifindex = entry->ifindex;
		memcpy(hops[hop_count++].mac, entry->dmac, 6);
	}
	return 0;
}

static int note_stale(const struct neighbour *neighbour, void *arg)
{
	(void)arg;
	if (neighbour->state == NUD_STALE && neighbour->has_mac &&
	    stale_count < HOPS_MAX &&
	    is_hop(neighbour->ifindex, neighbour->mac))
		stale[stale_count++] = *neighbour;
	return 0;
}

void fresh__touch(void)
{
	__u32 now = tables__tick();

	hop_count = stale_count = 0;
	if (tables__each(LEARNED, add_hop, &now) || !hop_count)
		return;
	neighbour__each(note_stale, NULL);
	for (unsigned int i = 0; i < stale_count; i++)
		neighbour__use(&stale[i]);
}
