#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Together with the kernel's own GUE (fou, `encap gue`), where it has one:
# either end of the tunnel is Linux, the other is ours. The network is that of
# live.bats.

# shellcheck disable=SC2030,SC2031,SC2034,SC2086,SC2154
load ../../tests/helpers

VIRTUAL=172.17.2.2

has_gue()
{
	modprobe -a fou ipip
	ip link add probe type ipip remote 192.0.2.1 encap gue \
		encap-sport auto encap-dport 6080 && ip link del probe
} 2>/dev/null

setup()
{
	lesson packet06-director
	modprobe -a fou ipip 2>/dev/null || true
	has_gue || skip "this kernel has no GUE (CONFIG_NET_FOU, CONFIG_NET_IPIP)"
	t lab up
	mkdir "$BATS_TEST_TMPDIR/www"
	head -c 200000 /dev/urandom >"$BATS_TEST_TMPDIR/www/file"
	start in_env t33 busybox httpd -f -p $VIRTUAL:80 -h "$BATS_TEST_TMPDIR/www"
	wait_for listens t33 80
}

teardown()
{
	ip link del gue0 2>/dev/null || true
	clean_up
}

fetches_file()
{
	local n

	for n in 1 2 3; do
		ok curl -sS --max-time 20 -o "$BATS_TEST_TMPDIR/got" $VIRTUAL/file
		cmp "$BATS_TEST_TMPDIR/got" "$BATS_TEST_TMPDIR/www/file"
	done
	wait_for is_over . t33
}

# tap NAME ENVIRONMENT DEV: what passes there to the virtual address. Without a
# bound on their size there is room for no more than a few packets at a time.
tap()
{
	start in_env $2 tcpdump -ni $3 -s 2048 --immediate-mode -U \
		-w "$BATS_TEST_TMPDIR/$1.pcap" "ip and dst host $VIRTUAL" \
		2>"$BATS_TEST_TMPDIR/$1.log"
	wait_for has_text "$BATS_TEST_TMPDIR/$1.log" "listening on"
}

# same_packets BEFORE AFTER: the same bytes behind the link's header, in order
same_packets()
{
	diff <(packets $1 -tqx) <(packets $2 -tqx)
}

# all_arrive BEFORE AFTER: sooner or later
all_arrive()
{
	wait_for same_packets $1 $2 >/dev/null 2>&1 || same_packets $1 $2
}

@test "packet06: Linux takes out what the director sends" {
	local sent

	# Not from the virtual address: the receiver has that itself.
	ok t exec -n t22 -- ./xdp_prog_user load -d eth0 --source 172.17.2.22
	ok t exec -n t22 -- ./xdp_prog_user add -d eth0 \
		--virtual $VIRTUAL --backend 172.17.3.3
	in_env t33 ip fou add port 6080 gue
	# Most namespaces begin with it (fb_tunnels_only_for_init_net).
	in_env t33 ip link add tunl0 type ipip 2>/dev/null || true
	in_env t33 ip link set dev tunl0 up
	in_env t33 sysctl -qw net.ipv4.conf.tunl0.rp_filter=0
	# Or some would go on as one.
	in_env t33 ethtool -K eth0 gro off
	tap sent . t22
	tap inside t33 tunl0
	fetches_file
	all_arrive sent inside
	sent=$(frames sent)
	((sent >= 12)) || fail "$sent packets for three files"
	# Not from /sys: that shows the devices of the namespace here.
	is "out of the tunnel, and errors" "$(in_env t33 ip -j -s link show dev tunl0 |
		jq -r '.[].stats64.rx | "\(.packets) \(.errors)"')" "$sent 0"
}

# our_backend [IP LINK OPTIONS]: Linux sends, our program takes out
our_backend()
{
	ok t exec -n t33 -- ./xdp_prog_user load -d eth0 \
		--prog-name xdp_backend_func
	ip link add gue0 type ipip local 172.17.3.1 remote 172.17.3.3 ttl 64 \
		encap gue encap-sport auto encap-dport 6080 "$@"
	# Checksums are complete where they are captured.
	ethtool -K gue0 tx off >/dev/null
	ip link set dev gue0 up
	ip route add $VIRTUAL/32 dev gue0 src 172.17.3.1
	tap sent . gue0
	tap inside t33 eth0
	fetches_file
	all_arrive sent inside
	is "sent into the tunnel" "$(frames sent)" \
		"$(</sys/class/net/gue0/statistics/tx_packets)"
}

@test "packet06: the backend takes out what Linux sends" {
	our_backend noencap-csum
}

@test "packet06: the backend takes out what Linux sends with a checksum" {
	our_backend encap-csum
}
