#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A step of `t check` with real packets:
#
#	cd work/LESSON; testenv/sandbox testenv/live.sh LESSON N
#
# calls live_N of the lesson's tests/live.sh, which uses the functions below.
# It succeeds, its last line being what was seen, or says by wrong() what was
# not. Nothing of it is left behind: it only runs in a sandbox.

set -Eeuo pipefail

[[ ${SANDBOX-} ]] || {
	echo "live.sh: error: this changes the network: testenv/sandbox $0" >&2
	exit 1
}
TESTENV=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
ROOT=$(dirname "$TESTENV")
readonly TESTENV ROOT LESSON=$1 NUMBER=$2 LOADER_TIMEOUT=10 LIVE_BOUND=10
# shellcheck disable=SC2034 # for the lessons
readonly NET6=fc00:dead:cafe NET4=10.11

t()
{
	"$TESTENV/testenv.sh" "$@"
}

wrong()
{
	printf '%s\n' "$@"
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
		wrong "t load -n $name -- $*" "$output"
}

# refuses WHAT T-ARGUMENTS...: t says what is wrong with it, and fails
refuses()
{
	local what=$1

	shift
	! learner "$TESTENV/testenv.sh" "$@" ||
		wrong "t $*" "$what: it must fail, but its exit status is 0"
	check_refusal "$what" "t $*"
}

# refuses_here WHAT COMMAND...: the same for a command of the lesson
refuses_here()
{
	local what=$1

	shift
	! learner "$@" ||
		wrong "$*" "$what: it must fail, but its exit status is 0"
	check_refusal "$what" "$*"
}

check_refusal()
{
	[[ $output != "it crashed"* && $output != "it did not end"* ]] ||
		wrong "$2" "$1: $output"
	[[ $output ]] || wrong "$2" "$1: it fails without saying why"
}

# verdicts DEV ACTION: how many frames have got it, as xdp_stats says
verdicts()
{
	./xdp_stats -d "$1" --json -n 1 -i 0.001 | jq ".actions.$2.packets"
}

# expect WHAT WANT COMMAND...: its output, or it is wrong
expect()
{
	local what=$1 want=$2 got

	shift 2
	got=$("$@")
	[[ $got == "$want" ]] || wrong "$what: want $want, got $got"
}

# inside NAME COMMAND...
inside()
{
	local name=$1

	shift
	if [[ $name == . ]]; then
		"$@"
	else
		nsenter --net="/run/netns/$name" "$@"
	fi
}

# mac NAMESPACE DEV
mac()
{
	inside "$1" ip -j link show dev "$2" | jq -r '.[].address'
}

# capture NAME: from now on, what arrives at veth0 of NAME (and leaves there)
capture()
{
	local file=$SCRATCH/$1 end=$((SECONDS + LIVE_BOUND))

	rm -f "$file".*
	[[ ! ${CAPTURE-} ]] || kill "$CAPTURE"
	inside "$1" tcpdump -ni veth0 -B 16384 --immediate-mode -Uw "$file.pcap" \
		2>"$file.log" &
	CAPTURE=$!
	until grep -q 'listening on' "$file.log" 2>/dev/null; do
		((SECONDS < end)) || wrong "tcpdump does not start"
		sleep 0.01
	done
}

# frames NAME FILTER: how many of what was captured match
frames()
{
	tcpdump -nr "$SCRATCH/$1.pcap" "$2" 2>/dev/null | wc -l
}

# arrived NAME COUNT WHAT FILTER: so many frames, which may still be under way
arrived()
{
	local got end=$((SECONDS + LIVE_BOUND))

	while got=$(frames "$1" "$4"); ((got < $2 && SECONDS < end)); do
		sleep 0.02
	done
	((got == $2)) && return
	wrong "$3: want $2 at veth0 of $1, got $got" "$(where_lost)" \
		"what was there:" \
		"$(tcpdump -neqr "$SCRATCH/$1.pcap" 2>/dev/null | head -n 3)"
}

# What the programs have said so far, but for the frames that nobody counts
all_verdicts()
{
	local pin dev

	for pin in /sys/fs/bpf/*/xdp_stats_map; do
		[[ -e $pin ]] || continue
		dev=$(basename "$(dirname "$pin")")
		./xdp_stats -d "$dev" --json -n 1 -i 0.001 | jq -r --arg dev "$dev" '
			.actions | to_entries | map(select(.value.packets > 0)
			| "\(.value.packets) times \(.key)") | select(. != []) |
			"the program on \($dev) has said \(join(", "))"'
	done
}

# Sends what was pinged last once more, and says where the kernel loses it.
where_lost()
{
	"$TESTENV/testenv.sh" drops --json -- bash -c '"$@" >/dev/null 2>&1' \
		bash "${LAST_PING[@]}" | jq -rs '
		map(select(.cause)) | group_by([.where, .key]) | .[] |
		"\(length) lost at \(.[0].where): \(.[0].cause): \(.[0].mend)"' ||
		true
}

# pings SENT RECEIVED FROM ADDRESS [OPTIONS]: exactly so many replies. Says
# where the others have died.
pings()
{
	local sent=$1 received=$2 from=$3 pace=(-i 0.01) said got

	shift 3
	# At once, or ping would not wait for the last reply as long as -W says.
	((sent > received)) || pace=(-l "$sent")
	LAST_PING=("$TESTENV/testenv.sh" exec -n "$from" -- \
		ping -n -i 0.01 -c 3 "$@" -W 0.2)
	said=$(inside "$from" ping -n "${pace[@]}" -W 2 -c "$sent" "$@" 2>&1) || true
	got=$(sed -nE 's/.* ([0-9]+) received.*/\1/p' <<<"$said")
	[[ $got == "$received" ]] && return
	wrong "ping $* from $from: $sent requests, want $received replies, got ${got:-an error: $said}" \
		"$(all_verdicts)" "$(where_lost)"
}

# reply_ttl FROM ADDRESS: TTL or hop limit of one reply, as it arrives
reply_ttl()
{
	inside "$1" ping -n -c 1 -W 1 "$2" | sed -nE 's/.* ttl=([0-9]+) .*/\1/p'
}

# tcp_bytes FROM TO ADDRESS BYTES: so many are sent; prints how many arrive
tcp_bytes()
{
	inside "$2" timeout 30 socat -u TCP4-LISTEN:7777,reuseaddr STDOUT |
		wc -c >"$SCRATCH/bytes" &
	head -c "$4" /dev/zero | inside "$1" timeout 20 socat -u STDIN \
		"TCP4:$3:7777,retry=200,interval=0.05,connect-timeout=2" || true
	wait $!
	cat "$SCRATCH/bytes"
}

# shellcheck source=/dev/null # the lesson's
source "$ROOT/$LESSON/tests/live.sh"
SCRATCH=$(mktemp -d) # the sandbox's
trap 'echo "live.sh: $BASH_COMMAND: status $?"' ERR
"live_$NUMBER"
