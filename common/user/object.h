/* SPDX-License-Identifier: GPL-2.0 */
/* A BPF object file, before it is loaded into the kernel. */
#ifndef OBJECT_H
#define OBJECT_H

#include <limits.h>
#include <stddef.h>
#include <bpf/libbpf.h>

/*
 * object__path - the path of the object file that has a program
 * @where: the file itself, which is taken as it is; or a folder, of which it is
 * that of the *_kern.o that has @prog_name
 *
 * Returns 0, or a negative errno after logging it, as all functions here.
 * -ENOENT where none has it: the log lists the programs that there are.
 */
int object__path(char path[PATH_MAX], const char *where, const char *prog_name);

/*
 * object__open - read an object file; where its maps are pinned is not its
 * own choice
 */
int object__open(struct bpf_object **obj, const char *file);

/*
 * object__choose - of the programs in it, the one that will be loaded
 * @file: for the message
 * @section: what is to be written before a program of @type, "xdp" or "tc"
 *
 * -ENOENT for a program that it does not have (the log lists those that it
 * has), -EINVAL for one of another type.
 */
int object__choose(struct bpf_object *obj, const char *file,
		   const char *prog_name, enum bpf_prog_type type,
		   const char *section, struct bpf_program **prog);

/*
 * object__set_constant - give a `const volatile` variable its value
 * @dev: for the message
 * @name: of the variable in the program's source
 * @size: must be the variable's
 */
int object__set_constant(struct bpf_object *obj, const char *dev,
			 const char *name, const void *value, size_t size);

/* object__load_failed - say why the kernel refuses; returns @err */
int object__load_failed(const char *dev, const char *prog_name, int err);

#endif
