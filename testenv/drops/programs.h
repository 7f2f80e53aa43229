/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF programs that run on the watched namespaces' devices. */
#ifndef PROGRAMS_H
#define PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "drops.h"

/*
 * programs__find - whose bpf_printk() it was
 *
 * Returns false where none of the calls that led to it belongs to a program
 * on a device of a watched namespace. Else @name is that of the program that
 * called it, which may run behind libxdp's dispatcher.
 */
bool programs__find(const struct print_event *p, char *name, size_t size);

#endif
