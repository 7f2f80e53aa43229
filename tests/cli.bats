#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The contract of the commands xdp_prog_user and xdp_stats: bad input gets one
# line that names what is wrong, and changes nothing; and they live beside
# programs and tools of others.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

OBJECT=xdp_prog_kern.o

setup_file()
{
	# A program of nobody's, with a map called like one of ours but of
	# another shape; its name is not one that the loaders know.
	cat >"$BATS_FILE_TMPDIR/foreign.c" <<-'END'
	#include <linux/bpf.h>
	#include <bpf/bpf_helpers.h>
	struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 7);
		__type(key, __u32);
		__type(value, __u64);
	} xdp_stats_map SEC(".maps");
	SEC("xdp") int foreign_func(struct xdp_md *ctx)
	{
		__u32 key = 0;

		return bpf_map_lookup_elem(&xdp_stats_map, &key) ? XDP_PASS : XDP_DROP;
	}
	char _license[] SEC("license") = "GPL";
	END
	clang -target bpf -O2 -g -I"/usr/include/$(cc -print-multiarch)" \
		-c "$BATS_FILE_TMPDIR/foreign.c" -o "$BATS_FILE_TMPDIR/foreign.o"
}

setup()
{
	FOREIGN=$BATS_FILE_TMPDIR/foreign.o
	lesson packet01-tx
	t setup -n test --legacy-ip >/dev/null
}

teardown()
{
	clean_up
}

# refused_unchanged PATTERN COMMAND...: refused, and test is as it was
refused_unchanged()
{
	local before

	before=$(dev_state test)
	refused "$@"
	is "test" "$(dev_state test)" "$before"
}

# Each of these with nothing loaded, and with a program that must stay
bad_command_lines()
{
	refused_unchanged "unrecognized option '--frob'" ./xdp_prog_user load -d test --frob
	refused_unchanged "which device\? -d DEV" ./xdp_prog_user load
	refused_unchanged "what to do\? load.unload.status" ./xdp_prog_user -d test
	refused_unchanged "'frob' is no command: load.unload" ./xdp_prog_user frob -d test
	refused_unchanged "'fast' is no mode: native, skb or auto" \
		./xdp_prog_user load -d test --mode fast
	refused_unchanged "one OBJECT is enough, 'b.o' is another" \
		./xdp_prog_user load -d test a.o b.o
	refused_unchanged "there is no device 'nowhere' here: .ip link" \
		./xdp_prog_user load -d nowhere
	refused_unchanged "lo is not an Ethernet device" ./xdp_prog_user load -d lo
	refused_unchanged "cannot read the BPF object missing.o.*run make" \
		./xdp_prog_user load -d test missing.o
	refused_unchanged "has no program 'frob'; it has:.*xdp_pass_func.*xdp_icmp_echo_func|xdp_icmp_echo_func.*xdp_pass_func" \
		./xdp_prog_user load -d test --prog-name frob $OBJECT
	refused_unchanged "there is no device 'nowhere'" \
		./xdp_prog_user load -d test -d nowhere $OBJECT
}

@test "xdp_prog_user: bad command lines, with nothing loaded" {
	bad_command_lines
}

@test "xdp_prog_user: bad command lines leave the program that runs" {
	ok_quiet ./xdp_prog_user load -d test $OBJECT
	bad_command_lines
	pings 3 3 test $NET6:1::1
}

# kern NAME: the source of an object with one program, NAME_func
kern()
{
	cat >"$1_kern.c" <<-END
	#include "../common/bpf/stats.h"
	SEC("xdp") int $1_func(struct xdp_md *ctx)
	{
		return xdp_stats_record_action(ctx, XDP_PASS);
	}
	char _license[] SEC("license") = "GPL";
	END
}

@test "a lesson is what is in its folder: objects, and who loads them" {
	local tree=$BATS_TEST_TMPDIR/tree

	mkdir -p "$tree/any-name" "$tree/no-lesson"
	cp -r "$ROOT/Makefile" "$ROOT/common" "$tree"
	cp Makefile xdp_prog_user.c "$tree/any-name"
	echo all: >"$tree/no-lesson/Makefile"
	is "lessons" "$(make -s -C "$tree" lessons)" any-name
	cd "$tree/any-name"
	kern first
	kern second
	ok_quiet make -s
	ok_quiet ./xdp_prog_user load -d test --prog-name second_func
	has "$(./xdp_prog_user status -d test)" second_func
	ok_quiet ./xdp_prog_user load -d test --prog-name first_func "$PWD"
	has "$(./xdp_prog_user status -d test)" first_func
	# With its source an object goes.
	rm second_kern.c
	ok_quiet make -s
	refused_unchanged "no program 'second_func' in \./\*_kern.o; there are: first_func$" \
		./xdp_prog_user load -d test --prog-name second_func
}

@test "xdp_prog_user: --help, --usage" {
	ok_quiet ./xdp_prog_user --help
	has "$output" "Usage: xdp_prog_user .*load.unload.status.refresh"
	ok_quiet ./xdp_prog_user --usage
	ok_quiet ./xdp_stats --help
}

@test "xdp_prog_user: an object that is none" {
	run ./xdp_prog_user load -d test Makefile
	((status > 0 && status < 126))
	has "$output" "error: cannot read the BPF object Makefile"
	run ./xdp_prog_user load -d test /bin/true
	((status > 0 && status < 126))
	has "$output" "error: .*/bin/true"
	: >"$BATS_TEST_TMPDIR/empty.o"
	run ./xdp_prog_user load -d test "$BATS_TEST_TMPDIR/empty.o"
	((status > 0 && status < 126))
	has "$output" "error: cannot read the BPF object .*empty.o"
	head -c 5000 $OBJECT >"$BATS_TEST_TMPDIR/cut.o"
	run ./xdp_prog_user load -d test "$BATS_TEST_TMPDIR/cut.o"
	((status > 0 && status < 126))
	has "$output" "error: cannot read the BPF object .*cut.o"
	is "test" "$(dev_state test)" "program: "
}

@test "MAC addresses: six pairs of hexadecimal digits of one station" {
	local mac option

	cd ../packet02-redirect
	for mac in 02:00:5e:10:00 02:00:5e:10:00:01:02 02:00:5e:10:00:0 \
		02:00:5e:10:00:01x 02:00:5e:10:00:0g 02-00-5e-10-00-01 \
		"02:00:5e:10:00:01 " " 02:00:5e:10:00:01" "" +2:00:5e:10:00:01; do
		for option in --dest-mac --src-mac; do
			refused "$option: '.*' is no MAC address: six pairs" \
				./xdp_prog_user load -d test --redirect-dev test \
				"$option" "$mac"
		done
	done
	is "test" "$(dev_state test)" "program: "
	refused_unchanged "is not the address of one station .*multicast" \
		./xdp_prog_user load -d test --redirect-dev test --dest-mac 01:00:5e:00:00:01
	refused_unchanged "is not the address of one station .*broadcast" \
		./xdp_prog_user load -d test --redirect-dev test --src-mac ff:ff:ff:ff:ff:ff
	refused_unchanged "is not the address of one station .*all zero" \
		./xdp_prog_user load -d test --redirect-dev test --dest-mac 00:00:00:00:00:00
	ok_quiet ./xdp_prog_user load -d test --redirect-dev test --dest-mac 02:00:5E:10:00:fF
}

@test "without root: says so, changes nothing" {
	local as=(setpriv --reuid=65534 --regid=65534 --clear-groups)

	"${as[@]}" test -x ./xdp_prog_user || skip "nobody may not read this folder"
	refused_unchanged "run this as root" "${as[@]}" ./xdp_prog_user load -d test
	ok_quiet ./xdp_prog_user load -d test
	refused_unchanged "run this as root" "${as[@]}" ./xdp_prog_user unload -d test
	refused_unchanged "run this as root" "${as[@]}" ./xdp_stats -d test -n 1 --json
}

@test "load twice: one program, a new one; unload twice: nothing is left" {
	local first second

	ok_quiet ./xdp_prog_user load -d test
	first=$(prog_id test)
	ok_quiet ./xdp_prog_user load -d test
	second=$(prog_id test)
	((second != first)) || fail "it is still program $first"
	wait_for prog_is_gone "$first"

	ok_quiet ./xdp_prog_user unload -d test
	ok_quiet ./xdp_prog_user unload -d test
	is "test" "$(dev_state test)" "program: "
	[[ ! -e $BPFFS/test ]] || fail "$BPFFS/test is left"
	wait_for prog_is_gone "$second"
}

@test "load of another lesson replaces program and pins" {
	ok_quiet ./xdp_prog_user load -d test
	ok_quiet ./xdp_prog_user load -d test --mode skb
	is "mode" "$(t status --json | jq -r '.[].outer.xdp.mode')" generic
	cd ../packet03-redirect-map
	ok_quiet ./xdp_prog_user load -d test --mode native
	# Where it is in a dispatcher libxdp knows all of its name.
	has "$(t status --json | jq -r '.[].outer.xdp.prog')" "^xdp_redirect_ma(p_func)?$"
	is "pins" "$(ls $BPFFS/test | tr '\n' ' ')" \
		"host_ipv4 host_ipv6 redirect_params this_host tx_port unknown_sources xdp_stats_map "
	cd ../packet01-tx
	ok_quiet ./xdp_prog_user load -d test
	is "pins" "$(ls $BPFFS/test | tr '\n' ' ')" \
		"host_ipv4 host_ipv6 this_host xdp_stats_map "
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
}

@test "several -d: all of them, or none" {
	t setup -n other >/dev/null
	ok_quiet ./xdp_prog_user load -d test -d other
	is "lines" ${#lines[@]} 2
	ok_quiet ./xdp_prog_user unload -d test -d other

	ip link set dev other xdp obj "$FOREIGN" sec xdp
	refused_some() {
		run_apart ./xdp_prog_user load -d test -d other
		((status > 0))
		is "lines on stderr" ${#stderr_lines[@]} 1
		has "$stderr" "other runs the XDP program 'foreign_func'"
	}
	refused_some
	is "test" "$(dev_state test)" "program: "
	has "$(t status)" "foreign_func"

	# What ran before runs on, with its maps.
	ok_quiet ./xdp_prog_user load -d test
	before=$(dev_state test)
	refused_some
	is "test" "$(dev_state test)" "$before"
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
}

@test "a program of others is refused, and left alone" {
	ip link set dev test xdp obj "$FOREIGN" sec xdp
	refused_unchanged "test runs the XDP program 'foreign_func' \(id [0-9]+\), which is not one of ours: .ip link set dev test xdp off" \
		./xdp_prog_user load -d test
	refused_unchanged "test runs the XDP program 'foreign_func'" \
		./xdp_prog_user unload -d test
	ok_quiet ./xdp_prog_user status -d test
	has "$output" "foreign_func \(id [0-9]+\) in native mode.*not ours"
	ip link set dev test xdp off
	ok_quiet ./xdp_prog_user load -d test
}

# has_open PID FOLDER
has_open()
{
	[[ $'\n'$(readlink "/proc/$1/fd/"*)$'\n' == *$'\n'"$2"$'\n'* ]]
}

# A load has found the device when it opens the folder, to wait for the lock.
@test "a device that is renamed during a load is the same device" {
	local ifindex

	ip link add dev before type veth peer name peer
	ifindex=$(<"/sys/class/net/before/ifindex")
	exec 9<"$BPFFS"
	flock 9
	start ./xdp_prog_user load -d before 9<&-
	wait_for has_open "$PID" "$BPFFS"
	ip link set dev before name after
	ip link add dev before type veth peer name other_peer
	exec 9<&-
	wait "$PID"
	is "XDP on before" "$(ip -j link show dev before | jq '.[].xdp')" null
	is "XDP on after" "$(ip -j link show dev after | jq '.[] | select(.xdp) | .ifindex')" "$ifindex"
	ok ./xdp_prog_user unload -d after
	ip link del dev before
	ip link del dev after
}

@test "a stale pin of another shape is named and replaced" {
	mkdir $BPFFS/test
	bpftool map create $BPFFS/test/xdp_stats_map type array key 4 value 8 \
		entries 7 name old
	refused "its xdp_stats_map is a array of 7 entries.*load it again|not a percpu_array" \
		./xdp_stats -d test -n 1 -i 0.01 --json
	ok ./xdp_prog_user load -d test
	is "warnings" ${#stderr_lines[@]} 1
	has "$stderr" "replaced the stale pin $BPFFS/test/xdp_stats_map: its type was array, with 7 entries"
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
	ok_quiet ./xdp_prog_user load -d test
}

@test "an MTU too large for native mode: refused, or generic by itself" {
	ip -n test link set dev veth0 mtu 9000
	run_apart ./xdp_prog_user load -d test --mode native
	((status > 0 && status < 126)) || fail "it ended with $status: $output"
	has "$stderr" "test: cannot run a program in native mode|MTU"
	has "$stderr" "MTU"
	is "test" "$(dev_state test)" "program: "
	[[ ! -e $BPFFS/test ]] || fail "$BPFFS/test is left"
	ok ./xdp_prog_user load -d test
	has "$output" "test: xdp_icmp_echo_func runs in generic mode"
	pings 3 3 test $NET6:1::1
}

@test "no bpffs: says what to mount; nothing is loaded" {
	umount $BPFFS
	refused "no BPF file system at $BPFFS.*mount -t bpf -o mode=0700 bpf $BPFFS" \
		./xdp_prog_user load -d test
	refused "no BPF file system|no.*pin" ./xdp_stats -d test -n 1 --json
	is "program" "$(prog_id test)" ""
	mount -t bpf bpf $BPFFS
	# the environment's record went with it
	ip netns del test
	ip link del test 2>/dev/null || true
}

@test "status, and refresh without a program" {
	ok_quiet ./xdp_prog_user status -d test
	is "output" "$output" "test: no XDP program"
	refused_unchanged "this_host|no.*pin" ./xdp_prog_user refresh -d test
	ok_quiet ./xdp_prog_user load -d test
	ok_quiet ./xdp_prog_user status -d test
	has "${lines[0]}" "test: xdp_icmp_echo_f.* \(id $(prog_id test)\) in native mode.*, ours"
	has "${lines[1]}" "test: maps pinned in $BPFFS/test: .*this_host"
}

@test "xdp_stats: bad command lines" {
	ok_quiet ./xdp_prog_user load -d test
	refused "which device\? -d DEV" ./xdp_stats
	refused "what is 'test'\? A device goes behind -d" ./xdp_stats test
	refused "'0' is no interval" ./xdp_stats -d test -i 0
	refused "'1x' is no interval" ./xdp_stats -d test -i 1x
	refused "'-1' is no interval" ./xdp_stats -d test -i -1
	refused "'nan' is no interval" ./xdp_stats -d test -i nan
	refused "'inf' is no interval" ./xdp_stats -d test -i inf
	refused "'0' is no count" ./xdp_stats -d test -n 0
	refused "'1.5' is no count" ./xdp_stats -d test -n 1.5
	refused "'x' is no count" ./xdp_stats -d test -n x
	refused "unrecognized option '--frob'" ./xdp_stats --frob
	refused "nowhere" ./xdp_stats -d nowhere -n 1 --json
	ok_quiet ./xdp_prog_user unload -d test
	refused "test" ./xdp_stats -d test -n 1 --json
}

@test "xdp_stats: the table, letter by letter" {
	local n='[ 0-9]'

	ok_quiet ./xdp_prog_user load -d test
	ok_quiet ./xdp_stats -d test -n 1
	is "lines" ${#lines[@]} 8
	is "line 1" "${lines[0]}" "Collecting stats from BPF map"
	has "${lines[1]}" "^ - BPF map \(bpf_map_type:6\) id:[0-9]+ name:xdp_stats_map key_size:4 value_size:16 max_entries:5$"
	is "line 3" "${lines[2]}" "XDP-action"
	set -- XDP_ABORTED XDP_DROP XDP_PASS XDP_TX XDP_REDIRECT
	i=3
	for action; do
		has "${lines[i++]}" "^$(printf '%-12s' "$action") $n{11} pkts \($n{10} pps\) $n{11} Kbytes \($n{6} Mbits/s\) period:[0-9]+\.[0-9]{6}$"
	done
}

@test "xdp_stats: several devices, --json, --count" {
	t setup -n other >/dev/null
	ok_quiet ./xdp_prog_user load -d test -d other
	ok_quiet ./xdp_stats -d test -d other --json -n 3 -i 0.01
	is "lines" ${#lines[@]} 6
	is "devices" "$(jq -r .dev <<<"$output" | tr '\n' ' ')" \
		"test other test other test other "
	ok_quiet ./xdp_stats -d test -d other -n 1 -i 0.01
	has "$output" $'test:\nXDP-action.*other:\nXDP-action'
}

@test "xdp_stats: --json is JSON, whatever the device is called" {
	local name=$'a"\\\b\xc3\xa9'

	ip link add "$name" type veth peer name other
	ok_quiet ./xdp_prog_user load -d "$name"
	ok_quiet ./xdp_stats -d "$name" --json -n 1 -i 0.01
	is "name" "$(jq -r .dev <<<"$output")" "$name"
	ok_quiet ./xdp_prog_user unload -d "$name"
	ip link del "$name"
}

@test "xdp_stats: whole lines at once into a pipe, and follows a reload" {
	local log=$BATS_TEST_TMPDIR/log

	lines_in_log() { (($(wc -l <"$log") >= $1)); }
	has_tx() { [[ $(tail -n 1 "$log" | jq .actions.XDP_TX.packets) == "$1" ]]; }
	ok_quiet ./xdp_prog_user load -d test
	pings 5 5 test $NET6:1::1
	start ./xdp_stats -d test --json -i 0.02 > >(cat >"$log")
	wait_for lines_in_log 2
	wait_for has_tx 5
	ok_quiet ./xdp_prog_user load -d test
	wait_for has_tx 0
	pings 3 3 test $NET6:1::1
	wait_for has_tx 3
	is "maps" "$(jq .map_id "$log" | sort -u | wc -l)" 2
}

@test "xdp_stats: says that the program was loaded again" {
	ok_quiet ./xdp_prog_user load -d test
	start ./xdp_stats -d test -i 0.02 >"$BATS_TEST_TMPDIR/log"
	wait_for grep -q XDP_TX "$BATS_TEST_TMPDIR/log"
	ok_quiet ./xdp_prog_user load -d test
	wait_for grep -Eq "^test was loaded again: map id:[0-9]+ -> id:[0-9]+$" \
		"$BATS_TEST_TMPDIR/log"
}

@test "other tools load our objects; with empty maps everything passes" {
	local folder program

	while read -r folder program; do
		cd "$ROOT/$folder"
		ip link set dev test xdp obj $OBJECT program "$program"
		pings 3 3 test $NET6:1::1
		pings 3 3 test $NET4.1.1
		ip link set dev test xdp off

		bpftool prog loadall $OBJECT $BPFFS/all 2>/dev/null
		[[ -e $BPFFS/all/$program ]] || fail "no $program: $(ls $BPFFS/all)"
		rm -r $BPFFS/all
		rm -f $BPFFS/xdp_stats_map # pinned by name, where libbpf does that

		if xdp-loader load -n "$program" test $OBJECT 2>/dev/null; then
			pings 3 3 test $NET6:1::1
			xdp-loader unload --all test 2>/dev/null
		else
			# Of kernels that have dispatchers, those since 6.12 want a
			# program that changes a frame's length to run alone.
			is "what xdp-loader cannot load" "$folder" packet04-router
			cd "$ROOT/packet01-tx"
			ok ./xdp_prog_user load -d test
			has "$output" "in libxdp's dispatcher"
			cd "$ROOT/$folder"
			ok ./xdp_prog_user load -d test
			has "$output" "alone: no libxdp dispatcher"
			ok ./xdp_prog_user unload -d test
		fi
		is "program" "$(prog_id test)" ""
		rm -f $BPFFS/xdp_stats_map
	done <<-END
	packet01-tx xdp_icmp_echo_func
	packet02-redirect xdp_redirect_func
	packet03-redirect-map xdp_redirect_map_func
	packet04-router xdp_router_func
	END
}

@test "what another tool has loaded of ours, the loader replaces" {
	ip link set dev test xdp obj $OBJECT program xdp_icmp_echo_func
	ok_quiet ./xdp_prog_user load -d test
	pings 3 3 test $NET6:1::1
	is "XDP_TX" "$(stat_of test XDP_TX)" 3
	rm -f $BPFFS/xdp_stats_map $BPFFS/xdp/globals/* 2>/dev/null || true
}

@test "./xdp-loader: refuses what xdp-loader refuses, passes on its status" {
	ip link set dev test xdp obj "$FOREIGN" sec xdp
	run ./xdp-loader load -n xdp_pass_func test $OBJECT
	((status > 0))
	has "$(t status)" "foreign_func"
	ip link set dev test xdp off
	ok ./xdp-loader load -n xdp_icmp_echo_func test $OBJECT
	has "$stderr" "^xdp-loader: the maps are pinned in $BPFFS/test \(--pin-path\)"
	ok ./xdp_stats -d test -n 1 -i 0.01
	ok ./xdp-loader status test
	has "$output" "xdp_icmp_echo_func|xdp_icmp_echo_f"
	ok ./xdp-loader unload --all test
	is "program" "$(prog_id test)" ""
}

# Here xdp-loader itself refuses, in this way or the other: on a kernel that
# has dispatchers, too, the program before was not loaded into one.
@test "./xdp-loader: an option that only xdp-loader has is not left out" {
	ip link set dev test xdp obj $OBJECT program xdp_icmp_echo_func
	run ./xdp-loader load -P 7 -n xdp_pass_func test $OBJECT
	((status > 0))
	run ./xdp-loader load test $OBJECT
	((status > 0))
	has "$(t status)" "xdp_icmp_echo_f"
	ok ./xdp-loader load -n xdp_pass_func test $OBJECT
	has "$(t status)" "xdp_pass_func"
}
