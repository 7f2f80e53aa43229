# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154 # no blanks in $NET4, $NET6; output: learner's
# SPDX-License-Identifier: GPL-2.0
#
# packet01-tx with real packets, for `t check` (testenv/live.sh).

live_4()
{
	local size count=10 total=0

	t setup -n test --legacy-ip >/dev/null
	load test --prog-name xdp_icmp_echo_func xdp_prog_kern.o
	for size in 0 56 1400; do
		pings $count $count test $NET6:1::1 -s $size
		pings $count $count test $NET4.1.1 -s $size
		((total += 2 * count))
	done
	expect "frames under XDP_TX for $total requests" $total \
		stat_of test XDP_TX
	expect "wrong ICMP checksums received in test" 0 csum_errors Icmp:InCsumErrors
	expect "wrong ICMPv6 checksums received in test" 0 csum_errors Icmp6InCsumErrors
	echo "$total of $total pings answered by XDP"
}

live_5()
{
	t setup -n test --legacy-ip >/dev/null
	load test --prog-name xdp_arp_func xdp_prog_kern.o
	ip -n test neigh flush dev veth0
	pings 1 1 test $NET4.1.1
	expect "requests answered under XDP_TX" 1 stat_of test XDP_TX
	expect "the MAC address that test has learned" \
		"$(mac test)" learned
	# The stack has not seen who asks: to reply it has to ask itself.
	echo "ARP answered by XDP"
}

learned()
{
	ip -n test -j neigh show $NET4.1.1 dev veth0 | jq -r '.[].lladdr'
}

csum_errors()
{
	in_env test nstat -asz "${1/:/}" | awk 'END { print $2 }'
}
