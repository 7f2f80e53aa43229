#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The contract of testenv/testenv.sh: what each command of t makes, prints,
# refuses and leaves behind.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

setup()
{
	BEFORE=$(world)
	lesson packet01-tx
}

teardown()
{
	clean_up
}

envs()
{
	t status --json | jq -r '[.[] | "\(.number):\(.name)"] | join(" ")'
}

@test "t: in a language in which i is not between a and z" {
	localedef -i tr_TR -f UTF-8 "$BATS_TEST_TMPDIR/tr_TR.UTF-8"
	export LOCPATH=$BATS_TEST_TMPDIR LC_ALL=tr_TR.UTF-8
	ok t setup -n mini
	ok_quiet t teardown -n mini
	ok_quiet "$ROOT/testenv/sandbox" true
}

@test "t setup: what it makes, and t teardown: nothing is left of it" {
	ok_quiet t setup -n test
	is "output" "$output" "test: $NET6:1::1 here, $NET6:1::2 inside"
	is "outer address" "$(ip -j -6 addr show dev test scope global |
		jq -r ".[].addr_info[].local // empty")" $NET6:1::1
	is "inner address" "$(ip -n test -j -6 addr show dev veth0 scope global |
		jq -r ".[].addr_info[] | select(.local) | \"\(.local)/\(.prefixlen)\"")" $NET6:1::2/64
	is "route inside" "$(ip -n test -j -6 route show $NET6::/48 |
		jq -r '.[].gateway')" $NET6:1::1
	is "IPv4" "$(ip -4 addr show dev test)" ""
	is "program inside" "$(ip -n test -j -d link show dev veth0 |
		jq -r '.[].xdp.prog.name')" testenv_pass
	has "$(in_env test ethtool -k veth0)" "tx-checksumming: off"
	ok_quiet t teardown -n test
	is "output" "$output" "test: removed"
	same_world "$BEFORE"
}

@test "t setup --legacy-ip: IPv4, too" {
	ok_quiet t setup -n test --legacy-ip
	is "output" "$output" "test: $NET6:1::1 here, $NET6:1::2 inside;$(
		) $NET4.1.1 here, $NET4.1.2 inside"
	is "route inside" "$(ip -n test -j route show $NET4.0.0/16 |
		jq -r '.[].gateway')" $NET4.1.1
	ok t ping --legacy-ip -c 2 -l 2 -W 1
	has "$output" "2 packets transmitted, 2 received"
}

@test "t setup without -n picks a name that is free" {
	ip netns add env1
	ip link add env2 type bridge
	ok_quiet t setup
	has "$output" "^env3: "
	ip link del env2
	ip netns del env1
}

@test "t setup: names that cannot be" {
	refused "the name is empty" t setup -n ""
	refused "'0123456789abcdef' is too long.*15.*16" t setup -n 0123456789abcdef
	refused "'a b' cannot be a name" t setup -n "a b"
	refused "'a/b' cannot be a name" t setup -n a/b
	refused "'a.b' cannot be a name" t setup -n a.b
	refused "'-x' cannot be a name" t setup -n -x
	refused "'\\.\\.' cannot be a name" t setup -n ..
	refused "'lo' has a meaning" t setup -n lo
	refused "-n needs a name" t setup -n
	same_world "$BEFORE"
	ok_quiet t setup -n abcdefghijklmno
}

@test "t setup: names that ip could take for its own words" {
	local name

	for name in a up dev type name via; do
		ok_quiet t setup -n $name --legacy-ip
		ok t ping -n $name --legacy-ip -c 1 -W 1
		ok_quiet t reset -n $name
		ok_quiet t teardown -n $name
	done
	same_world "$BEFORE"
}

@test "t setup: names that others have" {
	ip link add taken type bridge
	ip netns add gone
	BEFORE=$(world)
	refused "device 'taken' already, which t has not made" t setup -n taken
	refused "namespace 'gone' already, which t has not made" t setup -n gone
	same_world "$BEFORE"
	ip link del taken
	ip netns del gone
	ok t setup -n test
	refused "'test' exists: t reset -n test" t setup -n test
	ok t ping -c 1 -W 1
}

@test "t: without -n the only one, of several none" {
	refused "there is no environment yet: t setup" t ping
	refused "there is no environment yet: t setup" t teardown
	refused "there is no environment yet: t setup" t reset
	refused "there is no environment 'x': t setup -n x$" t reset -n x
	ok t setup -n one
	ok t exec -- true
	ok t setup -n two
	refused "which environment\? -n NAME, one of: one two" t exec -- true
	refused "no environment 'three'.*\(there are: one two\)" t ping -n three
	ok t exec -n two -- true
}

@test "t setup: the lowest free number is used again; 254 is the last" {
	local n

	for n in a b c; do
		t setup -n $n >/dev/null
	done
	t teardown -n b
	ok t setup -n d
	is "environments" "$(envs)" "1:a 2:d 3:c"
	for ((n = 4; n < 254; n++)); do
		mkdir "$BPFFS/t:env/$n:fake$n"
	done
	ok t setup -n last --legacy-ip
	has "$output" "$NET6:fe::1 here.*$NET4.254.1 here"
	ok t ping -n last --legacy-ip -c 1 -W 1
	refused "all 254 environments are in use: t teardown" t setup -n more
	[[ ! -e /run/netns/more ]]
	rmdir "$BPFFS"/t:env/*:fake*
}

@test "t reset: fresh, with its number and --legacy-ip" {
	t setup -n a >/dev/null
	t setup -n b --legacy-ip >/dev/null
	t teardown -n a
	t load -n b >/dev/null
	ok_quiet t reset -n b
	has "$output" "^b: $NET6:2::1 here.*$NET4.2.1 here"
	is "environments" "$(envs)" "2:b"
	is "program" "$(prog_id b)" ""
	[[ ! -e $BPFFS/b ]] || fail "pins are left"
	ok t ping --legacy-ip -c 1 -W 1
}

@test "t: a half-made environment is said to be one, and mended" {
	t setup -n test --legacy-ip >/dev/null
	ip link del test
	refused "'test' is incomplete: t reset -n test" t ping
	has "$(t status)" "incomplete"
	is "complete" "$(t status --json | jq '.[].complete')" false
	ok t reset
	ok t ping -c 1 -W 1
	ok t ping --legacy-ip -c 1 -W 1
	ip netns del test
	ok t setup -n test
	ok t ping -c 1 -W 1
}

@test "t: a hundred at once, and teardown --all leaves the world as it was" {
	seq 100 | xargs -P 4 -I NUMBER "$ROOT/testenv/testenv.sh" \
		setup -n manyNUMBER --legacy-ip >/dev/null
	is "environments" "$(ip netns | wc -l)" 100
	ok t ping -n many100 --legacy-ip -c 1 -W 1
	ok t ping -n many77 -c 1 -W 1
	ok_quiet t teardown --all
	is "lines" ${#lines[@]} 100
	same_world "$BEFORE"
}

@test "t: setups and teardowns side by side do not collide" {
	local n pids=() failed=0

	for n in 1 2 3 4 5 6; do
		{
			t setup -n "par$n" && t teardown -n "par$n" &&
				t setup -n "par$n"
		} >>"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do
		wait "$n" || failed=1
	done
	((!failed)) || fail "$(cat "$BATS_TEST_TMPDIR/log")"
	is "numbers" "$(envs | tr ' ' '\n' | cut -d: -f1 | tr '\n' ' ')" "1 2 3 4 5 6 "
	ok t teardown --all
	same_world "$BEFORE"
}

@test "t status: a table, and JSON" {
	is "none" "$(t status)" "There is no environment. t setup makes one."
	is "none" "$(t status --json | jq -c .)" "[]"
	t setup -n a --legacy-ip >/dev/null
	t setup -n b >/dev/null
	t load -n a -- --mode skb >/dev/null
	ok_quiet t status
	is "lines" ${#lines[@]} 3
	has "${lines[0]}" "^NAME +IPV6 HERE +IPV4 HERE +XDP ON NAME +XDP ON VETH0"
	has "${lines[1]}" "^a +$NET6:1::1 +10.11.1.1 +xdp_icmp_echo_f(unc)? \(generic\) +testenv_pass \(native\)"
	has "${lines[2]}" "^b +$NET6:2::1 +- +- +testenv_pass \(native\)"
	ok_quiet t status --json
	is "MAC" "$(jq -r '.[1].outer.mac' <<<"$output")" "$(mac b)"
	is "MAC" "$(jq -r '.[1].inner.mac' <<<"$output")" "$(inner_mac b)"
	is "only b" "$(t status -n b --json | jq length)" 1
}

@test "t exec: network, arguments, exit status; pins inside survive it" {
	t setup -n test >/dev/null
	ok_quiet t exec -n test -- ip -j link
	is "devices" "$(jq -r '[.[].ifname] | join(" ")' <<<"$output")" "lo veth0"
	ok t exec -- printf '%s|' "a b" '$x' '*'
	is "arguments" "$output" 'a b|$x|*|'
	run t exec -- bash -c "exit 42"
	is "status" $status 42
	refused "exec what\? t exec -n NAME -- COMMAND" t exec
	is "/sys shows" "$(t exec -- ls /sys/class/net | tr '\n' ' ')" "lo veth0 "
	ok t exec -- bpftool map create /sys/fs/bpf/mine type array key 4 value 4 entries 1 name mine
	is "pin" "$(t exec -- ls /sys/fs/bpf)" mine
	[[ ! -e $BPFFS/mine ]] || fail "pinned outside"
	ok t teardown -n test
	same_world "$BEFORE"
}

@test "t exec: the lesson's xdp_pass by xdp-loader: on top, and twice" {
	local id

	t setup -n test >/dev/null
	for _ in 1 2; do
		ok t exec -n test -- ./xdp-loader load --prog-name xdp_pass_func veth0 xdp_prog_kern.o
		is "stderr" "$stderr" "xdp-loader: veth0 runs a program alone, which xdp-loader does not replace: xdp_prog_user does"
		is "program" "$(t status --json | jq -r '.[].inner.xdp.prog')" xdp_pass_func
	done
	ok t exec -- ./xdp_stats -d veth0 -n 1 -i 0.01
	id=$(ip -n test -j -d link show veth0 | jq '.[].xdp.prog.id')
	has "$(t exec -- ./xdp-loader status)" "veth0 .* $id|$id .*xdp_pass_func"
}

@test "t enter: a shell there, with commands from stdin" {
	t setup -n test >/dev/null
	run t enter -n test <<<"cat /sys/class/net/veth0/ifindex; echo done; exit 3"
	is "status" $status 3
	is "output" "${lines[-1]}" "done"
	is "lines" ${#lines[@]} 2
}

@test "t ping: four, unless told otherwise; --legacy-ip where there is IPv4" {
	t setup -n test >/dev/null
	ok t ping -l 4
	has "$output" "PING $NET6:1::1.*4 packets transmitted, 4 received"
	ok t ping -c 2 -l 2 -s 100
	has "$output" "100 data bytes.*2 packets transmitted, 2 received"
	refused "'test' has no IPv4: t setup -n test --legacy-ip" t ping --legacy-ip
}

@test "t tcpdump: outside, and --inner" {
	local side

	t setup -n test >/dev/null
	for side in "" --inner; do
		capture "wire$side" test $side icmp6 and ip6[40] == 128
		pings 3 3 test $NET6:1::1
		expect_frames 3 "wire$side"
	done
	has "$(cat "$BATS_TEST_TMPDIR/wire.log")" "listening on test"
	has "$(cat "$BATS_TEST_TMPDIR/wire--inner.log")" "listening on veth0"
}

@test "t load, stats, unload" {
	t setup -n test >/dev/null
	ok_quiet t load
	has "$output" "test: xdp_icmp_echo_func runs in native mode"
	ok t ping -l 5 -c 5
	ok_quiet t stats -- --json -n 1 -i 0.01
	is "XDP_TX" "$(jq .actions.XDP_TX.packets <<<"$output")" 5
	ok_quiet t unload
	is "program" "$(prog_id test)" ""
	[[ ! -e $BPFFS/test ]] || fail "pins are left"
	cd /
	refused "no ./xdp_prog_user here: go into a lesson's folder" t load
	refused "no ./xdp_stats here" t stats
}

@test "t teardown with a program loaded, from anywhere" {
	t setup -n test >/dev/null
	t load >/dev/null
	cd /
	ok_quiet t teardown
	same_world "$BEFORE"
}

@test "t teardown: pins of a name do not come back with it" {
	t setup -n test >/dev/null
	t load >/dev/null
	ip link del test
	[[ -e $BPFFS/test/this_host ]]
	ok t reset -n test
	[[ ! -e $BPFFS/test ]] || fail "old pins are there"
}

@test "t teardown while somebody is inside" {
	t setup -n test >/dev/null
	start t exec -n test -- sleep 30
	wait_for bash -c 'ip netns pids test | grep -q .'
	ok_quiet t teardown -n test
	same_world "$BEFORE"
	ok t setup -n test
	ok t ping -c 1 -W 1
}

@test "t: unknown commands and options" {
	refused "there is no command 'frob': t help lists them" t frob
	t setup -n test >/dev/null
	refused "setup: what is '--frob'\? See t help" t setup -n x --frob
	refused "status takes no --legacy-ip" t status --legacy-ip
	refused "setup takes no --all" t setup --all
	refused "teardown: what is 'test'" t teardown test
	refused "unload: what is 'x'" t unload x
	is "environments" "$(envs)" "1:test"
}

@test "t help: a summary; every command is in it and in the completion" {
	local command

	ok_quiet t help
	for command in $(sed -n 's/^cmd_\(.*\)()$/\1/p' "$ROOT"/testenv/*.sh) alias; do
		has "$output" "  $command "
		has "$(cat "$ROOT/testenv/completion.bash")" "[\" 	]${command}[ 
	\"]"
	done
	ok_quiet t
	has "$output" "^Usage: t COMMAND"
}

@test "t alias: makes t a command, with completion" {
	t setup -n uno >/dev/null
	t setup -n dos >/dev/null
	ok_quiet bash -c '
		shopt -s expand_aliases
		eval "$("$1" alias)"
		eval "t status --json" | jq length
		complete() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
			     _testenv; echo "${COMPREPLY[*]}"; }
		complete t te
		complete t load -n ""
		complete t setup --l
		complete t redirect uno d' bash "$ROOT/testenv/testenv.sh"
	is "environments" "${lines[0]}" 2
	is "t te" "${lines[1]}" teardown
	is "t load -n" "${lines[2]}" "uno dos"
	is "t setup --l" "${lines[3]}" --legacy-ip
	is "t redirect uno d" "${lines[4]}" dos
}

@test "t: where no bpffs is mounted, the first setup mounts one and the last teardown takes it away" {
	umount $BPFFS
	BEFORE=$(world)
	ok_quiet t setup -n a
	ok_quiet t setup -n b
	is "file system" "$(stat -f -c %T $BPFFS)" bpf_fs
	ok t load -n a
	ok t teardown -n a
	is "file system" "$(stat -f -c %T $BPFFS)" bpf_fs
	ok t teardown -n b
	same_world "$BEFORE"
	mount -t bpf bpf $BPFFS
}

@test "t: a bpffs that somebody else has mounted over ours stays" {
	umount $BPFFS
	ok_quiet t setup -n a
	# Within, /sys is covered, and yet /proc/mounts shows what is below it.
	ok_quiet "$ROOT/testenv/sandbox" bash -ec '
		"$0" setup -n b
		"$0" teardown -n b
		[[ $(stat -f -c %T /sys/fs/bpf) == bpf_fs ]]' \
		"$ROOT/testenv/testenv.sh"
	ok t teardown -n a
	is "file system" "$(stat -f -c %T $BPFFS)" sysfs
	mount -t bpf bpf $BPFFS
}

@test "t: with IPv6 disabled by sysctl" {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	BEFORE=$(world)
	run t setup -n test --legacy-ip
	is "status" $status 0
	run t ping -c 2 -l 2 -W 1
	is "ping" $status 0
	run t ping --legacy-ip -c 2 -l 2 -W 1
	is "ping" $status 0
	ok t teardown --all
	same_world "$BEFORE"
	sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0
}
