# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set for, and by, who sources this
# SPDX-License-Identifier: GPL-2.0
#
# Packets that are sent, captured and counted in environments and labs: what
# the steps of `t check` (live.sh) and the tests (tests/helpers.bash) share.
#
# Who sources this has fail TEXT..., and in SCRATCH a folder for files. Nothing
# here waits for a fixed time: wait_for polls, with a bound.

if [[ ! -e /run/netns ]] || compgen -G '/run/netns/*' >/dev/null; then
	echo "error: this changes the network: testenv/sandbox COMMAND" >&2
	exit 1
fi

TESTENV=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
ROOT=${TESTENV%/*}
BPFFS=/sys/fs/bpf
NET6=fc00:dead:cafe NET4=10.11
PATIENCE=60 # seconds after which a condition will not come true any more
BACKGROUND=()
LAST_PING=()

t()
{
	"$TESTENV/testenv.sh" "$@"
}

# poll CONDITION...: until the command succeeds; fails when it never does
poll()
{
	local end=$((SECONDS + PATIENCE))

	until "$@"; do
		((SECONDS < end)) || return
		read -rt 0.01 -u "$NEVER" || true
	done
}

# In virtual machines to start a program costs 40 ms: what is called often
# here makes do with the shell. On this descriptor nothing ever comes.
exec {NEVER}<> <(:)

wait_for()
{
	poll "$@" || fail "waited in vain for: $*"
}

# has_text FILE TEXT: it is in there
has_text()
{
	[[ $(<"$1") == *"$2"* ]]
}

# start COMMAND...: in the background; sets PID (descriptor 3 is that of bats)
start()
{
	"$@" 3>&- &
	PID=$!
	BACKGROUND+=("$PID")
}

# stop PID...
stop()
{
	local pid

	for pid; do
		kill -TERM "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
}

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

# stat_of DEV ACTION [bytes]: what xdp_stats says
stat_of()
{
	local json

	json=$("$ROOT/common/xdp_stats" -d "$1" --json -n 1 -i 0.001)
	[[ $json =~ \"$2\":[^}]*\"${3-packets}\":([0-9]+) ]] ||
		fail "no ${3-packets} of $2 in $json" || return
	echo "${BASH_REMATCH[1]}"
}

#
# Pings
#

# replies SENT RECEIVED FROM ADDRESS [OPTIONS]: whether there are exactly so
# many, in $output. (-W holds as long as nothing has been answered; then the
# last answer must come within two round trips or one interval. So all are sent
# at once where all are to be answered: -W then holds for each, on a busy
# machine, too.)
replies()
{
	local sent=$1 received=$2 from=$3 pace=(-i 0.01)

	shift 3
	((sent > received)) || pace=(-l "$sent")
	output=$(in_env "$from" ping -n "${pace[@]}" -W 1 -c "$sent" "$@" 2>&1) ||
		true
	[[ $output =~ "$sent packets transmitted, $received received, "[^d]*" packet loss" ]]
}

# pings SENT RECEIVED FROM ADDRESS [OPTIONS]: exactly so many replies. Says
# where the others have died.
pings()
{
	local net=/run/netns/$3 got

	[[ $3 != . ]] || net=/proc/self/ns/net
	LAST_PING=(nsenter "--net=$net" ping -n -i 0.01 -c 3 "${@:4}" -W 0.2)
	replies "$@" && return
	[[ $output =~ ([0-9]+)\ received(, \+[0-9]+ duplicates)? ]] || true
	got=${BASH_REMATCH[1]-}${BASH_REMATCH[2]-}
	fail "ping ${*:4} from $3: $1 requests, want $2 replies, got ${got:-an error: $output}" \
		"$(all_verdicts)" "$(where_lost)"
}

# What the programs have said so far, but for the frames that nobody counts
all_verdicts()
{
	local pin dev

	for pin in "$BPFFS"/*/xdp_stats_map; do
		[[ -e $pin ]] || continue
		dev=$(basename "$(dirname "$pin")")
		"$ROOT/common/xdp_stats" -d "$dev" --json -n 1 -i 0.001 |
			jq -r --arg dev "$dev" '.actions | to_entries
				| map(select(.value.packets > 0)
				| "\(.value.packets) times \(.key)")
				| select(. != [])
				| "the program on \($dev) has said \(join(", "))"'
	done
}

# Sends LAST_PING, or what else is in there, once more, and says where the
# kernel loses it.
where_lost()
{
	t drops --json -- bash -c '"$@" >/dev/null 2>&1' bash "${LAST_PING[@]}" |
		jq -rs 'map(select(.cause)) | group_by([.where, .key]) | .[] |
		"\(length) lost at \(.[0].where): \(.[0].cause): \(.[0].mend)"' ||
		true
}

#
# Captures
#

# capture NAME ENVIRONMENT [--inner] [FILTER]: from now on
capture()
{
	local file=$SCRATCH/$1

	start "$TESTENV/testenv.sh" tcpdump -n "${@:2}" -B 16384 --immediate-mode \
		-U -w - >"$file.pcap" 2>"$file.log"
	wait_for has_text "$file.log" "listening on"
}

# packets NAME [TCPDUMP OPTIONS] [FILTER]: print what was captured
packets()
{
	tcpdump -nr "$SCRATCH/$1.pcap" "${@:2}" 2>/dev/null || true
}

# frames NAME [TCPDUMP OPTIONS] [FILTER]: how many of them match
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

#
# TCP
#

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

# tcp_transfer FROM TO ADDRESS BYTES: what arrives is what was sent
tcp_transfer()
{
	local from=$1 to=$2 address=$3 bytes=$4 limit=$((2 * PATIENCE))
	local listen=TCP4-LISTEN connect=TCP4 server

	if [[ $address == *:* ]]; then
		listen=TCP6-LISTEN connect=TCP6 address="[$address]"
	fi
	head -c "$bytes" /dev/urandom >"$SCRATCH/sent"
	start in_env "$to" timeout "$limit" \
		socat -u $listen:7777,reuseaddr "CREATE:$SCRATCH/received"
	server=$PID
	wait_for listens "$to" 7777
	in_env "$from" timeout "$limit" socat -u "OPEN:$SCRATCH/sent" \
		"$connect:$address:7777,connect-timeout=3" ||
		fail "no TCP from $from to $to ($address)"
	wait "$server" || fail "the receiver ended with $?"
	cmp "$SCRATCH/sent" "$SCRATCH/received" ||
		fail "TCP from $from to $to ($address): other bytes arrive"
}
