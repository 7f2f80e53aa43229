# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# tc01-redirect with real packets, for `t check` (testenv/live.sh).

live_1()
{
	local before

	lab
	before=$(other_host)
	redirect --prog-name tc_redirect_func
	! fetch 198.51.100.2 8080 1 >/dev/null ||
		fail "the server has answered: is it bpf_redirect()?"
	(($(other_host) > before)) ||
		fail "no frame with the node's MAC address has arrived at the pod"
	expect "the answer from port 8081" "hello from blue" \
		fetch 198.51.100.2 8081
	echo "requests arrive at the pod, addressed to the node"
}

live_2()
{
	local before

	lab
	before=$(other_host)
	redirect --one-way
	! fetch 198.51.100.2 8080 1 >/dev/null ||
		fail "the server has answered: one way is not enough"
	[[ $(other_host) == "$before" ]] ||
		fail "requests arrive at the pod with the node's MAC address: the redirect leaves it as it is" \
			"bpf_redirect_neigh() asks for the next hop's and writes it"
	(($(invalid) > 0)) || fail "the pod has not replied"
	echo "requests arrive, the replies are lost on the node"
}

live_3()
{
	local address

	lab
	redirect
	for address in 198.51.100.2 "[2001:db8:1::2]"; do
		expect "the answer of $address" "hello from blue" \
			fetch "$address" 8080
	done
	expect "the answer from port 8081" "hello from green" \
		fetch 198.51.100.3 8081
	expect "replies dropped as invalid" 0 invalid
	echo "the server answers, IPv4 and IPv6"
}

lab()
{
	t lab up >/dev/null
}

# redirect [OPTIONS]: the loader on the node, until it is ready
redirect()
{
	local log
	log=$(mktemp)

	t exec -n node -- timeout 15 ./tc_prog_user -d eth0 "$@" >"$log" 2>&1 &
	until grep -q "is ready" "$log"; do
		kill -0 $! 2>/dev/null || fail "./tc_prog_user" "$(<"$log")"
		sleep 0.02
	done
}

# fetch ADDRESS PORT [SECONDS]
fetch()
{
	in_env client curl -s --max-time "${3-20}" "http://$1:$2/"
}

invalid()
{
	in_env node nft -j list chain inet filter forward |
		jq '[.. | .counter? // empty | .packets] | add'
}

other_host()
{
	ip -n blue -s -s link show dev eth0 |
		awk '/otherhost/ { getline; print $NF }'
}
