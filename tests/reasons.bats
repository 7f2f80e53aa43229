#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What t drops makes of this kernel's reasons and errors, which are not the
# same from version to version. All in one environment, since this also runs
# where each command takes its time.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers
load drops

teardown()
{
	clean_up
}

# told FRAME PATTERN...: t drops says this of the frame
told()
{
	: >"$LOG"
	send "$1"
	tells "here/test" "${@:2}"
}

@test "reasons: frames that are wrong, and programs that are (pitfalls 1, 2, 4, 6, 7)" {
	local mode

	lesson packet01-tx
	t setup -n test --legacy-ip >/dev/null
	watch

	# pitfall 6
	told "$(ip_packet 1 84 $ECHO $INNER 1)" \
		"ip_rcv_core: $NET4.1.2 > $NET4.1.1 icmp echo request seq 1, 98 bytes: IP_CSUM" \
		"checksum of the IPv4 header" "-- set the checksum field to 0"
	# pitfall 7
	told "$(ip_packet 1 84 $ECHO $OUTER)" "$NET4.1.1 > $NET4.1.1 icmp" \
		"martian" "-- sysctl net.ipv4.conf.test.accept_local=1"
	# pitfall 4
	told "$(ip_packet 17 46 $UDP)" "$NET4.1.2 > $NET4.1.1 udp port 5 > 999" \
		"tot_len is 14 too small" "subtract the Ethernet header once"
	told "$(ip_packet 17 74 $UDP)" "$NET4.1.2 > $NET4.1.1 udp port 5 > 999" \
		"tot_len is too large" "without the Ethernet header"

	told "$(ip_packet 1 84 ${ECHO/f7fd/f7fe})" "icmp echo request" \
		"ICMP checksum is wrong" "-- correct"
	told "$(ip_packet 17 60 ${UDP/00280000/00281234})" "udp port" \
		"UDP checksum is wrong" "ethtool -K"
	told "$(ip_packet 17 60 $UDP)" "udp port 5 > 999" "nobody listens"
	told "$ECHO" "ip_rcv_core: IPv4 without its header" "this is no IP header"
	sysctl -qw net.ipv4.conf.test.rp_filter=1
	told "$(ip_packet 1 84 $ECHO c6336401)" "198.51.100.1 > $NET4.1.1" \
		"reverse path" "net.ipv4.conf.test.rp_filter=0"
	: >"$LOG"
	send "$(ip_packet 1 84 $ECHO)" 02:00:5e:10:00:99
	tells "here/test ip_rcv_core" OTHERHOST "-- write test's address"

	# pitfall 2
	for mode in xdpdrv xdpgeneric; do
		run_faulty faulty_adjust $mode
		told "$(ip_packet 1 84 $ECHO)" "XDP_DROP: the XDP program returned XDP_DROP" \
			"adjust_head\(\) with the wrong sign" "bpf_printk\(\)"
		ip link set dev test $mode off
	done
	run_faulty faulty_abort
	told "$(ip_packet 1 84 $ECHO)" "icmp echo request" \
		"XDP_ABORTED by faulty_abort" "its own error path"
	run_faulty faulty_verdict
	told "$(ip_packet 1 84 $ECHO)" "verdict 77 by faulty_verdict" "is no verdict"
	run_faulty faulty_target
	told "$(ip_packet 1 84 $ECHO)" "XDP_REDIRECT to ifindex 99999 failed" \
		"no device of this namespace"
	run_faulty faulty_lo
	told "$(ip_packet 1 84 $ECHO)" "XDP_REDIRECT to here/lo failed" "lo never can"
	ip link set dev test xdpdrv off
	is "lines for the last" "$(wc -l <"$LOG")" 1

	# pitfall 1
	t load -n test >/dev/null
	t exec -n test -- ip link set dev veth0 xdp off
	: >"$LOG"
	pings 1 0 test $NET4.1.1 -W 0.1
	tells "here/test: $NET4.1.1 > $NET4.1.2 icmp echo reply seq 1, 98 bytes" \
		"XDP_TX failed" "nothing polls on veth0" \
		"-- t exec -n test -- ./xdp_prog_user load -d veth0 --prog-name xdp_pass_func"
	end_watch

	start_watch "$LOG" log
	run_faulty faulty_adjust
	send "$(ip_packet 1 84 $ECHO)"
	tells "^[0-9:.]+ faulty_adjust: no room for the outer header$"
}
