/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From an object file to a program that runs on a device.
 *
 * The steps of a load, in order: open, (set constants,) attach, (fill maps,)
 * pin, finish, close. Without finish, loader__close() takes the others back:
 * the program before runs again, its pins untouched. Each function logs its own
 * errors, once, and returns 0 or a negative errno.
 *
 * One program of the lessons' runs on a device: a load replaces the one that
 * is there. Programs of others stay where libxdp's dispatcher can run
 * several; where one occupies the device alone, the load is refused.
 */
#ifndef LOADER_H
#define LOADER_H

#include <stdbool.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "device.h"

/*
 * How to run the program. Native mode may be refused by the device, and the
 * dispatcher by the kernel, for this program or for all; both turn out only
 * when it is tried.
 */
struct loader_way {
	enum xdp_attach_mode mode; /* XDP_MODE_UNSPEC: native, else generic */
	bool alone;		   /* without libxdp's dispatcher */
};

struct loader {
	const struct device *dev;
	const char *prog_name;
	struct loader_way way;
	enum xdp_attach_mode mode; /* XDP_MODE_NATIVE or XDP_MODE_SKB */
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct xdp_program *xdp; /* only where libxdp has loaded it */
	bool attached, pinned, finished;
	int old_fd; /* the program that this one has replaced, or -1 */
	enum xdp_attach_mode old_mode;
	void *told; /* the lesson's own, freed in the end, or NULL */
};

/*
 * loader__open - read an object file and choose a program in it
 * @dev: the device that the program is for
 * @where: the object, or a folder that has it: object__path()
 * @prog_name: name of the program's function
 * @way: how to run it
 *
 * Errors: -ENOENT for a missing file or program (the log lists those that
 * the object has).
 */
int loader__open(struct loader *l, const struct device *dev, const char *where,
		 const char *prog_name, struct loader_way way);

/*
 * loader__set_constant - give a `const volatile` variable its value
 * @name: of the variable in the program's source
 * @size: must be the variable's
 *
 * Between open and attach: the kernel takes the value for granted when it
 * verifies the program, and nothing can change it afterwards.
 */
int loader__set_constant(struct loader *l, const char *name, const void *value,
			 size_t size);

/*
 * loader__attach - have the kernel verify the program and run it on the device
 *
 * -EBUSY where a program of somebody else's
 * occupies the device. -EAGAIN, without a word, where the way that was tried
 * was refused and there is another, which is now in l->way: close, and begin
 * again with open.
 */
int loader__attach(struct loader *l);

/* loader__pin - pin the program's maps, ready to be seen */
int loader__pin(struct loader *l);

/*
 * loader__finish - the load is complete: show the pins, let the program go
 * that was there before, and say on stdout in which mode the new one runs
 */
int loader__finish(struct loader *l);

/* loader__close - free everything, and undo a load that is not finished */
void loader__close(struct loader *l);

/*
 * loader__unload - stop our program on @dev and remove its pins
 *
 * Dispatchers of @dev that run no more lose theirs, too: not while somebody
 * loads (pins__lock).
 *
 * No program there is no error. -EBUSY where there is one, but not ours.
 */
int loader__unload(const struct device *dev);

/* loader__status - print what runs on @dev, and its pins, to stdout */
int loader__status(const struct device *dev);

#endif
