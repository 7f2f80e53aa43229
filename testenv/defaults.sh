# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Sourced in a new network namespace: it begins with copies of the settings of
# the machine's first one, which may be any. Here they become the kernel's own,
# for all devices that there are and will be.

for conf in /proc/sys/net/ipv4/conf/*; do
	for setting in forwarding rp_filter arp_ignore arp_filter arp_announce; do
		echo 0 >"$conf/$setting"
	done
	for setting in accept_redirects send_redirects; do
		echo 1 >"$conf/$setting"
	done
done
if [[ -d /proc/sys/net/ipv6 ]]; then
	for conf in /proc/sys/net/ipv6/conf/*; do
		for setting in forwarding disable_ipv6; do
			echo 0 >"$conf/$setting"
		done
	done
fi
