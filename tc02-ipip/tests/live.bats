#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The lab (lab.sh):
#
#	ns1 vens1 --- ve1  here: tun1  ve2 --- vens2  ns2: tun2, VIP
#	10.1.1.101    10.1.1.1    10.2.1.1    10.2.1.102   10.10.1.102
#
# What is for the VIP goes through the tunnel between tun1 and tun2; the guard
# on vens2 drops what does not.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

VIP4=10.10.1.102 VIP6=2401:face::66

setup()
{
	lesson tc02-ipip
}

teardown()
{
	./tc_prog_user unload
	clean_up
}

# lab KIND
lab()
{
	run_apart t lab up $1
	[[ $stderr != *"this kernel makes no"* ]] ||
		skip "this kernel has no ipip and ip6tnl devices (CONFIG_NET_IPIP, CONFIG_IPV6_TUNNEL)"
	is "stderr of t lab up" "$stderr" ""
	ok t exec -n ns2 -- ./tc_prog_user guard
}

load()
{
	ok_quiet ./tc_prog_user load "$@"
}

# answers ADDRESS: three pings, each with one hop on the way back
answers()
{
	pings 3 3 ns1 $1
	is "replies with ttl=63" "$(grep -c "ttl=63" <<<"$output")" 3
}

dies()
{
	pings 2 0 ns1 $1 -W 0.3
}

verdicts()
{
	./tc_stats -d $1 --json -n 1 -i 0.001 |
		jq "select(.point == \"$2\") | .actions.$3.packets"
}

# on_wire NAME: what passes ve2, until the end of the test. Without a bound on
# their size there is room for no more than a few packets at a time.
on_wire()
{
	start tcpdump -ni ve2 -s 2048 --immediate-mode -U -w - \
		>$BATS_TEST_TMPDIR/$1.pcap 2>$BATS_TEST_TMPDIR/$1.log
	wait_for has_text $BATS_TEST_TMPDIR/$1.log "listening on"
}

no_program()
{
	is "pins" "$(find $BPFFS/tc -mindepth 1 2>/dev/null)" ""
	is "qdiscs" "$(tc qdisc show | grep clsact)" ""
}

@test "tc02: ingress of ve1, IPIP" {
	lab ipip
	load
	on_wire wire
	answers $VIP4
	expect_frames 3 wire "ip proto 4 and src 10.2.1.1 and dst 10.2.1.102 and ip[8] == 64"
	expect_frames 3 wire "ip proto 4 and src 10.2.1.102 and dst 10.2.1.1"
	expect_frames 0 wire "host $VIP4"
	is "into the tunnel" "$(verdicts ve1 ingress TC_ACT_REDIRECT)" 3
	is "out of it" "$(verdicts ve2 ingress TC_ACT_REDIRECT)" 3
	ok_quiet ./tc_prog_user check
	ok_quiet ./tc_prog_user unload
	no_program
	dies $VIP4
}

@test "tc02: egress of ve2, IPIP" {
	lab ipip
	ip route add 10.10.1.0/24 via 10.2.1.102 dev ve2
	dies $VIP4
	load --hook egress
	on_wire wire
	answers $VIP4
	expect_frames 3 wire "ip proto 4 and dst 10.2.1.102"
	expect_frames 0 wire "host $VIP4"
	is "into the tunnel" "$(verdicts ve2 egress TC_ACT_REDIRECT)" 3
	is "out of it" "$(verdicts ve2 ingress TC_ACT_REDIRECT)" 3
	ok_quiet ./tc_prog_user unload
	no_program
	# Now they are sent as they are, and the guard drops them.
	dies $VIP4
	is "dropped by the guard" "$(t exec -n ns2 -- ./tc_stats -d vens2 --json -n 1 -i 0.001 |
		jq .actions.TC_ACT_SHOT.packets)" 4
}

@test "tc02: ingress of ve1, IPv6 tunnel" {
	lab ip6tnl
	load --ip6
	on_wire wire
	answers $VIP4
	answers $VIP6
	expect_frames 3 wire "ip6 proto 4 and dst 2401:db02::66 and ip6[7] == 64"
	expect_frames 3 wire "ip6 proto 41 and dst 2401:db02::66"
	expect_frames 6 wire "ip6 and src 2401:db02::66 and dst 2401:db02::1 and not icmp6"
	is "into the tunnel" "$(verdicts ve1 ingress TC_ACT_REDIRECT)" 6
}

@test "tc02: egress of ve2, IPv6 tunnel" {
	lab ip6tnl
	ip route add 10.10.1.0/24 via 10.2.1.102 dev ve2
	ip route add 2401:face::/32 via 2401:db02::66 dev ve2
	load --ip6 --hook egress
	on_wire wire
	answers $VIP4
	answers $VIP6
	expect_frames 6 wire "ip6 and dst 2401:db02::66 and src 2401:db02::1 and not icmp6"
	is "into the tunnel" "$(verdicts ve2 egress TC_ACT_REDIRECT)" 6
}

@test "tc02: tun_iface is written with bpftool; the wrong byte order is told" {
	local ifindex pin=$BPFFS/tc/globals/tun_iface

	lab ipip
	load
	ifindex=$(<"/sys/class/net/tun1/ifindex")
	bpftool map update pinned $pin key 0 0 0 0 value 0 0 0 $ifindex
	dies $VIP4
	refused "tun_iface holds $((ifindex << 24)): that is $ifindex written in network order" \
		./tc_prog_user check
	bpftool map update pinned $pin key 0 0 0 0 value 99 0 0 0
	refused "tun_iface holds 99, and no device has this ifindex" ./tc_prog_user check
	bpftool map update pinned $pin key 0 0 0 0 value \
		"$(<"/sys/class/net/ve1/ifindex")" 0 0 0
	refused "that is ve1, which is no tunnel device" ./tc_prog_user check
	bpftool map update pinned $pin key 0 0 0 0 value $ifindex 0 0 0
	ok_quiet ./tc_prog_user check
	answers $VIP4
}

@test "tc02: rp_filter is told: 1, 2 without an address or a route, 2 with both" {
	local conf=/proc/sys/net/ipv4/conf

	lab ipip
	load
	# The outer packet comes in by tun1, too, and the way back does not
	# lead into it.
	echo 1 >$conf/tun1/rp_filter
	dies $VIP4
	refused "rp_filter is 1 on tun1 .* from 10.2.1.102 " ./tc_prog_user check
	# 2 wants the same of a device without an address.
	echo 2 >$conf/all/rp_filter
	dies $VIP4
	refused "rp_filter is 2 on tun1 .* from 10.2.1.102 " ./tc_prog_user check
	ip addr add 192.0.2.1/32 dev tun1
	dies $VIP4
	refused "rp_filter is 2 on tun1 .* from 10.10.1.1 " ./tc_prog_user check
	ip route add 10.10.1.0/24 dev ve2
	ok_quiet ./tc_prog_user check
	answers $VIP4
	echo 0 >$conf/all/rp_filter
}

# outer NAME FILTER [ip6]: what the stream became on the wire, once it is all
# there
outer()
{
	local count

	count=$(in_env ns1 "$ROOT/build/tests/tc02-ipip-stream" "$(mac ve1)" ${3-})
	expect_frames $count $1 "$2"
	packets $1 -tqxx "$2"
}

# Without the identification, which the kernel takes from a counter with random
# steps, and the checksum, which follows from it and must be right
outer4()
{
	local filter="ip proto 4 and dst 10.2.1.102"

	outer $1 "$filter" | sed -E \
		"s/(0x0010:  ....) .... (.... ....) ..../\1 [id] \2 [check]/"
	is "outer checksums that are wrong" \
		"$(packets $1 -tv "$filter" | grep "^IP (" | grep -c "bad cksum")" 0
}

# Without the flow label, which comes from a hash with a secret of the kernel's
outer6()
{
	outer $1 "ip6 and dst 2401:db02::66 and (ip6 proto 4 or ip6 proto 41)" ip6 |
		sed -E "s/(0x0000: .* 86dd 6..).\s*$/\1[flow/
			s/(0x0010: ) ..../\1label]/"
}

# same_by_hand OUTER [OPTION]: as many as are compared are made by hand
same_by_hand()
{
	local device hand

	load ${2-}
	on_wire device
	device=$($1 device)
	load ${2-} --by-hand
	on_wire hand
	hand=$($1 hand)
	diff <(echo "$device") <(echo "$hand")
	is "made by hand" "$(verdicts ve1 ingress TC_ACT_REDIRECT)" \
		"$(grep -c "0x0000:" <<<"$hand")"
	ok_quiet ./tc_prog_user unload
	no_program
}

@test "tc02: by hand as by the device, byte for byte" {
	lab ipip
	same_by_hand outer4
}

@test "tc02: by hand as by the device, byte for byte: IPv6 tunnel" {
	lab ip6tnl
	same_by_hand outer6 --ip6
}

@test "tc02: by hand at both ends, and nothing is left of it" {
	ok t lab up none
	load --by-hand
	ok_quiet t exec -n ns2 -- ./tc_prog_user load --by-hand --hook egress \
		--far-dev vens2 --local 10.2.1.102 --remote 10.2.1.1 --vip 10.1.1.0/24
	on_wire wire
	answers $VIP4
	expect_frames 3 wire "ip proto 4 and dst 10.2.1.102"
	expect_frames 3 wire "ip proto 4 and dst 10.2.1.1"
	# Both hooks of one device.
	ok_quiet t exec -n ns2 -- ./tc_prog_user unload
	is "qdiscs there" "$(in_env ns2 tc qdisc show | grep clsact)" ""
	ok_quiet ./tc_prog_user unload
	no_program
}

@test "tc02: by hand at both ends, IPv6 tunnel" {
	ok t lab up none
	load --ip6 --by-hand
	ok_quiet t exec -n ns2 -- ./tc_prog_user load --ip6 --by-hand --hook egress \
		--far-dev vens2 --local 2401:db02::66 --remote 2401:db02::1 \
		--vip 10.1.1.0/24 --vip6 2401:db01::
	on_wire wire
	answers $VIP4
	answers $VIP6
	expect_frames 3 wire "ip6 proto 4 and dst 2401:db02::66 and ip6[7] == 64"
	expect_frames 3 wire "ip6 proto 4 and dst 2401:db02::1"
	expect_frames 3 wire "ip6 proto 41 and dst 2401:db02::66"
	expect_frames 3 wire "ip6 proto 41 and dst 2401:db02::1"
	expect_frames 0 wire "ip host $VIP4 or ip6 host $VIP6"
	is "into the tunnel" "$(verdicts ve1 ingress TC_ACT_REDIRECT)" 6
}

# Its encapsulation limit (RFC 2473) is an option in front of the packet.
@test "tc02: by hand here, a device there, IPv6 tunnel: options are left alone" {
	lab ip6tnl
	ip link set tun1 down
	load --ip6 --by-hand
	dies $VIP4
	dies $VIP6
	in_env ns2 ip link set tun2 type ip6tnl encaplimit none
	answers $VIP4
	answers $VIP6
}

@test "tc02: what cannot be is refused, and changes nothing" {
	ok t lab up none
	refused "no tunnel device 'tun1'.*CONFIG_NET_IPIP" ./tc_prog_user load
	refused "no tunnel device 've1'" ./tc_prog_user load --tun-dev ve1
	refused "no tunnel device 'tun1'.*CONFIG_IPV6_TUNNEL" ./tc_prog_user load --ip6
	refused "no device 'nowhere'" ./tc_prog_user guard --far-dev nowhere
	refused "run .tc_prog_user load. first" ./tc_prog_user check
	refused "no net: as in 10.10.1.0/24" ./tc_prog_user load --vip 10.10.1.1/24
	refused "no hook" ./tc_prog_user load --hook forward
	refused "no address" ./tc_prog_user load --remote 10.2.1
	refused "no address" ./tc_prog_user load --by-hand --local 2401:db02::g
	refused "what to do" ./tc_prog_user
	refused "'reload' is no command" ./tc_prog_user reload
	no_program
}
