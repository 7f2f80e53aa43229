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
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "../host.h"

/*
 * One record: the MAC address of the device, where all zero means not known,
 * and the few addresses that a look-up in the maps below is saved for: in an
 * array it is some instructions, in a hash as much as all other checks.
 *
 * A variable that has a section of its own: a map for the loader, an address
 * that is known beforehand for the program, which need not look for it.
 */
struct host_record this_host SEC(".data.this_host") = {};

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
 * The bits that count among the first eight bytes of a frame: those of the
 * destination, and of the source the one that says that it is a group's.
 */
#define ETH_ADDRESSED bpf_cpu_to_be64(0xffffffffffff0100)

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
	const __u64 *word = (const void *)eth; /* see eth_proto() */

	if ((void *)(eth + 1) > data_end || !this_host.mac)
		return false;
	return (*word & ETH_ADDRESSED) == this_host.mac;
}

/* host_has_ipv4 - whether @addr (network byte order) is this host's own */
static __always_inline bool host_has_ipv4(__be32 addr)
{
	__be32 near = this_host.ipv4[host_place(addr)];
	const __u8 *use;

	if (near)
		return near == addr;
	use = bpf_map_lookup_elem(&host_ipv4, &addr);
	return use && *use == HOST_OWN;
}

/*
 * host_uses_ipv4 - whether @addr is this host's own, or the broadcast address
 * of a network that it is in: none of those is the source of another's packet
 */
static __always_inline bool host_uses_ipv4(__be32 addr)
{
	__be32 near = this_host.ipv4[host_place(addr)];

	return near ? near == addr : !!bpf_map_lookup_elem(&host_ipv4, &addr);
}

/* host_has_ipv6 - whether @addr is this host's own, on this device */
static __always_inline bool host_has_ipv6(const struct in6_addr *addr)
{
	__u32 place = host_place_ipv6(addr->s6_addr32);
	const __u32 *near = this_host.ipv6[place].s6_addr32;

	if (near[0] | near[1] | near[2] | near[3])
		return near[0] == addr->s6_addr32[0] &&
		       near[1] == addr->s6_addr32[1] &&
		       near[2] == addr->s6_addr32[2] &&
		       near[3] == addr->s6_addr32[3];
	return bpf_map_lookup_elem(&host_ipv6, addr);
}

#endif
