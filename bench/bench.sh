#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# How many packets per second one core moves, and what programs cost:
#
#	bench/bench.sh [--json] [PATTERN]
#
# Measures each of candidates.sh (whose names match PATTERN, a regular
# expression), all of them in each of ROUNDS rounds, TIME seconds each, every
# time in a new sandbox; then, with RUNS runs a round, what those cost that are
# programs in native XDP.
# Prints the median of the rounds and how far they are apart, as tables or as
# JSON; the plots are put into build/bench.

set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
readonly ROUNDS=${ROUNDS-5} TIME=${TIME-0.4} RUNS=${RUNS-200000}

# Filled by candidates.sh, and indexed by group and by number.
declare -A TITLE=() SINK_OF=() OPTIONS=()
GROUP_OF=() NAME_OF=() COMMAND=()

group()
{
	TITLE[$1]=$2 SINK_OF[$1]=$3 OPTIONS[$1]=${*:4}
}

candidate()
{
	GROUP_OF+=("$1") NAME_OF+=("$2") COMMAND+=("${*:3}")
}

# shellcheck source=bench/candidates.sh
source bench/candidates.sh
# shellcheck source=bench/put.sh
source bench/put.sh
# shellcheck source=bench/world.sh
source bench/world.sh

# measure_here pps|cost N: in a sandbox, put candidate N in place and measure
measure_here()
{
	local group=${GROUP_OF[$2]} options command
	SINK=${SINK_OF[$group]}

	read -ra options <<<"${OPTIONS[$group]}"
	read -ra command <<<"${COMMAND[$2]}"
	make_world
	[[ $1 == pps ]] || without_dispatcher
	"${command[@]}" >/dev/null
	if [[ $1 == pps ]]; then
		in_wire $OUT/pps -d gen -s "$SINK" -c $CPU -t "$TIME" "${options[@]}"
	elif is_native in; then
		$OUT/cost -d in -c $CPU -r "$RUNS" "${options[@]}" | jq '{ cost: . }'
	fi
}

# Whether the device is here and runs a program in native XDP.
is_native()
{
	ip -j link show dev "$1" 2>/dev/null | jq -e '.[].xdp.mode == 1' >/dev/null
}

# measure pps|cost N: the same from outside, as one line of JSON
measure()
{
	local result

	result=$(testenv/sandbox bench/bench.sh --here "$@" 2>$OUT/log) ||
		die "${NAME_OF[$2]}: $(<$OUT/log)"
	jq -c --arg group "${GROUP_OF[$2]}" --arg name "${NAME_OF[$2]}" \
		--arg title "${TITLE[${GROUP_OF[$2]}]}" \
		'{ group: $group, title: $title, name: $name } + .' <<<"$result"
}

# choose PATTERN: the numbers of those to measure
choose()
{
	local i

	for i in "${!NAME_OF[@]}"; do
		[[ "${GROUP_OF[i]} ${NAME_OF[i]}" =~ $1 ]] || continue
		if type "${COMMAND[i]%% *}" >/dev/null 2>&1; then
			echo "$i"
		else
			echo "bench: ${COMMAND[i]%% *} is not installed: left out" >&2
		fi
	done
}

run_rounds()
{
	local i round

	for ((round = 1; round <= ROUNDS; round++)); do
		[[ -t 2 ]] || progress "round $round of $ROUNDS"
		for i in "$@"; do
			[[ ! -t 2 ]] ||
				progress "round $round of $ROUNDS: ${GROUP_OF[i]} ${NAME_OF[i]}"
			measure pps "$i"
		done
	done
	progress "the programs by themselves"
	for i in "$@"; do
		measure cost "$i"
	done
	progress_end
}

# The bars of one group, the first one uppermost.
plot()
{
	local group

	for group in $(jq -r '.groups[].group' "$1"); do
		jq -r --arg group "$group" '.groups[] | select(.group == $group) |
			.results[] | [.name, .mpps, .min, .max] | @tsv' "$1" >"$OUT/$group.tsv"
		gnuplot -e "data='$OUT/$group.tsv'" \
			-e "set output '$OUT/$group.svg'" \
			-e "set title '${TITLE[$group]}'" bench/bars.gp
	done
}

main()
{
	local json='' chosen

	if [[ ${1-} == --here ]]; then
		measure_here "$2" "$3"
		return
	fi
	if [[ ${1-} == --json ]]; then
		json=1
		shift
	fi
	mapfile -t chosen < <(choose "${1-}")
	((${#chosen[@]})) || die "no candidate matches '$1'"
	run_rounds "${chosen[@]}" >$OUT/rounds.json
	jq -s --argjson machine "$(machine)" --argjson seconds "$TIME" \
		-L bench -f bench/summary.jq $OUT/rounds.json >$OUT/bench.json
	plot $OUT/bench.json
	if [[ $json ]]; then
		cat $OUT/bench.json
	else
		jq -r -L bench -f bench/tables.jq $OUT/bench.json
		echo -e "\nplots: $OUT/*.svg, figures: $OUT/bench.json"
	fi
}

main "$@"
