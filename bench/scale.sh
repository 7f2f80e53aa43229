#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What it costs when there is more of everything:
#
#	bench/scale.sh [--json]
#
# entries in a map, from 1 to ENTRIES; routes, from 1 to ROUTES, with packets
# to all of them by chance (world.sh); environments, from 2 to ENVS, with the
# router on all of them, and how many of them `t setup` makes in a second.
# Prints tables or JSON; the plots are put into build/bench.

set -euo pipefail

# shellcheck source=bench/lib.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib.sh"
# shellcheck source=bench/world.sh
source bench/world.sh
# shellcheck source=bench/put.sh
source bench/put.sh
readonly ENTRIES=${ENTRIES-1000000} ROUTES=${ROUTES-100000} ENVS=${ENVS-128}
readonly ROUNDS=${ROUNDS-3} TIME=${TIME-0.2} RUNS=${RUNS-200000}

readonly TYPES=(array hash lru_hash lpm_trie)
# Of candidates.sh, by the functions that put them in place.
readonly ROUTERS=(
	"look up, redirect:base look_up in out"
	"packet04:lesson packet04-router native -d in -d out"
	"packet05:packet05_daemon"
	"kernel forwarding:true"
)
# One route for each address. RFC 2544 has reserved them for benchmarks.
readonly FIRST_ROUTE=198.18.0.0

powers()
{
	local n

	for ((n = 1; n <= $1; n *= 10)); do
		echo $n
	done
}

maps()
{
	local type n

	for type in "${TYPES[@]}"; do
		for n in $(powers "$ENTRIES"); do
			progress "$type of $n"
			testenv/sandbox $OUT/maps -c $CPU -r "$RUNS" "$type" "$n"
		done
	done
}

# routes_here N COMMAND: in a sandbox
routes_here()
{
	local command

	read -ra command <<<"$2"
	make_world
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "route add 198.%d.%d.%d/32 via 198.51.100.2\n",
				18 + i / 65536, i / 256 % 256, i % 256
	}' | ip -batch -
	"${command[@]}" >/dev/null
	in_wire $OUT/pps -d gen -s sink -c $CPU -t "$TIME" --hosts "$1" \
		--to $FIRST_ROUTE
}

routes()
{
	local round n router result

	for ((round = 1; round <= ROUNDS; round++)); do
		for n in $(powers "$ROUTES"); do
			progress "round $round of $ROUNDS: $n routes"
			for router in "${ROUTERS[@]}"; do
				result=$(testenv/sandbox bench/scale.sh --here routes_here \
					"$n" "${router#*:}")
				jq -c --arg name "${router%%:*}" --argjson n "$n" \
					'{ name: $name, routes: $n } + .' <<<"$result"
			done
		done
	done
}

# Environments FROM to TO; prints the milliseconds that they took to make.
set_up()
{
	local n start=${EPOCHREALTIME/./}

	for ((n = $1; n <= $2; n++)); do
		testenv/testenv.sh setup -n "env$n" --legacy-ip >/dev/null
	done
	awk -v us=$((${EPOCHREALTIME/./} - start)) 'BEGIN { print us / 1000 }'
}

# The router on environments FROM to TO, with neighbours that stay.
route_between()
{
	local n mac

	for ((n = $1; n <= $2; n++)); do
		mac=$(ip -n "env$n" -br link show dev veth0 | awk '{ print $3 }')
		ip neigh replace "10.11.$n.2" dev "env$n" lladdr "$mac" nud permanent
		lesson packet04-router native -d "env$n" >/dev/null
	done
}

# In a sandbox: one line for each number of environments.
environments_here()
{
	local n before=0 took

	without_dispatcher
	sysctl -qw net.ipv4.conf.default.forwarding=1 \
		net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
	for ((n = 2; n <= ENVS; n *= 2)); do
		progress "$n environments"
		took=$(set_up $((before + 1)) $n)
		route_between $((before + 1)) $n
		jq -c --argjson n $n --argjson took "$took" --argjson new $((n - before)) \
			'{ environments: $n, ns: .ns,
			per_second: ($new / $took * 1000) }' <<<"$($OUT/cost -d env1 \
			-c $CPU -r "$RUNS" --from 10.11.1.2 --to 10.11.2.2 --hosts $((n - 1)) --step 256)"
		before=$n
	done
}

# plot NAME TITLE XLABEL YLABEL FILTER: FILTER makes lines of series, x, y
plot()
{
	local data=$OUT/scale-$1.tsv

	# One block for each series, its name in front.
	jq -r "$5 | @tsv" $OUT/scale.json | awk -F'\t' '
		!($1 in block) { names[++count] = $1 }
		{ block[$1] = block[$1] $2 "\t" $3 "\n" }
		END {
			for (i = 1; i <= count; i++)
				printf "%s\"%s\"\n%s", (i > 1 ? "\n\n" : ""),
					names[i], block[names[i]]
		}' >"$data"
	gnuplot -e "data='$data'; set output '$OUT/scale-$1.svg'" \
		-e "set title '$2'; set xlabel '$3'; set ylabel '$4'" bench/lines.gp
}

main()
{
	if [[ ${1-} == --here ]]; then
		"${@:2}"
		return
	fi
	[[ ${1-} == --json || -z ${1-} ]] || die "usage: bench/scale.sh [--json]"
	maps >$OUT/maps.json
	routes >$OUT/routes.json
	testenv/sandbox bench/scale.sh --here environments_here >$OUT/environments.json
	progress_end
	jq -n --argjson machine "$(machine)" --slurpfile maps $OUT/maps.json \
		--slurpfile routes $OUT/routes.json \
		--slurpfile environments $OUT/environments.json \
		-L bench -f bench/scale.jq >$OUT/scale.json
	plot maps "A look-up in a map, by chance" entries nanoseconds \
		'.maps[] | [.type, .entries, .ns]'
	plot routes "IPv4 forwarded, 60 bytes, to all routes by chance" routes \
		"million packets per second" '.routes[] | [.name, .routes, .mpps]'
	plot environments "packet04, the program alone, to all by chance" \
		environments nanoseconds \
		'.environments[] | ["packet04", .environments, .ns]'
	plot setup "Environments set up per second (t setup)" \
		"environments that there are" "per second" \
		'.environments[] | ["t setup", .environments, .per_second]'
	if [[ ${1-} ]]; then
		cat $OUT/scale.json
	else
		jq -r -L bench -f bench/scale-table.jq $OUT/scale.json
		echo -e "\nplots: $OUT/scale-*.svg, figures: $OUT/scale.json"
	fi
}

main "$@"
