/* SPDX-License-Identifier: GPL-2.0 */
/* Which programs run where, and the pins of their maps. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../layout.h"
#include "checks.h"
#include "maps.h"
#include "programs.h"
#include "report.h"

/* Each of the lessons' programs has it. */
#define LESSONS_MAP "xdp_stats_map"

/* An environment's program belongs on the end that is here. */
void check_program_inside(const struct device *dev)
{
	const struct device *peer = dev->peer;

	if (world__is_here(dev->netns) || !peer ||
	    !world__is_here(peer->netns) || strcmp(dev->link.name, "veth0"))
		return;
	if (!device__has_work(dev) || !strcmp(dev->program, "xdp_dispatcher"))
		return;
	if (!device__is_end(peer) || !device__has_program(peer))
		warning(dev->where, mend("t load -n %s", peer->word),
			"%s runs inside, and nothing on %s", dev->program,
			peer->link.name);
}

/* A lesson's program on a device that t has not made. */
void check_foreign_devices(void)
{
	const struct device *dev = NULL;
	struct maps used;

	while ((dev = world__next_device(dev))) {
		if (!world__is_here(dev->netns) || dev->is_ours ||
		    !device__has_program(dev))
			continue;
		maps__read_used(&used, dev->link.xdp_prog_id);
		if (maps__have_name(&used, LESSONS_MAP))
			warning(dev->where,
				mend("./xdp_prog_user unload -d %s", dev->word),
				"a lesson's program runs on a device that is "
				"no environment's");
	}
}

void check_mode(const struct device *dev)
{
	if (dev->link.xdp_mode == XDP_ATTACHED_SKB)
		warning(dev->where, "load it without --mode skb",
			"%s runs in generic mode, after the kernel has made "
			"an sk_buff",
			dev->program);
}

void check_pins_of(const struct device *dev)
{
	struct maps used, pinned;
	char folder[64];

	/* Those of programs behind a dispatcher are libxdp's concern. */
	if (!world__is_here(dev->netns) || !device__has_program(dev) ||
	    dev->is_dispatched)
		return;
	snprintf(folder, sizeof(folder), BPFFS "/%s", dev->link.name);
	maps__read_used(&used, dev->link.xdp_prog_id);
	maps__read_pinned(&pinned, folder);
	if (!pinned.count) {
		if (maps__have_name(&used, LESSONS_MAP))
			warning(dev->link.name, mend("t load -n %s", dev->word),
				"%s was loaded by a tool that has not pinned "
				"its maps, so xdp_stats cannot find them",
				dev->program);
	} else if (!maps__have_common(&used, &pinned)) {
		warning(folder, mend("t load -n %s", dev->word),
			"stale pins: they are not the maps of %s, which runs "
			"on %s",
			dev->program, dev->link.name);
	}
}

static void check_folder(const char *name)
{
	const struct device *dev = world__find_here(name);
	struct maps pinned;
	char folder[512];

	snprintf(folder, sizeof(folder), BPFFS "/%s", name);
	if (!strcmp(folder, ENVS) || !strcmp(name, "xdp"))
		return;
	maps__read_pinned(&pinned, folder);
	if (!pinned.count)
		return;
	if (!dev)
		warning(folder, mend("rm -r %s", shell_word(folder)),
			"stale pins of a device that has gone");
	else if (dev->is_ours && !device__has_program(dev))
		warning(folder, mend("./xdp_prog_user unload -d %s", dev->word),
			"stale pins: no program runs on %s", name);
}

/* Pins where no program is. */
void check_stale_pins(void)
{
	struct dirent **entries;
	int count = scandir(BPFFS, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		if (*entries[i]->d_name != '.')
			check_folder(entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}
