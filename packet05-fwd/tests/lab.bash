# shellcheck shell=bash
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # as in tests/helpers.bash
# SPDX-License-Identifier: GPL-2.0
#
# What the bats files of packet05-fwd share: the lab, fwd in it, its API.

C_FAR=10.10.3.5 B_FAR=10.10.2.7
FWD_PROGRAM=./fwd

setup()
{
	lesson packet05-fwd
	t lab up
	LOG=$BATS_TEST_TMPDIR/fwd.log
	FWD=''
}

teardown()
{
	[[ ! $FWD ]] || kill -CONT "$FWD" 2>/dev/null || true
	clean_up
}

# What is /sys/fs/bpf to fwd.
PINS=$BPFFS/t:env/lab/packet05-fwd/ns:A

# in_a COMMAND...: where fwd runs, with its pins
in_a()
{
	t exec -n A -- "$@"
}

# fwd_launch [OPTIONS]: in the background; sets FWD
fwd_launch()
{
	start "$ROOT/testenv/testenv.sh" exec -n A -- \
		"$FWD_PROGRAM" -d enp0s8 -d enp0s9 "$@" >"$LOG" 2>&1
	FWD=$PID
}

# fwd_start [OPTIONS]: and serves, and has looked at the routes
fwd_start()
{
	fwd_launch "$@"
	wait_for has_text "$LOG" "fwd: ready"
	wait_for is_settled "${LEARN-3}"
}

fwd_stop()
{
	kill -TERM "$FWD"
	wait "$FWD" || fail "fwd ended with $?:" "$(cat "$LOG")"
	FWD=''
}

# The record fwd_state: its generation
generation()
{
	[[ $(bpftool -j map dump pinned "$PINS/enp0s8/fwd_state") =~ \
		\"generation\":([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}

# is_settled BITS: what may be learned now
is_settled()
{
	local now

	now=$(generation)
	[[ $now && $((now & 3)) == "$1" ]]
}

# post BODY [OPTIONS of curl]
post()
{
	in_env A curl -s --max-time 10 -d "$1" "${@:2}" 127.0.0.1:5555
}

# answers BODY ANSWER [DETAIL]: but for detail, which matches the pattern
answers()
{
	local answer detail='' string='"([^"\\]|\\.)*"'

	answer=$(post "$1")
	if [[ $answer =~ ^(.*),\"detail\":($string)(.*)$ ]]; then
		answer=${BASH_REMATCH[1]}${BASH_REMATCH[4]}
		detail=${BASH_REMATCH[2]:1:-1}
	fi
	is "answer to $1" "$answer" "$2"
	[[ -z ${3-} ]] || has "$detail" "$3"
}

update()
{
	printf '{"action":"UpdateForward","traceId":"u","ip":"%s","iface":%s,"srcMac":"%s","dstMac":"%s"}' \
		"$1" "${2-3}" "${3-08:00:27:13:df:b6}" "${4-08:00:27:f2:cb:f9}"
}

# entries TABLE: the addresses in it, sorted
entries()
{
	post '{"action":"QueryForward","table":"'"$1"'"}' |
		jq -r '.Tables[].Ip' | sort
}

has_entry()
{
	[[ $(post '{"action":"QueryForward","table":"'"$1"'"}') == *'"Ip":"'"$2"'"'* ]]
}

has_no_entry()
{
	! has_entry "$@"
}

# learns [ADDRESS]: a packet to C, and there is an entry for it
learns()
{
	replies 1 1 B "${1-$C_FAR}" && has_entry learned "${1-$C_FAR}"
}

# Both hosts' MAC addresses are known to A, so nothing need be asked for.
know_hosts()
{
	in_env A ping -qc 1 -W 2 $C_FAR
	in_env A ping -qc 1 -W 2 $B_FAR
} >/dev/null

# B's gateway, and with an argument also C's, is A
via_a()
{
	ip -n B neigh replace dev enp0s3 10.10.2.1 lladdr "$(inner_mac A enp0s8)"
	[[ -z ${1-} ]] || {
		ip -n C link set dev enp0s8 down
		ip -n C neigh replace dev enp0s9 10.10.3.1 \
			lladdr "$(inner_mac A enp0s9)"
	}
}

redirects()
{
	[[ $(in_a ./xdp_stats -d "$1" --json -n 1 -i 0.001) =~ \
		\"XDP_REDIRECT\":[^}]*\"packets\":([0-9]+) ]]
	echo "${BASH_REMATCH[1]}"
}

# watch_trace: from here on. Not in tracefs: its buffer is the whole machine's,
# has room for some 80 lines, and others' programs write into it.
watch_trace()
{
	TRACE=$BATS_TEST_TMPDIR/trace
	start_watch "$TRACE" log -n A
}

# has_traced COUNT DEST: so many lines at least; how many is in SEEN
has_traced()
{
	SEEN=$(grep -c "fast fwd dstIp=$2\$" "$TRACE") || true
	((SEEN >= $1))
}

# expect_traced COUNT DEST: so many, no more, no fewer
expect_traced()
{
	wait_for has_traced "$@" 2>/dev/null || true
	is "trace lines of $2" "$SEEN" "$1"
}
