# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154 # no blanks in $NET4, $NET6; output: learner's
# SPDX-License-Identifier: GPL-2.0
#
# packet04-router with real packets, for `t check` (testenv/live.sh).

make_three()
{
	local name

	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
	for name in uno dos tres; do
		t setup -n $name --legacy-ip >/dev/null
	done
}

load_three()
{
	local name

	for name in uno dos tres; do
		load $name --prog-name xdp_router_func "$@" xdp_prog_kern.o
	done
}

# Neighbours are known from the first ping on.
say_hello()
{
	pings 1 1 uno $NET6:2::2
	pings 1 1 uno $NET4.2.2
}

live_3()
{
	local before

	make_three
	load_three
	say_hello
	before=$(stat_of uno XDP_REDIRECT)
	pings 10 10 uno $NET6:2::2
	pings 10 10 uno $NET4.2.2 -s 1400
	expect "TTL of a reply, after one hop" 63 reply_ttl uno $NET4.2.2
	expect "hop limit of a reply, after one hop" 63 reply_ttl uno $NET6:2::2
	expect "frames under XDP_REDIRECT on uno for 22 pings" \
		$((before + 22)) stat_of uno XDP_REDIRECT
	pings 5 5 uno $NET6:2::1
	tcp_transfer uno dos $NET4.2.2 1000000
	echo "27 of 27 pings answered, TCP works"
}

live_4()
{
	make_three
	load_three
	say_hello
	expect "answers to a TTL of 1" 1 exceeded $NET4.2.2
	expect "answers to a hop limit of 1" 1 exceeded $NET6:2::2
	echo "the stack tells the sender"
}

exceeded()
{
	in_env uno ping -n -c 1 -W 1 -t 1 "$1" | grep -c ' exceeded' || true
}

live_5()
{
	local type

	make_three
	load_three --count-next-hops
	type=$(bpftool -j map show pinned /sys/fs/bpf/uno/next_hops | jq -r .type)
	[[ $type == lru_percpu_hash ]] ||
		fail "next_hops: want the type lru_percpu_hash, got $type"
	say_hello
	pings 10 10 uno $NET4.2.2
	expect "packets in next_hops for the inner end of dos, after 10 more" 10 \
		hop_packets uno dos
	echo "10 of 10 packets counted"
}

# hop_packets DEV TO: those from DEV to the inner end of TO, but the hellos
hop_packets()
{
	local mac

	mac=$(inner_mac "$2")
	bpftool -j map dump pinned "/sys/fs/bpf/$1/next_hops" | jq --arg mac "$mac" '
		def hex: [ 48 + (. / 16 | floor), 48 + . % 16 ]
			| map(if . > 57 then . + 39 else . end) | implode;
		[ .[].formatted | select((.key.mac | map(hex) | join(":")) == $mac)
		  | .values[].value.packets ] | add // 0'
}
