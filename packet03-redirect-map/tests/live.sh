# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154 # no blanks in $NET4, $NET6; output: learner's
# SPDX-License-Identifier: GPL-2.0
#
# packet03-redirect-map with real packets, for `t check` (testenv/live.sh).

readonly SENDER=02:00:00:00:00:01 RECEIVER=02:00:00:00:00:02

make_both()
{
	t setup -n left --legacy-ip >/dev/null
	t setup -n right --legacy-ip >/dev/null
}

load_both()
{
	load left --prog-name xdp_redirect_map_func xdp_prog_kern.o
	load right --prog-name xdp_redirect_map_func xdp_prog_kern.o
}

# tool WHAT DEV DEV2 MAC MAC2: it refuses that
tool_refuses()
{
	refuses_here "$1" ./xdp_prog_user -d "$2" -r "$3" --src-mac "$4" \
		--dest-mac "$5"
}

live_2()
{
	make_both
	load_both
	refuses_here "without -r and the addresses" ./xdp_prog_user -d left
	refuses_here "without --dest-mac" ./xdp_prog_user -d left -r right \
		--src-mac $SENDER
	refuses_here "without --src-mac" ./xdp_prog_user -d left -r right \
		--dest-mac $RECEIVER
	refuses_here "without -r" ./xdp_prog_user -d left --src-mac $SENDER \
		--dest-mac $RECEIVER
	tool_refuses "-r is no device" left nowhere $SENDER $RECEIVER
	tool_refuses "-d is no device" nowhere right $SENDER $RECEIVER
	tool_refuses "a letter behind an address" left right ${SENDER}x $RECEIVER
	tool_refuses "a broadcast address" left right $SENDER ff:ff:ff:ff:ff:ff
	tool_refuses "a multicast address" left right 01:00:5e:00:00:01 $RECEIVER
	learner ./xdp_prog_user -d left -r right --src-mac $SENDER \
		--dest-mac $RECEIVER || fail "a call that is right fails" "$output"
	echo "9 of 9 wrong calls refused"
}

live_3()
{
	make_both
	tool_refuses "no program is loaded" left right $SENDER $RECEIVER
	load_both
	tool_refuses "-r is no device" left nowhere $SENDER $RECEIVER
	expect "pairs in redirect_params, after a call that was refused" 0 \
		pairs left
	learner "$TESTENV/testenv.sh" redirect right left ||
		fail "t redirect right left" "$output"
	expect "lines of t redirect" 2 wc -l <<<"$output"
	pings 10 10 right $NET6:1::2
	pings 10 10 left $NET4.2.2
	expect "frames under XDP_REDIRECT on right" 20 stat_of right XDP_REDIRECT
	expect "frames under XDP_REDIRECT on left" 20 stat_of left XDP_REDIRECT
	fill_params left
	tool_refuses "redirect_params is full" left left $SENDER $RECEIVER
	expect "the port of left, after a call that was refused" \
		"$(printf '0x%02x' "$(cat /sys/class/net/right/ifindex)")" \
		port left
	echo "20 of 20 pings answered, both ways"
}

# Senders up to the last entry of the map
fill_params()
{
	local n

	for ((n = 0; n < 1100; n++)); do
		printf 'map update pinned /sys/fs/bpf/%s/redirect_params ' "$1"
		printf 'key hex 02 01 00 00 %x %x value hex 02 0 0 0 0 1 any\n' \
			$((n / 256)) $((n % 256))
	done >"$SCRATCH/batch"
	bpftool batch file "$SCRATCH/batch" >/dev/null 2>&1 || true
}

pairs()
{
	bpftool -j map dump pinned "/sys/fs/bpf/$1/redirect_params" | jq length
}

port()
{
	bpftool -j map dump pinned "/sys/fs/bpf/$1/tx_port" |
		jq -r '.[0].value[0]'
}

live_4()
{
	make_both
	load_both
	pings 7 7 left $NET6:1::1
	ip -n left link set dev veth0 address 02:00:5e:10:00:01
	pings 3 3 left $NET4.1.1
	expect "frames of 02:00:5e:10:00:01 in unknown_sources" 3 \
		unknown left 02:00:5e:10:00:01
	echo "3 of 3 frames of an unknown sender counted"
}

# unknown DEV MAC
unknown()
{
	# shellcheck disable=SC2086 # six words
	bpftool -j map lookup pinned "/sys/fs/bpf/$1/unknown_sources" \
		key hex ${2//:/ } | jq .formatted.value
}
