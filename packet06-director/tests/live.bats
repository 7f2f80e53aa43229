#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
#	this namespace, the client
#	  t22 172.17.2.1/24 --- eth0 172.17.2.2/24  namespace t22, the director
#	  t33 172.17.3.1/24 --- eth0 172.17.3.3/24  namespace t33, a backend
#	  t44 172.17.4.1/24 --- eth0 172.17.4.4/24  namespace t44, a backend
#	  ... t55, t66: the same
#
# 172.17.2.2 is the virtual address; each backend has it on lo. With `ipv6`
# there is 2001:db8:17:N::N for each 172.17.N.N, too.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2154,SC2317
load ../../tests/helpers

VIRTUAL=172.17.2.2
VIRTUAL6=2001:db8:17:2::2

setup()
{
	lesson packet06-director
}

teardown()
{
	clean_up
}

# director COMMAND [OPTIONS]: of xdp_prog_user, in t22
director()
{
	t exec -n t22 -- ./xdp_prog_user "$1" -d eth0 "${@:2}"
}

# backend NAME: t33 has 172.17.3.3
backend_addr()
{
	echo "172.17.${1:1:1}.${1:1:1}"
}

# What serves there: files of its own over HTTP, and, line by line, who it is.
serve()
{
	local ns=$1 www=$BATS_TEST_TMPDIR/$1

	mkdir -p "$www"
	echo "$ns" >"$www/index.html"
	head -c 65536 /dev/zero | tr '\0' x >"$www/large"
	start in_env "$ns" busybox httpd -f -p $VIRTUAL:80 -h "$www"
	start in_env "$ns" socat TCP-LISTEN:7777,bind=$VIRTUAL,fork,reuseaddr,backlog=64 \
		SYSTEM:"while read line; do echo $ns \$line; done"
	wait_for listens "$ns" 80 7777
}

# lab BACKENDS: with both programs loaded, all backends serving, none added
lab()
{
	local ns

	ok_quiet t lab up "$1"
	ok_quiet director load "${@:2}"
	BACKENDS=()
	for ns in t33 t44 t55 t66; do
		[[ -e /run/netns/$ns ]] || continue
		BACKENDS+=("$ns")
		ok_quiet t exec -n $ns -- ./xdp_prog_user load -d eth0 \
			--prog-name xdp_backend_func
		serve $ns
	done
}

# add NAME...: backends, and the virtual address
add()
{
	local ns options=()

	for ns; do
		options+=(--backend "$(backend_addr "$ns")")
	done
	ok_quiet director add --virtual $VIRTUAL "${options[@]}"
}

# listed NAME FIELD: what the director says of a backend
listed()
{
	director list --json | jq -r --arg addr "$(backend_addr "$1")" \
		".backends[] | select(.addr == \$addr) | .$2"
}

# fetch COUNT PATH [OPTIONS]: prints a status code for each request
fetch()
{
	curl -sS --max-time 300 -o /dev/null -w '%{http_code}\n' \
		--parallel --parallel-max 20 "${@:3}" \
		"$VIRTUAL$2?[1-$1]" 2>"$BATS_TEST_TMPDIR/curl.log"
}

# open_flows COUNT: connections that stay; OWNER of each
open_flows()
{
	local n fd

	FLOWS=() OWNER=()
	for ((n = 0; n < $1; n++)); do
		exec {fd}<>/dev/tcp/$VIRTUAL/7777
		FLOWS+=("$fd")
		OWNER+=("$(ask "$fd")")
		[[ ${OWNER[n]} ]] || fail "connection $n gets no answer"
	done
}

# ask FD [SECONDS]: who answers on this connection, nobody perhaps
ask()
{
	local name word

	echo hello >&"$1" || return 0
	read -rt "${2-30}" name word <&"$1" || return 0
	[[ $word == hello ]] && echo "$name"
} 2>/dev/null

# upload TCP|TCP6 ADDRESS: a megabyte arrives in t33 as it was sent
upload()
{
	local sent=$BATS_TEST_TMPDIR/sent received=$BATS_TEST_TMPDIR/received server

	head -c 1000000 /dev/urandom >"$sent"
	start in_env t33 timeout 100 socat -u "$1-LISTEN:5000,bind=$2" "CREATE:$received"
	server=$PID
	wait_for listens t33 5000
	timeout 80 socat -u "OPEN:$sent" "$1:$2:5000"
	wait "$server"
	cmp "$sent" "$received"
}

# lab6 BACKENDS: with IPv6 and both programs; a web server on every address
lab6()
{
	local ns

	ok_quiet t lab up "$1" ipv6
	ok_quiet director load
	BACKENDS=()
	for ns in t33 t44; do
		[[ -e /run/netns/$ns ]] || continue
		BACKENDS+=("$ns")
		ok_quiet t exec -n $ns -- ./xdp_prog_user load -d eth0 \
			--prog-name xdp_backend_func
		mkdir "$BATS_TEST_TMPDIR/$ns"
		echo $ns >"$BATS_TEST_TMPDIR/$ns/index.html"
		head -c 65536 /dev/zero >"$BATS_TEST_TMPDIR/$ns/large"
		start in_env $ns busybox httpd -f -p "[::]:80" -h "$BATS_TEST_TMPDIR/$ns"
		wait_for listens $ns 80
	done
}

@test "packet06: IPv6 in IPv6, on the wire of each hop" {
	lab6 1
	ok_quiet director add --virtual $VIRTUAL6 --backend 2001:db8:17:3::3
	start tcpdump -Q in -i t22 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/outer.pcap" \
		"not icmp6"
	start tcpdump -i t33 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/t33.pcap" "not icmp6"
	start in_env t33 tcpdump -i eth0 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/inner.pcap" \
		"dst host $VIRTUAL6 and tcp"
	for name in outer t33 inner; do
		wait_for test -s "$BATS_TEST_TMPDIR/$name.pcap"
	done
	ok curl -sS --max-time 20 "[$VIRTUAL6]"
	is "the answer" "$output" t33
	wait_for is_over . t33
	sent=$(director list --json | jq '.backends[0].packets')
	((sent >= 5)) || fail "$sent packets to the backend"
	expect_frames "$sent" inner "tcp dst port 80"
	# Version 6, next header UDP, hop limit 64; port 6080, no checksum; GUE,
	# IPv6 inside.
	expect_frames "$sent" outer "src host $VIRTUAL6 and
		dst host 2001:db8:17:3::3 and ip6[6] == 17 and ip6[7] == 64 and
		ip6[42:2] == 6080 and ip6[46:2] == 0 and ip6[48:4] == 0x00290000"
	expect_frames "$sent" t33 "ip6[6] == 17 and ip6[7] == 63"
	(($(frames t33 "src host $VIRTUAL6 and tcp src port 80") > 2)) ||
		fail "no answer on t33"
	expect_frames 0 outer "tcp"
	checksums_right inner
}

@test "packet06: IPv4 and IPv6, each over the other" {
	local n

	lab6 2
	ok_quiet director add --virtual $VIRTUAL --virtual $VIRTUAL6 \
		--backend 2001:db8:17:3::3
	ok_quiet curl -sS --max-time 20 $VIRTUAL "[$VIRTUAL6]"
	is "IPv4 and IPv6 over IPv6" "$(xargs <<<"$output")" "t33 t33"
	ok_quiet director add --backend 172.17.4.4
	ok_quiet director drain --backend 2001:db8:17:3::3
	ok_quiet curl -sS --max-time 20 $VIRTUAL "[$VIRTUAL6]"
	is "IPv4 and IPv6 over IPv4" "$(xargs <<<"$output")" "t44 t44"
	ok_quiet director add --backend 2001:db8:17:3::3
	for n in $VIRTUAL "[$VIRTUAL6]"; do
		is "requests over both" "$(curl -sS --max-time 300 -o /dev/null \
			-w '%{http_code}\n' "$n/large?[1-100]" | grep -c 200)" 100
	done
}

@test "packet06: IPv6 uploads, over the path MTU" {
	lab6 1
	ok_quiet director add --virtual $VIRTUAL6 --backend 2001:db8:17:3::3
	upload TCP6 "[$VIRTUAL6]"
	has "$(ip route get $VIRTUAL6)" "mtu 1448"
}

@test "packet06: an ICMPv6 error goes to the backend of its flow" {
	lab6 2
	ok_quiet director add --virtual $VIRTUAL6 --backend 2001:db8:17:3::3 \
		--backend 2001:db8:17:4::4
	sysctl -qw net.ipv6.icmp.ratelimit=0
	errors_follow 2001:db8:17:2::1 $VIRTUAL6 icmp6 ''
}

@test "packet06: rows in proportion to weights" {
	lab 2
	ok_quiet director add --virtual $VIRTUAL --backend 172.17.3.3
	ok_quiet director add --backend 172.17.4.4 --weight 3
	has "$output" "eth0: $(listed t44 rows) of 65536 rows moved"
	(($(listed t44 rows) > 48500 && $(listed t44 rows) < 49800)) ||
		fail "weight 3 of 4 has $(listed t44 rows) rows"
	ok_quiet director drain --backend 172.17.4.4
	ok_quiet director add --backend 172.17.4.4
	is "the weight is kept" "$(listed t44 weight)" 3
	before=$(listed t44 rows)
	ok_quiet director add --backend 172.17.4.4 --weight 1
	has "$output" "eth0: $((before - $(listed t44 rows))) of 65536 rows moved"
	is "requests" "$(fetch 50 / | grep -c 200)" 50
	for weight in 0 101 many -1; do
		refused "'$weight' is no weight: 1 to 100" \
			director add --backend 172.17.4.4 --weight $weight
	done
}

# answers NS: a TCP port that is watched; PID is its process
answers()
{
	start nsenter --net=/run/netns/$1 socat TCP-LISTEN:7070,fork,reuseaddr PIPE
	wait_for listens $1 7070
}

state_is()
{
	[[ $(listed $1 state) == "$2" ]]
}

@test "packet06: a backend that does not answer gets no rows until it does" {
	lab 4
	add t33 t44 t55 t66
	rows=$(listed t44 rows)
	ok_quiet director drain --backend 172.17.6.6
	for ns in t33 t55 t44; do
		answers $ns
	done
	server=$PID
	# Not from the virtual address: the backends have that themselves.
	in_env t22 ip addr add 172.17.2.22/24 dev eth0
	director watch --port 7070 --interval 1 --source 172.17.2.22 3>&- &
	watch=$!
	wait_for state_is t33 active
	stop $server
	wait_for state_is t44 failed
	is "rows" "$(listed t44 rows)" 0
	is "requests that succeed" "$(fetch 50 / | grep -c 200)" 50
	is "answers from t44" "$(curl -sS --max-time 20 "$VIRTUAL/?[1-50]" | grep -c t44)" 0
	answers t44
	wait_for state_is t44 active
	# What was drained by hand stays so, whether it answers or not.
	is "state" "$(listed t66 state)" draining
	ok_quiet director add --backend 172.17.6.6
	wait_for state_is t66 failed
	is "state" "$(listed t33 state)" active
	kill -TERM "$(pgrep -f "xdp_prog_user watch")"
	wait $watch || fail "the watch ended with $?"
	ok_quiet director add --backend 172.17.6.6
	is "rows" "$(listed t44 rows)" "$rows"
	refused "give one -d DEV and --port" director watch
	refused "'0' is no port: 1 to 65535" director watch --port 0
}

@test "packet06: curl, and what is on the wire of each hop" {
	local frame

	lab 1
	add t33
	start tcpdump -Q in -i t22 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/outer.pcap" ip
	start tcpdump -i t33 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/t33.pcap" ip
	start in_env t33 tcpdump -i eth0 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/inner.pcap" \
		"dst host $VIRTUAL"
	for name in outer t33 inner; do
		wait_for test -s "$BATS_TEST_TMPDIR/$name.pcap"
	done
	ok curl -sS --max-time 20 $VIRTUAL
	is "the answer" "$output" t33

	wait_for is_over . t33
	sent=$(listed t33 packets)
	((sent >= 5)) || fail "$sent packets to the backend"
	expect_frames "$sent" inner "tcp dst port 80"
	expect_frames "$sent" outer
	expect_frames "$sent" outer "src host $VIRTUAL and dst host 172.17.3.3 and
		udp dst port 6080 and udp[6:2] == 0 and ip[6:2] == 0x4000 and
		ip[8] == 64 and udp[8:4] == 0x00040000 and udp src portrange 49152-65535"
	expect_frames "$sent" t33 "udp dst port 6080 and ip[8] == 63"
	expect_frames 0 t33 "udp dst port 6080 and not ip[8] == 63"
	# The answer goes straight back, without any director.
	(($(frames t33 "src host $VIRTUAL and tcp src port 80") > 2)) ||
		fail "no answer on t33"
	expect_frames 0 outer "tcp"
	for name in outer t33 inner; do
		checksums_right $name
	done
	is "XDP_TX" "$(t exec -n t22 -- ./xdp_stats -d eth0 -n 1 -i 0.01 --json |
		jq .actions.XDP_TX.packets)" "$sent"
}

@test "packet06: what the backend receives is what the client sent" {
	lab 1
	add t33
	start tcpdump -Q out -i t22 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/sent.pcap" \
		"dst host $VIRTUAL and icmp"
	start in_env t33 tcpdump -Q in -i eth0 -s 2048 --immediate-mode -U \
		-w "$BATS_TEST_TMPDIR/received.pcap" "dst host $VIRTUAL and icmp"
	wait_for test -s "$BATS_TEST_TMPDIR/sent.pcap"
	wait_for test -s "$BATS_TEST_TMPDIR/received.pcap"
	for size in 0 1 7 64 999 1000 1439 1440; do
		pings 20 20 . $VIRTUAL -s $size -Q $((size % 256))
	done
	expect_frames 160 sent
	expect_frames 160 received
	diff <(packets sent -tx) <(packets received -tx)
}

@test "packet06: a megabyte up and down, over the path MTU" {
	lab 1
	add t33
	capture errors t22 -i eth0 icmp
	upload TCP $VIRTUAL
	has "$(ip route get $VIRTUAL)" "mtu 1468"
}

@test "packet06: with a smaller MSS of the backend's nothing is too long" {
	lab 1
	add t33
	in_env t33 ip route change default via 172.17.3.1 advmss 1428
	start tcpdump -i t22 -s 2048 --immediate-mode -U -w "$BATS_TEST_TMPDIR/t22.pcap" \
		"icmp or tcp"
	wait_for test -s "$BATS_TEST_TMPDIR/t22.pcap"
	upload TCP $VIRTUAL
	wait_for has_frames 100 t22 "tcp"
	expect_frames 0 t22 "icmp"
	has_no "$(ip route get $VIRTUAL)" "mtu 1468"
}

@test "packet06: 1,000 of 1,000 while backends are added and drained" {
	local name changes=0

	lab 4
	add t33 t44 t55
	fetch 1000 /large --limit-rate 500k >"$BATS_TEST_TMPDIR/codes" &
	fetching=$!
	while [[ -d /proc/$fetching ]] && kill -0 $fetching 2>/dev/null; do
		for name in t66 t44 t55 t66; do
			ok_quiet director drain --backend "$(backend_addr $name)"
			ok_quiet director add --backend "$(backend_addr $name)"
			((changes += 2))
		done 2>/dev/null || ok_quiet director add --backend 172.17.6.6
	done
	wait $fetching || fail "curl ended with $?: $(<"$BATS_TEST_TMPDIR/curl.log")"
	is "requests that succeeded" "$(grep -c '^200$' "$BATS_TEST_TMPDIR/codes")" 1000
	((changes >= 8)) || fail "only $changes changes meanwhile"
	echo "# 1000 of 1000, $changes changes" >&3
}

@test "packet06: draining keeps connections and gets no new ones" {
	local n kept=()

	lab 4
	add t33 t44 t55
	open_flows 60
	kept=("${OWNER[@]}") old=("${FLOWS[@]}")
	ok_quiet director drain --backend 172.17.4.4
	is "rows" "$(listed t44 rows)" 0
	is "state" "$(listed t44 state)" draining
	ok_quiet director add --backend 172.17.6.6
	for n in "${!old[@]}"; do
		is "answer on connection $n" "$(ask "${old[n]}")" "${kept[n]}"
	done
	[[ " ${kept[*]} " == *" t44 "* ]] || fail "t44 had none of 60"
	open_flows 60
	has_no " ${OWNER[*]} " " t44 "
	has " ${OWNER[*]} " " t66 "
	# Taken back, it has the rows that it had.
	ok_quiet director remove --backend 172.17.6.6
	ok_quiet director add --backend 172.17.4.4
	has "$output" "eth0: $(listed t44 rows) of 65536 rows moved"
}

@test "packet06: a removed backend loses its connections, no other does" {
	local n lost=0 owned=0

	lab 4
	add t33 t44 t55 t66
	rows=$(listed t55 rows)
	open_flows 100
	ok_quiet director remove --backend 172.17.5.5
	has "$output" "eth0: $rows of 65536 rows moved"
	for n in "${!FLOWS[@]}"; do
		if [[ ${OWNER[n]} == t55 ]]; then
			((++owned))
			is "answer from nobody, connection $n" "$(ask "${FLOWS[n]}" 2)" ""
		else
			is "answer on connection $n" "$(ask "${FLOWS[n]}")" "${OWNER[n]}"
		fi
	done
	((owned > 0)) || fail "t55 had none of 100"
	is "requests that succeed" "$(fetch 50 / | grep -c 200)" 50
	echo "# $owned of 100 connections were t55's and are lost, $rows rows moved" >&3
}

# udp_from NS PORT ADDRESS PORT: one datagram, from the virtual address or ours.
# (Without shut-none newer socats send an empty one behind it.)
udp_from()
{
	echo hello | in_env "$1" socat -u STDIN "UDP:$3:$4,sourceport=$2,bind=${5-},shut-none"
}

# What arrived in each backend, as "PORT NS" lines: by the client's port
arrived()
{
	local ns

	for ns in "${BACKENDS[@]}"; do
		packets $ns -v "$1" | sed -nE "s/$2/\\1 $ns/p"
	done | sort
}

arrived_are()
{
	(($(arrived "${@:2}" | wc -l) == $1))
}

# errors_follow CLIENT VIRTUAL KIND TEXT: of 32 flows each error reaches the
# backend that got the flow; KIND is tcpdump's filter for errors, TEXT what it
# says behind the quoted port
errors_follow()
{
	local flow=".*$1\\.([0-9]+) > .*" error=".*$1 udp port ([0-9]+)$4.*"
	local client=$1 virtual=$2 ns port

	[[ $client != *:* ]] || client="[$client]" virtual="[$virtual]"
	for ns in "${BACKENDS[@]}"; do
		start in_env $ns tcpdump -i eth0 -Q in -s 2048 --immediate-mode -U \
			-w "$BATS_TEST_TMPDIR/$ns.pcap" "dst host $2"
		wait_for test -s "$BATS_TEST_TMPDIR/$ns.pcap"
	done
	# Each flow's backend is where its datagram goes; then t33, on behalf
	# of all, sends an answer that nobody waits for.
	for ((port = 20001; port <= 20032; port++)); do
		udp_from . $port "$virtual" 9000 "$client"
		udp_from t33 9000 "$client" $port "$virtual"
	done
	wait_for arrived_are 32 $3 "$error"
	is "backends that got flows" "$(arrived udp "$flow" |
		cut -d' ' -f2 | sort -u | wc -l)" ${#BACKENDS[@]}
	diff <(arrived udp "$flow") <(arrived $3 "$error")
}

@test "packet06: an ICMP error goes to the backend of its flow" {
	lab 4
	add t33 t44 t55 t66
	sysctl -qw net.ipv4.icmp_ratelimit=0
	errors_follow 172.17.2.1 $VIRTUAL icmp " unreachable"
}

@test "packet06: on a host that filters by the way back, and does not forward" {
	sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1
	before=$(world)
	lab 1
	add t33
	is "requests" "$(fetch 10 / | grep -c 200)" 10
	ok_quiet t lab down
	stop "${BACKGROUND[@]}"
	same_world "$before"
}

@test "packet06: in generic mode, too" {
	lab 1 --mode skb
	add t33
	has "$(t exec -n t22 -- ./xdp_prog_user status -d eth0)" "generic mode"
	is "requests" "$(fetch 50 /large | grep -c 200)" 50
	t exec -n t33 -- ./xdp_prog_user load -d eth0 --mode skb \
		--prog-name xdp_backend_func
	is "requests" "$(fetch 50 /large | grep -c 200)" 50
}

@test "packet06: loaded anew, it knows what it was told, and its flows" {
	lab 2
	add t33 t44
	open_flows 20
	before=$(director list --json | jq -c '.backends[] | [.addr, .rows]')
	ok_quiet director load
	is "backends" "$(director list --json |
		jq -c '.backends[] | [.addr, .rows]')" "$before"
	for n in "${!FLOWS[@]}"; do
		is "answer on connection $n" "$(ask "${FLOWS[n]}")" "${OWNER[n]}"
	done
	t exec -n t22 -- ./xdp_prog_user unload -d eth0
	refused "no map is pinned for eth0" director list
}

# Both programs, on the director and on all backends
load_anew()
{
	local ns

	ok_quiet director load
	for ns in "${BACKENDS[@]}"; do
		ok_quiet t exec -n $ns -- ./xdp_prog_user load -d eth0 \
			--prog-name xdp_backend_func
	done
}

# fetch_until FILE: 1,000 requests, and more of them until it is there
fetch_until()
{
	local n

	for ((n = 0; n < 2; n++)); do
		fetch 500 /large --limit-rate 500k
		[[ -e $1 ]] || n=0
	done
}

@test "packet06: 1,000 of 1,000 while the programs are loaded anew 20 times" {
	local n

	lab 2
	add t33 t44
	start fetch_until "$BATS_TEST_TMPDIR/enough" >"$BATS_TEST_TMPDIR/codes"
	for ((n = 0; n < 20; n++)); do
		load_anew
	done
	touch "$BATS_TEST_TMPDIR/enough"
	wait $PID || fail "curl ended with $?: $(<"$BATS_TEST_TMPDIR/curl.log")"
	sort "$BATS_TEST_TMPDIR/codes" | uniq -c >"$BATS_TEST_TMPDIR/counts"
	has "$(<"$BATS_TEST_TMPDIR/counts")" '^ *[0-9]{4,} 200$'
	echo "#$(<"$BATS_TEST_TMPDIR/counts")" >&3
}

@test "packet06: each host has the maps of its own program, and no others" {
	lab 1
	is "pins in t22" "$(t exec -n t22 -- ls /sys/fs/bpf/eth0 | xargs)" \
		"backend_stats backends flows host_ipv4 host_ipv6 tables this_host virtuals xdp_stats_map"
	is "pins in t33" "$(t exec -n t33 -- ls /sys/fs/bpf/eth0 | xargs)" \
		"host_ipv4 host_ipv6 this_host xdp_stats_map"
}

@test "packet06: the object that has the program is found" {
	t lab up 1
	refused "no program 'xdp_frob' in \./\*_kern.o; there are: .*xdp_backend_func.*xdp_director_func" \
		director load --prog-name xdp_frob
	refused "director_kern.o has no program 'xdp_backend_func'" \
		director load --prog-name xdp_backend_func director_kern.o
	(cd tests && refused "no BPF object .* in \.: run make" \
		t exec -n t22 -- ../xdp_prog_user load -d eth0)
	ok_quiet director load "$PWD"
	has "$(t exec -n t22 -- ./xdp_prog_user status -d eth0)" xdp_director_func
}

@test "packet06: not told anything, it passes everything" {
	lab 1
	pings 5 5 . $VIRTUAL
	refused "Connection refused|t connect" curl -sS --max-time 20 $VIRTUAL
	is "XDP_TX" "$(t exec -n t22 -- ./xdp_stats -d eth0 -n 1 -i 0.01 --json |
		jq .actions.XDP_TX.packets)" 0
}

@test "packet06: a lab has one to four backends" {
	for count in 0 5 many; do
		refused "how many backends" t lab up $count
	done
	refused "how many backends" t lab up 1 ipv6 2
	refused "what is '2'\? t lab up 1 ipv6" t lab up 1 2
	is "namespaces" "$(ip netns)" ""
}

@test "packet06: what cannot be is refused, and changes nothing" {
	lab 1
	add t33
	before=$(director list --json)
	refused "172.17.9.9 is none of its backends" \
		director remove --backend 172.17.3.3 --backend 172.17.9.9
	refused "172.17.9.9 is none of its backends" \
		director drain --backend 172.17.9.9
	refused "172.17.9.9 is none of its virtual" \
		director remove --backend 172.17.3.3 --virtual 172.17.9.9
	refused "'nonsense' is no IPv4 or IPv6 address" director add --backend nonsense
	refused "'1.2.3.4.5' is no IPv4 or IPv6 address" director add --virtual 1.2.3.4.5
	refused "127.0.0.1 is no address that" director add --backend 127.0.0.1
	refused "224.0.0.1 is no address that" director add --virtual 224.0.0.1
	for addr in fe80::1 ::1 :: ff02::1 ::ffff:127.0.0.1; do
		refused "$addr is no address that" director add --virtual $addr
	done
	refused "give one -d DEV and --backend ADDR or" director add
	refused "give one -d DEV and --backend ADDR$" \
		director drain --virtual $VIRTUAL
	refused "'599' is no MTU: 600 to 65535" director load --mtu 599
	refused "'many' is no MTU" director load --mtu many
	refused "'1500x' is no MTU" director load --mtu 1500x
	is "what it knows" "$(director list --json)" "$before"
	in_env t22 ip addr flush dev eth0
	refused "eth0 has no address for the outer packets" director load
	is "what it knows" "$(director list --json)" "$before"
}

@test "packet06: JSON, whatever the device is called" {
	local dev='a"b\'

	ip link add dev "$dev" type veth peer name peer
	ip addr add 172.17.9.1/24 dev "$dev"
	ok ./xdp_prog_user load -d "$dev"
	ok ./xdp_prog_user list -d "$dev" --json
	is "lines" ${#lines[@]} 1
	is "dev" "$(jq -r .dev <<<"$output")" "$dev"
	is "backends" "$(jq -c .backends <<<"$output")" "[]"
	ok ./xdp_prog_user unload -d "$dev"
	ip link del dev "$dev"
}
