# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A client, this namespace as the host, and a server behind a tunnel:
#
#	    ns1                       here                          ns2
#	+------------+   +---------------------------+   +----------------------+
#	|  vens1     |---| ve1                  ve2  |---|  vens2               |
#	|  10.1.1.101|   | 10.1.1.1        10.2.1.1  |   |  10.2.1.102          |
#	|            |   |        tun1: external     |   |  tun2: to 10.2.1.1   |
#	+------------+   +---------------------------+   |  lo: VIP 10.10.1.102 |
#	                                                 +----------------------+
#
# and for an IPv6 tunnel 2401:db01::66, 2401:db01::1, 2401:db02::1,
# 2401:db02::66, VIP 2401:face::66. `t lab up ip6tnl` makes tun1 and tun2 of
# that kind; `t lab up none` makes neither, for the program that does it alone.

lab_up()
{
	local kind=${1-ipip} dev

	lab_netns ns1 ns2
	lab_pair . ve1 ns1 vens1
	lab_pair . ve2 ns2 vens2
	lab_pin tc/globals/tun_iface
	lab_ip . "addr add 10.1.1.1/24 dev ve1" \
		"addr add 2401:db01::1/64 dev ve1 nodad" \
		"addr add 10.2.1.1/24 dev ve2" \
		"addr add 2401:db02::1/64 dev ve2 nodad"
	lab_ip ns1 "addr add 10.1.1.101/24 dev vens1" \
		"addr add 2401:db01::66/64 dev vens1 nodad" \
		"route add default via 10.1.1.1" \
		"route add default via 2401:db01::1"
	lab_ip ns2 "addr add 10.2.1.102/24 dev vens2" \
		"addr add 2401:db02::66/64 dev vens2 nodad" \
		"addr add 10.10.1.102/32 dev lo" \
		"addr add 2401:face::66/128 dev lo nodad"
	lab_sysctl net/ipv4/conf/all/rp_filter 0
	lab_sysctl net/ipv4/conf/default/rp_filter 0
	for dev in ve1 ve2; do
		echo 0 >"/proc/sys/net/ipv4/conf/$dev/rp_filter"
	done
	lab_sysctl net/ipv4/conf/all/forwarding 1
	lab_sysctl net/ipv6/conf/all/forwarding 1
	case $kind in
	ipip) far_end ipip 10.2.1.102 10.2.1.1 && lab_tunnel tun1 ipip external ;;
	ip6tnl) far_end "ip6tnl mode any" 2401:db02::66 2401:db02::1 &&
		lab_tunnel tun1 ip6tnl mode any external ;;
	none) lab_ip ns2 "route add default via 10.2.1.1" \
		"route add default via 2401:db02::1" ;;
	*) die "'$kind' is no kind of tunnel: ipip, ip6tnl or none" ;;
	esac
}

# far_end TYPE LOCAL REMOTE: the other end's tunnel, and the way back
far_end()
{
	in_netns ns2 ip -batch - 2>/dev/null <<-END ||
	link add dev tun2 type $1 local $2 remote $3
	link set dev tun2 up
	route add 10.1.1.0/24 dev tun2
	route add 2401:db01::/64 dev tun2
	END
		die "this kernel makes no ${1%% *} device (CONFIG_NET_IPIP," \
			"CONFIG_IPV6_TUNNEL): tests/vm runs kernels that do"
}
