#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# t drops names what loses a packet: the right place, cause and mend, and
# nothing where nothing is wrong. Frames go from the environment test to this
# host, by a socket that sends them as they are.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers
load drops

setup()
{
	lesson packet01-tx
	t setup -n test --legacy-ip >/dev/null
}

teardown()
{
	clean_up
	nft flush ruleset 2>/dev/null || true
}

@test "drops: nothing is told where nothing is wrong" {
	watch
	t load -n test >/dev/null
	pings 3 3 test $NET6:1::1
	pings 3 3 test $NET4.1.1
	t unload -n test
	pings 3 3 test $NET6:1::1
	pings 3 3 . $NET4.1.2
	tcp_transfer test . $NET6:1::1 1000000
	tcp_transfer . test $NET4.1.2 1000000
	tells_nothing
}

# both_are_in STATE: this end of a connection, and the other one
both_are_in()
{
	[[ $(ss -Htn state "$1" sport = :7777) &&
	   $(in_env test ss -Htn state "$1" dport = :7777) ]]
}

@test "drops: where both ends hang up at the same time nothing is lost" {
	local here there

	start socat PIPE TCP4-LISTEN:7777
	here=$PID
	wait_for listens . 7777
	start nsenter --net=/run/netns/test socat PIPE TCP4:$NET4.1.1:7777
	there=$PID
	wait_for both_are_in established
	nft -f - <<-END
		table ip t {
			chain in { type filter hook input priority 0; tcp dport 7777 drop; }
			chain out { type filter hook output priority 0; tcp sport 7777 drop; }
		}
	END
	kill -KILL $here $there
	wait_for both_are_in fin-wait-1
	watch
	nft flush ruleset
	wait_for both_are_in time-wait
	end_watch
	is "lines of t drops" "$(grep -v NETFILTER_DROP "$LOG")" ""
}

@test "drops, pitfall 1: nothing polls at the other end (redirect)" {
	cd "$ROOT/packet02-redirect"
	t setup -n right --legacy-ip >/dev/null
	t load -n right -- --redirect-dev test >/dev/null
	t exec -n test -- ip link set dev veth0 xdp off
	watch
	pings 1 0 right $NET6:1::2 -W 0.1
	tells "here/right: $NET6:2::2 > $NET6:1::2 icmp6 echo request" \
		"XDP_REDIRECT to here/test failed" "nothing polls on veth0" \
		"-- t exec -n test --"
}

@test "drops: the other end of the target's pair is down" {
	cd "$ROOT/packet02-redirect"
	t setup -n right --legacy-ip >/dev/null
	t load -n right -- --redirect-dev test >/dev/null
	t exec -n test -- ip link set dev veth0 down
	watch
	pings 1 0 right $NET6:1::2 -W 0.1
	tells "here/right: $NET6:2::2 > $NET6:1::2 icmp6 echo request" \
		"XDP_REDIRECT to here/test failed" "veth0, the other end of the veth pair, is down" \
		"-- t exec -n test -- ip link set dev veth0 up"
}

@test "drops, pitfall 1: in generic mode the frames arrive" {
	cd "$ROOT/packet02-redirect"
	t setup -n right --legacy-ip >/dev/null
	t load -n right -- --redirect-dev test --mode skb >/dev/null
	t exec -n test -- ip link set dev veth0 xdp off
	sysctl -qw net.ipv6.conf.all.forwarding=1
	watch
	pings 3 3 right $NET6:1::2
	sysctl -qw net.ipv6.conf.all.forwarding=0
	tells_nothing
}

@test "drops, pitfall 3: a firewall, and not XDP" {
	nft -f - <<-END
	table ip wall {
		chain in {
			type filter hook input priority 0;
			icmp type echo-request accept
			reject with icmp type admin-prohibited
		}
	}
	END
	watch
	pings 1 1 test $NET4.1.1
	in_env test socat -u /dev/null TCP4:$NET4.1.1:999 2>/dev/null || true
	tells "here/test .*tcp port [0-9]+ > 999 syn" NETFILTER_DROP "firewall" \
		"not XDP's doing" "nft list ruleset"
}

@test "drops, pitfall 5: redirected to lo with another MAC address" {
	tc qdisc add dev test clsact
	with_faulty faulty_tc_lo tc filter add dev test ingress bpf da
	watch
	send "$(ip_packet 1 84 $ECHO)"
	tells "here/lo" "$NET4.1.2 > $NET4.1.1 icmp echo request" OTHERHOST \
		"destination MAC address is not that of the device" \
		"-- write lo's address"
}

@test "drops, pitfall 8: what no tracepoint tells, by the counters" {
	cd "$ROOT/packet02-redirect"
	t setup -n right --legacy-ip >/dev/null
	t load -n right -- --redirect-dev test >/dev/null
	with_faulty faulty_all in_env test ip -force link set dev veth0 xdp
	watch
	pings 3 0 right $NET6:1::2 -W 0.1
	tells "^[0-9]+ x test/veth0: xdp_drops has grown" \
		"the XDP program dropped" "bpf_printk\(\)"
}

@test "drops, pitfall 8: a checksum that is looked at when the socket is read" {
	local datagram

	start in_env test socat -u UDP4-RECV:999 CREATE:/dev/null
	wait_for in_env test bash -c "ss -Hlun | grep -q :999"
	watch
	# From this host to the environment, of more than 76 bytes.
	datagram=$(OUTER=$INNER ip_packet 17 228 000503e700d0dead$(zeros 200) 0a0b0101)
	printf "$(sed 's/../\\x&/g' <<<"$(inner_mac test | tr -d :)$(mac test | tr -d :)0800$datagram")" \
		>$BATS_TEST_TMPDIR/frame
	socat -u OPEN:$BATS_TEST_TMPDIR/frame INTERFACE:test
	tells "1 x test: UdpInCsumErrors has grown" "wrong checksum"
	end_watch
}

@test "drops: checksums that their sender has left to the device" {
	t exec -n test -- ethtool -K veth0 tx on >/dev/null
	cd "$ROOT/packet02-redirect"
	t setup -n right --legacy-ip >/dev/null
	t load -n test -- --redirect-dev right >/dev/null
	watch
	in_env test socat -u - UDP4:$NET4.2.2:999,shut-none <<<hello
	tells "right/veth0 .*$NET4.1.2 > $NET4.2.2 udp port [0-9]+ > 999" \
		UDP_CSUM "leaves it to the device" "ethtool -K"
}

@test "drops: the router that passes, since forwarding is off" {
	t setup -n dos --legacy-ip >/dev/null
	cd "$ROOT/packet04-router"
	t load -n test >/dev/null 2>&1
	watch
	pings 1 0 test $NET4.2.2 -W 0.1
	tells "here/test ip_error: $NET4.1.2 > $NET4.2.2" IP_INADDRERRORS \
		"forwarding is off on test" "has passed it: .*, sysctl net.ipv4.conf.all.forwarding=1"
	pings 1 0 test $NET6:2::2 -W 0.1
	tells "here/test ip6_forward: $NET6:1::2 > $NET6:2::2" \
		"forwarding is off on test" "net.ipv6.conf.all.forwarding=1"
}

@test "drops: reverse path, no route, MAC address, no listener, MTU" {
	sysctl -qw net.ipv4.conf.test.rp_filter=1 net.ipv4.conf.test.forwarding=1
	watch
	send "$(ip_packet 1 84 $ECHO c6336401)"
	tells "198.51.100.1 > $NET4.1.1" IP_RPFILTER "net.ipv4.conf.test.rp_filter=0"
	in_env test ip route add default via $NET4.1.1
	pings 1 0 test 198.51.100.1 -W 0.1
	tells "here/test ip_error: $NET4.1.2 > 198.51.100.1" IP_INNOROUTES "no route"
	t exec -n test -- ip neigh replace $NET4.1.1 lladdr 02:00:5e:10:00:99 dev veth0
	pings 1 0 test $NET4.1.1 -W 0.1
	tells "here/test ip_rcv_core: $NET4.1.2 > $NET4.1.1 icmp" OTHERHOST "write test's address"
	t exec -n test -- ip neigh flush dev veth0 nud all
	in_env test socat -u - UDP4:$NET4.1.1:999,shut-none <<<hello
	tells "udp port [0-9]+ > 999" NO_SOCKET "nobody listens on this port"
	ip link set dev test mtu 1000
	in_env test ping -qc 1 -W 0.1 -s 1200 $NET4.1.1 || true
	tells "test/veth0 .*$NET4.1.2 > $NET4.1.1 icmp" "MTU" "same MTU at both ends"
}

@test "drops: environments that are made anew, or later" {
	watch
	t reset -n test >/dev/null
	t setup -n later --legacy-ip >/dev/null
	# it looks for them once a second
	while ! grep -q . "$LOG"; do
		send "$(ip_packet 1 84 $ECHO $INNER 1)"
		in_env later ping -qc 1 -W 0.1 -s 2000 198.51.100.1 || true
	done
	tells "here/test" IP_CSUM
	in_env later ip link set dev veth0 mtu 1000
	wait_for bash -c "ping -qc 1 -W 0.1 -s 1200 $NET4.2.2 >/dev/null; grep -q here/later $LOG"
}

@test "drops: who answers no ARP, and what is not for one's ears" {
	sysctl -qw net.ipv4.neigh.test.retrans_time_ms=10
	watch
	pings 1 0 . $NET4.1.99 -W 1
	tells "here/test .*$NET4.1.1 > $NET4.1.99 icmp" NEIGH_FAILED \
		"nobody answers for the next hop's MAC address"
	send "${ECHO}" # no IP header
	tells "here/test ip_rcv_core: IPv4 without its header" IP_INHDR
}

@test "drops --summary: how many of each kind; --json, filters, -n" {
	local summary

	t setup -n other --legacy-ip >/dev/null
	watch --summary --json --protocol icmp --address $NET4.1.2 -n test
	send "$(ip_packet 1 84 $ECHO $INNER 1)"
	send "$(ip_packet 1 84 $ECHO $INNER 1)"
	send "$(ip_packet 17 60 $UDP)"
	send "$(ip_packet 1 84 $ECHO $OUTER)"
	in_env other socat -u - UDP4:$NET4.2.1:999,shut-none <<<hello
	end_watch
	is "kinds" "$(jq -s length "$LOG")" 1
	is "it" "$(jq -r '[.count, .where, .reason, .protocol, .source] | join(" ")' "$LOG")" \
		"2 here/test IP_CSUM icmp $NET4.1.2"
	ok_quiet t drops --summary -- ping -qc 1 -W 1 $NET4.1.2
	has "$output" "1 received.*Nothing was lost."
	run t drops -- t exec -n test -- ping -qc 1 -W 0.1 198.51.100.1
	((status)) || fail "the status is not that of the command"
}

@test "drops: what it is not told right, it says" {
	run -127 t drops nothing
	has "$output" "^t drops: error: cannot start nothing: No such file"
	refused "there is no environment 'nowhere'" t drops -n nowhere
	refused "'nothing' is no protocol" t drops --protocol nothing
	refused "'nothing' is no address" t drops --address nothing
}

@test "t log: what the environments' programs say, and no one else's" {
	run_faulty faulty_adjust
	ip netns add else
	in_env else ip link add dev other type veth peer name peer
	with_faulty faulty_adjust in_env else ip link set dev peer xdpdrv
	in_env else ip link set dev other up
	in_env else ip link set dev peer up
	start_watch "$LOG" log
	# what the other one says, about its peer, is not told
	printf "$(sed 's/../\\x&/g' <<<"$(zeros 12)0800$(ip_packet 1 84 $ECHO)")" \
		>$BATS_TEST_TMPDIR/frame
	in_env else socat -u OPEN:$BATS_TEST_TMPDIR/frame INTERFACE:other
	send "$(ip_packet 1 84 $ECHO)"
	tells "^[0-9:.]+ faulty_adjust: no room for the outer header$"
	end_watch
	is "lines" "$(wc -l <"$LOG")" 1
	ip netns del else
	start_watch "$LOG" log --json
	send "$(ip_packet 1 84 $ECHO)"
	wait_for test -s "$LOG"
	is "JSON" "$(jq -r '[.program, .text] | join(" ")' "$LOG")" \
		"faulty_adjust no room for the outer header"
}

@test "t log: programs on the hooks of tc, too" {
	tc qdisc add dev test clsact
	with_faulty faulty_says tc filter add dev test ingress bpf da
	start_watch "$LOG" log
	send "$(ip_packet 1 84 $ECHO)"
	tells "^[0-9:.]+ faulty_says: 98 bytes$"
	end_watch
}

@test "t trace: hop by hop, what changed, and where it ended" {
	local echo="icmp echo re(quest|ply) seq 1, 98 bytes"

	t load -n test >/dev/null
	ok t trace -n test -- ping -qc 1 -W 1 $NET4.1.1
	has "$output" "1 received"
	has "$output" "test/veth0 sends $NET4.1.2 > $NET4.1.1 $echo
[0-9:.]* here/test sends by XDP_TX $NET4.1.1 > $NET4.1.2 $echo
 +changed: dst mac $(mac test) -> $(inner_mac test), .*icmp type 8 -> 0"
	has "$output" "Where they ended:.*$NET4.1.1 > $NET4.1.2 icmp echo reply seq 1: last seen: test/veth0 receives"
	t unload -n test
	run_faulty faulty_adjust
	run t trace -n test -- ping -qc 1 -W 0.1 $NET4.1.1
	is "status of ping" $status 1
	has "$output" "faulty_adjust says: no room for the outer header"
	has "$output" "LOST  .*here/test .*XDP_DROP"
	has "$output" "Where they ended:.*icmp echo request seq 1: lost at here/test by XDP_DROP"
	ip link set dev test xdp off
	cd "$ROOT/packet02-redirect"
	t setup -n right --legacy-ip >/dev/null
	t load -n right -- --redirect-dev test >/dev/null
	run t trace -n right -- ping -qc 1 -W 0.1 $NET6:1::2
	has "$output" "here/right sends by XDP_REDIRECT to here/test \((xdp_redirect_fu|xdp_dispatcher)\) .*icmp6 echo request seq 1"
	refused "trace what" t trace -n test
}

@test "t trace: which packet it was, on a machine that stands still, too" {
	local sent tx

	start "$ROOT/build/tests/slow" xdp_bulk_tx >"$LOG"
	wait_for test -s "$LOG"
	t load -n test >/dev/null
	ok t trace -n test -- ping -qc 1 -W 1 $NET4.1.1
	has "$output" "here/test sends by XDP_TX $NET4.1.1 > $NET4.1.2 icmp echo reply seq 1"
	sent=$(grep "sends .* echo request" <<<"$output")
	tx=$(grep "sends by XDP_TX" <<<"$output")
	sent=10#${sent:6:2}${sent:9:6} tx=10#${tx:6:2}${tx:9:6}
	(((tx - sent + 60000000) % 60000000 >= 50000)) || fail "it was not slow" "$output"
}
