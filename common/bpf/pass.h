/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The program that does nothing, in every lesson's object.
 *
 * It has a use: a veth end delivers frames that were transmitted or
 * redirected by XDP on the other side only when its own receiving side runs
 * NAPI, which an attached XDP program switches on.
 */
#ifndef BPF_PASS_H
#define BPF_PASS_H

#include "stats.h"

SEC("xdp")
int xdp_pass_func(struct xdp_md *ctx)
{
	return xdp_stats_record_action(ctx, XDP_PASS);
}

#endif
