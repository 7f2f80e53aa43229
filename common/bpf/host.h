/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this host is called: its MAC address on the device and its IP
 * addresses.
 *
 * Neither the XDP hook nor bpf_fib_lookup() can tell a program whether a
 * frame is for this host, so the loader writes it into these maps (and again
 * on `xdp_prog_user refresh`). Loaded by any other tool the maps are empty,
 * nothing is "for this host", and the program passes every frame.
 */
#ifndef BPF_HOST_H
#define BPF_HOST_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

#include "../host.h"

/* One record: the MAC address of the device; all zero means not known. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct host_mac);
} host_mac SEC(".maps");

/*
 * Key: an IPv4 address, in network byte order. Value: an enum host_ipv4_use.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOST_ADDRS_MAX);
	__type(key, __be32);
	__type(value, __u8);
} host_ipv4 SEC(".maps");

/* Key: an IPv6 address of this host; link-local ones of this device only. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOST_ADDRS_MAX);
	__type(key, struct in6_addr);
	__type(value, __u8);
} host_ipv6 SEC(".maps");

/*
 * eth_is_for_host - whether a frame was sent to this device's MAC address
 *
 * Broadcast, multicast and other hosts' frames (which arrive when a switch
 * floods or the device is promiscuous) are the stack's to judge. So is a
 * frame from a group address: that is no address to answer to, and IEEE
 * 802.3 allows it only as a destination.
 */
static __always_inline bool eth_is_for_host(const struct ethhdr *eth,
					    void *data_end)
{
	const struct host_mac *mac;
	__u32 key = 0;

	if ((void *)(eth + 1) > data_end)
		return false;
	mac = bpf_map_lookup_elem(&host_mac, &key);
	if (!mac || !(mac->addr[0] | mac->addr[1] | mac->addr[2]))
		return false;
	return *(const __u16 *)&eth->h_dest[0] == mac->addr[0] &&
	       *(const __u16 *)&eth->h_dest[2] == mac->addr[1] &&
	       *(const __u16 *)&eth->h_dest[4] == mac->addr[2] &&
	       !(eth->h_source[0] & 1);
}

/* host_has_ipv4 - whether @addr (network byte order) is this host's own */
static __always_inline bool host_has_ipv4(__be32 addr)
{
	const __u8 *use = bpf_map_lookup_elem(&host_ipv4, &addr);

	return use && *use == HOST_OWN;
}

/*
 * host_uses_ipv4 - whether @addr is this host's own, or the broadcast address
 * of a network that it is in: none of those is the source of another's packet
 */
static __always_inline bool host_uses_ipv4(__be32 addr)
{
	return bpf_map_lookup_elem(&host_ipv4, &addr);
}

/* host_has_ipv6 - whether @addr is this host's own, on this device */
static __always_inline bool host_has_ipv6(const struct in6_addr *addr)
{
	return bpf_map_lookup_elem(&host_ipv6, addr);
}

#endif
