#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Breaks the programs, one thing at a time, and expects the cases to notice:
#
#	tests/mutants.sh [--conformance] [PATTERN]
#
# mutants.tsv has a line for each: lessons, file, name, old text, new text,
# and perhaps an excuse; \n and \t in the texts stand for themselves, and the
# old one is as short as change_source() (change.bash) allows. A mutant is
# caught when the program still builds and loads and each of the lessons' cases
# fail. Prints TAP. With a PATTERN, only the mutants whose name has it.
# With --conformance it is not the cases that shall notice but the comparison
# with Linux (tests/conformance). With an excuse, it must not: the excuse says
# why it cannot. A list at the end says for each by which frame it was noticed,
# and how many frames that took.
#
# shellcheck disable=SC2317 # functions that tap_report() runs

set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
[[ ${SANDBOX-} ]] || exec testenv/sandbox tests/mutants.sh "$@"
# shellcheck source=tests/change.bash
source tests/change.bash

CONFORMANCE=''
if [[ ${1-} == --conformance ]]; then
	CONFORMANCE=packet04-router
	shift
fi
readonly CONFORMANCE TABLE=tests/mutants.tsv PATTERN=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run_cases DIR LESSON: prints what they say; status 1 when a case fails
run_cases()
{
	if ! make -s -C "$1/$2" kern 2>&1; then
		echo "$2: does not build"
		return 2
	fi
	if [[ $CONFORMANCE ]]; then
		STOP=1 SEED=${SEED-1} FRAMES=${FRAMES-100000} \
			LESSON_FOLDER=$1/$2 \
			timeout 120 build/tests/conformance wide 2>&1
		return
	fi
	FRAMES=${FRAMES-1000} LESSON_FOLDER=$1/$2 \
		timeout 60 "build/grader/$2-cases" 2>&1
}

# What a log of failures says in a line.
summary()
{
	if [[ $CONFORMANCE ]]; then
		awk '/ FIRST=/ {
			split($3, first, "=")
			sub(/.*FRAMES=1 [a-z]*: /, "")
			print "after " first[2] + 1 " frames: " $0
			exit
		}' "$1"
	else
		echo "caught by $(grep -c '^not ok' "$1") cases"
	fi
}

# list_frames FILE...: the list that is promised above
list_frames()
{
	echo "# frames needed, what was changed: the frame, and the difference"
	awk 'FNR == 1 { frames = "" }
		sub(/^# [^:]*: after /, "") {
			frames = $1
			sub(/^[0-9]+ frames: /, "")
			noticed = $0
		}
		sub(/^# [^:]*: not to be noticed: /, "") {
			frames = "-"
			noticed = $0
		}
		frames && sub(/^ok [0-9]+ - [^:]*: /, "") {
			printf "# %6s  %s: %s\n", frames, $0, noticed
		}' "$@" | sort -k 3
}

# try LESSONS FILE OLD NEW EXCUSE: status 0 when each lesson's cases have
# failed, or the comparison with Linux, unless it is excused
try()
{
	local dir lesson lessons status excuse=${5-}
	[[ $CONFORMANCE ]] || excuse=''
	dir=$(mktemp -d -p "$work")

	IFS=, read -ra lessons <<<"$1"
	copy_sources "$dir" "${lessons[@]}"
	change_source "$dir/$2" "$3" "$4" || return 1
	for lesson in "${lessons[@]}"; do
		status=0
		run_cases "$dir" "$lesson" >"$dir/log" || status=$?
		if ((status == 0)) && [[ $excuse ]]; then
			echo "$lesson: not to be noticed: $excuse"
			continue
		elif ((status == 0)); then
			echo "SURVIVED: $lesson: nothing was noticed"
			return 1
		elif ((status != 1)) || ! grep -q '^not ok' "$dir/log"; then
			echo "$lesson: status $status instead of failed cases"
			cat "$dir/log"
			return 1
		fi
		echo "$lesson: $(summary "$dir/log")"
		[[ ! $excuse ]] || { echo "but the excuse was: $excuse"; return 1; }
	done
	rm -rf "$dir"
}

# Without any change the cases must pass, or nothing here means anything.
sound()
{
	local dir
	dir=$(mktemp -d -p "$work")

	copy_sources "$dir" "$1"
	run_cases "$dir" "$1" >"$dir/log" || { cat "$dir/log"; return 1; }
	rm -rf "$dir"
}

count=0
# start NAME COMMAND...: as many at a time as there are processors
start()
{
	wait_for_processor
	count=$((count + 1))
	tap_report "$work" "$count" "$@" &
}

for program in build/grader/*-cases; do
	lesson=$(basename "${program%-cases}")
	[[ ! $CONFORMANCE || $lesson == "$CONFORMANCE" ]] || continue
	start "$lesson: the cases pass as long as nothing is broken" \
		sound "$lesson"
done
while IFS=$'\t' read -r lessons file name old new excuse; do
	[[ $lessons != '#'* && $name == *"$PATTERN"* ]] || continue
	[[ ! $CONFORMANCE || ($lessons == *"$CONFORMANCE"* && $file != */@(stats|pass).h) ]] || continue
	lessons=${CONFORMANCE:-$lessons}
	start "${lessons//packet/}: $name" try "$lessons" "$file" \
		"$(printf '%b' "$old")" "$(printf '%b' "$new")" "$excuse"
done <"$TABLE"
wait

if [[ $CONFORMANCE ]]; then
	list_frames "$work"/*.tap
fi
tap_print "$work" "$count"
