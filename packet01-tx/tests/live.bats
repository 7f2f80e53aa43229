#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
#	  this host                        namespace test
#	+-------------------------+      +-------------------------+
#	|  test                   |      |  veth0                  |
#	|  fc00:dead:cafe:1::1    |------|  fc00:dead:cafe:1::2    |
#	|  10.11.1.1              | veth |  10.11.1.2              |
#	|  XDP: echo server       | pair |  XDP: pass              |
#	+-------------------------+      +-------------------------+
#
# Requests come from veth0 and are turned round on test, by XDP_TX.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

HERE6=$NET6:1::1 HERE4=$NET4.1.1

setup()
{
	lesson packet01-tx
	t setup -n test --legacy-ip >/dev/null
}

teardown()
{
	clean_up
}

load_echo()
{
	ok_quiet t load -n test -- --prog-name xdp_icmp_echo_func "$@" xdp_prog_kern.o
}

# echoes FAMILY ADDRESS SIZE: 23 requests, 23 replies, all of them XDP's
echoes()
{
	local requests=icmp replies='icmp[0] == 0' ttl='ip[8] == 64'
	local counter=Icmp:InEchos header=28
	local before_packets before_bytes before_stack

	if [[ $1 == 6 ]]; then
		requests=icmp6 replies='ip6[40] == 129' ttl='ip6[7] == 64'
		counter=Icmp6InEchos header=48
	fi
	before_packets=$(stat_of test XDP_TX)
	before_bytes=$(stat_of test XDP_TX bytes)
	before_stack=$(snmp $counter)
	capture "wire$1-$3" test --inner "$requests and host $2"

	pings 23 23 test "$2" -s "$3"
	has_no "$output" "duplicate|DUP|wrong"

	expect_frames 23 "wire$1-$3" ether dst "$(mac test)" and host "$2"
	expect_frames 23 "wire$1-$3" ether src "$(mac test)" \
		and ether dst "$(inner_mac test)" and src host "$2" \
		and "$replies" and "$ttl"
	is "packets under XDP_TX" \
		$(($(stat_of test XDP_TX) - before_packets)) 23
	is "bytes under XDP_TX" \
		$(($(stat_of test XDP_TX bytes) - before_bytes)) \
		$((23 * (14 + header + $3)))
	is "requests that the stack saw" "$(snmp $counter)" "$before_stack"
	checksums_right "wire$1-$3"
}

@test "packet01: without XDP the stack answers (the baseline)" {
	local before

	before=$(snmp Icmp6InEchos)
	ok t ping -n test -c 3 -l 3 -W 1
	is "requests that the stack saw" "$(snmp Icmp6InEchos)" $((before + 3))
	before=$(snmp Icmp:InEchos)
	ok t ping -n test --legacy-ip -c 3 -l 3 -W 1
	is "requests that the stack saw" "$(snmp Icmp:InEchos)" $((before + 3))
}

@test "packet01: the lesson's commands, as its text has them" {
	ok t exec -n test -- ./xdp-loader load --prog-name xdp_pass_func veth0 xdp_prog_kern.o
	load_echo
	has "$output" "^test: xdp_icmp_echo_func runs in native mode"
	ok t ping -l 4
	has "$output" "4 packets transmitted, 4 received"
	ok t ping --legacy-ip -l 4
	has "$output" "4 packets transmitted, 4 received"
	ok ./xdp_stats -d test -n 1
	has "$output" "XDP_TX                 8 pkts"
}

@test "packet01: 23 IPv6 requests of each size, 23 replies, by XDP alone" {
	local size

	load_echo
	for size in 0 56 1452; do
		echoes 6 $HERE6 $size
	done
}

@test "packet01: 23 IPv4 requests of each size, 23 replies, by XDP alone" {
	local size

	load_echo
	for size in "${PING_SIZES[@]}"; do
		echoes 4 $HERE4 "$size"
	done
}

@test "packet01: in generic mode, too" {
	load_echo --mode skb
	has "$output" "generic mode"
	echoes 6 $HERE6 56
	echoes 4 $HERE4 56
}

@test "packet01: the reply is the request with addresses, type, TTL and checksum new" {
	load_echo
	capture wire test --inner icmp
	pings 1 1 test $HERE4 -t 7 -Q 0x10 -p a5 -s 40
	expect_frames 2 wire

	# From the identification on to the end of the header, but for TTL and
	# addresses; then the message behind its checksum.
	rows() { packets wire -xx "$1" | sed -n 's/^\s*0x.*:  //p' | tr -d ' \n'; }
	request=$(rows 'icmp[0] == 8')
	reply=$(rows 'icmp[0] == 0')
	is "length" ${#reply} ${#request}
	is "destination MAC" "${reply:0:12}" "${request:12:12}"
	is "source MAC" "${reply:12:12}" "${request:0:12}"
	is "type to fragment offset" "${reply:24:20}" "${request:24:20}"
	is "TTL of the request" "${request:44:2}" 07
	is "TTL of the reply" "${reply:44:2}" 40
	is "protocol" "${reply:46:2}" 01
	is "source address" "${reply:52:8}" "${request:60:8}"
	is "destination address" "${reply:60:8}" "${request:52:8}"
	is "ICMP type and code" "${reply:68:4}" 0000
	is "identifier, sequence and data" "${reply:76}" "${request:76}"
	checksums_right wire
}

@test "packet01: an address that is not this host's is the stack's" {
	local before

	load_echo
	ip -n test -6 addr add 2001:db8:1::2/64 dev veth0 nodad
	ip -n test -6 neigh add 2001:db8:1::99 lladdr "$(mac test)" dev veth0
	ip -n test neigh add $NET4.1.99 lladdr "$(mac test)" dev veth0
	before=$(stat_of test XDP_TX)
	pings 3 0 test 2001:db8:1::99 -W 0.1
	pings 3 0 test $NET4.1.99 -W 0.1
	is "packets under XDP_TX" "$(stat_of test XDP_TX)" "$before"
}

@test "packet01: refresh follows addresses that come and go" {
	local before

	load_echo
	ip addr add $NET4.1.50/24 dev test
	ip addr add $NET6:1::50/64 dev test nodad

	before=$(snmp Icmp:InEchos)
	pings 3 3 test $NET4.1.50
	is "before refresh the stack answered" "$(snmp Icmp:InEchos)" $((before + 3))

	ok_quiet ./xdp_prog_user refresh -d test
	before="$(snmp Icmp:InEchos) $(snmp Icmp6InEchos)"
	pings 3 3 test $NET4.1.50
	pings 3 3 test $NET6:1::50
	is "packets under XDP_TX" "$(stat_of test XDP_TX)" 6
	is "the stack saw none" "$(snmp Icmp:InEchos) $(snmp Icmp6InEchos)" "$before"

	ip addr del $NET4.1.50/24 dev test
	ip addr del $NET6:1::50/64 dev test
	ok_quiet ./xdp_prog_user refresh -d test
	pings 2 0 test $NET4.1.50 -W 0.1
	pings 2 0 test $NET6:1::50 -W 0.1
	is "packets under XDP_TX" "$(stat_of test XDP_TX)" 6
}

@test "packet01: fragments are the stack's" {
	local before

	load_echo
	before="$(snmp Icmp:InEchos) $(snmp Icmp6InEchos)"
	pings 3 3 test $HERE4 -s 3000
	pings 3 3 test $HERE6 -s 3000
	is "packets under XDP_TX" "$(stat_of test XDP_TX)" 0
	is "the stack's" "$(snmp Icmp:InEchos) $(snmp Icmp6InEchos)" \
		"$((${before% *} + 3)) $((${before#* } + 3))"
}

@test "packet01: what is no echo request passes: TCP works" {
	load_echo
	tcp_transfer test . $HERE6 1000000
	tcp_transfer test . $HERE4 1000000
	is "packets under XDP_TX" "$(stat_of test XDP_TX)" 0
}
