# shellcheck shell=bash
# shellcheck disable=SC2154 # output: set by learner()
# SPDX-License-Identifier: GPL-2.0
#
# tc02-ipip with real packets, for `t check` (testenv/live.sh): by hand, since
# not every kernel has tunnel devices.

live_5()
{
	t lab up none >/dev/null
	learner ./tc_prog_user load --by-hand ||
		fail "./tc_prog_user load --by-hand" "$output"
	learner "$TESTENV/testenv.sh" exec -n ns2 -- ./tc_prog_user load \
		--by-hand --hook egress --far-dev vens2 --local 10.2.1.102 \
		--remote 10.2.1.1 --vip 10.1.1.0/24 ||
		fail "./tc_prog_user load --by-hand in ns2" "$output"
	pings 10 10 ns1 10.10.1.102
	echo "10 of 10 pings answered through the tunnel"
}
