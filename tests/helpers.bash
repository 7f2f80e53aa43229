# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set for, and by, others: the tests and bats
# SPDX-License-Identifier: GPL-2.0
#
# What the bats files share. Each file runs by itself:
#
#	testenv/sandbox bats FILE
#
# A check that fails says what was seen. How packets are sent and captured is in
# testenv/traffic.sh.

bats_require_minimum_version 1.5.0

# bats notes the line of each command before it runs it. In virtual machines,
# where that takes a tenth of the time, it is noted where one fails.
if [[ ${IN_VM-} ]]; then
	bats_debug_trap() { :; }
	bats_error_trap()
	{
		bats_check_status_from_trap
		[[ $BATS_DEBUG_LAST_STACK_TRACE_IS_VALID ]] ||
			bats_capture_stack_trace
		BATS_DEBUG_LAST_STACK_TRACE_IS_VALID=1
	}
fi

SCRATCH=${BATS_TEST_TMPDIR-} # none while bats reads a file
# shellcheck source=testenv/traffic.sh
source "${BASH_SOURCE[0]%/*}/../testenv/traffic.sh"
# Of which the last is a full frame at an MTU of 1500 (IPv4).
PING_SIZES=(0 56 1472)

# The names of all lessons
lessons()
{
	make -s --no-print-directory -C "$ROOT" lessons
}

# Into a lesson's folder, which make has filled.
lesson()
{
	cd "$ROOT/$1" || return
	{ compgen -G "*_user" && compgen -G "*_kern.o"; } >/dev/null ||
		fail "$1 is not built: make -C $1"
}

# For every file's teardown().
clean_up()
{
	stop "${BACKGROUND[@]}"
	cd "$ROOT" || return
	t teardown --all >/dev/null
}

#
# Checks
#

fail()
{
	printf '%s\n' "$@" >&2
	return 1
}

# is WHAT SEEN EXPECTED
is()
{
	[[ $2 == "$3" ]] || fail "$1: seen '$2', expected '$3'"
}

# has TEXT PATTERN: a regular expression is found in it
has()
{
	[[ $1 =~ $2 ]] || fail "no match of '$2' in:" "$1"
}

has_no()
{
	[[ ! $1 =~ $2 ]] || fail "an unexpected match of '$2' in:" "$1"
}

# run_apart COMMAND...: what bats' `run --separate-stderr` does, which starts
# three processes more
run_apart()
{
	local flags=$- file=$BATS_TEST_TMPDIR/stderr.$BASHPID

	set +eET
	output=$("$@" 2>"$file") && status=0 || status=$?
	set "-$flags"
	read -rd '' stderr <"$file" || true
	IFS=$'\n' read -rd '' -a lines <<<"$output" || true
	IFS=$'\n' read -rd '' -a stderr_lines <<<"$stderr" || true
}

# The command succeeds; its output is in $output and $stderr.
ok()
{
	run_apart "$@"
	((status == 0)) ||
		fail "'$*' failed with $status:" "$output" "$stderr"
}

# It succeeds, without a word on stderr.
ok_quiet()
{
	ok "$@"
	is "stderr of '$*'" "$stderr" ""
}

# refused PATTERN COMMAND...: it fails, with one line on stderr that says why
# and nothing on stdout. (argp adds a second line, "Try `... --help'".)
refused()
{
	local pattern=$1

	shift
	run_apart "$@"
	((status > 0 && status < 126)) ||
		fail "'$*' ended with $status:" "$output" "$stderr"
	if [[ ${#stderr_lines[@]} -eq 2 && ${stderr_lines[1]} == "Try "* ]]; then
		unset 'stderr_lines[1]'
	fi
	((${#stderr_lines[@]} == 1)) ||
		fail "'$*': one line was expected on stderr, not:" "$stderr"
	has "${stderr_lines[0]}" "$pattern"
	is "stdout of '$*'" "$output" ""
}

#
# Processes in the background
#

# start_watch FILE COMMAND [OPTIONS]: t drops or t log, its lines in FILE; ready
# when this returns; sets WATCH
start_watch()
{
	: >"$1"
	start "$ROOT/testenv/testenv.sh" "${@:2}" >>"$1" 2>"$1.err"
	WATCH=$PID
	wait_for has_text "$1.err" Watching
}

is_gone()
{
	[[ ! -d /proc/$1 ]]
}

#
# State
#

# The id of the XDP program on a device; nothing where there is none. Of those
# in a dispatcher, and not the dispatcher's, which comes and goes.
prog_id()
{
	local link

	link=$(ip -d link show dev "$1")
	[[ $link =~ prog/xdp\ id\ ([0-9]+) ]] || return 0
	if [[ $link == *" name xdp_dispatcher "* ]]; then
		xdp-loader status "$1" | awk '$1 == "=>" { print $4 }'
	else
		echo "${BASH_REMATCH[1]}"
	fi
}

# The kernel frees a program some time after its last user has gone.
prog_is_gone()
{
	! bpftool prog show id "$1" >/dev/null 2>&1
}

# What a command that was refused must leave as it was: program and pins. A
# pin that is made anew has another inode.
dev_state()
{
	echo "program: $(prog_id "$1")"
	ls -i "$BPFFS/$1" 2>/dev/null || true
}

# Everything that the environments might leave behind.
world()
{
	echo "links:"
	ip -o link
	echo "namespaces:"
	ip netns
	echo "pins:"
	find $BPFFS -mindepth 1 ! -name '*.debug' | sort
	echo "mounts:"
	grep -v " /run/netns " /proc/mounts | sort # ip(8) mounts that itself
	echo "sysctls:"
	grep -r . /proc/sys/net/ipv[46]/conf/{all,default} 2>/dev/null | sort
}

# same_world BEFORE: the difference is shown
same_world()
{
	diff <(echo "$1") <(world)
}

# lab_can_be: whether this kernel has the devices of the lab in this folder;
# a lab that it could make is gone again
lab_can_be()
{
	run_apart t lab up
	if ((status)); then
		has "$stderr" "this kernel makes no"
		return 1
	fi
	ok t lab down
}

#
# Packets
#

# redirect_counts FROM TO: packets and bytes under XDP_REDIRECT, on each
redirect_counts()
{
	local dev

	for dev; do
		stat_of "$dev" XDP_REDIRECT
		stat_of "$dev" XDP_REDIRECT bytes
	done
}

# redirected_since BEFORE FROM TO N SIZE: N frames of that size on each
redirected_since()
{
	local -a before

	mapfile -t before <<<"$1"
	is "requests on $2" "$(stat_of "$2" XDP_REDIRECT)" $((before[0] + $4))
	is "their bytes" "$(stat_of "$2" XDP_REDIRECT bytes)" \
		$((before[1] + $4 * $5))
	is "replies on $3" "$(stat_of "$3" XDP_REDIRECT)" $((before[2] + $4))
	is "their bytes" "$(stat_of "$3" XDP_REDIRECT bytes)" \
		$((before[3] + $4 * $5))
}

# snmp COUNTER: of this host's stack, such as Icmp:InEchos, Icmp6InEchos
snmp()
{
	if [[ $1 == *6* ]]; then
		awk -v key="$1" '$1 == key { print $2 }' /proc/net/snmp6
	else
		awk -v group="${1%%:*}:" -v key="${1#*:}" '
			$1 == group && column { print $column; exit }
			$1 == group {
				for (i = 2; i <= NF; i++)
					if ($i == key)
						column = i
			}' /proc/net/snmp
	fi
}

# expect_frames COUNT NAME [FILTER]: so many, no more, no fewer
expect_frames()
{
	poll has_frames "$@" || true
	((SEEN == $1)) || {
		packets "$2" -e >&2
		fail "capture '$2': $SEEN frames of '${*:3}', expected $1"
	}
}

# All checksums in a capture are right: tcpdump works them out.
checksums_right()
{
	local text

	text=$(packets "$1" -vvv)
	[[ $text ]] || fail "capture '$1' is empty"
	has_no "$text" 'bad [a-z0-9 ]*cksum|\[bad|wrong|incorrect'
}

# is_over NAME...: no TCP connection is open there, so no frame of one will come
is_over()
{
	local name

	for name; do
		[[ -z $(in_env "$name" ss -Htn state connected exclude time-wait) ]] ||
			return 1
	done
}
