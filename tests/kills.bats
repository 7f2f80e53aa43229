#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# kill -9, of every tool, at random moments: whatever it was about to do,
# `t teardown --all` then leaves the machine as it was.
#
# KILLS says how many moments for each tool. To repeat a run that failed:
#
#	SEED=N KILLS=N testenv/sandbox bats tests/kills.bats

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2030,SC2031,SC2034,SC2046,SC2086,SC2154
load helpers

KILLS=${KILLS:-4}
T=$ROOT/testenv/testenv.sh

setup()
{
	BEFORE=$(world)
	SEED=${SEED:-$((($(date +%s%N) / 1000) % 32768))}
	RANDOM=$SEED
	echo "SEED=$SEED"
}

teardown()
{
	clean_up
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
}

# What a load of a lesson needs to be told besides the device.
load_options()
{
	case $1 in
	packet02-redirect) echo "--redirect-dev test" ;;
	esac
}

# environment [LESSON]: one, and its program on it
environment()
{
	ok t setup -n test --legacy-ip
	[[ -z ${1-} ]] || ok ./xdp_prog_user load -d test $(load_options $1)
}

# kill_within MICROSECONDS COMMAND...: and now and then all that it has started
kill_within()
{
	local moment=$(($1 * RANDOM / 32768)) only=$((RANDOM % 2)) pid

	shift
	setsid "$@" >/dev/null 2>&1 3>&- &
	pid=$!
	read -rt "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))" \
		-u "$NEVER" || true
	if ((only)); then
		kill -KILL $pid 2>/dev/null || true
	else
		kill -KILL -- -$pid 2>/dev/null || true
	fi
	wait $pid 2>/dev/null || true
	KILLED="killed after $moment us$( ((only)) || echo ', with all its children'): $*"
}

# restored_after PREPARE COMMAND...: once; PREPARE is words
restored_after()
{
	local prepare=$1 row=$* start time

	shift
	if [[ -z ${DURATION[$row]-} ]]; then
		$prepare
		start=${EPOCHREALTIME/./}
		"$@" >/dev/null 2>&1 || true
		DURATION[$row]=$((${EPOCHREALTIME/./} - start))
		ok t teardown --all
	fi
	time=${DURATION[$row]}
	$prepare
	kill_within $((time * 6 / 5)) "$@"
	ok_quiet t teardown --all || fail "$KILLED"
	same_world "$BEFORE" || fail "$KILLED"
}

# killed ROW...: KILLS times one of them; a ROW is "PREPARE: COMMAND"
killed()
{
	local -A DURATION=()
	local turn row

	for ((turn = 0; turn < KILLS; turn++)); do
		row=${*:1 + RANDOM % $#:1}
		restored_after "${row%%: *}" ${row#*: }
	done
}

@test "t, killed at any moment" {
	lesson packet01-tx
	killed ": $T setup -n test --legacy-ip" \
		"environment: $T setup -n other" \
		"environment: $T load -n test" \
		"environment packet01-tx: $T load -n test" \
		"environment packet01-tx: $T unload -n test" \
		"environment packet01-tx: $T reset -n test" \
		"environment packet01-tx: $T teardown -n test" \
		"environment: $T teardown --all" \
		"environment: $T exec -n test -- true" \
		"environment: $T status"
}

lab()
{
	ok t lab up
}

@test "t lab, killed at any moment" {
	local name

	for name in $(lessons); do
		cd "$ROOT/$name"
		[[ -e lab.sh ]] || continue
		lab_can_be || continue
		killed ": $T lab up" "lab: $T lab down" "lab: $T teardown --all"
	done
}

@test "each lesson's loader, killed at any moment" {
	local name load

	for name in $(lessons); do
		lesson $name
		[[ -x xdp_prog_user ]] || continue
		load="./xdp_prog_user load -d test $(load_options $name)"
		killed "environment: $load --mode native" \
			"environment: $load --mode skb" \
			"environment $name: $load --mode native" \
			"environment $name: $load --mode skb" \
			"environment $name: ./xdp_prog_user unload -d test" \
			"environment $name: ./xdp_prog_user refresh -d test" \
			"environment $name: ./xdp_prog_user status -d test"
	done
}

pair_configured()
{
	environment packet03-redirect-map
	ok t redirect test test
}

# in_place PLACE COMMAND...: prints a row of `killed`; the command runs in a
# lab's namespace
in_place()
{
	echo "$1: $T exec -n $2 -- ${*:3}"
}

# for_a_moment COMMAND...: of one that would run until Ctrl-C
for_a_moment()
{
	echo "timeout --foreground -s INT 0.5 $*"
}

lab_with_guard()
{
	ok t lab up none
	ok t exec -n ns2 -- ./tc_prog_user guard
}

lab_with_tunnel()
{
	lab_with_guard
	ok ./tc_prog_user load --by-hand
}

@test "tc01's and tc02's loaders, killed at any moment" {
	lesson tc01-redirect
	killed "$(in_place lab node $(for_a_moment ./tc_prog_user -d eth0))" \
		"$(in_place lab node $(for_a_moment ./tc_prog_user -d eth0 --one-way))" \
		"$(in_place lab node ./tc_stats -d eth0 -n 2 -i 0.01)"
	lesson tc02-ipip
	killed "lab_with_guard: ./tc_prog_user load --by-hand" \
		"lab_with_guard: ./tc_prog_user load --by-hand --hook egress" \
		"lab_with_tunnel: ./tc_prog_user load --by-hand" \
		"lab_with_tunnel: ./tc_prog_user unload" \
		"lab_with_tunnel: ./tc_prog_user check" \
		"$(in_place lab_with_guard ns2 ./tc_prog_user guard)"
}

lab_with_fwd()
{
	lab
	start "$T" exec -n A -- ./fwd -d enp0s8 -d enp0s9 >"$BATS_TEST_TMPDIR/fwd"
	wait_for grep -q "^fwd: ready" "$BATS_TEST_TMPDIR/fwd"
}

@test "fwd and fwdctl, killed at any moment" {
	local fwd

	lesson packet05-fwd
	fwd=$(for_a_moment ./fwd -d enp0s8 -d enp0s9)
	killed "$(in_place lab A $fwd)" \
		"$(in_place lab A $fwd --keep)" \
		"$(in_place lab A $fwd --listen unix:/run/fwd.sock)"
	killed "$(in_place lab_with_fwd A ./fwdctl list)" \
		"$(in_place lab_with_fwd A ./fwdctl add 192.0.2.1 enp0s9 02:00:00:00:00:01 02:00:00:00:00:02)" \
		"$(in_place lab_with_fwd A ./fwdctl flush)"
}

lab_with_director()
{
	lab
	ok t exec -n t22 -- ./xdp_prog_user load -d eth0
	ok t exec -n t22 -- ./xdp_prog_user add -d eth0 --virtual 172.17.2.2 \
		--backend 172.17.3.3
}

@test "packet06's commands, killed at any moment" {
	local director

	lesson packet06-director
	director="lab_with_director t22 ./xdp_prog_user"
	killed "$(in_place lab t22 ./xdp_prog_user load -d eth0)" \
		"$(in_place lab t33 ./xdp_prog_user load -d eth0 --prog-name xdp_backend_func)" \
		"$(in_place $director load -d eth0)" \
		"$(in_place $director add -d eth0 --backend 172.17.4.4)" \
		"$(in_place $director drain -d eth0 --backend 172.17.3.3)" \
		"$(in_place $director remove -d eth0 --virtual 172.17.2.2)" \
		"$(in_place $director list -d eth0 --json)"
}

@test "t doctor, drops, log and trace, killed at any moment" {
	lesson packet01-tx
	killed "environment packet01-tx: $T doctor" \
		"environment packet01-tx: $T drops -- true" \
		"environment packet01-tx: $(for_a_moment $T drops --summary)" \
		"environment packet01-tx: $(for_a_moment $T log)" \
		"environment packet01-tx: $T trace -n test -- ping -nqc 1 -W 1 $NET4.1.1"
}

# A place of its own each time: what a killed check has started may go on.
nothing_begun()
{
	export WORK=$BATS_TEST_TMPDIR/work.$EPOCHREALTIME
}

begun()
{
	nothing_begun
	ok t start packet01-tx
}

@test "t start, check and so on, killed at any moment" {
	local whole turn file

	lesson packet01-tx
	begun
	whole=$WORK
	killed "nothing_begun: $T start packet01-tx" \
		"begun: $T start --again packet01-tx" \
		"begun: $T hint packet01-tx" \
		"begun: $T solution packet01-tx" \
		"begun: $T next" \
		"begun: $T progress" \
		"begun: $T check packet01-tx"
	# What is there is complete; a check may have begun to build more.
	for turn in "$BATS_TEST_TMPDIR"/work.*/packet01-tx; do
		for file in "$whole"/packet01-tx/*; do
			cmp "$file" "$turn/${file##*/}"
		done
	done
}

@test "packet03's configuration, xdp_stats and xdp-loader, killed at any moment" {
	lesson packet03-redirect-map
	killed "environment packet03-redirect-map: $T redirect test test" \
		"pair_configured: $T redirect test test"
	killed "environment packet03-redirect-map: ./xdp_stats -d test -n 2 -i 0.01" \
		"environment packet03-redirect-map: ./xdp_stats -d test --json -n 1 -i 0.001"
	killed "environment: ./xdp-loader load -n xdp_pass_func test xdp_prog_kern.o" \
		"environment packet03-redirect-map: ./xdp-loader load -n xdp_pass_func test xdp_prog_kern.o" \
		"environment packet03-redirect-map: ./xdp-loader unload --all test"
}

# Without a signal it would not end: killed within half a second, it is
# somewhere between its first step and serving.
@test "fwd, killed at any moment" {
	local turn options

	lesson packet05-fwd
	for ((turn = 0; turn < KILLS; turn++)); do
		options=$( ((turn % 2)) && echo --keep) || true
		environment $( ((RANDOM % 2)) && echo packet05-fwd || true)
		kill_within 500000 ./fwd -d test $options
		ok_quiet t teardown --all || fail "$KILLED"
		same_world "$BEFORE" || fail "$KILLED"
	done
}

# environment, and fwd in it; the one before has lost its device
served()
{
	stop "${FWD[@]}"
	environment
	start ./fwd -d test >"$BATS_TEST_TMPDIR/fwd.log" 2>&1
	FWD=("$PID")
	wait_for grep -q ready "$BATS_TEST_TMPDIR/fwd.log"
}

@test "fwdctl, killed at any moment" {
	local FWD=() mac=02:00:5e:10:00

	lesson packet05-fwd
	killed "served: ./fwdctl add 192.0.2.1 test $mac:01 $mac:02" \
		"served: ./fwdctl list" "served: ./fwdctl flush"
}
