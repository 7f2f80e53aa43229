/* SPDX-License-Identifier: GPL-2.0 */
/* Programs with the mistakes that t drops and t doctor have to name. */
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define LO_IFINDEX 1
#define NO_IFINDEX 99999
#define ENCAP_LEN  20

static int is_ipv4(void *data, void *data_end)
{
	struct ethhdr *eth = data;

	return (void *)(eth + 1) <= data_end &&
	       eth->h_proto == bpf_htons(ETH_P_IP);
}

static int passes(struct xdp_md *ctx)
{
	return !is_ipv4((void *)(long)ctx->data, (void *)(long)ctx->data_end);
}

/* A positive delta takes room away instead of making it. */
SEC("xdp")
int faulty_adjust(struct xdp_md *ctx)
{
	void *data, *data_end;

	if (passes(ctx))
		return XDP_PASS;
	if (bpf_xdp_adjust_head(ctx, ENCAP_LEN))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	/* what would be there, had the packet grown by an outer header */
	if (data + sizeof(struct ethhdr) + 2 * ENCAP_LEN + 50 > data_end) {
		bpf_printk("no room for the outer header");
		return XDP_DROP;
	}
	return XDP_PASS;
}

SEC("xdp")
int faulty_abort(struct xdp_md *ctx)
{
	return passes(ctx) ? XDP_PASS : XDP_ABORTED;
}

SEC("xdp")
int faulty_verdict(struct xdp_md *ctx)
{
	return passes(ctx) ? XDP_PASS : 77;
}

SEC("xdp")
int faulty_target(struct xdp_md *ctx)
{
	return passes(ctx) ? XDP_PASS : bpf_redirect(NO_IFINDEX, 0);
}

SEC("xdp")
int faulty_lo(struct xdp_md *ctx)
{
	return passes(ctx) ? XDP_PASS : bpf_redirect(LO_IFINDEX, 0);
}

/* ARP and Neighbour Discovery, too. */
SEC("xdp")
int faulty_all(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_DROP;
}

/* To another device, and the destination MAC address as it was. */
SEC("tc")
int faulty_tc_lo(struct __sk_buff *skb)
{
	if (!is_ipv4((void *)(long)skb->data, (void *)(long)skb->data_end))
		return TC_ACT_OK;
	return bpf_redirect(LO_IFINDEX, BPF_F_INGRESS);
}

/* No fault: it only says something, on a hook of tc. */
SEC("tc")
int faulty_says(struct __sk_buff *skb)
{
	bpf_printk("%u bytes", skb->len);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
