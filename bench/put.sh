# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# How candidates are put in place in the world of world.sh.

# lesson FOLDER MODE [ARGUMENTS]: as its README loads it
lesson()
{
	(cd "$1" && ./xdp_prog_user load --mode "$2" "${@:3}")
}

# From here on libxdp finds no dispatcher, so programs run alone: the kernel lets
# nobody else run one that is in a dispatcher.
without_dispatcher()
{
	export LIBXDP_OBJECT_PATH=/nowhere
}

base()
{
	build/bench/base "$@"
}

# The sink comes to the frames.
drop_on_arrival()
{
	ip link set in netns wire
	ip -n wire link set in up
	SINK=in
}

packet02()
{
	lesson packet02-redirect "$1" -d in --redirect-dev out
}

packet03()
{
	lesson packet03-redirect-map "$1" -d in
	(cd packet03-redirect-map && ./xdp_prog_user -d in -r out \
		--src-mac "$(mac_in_wire gen)" --dest-mac "$(mac_in_wire sink)")
}

packet06()
{
	lesson packet06-director "$1" -d in
	(cd packet06-director && ./xdp_prog_user add -d in \
		--virtual 192.0.2.80 --backend 198.51.100.2)
}

# The pod is where an address is known to be behind a veth.
tc01()
{
	ip -n wire addr add 198.51.100.2/24 dev sink
	in_background ready env -C tc01-redirect ./tc_prog_user -d in
}

tc02_by_hand()
{
	(cd tc02-ipip && ./tc_prog_user load --by-hand --client-dev in \
		--far-dev out --local 198.51.100.1 --remote 198.51.100.2)
}

packet04_rp_filter()
{
	sysctl -qw net.ipv4.conf.all.rp_filter=1
	lesson packet04-router native -d in -d out
}

# What it costs to be watched by t drops, which has nothing to say.
packet04_watched()
{
	in_background Watching testenv/drops/watch drops \
		--causes testenv/causes.tsv --netns wire --dev in --dev out
	lesson packet04-router native -d in -d out
}

# The first packet is a miss, which is learned.
packet05_daemon()
{
	in_background ready env -C packet05-fwd ./fwd --mode native -d in -d out
}

# in_background TEXT COMMAND...: until it says that
in_background()
{
	local said=$TMPDIR/background.log

	"${@:2}" >"$said" 2>&1 &
	until grep -q "$1" "$said"; do
		kill -0 $! || return
		sleep 0.01
	done
}
