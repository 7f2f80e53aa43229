/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From an object file to a program on the ingress or egress of a device, by a
 * clsact qdisc and a filter with direct action: tc-bpf(8).
 *
 * The steps of a load: open, (reuse maps, set constants,) load, (fill maps,)
 * attach. A filter of somebody else's stays; the qdisc goes again with our
 * last filter, if it was made here. Maps are pinned as
 * /sys/fs/bpf/tc/DEV/ingress/MAP. Each function logs its own errors, once,
 * and returns 0 or a negative errno.
 */
#ifndef TC_H
#define TC_H

#include <bpf/libbpf.h>

#include "device.h"

struct tc {
	struct device dev;
	enum bpf_tc_attach_point point; /* BPF_TC_INGRESS or BPF_TC_EGRESS */
	const char *prog_name;
	struct bpf_object *obj;
	struct bpf_program *prog;
};

/*
 * tc__open - read an object file and choose a program in it
 * @where: the object, or a folder that has it: object__path()
 */
int tc__open(struct tc *t, const struct device *dev,
	     enum bpf_tc_attach_point point, const char *where,
	     const char *prog_name);

/* tc__load - have the kernel verify the program */
int tc__load(struct tc *t);

/*
 * tc__attach - run it, in the place of our program that ran there before
 *
 * -EBUSY where the filter's place is taken by somebody else's. On an error
 * nothing has changed.
 */
int tc__attach(struct tc *t);

/* tc__close - free everything; what is attached stays */
void tc__close(struct tc *t);

/*
 * tc__detach - stop our program, remove its pins, and the qdisc if it was
 * made by tc__attach() and nobody else uses it
 * @dev: may be gone
 *
 * No program there is no error.
 */
int tc__detach(const struct device *dev, enum bpf_tc_attach_point point);

/*
 * tc__pins - where the maps are pinned, for pins.h
 *
 * Valid until the next call.
 */
const char *tc__pins(const char *dev, enum bpf_tc_attach_point point);

/*
 * tc__pin_globally - pin a map where iproute2 does: /sys/fs/bpf/tc/globals
 *
 * Between open and load. A map that is pinned there already is used.
 */
int tc__pin_globally(struct tc *t, const char *map);

/* tc__global_pin - the path of such a pin; valid until the next call */
const char *tc__global_pin(const char *map);

/* tc__unpin_globally - remove it; no pin is no error */
void tc__unpin_globally(const char *map);

/*
 * tc__lock - be the only loader in this network until the process ends
 *
 * -EBUSY where there is another one.
 */
int tc__lock(void);

/*
 * tc__each_device - visit the devices for which there are pins of tc
 *
 * Also those that are gone, whose ifindex is 0. Stops where @visit does not
 * return 0.
 */
int tc__each_device(int (*visit)(const struct device *dev, void *arg),
		    void *arg);

#endif
