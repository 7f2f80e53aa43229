/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs that count the echo requests which they see, one for each hook and
 * verdict (path.bats).
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/icmp.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* The devices have these numbers. */
#define IN_IFINDEX  100
#define OUT_IFINDEX 101

enum place { AT_XDP, AT_TC_IN, AT_TC_OUT, PLACES };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PLACES);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline bool is_request(void *data, void *data_end)
{
	struct ethhdr *eth = data;
	struct iphdr *iph = (void *)(eth + 1);
	struct icmphdr *icmp = (void *)(iph + 1);

	return (void *)(icmp + 1) <= data_end &&
	       eth->h_proto == bpf_htons(ETH_P_IP) && iph->ihl == 5 &&
	       iph->protocol == IPPROTO_ICMP && icmp->type == ICMP_ECHO;
}

/* Only these are touched: ARP and the like take their way. */
static __always_inline bool see(__u32 place, void *data, void *data_end)
{
	__u64 *count;

	if (!is_request(data, data_end))
		return false;
	count = bpf_map_lookup_elem(&seen, &place);
	if (count)
		__sync_fetch_and_add(count, 1);
	return true;
}

#define PROGRAM(section, name, type, place, other, verdict)                    \
	SEC(section)                                                           \
	int name(struct type *ctx)                                             \
	{                                                                      \
		return see(place, (void *)(long)ctx->data,                     \
			   (void *)(long)ctx->data_end) ?                      \
			       (verdict) :                                     \
			       (other);                                        \
	}

PROGRAM("xdp", xdp_pass, xdp_md, AT_XDP, XDP_PASS, XDP_PASS)
PROGRAM("xdp", xdp_drop, xdp_md, AT_XDP, XDP_PASS, XDP_DROP)
PROGRAM("xdp", xdp_tx, xdp_md, AT_XDP, XDP_PASS, XDP_TX)
PROGRAM("xdp", xdp_redirect, xdp_md, AT_XDP, XDP_PASS,
	bpf_redirect(OUT_IFINDEX, 0))
PROGRAM("tc", in_ok, __sk_buff, AT_TC_IN, TC_ACT_OK, TC_ACT_OK)
PROGRAM("tc", in_shot, __sk_buff, AT_TC_IN, TC_ACT_OK, TC_ACT_SHOT)
PROGRAM("tc", in_redirect, __sk_buff, AT_TC_IN, TC_ACT_OK,
	bpf_redirect(OUT_IFINDEX, 0))
PROGRAM("tc", out_ok, __sk_buff, AT_TC_OUT, TC_ACT_OK, TC_ACT_OK)
PROGRAM("tc", out_shot, __sk_buff, AT_TC_OUT, TC_ACT_OK, TC_ACT_SHOT)
PROGRAM("tc", out_redirect, __sk_buff, AT_TC_OUT, TC_ACT_OK,
	bpf_redirect(IN_IFINDEX, 0))

char _license[] SEC("license") = "GPL";
