# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# A node with two pods, and a client:
#
#	   client                    node                     pods
#	+------------+   +--------------------------+   +----------------+
#	|  eth0      |---|  eth0             blue   |---|  eth0    blue  |
#	|  192.0.2.2 |   |  192.0.2.1               |   |  198.51.100.2  |
#	|            |   |  198.51.100.1            |   +----------------+
#	|            |   |                          |   +----------------+
#	|            |   |                  green   |---|  eth0   green  |
#	+------------+   +--------------------------+   |  198.51.100.3  |
#	                                                +----------------+
#
# and the same with 2001:db8::/64 for 192.0.2.0/24 and 2001:db8:1::/64 for
# 198.51.100.0/24. As CNI plugins do it, a pod has an address without a
# network, the node a route to each pod, and a forward chain that drops what
# is no part of a connection that it knows. A web server answers in each pod
# on the ports 8080 and 8081.

lab_up()
{
	lab_netns node client blue green
	lab_pair client eth0 node eth0
	lab_ip client "addr add 192.0.2.2/24 dev eth0" \
		"addr add 2001:db8::2/64 dev eth0 nodad" \
		"route add 198.51.100.0/24 via 192.0.2.1" \
		"route add 2001:db8:1::/64 via 2001:db8::1"
	lab_ip node "addr add 192.0.2.1/24 dev eth0" \
		"addr add 2001:db8::1/64 dev eth0 nodad"
	in_netns node bash -euc '
		echo 1 >/proc/sys/net/ipv4/conf/all/forwarding
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
		nft -f -' <<-'END'
	table inet filter {
		chain forward {
			type filter hook forward priority filter
			ct state invalid counter drop
		}
	}
	END
	lab_pod blue 2
	lab_pod green 3
}

# lab_pod NAME NUMBER
lab_pod()
{
	local www=${TESTENV%/*}/tc01-redirect/www

	lab_pair node "$1" "$1" eth0
	lab_ip "$1" "addr add 198.51.100.$2/32 dev eth0" \
		"addr add 2001:db8:1::$2/128 dev eth0 nodad" \
		"route add 198.51.100.1 dev eth0" \
		"route add 2001:db8:1::1 dev eth0" \
		"route add default via 198.51.100.1" \
		"route add default via 2001:db8:1::1"
	lab_ip node "addr add 198.51.100.1/32 dev $1" \
		"addr add 2001:db8:1::1/128 dev $1 nodad" \
		"route add 198.51.100.$2/32 dev $1" \
		"route add 2001:db8:1::$2/128 dev $1"
	lab_daemon "$1" busybox httpd -p 8080 -h "$www/$1"
	lab_daemon "$1" busybox httpd -p 8081 -h "$www/$1"
}
