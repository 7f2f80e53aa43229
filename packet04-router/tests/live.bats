#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
#	  namespace uno       namespace dos       namespace tres
#	+---------------+   +---------------+   +---------------+
#	|  veth0        |   |  veth0        |   |  veth0        |
#	|  ..:1::2      |   |  ..:2::2      |   |  ..:3::2      |
#	+------||-------+   +------||-------+   +------||-------+
#	      uno                 dos                 tres
#	    ..:1::1             ..:2::1             ..:3::1
#
# This host routes between the three, and each of uno, dos and tres runs the
# router. ..: is fc00:dead:cafe; for IPv4, 10.11.1.1 and so on.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

DOS6=$NET6:2::2 DOS4=$NET4.2.2

setup()
{
	local name

	lesson packet04-router
	for name in uno dos tres; do
		t setup -n $name --legacy-ip >/dev/null
	done
	forwarding 1
}

teardown()
{
	clean_up
	nft flush ruleset 2>/dev/null || true
	forwarding 0
}

forwarding()
{
	sysctl -qw net.ipv4.conf.all.forwarding="$1" net.ipv6.conf.all.forwarding="$1"
}

# load_all [OPTIONS]: the router on all three, and the neighbours known
load_all()
{
	local name n

	for name in uno dos tres; do
		ok_quiet t load -n $name -- --prog-name xdp_router_func "$@" xdp_prog_kern.o
	done
	for n in 1 2 3; do
		ping -qc 1 -W 1 $NET6:$n::2
		ping -qc 1 -W 1 $NET4.$n.2
	done >/dev/null
}

# routed FROM TO THIRD ADDRESS SIZE IP-HEADER: 23 there and back, all by XDP
routed()
{
	local from=$1 to=$2 third=$3 name=$1-$5-$6 before dev
	local size=$((14 + $6 + 8 + $5))

	before=$(redirect_counts "$from" "$to")
	capture "$name" "$to" --inner "icmp or icmp6"
	capture "$name-third" "$third" --inner "icmp[0] == 8 or icmp[0] == 0 or
		ip6[40] == 128 or ip6[40] == 129"
	pings 23 23 "$from" "$4" -s "$5"
	has_no "$output" "DUP|wrong"
	expect_frames 23 "$name" "((icmp[0] == 8 and ip[8] == 63) or
		(ip6[40] == 128 and ip6[7] == 63))" \
		and ether dst "$(inner_mac "$to")" and ether src "$(mac "$to")"
	expect_frames 23 "$name" "icmp[0] == 0 or ip6[40] == 129"
	expect_frames 0 "$name-third"
	checksums_right "$name"
	redirected_since "$before" "$from" "$to" 23 "$size"
}

redirects()
{
	echo "$(stat_of uno XDP_REDIRECT) $(stat_of dos XDP_REDIRECT)" \
		"$(stat_of tres XDP_REDIRECT)"
}


port_count()
{
	bpftool -j map dump pinned "$BPFFS/$1/router_ports" | jq length
}

@test "packet04: inner to inner, IPv6: redirected, TTL 63, by the right device" {
	load_all
	routed uno dos tres $DOS6 0 40
	routed tres uno dos $NET6:1::2 56 40
	routed dos tres uno $NET6:3::2 1452 40
}

@test "packet04: inner to inner, IPv4" {
	load_all
	routed uno dos tres $DOS4 0 20
	routed tres uno dos $NET4.1.2 56 20
	routed dos tres uno $NET4.3.2 1472 20
}

@test "packet04: in generic mode, too" {
	load_all --mode skb
	routed uno dos tres $DOS6 56 40
	routed uno dos tres $DOS4 1472 20
	tcp_transfer uno tres $NET6:3::2 1000000
}

@test "packet04: inner to outer and outer to outer: for this host, passes" {
	local before

	load_all
	before=$(redirects)
	pings 5 5 uno $NET6:2::1
	pings 5 5 uno $NET4.2.1
	pings 5 5 . $NET6:3::1
	pings 5 5 . $NET4.3.2
	is "XDP_REDIRECT" "$(redirects)" "$before"
}

@test "packet04: TCP between any two ends" {
	load_all
	tcp_transfer uno dos $DOS6 4194304
	tcp_transfer dos tres $NET4.3.2 4194304
	tcp_transfer tres . $NET6:1::1 2000000
	tcp_transfer . uno $NET4.1.2 2000000
	tcp_transfer . . $NET6:3::1 2000000
}

@test "packet04: without dos in router_ports, traffic to it goes through the stack" {
	local before

	load_all
	is "ports" "$(port_count uno)" 3
	is "same map" "$(bpftool -j map show pinned $BPFFS/uno/router_ports | jq .id)" \
		"$(bpftool -j map show pinned $BPFFS/tres/router_ports | jq .id)"
	ok_quiet t unload -n dos
	is "ports" "$(port_count uno)" 2
	before=$(stat_of uno XDP_REDIRECT)
	capture wire dos --inner "icmp6 and ip6[40] == 128 and ip6[7] == 63"
	pings 5 5 uno $DOS6
	expect_frames 5 wire
	is "XDP_REDIRECT on uno" "$(stat_of uno XDP_REDIRECT)" "$before"

	ok_quiet t load -n dos
	is "ports" "$(port_count uno)" 3
	routed uno dos tres $DOS6 56 40
}

@test "packet04: the last one to unload leaves nothing" {
	local name

	load_all
	for name in uno dos tres; do
		ok_quiet t unload -n $name
		ok_quiet t unload -n $name
		[[ ! -e $BPFFS/$name ]] || fail "$BPFFS/$name is left"
		is "program" "$(prog_id $name)" ""
	done
}

@test "packet04: one load for three devices, one map for all" {
	ok_quiet ./xdp_prog_user load -d uno -d dos -d tres
	for name in uno dos tres; do
		is "ports that $name knows" "$(port_count $name)" 3
	done
}

@test "packet04: a blackhole drops without a word" {
	load_all
	ip route add blackhole $NET4.77.0/24
	ip -6 route add blackhole $NET6:77::/64
	capture wire uno --inner "icmp[0] == 3 or ip6[40] == 1"
	pings 5 0 uno $NET4.77.1 -W 0.1
	has_no "$output" "errors"
	pings 5 0 uno $NET6:77::1 -W 0.1
	has_no "$output" "errors"
	is "XDP_DROP" "$(stat_of uno XDP_DROP)" 10
	expect_frames 0 wire
}

@test "packet04: the stack answers for what is unreachable or prohibited" {
	load_all
	ip route add unreachable $NET4.78.0/24
	ip route add prohibit $NET4.79.0/24
	ip -6 route add unreachable $NET6:78::/64
	pings 1 0 uno $NET4.78.1 -W 5
	has "$output" "From $NET4.1.1 icmp_seq=1 Destination Host Unreachable"
	pings 1 0 uno $NET4.79.1 -W 5
	has "$output" "From $NET4.1.1 icmp_seq=1 Packet filtered"
	pings 1 0 uno $NET6:78::1 -W 5
	has "$output" "From $NET6:1::1 icmp_seq=1 Destination unreachable"
	is "XDP_DROP" "$(stat_of uno XDP_DROP)" 0
}

@test "packet04: TTL 1 is the stack's, which says so" {
	load_all
	pings 1 0 uno $DOS4 -t 1 -W 5
	has "$output" "From $NET4.1.1 icmp_seq=1 Time to live exceeded"
	pings 1 0 uno $DOS6 -t 1 -W 5
	has "$output" "From $NET6:1::1 icmp_seq=1 Time exceeded"
}

@test "packet04: an unknown neighbour is found by the stack" {
	load_all
	ip neigh flush dev dos
	wait_for replies 3 3 uno $DOS6
}

@test "packet04: the loader warns of forwarding that is off, and only then" {
	forwarding 0
	ok t load -n uno
	is "warnings" ${#stderr_lines[@]} 2
	has "$stderr" "uno: IPv4 forwarding is off.*net.ipv4.conf.uno.forwarding=1"
	has "$stderr" "uno: IPv6 forwarding is off.*net.ipv6.conf.all.forwarding=1"
	pings 2 0 uno $DOS4 -W 0.1
	is "XDP_REDIRECT" "$(stat_of uno XDP_REDIRECT)" 0

	sysctl -qw net.ipv4.conf.uno.forwarding=1 net.ipv6.conf.uno.forwarding=1
	ok t load -n uno
	is "warnings" ${#stderr_lines[@]} 1
	has "$stderr" "ipv6.conf.all.forwarding is 0, so IPv6 is passed"
}

@test "packet04: rp_filter is heeded, and the loader says so" {
	sysctl -qw net.ipv4.conf.uno.rp_filter=1
	ip route add $NET4.88.0/24 via $DOS4
	ok t load -n uno
	is "warnings" ${#stderr_lines[@]} 1
	has "$stderr" "warning: uno: rp_filter is 1 here .*load it again when"
	for name in dos tres; do
		ok_quiet t load -n "$name"
	done
	# From an address that dos leads to: nothing must arrive there.
	in_env uno ip addr add $NET4.88.1/32 dev veth0
	pings 2 0 uno $DOS4 -W 0.1 -I $NET4.88.1
	is "XDP_REDIRECT" "$(stat_of uno XDP_REDIRECT)" 0
}

@test "packet04: the MTU of a route is heeded, and the loader says so" {
	ip route add $NET4.88.0/24 via $DOS4 mtu 1000
	ok t load -n uno
	is "warnings" ${#stderr_lines[@]} 1
	has "$stderr" "warning: uno: 1 route has an MTU of its own: .*load it again"
	ok bpftool -j map dump pinned $BPFFS/uno/route_mtus
	has "$output" "0xe8.*0x03" # 1000
}

@test "packet04: the loader warns of netfilter's forward chains, and only then" {
	[[ $(type -P nft) ]] || skip "nft is not installed: apt-get install nftables"
	nft "add table inet wall
		add chain inet wall way { type filter hook forward priority 0; }
		add chain inet wall door { type filter hook input priority 0; policy drop; }
		add rule inet wall door accept"
	ok_quiet t load -n uno
	nft add rule inet wall way drop
	ok t load -n uno
	is "warnings" ${#stderr_lines[@]} 1
	has "$stderr" "warning: uno: this host filters.*table wall, chain way"
	nft "flush ruleset
		add table ip wall
		add chain ip wall way { type filter hook forward priority 0; policy drop; }"
	ok t load -n uno
	has "$stderr" "table wall, chain way"
}
