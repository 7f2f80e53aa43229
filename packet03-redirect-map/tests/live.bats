#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
#	  namespace left                    namespace right
#	+---------------------+           +---------------------+
#	|  veth0  (MAC M1)    |           |  veth0  (MAC M2)    |
#	|  fc00:..:1::2       |           |  fc00:..:2::2       |
#	+---------||----------+           +---------||----------+
#	         left  <--------- XDP --------->  right
#	     fc00:..:1::1                    fc00:..:2::1
#
# On left: from M1, on to M2 by right. On right: from M2, on to M1 by left.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

LEFT6=$NET6:1::2 LEFT4=$NET4.1.2 RIGHT6=$NET6:2::2 RIGHT4=$NET4.2.2

setup()
{
	lesson packet03-redirect-map
	t setup -n left --legacy-ip >/dev/null
	t setup -n right --legacy-ip >/dev/null
}

teardown()
{
	clean_up
}

load_both()
{
	ok_quiet t load -n left -- --prog-name xdp_redirect_map_func "$@" xdp_prog_kern.o
	ok_quiet t load -n right -- --prog-name xdp_redirect_map_func "$@" xdp_prog_kern.o
}

connect_both()
{
	load_both "$@"
	ok_quiet t redirect right left
	is "lines of t redirect" ${#lines[@]} 2
}

# redirected FROM TO ADDRESS SIZE IP-HEADER: 23 there, 23 back, both by XDP
redirected()
{
	local from=$1 to=$2 size=$((14 + $5 + 8 + $4)) before

	before=$(redirect_counts "$from" "$to")
	capture "$from-$4" "$to" --inner "icmp or icmp6"
	pings 23 23 "$from" "$3" -s "$4"
	expect_frames 23 "$from-$4" "(icmp[0] == 8 and ip[8] == 64) or
		(ip6[40] == 128 and ip6[7] == 64)" \
		and ether dst "$(inner_mac "$to")" \
		and ether src "$(inner_mac "$from")"
	expect_frames 23 "$from-$4" "icmp[0] == 0 or ip6[40] == 129"
	checksums_right "$from-$4"
	redirected_since "$before" "$from" "$to" 23 "$size"
}

@test "packet03: inner ends ping each other, both ways, IPv6" {
	connect_both
	redirected left right $RIGHT6 0 40
	redirected right left $LEFT6 56 40
	redirected left right $RIGHT6 1452 40
}

@test "packet03: inner ends ping each other, both ways, IPv4" {
	connect_both
	redirected left right $RIGHT4 0 20
	redirected right left $LEFT4 56 20
	redirected left right $RIGHT4 1472 20
}

@test "packet03: in generic mode, too" {
	connect_both --mode skb
	is "mode" "$(t status -n left --json | jq -r '.[].outer.xdp.mode')" generic
	redirected left right $RIGHT6 56 40
	redirected right left $LEFT4 1472 20
	tcp_transfer left right $RIGHT6 1000000
}

@test "packet03: TCP between inner ends, 4 MB, both families" {
	connect_both
	tcp_transfer left right $RIGHT6 4194304
	tcp_transfer right left $LEFT4 4194304
}

@test "packet03: inner to outer does not answer: it is redirected, too" {
	connect_both
	capture wire right --inner icmp6
	pings 5 0 left $NET6:1::1 -W 0.1
	expect_frames 5 wire "ip6[40] == 128" and dst host $NET6:1::1 \
		and ether dst "$(inner_mac right)"
}

@test "packet03: not configured, everything passes" {
	load_both
	pings 5 5 left $NET6:1::1
	pings 5 5 left $NET4.1.1
	is "packets under XDP_REDIRECT" "$(stat_of left XDP_REDIRECT)" 0
}

@test "packet03: a port that is unset passes, the frame untouched" {
	connect_both
	pings 3 0 left $NET6:1::1 -W 0.1
	bpftool map delete pinned $BPFFS/left/tx_port key 0 0 0 0
	pings 5 5 left $NET6:1::1
	is "packets under XDP_REDIRECT" "$(stat_of left XDP_REDIRECT)" 3
}

@test "packet03: the port's device goes away: passes again" {
	connect_both
	t teardown -n right >/dev/null
	wait_for replies 5 5 left $NET6:1::1
}

@test "packet03: two pairs on one device" {
	connect_both
	ok_quiet ./xdp_prog_user -d left -r right \
		--src-mac 02:00:5e:10:00:01 --dest-mac 02:00:5e:10:00:02
	capture wire right --inner icmp6
	pings 4 4 left $RIGHT6
	ip -n left link set dev veth0 address 02:00:5e:10:00:01
	pings 7 0 left $RIGHT6 -W 0.1
	expect_frames 4 wire "ip6[40] == 128" and ether dst "$(inner_mac right)"
	expect_frames 7 wire "ip6[40] == 128 and ether src 02:00:5e:10:00:01
		and ether dst 02:00:5e:10:00:02"
	is "packets under XDP_REDIRECT" "$(stat_of left XDP_REDIRECT)" 11
}

@test "packet03: a MAC address that is not in the map passes" {
	connect_both
	ip -n left link set dev veth0 address 02:00:5e:10:00:03
	pings 5 5 left $NET6:1::1
	is "packets under XDP_REDIRECT" "$(stat_of left XDP_REDIRECT)" 0
}

@test "packet03: what cannot be configured is refused, and changes nothing" {
	local good=(--src-mac 02:00:00:00:00:01 --dest-mac 02:00:00:00:00:02)
	local before

	refused "no.*(pin|map).*left" ./xdp_prog_user -d left -r right "${good[@]}"
	load_both
	before=$(bpftool map dump pinned $BPFFS/left/redirect_params)
	refused "give all of -d DEV -r DEV" ./xdp_prog_user -d left
	refused "give all of -d DEV -r DEV" ./xdp_prog_user -d left -r right \
		--src-mac 02:00:00:00:00:01
	refused "no device 'nowhere'" ./xdp_prog_user -d left -r nowhere "${good[@]}"
	refused "no device 'nowhere'" ./xdp_prog_user -d nowhere -r left "${good[@]}"
	refused "lo is not an Ethernet device" \
		./xdp_prog_user -d left -r lo "${good[@]}"
	refused "between which two" t redirect left
	refused "no environment 'nowhere'" t redirect left nowhere
	is "redirect_params" \
		"$(bpftool map dump pinned $BPFFS/left/redirect_params)" "$before"
	run bpftool -j map dump pinned $BPFFS/left/tx_port
	has_no "$output" '"value":\["0x[^0]'
}
