/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tc program gets a struct sk_buff, whose bytes may lie in several places in
 * memory. Only those up to data_end can be read directly.
 */
#ifndef BPF_TC_H
#define BPF_TC_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/*
 * skb_pull - have the first @len bytes, or all there are, in one place
 *
 * Pointers into the packet are invalid afterwards.
 */
static __always_inline void skb_pull(struct __sk_buff *skb, __u32 len)
{
	if (len > skb->len)
		len = skb->len;
	if (skb->data_end - skb->data < len)
		bpf_skb_pull_data(skb, len);
}

#endif
