# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Where it is measured:
#
#	  namespace wire            this namespace              wire
#	+----------------+      +--------------------+      +-----------------+
#	|  gen        ---|------|-- in          out --|------|---  sink        |
#	|  192.0.2.2     | veth | .1   routes     .1 | veth |  198.51.100.2    |
#	|  2001:db8:1::2 |      | ::1            ::1 |      |  2001:db8:2::2   |
#	+----------------+      +--------------------+      +-----------------+
#
# gen and sink have no addresses of their own: what gen sends is made by the
# generator, what reaches sink is counted and dropped. So this namespace is
# told their MAC addresses.

make_world()
{
	local mac

	# A report of the stack's own is not what is to be counted.
	sysctl -qw net.ipv4.conf.all.forwarding=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv6.conf.default.mldv2_unsolicited_report_interval=1000000
	ip -batch - <<-END
	netns add wire
	link add name in type veth peer name gen netns wire
	link add name out type veth peer name sink netns wire
	link set dev in addrgenmode none
	link set dev out addrgenmode none
	END
	# Frames from XDP are taken by a veth that polls: with GRO. The other end
	# asks for that when it goes up.
	ethtool -K in gro on >/dev/null
	ip -n wire -batch - <<-END
	link set dev gen addrgenmode none
	link set dev sink addrgenmode none
	link set dev gen up
	link set dev sink up
	END
	ip -batch - <<-END
	link set dev in up
	link set dev out up
	addr add 192.0.2.1/24 dev in
	addr add 198.51.100.1/24 dev out
	addr add 2001:db8:1::1/64 dev in nodad
	addr add 2001:db8:2::1/64 dev out nodad
	END
	wait_until_up in
	wait_until_up out
	mac=$(mac_in_wire gen)
	ip neigh add 192.0.2.2 dev in lladdr "$mac" nud permanent
	ip neigh add 2001:db8:1::2 dev in lladdr "$mac" nud permanent
	mac=$(mac_in_wire sink)
	ip neigh add 198.51.100.2 dev out lladdr "$mac" nud permanent
	ip neigh add 2001:db8:2::2 dev out lladdr "$mac" nud permanent
	ip route add 10.0.0.0/8 via 198.51.100.2
}

# What is sent by a device is dropped until the kernel has seen the carrier.
wait_until_up()
{
	local end=$((SECONDS + 5))

	until [[ $(ip -o link show dev "$1") == *" state UP "* ]]; do
		((SECONDS < end)) || {
			echo "bench: error: $1 does not come up" >&2
			return 1
		}
	done
}

mac_in_wire()
{
	ip -n wire -br link show dev "$1" | awk '{ print $3 }'
}

# in_wire COMMAND [ARGUMENTS]
in_wire()
{
	nsenter --net=/run/netns/wire "$@"
}
