# shellcheck shell=bash
# shellcheck disable=SC2034 # what device_is_ours reads
# SPDX-License-Identifier: GPL-2.0
#
# Labs: the networks of lessons that bring their own. Such a lesson's folder
# has a file lab.sh with a function lab_up, which makes the network by the
# functions lab_* below. It is sourced and called in that folder.
#
# What a lab has made and changed is noted first, in its folder below LABS
# (layout.sh).

# Between two colons; bpffs has no names with dots.
readonly WORD='[A-Za-z0-9_-]+'

# in_netns NS COMMAND...: run there; "." is this namespace
in_netns()
{
	local ns=$1

	shift
	if [[ $ns == . ]]; then
		"$@"
	elif [[ $1 == ip ]]; then
		ip -n "$ns" "${@:2}" # one process less
	else
		nsenter --net="$NETNS/$ns" "$@"
	fi
}

# lab_netns NAME...: make namespaces, with the kernel's defaults
lab_netns()
{
	local ns commands

	for ns; do
		check_name "$ns"
		[[ ! -e $NETNS/$ns ]] ||
			die "there is a namespace '$ns' already, which this lab has not made"
	done
	mkdir "${@/#/$LAB/ns:}"
	printf -v commands 'netns add %s\n' "$@"
	ip -batch - <<<"$commands"
	for ns; do
		# shellcheck disable=SC2016 # expanded inside
		in_netns "$ns" bash -euc '
			source "$1"
			cd /proc/sys/net
			for conf in all default; do
				[[ -d ipv6 ]] || continue
				echo 0 >ipv6/conf/$conf/accept_dad
				echo 0 >ipv6/conf/$conf/accept_ra
			done
			exec ip link set dev lo up' bash "$TESTENV/defaults.sh"
	done
}

# lab_pair NS1 DEV1 NS2 DEV2: a veth pair. Its ends are brought up when lab_up has
# made everything, ready to receive what XDP sends and with nothing left to the
# device, as in environments.
lab_pair()
{
	local place=()

	if [[ $1 == . ]]; then
		check_name "$2"
		! device_exists "$2" ||
			die "there is a device '$2' already, which this lab has not made"
		mkdir "$LAB/dev:$2"
		place=(group "$GROUP")
	else
		place=(netns "$1")
	fi
	ip link add dev "$2" "${place[@]}" type veth peer name "$4" netns "$3"
	# Its link-local address is of use at once: nobody else can have it.
	# (lab_netns has made this the default elsewhere.)
	[[ $1 != . || ! -d /proc/sys/net/ipv6 ]] ||
		echo 0 >"/proc/sys/net/ipv6/conf/$2/accept_dad"
	ENDS[$1]+=" $2"
	ENDS[$3]+=" $4"
}

# lab_ip NS COMMAND...: commands of ip(8), for when the ends of pairs there are up
lab_ip()
{
	local IFS=$'\n'

	ENDS[$1]+=''
	COMMANDS[$1]+="${*:2}"$'\n'
}

# Per namespace, the ends of pairs, and what lab_ip was told.
declare -A ENDS=() COMMANDS=()

bring_up()
{
	local ns dev devices commands

	for ns in "${!ENDS[@]}"; do
		read -ra devices <<<"${ENDS[$ns]}"
		commands=''
		for dev in "${devices[@]}"; do
			commands+="link set dev $dev xdp pinned $PASS_PIN"$'\n'
			commands+="link set dev $dev up"$'\n'
		done
		# shellcheck disable=SC2016 # expanded there
		in_netns "$ns" bash -euc '
			for dev in "${@:2}"; do
				ethtool -K "$dev" tx off rxvlan off txvlan off >/dev/null
			done
			exec ip -batch - <<<"$1"' bash \
			"$commands${COMMANDS[$ns]-}" "${devices[@]}"
	done
	for ns in "${!ENDS[@]}"; do
		wait_for_ends "$ns"
	done
}

# Until the kernel has noticed their carrier, as wait_until_up does for one.
wait_for_ends()
{
	local links devices end=$((SECONDS + 5))

	read -ra devices <<<"${ENDS[$1]}"
	until links=$(in_netns "$1" ip -o link show type veth) &&
		are_up "$links" "${devices[@]}"; do
		((SECONDS < end)) ||
			die "not all of these come up: ${devices[*]}"
	done
}

# are_up LINKS DEV...: whether `ip -o link`, which printed LINKS, says so
are_up()
{
	local dev line='[^'$'\n'']*'

	for dev in "${@:2}"; do
		[[ $1 =~ \ $dev@$line\ qdisc\ noqueue\ (master\ [^\ ]+\ )?state\ UP\  ]] ||
			return 1
	done
}

# lab_tunnel NAME TYPE...: a tunnel device of this namespace, as `ip link` makes
# it; what it needs may not be in every kernel
lab_tunnel()
{
	check_name "$1"
	! device_exists "$1" ||
		die "there is a device '$1' already, which this lab has not made"
	mkdir "$LAB/dev:$1"
	ip link add dev "$1" group "$GROUP" type "${@:2}" 2>/dev/null ||
		die "this kernel makes no $2 device (CONFIG_NET_${2^^}, or a" \
			"second one): tests/vm runs kernels that do"
	ip link set dev "$1" up
}

# lab_pin NAME: what the lesson pins as BPFFS/NAME goes with the lab
lab_pin()
{
	mkdir "$LAB/pin:${1//\//:}"
}

# lab_sysctl PATH VALUE: a setting of this namespace, below /proc/sys; the lab
# puts the old value back
lab_sysctl()
{
	local old

	old=$(<"/proc/sys/$1")
	[[ $old == "$2" ]] || {
		mkdir "$LAB/sys:${1//\//:}=$old"
		echo "$2" >"/proc/sys/$1"
	}
}

# lab_daemon NS COMMAND...: a program that puts itself into the background; it
# is ended with the lab
lab_daemon()
{
	# Without the lock, or no other command of t would ever get it.
	in_netns "$@" {LOCK}<&- </dev/null >/dev/null 2>&1
}

# find_processes NS...: sets PIDS to those that live in these namespaces
find_processes()
{
	local proc ns

	PIDS=()
	for proc in /proc/[0-9]*; do
		for ns; do
			[[ ! $proc/ns/net -ef $NETNS/$ns ]] || PIDS+=("${proc#/proc/}")
		done
	done
}

# end_processes NS...: they get a second to end by themselves
end_processes()
{
	local PIDS end=$((SECONDS + 2))

	find_processes "$@"
	((${#PIDS[@]} == 0)) || kill -TERM "${PIDS[@]}" 2>/dev/null || true
	while ((${#PIDS[@]})); do
		if ((SECONDS >= end)); then
			kill -KILL "${PIDS[@]}" 2>/dev/null || true
			return
		fi
		sleep 0.01
		find_processes "$@"
	done
}

# Removes whatever there is of the lab in the folder LAB.
remove_lab()
{
	local entry name commands namespaces=()

	for entry in "$LAB"/sys:*; do
		name=${entry##*/sys:} entry=${name%%=*}
		[[ $entry =~ ^$WORD(:$WORD)+$ ]] || continue
		printf '%s\n' "${name#*=}" >"/proc/sys/${entry//://}"
	done
	for entry in "$LAB"/ns:*; do
		name=${entry##*/ns:}
		[[ ! $name =~ ^$NAME_FORM$ || ! -e $NETNS/$name ]] ||
			namespaces+=("$name")
	done
	((${#namespaces[@]} == 0)) || {
		end_processes "${namespaces[@]}"
		printf -v commands 'netns del %s\n' "${namespaces[@]}"
		ip -force -batch - <<<"$commands" 2>/dev/null ||
			rm -f "${namespaces[@]/#/$NETNS/}"
	}
	for entry in "$LAB"/dev:*; do
		name=${entry##*/dev:}
		[[ $name =~ ^$NAME_FORM$ ]] || continue
		NUMBER=0 # the number of all labs' devices
		! device_is_ours "$name" || ip link del dev "$name" 2>/dev/null || true
		remove_pins "$BPFFS/$name"
		[[ ! -d $BPFFS/tc/$name ]] || rm -rf "$BPFFS/tc/$name"
	done
	for entry in "$LAB"/pin:*; do
		name=${entry##*/pin:}
		[[ $name =~ ^$WORD(:$WORD)*$ ]] || continue
		name=$BPFFS/${name//://}
		rm -f "$name"
		[[ ! -d ${name%/*} ]] ||
			rmdir --ignore-fail-on-non-empty -p "${name%/*}" 2>/dev/null || true
	done
	rm -rf "$LAB"
}

remove_labs()
{
	local LAB lab

	find_labs
	for lab in "${LESSONS[@]}"; do
		LAB=$LABS/$lab
		remove_lab
		echo "$lab: the lab is removed"
	done
}

# What a command that was killed has left. (Labs are made under the lock.)
remove_killed_labs()
{
	local LAB

	for LAB in "$LABS"/*; do
		! is_lab "$LAB" || [[ -k $LAB ]] || remove_lab
	done
}

# The lab of the lesson in whose folder t is called.
this_lab()
{
	[[ -r lab.sh ]] ||
		die "there is no lab.sh here: go into the folder of a lesson that has one"
	LAB=$LABS/${PWD##*/}
	[[ ${PWD##*/} =~ ^$LESSON_FORM$ ]] ||
		die "'${PWD##*/}' cannot be the name of a lesson: use A-Z a-z 0-9 _ -"
}

cmd_lab()
{
	local what=${ARGS[0]-}

	allow "ARGS"
	this_lab
	case $what in
	up)
		prepare
		[[ ! -d $LAB ]] ||
			die "this lab is up already: t lab down removes it"
		need_trust . lab.sh
		# shellcheck source=/dev/null # the lesson's
		source ./lab.sh
		mkdir -p "$LAB"
		trap 'remove_lab; clean_up' EXIT
		lab_up "${ARGS[@]:1}"
		bring_up
		chmod +t "$LAB"
		trap - EXIT
		;;
	down)
		((${#ARGS[@]} == 1)) || die "lab down takes nothing: ${ARGS[1]}"
		lock
		[[ -d $LAB ]] || die "this lab is not up: t lab up makes it"
		remove_lab
		clean_up
		;;
	*) die "lab up or lab down? See t help" ;;
	esac
}
