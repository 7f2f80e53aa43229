#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Makes typical mistakes, one at a time, and expects `t check` to name them:
#
#	tests/wrong.sh [PATTERN]
#
# wrong.tsv has a line for each: lesson, file, name, the step that must be the
# first to fail, a regular expression that what is said of it must match, old
# text, new text; \n and \t in the texts stand for themselves, and the old one is
# as short as change_source() (change.bash) allows. A line with the step "right"
# is no mistake but the same thing written differently: all of it must pass.
# Prints TAP. With a PATTERN, only lines whose name has it.

set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
[[ ${SANDBOX-} ]] || exec testenv/sandbox tests/wrong.sh "$@"
# shellcheck source=tests/change.bash
source tests/change.bash

readonly TABLE=tests/wrong.tsv PATTERN=${1-}
# Not in TMPDIR, where a sandbox in the sandbox has a folder of its own
mount -t tmpfs tmpfs /mnt
readonly LOGS=/mnt/logs STARTED=/mnt/started
mkdir $LOGS

# try LESSON FILE STEP REGEX OLD NEW: prints what is not as it should be
try()
{
	local lesson=$1 file=$2 step=$3 regex=$4 said status=0 failed

	mkdir "$WORK"
	cp -a "$STARTED/common" "$STARTED/$lesson" "$WORK"
	change_source "$WORK/$lesson/$file" "$5" "$6" || return 1
	said=$(testenv/testenv.sh check --json "$lesson" 2>&1) || status=$?
	failed=$(jq -r 'first(.steps[] | select(.status != "ok"))
		| "\(.step)\n\(.title)\n\(.detail)"' <<<"$said") ||
		{ printf '%s\n' "$said"; return 1; }
	if [[ $step == right ]]; then
		((status == 0)) && return
	elif [[ ${failed%%$'\n'*} == "$step" && $failed =~ $regex ]] &&
		((status == 1)); then
		echo "${failed//$'\n'/; }"
		return
	fi
	printf '%s\n' "status $status, expected: $step, $regex" "$failed"
	return 1
}

# report NUMBER NAME ARGUMENTS...: a try in a folder of its own
report()
{
	export WORK=/mnt/$1
	tap_report $LOGS "$1" "$2" try "${@:3}"
	rm -rf "$WORK"
}

# What every try begins with: a lesson that was started, is complete and built.
while read -r lesson; do
	WORK=$STARTED testenv/testenv.sh start "$lesson" >/dev/null
	cp "$lesson"/*.[ch] "$STARTED/$lesson"
	make -s -C "$STARTED/$lesson"
done < <(grep -v '^#' $TABLE | cut -f 1 | sort -u)

count=0
while IFS=$'\t' read -r lesson file name step regex old new; do
	[[ $lesson && $lesson != '#'* && $name == *"$PATTERN"* ]] || continue
	wait_for_processor
	count=$((count + 1))
	report $count "$lesson: $name" "$lesson" "$file" "$step" "$regex" \
		"$(printf '%b' "$old")" "$(printf '%b' "$new")" &
done <"$TABLE"
wait

tap_print $LOGS $count
