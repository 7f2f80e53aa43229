# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The network of this lesson: t lab up [BACKENDS], 1 to 4, 1 unless told.
# t lab up BACKENDS ipv6 gives it IPv6 addresses, too: 2001:db8:17:N::N for
# each 172.17.N.N. They are not always there because Linux forwards IPv6 on all
# devices or on none.
#
# The client is this namespace. The director is in t22; the backends are in
# t33, t44, t55 and t66.

lab_up()
{
	local backends=${1-1} ipv6=${2-} ns all i

	[[ $backends == [1-4] && $# -le 2 ]] ||
		die "how many backends? t lab up 1, 2, 3 or 4"
	[[ -z $ipv6 || $ipv6 == ipv6 ]] ||
		die "what is '$ipv6'? t lab up $backends ipv6 adds IPv6"
	[[ -z $ipv6 ]] || lab_sysctl net/ipv6/conf/all/forwarding 1
	lab_link 2
	for ((i = 3; i < 3 + backends; i++)); do
		lab_link $i
		ns=t$i$i
		# The virtual address, without a network that would belong to it.
		lab_ip $ns "addr add 172.17.2.2/32 dev lo"
		[[ -z $ipv6 ]] || lab_ip $ns "addr add 2001:db8:17:2::2/128 dev lo"
		# It answers straight to the client, with an address that here
		# belongs behind t22. Of the two settings the larger counts, and
		# 2 asks only that there is a way at all.
		all=$(</proc/sys/net/ipv4/conf/all/rp_filter)
		echo $((all == 1 ? 2 : 0)) >"/proc/sys/net/ipv4/conf/$ns/rp_filter"
	done
}

# lab_link N: 172.17.N.1 here, on tNN; 172.17.N.N in the namespace tNN. With
# lab_up's variable ipv6 the same of IPv6.
lab_link()
{
	local ns=t$1$1 net=2001:db8:17:$1

	lab_netns "$ns"
	lab_pair . "$ns" "$ns" eth0
	lab_ip . "addr add 172.17.$1.1/24 dev $ns"
	lab_ip "$ns" "addr add 172.17.$1.$1/24 dev eth0" \
		"route add default via 172.17.$1.1"
	# This namespace routes between these devices, and no others.
	echo 1 >"/proc/sys/net/ipv4/conf/$ns/forwarding"
	[[ $ipv6 ]] || return 0
	echo 0 >"/proc/sys/net/ipv6/conf/$ns/disable_ipv6"
	lab_ip . "addr add $net::1/64 dev $ns nodad"
	lab_ip "$ns" "addr add $net::$1/64 dev eth0 nodad" \
		"route add default via $net::1"
}
