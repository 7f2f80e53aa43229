# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Looks for what is wrong with the machine and the environments: one function
# for each thing that is looked at. A function calls warning or problem for
# what it finds, and sets FINE to what is said where it finds nothing.

FINDINGS=() # STATUS, CHECK, WHERE, TEXT, MEND with tabs between
FINE='' CHECK=''

finding()
{
	local IFS=$'\t'

	FINDINGS+=("$*")
}

# warning|problem WHERE TEXT MEND: WHERE may be empty
warning() { finding warning "$CHECK" "$@"; }
problem() { finding problem "$CHECK" "$@"; }

look_at()
{
	local before=${#FINDINGS[@]}

	CHECK=$1 FINE=''
	"check_$1"
	((${#FINDINGS[@]} > before)) || finding ok "$CHECK" "" "$FINE" ""
}

#
# The machine
#

check_kernel()
{
	local version

	read -r version </proc/sys/kernel/osrelease
	FINE="Linux $version"
	[[ $version =~ ^([0-9]+)\.([0-9]+) ]]
	((BASH_REMATCH[1] * 1000 + BASH_REMATCH[2] >= 6001)) ||
		problem "" "Linux $version is too old" "boot a kernel of 6.1 or later"
}

# What the tool that asks the kernel says: by NAME, yes or no, or a text
declare -gA FEATURES=()

check_features()
{
	local name said

	while IFS=$'\t' read -r name said; do
		FEATURES[$name]=$said
	done < <("$TESTENV/drops/watch" features 2>/dev/null)
	for name in XDP "DEVMAP" "bpf_fib_lookup()" "ring buffer"; do
		[[ ${FEATURES[$name]-} == yes ]] ||
			problem "" "this kernel, or this container, does not allow $name" \
				"a kernel with CONFIG_BPF_SYSCALL and CONFIG_NET, and all rights"
	done
	[[ ${FEATURES[BTF]-} == yes ]] ||
		problem "" "this kernel has no BTF (/sys/kernel/btf/vmlinux)" \
			"boot a kernel with CONFIG_DEBUG_INFO_BTF=y"
	FINE="XDP, DEVMAP, bpf_fib_lookup(), ring buffer, BTF"
}

# Tried in namespaces of its own, which go with the command.
check_native()
{
	FINE="XDP runs in native mode on veth"
	unshare --net --mount --propagation private bash -ec "
		mount -t bpf bpf $BPFFS
		bpftool prog load $PASS_OBJECT $BPFFS/pass
		ip link add dev v0 type veth peer name v1
		ip link set dev v0 xdpdrv pinned $BPFFS/pass" 2>/dev/null ||
		problem "" "no native XDP on a veth pair" \
			"run this as root outside of containers, after make"
}

check_dispatcher()
{
	if [[ ${FEATURES[BPF_PROG_TYPE_EXT]-} == yes ]]; then
		FINE="libxdp can run several programs on a device"
	else
		FINE="none: this kernel refuses it, each program runs alone on its device"
	fi
}

check_tracepoints()
{
	FINE=${FEATURES[tracepoints]-}
	[[ $FINE && $FINE != none* ]] ||
		problem "" "t drops cannot watch: ${FINE:-its programs are refused}" \
			"sudo make; run this as root outside of containers"
}

check_rights()
{
	local status caps missing=() pair

	status=$(</proc/self/status)
	[[ $status =~ CapEff:[[:space:]]*([0-9a-f]+) ]]
	caps=$((16#${BASH_REMATCH[1]}))
	for pair in 12:CAP_NET_ADMIN 13:CAP_NET_RAW 21:CAP_SYS_ADMIN; do
		((caps >> ${pair%%:*} & 1)) || missing+=("${pair#*:}")
	done
	FINE="root, with all that is needed"
	((!${#missing[@]})) ||
		problem "" "root, but without ${missing[*]}" \
			"run this on the machine itself, or in a container with --privileged"
}

check_bpffs()
{
	FINE="mounted at $BPFFS"
	if [[ ! -d $BPFFS ]]; then
		problem "" "this kernel has no $BPFFS" \
			"boot a kernel with CONFIG_BPF_SYSCALL=y"
	elif [[ $(stat -f -c %t "$BPFFS") != cafe4a11 ]]; then
		FINE="not mounted yet: t setup does that"
	fi
}

check_tools()
{
	local tool missing=() libraries ip

	for tool in clang bpftool ip ethtool jq tcpdump ping pkg-config; do
		type -P "$tool" >/dev/null || missing+=("$tool")
	done
	((!${#missing[@]})) ||
		problem "" "not installed: ${missing[*]}" "sudo make deps"
	[[ -r $PASS_OBJECT && -x $TESTENV/drops/watch ]] ||
		problem "" "not everything is built" "make -C $(dirname "$TESTENV")"
	mapfile -t libraries < <(pkg-config --modversion libbpf libxdp 2>/dev/null)
	ip=$(ip -V 2>/dev/null) || true
	[[ $ip =~ iproute2-[^,]* ]] || true
	FINE="libbpf ${libraries[0]-}, libxdp ${libraries[1]-}, clang $(
		)$(clang -dumpversion 2>/dev/null), ${BASH_REMATCH[0]-}"
}

check_ipv6()
{
	FINE="there, and not disabled"
	if ! has_ipv6_kernel; then
		warning "" "this kernel has no IPv6" "t setup --legacy-ip"
	elif [[ $(</proc/sys/net/ipv6/conf/all/disable_ipv6) == 1 ]]; then
		warning "" "IPv6 is disabled for all devices" \
			"sysctl net.ipv6.conf.all.disable_ipv6=0, or t setup --legacy-ip"
	fi
}

# base_chains NS: "FAMILY TABLE CHAIN HOOK" of those that drop or reject
base_chains()
{
	local rules

	type -P nft >/dev/null || return 0
	rules=$(in_netns "$1" nft -j list ruleset 2>/dev/null) || return 0
	[[ $rules == *'"hook"'* ]] || return 0
	jq -r '
		[.nftables[] | (.chain // .rule) | select(.)] as $all |
		$all[] | select(.hook) | . as $c |
		select($c.policy == "drop" or any($all[];
			.chain == $c.name and .table == $c.table and .expr and
			any(.expr[]; has("drop") or has("reject") or has("jump"))))  |
		"\(.family) \(.table) \(.name) \(.hook)"' <<<"$rules" 2>/dev/null || true
}

check_firewall()
{
	local ns family table chain hook

	FINE="no rule drops or rejects packets"
	for ns in "${PLACES[@]}"; do
		# Where a lab has a firewall, that is part of the lesson.
		! compgen -G "$LABS/*/ns:$ns" >/dev/null || continue
		while read -r family table chain hook; do
			[[ $hook != forward ]] || hook+="; an XDP router goes past it"
			warning "$ns" "a firewall may drop packets: chain $family $table $chain ($hook)" \
				"$(at "$ns")nft list ruleset; allow the environments' packets there"
		done < <(base_chains "$ns")
	done
	if grep -qs filter /proc/net/ip_tables_names /proc/net/ip6_tables_names; then
		warning "" "iptables rules may drop packets" \
			"iptables -nvL; ip6tables -nvL; allow the environments' packets there"
	fi
	if [[ $(setting . net/bridge/bridge-nf-call-iptables) == 1 &&
		${#FINDINGS[@]} -gt 0 && -n $(ip -o link show type bridge) ]]; then
		warning "" "frames on bridges go through the firewall, too" \
			"sysctl net.bridge.bridge-nf-call-iptables=0"
	fi
}

#
# The environments and labs. LINKS has a line for each of their veth ends:
# NS DEV IFINDEX MTU STATE MAC MODE PROGRAM ID PEER-NS PEER-DEV
# ("." is this namespace, "-" nothing); PLACES the namespaces.
#

# at NS: what stands before a command that is to be run there
at()
{
	[[ $1 == . ]] || echo "t exec -n $1 -- "
}

# setting NS PATH: its value, below /proc/sys; nothing where there is none
setting()
{
	local value=''

	if [[ $1 == . ]]; then
		[[ ! -r /proc/sys/$2 ]] || read -r value <"/proc/sys/$2"
		echo "$value"
	else
		in_netns "$1" cat "/proc/sys/$2" 2>/dev/null || true
	fi
}

# Lines "NS NSID NS2" of those that the namespace NS knows by a number
namespace_numbers()
{
	in_netns "$1" ip netns list-id 2>/dev/null |
		sed -nE "s/^nsid ([0-9]+) \(iproute2 netns name: ([^)]*)\)$/$1 \1 \2/p;
			s/^nsid ([0-9]+) *$/$1 \1 ./p"
}

# Lines of all veth ends in PLACES: as in LINKS, but for the peer: its namespace's
# number there, or "here", and its ifindex.
all_ends()
{
	local ns links

	for ns in "${PLACES[@]}"; do
		links=$(in_netns "$ns" ip -j -d link show type veth) || true
		echo "{ \"ns\": \"$ns\", \"links\": ${links:-[]} }"
	done | jq -r '
		.ns as $ns | .links[] |
		[$ns, .ifname, .ifindex, .mtu, .operstate, .address,
			(if .xdp then if .xdp.mode == 2 then "generic" else "native" end
			 else "-" end),
			.xdp.prog.name // "-", .xdp.prog.id // "-",
			(.link_netnsid // "here"), (.link_index // 0)] | join(" ")'
}

# Only those that t has made: others' devices are others' concern.
is_ours_here()
{
	local entry

	for entry in "$ENVS"/[0-9]*:"$1" "$LABS"/*/dev:"$1"; do
		[[ ! -d $entry ]] || return 0
	done
	return 1
}

# behind IFINDEX ID: the pins of the programs behind libxdp's dispatcher, where
# the program ID of that device is one
behind()
{
	local pin

	for pin in "$LIBXDP/dispatch-$1-$2"/prog*-prog; do
		[[ ! -e $pin ]] || echo "$pin"
	done
}

# names_behind IFINDEX ID: of those programs, with + between
names_behind()
{
	local pin

	for pin in $(behind "$@"); do
		bpftool -j prog show pinned "$pin"
	done | jq -rs 'map(.name) | join("+")'
}

read_world()
{
	local ns entry line link name numbers=''

	PLACES=(.)
	for entry in "$ENVS"/[0-9]*:* "$LABS"/*/ns:*; do
		[[ ! -d $entry || ! -e $NETNS/${entry##*:} ]] ||
			PLACES+=("${entry##*:}")
	done
	for ns in "${PLACES[@]}"; do
		numbers+=$(namespace_numbers "$ns")$'\n'
	done
	LINKS=()
	while read -r line; do
		read -r -a link <<<"$line"
		[[ ${link[0]} != . ]] || is_ours_here "${link[1]}" || continue
		if [[ ${link[7]} == xdp_dispatcher ]]; then
			name=$(names_behind "${link[2]}" "${link[8]}")
			link[7]=${name:-xdp_dispatcher}
		fi
		LINKS+=("${link[*]}")
	done < <(awk '
		NR == FNR { if (NF) name[$1, $2] = $3; next }
		NF { place[$1, $3] = $2; line[++n] = $0 }
		END {
			for (i = 1; i <= n; i++) {
				split(line[i], f, " ")
				peer = f[10] == "here" ? f[1] : name[f[1], f[10]]
				if (!((peer, f[11]) in place)) {
					peer = "-"
				}
				f[11] = peer == "-" ? "-" : place[peer, f[11]]
				out = f[1]
				for (j = 2; j <= 9; j++)
					out = out " " f[j]
				print out, peer, f[11]
			}
		}' <(echo "$numbers") <(all_ends))
}

# For each line of LINKS calls a function, with the fields in variables.
each_link()
{
	local line ns dev ifindex mtu state mac mode program id peer_ns peer_dev

	for line in "${LINKS[@]}"; do
		read -r ns dev ifindex mtu state mac mode program id peer_ns peer_dev <<<"$line"
		"$1"
	done
}

# is_pass PROGRAM: one that only switches NAPI on
is_pass()
{
	[[ $1 == testenv_pass || $1 == xdp_pass_func ]]
}

declare -A ROUTES # by program id: a dot, and what it calls

# calls_of IFINDEX ID: the kernel functions that an XDP program calls, one in a
# line; those of each program behind libxdp's dispatcher.
calls_of()
{
	local pin pins

	mapfile -t pins < <(behind "$@")
	if ((${#pins[@]})); then
		for pin in "${pins[@]}"; do
			bpftool prog dump xlated pinned "$pin"
		done
	else
		bpftool prog dump xlated id "$2"
	fi 2>/dev/null | sed -nE 's/.*\(85\) call ([a-z_0-9]+)#.*/\1/p'
}

# Whether the program of the current link asks the routing table
routes()
{
	[[ $mode != - ]] && ! is_pass "$program" || return
	[[ ${ROUTES[$id]-} ]] || ROUTES[$id]=.$(calls_of "$ifindex" "$id")
	[[ ${ROUTES[$id]} == *fib_lookup* ]]
}

check_environments()
{
	local entry

	find_envs
	find_labs
	FINE="${#ENTRIES[@]} environments, ${#LESSONS[@]} labs, all complete"
	for entry in "${ENTRIES[@]}"; do
		NAME=${entry#*:} NUMBER=${entry%%:*}
		is_complete || problem "$NAME" "the environment is incomplete" \
			"t reset -n $NAME"
	done
	NAME=''
	for entry in "${LESSONS[@]}"; do
		[[ -k $LABS/$entry ]] || problem "$entry" "the lab is incomplete" \
			"t teardown --all, then t lab up"
	done
}

link_is_up()
{
	[[ $state == UP ]] ||
		problem "$ns/$dev" "the device is $state" \
			"$(at "$ns")ip link set dev $dev up; both ends of the pair must be"
}

check_devices()
{
	FINE="all up"
	each_link link_is_up
}

# What XDP sends arrives only where something polls.
link_receives()
{
	[[ $mode == - ]] || return 0
	if [[ $(in_netns "$ns" ethtool -k "$dev") == *"generic-receive-offload: on"* ]]; then
		warning "$ns/$dev" "no XDP program: GRO polls for redirected frames, but what XDP_TX sends here stays in the queue" \
			"$(at "$ns")./xdp-loader load --prog-name xdp_pass_func $dev xdp_prog_kern.o (or t reset)"
	else
		problem "$ns/$dev" "nothing polls here (no XDP program, no GRO): what XDP sends to it is lost" \
			"$(at "$ns")./xdp-loader load --prog-name xdp_pass_func $dev xdp_prog_kern.o (or t reset)"
	fi
}

# Only where the other end sends by XDP: the inner end's, from the start.
link_gets_xdp()
{
	local line peer

	for line in "${LINKS[@]}"; do
		read -r -a peer <<<"$line"
		[[ ${peer[0]} == "$peer_ns" && ${peer[1]} == "$peer_dev" ]] || continue
		[[ $ns != . || (${peer[6]} != - && ! $(is_pass "${peer[7]}" && echo pass)) ]] ||
			return 0
		link_receives
	done
}

check_receivers()
{
	FINE="every device to which XDP may send is ready for it"
	each_link link_gets_xdp
}

link_is_native()
{
	[[ $mode != generic ]] ||
		warning "$ns/$dev" "$program runs in generic mode, after the kernel has made an sk_buff" \
			"load it without --mode skb"
}

check_mode()
{
	FINE="native, or no program"
	each_link link_is_native
}

link_has_right_program()
{
	# An environment's program belongs on the end that is here.
	[[ $ns != . && $peer_ns == . && $dev == veth0 && $mode != - ]] || return 0
	is_pass "$program" || [[ $program == xdp_dispatcher ]] ||
		[[ -n $(prog_of . "$peer_dev") ]] ||
		warning "$ns/$dev" "$program runs inside, and nothing on $peer_dev" \
			"t load -n $peer_dev"
}

# prog_of NS DEV: nothing where none runs
prog_of()
{
	local line

	for line in "${LINKS[@]}"; do
		read -r -a line <<<"$line"
		[[ "${line[0]} ${line[1]}" != "$1 $2" || ${line[6]} == - ]] ||
			echo "${line[7]}"
	done
}

# maps ID FOLDER: what the tool says of a program's maps and of pins
maps()
{
	"$TESTENV/drops/watch" maps "$@"
}

# A lesson's program on a device that t has not made
check_programs()
{
	local link dev id

	FINE="on the devices that they are for"
	each_link link_has_right_program
	while read -r link; do
		[[ $link =~ ^[0-9]+:\ ([^:@]+).*prog/xdp\ id\ ([0-9]+) ]] || continue
		dev=${BASH_REMATCH[1]} id=${BASH_REMATCH[2]}
		! is_ours_here "$dev" || continue
		[[ $(maps "$id" -)$'\n' != *" xdp_stats_map"$'\n'* ]] ||
			warning "./$dev" "a lesson's program runs on a device that is no environment's" \
				"./xdp_prog_user unload -d $dev"
	done < <(ip -o -d link)
}

link_leaves_nothing()
{
	local features

	[[ $ns != . || $peer_ns == . ]] || return 0
	features=$(in_netns "$ns" ethtool -k "$dev")
	[[ $features != *"tx-checksumming: on"* ]] ||
		problem "$ns/$dev" "leaves checksums to the device, and frames that XDP sends on keep wrong ones: ping works, TCP and UDP do not" \
			"$(at "$ns")ethtool -K $dev tx off"
	[[ $features != *"x-vlan-offload: on"* ]] ||
		warning "$ns/$dev" "VLAN tags are beside the frame: XDP does not see them, and loses them" \
			"$(at "$ns")ethtool -K $dev rxvlan off txvlan off"
}

check_offloads()
{
	FINE="nothing is left to the device where XDP would lose it"
	each_link link_leaves_nothing
}

link_fits()
{
	local line peer

	for line in "${LINKS[@]}"; do
		read -r -a peer <<<"$line"
		if [[ ${peer[0]} == "$peer_ns" && ${peer[1]} == "$peer_dev" ]] &&
			((peer[3] > mtu)); then
			problem "$ns/$dev" "MTU $mtu, but $peer_ns/$peer_dev sends up to ${peer[3]} bytes, and what is longer is lost" \
				"$(at "$ns")ip link set dev $dev mtu ${peer[3]}"
		fi
	done
	# A page, less what the kernel needs in front of the frame and behind it
	((mtu <= 3498)) ||
		warning "$ns/$dev" "MTU $mtu: native XDP is refused above 3498, unless the program is ready for frames in pieces (xdp.frags)" \
			"$(at "$ns")ip link set dev $dev mtu 1500"
}

check_mtu()
{
	FINE="the same at both ends, and small enough for native XDP"
	each_link link_fits
}

link_forwards()
{
	routes || return 0
	if [[ $(setting "$ns" "net/ipv4/conf/$dev/forwarding") == 0 &&
		-n $(in_netns "$ns" ip -4 -o addr show dev "$dev") ]]; then
		problem "$ns/$dev" "$program routes, but IPv4 forwarding is off here, so it passes everything" \
			"$(at "$ns")sysctl net.ipv4.conf.all.forwarding=1"
	fi
	if [[ $(setting "$ns" net/ipv6/conf/all/forwarding) == 0 ]]; then
		problem "$ns/$dev" "$program routes, but IPv6 forwarding is off (Linux wants that of all, too), so it passes everything" \
			"$(at "$ns")sysctl net.ipv6.conf.all.forwarding=1"
	fi
}

check_forwarding()
{
	FINE="on wherever a program routes"
	each_link link_forwards
}

# The larger of the two settings is what counts.
link_filters()
{
	local all own

	[[ $mode != - ]] && ! is_pass "$program" || return 0
	all=$(setting "$ns" net/ipv4/conf/all/rp_filter)
	own=$(setting "$ns" "net/ipv4/conf/$dev/rp_filter")
	(((all > own ? all : own) != 1)) ||
		warning "$ns/$dev" "strict reverse path filter (rp_filter: $own, all: $all; the larger counts): packets whose answers would leave elsewhere are dropped" \
			"$(at "$ns")sysctl net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.$dev.rp_filter=0"
}

check_rp_filter()
{
	FINE="not strict where a program runs"
	each_link link_filters
}

link_knows_neighbours()
{
	local to lladdr neigh peer='' peer_mac=''

	[[ $peer_ns == - ]] ||
		peer=$(in_netns "$peer_ns" ip addr show dev "$peer_dev")
	[[ ! $peer =~ link/ether\ ([0-9a-f:]+) ]] || peer_mac=${BASH_REMATCH[1]}
	while read -r to neigh; do
		lladdr=-
		[[ ! $neigh =~ lladdr\ ([0-9a-f:]+) ]] || lladdr=${BASH_REMATCH[1]}
		neigh=${neigh##* }
		if [[ $neigh == FAILED || $neigh == INCOMPLETE ]]; then
			warning "$ns/$dev" "$to does not answer for its MAC address ($neigh)" \
				"$(at "$ns")ip neigh flush dev $dev; a program that redirects or drops ARP and Neighbour Discovery must pass them"
		elif [[ $neigh != NOARP && $peer =~ inet6?\ "$to"[/\ ] && $lladdr != "$peer_mac" ]]; then
			problem "$ns/$dev" "$to is entered with the MAC address $lladdr, but the other end has $peer_mac: it drops the frames" \
				"$(at "$ns")ip neigh flush dev $dev nud all"
		fi
	done < <(in_netns "$ns" ip neigh show nud all dev "$dev" 2>/dev/null)
}

check_neighbours()
{
	FINE="none that fails to answer"
	each_link link_knows_neighbours
}

link_meets_routes()
{
	local policy metrics

	routes || return 0
	metrics=$({ in_netns "$ns" ip -j -4 route show
		in_netns "$ns" ip -j -6 route show; } 2>/dev/null) || true
	[[ $metrics == *'"mtu"'* ]] || metrics=
	while read -r policy; do
		warning "$ns/$dev" "the route to $policy: $program heeds it as it was when it was loaded" \
			"t load -n $dev, after each change of routes"
	done < <([[ ! $metrics ]] || jq -r '.[] | select(.metrics) | .dst as $dst | .metrics[] | select(.mtu) |
			"\($dst) has an MTU of its own, \(.mtu)"' <<<"$metrics")
	for policy in ipv4 ipv6; do
		policy=$(setting "$ns" "net/$policy/fib_multipath_hash_policy")
		((policy <= 1)) ||
			warning "$ns/$dev" "fib_multipath_hash_policy is $policy: Linux chooses among several paths by what $program is not told" \
				"$(at "$ns")sysctl net.ipv4.fib_multipath_hash_policy=0 net.ipv6.fib_multipath_hash_policy=0"
	done
}

check_routes()
{
	FINE="nothing that a program would not heed"
	each_link link_meets_routes
}

link_carries_no_vlan()
{
	local vlan vlans

	[[ $mode != - ]] || return 0
	vlans=$(in_netns "$ns" ip -j link show type vlan 2>/dev/null) || return 0
	[[ $vlans == *'"link"'* ]] || return 0
	while read -r vlan; do
		warning "$ns/$vlan" "a VLAN device on $dev: $program sees tagged frames, and cannot send by $vlan" \
			"none is needed where the program passes tagged frames to the stack"
	done < <(jq -r --arg dev "$dev" '.[] | select(.link == $dev) | .ifname' <<<"$vlans")
}

check_vlans()
{
	FINE="none on a device with a program"
	each_link link_carries_no_vlan
}

link_has_its_pins()
{
	local found kind map ours='' folder=$BPFFS/$dev

	[[ $ns == . && $mode != - && ! $(behind "$ifindex" "$id") ]] || return 0
	found=$'\n'$(maps "$id" "$folder")$'\n'
	while read -r kind map; do
		[[ $kind != pinned || $found != *$'\n'"used $map"$'\n'* ]] || ours=1
	done <<<"$found"
	if [[ $found != *$'\n'"pinned "* ]]; then
		[[ $found != *" xdp_stats_map"$'\n'* ]] ||
			warning "$dev" "$program was loaded by a tool that has not pinned its maps, so xdp_stats cannot find them" \
				"t load -n $dev"
	elif [[ ! $ours ]]; then
		warning "$folder" "stale pins: they are not the maps of $program, which runs on $dev" \
			"t load -n $dev replaces them"
	fi
}

check_pins()
{
	local folder dev

	FINE="those of the programs that run"
	each_link link_has_its_pins
	for folder in "$BPFFS"/*; do
		dev=${folder##*/}
		[[ -d $folder && $folder != "$ENVS" && $dev != xdp ]] || continue
		[[ -n $(maps 0 "$folder") ]] || continue
		if ! device_exists "$dev"; then
			warning "$folder" "stale pins of a device that has gone" "rm -r $folder"
		elif is_ours_here "$dev" && [[ -z $(prog_of . "$dev") ]]; then
			warning "$folder" "stale pins: no program runs on $dev" \
				"./xdp_prog_user unload -d $dev"
		fi
	done
}

readonly CHECKS=(kernel features native dispatcher tracepoints rights bpffs tools
	ipv6 environments devices receivers programs mode pins offloads vlans mtu
	forwarding rp_filter firewall neighbours routes)

print_findings()
{
	local line status check where text mend

	for line in "${FINDINGS[@]}"; do
		# read takes two tabs for one
		line=${line//$'\t\t'/$'\t-\t'}
		IFS=$'\t' read -r status check where text mend <<<"${line/%$'\t'/$'\t-'}"
		[[ $where == - ]] && where='' || where=" $where"
		[[ $mend == - ]] && mend='' || mend=" -- $mend"
		printf '%-8s %s%s: %s%s\n' "$status" "$check" "$where" "$text" "$mend"
	done
}

# Exit status: 0 nothing found, 1 problems, 2 only warnings
cmd_doctor()
{
	local check all

	allow "--json"
	read_world
	for check in "${CHECKS[@]}"; do
		look_at "$check"
	done
	all=$(printf '%s\n' "${FINDINGS[@]}")
	if [[ $JSON ]]; then
		jq -R 'split("\t") | { status: .[0], check: .[1],
			where: (if .[2] == "" then null else .[2] end), text: .[3],
			mend: (if .[4] == "" then null else .[4] end) }' <<<"$all" | jq -s .
	else
		print_findings
	fi
	[[ $'\n'$all != *$'\n'problem* ]] || return 1
	[[ $'\n'$all != *$'\n'warning* ]] || return 2
}
