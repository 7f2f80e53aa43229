#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The lab of packet05-fwd (README.md draws it): B and C, and A between their
# networks, with fwd on enp0s8 and enp0s9.

# bats sets output, stderr and status, and runs each test in a subshell.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154
load ../../tests/helpers

load lab

@test "packet05: act 1: B does not reach C" {
	pings 3 0 B $C_FAR -W 0.1
	has "$(ip -n B neigh show 10.10.2.1)" "$(inner_mac net2 lan)"
}

@test "packet05: acts 2 and 3: A forwards, unseen, one line each in the trace" {
	local before back

	know_hosts
	fwd_start --trace
	before=$(redirects enp0s8) back=$(redirects enp0s9)
	watch_trace
	capture seen A -i any "icmp"
	capture wire net3 -i C --immediate-mode "icmp[0] == 8"

	via_a
	pings 10 10 B $C_FAR
	has "$output" "ttl=64"
	is "redirected" "$(redirects enp0s8)" $((before + 10))
	is "in the other direction" "$(redirects enp0s9)" "$back"
	expect_traced 10 5030a0a
	expect_frames 10 wire "ip[8] == 63 and
		ether src $(inner_mac A enp0s9) and ether dst $(inner_mac C enp0s9)"

	via_a both
	pings 10 10 B $C_FAR
	has "$output" "ttl=63"
	is "redirected" "$(redirects enp0s8)" $((before + 20))
	is "in the other direction" "$(redirects enp0s9)" $((back + 10))
	expect_traced 20 5030a0a
	expect_traced 10 7020a0a
	expect_frames 0 seen
	checksums_right wire
	is "learned" "$(entries learned | xargs)" "$B_FAR $C_FAR"
}

@test "packet05: IPv6, from the look-up and from the API" {
	ip -n B addr add 2001:db8:2::7/64 dev enp0s3 nodad
	ip -n A addr add 2001:db8:2::4/64 dev enp0s8 nodad
	ip -n A addr add 2001:db8:3::6/64 dev enp0s9 nodad
	ip -n C addr add 2001:db8:3::5/64 dev enp0s9 nodad
	ip -n B route add 2001:db8:3::/64 via 2001:db8:2::4
	ip -n C route add 2001:db8:2::/64 via 2001:db8:3::6
	fwd_start
	wait_for learns 2001:db8:3::5
	pings 5 5 B 2001:db8:3::5
	wait_for has_entry learned 2001:db8:2::7
	# An address that A has no route to.
	ip -n C addr add 2001:db8:77::1/128 dev lo
	ip -n B route add 2001:db8:77::1 via 2001:db8:2::4
	answers "$(update 2001:0DB8:77::1 3 "$(inner_mac A enp0s9)" "$(inner_mac C enp0s9)")" \
		'{"code":200,"traceId":"u"}'
	has_entry static 2001:db8:77::1
	pings 5 5 B 2001:db8:77::1
}

@test "packet05: the API, code by code" {
	local q='"action":"QueryForward"' ok='{"code":200,"traceId":"u"}'

	fwd_start
	answers "{$q,\"traceId\":\"e3e98256-5a75-4bdc-80a5-e26fef7ffcca\"}" \
		'{"code":200,"traceId":"e3e98256-5a75-4bdc-80a5-e26fef7ffcca","Tables":[]}'
	answers "{$q}" '{"code":200,"traceId":"","Tables":[]}'
	answers "$(update 10.10.3.10)" "$ok"
	answers "{$q,\"traceId\":\"t\"}" '{"code":200,"traceId":"t","Tables":[{"Ip":"10.10.3.10","Iface":3,"SrcMac":"08:00:27:13:df:b6","DstMac":"08:00:27:f2:cb:f9"}]}'
	answers "$(update 10.10.3.10 2 02:00:00:00:00:01)" "$ok"
	answers "{$q,\"traceId\":\"t\"}" '{"code":200,"traceId":"t","Tables":[{"Ip":"10.10.3.10","Iface":2,"SrcMac":"02:00:00:00:00:01","DstMac":"08:00:27:f2:cb:f9"}]}'
	answers '{"action":"DeleteForward","traceId":"u","ip":"10.10.3.10"}' "$ok"
	answers '{"action":"DeleteForward","traceId":"u","ip":"10.10.3.10"}' \
		'{"code":1200,"message":"update error","traceId":"u"}' "^ip: there is no entry"
	answers "$(update 10.10.3.10)" "$ok"
	answers "$(update 2001:db8::1)" "$ok"
	answers '{"action":"FlushForward","traceId":"u","table":"learned"}' "$ok"
	is "static entries" "$(entries static | xargs)" "10.10.3.10 2001:db8::1"
	answers '{"action":"FlushForward","traceId":"u"}' "$ok"
	is "static entries" "$(entries static | xargs)" ""
	is "content type" "$(post "{$q}" -o /dev/null -w '%{content_type} %{http_code}')" \
		"application/json 200"
}

@test "packet05: the API, what it refuses, and why" {
	local json='"message":"json format error"' body field
	local no='{"code":1100,"message":"json format error","traceId":"u"}'

	fwd_start
	answers '' '{"code":1000,"message":"read request body error","traceId":""}' "POST"
	is "GET" "$(in_env A curl -s 127.0.0.1:5555 | jq -c 'del(.detail)')" \
		'{"code":1000,"message":"read request body error","traceId":""}'
	for body in '{' 'x' '[]' '"QueryForward"' '{"action":"QueryForward"}x' \
		'{"action":"QueryForward","action":"QueryForward"}' $'\xff' \
		'{"traceId":5,"action":"QueryForward"}' 'null' '{}'; do
		answers "$body" "{\"code\":1100,$json,\"traceId\":\"\"}" .
	done
	answers '{"traceId":"u"}' "$no" "^action: it is missing"
	answers '{"traceId":"u","action":7}' "$no" "^action: it must be a string"
	answers '{"traceId":"u","action":"queryForward"}' \
		'{"code":1101,"message":"not support action error","traceId":"u"}' "'queryForward'"
	answers '{"traceId":"u","action":"QueryForward","table":"x"}' "$no" "^table: 'x'"
	answers '{"traceId":"u","action":"FlushForward","table":1}' "$no" "^table: "
	for field in ip srcMac dstMac iface; do
		answers "$(update 10.10.3.10 | jq -c "del(.$field)")" "$no" "^$field: it is missing"
		answers "$(update 10.10.3.10 | jq -c ".$field = {}")" "$no" "^$field: it must be"
	done
	for body in 10.10.3 10.10.3.256 10.10.3.10/24 '' ::g 224.0.0.1 127.0.0.1 \
		0.0.0.0 255.255.255.255 ::1 ff02::1 fe80::1 ::ffff:10.10.3.10; do
		answers "$(update "$body")" "$no" "^ip: "
	done
	for body in 0 -1 1.5 '"3"' 99999999999 null; do
		answers "$(update 10.10.3.10 "$body")" "$no" "^iface: "
	done
	for body in 08:00:27:13:df 08:00:27:13:df:b6:0 0800.2713.dfb6 \
		01:00:5e:00:00:01 ff:ff:ff:ff:ff:ff 00:00:00:00:00:00; do
		answers "$(update 10.10.3.10 3 "$body")" "$no" "^srcMac: "
		answers "$(update 10.10.3.10 3 02:00:00:00:00:01 "$body")" "$no" "^dstMac: "
	done
	# A device that is none, and one that fwd does not run on.
	for body in 77 4; do
		answers "$(update 10.10.3.10 $body)" \
			'{"code":1200,"message":"update error","traceId":"u"}' "^iface: $body "
	done
	is "entries" "$(entries static)" ""
}

@test "packet05: a body that is too large, and one that is as large as can be" {
	fwd_start
	head -c 65537 /dev/zero | tr '\0' ' ' >"$BATS_TEST_TMPDIR/large"
	is "too large" "$(post @"$BATS_TEST_TMPDIR/large" -w '%{http_code}')" \
		'{"code":413,"message":"request too large","traceId":"","detail":"a body may have up to 65536 bytes"}413'
	is "too large, in pieces" "$(post @"$BATS_TEST_TMPDIR/large" -H 'Transfer-Encoding: chunked' \
		-o /dev/null -w '%{http_code}')" 413
	printf '%-65536s' '{"action":"QueryForward","traceId":"t"}' >"$BATS_TEST_TMPDIR/fits"
	answers @"$BATS_TEST_TMPDIR/fits" '{"code":200,"traceId":"t","Tables":[]}'
}

@test "packet05: who may use it" {
	local token=0123456789abcdef file=$BATS_TEST_TMPDIR/token sock=$BATS_TEST_TMPDIR/sock

	echo $token >"$file"
	chmod 600 "$file"
	# From elsewhere only with a token, which must be kept.
	refused "others reach that address: it needs a --token-file, or --open" \
		in_a ./fwd -d enp0s8 --listen 192.168.56.4:5555
	chmod 644 "$file"
	refused "others may read .*chmod 600" \
		in_a ./fwd -d enp0s8 --listen 192.168.56.4:5555 --token-file "$file"
	chmod 600 "$file"
	is "programs" "$(ip -n A -d link show | grep -c xdp_fwd || true)" 0

	fwd_start --listen 192.168.56.4:5555 --token-file "$file"
	local url=http://192.168.56.4:5555 body='{"action":"QueryForward"}'
	for given in "" "Bearer" "Bearer x" "Bearer ${token}0" "Bearer ${token%f}" "Basic $token"; do
		run curl -s -H "Authorization: $given" -d "$body" -w ' %{http_code}' $url
		has "$output" '"code":401,.* 401$'
	done
	is "with the token" "$(curl -s -H "Authorization: Bearer $token" -d "$body" $url | jq .code)" 200
	ok_quiet in_env . ./fwdctl -s 192.168.56.4:5555 --token-file "$file" list
	refused "unauthorized" ./fwdctl -s 192.168.56.4:5555 flush
	fwd_stop

	fwd_start --listen "unix:$sock" --socket-mode 0660
	is "permissions" "$(stat -c %a "$sock")" 660
	ok_quiet ./fwdctl -s "unix:$sock" list
	fwd_stop
	[[ ! -e $sock ]] || fail "the socket is left"
	# One that a daemon left behind that was killed.
	fwd_start --listen "unix:$sock"
	is "permissions" "$(stat -c %a "$sock")" 600
	kill -KILL "$FWD"
	wait "$FWD" || true
	fwd_start --listen "unix:$sock"
	ok_quiet ./fwdctl -s "unix:$sock" list
}

# http_status OPTIONS of curl: to A's loopback, or $url
http_status()
{
	in_env A curl -s -o /dev/null -w '%{http_code}' --max-time 10 \
		-d "$(update 192.0.2.1)" "$@" "${url-127.0.0.1:5555}"
}

# user_status UID [OPTIONS]: the same as another user
user_status()
{
	in_env A setpriv --reuid="$1" --regid=65534 --clear-groups curl -s \
		-o /dev/null -w '%{http_code}' --max-time 10 \
		-d "$(update 192.0.2.1)" "${@:2}" "${url-127.0.0.1:5555}"
}

@test "packet05: over loopback root may, the user who was named, who has the token" {
	local file=$BATS_TEST_TMPDIR/token as url

	fwd_start
	is "another user" "$(user_status 65534)" 401
	# Gone when fwd asks whose it was: then it was nobody's, if root's.
	kill -STOP "$FWD"
	for as in 65534 0; do
		# shellcheck disable=SC2016 # expanded inside
		in_env A setpriv --reuid=$as --clear-groups bash -c '
			exec 3<>/dev/tcp/127.0.0.1/5555
			printf "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s" \
				${#1} "$1" >&3' bash "$(update 192.0.2.1)"
	done
	kill -CONT "$FWD"
	is "entries" "$(entries static)" ""
	is "root" "$(http_status)" 200
	is "root" "$(url=localhost:5555 http_status)" 200
	fwd_stop

	fwd_start --allow-user nobody --listen '[::]:5555' --open
	for url in 127.0.0.1:5555 '[::1]:5555'; do
		is "whoever" "$(user_status 65534)" 200
	done
	fwd_stop
	fwd_start --allow-user nobody --listen '[::1]:5555'
	url='[::1]:5555'
	is "the user who was named" "$(user_status 65534)" 200
	is "another" "$(user_status 65533)" 401
	is "root" "$(http_status)" 200
	fwd_stop

	(umask 077 && echo 0123456789abcdef >"$file")
	fwd_start --token-file "$file"
	unset url
	is "root" "$(http_status)" 200
	is "without" "$(user_status 65534)" 401
	is "with the token" \
		"$(user_status 65534 -H 'Authorization: Bearer 0123456789abcdef')" 200
	refused "no user 'nix'" in_a ./fwd -d control --allow-user nix
	refused "which of them" in_a ./fwd -d control --open --token-file "$file"
}

@test "packet05: a web page may not, whoever runs the browser" {
	local host url

	fwd_start --listen 192.168.56.4:5555 --open
	has "$(<"$LOG")" "warning: --open: whoever reaches 192.168.56.4:5555"
	url=192.168.56.4:5555
	is "as the lab says" "$(curl -s -d "$(update 192.0.2.1)" \
		http://192.168.56.4:5555)" '{"code":200,"traceId":"u"}'
	for host in evil.example evil.example:5555 localhost 192.168.56.40 \
		192.168.56.4.evil.example '[::ffff:192.168.56.4]' ''; do
		is "Host: $host" "$(http_status -H "Host: $host")" 403
	done
	is "no Host" "$(http_status --http1.0 -H 'Host:')" 403
	is "Origin" "$(http_status -H 'Origin: http://evil.example')" 403
	is "a simple request" "$(http_status -H 'Origin: null' -H 'Content-Type: text/plain')" 403
	is "why" "$(curl -s -d '{}' -H 'Origin: null' $url)" '{"code":403,"message":"forbidden","traceId":"","detail":"a web page may not: the request has an Origin"}'
	fwd_stop
	fwd_start
	unset url
	for host in evil.example 127.0.0.2 '[::1]'; do
		is "Host: $host" "$(http_status -H "Host: $host")" 403
	done
	for host in localhost LOCALHOST:80 127.0.0.1 127.0.0.1:5555; do
		is "Host: $host" "$(http_status -H "Host: $host")" 200
	done
	fwd_stop
	fwd_start --listen "unix:$BATS_TEST_TMPDIR/sock"
	is "as root" "$(http_status --unix-socket "$BATS_TEST_TMPDIR/sock")" 403
	url=localhost
	is "as root" "$(http_status --unix-socket "$BATS_TEST_TMPDIR/sock")" 200
	is "Origin" "$(http_status --unix-socket "$BATS_TEST_TMPDIR/sock" -H 'Origin: http://localhost')" 403
}

@test "packet05: options that make no sense, and a second daemon" {
	refused "which devices" in_a ./fwd
	refused "no device 'nix'" in_a ./fwd -d nix
	refused "neither ADDRESS:PORT.* nor unix:PATH" in_a ./fwd -d enp0s8 --listen here
	refused "no number" in_a ./fwd -d enp0s8 --entries many
	refused "no octal number" in_a ./fwd -d enp0s8 --socket-mode 9
	refused "what is 'enp0s9'" in_a ./fwd -d enp0s8 enp0s9
	fwd_start
	refused "enp0s9: another fwd serves it" in_a ./fwd -d enp0s9 --listen 127.0.0.1:5556
	refused "cannot listen on 127.0.0.1:5555.*--listen" in_a ./fwd -d control
	echo mine >"$BATS_TEST_TMPDIR/file"
	refused "cannot listen on $BATS_TEST_TMPDIR/file: Address already in use" \
		in_a timeout 10 ./fwd -d control --listen "unix:$BATS_TEST_TMPDIR/file"
	is "a file that is no socket" "$(<"$BATS_TEST_TMPDIR/file")" mine
	pings 1 1 A $C_FAR
}

# idle_clients N: so many connections from which nothing comes; prints a line
# when all are there
idle_clients()
{
	# shellcheck disable=SC2016 # expanded inside
	in_env A bash -c 'ulimit -n 4096
		for ((i = 0; i < $1; i++)); do
			exec {fd}<>/dev/tcp/127.0.0.1/5555
		done
		echo there
		exec sleep 300' bash "$1"
}

# 65 seconds once. Each of these is closed after five, so less is asked for:
# on an idle machine an answer takes a tenth of a second.
@test "packet05: 1,500 silent clients do not stop the others" {
	local i

	fwd_start
	kill -STOP "$FWD" # it finds all of them at once
	start idle_clients 1500 >"$BATS_TEST_TMPDIR/idle"
	wait_for has_text "$BATS_TEST_TMPDIR/idle" there
	kill -CONT "$FWD"
	for ((i = 0; i < 20; i++)); do
		in_env A curl -s --max-time 4 -o /dev/null -w '%{http_code} %{time_total}\n' \
			-d '{"action":"QueryForward"}' 127.0.0.1:5555
	done >"$BATS_TEST_TMPDIR/said"
	is "answered" "$(grep -c ^200 "$BATS_TEST_TMPDIR/said")" 20
	echo "# slowest: $(sort -k 2n "$BATS_TEST_TMPDIR/said" | tail -n 1)" >&3
}

@test "packet05: at the end the devices are as they were before" {
	local before name

	before=$(in_a ls -A $BPFFS)
	fwd_start
	in_a ls $BPFFS/enp0s8/hfwd
	fwd_stop
	has "$(cat "$LOG")" "the devices are free"
	is "pins" "$(in_a ls -A $BPFFS)" "$before"
	for name in enp0s8 enp0s9; do
		is "program on $name" "$(ip -n A -j -d link show dev $name | jq -r '.[].xdp.prog.id // empty')" ""
	done
}

@test "packet05: --keep leaves it forwarding, the next start takes over" {
	local before

	know_hosts
	via_a both
	fwd_start --keep
	wait_for learns
	answers "$(update 10.10.3.99)" '{"code":200,"traceId":"u"}'
	fwd_stop
	has "$(cat "$LOG")" "go on forwarding"
	is_settled 0
	is "learned" "$(in_a bpftool -j map dump pinned $BPFFS/enp0s8/hfwd | jq length)" 0
	before=$(redirects enp0s8)
	pings 5 5 B $C_FAR
	is "redirected" "$(redirects enp0s8)" $((before + 5))
	is "learned" "$(in_a bpftool -j map dump pinned $BPFFS/enp0s8/hfwd | jq length)" 0

	fwd_start
	has_entry static 10.10.3.99
	pings 5 5 B $C_FAR
	is "redirected" "$(redirects enp0s8)" $((before + 10))
	has_entry learned $C_FAR
	fwd_stop
	is "pins" "$(in_a ls -A $BPFFS | grep -v debug | xargs)" ""
}

@test "packet05: tables of another size take the static entries along" {
	fwd_start --keep --static-entries 8
	answers "$(update 10.10.3.99)" '{"code":200,"traceId":"u"}'
	answers "$(update 2001:db8::99)" '{"code":200,"traceId":"u"}'
	fwd_stop
	fwd_start --static-entries 16
	is "static" "$(entries static | xargs)" "10.10.3.99 2001:db8::99"
	is "size" "$(in_a bpftool -j map show pinned $BPFFS/enp0s9/hfwd_static | jq .max_entries)" 16
}

@test "packet05: killed, it forwards without what it had learned" {
	know_hosts
	via_a both
	fwd_start
	pings 2 2 B $C_FAR
	has_entry learned $C_FAR
	kill -KILL "$FWD"
	wait "$FWD" || true
	# Another next hop that nobody tells of: believed for three seconds.
	ip -n A neigh replace $C_FAR lladdr 02:00:00:00:00:99 dev enp0s9
	wait_for replies 1 0 B $C_FAR -W 0.1
	ip -n A neigh replace $C_FAR lladdr "$(inner_mac C enp0s9)" dev enp0s9
	pings 2 2 B $C_FAR
	fwd_start
	pings 2 2 B $C_FAR
	has_entry learned $C_FAR
}

@test "packet05: a full table of static entries refuses, learned ones go" {
	local i

	fwd_start --static-entries 4 --entries 64
	for i in 1 2 3 4; do
		answers "$(update 192.0.2.$i)" '{"code":200,"traceId":"u"}'
	done
	answers "$(update 192.0.2.5)" '{"code":1200,"message":"update error","traceId":"u"}' "full"
	answers "$(update 192.0.2.4 2)" '{"code":200,"traceId":"u"}'
	answers "$(update 2001:db8::5)" '{"code":200,"traceId":"u"}'
	is "static" "$(entries static | xargs)" "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 2001:db8::5"
	answers '{"action":"DeleteForward","traceId":"u","ip":"192.0.2.1"}' '{"code":200,"traceId":"u"}'
	answers "$(update 192.0.2.5)" '{"code":200,"traceId":"u"}'
}

@test "packet05: 10,000 entries go in, are listed, and go out" {
	fwd_start
	awk -v update="$(update IP | sed 's/"/\\\\"/g')" 'BEGIN {
		for (n = 0; n < 10000; n++) {
			data = update
			sub("IP", "198.18." int(n / 256) "." n % 256, data)
			print "next\nurl = http://127.0.0.1:5555\nsilent"
			print "write-out = \"\\n\"\ndata = \"" data "\""
		}
	}' | sed 1d >"$BATS_TEST_TMPDIR/batch"
	in_env A curl -K "$BATS_TEST_TMPDIR/batch" >"$BATS_TEST_TMPDIR/said"
	is "done" "$(grep -c '"code":200' "$BATS_TEST_TMPDIR/said")" 10000
	is "listed" "$(entries static | sort -u | wc -l)" 10000
	answers "$(update 192.0.2.5)" '{"code":1200,"message":"update error","traceId":"u"}' "full"
	answers '{"action":"FlushForward","traceId":"u","table":"static"}' '{"code":200,"traceId":"u"}'
	is "listed" "$(entries static | wc -l)" 0
}

@test "packet05: a change of route or neighbour counts at once" {
	know_hosts
	via_a both
	fwd_start
	pings 3 3 B $C_FAR
	has_entry learned $C_FAR
	ip -n A neigh replace $C_FAR lladdr 02:00:00:00:00:99 dev enp0s9
	wait_for has_no_entry learned $C_FAR
	pings 3 0 B $C_FAR -W 0.1
	ip -n A neigh replace $C_FAR lladdr "$(inner_mac C enp0s9)" dev enp0s9
	wait_for has_no_entry learned $C_FAR
	pings 3 3 B $C_FAR

	ip -n A route add blackhole $C_FAR
	wait_for has_no_entry learned $C_FAR
	pings 3 0 B $C_FAR -W 0.1
	ip -n A route del blackhole $C_FAR
	pings 3 3 B $C_FAR
	# Down and up again: what was known of neighbours is gone.
	ip -n A link set dev enp0s9 down
	pings 3 0 B $C_FAR -W 0.1
	ip -n A link set dev enp0s9 up
	wait_for learns
}

@test "packet05: a static entry counts from the answer on, by hand after seconds" {
	local ok='{"code":200,"traceId":"u"}' turn

	know_hosts
	via_a both
	fwd_start
	wait_for learns
	for turn in 1 2 3 4 5; do
		answers "$(update $C_FAR 3 "$(inner_mac A enp0s9)" 02:00:00:00:00:99)" "$ok"
		pings 1 0 B $C_FAR -W 0.1
		answers '{"action":"FlushForward","traceId":"u","table":"static"}' "$ok"
		pings 1 1 B $C_FAR
	done
	# By enp0s9, from and to nobody; the rest of it is zero.
	# shellcheck disable=SC2046 # sixteen words
	in_a bpftool map update pinned $BPFFS/enp0s8/hfwd_static \
		key 10 10 3 5 value 3 0 0 0 2 0 0 0 0 98 2 0 0 0 0 99 \
		$(printf '0 %.0s' {1..16})
	wait_for replies 1 0 B $C_FAR -W 0.1
	answers '{"action":"FlushForward","traceId":"u"}' "$ok"
	pings 1 1 B $C_FAR
}

# expire_and_measure: from when a route that holds for four seconds is
# made until the first packet of B goes another way; sets TENTHS of a second
expire_and_measure()
{
	local start

	# All neighbours are known when the time begins.
	wait_for replies 1 1 B 2001:db8:3::5
	ip -n A -6 route add 2001:db8:77::1 via 2001:db8:3::5 expires 4
	start=${EPOCHREALTIME/./}
	replies 1 1 B 2001:db8:77::1 || fail "it does not lead anywhere"
	while replies 1 1 B 2001:db8:77::1 -W 0.2; do
		((${EPOCHREALTIME/./} < start + 25000000)) || break
	done
	TENTHS=$(((${EPOCHREALTIME/./} - start) / 100000))
}

# The kernel removes such a route, and tells so, up to 30 seconds later.
@test "packet05: a route that expires counts no more" {
	local linux

	ip -n B addr add 2001:db8:2::7/64 dev enp0s3 nodad
	ip -n A addr add 2001:db8:2::4/64 dev enp0s8 nodad
	ip -n A addr add 2001:db8:3::6/64 dev enp0s9 nodad
	ip -n C addr add 2001:db8:3::5/64 dev enp0s9 nodad
	ip -n C addr add 2001:db8:77::1/128 dev lo
	ip -n B route add 2001:db8:77::1 via 2001:db8:2::4
	ip -n B route add 2001:db8:3::/64 via 2001:db8:2::4
	ip -n C route add 2001:db8:2::/64 via 2001:db8:3::6
	expire_and_measure
	linux=$TENTHS
	ip -n A -6 route del 2001:db8:77::1 2>/dev/null || true
	fwd_start
	expire_and_measure
	echo "# tenths of a second: Linux $linux, fwd $TENTHS" >&3
	# The same, and what a busy machine takes for a ping.
	((TENTHS <= linux + 30)) || fail "Linux: $linux tenths, fwd: $TENTHS"
	((TENTHS >= 40)) || fail "gone after $TENTHS tenths"
	has_no_entry learned 2001:db8:77::1

	# One that forbids to learn does so no longer, either.
	ip -n A -6 route add 2001:db8:88::/64 expires 2 \
		nexthop via 2001:db8:3::5 nexthop via 2001:db8:2::7
	wait_for is_settled 1
	SECONDS=0
	wait_for is_settled 3
	((SECONDS < 20)) || fail "no IPv6 is learned for $SECONDS seconds"
}

@test "packet05: nothing is learned where the destination does not decide" {
	local what

	know_hosts
	via_a both
	fwd_start
	for what in "route 192.0.2.0/24 nexthop via $C_FAR nexthop via $B_FAR" \
		"route 192.0.2.0/24 tos 0x10 via $C_FAR" \
		"rule from 192.0.2.1 lookup 100" "rule iif enp0s8 lookup 100" \
		"rule tos 0x10 lookup 100" "rule fwmark 1 lookup 100" \
		"rule ipproto 17 lookup 100"; do
		wait_for learns
		: >"$LOG"
		# shellcheck disable=SC2086
		ip -n A ${what/ / add }
		wait_for is_settled 2
		has "$(cat "$LOG")" "IPv4: there is a .*: nothing is learned"
		pings 2 2 B $C_FAR
		is "learned" "$(entries learned)" ""
		# shellcheck disable=SC2086
		ip -n A ${what/ / del }
		wait_for is_settled 3
	done
	# By the destination: that is what the key is.
	ip -n A rule add to 192.0.2.0/24 lookup 100
	wait_for has_no_entry learned $C_FAR
	wait_for is_settled 3
}

# loads_of DEV: how often fwd has said that it has put its program there
loads_of()
{
	grep -c "^$1: xdp_fwd_func runs" "$LOG" || true
}

# is_loaded_since LOADS DEV
is_loaded_since()
{
	(($(loads_of "$2") > $1))
}

@test "packet05: settings that change are told to the program" {
	local loads

	know_hosts
	via_a both
	fwd_start
	pings 2 2 B $C_FAR
	# Off: Linux does not forward, so neither do we.
	in_env A sysctl -qw net.ipv4.conf.enp0s8.forwarding=0
	wait_for replies 2 0 B $C_FAR -W 0.1
	in_env A sysctl -qw net.ipv4.conf.enp0s8.forwarding=1
	wait_for replies 2 2 B $C_FAR
	wait_for is_settled 3
	# A source that does not come that way.
	ip -n B addr add 192.0.2.77/32 dev enp0s3
	ip -n A route add 192.0.2.77/32 via $C_FAR
	capture wire net3 -i C "icmp and src host 192.0.2.77"
	pings 2 0 B $C_FAR -W 0.1 -I 192.0.2.77
	expect_frames 2 wire
	loads=$(loads_of enp0s8)
	in_env A sysctl -qw net.ipv4.conf.enp0s8.rp_filter=1
	wait_for is_loaded_since "$loads" enp0s8
	wait_for is_settled 3
	pings 2 0 B $C_FAR -W 0.1 -I 192.0.2.77
	expect_frames 2 wire
}

descriptors()
{
	ls "/proc/$FWD/fd" | wc -l
}

# Of routes, which are written into the map of the program that runs, and of
# settings, for which there is another program.
@test "packet05: 300 changes of routes and 40 of settings cost no descriptor" {
	local before loads i

	know_hosts
	via_a both
	fwd_start
	prlimit --pid "$FWD" --nofile=$(($(descriptors) + 24))
	ip -n A route add 192.0.2.0/24 via $C_FAR mtu 1400
	wait_for is_loaded_since 1 enp0s9
	wait_for is_settled 3
	loads=$(loads_of enp0s8) before=$(descriptors)
	for ((i = 0; i < 300; i++)); do
		echo "route replace 198.51.100.$((i % 100)) via $C_FAR mtu $((1400 + i))"
	done >"$BATS_TEST_TMPDIR/changes"
	ip -n A -batch "$BATS_TEST_TMPDIR/changes"
	wait_for has_mtu 198.51.100.99 1699
	wait_for is_settled 3
	is "loads" "$(loads_of enp0s8)" "$loads"
	is "descriptors" "$(descriptors)" "$before"

	for ((i = 0; i < 40; i++)); do
		loads=$(loads_of enp0s8)
		in_env A sysctl -qw net.ipv4.conf.enp0s8.rp_filter=$((i % 2))
		((i == 0)) || wait_for is_loaded_since "$loads" enp0s8
	done
	wait_for is_settled 3
	is "descriptors" "$(descriptors)" "$before"
	has_no "$(<"$LOG")" "error"
	pings 2 2 B $C_FAR
}

# has_mtu ADDRESS BYTES: that of an IPv4 host route, as the program knows it
has_mtu()
{
	in_a bpftool -j map dump pinned $BPFFS/enp0s8/route_mtus | jq -e \
		--argjson last "[$(sed 's/\./,/g' <<<"$1")]" --argjson mtu "$2" '
		any(.[].formatted; .key.bits == 128 and .value == $mtu and
			.key.addr.in6_u.u6_addr8[12:] == $last)' >/dev/null
}

health()
{
	in_env A curl -s --max-time 10 -w ' %{http_code}' 127.0.0.1:5555/health
}

is_health()
{
	[[ $(health) == *" $1" ]]
}

# spoof N: so many from a source that has another way back; to see with wire
spoof()
{
	pings "$1" 0 B $C_FAR -W 0.1 -I 192.0.2.77
}

# What the program does not know it must not forward: the stack does, or drops.
@test "packet05: what cannot be told to the program is left to the stack" {
	local kind before

	know_hosts
	via_a both
	cp xdp_prog_kern.o "$BATS_TEST_TMPDIR/prog.o"
	fwd_start --object "$BATS_TEST_TMPDIR/prog.o"
	ip -n B addr add 192.0.2.77/32 dev enp0s3
	ip -n A route add 192.0.2.77/32 via $C_FAR
	wait_for is_settled 3
	capture wire net3 -i C "icmp and src host 192.0.2.77"
	spoof 2
	expect_frames 2 wire
	is "health" "$(health)" '{"code":200,"traceId":""} 200'

	# The object has gone; then there is no descriptor left.
	for kind in object descriptors; do
		if [[ $kind == object ]]; then
			mv "$BATS_TEST_TMPDIR/prog.o" "$BATS_TEST_TMPDIR/away.o"
		else
			prlimit --pid "$FWD" --nofile="$(descriptors)":
		fi
		: >"$LOG"
		in_env A sysctl -qw net.ipv4.conf.enp0s8.rp_filter=1
		wait_for has_text "$LOG" "enp0s8: the settings of this host have changed, and the program cannot be told"
		spoof 2
		expect_frames 2 wire
		before=$(redirects enp0s8)
		pings 2 2 B $C_FAR
		is "redirected" "$(redirects enp0s8)" "$before"
		is "learned" "$(($(generation) & 3))" 0
		if [[ $kind == object ]]; then
			has "$(health)" '^\{"code":503,"message":"unhealthy".*enp0s8: .* 503$'
			mv "$BATS_TEST_TMPDIR/away.o" "$BATS_TEST_TMPDIR/prog.o"
		else
			prlimit --pid "$FWD" --nofile=1024:
		fi
		wait_for is_health 200
		wait_for is_settled 3
		has "$(<"$LOG")" "enp0s8: forwarding again"
		spoof 2
		expect_frames 2 wire
		pings 2 2 B $C_FAR
		is "redirected" "$(redirects enp0s8)" $((before + 2))
		in_env A sysctl -qw net.ipv4.conf.enp0s8.rp_filter=0
		wait_for is_settled 3
	done
}

@test "packet05: a next hop in use is asked for, one that is not is not" {
	know_hosts
	via_a both
	for name in enp0s8 enp0s9; do
		in_env A sysctl -qw net.ipv4.neigh.$name.delay_first_probe_time=1
	done
	fwd_start
	ip -n A neigh replace $C_FAR lladdr "$(inner_mac C enp0s9)" dev enp0s9 nud stale
	ip -n A neigh replace 10.10.3.1 lladdr "$(inner_mac net3 lan)" dev enp0s9 nud stale
	start in_env B ping -qi 0.2 -w 20 $C_FAR
	wait_for bash -c "ip -n A neigh show $C_FAR | grep -q REACHABLE"
	has "$(ip -n A neigh show 10.10.3.1)" STALE
}

@test "packet05: loaded by bpftool and ip, with empty maps, everything passes" {
	know_hosts
	via_a both
	in_a bash -c 'bpftool prog load xdp_prog_kern.o /sys/fs/bpf/hand
		ip link set dev enp0s8 xdp off
		ip link set dev enp0s8 xdp pinned /sys/fs/bpf/hand'
	pings 5 5 B $C_FAR
	in_a ip link set dev enp0s8 xdp off
}

@test "packet05: without the daemon: static entries and look-ups" {
	know_hosts
	via_a both
	ok in_a ./xdp_prog_user load -d enp0s8 -d enp0s9
	pings 5 5 B $C_FAR
	is "redirected" "$(redirects enp0s8)" 5
	is "learned" "$(in_a bpftool -j map dump pinned $BPFFS/enp0s8/hfwd | jq length)" 0
	ok_quiet in_a ./xdp_prog_user unload -d enp0s8 -d enp0s9
	is "pins" "$(in_a ls -A $BPFFS | grep -v debug | xargs)" ""
}

@test "packet05: fwdctl" {
	fwd_start
	ok_quiet in_a ./fwdctl add 10.10.3.10 enp0s9 08:00:27:13:df:b6 08:00:27:f2:cb:f9
	ok_quiet in_a ./fwdctl add 2001:db8::1 2 08:00:27:13:df:b6 08:00:27:f2:cb:f9
	ok_quiet in_a ./fwdctl list
	is "lines" ${#lines[@]} 3
	has "$output" "10.10.3.10 +enp0s9 +08:00:27:13:df:b6 +08:00:27:f2:cb:f9 +static"
	ok_quiet in_a ./fwdctl --json list
	is "--json" "$(jq -r '.Tables[0].Ip' <<<"$output")" 10.10.3.10
	ok_quiet in_a ./fwdctl delete 10.10.3.10
	refused "update error \(1200\): ip: there is no entry" in_a ./fwdctl delete 10.10.3.10
	refused "json format error \(1100\): ip: " in_a ./fwdctl delete nix
	refused "no device 'nix'" in_a ./fwdctl add 10.10.3.10 nix 08:00:27:13:df:b6 08:00:27:f2:cb:f9
	refused "no command, or not all of it" in_a ./fwdctl add 10.10.3.10
	refused "what to do" in_a ./fwdctl
	ok_quiet in_a ./fwdctl flush static
	is "static" "$(entries static)" ""
	fwd_stop
	refused "does fwd run there" in_a ./fwdctl list
}
