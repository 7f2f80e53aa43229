#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A step of `t check` with real packets:
#
#	cd work/LESSON; testenv/sandbox testenv/live.sh LESSON N
#
# calls live_N of the lesson's tests/live.sh, which uses the functions below and
# those of traffic.sh. It succeeds, its last line being what was seen, or says
# by fail() what was not. Nothing of it is left behind: it only runs in a
# sandbox.

set -Eeuo pipefail

readonly LESSON=$1 NUMBER=$2 LOADER_TIMEOUT=10

fail()
{
	printf '%s\n' "$@" >&2
	exit 1
}

# learner COMMAND...: run what the learner wrote; its output is in $output
learner()
{
	local status=0

	output=$(timeout --kill-after=1 $LOADER_TIMEOUT "$@" 2>&1 </dev/null) ||
		status=$?
	case $status in
	124 | 137) output="it did not end within $LOADER_TIMEOUT seconds" ;;
	139) output="it crashed: segmentation fault" ;;
	134) output="it crashed: abort" ;;
	esac
	return $status
}

# load NAME ARGUMENTS...: t load, which must succeed
load()
{
	local name=$1

	shift
	learner "$TESTENV/testenv.sh" load -n "$name" -- "$@" ||
		fail "t load -n $name -- $*" "$output"
}

# refuses WHAT T-ARGUMENTS...: t says what is wrong with it, and fails
refuses()
{
	local what=$1

	shift
	! learner "$TESTENV/testenv.sh" "$@" ||
		fail "t $*" "$what: it must fail, but its exit status is 0"
	check_refusal "$what" "t $*"
}

# refuses_here WHAT COMMAND...: the same for a command of the lesson
refuses_here()
{
	local what=$1

	shift
	! learner "$@" ||
		fail "$*" "$what: it must fail, but its exit status is 0"
	check_refusal "$what" "$*"
}

check_refusal()
{
	[[ $output != "it crashed"* && $output != "it did not end"* ]] ||
		fail "$2" "$1: $output"
	[[ $output ]] || fail "$2" "$1: it fails without saying why"
}

# expect WHAT WANT COMMAND...: its output, or it is wrong
expect()
{
	local what=$1 want=$2 got

	shift 2
	got=$("$@")
	[[ $got == "$want" ]] || fail "$what: want $want, got $got"
}

# arrived NAME COUNT WHAT FILTER: so many frames of a capture, which may still
# be under way
arrived()
{
	poll has_frames "$2" "$1" "$4" || true
	((SEEN == $2)) || fail "$3: want $2, got $SEEN" "$(where_lost)" \
		"what was there:" "$(packets "$1" -eq | head -n 3)"
}

# reply_ttl FROM ADDRESS: TTL or hop limit of one reply, as it arrives
reply_ttl()
{
	in_env "$1" ping -n -c 1 -W 1 "$2" | sed -nE 's/.* ttl=([0-9]+) .*/\1/p'
}

SCRATCH=$(mktemp -d) # the sandbox's
# shellcheck source=testenv/traffic.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/traffic.sh"
PATIENCE=10 # the whole step has a minute
# shellcheck source=/dev/null # the lesson's
source "$ROOT/$LESSON/tests/live.sh"
trap 'echo "live.sh: $BASH_COMMAND: status $?"' ERR
"live_$NUMBER"
