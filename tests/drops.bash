# shellcheck shell=bash
# shellcheck disable=SC2034,SC2059,SC2086 # used by tests; see helpers.bash
# SPDX-License-Identifier: GPL-2.0
#
# What the tests of t drops share: frames that are sent as they are from the
# environment test to this host, faulty programs, and what t drops says.

INNER=0a0b0102 OUTER=0a0b0101 # 10.11.1.2 and .1
FAULTY=$ROOT/build/tests/faulty_kern.o
LOG=$BATS_TEST_TMPDIR/drops

# watch [OPTIONS]: t drops in the background, its lines in $LOG
watch()
{
	start_watch "$LOG" drops "$@"
}

# tells PATTERN...: one line matches them all, in this order
tells()
{
	local IFS=.
	local pattern="${*/%/.*}"

	wait_for grep -qE -- "$pattern" "$LOG" || {
		cat "$LOG" "$LOG.err"
		fail "t drops did not say: $*"
	}
}

# What was told up to its end, in $LOG
end_watch()
{
	kill -TERM $WATCH
	wait $WATCH
}

# tells_nothing: when it ends, after the counters were compared
tells_nothing()
{
	end_watch
	is "lines of t drops" "$(cat "$LOG")" ""
}

# ip_packet PROTOCOL LENGTH PAYLOAD [SOURCE [XOR]]: in hexadecimal digits
ip_packet()
{
	local head=4500$(printf %04x $2)0007000040$(printf %02x $1)
	local addresses=${4-$INNER}$OUTER sum=0 pos

	for ((pos = 0; pos < 20; pos += 4)); do
		((sum += 16#${head:pos:4}))
	done
	for ((pos = 0; pos < 16; pos += 4)); do
		((sum += 16#${addresses:pos:4}))
	done
	sum=$((sum % 65535 ^ 65535 ^ ${5-0}))
	echo "$head$(printf %04x $sum)$addresses$3"
}

# zeros N: N bytes
zeros()
{
	printf '00%.0s' $(seq "$1")
}

# An echo request with a right checksum, of 84 bytes in all
ECHO=0800f7fd00010001$(zeros 56)
# UDP to port 999, of 60 bytes in all, without a checksum
UDP=000503e700280000$(zeros 32)

# send PACKET [DESTINATION MAC]: a frame to this host, from inside
send()
{
	local to=${2-$(mac test)} from

	from=$(inner_mac test)
	# From a file: a pipe hands on what is before a newline.
	printf "$(sed 's/../\\x&/g' <<<"${to//:/}${from//:/}0800$1")" \
		>$BATS_TEST_TMPDIR/frame
	in_env test socat -u OPEN:$BATS_TEST_TMPDIR/frame INTERFACE:veth0
}

# with_faulty NAME COMMAND...: the command, with the program's pin behind it
with_faulty()
{
	bpftool prog loadall "$FAULTY" $BPFFS/faulty 2>/dev/null
	"${@:2}" pinned $BPFFS/faulty/$1
	rm -r $BPFFS/faulty
}

# run_faulty NAME [MODE]: a faulty program on the device test
run_faulty()
{
	ip link set dev test ${2-xdpdrv} off
	with_faulty $1 ip link set dev test ${2-xdpdrv}
}
