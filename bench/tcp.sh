#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What TCP between sockets gains or loses by a router in XDP:
#
#	bench/tcp.sh [--json]
#
#	  namespace wire          this namespace            namespace far
#	+----------------+      +----------------+      +------------------+
#	|  gen        ---|------|-- in      out --|------|---  sink         |
#	|  192.0.2.2     | veth |     routes      | veth |  198.51.100.2    |
#	|  iperf3 sends  |      |                 |      |  iperf3 receives |
#	+----------------+      +----------------+      +------------------+
#
# In each of ROUNDS rounds, each of the set-ups below in a sandbox of its own:
# TIME seconds of one stream (iperf3), and TIME seconds of requests of 14 bytes
# that are answered one by one (sockperf). The CPU's time is that of all cores,
# from /proc/stat: nothing else should be running.

set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=bench/world.sh
source bench/world.sh
readonly ROUNDS=${ROUNDS-3} TIME=${TIME-1}

# A name and what is to be done at the ends and here. How the ends' offloads
# then stand is asked of the kernel, and is part of the result.
readonly SETUPS=(
	"kernel forwarding:true"
	"kernel forwarding, tx off:no_tx"
	"kernel forwarding, tx off, GRO:gro_alone"
	"router native, tx off:native"
	"router generic:generic"
	"router generic, tx off:generic_no_tx"
)

in_far()
{
	nsenter --net=/run/netns/far "$@"
}

# Addresses for sockets, and the sink in a namespace of its own.
make_ends()
{
	make_world
	ethtool -K in gro off >/dev/null # as it is by default
	ip netns add far
	ip -n wire link set sink netns far
	ip -n wire -batch - <<-END
	addr add 192.0.2.2/24 dev gen
	route add default via 192.0.2.1
	END
	ip -n far -batch - <<-END
	link set sink up
	addr add 198.51.100.2/24 dev sink
	route add default via 198.51.100.1
	END
	wait_until_up out
}

both_ends()
{
	in_wire "${@//DEV/gen}"
	in_far "${@//DEV/sink}"
}

# Without checksums to be left to the device there is nothing else to leave.
no_tx()
{
	both_ends ethtool -K DEV tx off >/dev/null
}

gro_alone()
{
	no_tx
	both_ends ethtool -K DEV gro on >/dev/null
	ethtool -K in gro on >/dev/null
	ethtool -K out gro on >/dev/null
}

# The ends take frames that XDP sends, as those of t's environments do.
native()
{
	no_tx
	both_ends $OUT/base pass DEV
	router native
}

generic()
{
	router skb
}

generic_no_tx()
{
	no_tx
	generic
}

router()
{
	(cd packet04-router && ./xdp_prog_user load --mode "$1" -d in -d out)
}

# The offloads of the end that sends, and whether the other one merges.
offloads()
{
	jq -n --argjson near "$(in_wire ethtool --json -k gen)" \
		--argjson far "$(in_far ethtool --json -k sink)" '{
			tx: $near[0]["tx-checksumming"].active,
			tso: $near[0]["tcp-segmentation-offload"].active,
			gso: $near[0]["generic-segmentation-offload"].active,
			gro: $far[0]["generic-receive-offload"].active }'
}

wait_for_port()
{
	local end=$((SECONDS + 10))

	until in_far ss -Hltn "sport = :$1" | grep -q .; do
		((SECONDS < end)) || die "nobody listens on port $1"
	done
}

# Seconds that the cores were not idle, all together.
cpu_seconds()
{
	awk -v hz="$(getconf CLK_TCK)" '
		/^cpu / { print ($2 + $3 + $4 + $7 + $8) / hz }' /proc/stat
}

throughput()
{
	local before

	in_far iperf3 --server --one-off >/dev/null &
	wait_for_port 5201
	before=$(cpu_seconds)
	in_wire iperf3 --client 198.51.100.2 --time "$TIME" --json >"$TMPDIR/iperf3"
	jq --argjson before "$before" --argjson after "$(cpu_seconds)" '
		.end.sum_received | {
			gbits: (.bits_per_second / 1e9),
			cpu: (($after - $before) / (.bytes / 1e9)) }' "$TMPDIR/iperf3"
	wait
}

# Round trips, in microseconds.
latency()
{
	in_far sockperf server --tcp -i 198.51.100.2 >/dev/null 2>&1 &
	wait_for_port 11111
	in_wire sockperf ping-pong --tcp --full-rtt -i 198.51.100.2 -t "$TIME" \
		>"$TMPDIR/sockperf"
	kill $!
	awk '/percentile 50.000/ { p50 = $NF } /percentile 99.000/ { p99 = $NF }
		END { printf "{ \"p50\": %s, \"p99\": %s }\n", p50, p99 }' \
		"$TMPDIR/sockperf"
}

# measure_here COMMAND: in a sandbox
measure_here()
{
	make_ends
	"$1" >"$TMPDIR/log" 2>&1 || die "$(<"$TMPDIR/log")"
	jq -n --argjson offloads "$(offloads)" --argjson stream "$(throughput)" \
		--argjson ping "$(latency)" '$stream + $ping + { offloads: $offloads }'
}

run_rounds()
{
	local round setup result

	for ((round = 1; round <= ROUNDS; round++)); do
		progress "round $round of $ROUNDS"
		for setup in "${SETUPS[@]}"; do
			result=$(testenv/sandbox bench/tcp.sh --here "${setup##*:}" \
				2>$OUT/log) || die "${setup%:*}: $(<$OUT/log)"
			jq -c --arg name "${setup%:*}" '{ name: $name } + .' <<<"$result"
		done
	done
	progress_end
}

main()
{
	if [[ ${1-} == --here ]]; then
		measure_here "$2"
		return
	fi
	[[ ${1-} == --json || -z ${1-} ]] || die "usage: bench/tcp.sh [--json]"
	run_rounds >$OUT/rounds.json
	jq -s --argjson machine "$(machine)" --argjson seconds "$TIME" \
		-L bench -f bench/tcp.jq $OUT/rounds.json >$OUT/tcp.json
	if [[ ${1-} ]]; then
		cat $OUT/tcp.json
	else
		jq -r -L bench -f bench/tcp-table.jq $OUT/tcp.json
	fi
}

main "$@"
