#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Labs: networks that a lesson brings with it (testenv/lab.sh).

load helpers

SETTING=/proc/sys/net/ipv4/conf/all/rp_filter

# A lesson's folder whose lab changes this namespace, too.
setup()
{
	export WORK=$BATS_TEST_TMPDIR # of which t takes labs
	mkdir "$BATS_TEST_TMPDIR/lesson"
	cd "$BATS_TEST_TMPDIR/lesson"
	cat >lab.sh <<-'END'
	lab_up()
	{
		lab_netns A B
		lab_pair . outer A eth0
		lab_pair A left B right
		lab_sysctl net/ipv4/conf/all/rp_filter 2
		[[ ! -e stop-here ]] || { touch stopped; read -r <stop-here; }
		[[ ! ${1-} ]] || in_netns B ip link set dev right mtu "$1"
	}
	END
	before=$(world)
}

teardown()
{
	clean_up
}

@test "up makes it, down removes it, the setting is put back" {
	ok_quiet t lab up
	is "setting" "$(<$SETTING)" 2
	ok t exec -n B -- ip -br link show dev right
	ok t exec -n A -- ip -br link show dev left
	[[ -n $(prog_id outer) ]] || fail "no program on outer"
	start in_env B sleep 60
	refused "up already" t lab up
	has "$(t status)" "lab of lesson: A B"
	ok_quiet t lab down
	same_world "$before"
	refused "not up" t lab down
}

@test "arguments are the lab's own" {
	ok_quiet t lab up 1400
	has "$(in_env B ip link show dev right)" "mtu 1400"
}

@test "teardown --all takes labs along, and leaves none of either" {
	ok_quiet t lab up
	ok t setup -n test
	ok t teardown -n test
	is "setting" "$(<$SETTING)" 2
	ok t teardown --all
	same_world "$before"
}

@test "a lab that fails half-way leaves nothing" {
	run t lab up no-number
	((status)) || fail "an MTU that is no number was taken"
	same_world "$before"
}

@test "what stands already is not touched" {
	ip link add dev outer type veth peer name other
	refused "device 'outer'" t lab up
	ip link show dev outer >/dev/null
	ip link del dev outer
	ip netns add B
	refused "namespace 'B'" t lab up
	[[ -e /run/netns/B ]] || fail "B has gone"
	ip netns del B
	same_world "$before"
}

@test "killed half-way: the next command puts everything back" {
	mkfifo stop-here
	start t lab up
	wait_for test -e stopped
	kill -KILL "$(pgrep -P "$PID" -f testenv.sh || echo "$PID")"
	wait_for is_gone "$PID"
	is "setting" "$(<$SETTING)" 2
	rm stop-here
	ok t teardown --all
	same_world "$before"
}

@test "outside a lesson with a lab it is refused" {
	refused "lab up or lab down" t lab
	cd "$ROOT"
	refused "no lab.sh here" t lab up
}
