#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Where am I in the path? The table of docs/path.md, proven: one packet for
# each verdict, and at which places it is seen.
#
#	left          node                                   right
#	eth0  ------  in: XDP, tcpdump, tc ingress
#	              netfilter: prerouting, forward, postrouting
#	              out: tc egress, tcpdump  -------------  eth0: tcpdump

# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

OBJECT=$ROOT/build/tests/path_kern.o

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	ip -batch - <<-'END'
	netns add left
	netns add right
	link add in index 100 type veth peer name eth0 netns left
	link add out index 101 type veth peer name eth0 netns right
	addr add 192.0.2.1/24 dev in
	addr add 198.51.100.1/24 dev out
	link set in up
	link set out up
	END
	peer left 192.0.2.2 192.0.2.1
	peer right 198.51.100.2 198.51.100.1
	echo 1 >/proc/sys/net/ipv4/conf/all/forwarding
	# Nobody answers: there is one packet, in one direction.
	in_env right bash -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
	# Known beforehand, since a program may keep ARP's answer away.
	ip neigh replace 192.0.2.2 dev in lladdr 02:00:00:00:00:02
	ip neigh replace 198.51.100.2 dev out lladdr 02:00:00:00:00:02
	ip -n left neigh replace 192.0.2.1 dev eth0 lladdr "$(mac in)"
	nft -f - <<-'END'
	table ip path {
		chain pre { type filter hook prerouting priority 0; icmp type echo-request counter; }
		chain forward { type filter hook forward priority 0; icmp type echo-request counter; }
		chain post { type filter hook postrouting priority 0; icmp type echo-request counter; }
	}
	END
	mkdir -p $BPFFS/path
	bpftool prog loadall $OBJECT $BPFFS/path/progs pinmaps $BPFFS/path
	tc qdisc add dev in clsact
	tc qdisc add dev out clsact
	tap in . in in
	tap out . out out
	tap far right eth0 in
	tap back left eth0 in
}

teardown()
{
	stop "${BACKGROUND[@]}"
	ip link del dev in
	ip link del dev out
	ip netns del left
	ip netns del right
	nft flush ruleset
	rm -rf $BPFFS/path $BPFFS/pass
}

# peer NAMESPACE ADDRESS GATEWAY
peer()
{
	in_env $1 ip -batch - <<-END
	link set eth0 address 02:00:00:00:00:02
	link set eth0 xdp pinned $(pass_pin)
	link set eth0 up
	addr add $2/24 dev eth0
	route add default via $3
	END
}

# Frames that XDP sends want a program at the far end (or GRO).
pass_pin()
{
	[[ -e $BPFFS/pass ]] ||
		bpftool prog load "$ROOT/testenv/xdp_pass_kern.o" $BPFFS/pass >&2
	echo $BPFFS/pass
}

# tap NAME NAMESPACE DEV DIRECTION
tap()
{
	start in_env $2 tcpdump -ni $3 -Q $4 --immediate-mode -U -w - \
		"icmp[0] == 8" >$1.pcap 2>$1.log
	wait_for grep -q "listening on" $1.log
}

# What each place has seen so far, in the order of docs/path.md.
counts()
{
	local xdp tc_in tc_out pre fwd post

	{ read -r xdp; read -r tc_in; read -r tc_out; } < <(
		bpftool -j map dump pinned $BPFFS/path/seen | jq '.[].formatted.value')
	{ read -r pre; read -r fwd; read -r post; } < <(
		nft -j list table ip path | jq '.. | .counter? // empty | .packets')
	echo $xdp $(frames_of in) $tc_in $pre $fwd $post $tc_out \
		$(frames_of out) $(frames_of far) $(frames_of back)
}

frames_of()
{
	tcpdump -nr $1.pcap 2>/dev/null | wc -l
}

# attach XDP TC-INGRESS TC-EGRESS [xdpgeneric]
attach()
{
	ip link set dev in xdp off
	ip link set dev in xdpgeneric off
	ip link set dev in ${4-xdp} pinned $BPFFS/path/progs/$1
	tc filter replace dev in ingress prio 1 handle 1 bpf da pinned $BPFFS/path/progs/$2
	tc filter replace dev out egress prio 1 handle 1 bpf da pinned $BPFFS/path/progs/$3
}

# Whether the places have seen as many more as $1 says since $before.
seen_since()
{
	local want=($1) now i

	read -ra now < <(counts)
	for i in "${!want[@]}"; do
		((now[i] - before[i] == want[i])) || return 1
	done
}

# sees NAME "NUMBERS": one packet is sent
sees()
{
	local before

	read -ra before < <(counts)
	in_env left ping -n -c 1 -W 0.2 -q 198.51.100.2 >/dev/null || true
	wait_for seen_since "$2" || fail "$1: before ${before[*]}, now $(counts), expected $2 more"
}

@test "path: where a packet is seen, for each verdict of XDP and tc" {
	#                                  xdp tap tc  pre fwd pst tc  tap far back
	attach xdp_pass in_ok out_ok
	sees "all pass"                   "1   1   1   1   1   1   1   1   1   0"
	attach xdp_drop in_ok out_ok
	sees "XDP_DROP"                   "1   0   0   0   0   0   0   0   0   0"
	attach xdp_tx in_ok out_ok
	sees "XDP_TX"                     "1   0   0   0   0   0   0   0   0   1"
	attach xdp_redirect in_ok out_ok
	sees "XDP_REDIRECT"               "1   0   0   0   0   0   0   0   1   0"
	attach xdp_pass in_shot out_ok
	sees "TC_ACT_SHOT on ingress"     "1   1   1   0   0   0   0   0   0   0"
	attach xdp_pass in_redirect out_ok
	sees "TC_ACT_REDIRECT on ingress" "1   1   1   0   0   0   1   1   1   0"
	attach xdp_pass in_ok out_shot
	sees "TC_ACT_SHOT on egress"      "1   1   1   1   1   1   1   0   0   0"
	attach xdp_pass in_ok out_redirect
	sees "TC_ACT_REDIRECT on egress"  "1   1   1   1   1   1   1   0   0   1"
}

@test "path: generic XDP comes before tcpdump, too" {
	attach xdp_pass in_ok out_ok xdpgeneric
	sees "all pass"                   "1   1   1   1   1   1   1   1   1   0"
	attach xdp_drop in_ok out_ok xdpgeneric
	sees "XDP_DROP"                   "1   0   0   0   0   0   0   0   0   0"
}
