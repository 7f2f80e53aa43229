/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Watches the places where the kernel gives a packet up.
 *
 * Raw tracepoints, since those need no more than their name at attach time:
 * a kernel without one of them runs the others.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "drops.h"
#include "ring.h"
#include "sk_buff.h"

/* Of what XDP sends, also that which is not lost. */
const volatile bool tell_sent;

/*
 * The last packet of each CPU whose sk_buff was let go. The tracepoints of XDP
 * do not say which packet they are about, but veth(4) lets its sk_buff go just
 * before it redirects a packet or sends it back. The bytes are still there
 * then.
 */
struct last {
	struct net_device *dev; /* NULL: told already */
	unsigned char *head;
	__u32 length;
	__u16 mac_header;
	__u16 protocol;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct last);
} last_packet SEC(".maps");

/*
 * A packet that has no device belongs to its socket; what it was to leave by
 * is in its route, whose lowest bit is a flag.
 */
static __always_inline bool find_place(struct sk_buff *skb, struct place *place)
{
	struct net_device *dev = BPF_CORE_READ(skb, dev);
	struct dst_entry *dst;
	struct sock *sk;
	__u16 family;

	if (is_watched(netns_of(dev))) {
		set_place(place, dev);
		return true;
	}
	sk = BPF_CORE_READ(skb, sk);
	if (!sk)
		return false;
	family = BPF_CORE_READ(sk, __sk_common.skc_family);
	if (family != AF_INET && family != AF_INET6)
		return false;
	place->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	if (!is_watched(place->netns))
		return false;
	dst = (void *)(BPF_CORE_READ(skb, _skb_refdst) & ~1UL);
	dev = BPF_CORE_READ(dst, dev);
	if (netns_of(dev) == place->netns)
		set_place(place, dev);
	return true;
}

/* From the outermost header that the kernel knows of. */
static __always_inline void set_packet(struct event *e, struct sk_buff *skb)
{
	unsigned char *head = BPF_CORE_READ(skb, head);
	unsigned char *data = BPF_CORE_READ(skb, data);
	__u32 len = BPF_CORE_READ(skb, len);
	__u32 linear = len - BPF_CORE_READ(skb, data_len);
	__u16 mac = BPF_CORE_READ(skb, mac_header);
	__u16 network = BPF_CORE_READ(skb, network_header);
	__u32 start = data - head, skipped = 0;

	e->protocol = BPF_CORE_READ(skb, protocol);
	if (mac != NO_HEADER && mac + ETH_HLEN <= network && mac <= start) {
		e->has_eth = network == mac + ETH_HLEN || start == mac;
		skipped = start - (e->has_eth ? mac : network);
	}
	if (!e->has_eth)
		skipped = network && network <= start ? start - network : 0;
	e->length = len + skipped;
	copy_packet(e, data - skipped, linear + skipped);
}

SEC("raw_tp")
int on_kfree_skb(struct bpf_raw_tracepoint_args *ctx)
{
	struct sk_buff *skb = (void *)ctx->args[0];
	struct place place = {};
	struct event *e;

	if (!find_place(skb, &place))
		return 0;
	e = new_event(EVENT_SKB);
	if (!e)
		return 0;
	e->at = place;
	e->location = ctx->args[1];
	e->reason = ctx->args[2];
	set_packet(e, skb);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

SEC("raw_tp")
int on_consume_skb(struct bpf_raw_tracepoint_args *ctx)
{
	struct sk_buff *skb = (void *)ctx->args[0];
	__u32 zero = 0;
	struct last *last = bpf_map_lookup_elem(&last_packet, &zero);

	if (!last)
		return 0;
	last->dev = BPF_CORE_READ(skb, dev);
	last->head = BPF_CORE_READ(skb, head);
	last->mac_header = BPF_CORE_READ(skb, mac_header);
	last->length = BPF_CORE_READ(skb, len) + BPF_CORE_READ(skb, data) -
		       last->head - last->mac_header;
	last->protocol = BPF_CORE_READ(skb, protocol);
	return 0;
}

static __always_inline void set_last_packet(struct event *e,
					    const struct net_device *dev)
{
	__u32 zero = 0;
	struct last *last = bpf_map_lookup_elem(&last_packet, &zero);

	if (!last || last->dev != dev || last->mac_header == NO_HEADER)
		return;
	e->has_eth = 1;
	e->protocol = last->protocol;
	e->length = last->length;
	copy_packet(e, last->head + last->mac_header, last->length);
	last->dev = NULL;
}

static __u32 prog_id(const struct bpf_prog *prog)
{
	return prog ? BPF_CORE_READ(prog, aux, id) : 0;
}

static __always_inline struct event *xdp_event(enum event_kind kind,
					       const struct net_device *dev)
{
	struct event *e;

	if (!is_watched(netns_of(dev)))
		return NULL;
	e = new_event(kind);
	if (e)
		set_place(&e->at, dev);
	return e;
}

/* (device, program, action) */
SEC("raw_tp")
int on_xdp_exception(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *dev = (void *)ctx->args[0];
	struct event *e = xdp_event(EVENT_ACTION, dev);

	if (!e)
		return 0;
	e->prog_id = prog_id((void *)ctx->args[1]);
	e->action = ctx->args[2];
	/* What was to be sent has lost its sk_buff by now. */
	if (e->action == XDP_TX || e->action == XDP_REDIRECT)
		set_last_packet(e, dev);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

static __always_inline int tell_redirect(struct bpf_raw_tracepoint_args *ctx,
					 enum event_kind kind)
{
	const struct net_device *dev = (void *)ctx->args[0], *to = NULL;
	__u32 map_type = ctx->args[4];
	struct event *e = xdp_event(kind, dev);

	if (!e)
		return 0;
	e->action = XDP_REDIRECT;
	e->prog_id = prog_id((void *)ctx->args[1]);
	e->err = -(__s32)ctx->args[3];
	if (map_type == BPF_MAP_TYPE_DEVMAP ||
	    map_type == BPF_MAP_TYPE_DEVMAP_HASH) {
		/* The entry of the map begins with the device. */
		bpf_probe_read_kernel(&to, sizeof(to), (void *)ctx->args[2]);
		if (to)
			set_place(&e->to, to);
	} else if (map_type == BPF_MAP_TYPE_UNSPEC) {
		e->to.netns = e->at.netns;
		e->to.ifindex = ctx->args[6];
	}
	set_last_packet(e, dev);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* (device, program, target, error, map type, map id, index) */
SEC("raw_tp")
int on_redirect_err(struct bpf_raw_tracepoint_args *ctx)
{
	return tell_redirect(ctx, EVENT_REDIRECT);
}

SEC("raw_tp")
int on_redirect(struct bpf_raw_tracepoint_args *ctx)
{
	return tell_redirect(ctx, EVENT_SENT);
}

/* (from, to, sent, drops, error) */
SEC("raw_tp")
int on_devmap_xmit(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *from = (void *)ctx->args[0];
	struct event *e;

	if ((int)ctx->args[3] <= 0)
		return 0;
	e = xdp_event(EVENT_XMIT, from);
	if (!e)
		return 0;
	set_place(&e->to, (void *)ctx->args[1]);
	e->count = ctx->args[3];
	e->err = -(__s32)ctx->args[4];
	if (e->count == 1)
		set_last_packet(e, from);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* (device, sent, drops, error) */
SEC("raw_tp")
int on_bulk_tx(struct bpf_raw_tracepoint_args *ctx)
{
	const struct net_device *dev = (void *)ctx->args[0];
	int sent = ctx->args[1], drops = ctx->args[2];
	struct event *e;

	if (drops <= 0 && !(tell_sent && sent > 0))
		return 0;
	e = xdp_event(drops > 0 ? EVENT_BULK_TX : EVENT_SENT, dev);
	if (!e)
		return 0;
	e->action = XDP_TX;
	e->count = drops > 0 ? drops : sent;
	e->err = -(__s32)ctx->args[3];
	if (e->count == 1)
		set_last_packet(e, dev);
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* (text): the calls that led here tell whose program it is */
SEC("raw_tp")
int on_printk(struct bpf_raw_tracepoint_args *ctx)
{
	struct print_event *p = bpf_ringbuf_reserve(&events, sizeof(*p), 0);

	if (!p) {
		__sync_fetch_and_add(&missed, 1);
		return 0;
	}
	p->time = bpf_ktime_get_ns();
	p->kind = EVENT_PRINT;
	p->cpu = bpf_get_smp_processor_id();
	p->stack_bytes = bpf_get_stack(ctx, p->stack, sizeof(p->stack), 0);
	if (bpf_probe_read_kernel_str(p->text, sizeof(p->text),
				      (void *)ctx->args[0]) < 0)
		p->text[0] = '\0';
	bpf_ringbuf_submit(p, 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
