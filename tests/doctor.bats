#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# t doctor: each thing that it looks for is made wrong once, and named, with
# what mends it; what is right is left alone.

# bats sets output, stderr and status, and runs each test in a subshell; what
# is not quoted here is a constant without blanks.
# shellcheck disable=SC2012,SC2016,SC2030,SC2031,SC2034,SC2086,SC2154
load helpers

setup()
{
	lesson packet04-router
	t setup -n uno --legacy-ip >/dev/null
}

teardown()
{
	clean_up
	nft flush ruleset 2>/dev/null || true
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
}

# finds STATUS PATTERN...: t doctor says exactly these, and nothing else wrong
finds()
{
	local expected=$1 pattern found

	shift
	run_apart t doctor
	found=$(grep -v '^ok ' <<<"$output" || true)
	is "exit status ($found)" "$status" "$expected"
	is "findings ($found)" "$(grep -c . <<<"$found")" $#
	for pattern; do
		grep -qE -- "$pattern" <<<"$found" ||
			fail "no match of '$pattern' in:" "$found"
	done
}

healthy()
{
	run_apart t doctor
	is "findings" "$(grep -v '^ok ' <<<"$output" || true)" ""
	is "exit status" $status 0
	is "stderr" "$stderr" ""
}

# mended: what t doctor has named last, pasted into a shell, mends all that it
# has found. (What to know beside the command is behind a comma and the like.)
mended()
{
	local mend
	local -a mends

	mapfile -t mends < <(grep -v '^ok ' <<<"$output" | grep -o ' -- .*' | cut -c 5-)
	for mend in "${mends[@]}"; do
		mend=${mend%%[;,]*} mend=${mend%% (*}
		bash -ec "t() { $ROOT/testenv/testenv.sh \"\$@\"; }; $mend" >/dev/null 2>&1 ||
			fail "'$mend' fails"
	done
	healthy
}

with_router()
{
	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
	t load -n uno >/dev/null
}

@test "doctor: a machine and an environment that are well" {
	healthy
	has "$output" "ok +kernel: Linux"
	has "$output" "ok +native: XDP runs in native mode on veth"
	has "$output" "ok +dispatcher: (libxdp can|none: this kernel refuses it)"
	has "$output" "ok +tracepoints: kfree_skb"
	has "$output" "ok +tools: libbpf [0-9.]+, libxdp [0-9.]+, clang [0-9.]+, iproute2-[0-9]"
	is "JSON" "$(t doctor --json | jq -r '[.[].status] | unique[]')" ok
	t teardown --all >/dev/null
	healthy
}

@test "doctor: the lessons' programs are well" {
	with_router
	healthy
	pings 3 3 . $NET4.1.2
	healthy
	# These do not route.
	sysctl -qw net.ipv4.conf.all.forwarding=0 net.ipv6.conf.all.forwarding=0
	for lesson in packet01-tx packet02-redirect packet03-redirect-map; do
		cd "$ROOT/$lesson"
		t unload -n uno
		./xdp_prog_user load -d uno $([[ $lesson != *02* ]] || echo --redirect-dev uno) >/dev/null
		healthy
	done
}

@test "doctor: forwarding is off on the router's device (row 4)" {
	with_router
	sysctl -qw net.ipv4.conf.uno.forwarding=0 net.ipv6.conf.all.forwarding=0
	finds 1 "^problem +forwarding \./uno: xdp_router_func routes, but IPv4 forwarding is off.* -- sysctl net.ipv4.conf.all.forwarding=1" \
		"^problem +forwarding \./uno: .*IPv6 forwarding.* -- sysctl net.ipv6.conf.all.forwarding=1"
	mended
	ip addr del $NET4.1.1/24 dev uno
	sysctl -qw net.ipv4.conf.uno.forwarding=0
	healthy
}

@test "doctor: nothing polls inside (row 1), and GRO alone" {
	t exec -n uno -- ip link set dev veth0 xdp off
	finds 1 "^problem +receivers uno/veth0: nothing polls.* -- t exec -n uno -- ./xdp_prog_user load"
	mended
	t exec -n uno -- ip link set dev veth0 xdp off
	in_env uno ethtool -K veth0 gro on
	finds 2 "^warning +receivers uno/veth0: .*XDP_TX sends here stays"
}

@test "doctor: checksums and VLAN tags left to the device (rows 3, 7)" {
	in_env uno ethtool -K veth0 tx on rxvlan on >/dev/null
	finds 1 "^problem +offloads uno/veth0: leaves checksums.* -- t exec -n uno -- ethtool -K veth0 tx off" \
		"^warning +offloads uno/veth0: VLAN tags.*rxvlan off"
	mended
}

@test "doctor: neighbours that do not answer, or with another address (rows 5, 6)" {
	ip neigh replace $NET4.1.99 nud failed dev uno
	in_env uno ip neigh replace $NET4.1.1 lladdr 02:00:5e:10:00:99 dev veth0
	finds 1 "^warning +neighbours \./uno: $NET4.1.99 does not answer.* -- ip neigh flush" \
		"^problem +neighbours uno/veth0: $NET4.1.1 is entered with the MAC address 02:00:5e:10:00:99, but the other end has $(mac uno)"
	mended
}

@test "doctor: MTUs that differ, or are too large (row 18)" {
	ip link set dev uno mtu 1000
	finds 1 "^problem +mtu \./uno: MTU 1000, but uno/veth0 sends up to 1500.* -- ip link set dev uno mtu 1500"
	mended
	in_env uno ip link set dev veth0 xdp off
	in_env uno ip link set dev veth0 mtu 9000
	ip link set dev uno mtu 9000
	run t doctor
	has "$output" "warning +mtu \./uno: MTU 9000: native XDP is refused"
}

# pinned FOLDER: a map there that no program uses
pinned()
{
	mkdir "$1"
	bpftool map create "$1/tx_port" type array key 4 value 4 entries 1 name tx_port
}

@test "doctor: pins that nobody uses (rows 8, 9, 20)" {
	local attach=(ip link set dev uno xdp object "$ROOT/packet01-tx/xdp_prog_kern.o"
		program xdp_icmp_echo_func)

	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1
	pinned $BPFFS/gone
	finds 2 "^warning +pins $BPFFS/gone: stale pins of a device that has gone -- rm -r $BPFFS/gone"
	mended
	pinned $BPFFS/uno
	finds 2 "^warning +pins $BPFFS/uno: stale pins: no program runs on uno"
	mended
	pinned $BPFFS/uno
	"${attach[@]}" 2>/dev/null
	finds 2 "^warning +pins $BPFFS/uno: stale pins: they are not the maps of xdp_icmp_echo"
	rm -r $BPFFS/uno
	finds 2 "^warning +pins uno: xdp_icmp_echo.* has not pinned its maps.* -- t load -n uno"
	ip link set dev uno xdp off
	# Others' programs have pins, too.
	mkdir $BPFFS/others
	bpftool prog load "$ROOT/testenv/xdp_pass_kern.o" $BPFFS/others/pass
	healthy
	rm -r $BPFFS/others
}

@test "doctor: generic mode, the wrong device" {
	t load -n uno -- --mode skb --prog-name xdp_pass_func >/dev/null
	finds 2 "^warning +mode \./uno: xdp_pass_func runs in generic mode"
	t unload -n uno
	t exec -n uno -- ./xdp_prog_user load -d veth0 >/dev/null 2>&1
	run t doctor
	has "$output" "warning +programs uno/veth0: xdp_router_func runs inside, and nothing on uno -- t load -n uno"
}

@test "doctor: a VLAN device on one with a program (row 7)" {
	modprobe 8021q 2>/dev/null || true
	ip link add link uno name uno.5 type vlan id 5 2>/dev/null ||
		skip "this kernel has no VLAN devices (CONFIG_VLAN_8021Q)"
	with_router
	finds 2 "^warning +vlans \./uno.5: a VLAN device on uno: xdp_router_func sees tagged frames"
	t unload -n uno
	healthy
}

@test "doctor: a firewall, strict reverse paths, IPv6 disabled (rows 16, 17)" {
	with_router
	nft 'table inet wall { chain through { type filter hook forward priority 0; policy drop; }; }'
	sysctl -qw net.ipv4.conf.uno.rp_filter=1
	finds 2 "^warning +firewall \.: .*chain inet wall through \(forward; an XDP router goes past it\).* -- nft list ruleset" \
		"^warning +rp_filter \./uno: strict reverse path filter.*rp_filter: 1, all: 0"
	nft flush ruleset
	finds 2 "^warning +rp_filter \./uno: strict"
	mended
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	run t doctor
	sysctl -qw net.ipv6.conf.all.disable_ipv6=0
	has "$output" "warning +ipv6: IPv6 is disabled"
}

@test "doctor: routes with MTUs, multipath hashing" {
	with_router
	ip route add 198.51.100.0/24 via $NET4.1.2 mtu 1000
	sysctl -qw net.ipv4.fib_multipath_hash_policy=2
	finds 2 "^warning +routes \./uno: the route to 198.51.100.0/24 has an MTU of its own, 1000.* -- t load -n uno" \
		"^warning +routes \./uno: fib_multipath_hash_policy is 2"
	sysctl -qw net.ipv4.fib_multipath_hash_policy=0
}

@test "doctor: what is missing: rights, tools, a bpffs" {
	local bin=$BATS_TEST_TMPDIR/bin

	run setpriv --bounding-set -sys_admin "$ROOT/testenv/testenv.sh" doctor
	has "$output" "problem +rights: root, but without CAP_SYS_ADMIN"
	run_apart setpriv --bounding-set -net_admin "$ROOT/testenv/testenv.sh" doctor
	has "$output" "problem +rights: root, but without CAP_NET_ADMIN"
	is "stderr" "$stderr" ""
	run setpriv --bounding-set -net_raw "$ROOT/testenv/testenv.sh" doctor
	has "$output" "problem +rights: root, but without CAP_NET_RAW"
	t teardown --all >/dev/null
	run setpriv --bounding-set -sys_admin "$ROOT/testenv/testenv.sh" doctor
	has "$output" "problem +native: no native XDP on a veth pair"
	mkdir "$bin"
	ln -sf /usr/sbin/* "$bin"
	ln -sf /usr/bin/* "$bin"
	rm "$bin/tcpdump"
	PATH=$bin finds 1 "^problem +tools: not installed: tcpdump -- sudo make deps"
	umount $BPFFS
	healthy
	mount -t bpf bpf $BPFFS
	has "$output" "bpffs: not mounted yet: t setup does that"
}

@test "doctor: what is too old; a container without rights; a locked kernel" {
	local bin=$BATS_TEST_TMPDIR/bin

	mkdir "$bin"
	printf '#!/bin/sh\necho 13.0.1\n' >"$bin/clang"
	printf '#!/bin/sh\necho 1.0.9 1.2.9\n' >"$bin/pkg-config"
	chmod +x "$bin"/*
	PATH=$bin:$PATH finds 1 "^problem +tools: clang 13.0.1 is too old: 14 or later" \
		"^problem +tools: libbpf 1.0.9 is too old: 1.1 or later" \
		"^problem +tools: libxdp 1.2.9 is too old: 1.3 or later"
	run unshare --user --map-root-user "$ROOT/testenv/testenv.sh" doctor
	has "$output" "problem +rights: root of a user namespace only"
	mount -t tmpfs tmpfs /sys/kernel/security
	echo "none integrity [confidentiality]" >/sys/kernel/security/lockdown
	healthy
	run setpriv --bounding-set -sys_admin,-bpf "$ROOT/testenv/testenv.sh" doctor
	umount /sys/kernel/security
	has "$output" "problem +tracepoints: .* -- boot with lockdown=integrity"
	container=podman run t doctor
	has "$output" "ok +rights: root, with all that is needed, in a container"
}

@test "doctor: a firewall of one family, in an environment" {
	in_env uno nft 'table ip wall { chain in { type filter hook input priority 0; }; }'
	in_env uno nft 'table ip6 wall { chain in { type filter hook input priority 0; ip6 saddr fc00::1 reject; }; }'
	finds 2 "^warning +firewall uno: .*chain ip6 wall in \(input\) -- t exec -n uno -- nft list ruleset"
}

@test "doctor: devices of any name, both ends of a pair inside" {
	in_env uno ip link add "a'\$(b)" type veth peer name $'c\xff"'
	in_env uno ethtool -K "a'\$(b)" tx off rxvlan off txvlan off >/dev/null
	run t doctor
	has "$output" "problem +devices uno/a'\\\$\(b\): the device is DOWN -- t exec -n uno -- ip link set dev 'a'\\\\''\\\$\(b\)' up;"
	has "$output" "problem +receivers uno/a'.*: nothing polls"
	is "JSON" "$(t doctor --json | jq -r 'map(select(.check == "devices").where)[]')" \
		"uno/c�\""$'\n'"uno/a'\$(b)"
}

@test "doctor: twelve environments, ten processes at most" {
	local before after i

	with_router
	for i in {2..12}; do
		t setup -n "env$i" --legacy-ip >/dev/null
	done
	# The last number there is that of the last process here.
	read -r _ _ _ _ before </proc/loadavg
	"$ROOT/testenv/testenv.sh" doctor >"$BATS_TEST_TMPDIR/output"
	read -r _ _ _ _ after </proc/loadavg
	has "$(<"$BATS_TEST_TMPDIR/output")" "12 environments, 0 labs, all complete"
	((after - before <= 10)) || fail "$((after - before)) processes"
}

@test "doctor and drops: the lessons' labs are well" {
	local lab

	t teardown --all >/dev/null
	for lab in $(lessons); do
		cd "$ROOT/$lab"
		[[ -e lab.sh ]] || continue
		lab_can_be || continue
		ok t lab up
		healthy
		ok t drops --summary -- true
		is "t drops in $lab" "$output" "Nothing was lost."
		ok t lab down
	done
}

@test "doctor: what is half there" {
	in_env uno ip link set dev veth0 down
	run t doctor
	is "status" $status 1
	has "$output" "problem +devices uno/veth0: the device is DOWN -- t exec -n uno -- ip link set dev veth0 up"
	ip link del uno
	run t doctor
	has "$output" "problem +environments uno: the environment is incomplete -- t reset -n uno"
	mended
}
