/* SPDX-License-Identifier: GPL-2.0 */
#include <string.h>

#include "device.h"

bool device__is_end(const struct device *dev)
{
	return dev->is_ours && link__is_veth(&dev->link);
}

bool device__has_program(const struct device *dev)
{
	return dev->link.xdp_mode != XDP_ATTACHED_NONE;
}

/* One that only switches NAPI on. */
static bool only_passes(const char *name)
{
	return !strcmp(name, "testenv_pass") || !strcmp(name, "xdp_pass_func");
}

bool device__has_work(const struct device *dev)
{
	return device__has_program(dev) && !only_passes(dev->program);
}
