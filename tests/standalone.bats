#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A tree without tests/ is all that a learner needs.

# bats sets output, stderr and status, and runs each test in a subshell.
# shellcheck disable=SC2030,SC2031,SC2154
load helpers

# Not in TMPDIR, where a sandbox in the sandbox has a folder of its own
setup()
{
	mountpoint -q /mnt || mount -t tmpfs tmpfs /mnt
	tar -c -C "$ROOT" --exclude=./tests --exclude=./build --exclude=./work \
		--exclude=./.git . | tar -x -C /mnt
	TESTENV=/mnt/testenv
}

teardown()
{
	umount /mnt
}

@test "without tests/: t check grades a starter and the complete program" {
	ok t start packet02-redirect
	run t check --json packet02-redirect
	is "the starter" "$(jq -r '.steps[].status' <<<"$output" | xargs)" \
		"ok ok fail wait wait wait"
	cp /mnt/packet02-redirect/*.[ch] /mnt/work/packet02-redirect
	ok t check --json packet02-redirect
	is "the complete program" "$(jq .done <<<"$output")" true
}

@test "without tests/: the demo" {
	ok /mnt/testenv/demo.sh packet01-tx
	has "$output" "OK      packet01-tx"
}
