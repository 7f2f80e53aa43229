#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Working through assignments: t start, hint, solution, next and progress. What
# each lesson's own ones are held to is in lesson/assignments.bats.

# bats sets output, and reads what setup() sets.
# shellcheck disable=SC2034,SC2154
load helpers

setup()
{
	cd "$ROOT" || return
	# Not in TMPDIR, where a sandbox in the sandbox has a folder of its own
	mountpoint -q /mnt || mount -t tmpfs tmpfs /mnt
	export WORK=/mnt/$BATS_TEST_NUMBER
}

@test "assignments: t start never overwrites; --again keeps what was there" {
	ok t start packet01-tx
	echo "/* mine */" >>"$WORK/packet01-tx/xdp_prog_kern.c"
	refused "there already.*t start --again" t start packet01-tx
	ok t start --again packet01-tx
	has "$output" "packet01-tx.1 now"
	ok t start --again packet01-tx
	has "$output" "packet01-tx.2 now"
	has "$(tail -n 1 "$WORK/packet01-tx.1/xdp_prog_kern.c")" "mine"
	has_no "$(<"$WORK/packet01-tx/xdp_prog_kern.c")" "mine"
	refused "there is no lesson 'packet99'. There are: packet01-tx" t start packet99
	refused "start which lesson" t start
	WORK=$WORK/none refused "not begun yet: t start packet01-tx" t check packet01-tx --json
}

@test "assignments: hints come one by one, next and progress know what is done" {
	local first second

	WORK=$WORK/none refused "not begun yet" t hint packet01-tx
	ok t start packet01-tx
	ok t hint packet01-tx
	first=$output
	has "$first" "1. Recognise an echo request, hint 1 of 3"
	ok t hint packet01-tx
	has "$output" "hint 2 of 3"
	[[ $output != "$first" ]]
	ok t hint packet01-tx
	has "$output" "hint 3 of 3.*That was the last one"
	ok t hint packet01-tx
	has "$output" "hint 3 of 3"
	ok t next packet01-tx
	has "$output" "Next in packet01-tx: 1. Recognise an echo request \(xdp_prog_kern.c:[0-9]+\)"
	ok t solution packet01-tx
	has "$output" '\+	if \(!iph \|\| !host_has_ipv4'
	has_no "$output" '/\* Assignment [0-9]'
	ok t progress
	has "$output" 'packet01-tx +1\. [A-Za-z ]+ +to do'
	sed 's/XDP_TX/XDP_PASS/' packet01-tx/xdp_prog_kern.c \
		>"$WORK/packet01-tx/xdp_prog_kern.c"
	run t check packet01-tx
	has "$output" "Next: t solution packet01-tx"
	cp packet01-tx/xdp_prog_kern.c "$WORK/packet01-tx"
	ok t check packet01-tx
	ok t progress
	has "$output" 'packet01-tx +1\. [A-Za-z ]+ +done'
	ok t next packet01-tx
	has "$output" "packet01-tx is done"
	cd "$WORK/packet01-tx"
	refused "all of packet01-tx is done" t hint
}
