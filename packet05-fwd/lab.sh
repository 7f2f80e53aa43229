# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The lab of packet05-fwd, made by `t lab up`; README.md draws it. Each network
# is a bridge in a namespace of its own, which is also its gateway.

# lan NAME ADDRESS: a network, and its gateway's address
lan()
{
	lab_ip "$1" "link add name lan type bridge" "addr add $2 dev lan" \
		"link set dev lan up"
}

# plug HOST DEV ADDRESS LAN: a host's leg in a network
plug()
{
	lab_pair "$1" "$2" "$4" "$1"
	lab_ip "$4" "link set dev $1 master lan"
	lab_ip "$1" "addr add $3 dev $2"
}

lab_up()
{
	lab_netns A B C net2 net3
	lan net2 10.10.2.1/24
	lan net3 10.10.3.1/24
	plug B enp0s3 10.10.2.7/24 net2
	plug A enp0s8 10.10.2.4/24 net2
	plug A enp0s9 10.10.3.6/24 net3
	plug C enp0s8 10.10.2.6/24 net2
	plug C enp0s9 10.10.3.5/24 net3
	lab_ip B "route add default via 10.10.2.1"
	lab_ip C "route add default via 10.10.3.1"
	# The control address of A, by which this namespace reaches it.
	lab_pair . fwd-control A control
	lab_ip . "addr add 192.168.56.1/24 dev fwd-control"
	lab_ip A "addr add 192.168.56.4/24 dev control"
	in_netns A bash -c 'echo 1 >/proc/sys/net/ipv4/conf/all/forwarding
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}
