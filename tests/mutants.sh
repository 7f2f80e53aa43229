#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Breaks the programs, one thing at a time, and expects the cases to notice:
#
#	tests/mutants.sh [--conformance] [PATTERN]
#
# mutants.tsv has a line for each: lessons, file, name, old text, new text;
# \n and \t in the texts stand for themselves. A mutant is caught when the
# program still builds and loads and each of the lessons' cases fail. Prints
# TAP. With a PATTERN, only the mutants whose name has it. With --conformance
# it is not the cases that shall notice but the comparison with Linux
# (tests/conformance), and it says after how many frames.
#
# shellcheck disable=SC2317 # functions that report() runs

set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
[[ ${SANDBOX-} ]] || exec tests/sandbox tests/mutants.sh "$@"

CONFORMANCE=''
if [[ ${1-} == --conformance ]]; then
	CONFORMANCE=packet04-router
	shift
fi
readonly CONFORMANCE TABLE=tests/mutants.tsv PATTERN=${1-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# copy_sources DIR LESSON...: what the programs are built from
copy_sources()
{
	local dir=$1 lesson
	shift

	mkdir "$dir/common"
	cp -r common/bpf common/*.h common/*.mk "$dir/common"
	for lesson in "$@"; do
		mkdir "$dir/$lesson"
		cp "$lesson"/{xdp_prog_kern.c,Makefile} "$dir/$lesson"
		[[ ! -f $lesson/xdp_prog.h ]] ||
			cp "$lesson/xdp_prog.h" "$dir/$lesson"
	done
}

# break_source FILE OLD NEW: the old text must be there, and only once
break_source()
{
	local text

	text=$(<"$1")
	if [[ $text != *"$2"* ]]; then
		echo "the text to change is not in $1"
		return 1
	fi
	if [[ ${text#*"$2"} == *"$2"* ]]; then
		echo "the text to change is more than once in $1"
		return 1
	fi
	printf '%s\n' "${text%%"$2"*}$3${text#*"$2"}" >"$1"
}

# run_cases DIR LESSON: prints what they say; status 1 when a case fails
run_cases()
{
	if ! make -s -C "$1/$2" xdp_prog_kern.o 2>&1; then
		echo "$2: does not build"
		return 2
	fi
	if [[ $CONFORMANCE ]]; then
		STOP=1 SEED=${SEED-1} FRAMES=${FRAMES-100000} \
			LESSON_OBJECT=$1/$2/xdp_prog_kern.o \
			timeout 120 build/tests/conformance 2>&1
		return
	fi
	CMOCKA_MESSAGE_OUTPUT=TAP LESSON_OBJECT=$1/$2/xdp_prog_kern.o \
		timeout 60 "build/tests/$2-cases" 2>&1
}

# What a log of failures says in a line.
summary()
{
	if [[ $CONFORMANCE ]]; then
		awk '/ FIRST=/ {
			split($3, first, "=")
			sub(/.*FRAMES=1: /, "")
			print "after " first[2] + 1 " frames: " $0
			exit
		}' "$1"
	else
		echo "caught by $(grep -c '^not ok' "$1") cases"
	fi
}

# try LESSONS FILE OLD NEW: status 0 when each lesson's cases have failed
try()
{
	local dir lesson lessons status
	dir=$(mktemp -d -p "$work")

	IFS=, read -ra lessons <<<"$1"
	copy_sources "$dir" "${lessons[@]}"
	break_source "$dir/$2" "$3" "$4" || return 1
	for lesson in "${lessons[@]}"; do
		status=0
		run_cases "$dir" "$lesson" >"$dir/log" || status=$?
		if ((status == 0)); then
			echo "SURVIVED: $lesson: nothing was noticed"
			return 1
		elif ((status != 1)) || ! grep -q '^not ok' "$dir/log"; then
			echo "$lesson: status $status instead of failed cases"
			cat "$dir/log"
			return 1
		fi
		echo "$lesson: $(summary "$dir/log")"
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

# report NUMBER NAME COMMAND...: its result as TAP, into a file
report()
{
	local number=$1 name=$2 said verdict=ok
	shift 2

	said=$("$@") || verdict='not ok'
	{
		[[ -z $said ]] || printf '%s\n' "$said" | sed 's/^/# /'
		printf '%s %d - %s\n' "$verdict" "$number" "$name"
	} >"$work/$number.part"
	mv "$work/$number.part" "$work/$number.tap"
}

count=0
# start NAME COMMAND...: as many at a time as there are processors
start()
{
	while (($(jobs -rp | wc -l) >= $(nproc))); do
		wait -n || true
	done
	count=$((count + 1))
	report "$count" "$@" &
}

for program in build/tests/*-cases; do
	lesson=$(basename "${program%-cases}")
	[[ ! $CONFORMANCE || $lesson == "$CONFORMANCE" ]] || continue
	start "$lesson: the cases pass as long as nothing is broken" \
		sound "$lesson"
done
while IFS=$'\t' read -r lessons file name old new; do
	[[ $lessons != '#'* && $name == *"$PATTERN"* ]] || continue
	[[ ! $CONFORMANCE || ($lessons == *"$CONFORMANCE"* && $file != */@(stats|pass).h) ]] || continue
	lessons=${CONFORMANCE:-$lessons}
	start "${lessons//packet/}: $name" try "$lessons" "$file" \
		"$(printf '%b' "$old")" "$(printf '%b' "$new")"
done <"$TABLE"
wait

failed=0
echo "1..$count"
for ((i = 1; i <= count; i++)); do
	cat "$work/$i.tap"
	! grep -q '^not ok' "$work/$i.tap" || failed=$((failed + 1))
done
echo "# $((count - failed)) of $count"
exit $((failed > 0))
