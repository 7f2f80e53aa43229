#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What the bench measures is what it says: every frame arrives, and is counted
# once; and what does not arrive is not counted.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

setup()
{
	cd "$ROOT" || return
	source bench/world.sh
}

teardown()
{
	stop "${BACKGROUND[@]}"
	[[ ! -e /run/netns/wire ]] || ip -batch - <<-END
	link del in
	link del out
	netns del wire
	END
}

@test "bench: of no candidate's frames is one lost" {
	local json

	json=$(ROUNDS=1 TIME=0.01 RUNS=1000 bench/bench.sh --json)
	is "candidates that lose frames" \
		"$(jq -r '.groups[].results[] | select(.lost != 0) | .name' <<<"$json")" ""
	is "those that are no faster than nothing" \
		"$(jq -r '.groups[].results[] | select(.mpps <= 0) | .name' <<<"$json")" ""
	is "groups" "$(jq -r '.groups[].group' <<<"$json" | sort)" \
		"$(awk '$1 == "candidate" { print $2 }' bench/candidates.sh | sort -u)"
	for group in $(jq -r '.groups[].group' <<<"$json"); do
		has "$(<build/bench/$group.svg)" "</svg>"
	done
	# What runs in native mode has a cost, and nothing else has.
	is "those without a cost" "$(jq -r '.groups[] | select(.group == "ipv4") |
		.results[] | select(.cost == null) | .name' <<<"$json" |
		grep -cvE '^(drop on arrival|.* generic|tc .*|kernel.*)$')" 0
	is "those with one" "$(jq -r '.groups[].results[] | select(.cost) | .name' \
		<<<"$json" | grep -cE ' generic$|^tc|^kernel')" 0
	is "costs without instructions" "$(jq '[.groups[].results[].cost | values |
		select(.xlated * .jited_bytes * .verified == 0)] | length' <<<"$json")" 0
}

@test "bench: the cost of a program is its own, and of the frame that was asked for" {
	make_world
	ok_quiet build/bench/base swap_tx in
	ok_quiet build/bench/cost -d in -r 1000
	is "XDP_TX" "$(jq .action <<<"$output")" 3
	ok_quiet build/bench/base look_up in out
	ok_quiet build/bench/cost -d in -r 1000
	is "XDP_REDIRECT" "$(jq .action <<<"$output")" 4
	ok_quiet build/bench/cost -d in -r 1000 --to 192.0.2.1
	is "XDP_PASS" "$(jq .action <<<"$output")" 2
	refused "no XDP program" build/bench/cost -d out
}

@test "bench: frames go to all of the destinations, and their checksums are right" {
	local log=$BATS_TEST_TMPDIR/log

	make_world
	ip route add 198.18.0.0/24 via 198.51.100.2
	start tcpdump -lnvvi in -c 200 udp >"$log" 2>&1
	wait_for grep -q "listening on" "$log"
	ok_quiet in_wire build/bench/pps -d gen -s sink -t 0.01 --to 198.18.0.0 \
		--hosts 8 --step 3
	wait_for grep -q "200 packets captured" "$log"
	has_no "$(<"$log")" "bad"
	is "destinations" "$(grep -o '> 198.18.0.[0-9]*' "$log" | cut -d. -f4 |
		sort -nu | xargs)" "0 3 6 9 12 15 18 21"
}

@test "bench: TCP, with the router and without it" {
	local json

	json=$(ROUNDS=1 TIME=1 bench/tcp.sh --json)
	is "set-ups" "$(jq '.results | length' <<<"$json")" 6
	is "those without throughput, CPU time or latency" "$(jq '[.results[] |
		select(.gbits * .cpu * .p50 * .p99 <= 0)] | length' <<<"$json")" 0
	is "native: TSO at the end" \
		"$(jq '.results[] | select(.name == "router native, tx off") |
			.offloads.tso' <<<"$json")" false
	is "kernel: TSO at the end" "$(jq '.results[0].offloads.tso' <<<"$json")" true
}

@test "bench: with more of everything" {
	local json

	json=$(ENTRIES=10 ROUTES=10 ENVS=4 ROUNDS=1 TIME=0.01 RUNS=1000 \
		bench/scale.sh --json)
	is "maps" "$(jq '.maps | length' <<<"$json")" 8
	is "lost" "$(jq '[.routes[].lost | select(. > 0)] | add' <<<"$json")" null
	is "routes" "$(jq -c '[.routes[].routes] | unique' <<<"$json")" "[1,10]"
	is "environments" "$(jq -c '[.environments[].environments]' <<<"$json")" "[2,4]"
	is "what took no time" "$(jq '[.environments[] |
		select(.ns * .per_second <= 0)] | length' <<<"$json")" 0
	for plot in maps routes environments setup; do
		has "$(<build/bench/scale-$plot.svg)" "</svg>"
	done
}

@test "bench: what is not forwarded is not counted" {
	make_world
	sysctl -qw net.ipv4.conf.all.forwarding=0
	ok_quiet in_wire build/bench/pps -d gen -s sink -t 0.01
	is "arrived" "$(jq .arrived <<<"$output")" 0
	ok_quiet in_wire build/bench/pps -d gen -s sink -t 0.01 \
		--from 2001:db8:1::2 --to 2001:db8:2::2
	is "lost" "$(jq '.sent - .arrived' <<<"$output")" 0
}

@test "bench: the frames are sound, and as long as asked for" {
	local log=$BATS_TEST_TMPDIR/log

	make_world
	start tcpdump -lnvvi in -c 6 udp >"$log" 2>&1
	wait_for grep -q "listening on" "$log"
	ok_quiet in_wire build/bench/pps -d gen -s sink -t 0.01 -n 3 -l 100
	wait_for grep -q "6 packets captured" "$log"
	for port in 1024 1025 1026; do
		is "frames from port $port" \
			"$(grep -c "192.0.2.2.$port > 198.51.100.2.80: .* UDP, length 58" "$log")" 2
	done
	has_no "$(<"$log")" "bad cksum"
}

@test "bench: pps says what is wrong" {
	refused "which device" build/bench/pps
	refused "nothing" build/bench/pps -d nothing
	refused "lo" build/bench/pps -d lo
	refused "'50' is no number between 60 and 1514" build/bench/pps -d lo -l 50
	refused "IPv4 and UDP" build/bench/pps -d lo --hosts 2 -f tcp
	refused "'stack' is no type" build/bench/maps stack 1
	refused "which map" build/bench/maps hash
	make_world
	refused "'quic' is no kind" in_wire build/bench/pps -d gen -f quic
}
