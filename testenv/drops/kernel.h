/* SPDX-License-Identifier: GPL-2.0 */
/* Names that the running kernel gives: of its functions, drop reasons. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <linux/types.h>

/* kernel__init - read the types; what cannot be read stays without names */
void kernel__init(void);

/*
 * kernel__function - the function that an address is in
 *
 * From /proc/kallsyms; "" where that does not tell. The suffixes that
 * compilers add (.isra.0) are left out.
 */
const char *kernel__function(__u64 address);

/*
 * kernel__reason - the name of a reason for dropping, "IP_CSUM"
 *
 * From the type enum skb_drop_reason in the kernel's BTF, since the numbers
 * differ between kernels.
 */
const char *kernel__reason(__u32 reason, char *buf, size_t size);

/* kernel__has_reason - whether that enum has it, "SKB_DROP_REASON_IP_CSUM" */
bool kernel__has_reason(const char *wanted);

/* kernel__action - "XDP_DROP" and so on; NULL for no verdict at all */
const char *kernel__action(__u32 action);

/* kernel__program - a BPF program's name; "?" where it has gone */
const char *kernel__program(__u32 id, char *buf, size_t size);

#endif
