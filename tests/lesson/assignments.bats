#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# A lesson's assignments: its starter, and what `t check` says of right and wrong:
#
#	LESSON=packet01-tx testenv/sandbox bats tests/lesson/assignments.bats
#
# To tests/run that is the file packet01-tx/assignments.

# bats sets output and status.
# shellcheck disable=SC2154
load ../helpers

setup()
{
	cd "$ROOT" || return
	# Not in TMPDIR, where a sandbox in the sandbox has a folder of its own
	mountpoint -q /mnt || mount -t tmpfs tmpfs /mnt
	export WORK=/mnt/$BATS_TEST_NUMBER
}

# The numbers of the assignments, as the README has them.
numbers()
{
	sed -nE 's/^### ([0-9]+)\. .*/\1/p' "$LESSON/README.md"
}

@test "assignments: the starter builds without a warning, loads, and fails each one" {
	ok t start "$LESSON"
	ok_quiet make -s -C "$WORK/$LESSON"
	is "what make says" "$output" ""
	run t check --json "$LESSON"
	is "status of the check" "$status" 1
	is "build, verifier" "$(jq -r '.steps[:2][].status' <<<"$output" | xargs)" "ok ok"
	is "what is right" "$(cat "$WORK/$LESSON/.done")" ""
	is "assignments" "$(jq -r '.steps[2:][].step' <<<"$output")" "$(numbers)"
	has_no "$(jq -r '.steps[2:][].status' <<<"$output")" ok
	has "$(jq -r '.steps[2] | .next' <<<"$output")" "write TODO 1, .*:[0-9]+"
}

@test "assignments: the complete program passes" {
	ok t start "$LESSON"
	cp "$LESSON"/*.[ch] "$WORK/$LESSON"
	ok t check --json "$LESSON"
	is "done" "$(jq .done <<<"$output")" true
	is "what is done" "$(cat "$WORK/$LESSON/.done")" "$(numbers)"
}

@test "assignments: with the first ones written, those are right, and no other" {
	local number file

	ok t start "$LESSON"
	for number in $(numbers | head -n -1); do
		for file in "$LESSON"/*.[ch]; do
			awk -v written="$number" -f testenv/assignment_marks.awk "$file" \
				>"$WORK/$file"
		done
		run t check --json "$LESSON"
		is "what is right with 1 to $number written" \
			"$(xargs <"$WORK/$LESSON/.done")" \
			"$(numbers | head -n "$number" | xargs)"
	done
}

@test "assignments: a program without the TODOs written, and the markers gone, is the starter" {
	local file

	ok t start "$LESSON"
	for file in "$WORK/$LESSON"/*.[ch]; do
		has_no "$(<"$file")" '/\* Assignment [0-9]'
	done
	is "TODOs" "$(grep -ohE 'TODO [0-9]+' "$WORK/$LESSON"/*.[ch] | sort -u | wc -l)" \
		"$(numbers | wc -l)"
}
