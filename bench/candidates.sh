# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What is measured, and how it is put in place (put.sh): one line each.
#
#	group GROUP TITLE SINK [OPTIONS of pps]
#	candidate GROUP NAME COMMAND [ARGUMENTS]
#
# The command is run in the world of world.sh, in the repository's root. A
# candidate is left out where there is no such command. The last one of a
# group is the kernel by itself, with which the others are compared.

readonly HERE6=2001:db8:1::1 GEN6=2001:db8:1::2 SINK6=2001:db8:2::2

group ipv4 "IPv4 forwarded, UDP, 60 bytes" sink
group new "To another destination each time, UDP, 60 bytes" sink --to 10.0.0.0 --hosts 16777216
group ipv6 "IPv6 forwarded, UDP, 62 bytes" sink --from $GEN6 --to $SINK6
group ping4 "ICMP echo answered, 98 bytes" gen -f ping -l 98 --to 192.0.2.1
group pod "To a pod, TCP, 60 bytes" sink -f tcp --port 8080
group ipip "Put into IPIP, UDP, 60 bytes" sink --to 10.10.1.102
group gue "Put into GUE and sent back, UDP, 60 bytes" gen --to 192.0.2.80
group ping6 "ICMPv6 echo answered, 118 bytes" gen -f ping -l 118 --from $GEN6 --to $HERE6

candidate ipv4 "drop on arrival" drop_on_arrival
candidate ipv4 "bpf_redirect" base redirect in out
candidate ipv4 "bpf_redirect_map" base redirect_map in out
candidate ipv4 "look up, redirect" base look_up in out
candidate ipv4 "the same, as xdp-forward" base look_up_port in out
candidate ipv4 "xdp-forward" xdp-forward load in out
candidate ipv4 "packet02" packet02 native
candidate ipv4 "packet02 generic" packet02 skb
candidate ipv4 "packet03" packet03 native
candidate ipv4 "packet03 generic" packet03 skb
candidate ipv4 "packet04" lesson packet04-router native -d in -d out
candidate ipv4 "packet04 rp_filter" packet04_rp_filter
candidate ipv4 "packet04, t drops" packet04_watched
candidate ipv4 "packet04 generic" lesson packet04-router skb -d in -d out
candidate ipv4 "packet05 hit" packet05_daemon
candidate ipv4 "packet05 miss" lesson packet05-fwd native -d in -d out
candidate ipv4 "tc redirect" base tc_redirect in out
candidate ipv4 "tc redirect_neigh" base tc_redirect_neigh in out
candidate ipv4 "tc redirect_peer" base tc_redirect_peer in out
candidate ipv4 "kernel forwarding" true

# More destinations than the daemon's tables have room for.
candidate new "packet04" lesson packet04-router native -d in -d out
candidate new "packet05 miss, learned" packet05_daemon
candidate new "packet05 miss" lesson packet05-fwd native -d in -d out
candidate new "kernel forwarding" true

candidate ipv6 "bpf_redirect" base redirect in out
candidate ipv6 "look up, redirect" base look_up in out
candidate ipv6 "packet02" packet02 native
candidate ipv6 "packet04" lesson packet04-router native -d in -d out
candidate ipv6 "packet05 hit" packet05_daemon
candidate ipv6 "packet05 miss" lesson packet05-fwd native -d in -d out
candidate ipv6 "packet04 generic" lesson packet04-router skb -d in -d out
candidate ipv6 "kernel forwarding" true

candidate pod "tc01" tc01
candidate pod "tc redirect_neigh" base tc_redirect_neigh in out
candidate pod "kernel forwarding" true

# Not every kernel has tunnel devices: by hand, beside the least.
candidate ipip "tc02 by hand" tc02_by_hand
candidate ipip "tc redirect" base tc_redirect in out

candidate ping4 "XDP_TX, MACs swapped" base swap_tx in
candidate ping4 "packet01" lesson packet01-tx native -d in
candidate ping4 "packet01 generic" lesson packet01-tx skb -d in
candidate ping4 "kernel" true
candidate ping6 "XDP_TX, MACs swapped" base swap_tx in
candidate ping6 "packet01" lesson packet01-tx native -d in
candidate ping6 "packet01 generic" lesson packet01-tx skb -d in
candidate ping6 "kernel" true

# Beside the least that can send a frame back; not every kernel has a GUE.
candidate gue "packet06" packet06 native
candidate gue "packet06 generic" packet06 skb
candidate gue "XDP_TX, MACs swapped" base swap_tx in
