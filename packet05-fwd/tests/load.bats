#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# fwd under load, in the lab: changes while packets flow, a stop and a start
# while they do, and ten thousand requests that nobody should send.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154
load ../../tests/helpers
load lab

STREAM=$ROOT/build/tests/packet05-fwd-stream
FUZZ=$ROOT/build/tests/packet05-fwd-fuzz

@test "packet05: 1,000 changes of neighbours and routes under load" {
	local ids

	fwd_start
	ids=$(in_a bash -c "bpftool -j map show pinned $BPFFS/enp0s8/hfwd
		bpftool -j map show pinned $BPFFS/enp0s8/fwd_state" | jq .id)
	# shellcheck disable=SC2086 # two words
	ok_quiet timeout 1000 "$STREAM" changes 1000 $ids
	echo "# $output" >&3
	has "$output" "neighbour changes: 500"
	has "$output" "route changes: 500"
}

@test "packet05: 100,000 numbered packets across a stop with --keep and a start" {
	local stream

	fwd_start --keep
	start "$STREAM" count 100000 >"$BATS_TEST_TMPDIR/said"
	stream=$PID
	wait_for grep -q running "$BATS_TEST_TMPDIR/said"
	fwd_stop
	fwd_start
	kill -TERM "$stream"
	wait "$stream" || fail "$(cat "$BATS_TEST_TMPDIR/said")"
	has "$(cat "$BATS_TEST_TMPDIR/said")" "sent [1-9][0-9]{5,}, received [1-9][0-9]{5,}, twice 0"
}

@test "packet05: 10,000 malformed requests, no crash, no leak" {
	make -s fwd-asan
	FWD_PROGRAM=./fwd-asan
	fwd_start
	ok_quiet in_env A timeout 1000 "$FUZZ" 5555 10000 "${SEED-1}"
	echo "# $output" >&3
	has "$output" "^10000 requests; answers:.* 200: [0-9]+ 400: [0-9]+ 403: [0-9]+ 413: [0-9]+"
	fwd_stop
	has_no "$(cat "$LOG")" "Sanitizer|runtime error"
}
