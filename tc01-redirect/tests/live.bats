#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The lab (lab.sh):
#
#	client                    node                   pods
#	eth0 192.0.2.2  --------  eth0         blue ---  eth0 198.51.100.2
#	     2001:db8::2                      green ---  eth0 198.51.100.3
#
# The node's forward chain drops what is ct state invalid. A web server
# answers in each pod on the ports 8080 and 8081.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

BLUE4=198.51.100.2 BLUE6=2001:db8:1::2 GREEN4=198.51.100.3
PINS=$BPFFS/t:env/lab/tc01-redirect/ns:node/tc

setup()
{
	lesson tc01-redirect
	ok t lab up
}

teardown()
{
	clean_up
}

# redirect [OPTIONS]: the loader on the node; sets LOADER
redirect()
{
	start in_node ./tc_prog_user -d eth0 "$@" >$BATS_TEST_TMPDIR/log
	wait_for grep -q "is ready" $BATS_TEST_TMPDIR/log
	LOADER=$PID
}

# In the node's network, with its bpffs: without a shell of t's between, so
# that a signal to $PID is one to the loader.
in_node()
{
	exec nsenter --net=/run/netns/node unshare --mount bash -c '
		mount --bind "$1" /sys/fs/bpf
		shift
		exec "$@"' bash "${PINS%/tc}" "$@"
}

end()
{
	kill -$1 $LOADER
	wait $LOADER || true
}

# fetch ADDRESS PORT [SECONDS]: what the server says within so many
fetch()
{
	local address=$1

	[[ $1 != *:* ]] || address="[$1]"
	in_env client curl -s --max-time "${3-20}" "http://$address:$2/"
}

no_answer()
{
	run fetch "$@" 1
	((status == 28)) || fail "curl: $status instead of a time-out: $output"
}

verdicts()
{
	(in_node ./tc_stats -d $1 --json -n 1 -i 0.001) | jq ".actions.$2.packets"
}

# Packets that the forward chain has dropped as invalid.
invalid()
{
	in_env node nft -j list chain inet filter forward |
		jq '[.. | .counter? // empty | .packets] | add'
}

# What the node has forwarded.
forwarded()
{
	in_env node awk '/^Ip: [0-9]/ { print $7 }' /proc/net/snmp
}

# Frames for other stations that the blue pod has received.
other_host()
{
	ip -n blue -s -s link show dev eth0 |
		awk '/otherhost/ { getline; print $NF }'
}

nothing_remains()
{
	local dev

	for dev in eth0 blue green; do
		is "qdisc on $dev" "$(tc -n node qdisc show dev $dev | grep -v noqueue)" ""
	done
	is "pins" "$(find ${PINS%/tc} -mindepth 1)" ""
}

@test "tc01: without a program, all goes through the stack" {
	is "IPv4" "$(fetch $BLUE4 8080)" "hello from blue"
	is "IPv6" "$(fetch $BLUE6 8080)" "hello from blue"
	is "port 8081" "$(fetch $GREEN4 8081)" "hello from green"
	is "invalid" "$(invalid)" 0
}

@test "tc01: act 1: bpf_redirect, and the pod's side drops it: another host's" {
	local before
	before=$(other_host)

	redirect --prog-name tc_redirect_func
	capture wire blue --inner "tcp port 8080"
	no_answer $BLUE4 8080
	expect_frames $(($(other_host) - before)) wire \
		"ether dst $(ip -n node -j link show eth0 | jq -r .[].address)"
	(($(other_host) > before)) || fail "no frame was counted as another host's"
	is "redirected" "$(verdicts eth0 TC_ACT_REDIRECT)" $(($(other_host) - before))
	is "replies" "$(verdicts blue TC_ACT_REDIRECT)" 0
	is "other ports" "$(fetch $BLUE4 8081)" "hello from blue"
}

@test "tc01: act 2: one way, the reply is invalid to conntrack" {
	local address seen tap

	for address in $BLUE4 $BLUE6; do
		redirect --one-way
		seen=$(invalid)
		capture request blue --inner "tcp port 8080"
		tap=$PID
		no_answer $address 8080
		(($(invalid) > seen)) || fail "nothing was dropped as invalid"
		# Each was addressed to the pod, and came in with the TTL it had.
		expect_frames "$(verdicts eth0 TC_ACT_REDIRECT)" request \
			"ether dst $(inner_mac blue eth0)"
		expect_frames "$(verdicts eth0 TC_ACT_REDIRECT)" request \
			"(ip[8] == 64 or ip6[7] == 64) and dst port 8080"
		is "other ports" "$(fetch $address 8081)" "hello from blue"
		stop "$tap"
		end TERM
		nothing_remains
	done
}

@test "tc01: act 3: both ways, past the stack" {
	local before forwards

	redirect
	before=$(forwarded)
	capture wire blue --inner "tcp port 8080"
	is "IPv4" "$(fetch $BLUE4 8080)" "hello from blue"
	is "forwarded" "$(forwarded)" "$before"
	is "IPv6" "$(fetch $BLUE6 8080)" "hello from blue"
	is "green" "$(fetch $GREEN4 8080)" "hello from green"
	is "invalid" "$(invalid)" 0
	wait_for is_over client blue
	expect_frames "$(verdicts blue TC_ACT_REDIRECT)" wire "src port 8080"
	expect_frames 0 wire "ip[8] == 63 or ip6[7] == 63"
	checksums_right wire
	is "other ports" "$(fetch $BLUE4 8081)" "hello from blue"
	(($(forwarded) > before)) || fail "port 8081 was not forwarded"
	end TERM
	nothing_remains
	is "without it" "$(fetch $BLUE4 8080)" "hello from blue"
}

# In place of the web server, one that sends back what it gets.
echo_server()
{
	kill $(ip netns pids blue)
	wait_for bash -c '! ip netns pids blue | grep -q .'
	start in_env blue socat TCP6-LISTEN:8080,ipv6only=0,reuseaddr,fork EXEC:cat
	wait_for listens blue 8080
}

@test "tc01: 4 MB there and back, both families" {
	local file=$BATS_TEST_TMPDIR/file address

	redirect
	echo_server
	head -c 4000000 /dev/urandom >$file
	for address in TCP4:$BLUE4 "TCP6:[$BLUE6]"; do
		in_env client timeout 100 socat -t 50 - $address:8080 <$file >$file.back
		cmp $file $file.back
	done
	is "invalid" "$(invalid)" 0
}

@test "tc01: bpf_redirect_peer does without the neighbour table" {
	redirect --prog-name tc_redirect_peer_func
	is "IPv4" "$(fetch $BLUE4 8080)" "hello from blue"
	is "IPv6" "$(fetch $BLUE6 8080)" "hello from blue"
	is "invalid" "$(invalid)" 0
}

@test "tc01: the maps follow addresses and interfaces that come and go" {
	redirect
	ip -n blue addr add 198.51.100.77/32 dev eth0
	ip -n blue addr add 2001:db8:1::77/128 dev eth0 nodad
	wait_for grep -q "2001:db8:1::77 is behind blue" $BATS_TEST_TMPDIR/log
	ip -n node route add 198.51.100.77/32 dev blue
	is "new address" "$(fetch 198.51.100.77 8080)" "hello from blue"
	is "invalid" "$(invalid)" 0
	is "replies" "$(has_key ifindex_map 198 51 100 77)" yes
	ip -n blue addr del 198.51.100.77/32 dev eth0
	wait_for grep -q "198.51.100.77 has gone" $BATS_TEST_TMPDIR/log
	is "old address" "$(has_key ifindex_map 198 51 100 77)" no

	# A pod goes, and another one comes with its address.
	ip -n node link del green
	wait_for grep -q "$GREEN4 has gone" $BATS_TEST_TMPDIR/log
	ip netns add lime
	ip link add dev lime netns node type veth peer name eth0 netns lime
	ip -n lime link set lo up
	ip -n lime link set eth0 up
	ip -n node link set lime up
	ip -n lime addr add $GREEN4/32 dev eth0
	ip -n lime route add 198.51.100.1 dev eth0
	ip -n lime route add default via 198.51.100.1
	ip -n node route add $GREEN4/32 dev lime
	ip -n node addr add 198.51.100.1/32 dev lime
	wait_for grep -q "$GREEN4 is behind lime" $BATS_TEST_TMPDIR/log
	start in_env lime busybox httpd -f -p 8080 -h www/green
	wait_for listens lime 8080
	is "new pod" "$(fetch $GREEN4 8080)" "hello from green"
	(($(verdicts lime TC_ACT_REDIRECT) > 0)) || fail "no reply was redirected"
	end INT
	nothing_remains
	ip netns del lime
}

# has_key MAP BYTES...
has_key()
{
	bpftool map lookup pinned $PINS/eth0/ingress/$1 key "${@:2}" \
		>/dev/null 2>&1 && echo yes || echo no
}

@test "tc01: nothing remains after any signal, nor after kill -9 and a new start" {
	local signal

	for signal in INT TERM HUP; do
		redirect
		end $signal
		nothing_remains
	done
	redirect
	end KILL
	[[ -d $PINS/blue/ingress ]] || fail "this was to leave something behind"
	ip -n node link del green
	redirect
	[[ ! -e $PINS/green ]] || fail "the pins of green are still there"
	is "IPv4" "$(fetch $BLUE4 8080)" "hello from blue"
	end TERM
	nothing_remains
}

@test "tc01: a qdisc and filters of others stay" {
	tc -n node qdisc add dev eth0 clsact
	tc -n node filter add dev eth0 ingress prio 7 bpf bytecode '1,6 0 0 0,'
	redirect
	tc -n node filter add dev blue ingress prio 7 bpf bytecode '1,6 0 0 0,'
	end TERM
	has "$(tc -n node filter show dev eth0 ingress)" "pref 7 bpf"
	has "$(tc -n node filter show dev blue ingress)" "pref 7 bpf"
	is "qdiscs" "$(tc -n node qdisc show | grep -c clsact)" 2
	is "pins" "$(find ${PINS%/tc} -mindepth 1)" ""

	in_env node tc filter add dev eth0 ingress prio 100 handle 1 bpf da \
		obj tc_prog_kern.o sec tc
	rm -rf "$BPFFS/tc" # where tc has pinned the maps
	(refused "somebody else's.*tc filter del dev eth0 ingress prio 100" \
		in_node ./tc_prog_user -d eth0)
	has "$(tc -n node filter show dev eth0 ingress)" "pref 100 bpf"
}

@test "tc01: two at a time are refused, and what cannot be" {
	redirect
	(refused "another tc_prog_user runs" in_node ./tc_prog_user -d eth0)
	(refused "no device 'nowhere'" in_node ./tc_prog_user -d nowhere)
	(refused "which device" in_node ./tc_prog_user)
	(refused "lo is not an Ethernet device" in_node ./tc_prog_user -d lo)
	end TERM
	(refused "no program 'nobody' in .*there are: .*tc_reply_func" \
		in_node ./tc_prog_user -d eth0 --prog-name nobody)
	(refused "cannot read.*nowhere.o.*run make" \
		in_node ./tc_prog_user -d eth0 nowhere.o)
	nothing_remains
	(refused "start tc_prog_user" in_node ./tc_stats -d eth0 -n 1)
}
