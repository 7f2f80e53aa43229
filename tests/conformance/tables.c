/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "../../packet05-fwd/xdp_prog.h"
#include "../../grader/subject.h"
#include "places.h"
#include "tables.h"
#include "wire.h"

static struct {
	const char *name;
	int fd;
} learned[] = { { "hfwd", -1 }, { "hfwd6", -1 } },
  fixed[] = { { "hfwd_static", -1 }, { "hfwd6_static", -1 } };
static int state = -1;
static __u64 generation;

/* All devices share them: any one's pins will do. */
static void open_map(int *fd, const char *name)
{
	char path[64];

	if (*fd >= 0)
		close(*fd);
	snprintf(path, sizeof(path), "/sys/fs/bpf/%s/%s", devs[IN0].name, name);
	*fd = bpf_obj_get(path);
	if (*fd < 0)
		die("%s: %s", path, strerror(errno));
}

/* Another generation: from now on nothing has been learned. */
static void forget(void)
{
	struct fwd_state now = { .valid_until = ~0U };
	__u32 key = 0;

	generation += FWD_GENERATION;
	now.generation = generation | FWD_LEARN;
	if (bpf_map_update_elem(state, &key, &now, BPF_ANY))
		die("fwd_state: %s", strerror(errno));
}

/* Under other settings another way may be right. */
static void clear(int fd)
{
	uint8_t key[16];

	while (!bpf_map_get_next_key(fd, NULL, key))
		bpf_map_delete_elem(fd, key);
}

void tables__open(void)
{
	for (int i = 0; i < 2; i++) {
		open_map(&learned[i].fd, learned[i].name);
		open_map(&fixed[i].fd, fixed[i].name);
		clear(fixed[i].fd);
	}
	open_map(&state, "fwd_state");
	forget();
}

bool dest__read(struct dest *dest, const struct bytes *frame)
{
	uint16_t proto = frame->len < 14 ? 0 : be16(frame->data + 12);

	*dest = (struct dest){ .ipv6 = proto == 0x86dd };
	if (proto == 0x0800 && frame->len >= 14 + 20)
		memcpy(dest->addr, frame->data + 14 + 16, 4);
	else if (proto == 0x86dd && frame->len >= 14 + 40)
		memcpy(dest->addr, frame->data + 14 + 24, 16);
	else
		return false;
	return true;
}

void tables__prepare(const struct dest *dest, const struct setting *setting)
{
	const struct place *place = place__find(dest->addr, dest->ipv6);

	if (place->kind == UNICAST && !setting->rules)
		return;
	if (setting->rules)
		forget();
	bpf_map_delete_elem(learned[dest->ipv6].fd, dest->addr);
	bpf_map_delete_elem(fixed[dest->ipv6].fd, dest->addr);
}

enum known tables__knows(const struct dest *dest)
{
	struct fwd_entry entry;

	if (!bpf_map_lookup_elem(fixed[dest->ipv6].fd, dest->addr, &entry))
		return STATIC;
	return !bpf_map_lookup_elem(learned[dest->ipv6].fd, dest->addr,
				    &entry) &&
			       entry.generation == generation ?
		       LEARNED :
		       NOT_KNOWN;
}

void tables__make_static(const struct dest *dest)
{
	struct fwd_entry entry;

	if (bpf_map_lookup_elem(learned[dest->ipv6].fd, dest->addr, &entry) ||
	    bpf_map_update_elem(fixed[dest->ipv6].fd, dest->addr, &entry,
				BPF_ANY))
		die("a learned entry cannot be copied: %s", strerror(errno));
}
