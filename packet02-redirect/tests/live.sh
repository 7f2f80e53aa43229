# shellcheck shell=bash
# shellcheck disable=SC2086,SC2154 # no blanks in $NET4, $NET6; output: learner's
# SPDX-License-Identifier: GPL-2.0
#
# packet02-redirect with real packets, for `t check` (testenv/live.sh).

make_wire()
{
	t setup -n left --legacy-ip >/dev/null
	t setup -n right --legacy-ip >/dev/null
}

live_3()
{
	make_wire
	refuses "without --redirect-dev" load -n right -- \
		--prog-name xdp_redirect_func xdp_prog_kern.o
	refuses "--redirect-dev nowhere, which is no device" \
		load -n right -- --redirect-dev nowhere
	refuses "--dest-mac 02:00:00:00:00:0x, which is no address" \
		load -n right -- --redirect-dev left --dest-mac 02:00:00:00:00:0x
	load right --prog-name xdp_redirect_func --redirect-dev left \
		xdp_prog_kern.o
	capture requests left --inner
	# They arrive and are answered; nothing comes back without forwarding.
	pings 10 0 right $NET6:1::2 -W 0.1
	arrived requests 10 "requests for the inner end of left, from its outer end" \
		"ip6[40] == 128 and ether dst $(inner_mac left) and ether src $(mac left)"
	arrived requests 10 "replies at the inner end of left" "ip6[40] == 129"
	expect "frames under XDP_REDIRECT for 10 requests" 10 \
		stat_of right XDP_REDIRECT
	load right --redirect-dev left --src-mac 02:00:5e:10:00:01 \
		--dest-mac 02:00:5e:10:00:02
	capture chosen left --inner
	pings 3 0 right $NET6:1::2 -W 0.1
	arrived chosen 3 "requests with the addresses of --src-mac and --dest-mac" \
		"ether src 02:00:5e:10:00:01 and ether dst 02:00:5e:10:00:02"
	echo "13 of 13 requests arrived as they should"
}

live_4()
{
	make_wire
	load right -d left --prog-name xdp_redirect_func xdp_prog_kern.o
	pings 10 10 right $NET6:1::2
	pings 10 10 left $NET4.2.2
	expect "TTL of a reply: by the wire, no hop" 64 reply_ttl right $NET6:1::2
	expect "frames under XDP_REDIRECT on right" 21 stat_of right XDP_REDIRECT
	expect "frames under XDP_REDIRECT on left" 21 stat_of left XDP_REDIRECT
	echo "21 of 21 pings answered, both ways"
}
