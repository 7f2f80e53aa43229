# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set for, and by, others: the tests and bats
# SPDX-License-Identifier: GPL-2.0
#
# What the bats files share. Each file runs by itself:
#
#	testenv/sandbox bats FILE
#
# A check that fails says what was seen. Nothing here waits for a fixed time:
# wait_for polls, with a bound.

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

ROOT=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
BPFFS=/sys/fs/bpf
NET6=fc00:dead:cafe NET4=10.11
# Of which the last is a full frame at an MTU of 1500 (IPv4).
PING_SIZES=(0 56 1472)
BACKGROUND=()

if [[ ! -e /run/netns ]] || compgen -G '/run/netns/*' >/dev/null; then
	echo "these tests change the network: testenv/sandbox bats FILE" >&2
	exit 1
fi

t()
{
	"$ROOT/testenv/testenv.sh" "$@"
}

# The names of all lessons
lessons()
{
	make -s --no-print-directory -C "$ROOT" lessons
}

# Into a lesson's folder, which make has filled.
lesson()
{
	cd "$ROOT/$1" || return
	compgen -G "*_user" >/dev/null && compgen -G "*_kern.o" >/dev/null ||
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
	printf '%s\n' "$*" >&2
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

# wait_for CONDITION...: polls until the command succeeds, at most 60 seconds
wait_for()
{
	local end=$((SECONDS + 60))

	until "$@"; do
		((SECONDS < end)) || fail "waited in vain for: $*" || return
		read -rt 0.01 -u "$NEVER" || true
	done
}

# In virtual machines to start a program costs 40 ms: what is called often
# here makes do with the shell. On this descriptor nothing ever comes.
exec {NEVER}<> <(:)

# has_text FILE TEXT: it is in there
has_text()
{
	[[ $(<"$1") == *"$2"* ]]
}

#
# Processes in the background
#

# start COMMAND...: sets PID
start()
{
	"$@" 3>&- &
	PID=$!
	BACKGROUND+=("$PID")
}

# start_watch FILE COMMAND [OPTIONS]: t drops or t log, its lines in FILE; ready
# when this returns; sets WATCH
start_watch()
{
	: >"$1"
	start "$ROOT/testenv/testenv.sh" "${@:2}" >>"$1" 2>"$1.err"
	WATCH=$PID
	wait_for has_text "$1.err" Watching
}

stop()
{
	local pid

	for pid; do
		kill -TERM "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
}

is_gone()
{
	[[ ! -d /proc/$1 ]]
}

#
# State
#

# in_env NAME COMMAND...: in its network, or here where NAME is "."
in_env()
{
	local name=$1

	shift
	if [[ $name == . ]]; then
		"$@"
	else
		nsenter --net="/run/netns/$name" "$@"
	fi
}

# mac DEV, and of the other end
mac()
{
	echo "$(<"/sys/class/net/$1/address")"
}

# inner_mac NAME [DEV]
inner_mac()
{
	[[ $(ip -n "$1" -o link show "${2-veth0}") =~ link/ether\ ([0-9a-f:]+) ]]
	echo "${BASH_REMATCH[1]}"
}

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

# stat_of DEV ACTION [bytes]: what xdp_stats says
stat_of()
{
	local json

	json=$("$ROOT/common/xdp_stats" -d "$1" --json -n 1 -i 0.001)
	[[ $json =~ \"$2\":[^}]*\"${3-packets}\":([0-9]+) ]] ||
		fail "no ${3-packets} of $2 in $json" || return
	echo "${BASH_REMATCH[1]}"
}

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

# pings SENT RECEIVED FROM ADDRESS [OPTIONS]: exactly so many, in $output. (-W
# holds as long as nothing has been answered; then the last answer must come
# within two round trips or one interval. So all are sent at once where all are
# to be answered: -W then holds for each, on a busy machine, too.)
pings()
{
	local sent=$1 received=$2 from=$3 pace=(-i 0.01)

	shift 3
	((sent > received)) || pace=(-l "$sent")
	run in_env "$from" ping -n "${pace[@]}" -W 1 -c "$sent" "$@"
	has "$output" "$sent packets transmitted, $received received, [^d]* packet loss"
}

# capture NAME ENVIRONMENT [--inner] FILTER: until stop_capture, in FILE
capture()
{
	local name=$1 env=$2

	shift 2
	start "$ROOT/testenv/testenv.sh" tcpdump -n "$env" "$@" -B 16384 --immediate-mode -U -w - \
		>"$BATS_TEST_TMPDIR/$name.pcap" 2>"$BATS_TEST_TMPDIR/$name.log"
	wait_for has_text "$BATS_TEST_TMPDIR/$name.log" "listening on"
}

# packets NAME [TCPDUMP OPTIONS] [FILTER]: print what was captured
packets()
{
	tcpdump -nr "$BATS_TEST_TMPDIR/$1.pcap" "${@:2}" \
		2>/dev/null || true
}

frames()
{
	local lines

	mapfile -t lines < <(packets "$@")
	echo ${#lines[@]}
}

# has_frames COUNT NAME [FILTER]: so many at least; how many is in SEEN
has_frames()
{
	SEEN=$(frames "${@:2}")
	((SEEN >= $1))
}

# expect_frames COUNT NAME [FILTER]: so many, no more, no fewer
expect_frames()
{
	wait_for has_frames "$@" 2>/dev/null || true
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

# listens NAME PORT...: programs there do, on all of these
listens()
{
	local name=$1 sockets port

	shift
	sockets=$(in_env "$name" ss -Hltn)
	for port; do
		[[ $sockets == *":$port "* ]] || return 1
	done
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

# tcp_transfer FROM TO ADDRESS BYTES: what arrives is what was sent
tcp_transfer()
{
	local from=$1 to=$2 address=$3 bytes=$4 dir=$BATS_TEST_TMPDIR
	local listen=TCP4-LISTEN connect=TCP4 server

	if [[ $address == *:* ]]; then
		listen=TCP6-LISTEN connect=TCP6 address="[$address]"
	fi
	head -c "$bytes" /dev/urandom >"$dir/sent"
	start in_env "$to" timeout 100 \
		socat -u $listen:7777,reuseaddr "CREATE:$dir/received"
	server=$PID
	wait_for listens "$to" 7777
	in_env "$from" timeout 80 socat -u "OPEN:$dir/sent" \
		"$connect:$address:7777,connect-timeout=3" ||
		fail "no TCP from $from to $to ($address)"
	wait "$server" || fail "the receiver ended with $?"
	cmp "$dir/sent" "$dir/received"
}
