/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/if_link.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "../net/link.h"
#include "loader.h"
#include "log.h"
#include "object.h"
#include "pins.h"

#define MAPS_MAX    32
#define LIBXDP_PINS PINS_ROOT "/xdp"

static const char *mode_name(enum xdp_attach_mode mode)
{
	return mode == XDP_MODE_SKB ? "generic" : "native";
}

static __u32 mode_flag(enum xdp_attach_mode mode)
{
	return mode == XDP_MODE_SKB ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
}

/* What runs on a device: nothing, one program alone, or a dispatcher. */
struct attached {
	enum xdp_attach_mode mode;
	int fd; /* of the one that is alone, or -1 */
	__u32 id;
	char name[64];
	struct xdp_multiprog *dispatcher; /* libxdp's, or NULL */
};

/* The kernel itself keeps 15 characters of a name, BTF all of them. */
static void read_name(int fd, struct attached *a)
{
	struct bpf_func_info func = {};
	struct bpf_prog_info info = {
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(func),
		.func_info = (__u64)(unsigned long)&func,
	};
	__u32 len = sizeof(info);
	const struct btf_type *type;
	struct btf *btf;

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return;
	snprintf(a->name, sizeof(a->name), "%s", info.name);
	btf = info.btf_id ? btf__load_from_kernel_by_id(info.btf_id) : NULL;
	type = btf ? btf__type_by_id(btf, func.type_id) : NULL;
	if (type)
		snprintf(a->name, sizeof(a->name), "%s",
			 btf__name_by_offset(btf, type->name_off));
	btf__free(btf);
}

/*
 * libxdp is asked only where its dispatcher runs: some releases (1.3.1) never
 * close a program that has the device alone.
 */
static int read_attached(const struct device *dev, struct attached *a)
{
	struct link link;
	int err;

	err = link__get(NETNS_HERE, dev->ifindex, &link);
	if (err || !link.xdp_prog_id)
		return err;
	a->mode = link.xdp_mode == XDP_ATTACHED_SKB ? XDP_MODE_SKB :
						      XDP_MODE_NATIVE;
	a->id = link.xdp_prog_id;
	a->fd = bpf_prog_get_fd_by_id(a->id);
	if (a->fd < 0)
		return -errno;
	read_name(a->fd, a);
	if (strcmp(a->name, "xdp_dispatcher"))
		return 0;
	close(a->fd);
	a->fd = -1;
	a->dispatcher = xdp_multiprog__get_from_ifindex(dev->ifindex);
	err = libxdp_get_error(a->dispatcher);
	if (err)
		a->dispatcher = NULL;
	return err;
}

static int get_attached(const struct device *dev, struct attached *a)
{
	int err;

	*a = (struct attached){ .fd = -1 };
	err = read_attached(dev, a);
	if (err)
		log_err("%s: cannot read which XDP program it has: %s%s",
			dev->name, strerror(-err),
			err == -EPERM ? ": run this as root" : "");
	return err;
}

static void put_attached(struct attached *a)
{
	if (a->fd >= 0)
		close(a->fd);
	xdp_multiprog__close(a->dispatcher);
}

static bool map_is_ours(const struct device *dev, __u32 id)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int fd = bpf_map_get_fd_by_id(id);
	bool ours;

	if (fd < 0)
		return false;
	ours = !bpf_obj_get_info_by_fd(fd, &info, &len) &&
	       (!strcmp(info.name, ".data.this_host") ||
		pins__has_map(dev->name, id));
	close(fd);
	return ours;
}

/*
 * Ours are the programs that use a lesson's map or one pinned for the device,
 * and those that only pass, which nobody misses. Read from the kernel, so it
 * holds whichever tool has loaded the program, and after a kill -9.
 */
static bool is_ours(const struct device *dev, int fd)
{
	__u32 map_ids[MAPS_MAX], count;
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	if (!strcmp(info.name, "testenv_pass") ||
	    !strcmp(info.name, "xdp_pass_func"))
		return true;
	count = pins__used_by(fd, map_ids, MAPS_MAX);
	for (__u32 i = 0; i < count; i++)
		if (map_is_ours(dev, map_ids[i]))
			return true;
	return false;
}

int loader__open(struct loader *l, const struct device *dev, const char *where,
		 const char *prog_name, struct loader_way way)
{
	char file[PATH_MAX];
	int err;

	*l = (struct loader){ .dev = dev,
			      .prog_name = prog_name,
			      .way = way,
			      .mode = way.mode,
			      .old_fd = -1 };
	if (l->mode == XDP_MODE_UNSPEC)
		l->mode = XDP_MODE_NATIVE;
	err = pins__check(dev->name);
	if (!err)
		err = object__path(file, where, prog_name);
	if (!err)
		err = object__open(&l->obj, file);
	if (err)
		return err;
	return object__choose(l->obj, file, prog_name, BPF_PROG_TYPE_XDP, "xdp",
			      &l->prog);
}

int loader__set_constant(struct loader *l, const char *name, const void *value,
			 size_t size)
{
	return object__set_constant(l->obj, l->dev->name, name, value, size);
}

static int load_failed(const struct loader *l, int err)
{
	return object__load_failed(l->dev->name, l->prog_name, err);
}

/* The program is sound, but the device will not run it in this mode. */
static int attach_failed(struct loader *l, int err)
{
	if (l->way.mode == XDP_MODE_UNSPEC) {
		l->way.mode = XDP_MODE_SKB;
		return -EAGAIN;
	}
	log_err("%s: cannot run a program in %s mode: %s; what was said of it:",
		l->dev->name, mode_name(l->mode), strerror(-err));
	liblog__dump();
	return err;
}

static int refuse_foreign(const struct device *dev, const struct attached *a)
{
	log_err("%s runs the XDP program '%s' (id %u), which is not one of "
		"ours: `ip link set dev %s xdp off` removes it",
		dev->name, a->name, a->id, dev->name);
	return -EBUSY;
}

/* In a dispatcher; NULL where there is none */
static struct xdp_program *first_of(const struct attached *a)
{
	return a->dispatcher ? xdp_multiprog__next_prog(NULL, a->dispatcher) :
			       NULL;
}

/*
 * Detaches our programs from a dispatcher, but for the one with id @keep.
 * Each detach rebuilds the dispatcher, so the list is read anew.
 */
static int detach_from_dispatcher(const struct device *dev, __u32 keep)
{
	struct xdp_program *prog;
	struct attached a;
	bool again = true;
	int err = 0;

	while (again && !err) {
		again = false;
		err = get_attached(dev, &a);
		if (err)
			return err;
		for (prog = first_of(&a); prog;
		     prog = xdp_multiprog__next_prog(prog, a.dispatcher)) {
			if (xdp_program__id(prog) == keep ||
			    !is_ours(dev, xdp_program__fd(prog)))
				continue;
			err = xdp_program__detach(prog, dev->ifindex, a.mode,
						  0);
			again = true;
			break;
		}
		put_attached(&a);
	}
	if (err)
		log_err("%s: cannot detach the program before this one: %s",
			dev->name, strerror(-err));
	return err;
}

/* Whether a dispatcher runs a program that is not ours. */
static bool has_others(const struct device *dev, const struct attached *a)
{
	for (struct xdp_program *prog = first_of(a); prog;
	     prog = xdp_multiprog__next_prog(prog, a->dispatcher))
		if (!is_ours(dev, xdp_program__fd(prog)))
			return true;
	return false;
}

/*
 * Into libxdp's dispatcher, which runs several programs one after the other.
 *
 * Where the kernel has no dispatchers libxdp itself runs the program alone.
 * But some kernels (6.13, and 6.12 since its stable updates) refuse only
 * those programs that change a packet's length: the dispatcher's slots, of
 * an older libxdp, do not say that they may.
 */
static int attach_dispatcher(struct loader *l, const struct attached *a)
{
	DECLARE_LIBXDP_OPTS(xdp_program_opts, opts, .obj = l->obj,
			    .prog_name = l->prog_name);
	int err;

	l->xdp = xdp_program__create(&opts);
	err = libxdp_get_error(l->xdp);
	if (err) {
		l->xdp = NULL;
		return load_failed(l, err);
	}
	err = xdp_program__attach(l->xdp, l->dev->ifindex, l->mode, 0);
	if (!err)
		return 0;
	if (xdp_program__fd(l->xdp) >= 0)
		return attach_failed(l, err);
	if (has_others(l->dev, a))
		return load_failed(l, err);
	l->way.alone = true;
	return -EAGAIN;
}

/* Without a dispatcher; one in which only we are is taken away first. */
static int attach_alone(struct loader *l)
{
	int err;

	err = bpf_object__load(l->obj);
	if (err)
		return load_failed(l, err);
	err = detach_from_dispatcher(l->dev, 0);
	if (err)
		return err;
	err = bpf_xdp_attach(l->dev->ifindex, bpf_program__fd(l->prog),
			     mode_flag(l->mode) | XDP_FLAGS_UPDATE_IF_NOEXIST,
			     NULL);
	return err ? attach_failed(l, err) : 0;
}

/*
 * One program for another on a device without a dispatcher.
 *
 * In one step, so no frame slips through between the two; only from native
 * to generic or back must the old one go first. On an error it is there.
 */
static int swap(int ifindex, int old_fd, enum xdp_attach_mode old_mode,
		int new_fd, enum xdp_attach_mode new_mode)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = old_fd);
	int err;

	if (old_mode == new_mode)
		return bpf_xdp_attach(ifindex, new_fd,
				      mode_flag(new_mode) | XDP_FLAGS_REPLACE,
				      &opts);
	err = bpf_xdp_detach(ifindex, mode_flag(old_mode), &opts);
	if (err)
		return err;
	err = bpf_xdp_attach(ifindex, new_fd, mode_flag(new_mode), NULL);
	if (err)
		bpf_xdp_attach(ifindex, old_fd, mode_flag(old_mode), NULL);
	return err;
}

/* In place of our program @old, which has the device alone. */
static int attach_replace(struct loader *l, const struct attached *old)
{
	int err;

	err = bpf_object__load(l->obj);
	if (err)
		return load_failed(l, err);
	l->old_mode = old->mode;
	l->old_fd = dup(old->fd);
	if (l->old_fd < 0) {
		err = -errno;
		log_err("%s: cannot keep the program before this one: %s",
			l->dev->name, strerror(-err));
		return err;
	}
	err = swap(l->dev->ifindex, l->old_fd, old->mode,
		   bpf_program__fd(l->prog), l->mode);
	return err ? attach_failed(l, err) : 0;
}

/* A device runs in one mode only: out with a dispatcher in the other one. */
static int clear_mode(struct loader *l, const struct attached *a)
{
	if (!has_others(l->dev, a))
		return detach_from_dispatcher(l->dev, 0);
	if (l->way.mode == XDP_MODE_UNSPEC) {
		l->way.mode = XDP_MODE_SKB;
		return -EAGAIN;
	}
	log_err("%s runs other programs in %s mode, and a device has one mode "
		"for all: leave out --mode, or unload them",
		l->dev->name, mode_name(a->mode));
	return -EBUSY;
}

static int report(struct loader *l)
{
	struct attached a;
	int err;

	err = get_attached(l->dev, &a);
	if (err)
		return err;
	if (!a.dispatcher && a.fd < 0) {
		log_err("%s: somebody has removed the program again",
			l->dev->name);
		return -ENOENT;
	}
	printf("%s: %s runs in %s mode%s\n", l->dev->name, l->prog_name,
	       mode_name(a.mode),
	       a.dispatcher ? " (in libxdp's dispatcher)" :
			      " (alone: no libxdp dispatcher on this device)");
	put_attached(&a);
	return 0;
}

/* Whichever way is right, beside or in place of what runs already. */
static int attach(struct loader *l, const struct attached *a)
{
	if (a->fd >= 0)
		return is_ours(l->dev, a->fd) ? attach_replace(l, a) :
						refuse_foreign(l->dev, a);
	return l->way.alone ? attach_alone(l) : attach_dispatcher(l, a);
}

int loader__attach(struct loader *l)
{
	struct attached a;
	int err;

	err = get_attached(l->dev, &a);
	if (err)
		return err;
	if (a.dispatcher && a.mode != l->mode) {
		err = clear_mode(l, &a);
		put_attached(&a);
		if (err)
			return err;
		a = (struct attached){ .fd = -1 };
	}
	liblog__clear();
	err = attach(l, &a);
	l->attached = !err;
	put_attached(&a);
	return err;
}

int loader__pin(struct loader *l)
{
	int err = pins__stage(l->dev->name, l->obj);

	l->pinned = !err;
	return err;
}

int loader__finish(struct loader *l)
{
	int err = 0;

	/* In a dispatcher the program before still runs beside this one. */
	if (l->xdp)
		err = detach_from_dispatcher(l->dev, xdp_program__id(l->xdp));
	if (!err)
		err = pins__commit(l->dev->name, l->obj);
	if (err)
		return err;
	l->finished = true;
	return report(l);
}

static void undo(struct loader *l)
{
	if (l->pinned)
		pins__unstage(l->dev->name);
	if (!l->attached)
		return;
	if (l->xdp)
		xdp_program__detach(l->xdp, l->dev->ifindex, l->mode, 0);
	else if (l->old_fd >= 0)
		swap(l->dev->ifindex, bpf_program__fd(l->prog), l->mode,
		     l->old_fd, l->old_mode);
	else
		bpf_xdp_detach(l->dev->ifindex, mode_flag(l->mode), NULL);
}

void loader__close(struct loader *l)
{
	if (!l->finished)
		undo(l);
	if (l->old_fd >= 0)
		close(l->old_fd);
	xdp_program__close(l->xdp);
	bpf_object__close(l->obj);
	free(l->told);
}

static int unload_alone(const struct device *dev, const struct attached *a)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, opts, .old_prog_fd = a->fd);
	int err;

	if (!is_ours(dev, a->fd))
		return refuse_foreign(dev, a);
	err = bpf_xdp_detach(dev->ifindex, mode_flag(a->mode), &opts);
	if (err)
		log_err("%s: cannot detach: %s", dev->name, strerror(-err));
	return err;
}

/* Those that run no more: a load or an unload has left them that was killed. */
static int clean_dispatchers(const struct device *dev)
{
	int err;

	if (access(LIBXDP_PINS, F_OK)) /* libxdp would make it */
		return 0;
	err = libxdp_clean_references(dev->ifindex);
	if (err) {
		log_err("%s: cannot remove an old dispatcher's pins: %s",
			dev->name, strerror(-err));
		liblog__dump();
	}
	return err;
}

int loader__unload(const struct device *dev)
{
	struct attached a;
	int err;

	err = pins__check(dev->name);
	if (!err)
		err = get_attached(dev, &a);
	if (err)
		return err;
	if (a.fd >= 0)
		err = unload_alone(dev, &a);
	else if (a.dispatcher)
		err = detach_from_dispatcher(dev, 0);
	put_attached(&a);
	return err ?: pins__remove(dev->name) ?: clean_dispatchers(dev);
}

static void print_program(const struct device *dev, const struct attached *a,
			  const char *name, __u32 id, int fd)
{
	printf("%s: %s (id %u) in %s mode,%s %s\n", dev->name, name, id,
	       mode_name(a->mode), a->dispatcher ? " in a dispatcher," : "",
	       is_ours(dev, fd) ? "ours" : "not ours");
}

int loader__status(const struct device *dev)
{
	struct xdp_program *prog;
	struct attached a;
	char names[512];
	int err;

	err = get_attached(dev, &a);
	if (err)
		return err;
	if (a.fd >= 0)
		print_program(dev, &a, a.name, a.id, a.fd);
	else if (!a.dispatcher)
		printf("%s: no XDP program\n", dev->name);
	for (prog = first_of(&a); prog;
	     prog = xdp_multiprog__next_prog(prog, a.dispatcher))
		print_program(dev, &a, xdp_program__name(prog),
			      xdp_program__id(prog), xdp_program__fd(prog));
	put_attached(&a);
	if (*pins__list(dev->name, names, sizeof(names)))
		printf("%s: maps pinned in %s/%s: %s\n", dev->name, PINS_ROOT,
		       dev->name, names);
	return 0;
}
