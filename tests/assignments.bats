#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Assignments: starters, hints, and what `t check` says of right and wrong.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

setup()
{
	cd "$ROOT"
	# Not in TMPDIR, where a sandbox in the sandbox has a folder of its own
	mountpoint -q /mnt || mount -t tmpfs tmpfs /mnt
	export WORK=/mnt/$BATS_TEST_NUMBER
}

# All lessons that have assignments.
lessons()
{
	grep -l '/\* <assignment ' */*.c | cut -d / -f 1 | sort -u
}

# The numbers of a lesson's assignments, as its README has them.
numbers()
{
	sed -nE 's/^### ([0-9]+)\. .*/\1/p' "$1/README.md"
}

reference()
{
	rm -rf "${WORK:?}/$1"
	ok t start "$1"
	cp "$1"/*.[ch] "$WORK/$1"
}

@test "assignments: every starter builds without a warning, loads, and fails each one" {
	local lesson

	for lesson in $(lessons); do
		ok t start "$lesson"
		ok_quiet make -s -C "$WORK/$lesson"
		is "what make says" "$output" ""
		run t check --json "$lesson"
		is "status of the check" "$status" 1
		is "build, verifier" "$(jq -r '.steps[:2][].status' <<<"$output" | xargs)" "ok ok"
		is "what is right" "$(cat "$WORK/$lesson/.done")" ""
		is "assignments" "$(jq -r '.steps[2:][].step' <<<"$output")" "$(numbers "$lesson")"
		has_no "$(jq -r '.steps[2:][].status' <<<"$output")" ok
		has "$(jq -r '.steps[2] | .next' <<<"$output")" "write TODO 1, .*:[0-9]+"
	done
}

@test "assignments: every complete program passes" {
	local lesson

	for lesson in $(lessons); do
		reference "$lesson"
		ok t check --json "$lesson"
		is "done" "$(jq .done <<<"$output")" true
		is "what is done" "$(cat "$WORK/$lesson/.done")" "$(numbers "$lesson")"
	done
}

# written_up_to NUMBER FILE: the complete program, later assignments cut out
written_up_to()
{
	awk -v upto="$1" '
		/\/\* <assignment [0-9]+> \*\// {
			number = $3
			sub(/>.*/, "", number)
			inside = number + 0 > upto + 0
			next
		}
		/\/\* <\/assignment>/ {
			sub(/\/\* <\/assignment>/, "")
			sub(/\*\//, "")
			if (inside)
				print
			inside = 0
			next
		}
		!inside' "$2"
}

@test "assignments: with the first ones written, those are right, and no other" {
	local lesson number file

	for lesson in $(lessons); do
		ok t start "$lesson"
		for number in $(numbers "$lesson" | head -n -1); do
			for file in "$lesson"/*.[ch]; do
				written_up_to "$number" "$file" >"$WORK/$file"
			done
			run t check --json "$lesson"
			is "$lesson: what is right with 1 to $number written" \
				"$(xargs <"$WORK/$lesson/.done")" \
				"$(numbers "$lesson" | head -n "$number" | xargs)"
		done
	done
}

@test "assignments: a program without the TODOs written, and the markers gone, is the starter" {
	local lesson file

	for lesson in $(lessons); do
		ok t start "$lesson"
		for file in "$WORK/$lesson"/*.[ch]; do
			has_no "$(<"$file")" '<assignment|</assignment'
		done
		is "TODOs" "$(grep -ohE 'TODO [0-9]+' "$WORK/$lesson"/*.[ch] | sort -u | wc -l)" \
			"$(numbers "$lesson" | wc -l)"
	done
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
	has_no "$output" '<assignment'
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
