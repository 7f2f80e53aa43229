#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Faults under load: while numbered datagrams go from uno to dos, devices,
# addresses, routes, neighbours and the program itself come and go. No frame
# is corrupted, and each that does not arrive is accounted for.
#
#	namespace uno        this namespace         namespace dos
#	+---------+          +-------------+          +---------+
#	|  veth0  |----------| uno     dos |----------|  veth0  |
#	+---------+          +-------------+          +---------+
#
# To repeat a run: SEED=N FAULTS=N testenv/sandbox bats tests/load.bats

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

FAULTS=${FAULTS:-20}
COUNT=1000000 # datagrams at most
RATE=2000    # a second
PORT=7000
FLOW="$NET4.1.2 > $NET4.2.2 udp"
# Of what t drops says; when a whole bulk is lost it may not know which packets.
OURS='select((.packet // "" | startswith($flow)) or
	(.packet == null and (.reason | startswith("XDP_REDIRECT"))))'

setup()
{
	BEFORE=$(world)
	SEED=${SEED:-$((($(date +%s%N) / 1000) % 32768))}
	RANDOM=$SEED
	echo "SEED=$SEED"
	LOG=$BATS_TEST_TMPDIR
	lesson packet04-router
	t setup -n uno --legacy-ip >/dev/null
	t setup -n dos --legacy-ip >/dev/null
	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
}

teardown()
{
	clean_up
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
}

# The load, and everything that watches it
start_load()
{
	start_watch "$LOG/drops" drops --json
	start nsenter --net=/run/netns/dos "$ROOT/build/tests/load" receive $PORT $COUNT \
		>"$LOG/received"
	RECEIVER=$PID
	wait_for in_env dos bash -c "ss -Hlun | grep -q :$PORT"
	start nsenter --net=/run/netns/uno "$ROOT/build/tests/load" send $NET4.2.2 $PORT $COUNT $RATE \
		>"$LOG/sent"
	SENDER=$PID
}

# end_load ADDRESS: when that answers, no datagram is on its way any more
end_load()
{
	kill -TERM $SENDER || fail "the load was over too soon"
	wait $SENDER
	wait_for in_env uno ping -nqc 1 -W 1 $1
	kill -TERM $WATCH
	wait $WATCH || fail "t drops ended with $?"
	stop $RECEIVER
	SENT=$(jq .sent "$LOG/sent")
	ARRIVED=$(jq .received "$LOG/received")
	LOST=$(jq -s --arg flow "$FLOW" "map($OURS.count) | add // 0" "$LOG/drops")
	is "refused" "$(jq .refused "$LOG/sent")" 0
	is "corrupted or duplicated" "$(jq -c '[.wrong, .twice]' "$LOG/received")" "[0,0]"
	is "drops that were not noted" "$(tail -n +2 "$LOG/drops.err")" ""
}

# counter ENVIRONMENT DEV NAME: of ethtool -S; 0 where there is none
counter()
{
	in_env "$1" ethtool -S "$2" |
		awk -v name="$3:" '$1 == name { n += $2 } END { print n + 0 }'
}

# Where the datagrams went, for whoever has to find the one that is missing
accounts()
{
	printf '%8d sent\n%8d arrived\n' "$SENT" "$ARRIVED"
	jq -rs --arg flow "$FLOW" '
		map('"$OURS"') | group_by([.where, .function, .reason])[] |
		"\(map(.count) | add) lost at \(.[0].where), \(.[0].function): \(.[0].reason)"' \
		"$LOG/drops" | sort -rn
	printf '%8d missing\n' $((SENT - ARRIVED - LOST))
	in_env . ethtool -S uno
	in_env . ethtool -S dos
	in_env dos ethtool -S veth0
	in_env . ip -s link
	in_env . nstat -a
	in_env dos nstat -a
}

# Neither more nor less
accounted_for()
{
	((SENT == ARRIVED + LOST)) || {
		accounts >&2
		fail "$SENT were sent, but $ARRIVED arrived and $LOST were lost"
	}
}

has_arrived()
{
	(($(counter dos veth0 rx_queue_0_xdp_packets) > 100))
}

# A moment in which the load goes on
moment()
{
	read -rt 0.0$((1 + RANDOM % 5)) -u "$NEVER" || true
}

flap_link()
{
	ip link set dev "$1" down
	moment
	ip link set dev "$1" up
}

rename_dos()
{
	ip link set dev dos down
	ip link set dev dos name away
	moment
	ip link set dev away name dos
	ip link set dev dos up
}

flap_address()
{
	ip addr del $NET4.2.1/24 dev dos 2>/dev/null
	moment
	ip addr add $NET4.2.1/24 dev dos
}

flap_route()
{
	ip route add $1 $NET4.2.2/32 2>/dev/null
	moment
	ip route del $1 $NET4.2.2/32
}

# under_load FAULT...: each of them once, then as chance will have it
under_load()
{
	local fault n

	start_load
	for ((n = 0; n < FAULTS || n < $#; n++)); do
		fault=${*:1 + (n < $# ? n : RANDOM % $#):1}
		$fault >/dev/null
		moment
		in_env dos ip link set veth0 up
	done
	# What went with the device
	in_env dos ip route replace $NET4.0.0/16 via $NET4.2.1
	end_load $NET4.2.2
	accounted_for
	((ARRIVED > SENT / 10)) || fail "only $ARRIVED of $SENT arrived"
	is "drops by XDP" "$(counter . uno rx_queue_0_xdp_drops)" \
		"$(grep -c '"here/uno".*XDP_DROP' "$LOG/drops")"
}

@test "the router under load, with one fault after the other" {
	ok t load -n uno
	ok t load -n dos
	under_load "flap_link uno" "flap_link dos" "rename_dos" \
		"in_env dos ip link set veth0 down" "flap_address" \
		"flap_route blackhole" "flap_route unreachable" \
		"ip neigh flush dev dos" \
		"t load -n uno" "t load -n dos" "t unload -n uno"

	# All of it was for a time only.
	ok t load -n uno
	ok t load -n dos
	is "redirected" "$(stat_of uno XDP_REDIRECT)" 0
	pings 1 1 uno $NET4.2.2 # the neighbour is known then
	pings 20 20 uno $NET4.2.2
	(($(stat_of uno XDP_REDIRECT) >= 19)) || fail "XDP does not redirect"
}

redirect_anew()
{
	t load -n uno
	moment
	t redirect uno dos
}

unload_for_a_moment()
{
	t unload -n dos
	moment
	t load -n dos
}

@test "packet03 under load, with one fault after the other" {
	cd ../packet03-redirect-map
	ok t load -n uno
	ok t load -n dos
	ok t redirect uno dos
	under_load "flap_link uno" "flap_link dos" "rename_dos" \
		"in_env dos ip link set veth0 down" "redirect_anew" \
		"t redirect uno dos" "t load -n dos" "unload_for_a_moment"
	ok t load -n uno
	ok t redirect uno dos
	pings 20 20 uno $NET4.2.2
	is "redirected" "$(stat_of uno XDP_REDIRECT)" 20
}

@test "a device is deleted under load" {
	local missing

	ok t load -n uno
	ok t load -n dos
	start_load
	wait_for has_arrived
	ip link del dos
	moment
	end_load $NET4.1.1
	missing=$((SENT - ARRIVED - LOST))
	# Of frames that XDP has put into the other end's ring, nothing tells
	# that they went with it.
	((missing >= 0 && missing <= 256)) || accounted_for
	ok t reset -n dos
	ok t load -n dos
	ok t load -n uno
	pings 1 1 uno $NET4.2.2 # the neighbour is known then
	pings 20 20 uno $NET4.2.2
	(($(stat_of uno XDP_REDIRECT) >= 19)) || fail "XDP does not redirect"
}
