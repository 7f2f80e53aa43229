# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# packet05-fwd with real packets, for `t check` (testenv/live.sh): the lab,
# both directions through A.

# in_lab NAMESPACE COMMAND...
in_lab()
{
	t exec -n "$1" -- "${@:2}"
}

start_fwd()
{
	t lab up
	in_lab A ping -qc 1 10.10.3.5 >/dev/null
	in_lab A ping -qc 1 10.10.2.7 >/dev/null
	ip -n B neigh replace dev enp0s3 10.10.2.1 lladdr "$(inner_mac A enp0s8)"
	ip -n C link set dev enp0s8 down
	ip -n C neigh replace dev enp0s9 10.10.3.1 lladdr "$(inner_mac A enp0s9)"
	t exec -n A -- ./fwd -d enp0s8 -d enp0s9 >fwd.log 2>&1 &
	until in_lab A ./fwdctl list >/dev/null 2>&1; do
		kill -0 $! 2>/dev/null || fail "fwd ends:" "$(<fwd.log)"
	done
	rm fwd.log
}

redirects()
{
	in_lab A ./xdp_stats -d enp0s8 --json -n 1 -i 0.001 |
		jq .actions.XDP_REDIRECT.packets
}

learned()
{
	in_lab A ./fwdctl list | awk '/learned/ { print $1 }' | sort | xargs
}

live_1()
{
	start_fwd
	pings 10 10 B 10.10.3.5
	expect "frames under XDP_REDIRECT on A for 10 pings" 10 redirects
	echo "10 of 10 pings answered through A"
}

live_2()
{
	local end

	start_fwd
	end=$((SECONDS + 10))
	# A change of neighbours in between is no fault.
	until [[ $(learned) == "10.10.2.7 10.10.3.5" ]]; do
		((SECONDS < end)) ||
			fail "learned: want 10.10.2.7 10.10.3.5, got $(learned)"
		pings 2 2 B 10.10.3.5
	done
	echo "A has learned the way to both hosts"
}

# move_far_host MAC-ADDRESS: until fwd has heard of it
move_far_host()
{
	ip -n A neigh replace 10.10.3.5 lladdr "$1" dev enp0s9
	while [[ " $(learned) " == *" 10.10.3.5 "* ]]; do
		: # the step is bounded
	done
}

live_3()
{
	start_fwd
	pings 5 5 B 10.10.3.5
	move_far_host 02:00:00:00:00:99
	pings 5 0 B 10.10.3.5 -W 0.1
	move_far_host "$(inner_mac C enp0s9)"
	pings 5 5 B 10.10.3.5
	echo "another next hop counts at once"
}
