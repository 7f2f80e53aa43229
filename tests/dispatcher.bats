#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Beside programs of others, on kernels where libxdp's dispatcher works.
#
#	namespace test          this namespace
#	+-------------+         +-----------------------------------+
#	|   veth0     |---------|  test: xdp-filter, then a lesson  |
#	+-------------+         +-----------------------------------+

# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

setup()
{
	lesson packet01-tx
	t setup -n test >/dev/null
	xdp-filter load test >/dev/null 2>&1
	if ! xdp-loader status test | grep -q dispatcher; then
		skip "this kernel refuses libxdp's dispatcher (BPF_PROG_TYPE_EXT)"
	fi
}

teardown()
{
	xdp-filter unload test >/dev/null 2>&1 || true
	clean_up
	is "what libxdp has pinned" "$(ls $BPFFS/xdp 2>/dev/null)" ""
}

# The programs on the device test, as libxdp sees them, in one line.
programs()
{
	xdp-loader status test | awk '$1 == "=>" { print $3 }' | paste -sd ' '
}

@test "dispatcher: a lesson joins xdp-filter, is replaced, and leaves it" {
	ok_quiet ./xdp_prog_user load -d test
	has "$output" "in libxdp's dispatcher"
	is "programs" "$(programs)" "xdpfilt_alw_all xdp_icmp_echo_func"
	pings 23 23 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 23

	ok_quiet ./xdp_prog_user load -d test
	is "programs" "$(programs)" "xdpfilt_alw_all xdp_icmp_echo_func"
	pings 5 5 test $NET6:1::1
	is "XDP_TX of the new one" "$(stat_of test XDP_TX)" 5

	ok_quiet ./xdp_prog_user unload -d test
	is "programs" "$(programs)" "xdpfilt_alw_all"
	ok_quiet ./xdp_prog_user unload -d test
	is "programs" "$(programs)" "xdpfilt_alw_all"
}

@test "dispatcher: what xdp-filter drops never comes to the lesson" {
	ok_quiet ./xdp_prog_user load -d test
	# Neighbour Discovery is dropped as well.
	ip -n test neigh replace $NET6:1::1 lladdr "$(mac test)" dev veth0
	xdp-filter ether -m src "$(inner_mac test)"
	pings 3 0 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 0
	xdp-filter ether -r -m src "$(inner_mac test)"
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
}

@test "dispatcher: one mode for all programs of a device" {
	refused "test runs other programs in native mode" \
		./xdp_prog_user load -d test --mode skb
	is "programs" "$(programs)" "xdpfilt_alw_all"
}

@test "dispatcher: one lesson after the other, in either mode" {
	local name

	xdp-filter unload test >/dev/null 2>&1
	for name in packet02-redirect packet03-redirect-map packet01-tx; do
		lesson $name
		ok ./xdp_prog_user load -d test --prog-name xdp_pass_func
		has "$output" "in libxdp's dispatcher"
		is "programs" "$(programs)" "xdp_pass_func"
	done
	ok_quiet ./xdp_prog_user load -d test --mode skb
	has "$output" "generic mode"
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
	ok_quiet ./xdp_prog_user load -d test --mode native
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
}

@test "dispatcher: the router, which some kernels want to run alone" {
	xdp-filter unload test >/dev/null 2>&1
	ok_quiet ./xdp_prog_user load -d test
	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
	lesson packet04-router
	ok_quiet ./xdp_prog_user load -d test
	has "$output" "test: xdp_router_func runs in native mode"
	is "program" "$(ip -d link show dev test | grep -c 'prog/xdp')" 1
	has "$(./xdp_prog_user status -d test)" "xdp_router_func .* ours"
	has_no "$(./xdp_prog_user status -d test)" "echo"
	ok_quiet ./xdp_prog_user unload -d test
	is "programs" "$(programs)" ""
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
}

@test "dispatcher: xdp-loader inside an environment, twice, and statistics" {
	ok t exec -n test -- ./xdp-loader load --prog-name xdp_pass_func veth0 xdp_prog_kern.o
	ok t exec -n test -- ./xdp-loader load --prog-name xdp_pass_func veth0 xdp_prog_kern.o
	ok_quiet ./xdp_prog_user load -d test
	pings 5 5 test $NET6:1::1
	has "$(t exec -n test -- ./xdp_stats -d veth0 -n 1 -i 0.01 --json)" '"XDP_PASS":\{"packets":[1-9]'
}

@test "dispatcher: t doctor names the program; a deleted device leaves no pins" {
	xdp-filter unload test >/dev/null 2>&1
	ok_quiet ./xdp_prog_user load -d test --mode skb
	run t doctor
	has "$output" "warning +mode \./test: xdp_icmp_echo_f[a-z]* runs in generic mode"
	ip link del test
	ok_quiet t teardown --all
	is "what libxdp has pinned" "$(ls $BPFFS/xdp 2>/dev/null)" ""
}
