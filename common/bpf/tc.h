/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a tc program knows of its packet before it looks at the bytes.
 *
 * A tc program gets a struct sk_buff: the kernel has already looked at the
 * Ethernet header, and the bytes may lie in several places in memory, of
 * which only those up to data_end can be read directly.
 */
#ifndef BPF_TC_H
#define BPF_TC_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <bpf/bpf_helpers.h>

/*
 * skb_is_for_host - whether a frame was sent to this device's MAC address
 * @eth: its first bytes; there are always as many
 *
 * For ingress. The kernel has compared the addresses already. Frames with a
 * VLAN tag, which it keeps beside the packet, and frames from a group
 * address are the stack's to judge.
 */
static __always_inline bool skb_is_for_host(const struct __sk_buff *skb,
					    const struct ethhdr *eth)
{
	return skb->pkt_type == PACKET_HOST && !skb->vlan_present &&
	       !(eth->h_source[0] & 1);
}

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
