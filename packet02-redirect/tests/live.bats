#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
#	  namespace left                    namespace right
#	+---------------------+           +---------------------+
#	|  veth0    (MAC X2)  |           |  veth0    (MAC Y2)  |
#	|  fc00:..:1::2       |           |  fc00:..:2::2       |
#	+---------||----------+           +---------||----------+
#	     left (MAC X1)  <---- XDP ----   right (MAC Y1)
#	     fc00:..:1::1                    fc00:..:2::1
#
# What arrives on right leaves by left, as (destination X2, source X1).
# Answers come back on left, where no XDP program runs: by forwarding, if on.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

LEFT6=$NET6:1::2 LEFT4=$NET4.1.2

setup()
{
	lesson packet02-redirect
	t setup -n left --legacy-ip >/dev/null
	t setup -n right --legacy-ip >/dev/null
}

teardown()
{
	clean_up
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
}

load_redirect()
{
	ok_quiet t load -n right -- --prog-name xdp_redirect_func \
		--redirect-dev left "$@" xdp_prog_kern.o
}

forwarding_on()
{
	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
}

# redirects FAMILY ADDRESS SIZE: 23 requests pass through, TTL untouched
redirects()
{
	local filter="icmp and icmp[0] == 8 and ip[8] == 64" header=28
	local name=wire$1-$3 packets bytes

	if [[ $1 == 6 ]]; then
		filter="ip6[40] == 128 and ip6[7] == 64" header=48
	fi
	packets=$(stat_of right XDP_REDIRECT)
	bytes=$(stat_of right XDP_REDIRECT bytes)
	capture "$name" left --inner "icmp or icmp6"
	pings 23 23 right "$2" -s "$3"
	expect_frames 23 "$name" "$filter" and ether dst "$(inner_mac left)" \
		and ether src "$(mac left)"
	expect_frames 23 "$name" "icmp[0] == 0 or ip6[40] == 129"
	checksums_right "$name"
	is "packets under XDP_REDIRECT" \
		$(($(stat_of right XDP_REDIRECT) - packets)) 23
	is "bytes under XDP_REDIRECT" \
		$(($(stat_of right XDP_REDIRECT bytes) - bytes)) \
		$((23 * (14 + header + $3)))
}

@test "packet02: requests arrive and are answered; without forwarding nothing comes back" {
	load_redirect
	capture wire left --inner icmp6
	pings 23 0 right $LEFT6 -W 0.2
	expect_frames 23 wire "ip6[40] == 128 and ip6[7] == 64" \
		and ether dst "$(inner_mac left)" and ether src "$(mac left)"
	expect_frames 23 wire "ip6[40] == 129" \
		and ether dst "$(mac left)" and ether src "$(inner_mac left)"
	is "packets under XDP_REDIRECT" "$(stat_of right XDP_REDIRECT)" 23
	is "bytes under XDP_REDIRECT" "$(stat_of right XDP_REDIRECT bytes)" \
		$((23 * 118))
}

@test "packet02: with forwarding on, 23 IPv6 replies of each size" {
	local size

	load_redirect
	forwarding_on
	for size in 0 56 1452; do
		redirects 6 $LEFT6 $size
	done
}

@test "packet02: with forwarding on, 23 IPv4 replies of each size" {
	local size

	load_redirect
	forwarding_on
	for size in "${PING_SIZES[@]}"; do
		redirects 4 $LEFT4 "$size"
	done
}

@test "packet02: in generic mode, too" {
	load_redirect --mode skb
	has "$output" "generic mode"
	forwarding_on
	redirects 6 $LEFT6 56
	redirects 4 $LEFT4 1472
}

@test "packet02: --dest-mac and --src-mac say what the header becomes" {
	load_redirect --dest-mac 02:00:5e:10:00:aa --src-mac 02:00:5e:10:00:bb
	capture wire left --inner icmp6
	pings 5 0 right $LEFT6 -W 0.1
	expect_frames 5 wire "ip6[40] == 128 and ether dst 02:00:5e:10:00:aa
		and ether src 02:00:5e:10:00:bb"
}

@test "packet02: left's own traffic is not redirected, nor ARP on right" {
	load_redirect
	pings 5 5 left $NET6:1::1
	ip -n right neigh flush dev veth0
	in_env right ping -q -c 1 -W 0.1 $NET4.2.1 || true
	wait_for bash -c "ip -n right neigh show $NET4.2.1 | grep -q lladdr"
	is "packets under XDP_REDIRECT" "$(stat_of right XDP_REDIRECT)" 1
}

@test "packet02: the MAC addresses are those of the devices at load time" {
	ip link set dev left address 02:00:5e:10:00:01
	ip -n left link set dev veth0 address 02:00:5e:10:00:02
	load_redirect
	capture wire left --inner icmp6
	pings 3 0 right $LEFT6 -W 0.1
	expect_frames 3 wire "ip6[40] == 128 and ether dst 02:00:5e:10:00:02
		and ether src 02:00:5e:10:00:01"
}

@test "packet02: no device named, or none to take the MAC from: says so" {
	refused "where shall the frames go\? --redirect-dev" \
		t load -n right -- xdp_prog_kern.o
	refused "no device 'nowhere'" \
		t load -n right -- --redirect-dev nowhere
	ip link add br0 type bridge
	refused "br0: cannot find the MAC address.*--dest-mac" \
		t load -n right -- --redirect-dev br0
	ip link del br0
	is "program" "$(prog_id right)" ""
}
