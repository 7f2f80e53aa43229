# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # for, and by, testenv/live.sh
# SPDX-License-Identifier: GPL-2.0
#
# packet06-director with real packets, for `t check` (testenv/live.sh).

# in_lab NS COMMAND...: the lesson's tool, which must succeed
in_lab()
{
	local ns=$1

	shift
	learner "$TESTENV/testenv.sh" exec -n "$ns" -- ./xdp_prog_user "$@" ||
		fail "t exec -n $ns -- ./xdp_prog_user $*" "$output"
}

# make_lab NAME...: so many backends, all with a web server
make_lab()
{
	local ns

	t lab up $#
	in_lab t22 load -d eth0
	for ns; do
		mkdir -p "$TMPDIR/$ns"
		echo "$ns" >"$TMPDIR/$ns/index.html"
		t exec -n "$ns" -- busybox httpd -p 172.17.2.2:80 -h "$TMPDIR/$ns"
		in_lab "$ns" load -d eth0 --prog-name xdp_backend_func
		in_lab t22 add -d eth0 --virtual 172.17.2.2 \
			--backend "172.17.${ns:1:1}.${ns:1:1}"
	done
}

# fetch COUNT: who has answered, and how often
fetch()
{
	timeout 30 curl -sS --max-time 10 "172.17.2.2/?[1-$1]" 2>/dev/null | sort |
		uniq -c | awk '{ print $2 ":" $1 }' | xargs || true
}

# answers COUNT WHO [WHEN]: all of so many requests. Says where others died.
answers()
{
	local got

	got=$(fetch "$1")
	[[ $got == "$2:$1" ]] && return
	LAST_PING=(timeout 1 curl -s 172.17.2.2)
	fail "$1 requests${3-}: want $1 answers from $2, got '$got'" "$(where_lost)"
}

live_3()
{
	make_lab t33
	answers 20 t33
	echo "20 of 20 requests answered by the backend"
}

live_4()
{
	local seen

	make_lab t33 t44
	seen=$(fetch 100)
	[[ $seen == *t33* && $seen == *t44* ]] ||
		fail "100 requests, two backends: answers '$seen'" "both must answer"
	in_lab t22 drain -d eth0 --backend 172.17.4.4
	answers 50 t33 " while t44 is draining"
	echo "both backends answer, one that is draining does not"
}

live_5()
{
	local seen

	make_lab t33
	seen=$(ping -c 1 -W 1 -M 'do' -s 1472 172.17.2.2 2>&1) || true
	[[ $seen == *'mtu = 1468'* ]] ||
		fail "ping -M do -s 1472 172.17.2.2" \
			"no answer says 'Frag needed' and 'mtu = 1468'"
	answers 20 t33
	echo "too long packets are refused"
}

live_6()
{
	local virtual=2001:db8:17:2::2 seen

	t lab up 1 ipv6
	in_lab t22 load -d eth0
	mkdir -p "$TMPDIR/t33"
	echo t33 >"$TMPDIR/t33/index.html"
	t exec -n t33 -- busybox httpd -p "[$virtual]:80" -h "$TMPDIR/t33"
	in_lab t33 load -d eth0 --prog-name xdp_backend_func
	in_lab t22 add -d eth0 --virtual $virtual --backend 2001:db8:17:3::3
	expect "answer over IPv6" t33 curl -sS --max-time 5 "[$virtual]"
	seen=$(ping -c 1 -W 1 -M 'do' -s 1452 $virtual 2>&1) || true
	[[ $seen == *'mtu=1448'* || $seen == *'mtu = 1448'* ]] ||
		fail "ping -M do -s 1452 $virtual" \
			"no answer says 'Packet too big' and 'mtu=1448'"
	echo "IPv6 inside of IPv6, and too long packets are refused"
}
