#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What goes wrong from outside: devices that disappear, and commands that are
# killed in the middle. After each of these the next command works, and
# `t teardown --all` leaves the world as it was.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

# In each test; more of them for a long run: KILLS=100 testenv/sandbox bats ...
KILLS=${KILLS:-4}

setup()
{
	BEFORE=$(world)
	lesson packet01-tx
	# To repeat a run that failed: SEED=... testenv/sandbox bats tests/faults.bats
	SEED=${SEED:-$((($(date +%s%N) / 1000) % 30000))}
	RANDOM=$SEED
	echo "SEED=$SEED"
}

teardown()
{
	clean_up
}

# microseconds that a command takes
duration()
{
	local start

	start=$(date +%s%N)
	"$@" >/dev/null
	echo $((($(date +%s%N) - start) / 1000))
}

# kill_within I MICROSECONDS COMMAND...: kill -9 at a random moment of the
# time's part number I of KILLS, and a little beyond its end
kill_within()
{
	local part=$(($1 % KILLS)) time=$(($2 * 6 / 5)) pid moment

	moment=$((time * part / KILLS + time * RANDOM / 32768 / KILLS))
	shift 2
	"$@" >/dev/null 2>&1 3>&- &
	pid=$!
	sleep "$(printf '0.%06d' $moment)"
	kill -KILL $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
	echo "killed after $moment us: $*"
}

T=$ROOT/testenv/testenv.sh

# kill_at N COMMAND...: kill -9 when it calls an outside command for the Nth
# time, before that one does anything; fails when there are fewer calls
kill_at()
{
	local calls=$BATS_TEST_TMPDIR/calls bin=$BATS_TEST_TMPDIR/bin tool

	if [[ ! -d $bin ]]; then
		mkdir "$bin"
		cat >"$bin/tool" <<-END
		#!/bin/bash
		echo \${0##*/} >>$calls
		if ((\$(wc -l <$calls) == \$KILL_AT)); then
			kill -KILL \$T_PID
			exit 1
		fi
		PATH=\${PATH#*:} exec \${0##*/} "\$@"
		END
		chmod +x "$bin/tool"
		for tool in flock ip nsenter ethtool bpftool mkdir rmdir rm chmod mount umount; do
			ln -s tool "$bin/$tool"
		done
	fi
	: >"$calls"
	(
		export KILL_AT=$1 T_PID=$BASHPID PATH=$bin:$PATH
		exec "${@:2}"
	) >/dev/null 2>&1 3>&- || true
	(($(wc -l <"$calls") >= $1)) || return
	echo "killed at call $1, of $(tail -n 1 "$calls"): ${*:2}"
}

@test "t setup killed before each of its steps: the next one works" {
	local step=0

	while kill_at $((++step)) "$T" setup -n test --legacy-ip; do
		if ((step % 2)); then
			ok_quiet t setup -n test --legacy-ip
			ok t ping -c 1 -W 1
			ok t ping --legacy-ip -c 1 -W 1
		fi
		ok_quiet t teardown --all
		same_world "$BEFORE"
	done
	((step > 8)) || fail "only $step steps were seen"
}

@test "t teardown killed before each of its steps: the next one works" {
	local step=0

	t setup -n test >/dev/null
	t load -n test >/dev/null
	while kill_at $((++step)) "$T" teardown --all; do
		ok_quiet t teardown --all
		same_world "$BEFORE"
		t setup -n test >/dev/null
		t load -n test >/dev/null
	done
	((step > 6)) || fail "only $step steps were seen"
	same_world "$BEFORE"
}

@test "t setup killed at any moment: the next one works, nothing is left" {
	local time turn

	time=$(duration t setup -n test --legacy-ip)
	t teardown --all
	for ((turn = 0; turn < KILLS; turn++)); do
		kill_within $turn $time "$T" setup -n test --legacy-ip
		run t setup -n test --legacy-ip
		((status == 0)) || has "$output" "'test' exists"
		ok t ping -c 1 -W 1
		ok t ping --legacy-ip -c 1 -W 1
		kill_within $turn $time "$T" setup -n other
		ok_quiet t teardown --all
		same_world "$BEFORE"
	done
}

@test "t teardown killed at any moment: the next one works, nothing is left" {
	local time turn

	t setup -n test >/dev/null
	t setup -n other --legacy-ip >/dev/null
	time=$(duration t teardown --all)
	for ((turn = 0; turn < KILLS; turn++)); do
		t setup -n test >/dev/null
		t setup -n other --legacy-ip >/dev/null
		t load -n test >/dev/null
		kill_within $turn $time "$T" teardown --all
		if ((turn % 2)); then
			run t setup -n test
			((status == 0)) || has "$output" "'test' exists"
			ok t ping -n test -c 1 -W 1
		fi
		ok_quiet t teardown --all
		same_world "$BEFORE"
	done
}

@test "t setup and teardown killed, where t has mounted the bpffs itself" {
	local time turn

	umount $BPFFS
	BEFORE=$(world)
	time=$(duration t setup -n test)
	t teardown --all
	for ((turn = 0; turn < KILLS; turn++)); do
		kill_within $turn $time "$T" setup -n test
		ok_quiet t teardown --all
		same_world "$BEFORE"
		t setup -n test >/dev/null
		kill_within $turn $time "$T" teardown --all
		ok_quiet t teardown --all
		same_world "$BEFORE"
	done
	mount -t bpf bpf $BPFFS
}

@test "t reset killed at any moment: the next one works" {
	local time turn

	t setup -n test --legacy-ip >/dev/null
	time=$(duration t reset)
	for ((turn = 0; turn < KILLS; turn++)); do
		kill_within $turn $time "$T" reset -n test
		run t setup -n test --legacy-ip
		((status == 0)) || has "$output" "'test' exists"
		ok t ping -n test --legacy-ip -c 1 -W 1
	done
	t teardown --all
	same_world "$BEFORE"
}

# What must hold after a load that was killed
load_works()
{
	local pin

	ok_quiet ./xdp_prog_user load -d test
	is "pins" "$(ls $BPFFS/test | tr '\n' ' ')" \
		"host_ipv4 host_ipv6 this_host xdp_stats_map "
	pings 2 2 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 2
}

@test "xdp_prog_user load killed at any moment: loads and unloads work" {
	local time turn before mode

	t setup -n test >/dev/null
	before=$(dev_state test)
	time=$(duration ./xdp_prog_user load -d test)
	for ((turn = 0; turn < 2 * KILLS; turn++)); do
		mode=$( ((turn % 3)) && echo native || echo skb)
		kill_within $turn $time ./xdp_prog_user load -d test --mode "$mode"
		pings 2 2 test $NET6:1::1
		if ((turn % 2)); then
			load_works
		fi
		if ((turn % 4 < 2)); then
			ok_quiet ./xdp_prog_user unload -d test
			is "test" "$(dev_state test)" "$before"
		fi
	done
	t teardown --all
	same_world "$BEFORE"
}

# libxdp pins a dispatcher before it runs, and removes the old one's pins after
# that. old_dispatcher IFINDEX: as if it had been killed between the two
old_dispatcher()
{
	mkdir -p $BPFFS/xdp/dispatch-$1-1
	bpftool prog pin pinned $BPFFS/t:env/pass $BPFFS/xdp/dispatch-$1-1/prog0-prog
}

@test "a device with a dispatcher, deleted: t teardown finds the dispatcher" {
	local index

	lesson packet01-tx
	t setup -n test >/dev/null
	index=$(</sys/class/net/test/ifindex)
	ok_quiet ./xdp_prog_user load -d test
	mkdir -p $BPFFS/xdp/dispatch-$index-1
	bpftool prog pin id "$(prog_id test)" $BPFFS/xdp/dispatch-$index-1/prog0-prog
	old_dispatcher 99999 # another one's
	ip link del test
	ok_quiet t teardown --all
	is "dispatchers" "$(echo $BPFFS/xdp/*)" $BPFFS/xdp/dispatch-99999-1
	rm -r $BPFFS/xdp
}

@test "a load killed in libxdp: unload and t teardown remove its dispatcher" {
	local index others=$BPFFS/xdp/dispatch-99999-1 loaded

	t setup -n test >/dev/null
	index=$(</sys/class/net/test/ifindex)
	ok_quiet ./xdp_prog_user unload -d test
	[[ ! -e $BPFFS/xdp ]] || fail "a folder for libxdp that nothing needs"
	old_dispatcher 99999
	for loaded in "" loaded; do
		[[ ! $loaded ]] || t load -n test >/dev/null
		old_dispatcher $index
		ok_quiet ./xdp_prog_user unload -d test
		is "dispatchers" "$(echo $BPFFS/xdp/*)" $others
	done
	t load -n test >/dev/null
	old_dispatcher $index
	ok_quiet t teardown --all
	is "dispatchers" "$(echo $BPFFS/xdp/*)" $others
	rm -r $others
	rmdir $BPFFS/xdp
	same_world "$BEFORE"
}

@test "loads and unloads wait for one another" {
	local holder

	t setup -n test >/dev/null
	start flock --no-fork $BPFFS sleep 600
	holder=$PID
	wait_for bash -c "! flock -n $BPFFS true"
	run -124 timeout 1 ./xdp_prog_user load -d test
	run -124 timeout 1 ./xdp_prog_user unload -d test
	stop $holder
	load_works
}

@test "t load and xdp_prog_user unload killed at any moment" {
	local time turn

	t setup -n test >/dev/null
	time=$(duration t load -n test)
	for ((turn = 0; turn < KILLS; turn++)); do
		kill_within $turn $time "$T" load -n test
		kill_within $((KILLS - turn)) $time ./xdp_prog_user unload -d test
		load_works
	done
	ok_quiet t teardown --all
	same_world "$BEFORE"
}

@test "packet04: unloads killed do not leave the router without its ports" {
	local turn time ids

	cd "$ROOT/packet04-router"
	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
	t setup -n uno >/dev/null
	t setup -n dos >/dev/null
	t load -n uno >/dev/null
	t load -n dos >/dev/null
	time=$(duration t load -n dos)
	for ((turn = 0; turn < KILLS; turn++)); do
		kill_within $turn $time "$T" load -n dos
		kill_within $((KILLS - turn)) $time "$T" unload -n dos
		pings 2 2 uno $NET6:2::2
		ok t load -n dos
		ids=$(for d in uno dos; do
			bpftool -j map show pinned $BPFFS/$d/router_ports | jq .id
		done | sort -u | wc -l)
		is "maps of ports" "$ids" 1
		is "ports" "$(bpftool -j map dump pinned $BPFFS/uno/router_ports | jq length)" 2
	done
	t teardown --all
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
}

@test "a device that disappears while its program runs" {
	t setup -n test >/dev/null
	t load -n test >/dev/null
	ip link del test
	refused "no device 'test'" ./xdp_prog_user unload -d test
	refused "no device 'test'" ./xdp_prog_user load -d test
	refused "incomplete" t load -n test
	ok ./xdp_stats -d test -n 1 -i 0.01
	ok t reset -n test
	load_works
	ip netns del test
	wait_for bash -c "! ip link show dev test >/dev/null 2>&1"
	ok_quiet t teardown --all
	same_world "$BEFORE"
}

@test "a device that disappears while xdp_stats reads, and comes back" {
	local log=$BATS_TEST_TMPDIR/log pid

	t setup -n test >/dev/null
	t load -n test >/dev/null
	start ./xdp_stats -d test -i 0.02 >"$log" 2>&1
	pid=$PID
	wait_for grep -q XDP_TX "$log"
	t teardown --all >/dev/null
	wait_for is_gone "$pid"
	run wait "$pid"
	has "$(tail -n 1 "$log")" "^xdp_stats: error: .*test"
}
