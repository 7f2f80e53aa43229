/* SPDX-License-Identifier: GPL-2.0 */
/* Tells a program what this host is called (the maps of common/bpf/host.h). */
#ifndef USER_HOST_H
#define USER_HOST_H

#include <bpf/libbpf.h>

#include "device.h"

/*
 * host__fill - write MAC and IP addresses into a loaded object's maps
 * @dev: the device that the program is for
 *
 * All IPv4 and IPv6 addresses of this network namespace, without loopback
 * ones, tentative ones, and link-local ones of other devices. Returns 0, or
 * a negative errno after logging it.
 */
int host__fill(struct bpf_object *obj, const struct device *dev);

/*
 * host__refresh - the same for the maps pinned for @dev, while the
 * program runs: addresses that are gone are removed
 */
int host__refresh(const struct device *dev);

#endif
