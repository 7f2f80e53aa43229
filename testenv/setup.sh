# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Making and removing environments.

# xdp_pass for inner ends: loaded once, for all environments.
readonly PASS_OBJECT=$TESTENV/xdp_pass_kern.o PASS_PIN=$ENVS/pass
# libxdp makes a folder that it never removes. Was it there before us?
readonly LIBXDP=$BPFFS/xdp NO_LIBXDP=$ENVS/no-libxdp
# The source that /proc/mounts shows for a bpffs that t itself has mounted.
readonly OUR_MOUNT=testenv

# Serializes setups and teardowns, so that no two take the same number. The
# lock is on this network namespace: it leaves no file, and goes with the
# process and its children. After a kill -9 those still finish their step.
lock()
{
	exec {LOCK}</proc/self/ns/net
	flock "$LOCK"
	remove_killed_labs
}

mount_bpffs()
{
	[[ $(stat -f -c %t "$BPFFS" 2>/dev/null) == cafe4a11 ]] && return
	[[ -d $BPFFS ]] || die "this kernel has no $BPFFS: it lacks CONFIG_BPF_SYSCALL"
	mount -t bpf -o mode=0700 $OUR_MOUNT "$BPFFS"
}

# What all environments and labs need. The lock is held from here on.
prepare()
{
	local folders=("$LABS")

	[[ -r $PASS_OBJECT ]] ||
		die "$PASS_OBJECT is missing: run make in $(dirname "$TESTENV")"
	lock
	trap clean_up EXIT # should it be refused
	# The pin is the last of these that is made and the first that goes.
	[[ -e $PASS_PIN ]] || {
		mount_bpffs
		[[ -d $LIBXDP ]] || folders+=("$NO_LIBXDP")
		mkdir -p "${folders[@]}"
		bpftool prog load "$PASS_OBJECT" "$PASS_PIN"
	}
}

# After the last of them: what they shared, and what mount_bpffs changed.
clean_up()
{
	local pin

	find_envs
	find_labs
	((${#ENTRIES[@]} + ${#LESSONS[@]} == 0)) || return 0
	if [[ -d $ENVS ]]; then
		# (iproute2 makes a link of that name)
		[[ ! -d $NO_LIBXDP || -L $LIBXDP || ! -d $LIBXDP ]] ||
			rmdir --ignore-fail-on-non-empty "$LIBXDP"
		rm -df "$PASS_PIN" "$LABS" "$NO_LIBXDP" "$ENVS"
	fi
	# debug files that the kernel itself puts into a new bpffs do not count
	for pin in "$BPFFS"/*; do
		[[ ! -e $pin || $pin == *.debug ]] || return 0
	done
	if mounted_by_us; then
		umount "$BPFFS"
	fi
}

# Whether the bpffs on top is ours: below it there may be one that only
# /proc/mounts still shows.
mounted_by_us()
{
	local mounts

	read -rd '' mounts </proc/self/mountinfo || true
	[[ $mounts == *" $OUR_MOUNT "* ]] || return
	awk -v device="$(stat -c %Hd:%Ld "$BPFFS")" -v source=$OUR_MOUNT '
		$3 == device { ours = $(NF - 1) == source }
		END { exit !ours }' <<<"$mounts"
}

lowest_free_number()
{
	local entry
	local -A taken=()

	find_envs
	for entry in "${ENTRIES[@]}"; do
		taken[${entry%%:*}]=1
	done
	for ((NUMBER = 1; NUMBER <= MAX_NUMBER; NUMBER++)); do
		[[ ${taken[$NUMBER]-} ]] || return 0
	done
	die "all $MAX_NUMBER environments are in use: t teardown -n NAME frees one"
}

new_name()
{
	local i

	for ((i = 1; ; i++)); do
		NAME=env$i
		find_env || device_exists "$NAME" || [[ -e $NETNS/$NAME ]] || return 0
	done
}

# The device on this side, and the namespace with the other end in it.
make_outer()
{
	local conf commands=''

	ip -batch - <<-END
	netns add $NAME
	link add dev $NAME group $((GROUP + NUMBER)) type veth peer name veth0 netns $NAME
	END
	! has_ipv6_kernel || {
		for conf in accept_dad accept_ra disable_ipv6; do
			echo 0 >"/proc/sys/net/ipv6/conf/$NAME/$conf"
		done
		commands+="addr add $OUTER_IPV6/64 dev $NAME nodad"$'\n'
	}
	[[ -z $LEGACY_IP ]] ||
		commands+="addr add $OUTER_IPV4/24 dev $NAME"$'\n'
	ip -batch - <<<"${commands}link set dev $NAME up"
}

# What the other end needs so that frames sent by XDP arrive there, and so
# that what it sends is complete when XDP sees it: a checksum left to the
# device, or a VLAN tag beside the frame, would be lost.
make_inner()
{
	local link commands

	commands="link set lo up
		link set veth0 xdp pinned $PASS_PIN
		link set veth0 up"
	! has_ipv6_kernel ||
		commands+="
		addr add $INNER_IPV6/64 dev veth0 nodad
		route add $IPV6_PREFIX::/48 via $OUTER_IPV6"
	[[ -z $LEGACY_IP ]] ||
		commands+="
		addr add $INNER_IPV4/24 dev veth0
		route add $IPV4_PREFIX.0.0/16 via $OUTER_IPV4"
	commands+="
		link show dev veth0"
	# shellcheck disable=SC2016 # expanded inside
	link=$(nsenter --net="$NETNS/$NAME" bash -euc '
		source "$2"
		[[ ! -d /proc/sys/net/ipv6/conf ]] ||
			for conf in accept_dad accept_ra disable_ipv6; do
				echo 0 >"/proc/sys/net/ipv6/conf/veth0/$conf"
			done
		ethtool -K veth0 tx off rxvlan off txvlan off >/dev/null
		exec ip -o -batch - <<<"$1"' bash "$commands" "$TESTENV/defaults.sh")
	is_up "$link" || wait_until_up veth0 -n "$NAME"
	wait_until_up "$NAME"
}

# is_up LINK: whether `ip -o link`, which printed LINK, says so. A device that
# is up still drops what it is to send until the kernel has noticed the carrier,
# which it does in the background (and at once when asked, since 6.8).
is_up()
{
	[[ $1 == *" qdisc noqueue state UP "* ]]
}

# wait_until_up DEV [OPTIONS of ip]
wait_until_up()
{
	local end=$((SECONDS + 5))

	until is_up "$(ip "${@:2}" -o link show dev "$1")"; do
		((SECONDS < end)) || die "the device '$1' does not come up"
	done
}

# Where libxdp has pinned the dispatchers of our device NAME: the one that runs,
# and those that a load or an unload has left that was killed. They would stay
# there after the device has gone. (libxdp, too, knows a device by its number.)
dispatcher_pins()
{
	local link

	# (ip complains of names of namespaces that others have half made.)
	link=$(ip -o link show dev "$NAME" group $((GROUP + NUMBER)) 2>/dev/null) || true
	if [[ $link ]]; then
		list_dispatchers "${link%%:*}"
	elif ! device_exists "$NAME"; then
		orphaned_dispatchers
	fi
}

# list_dispatchers [IFINDEX]: of one device, or of all
list_dispatchers()
{
	local dir index=${1-[0-9]+}

	for dir in "$LIBXDP"/dispatch-*; do
		[[ ! ${dir##*/} =~ ^dispatch-$index-[0-9]+$ ]] || echo "$dir"
	done
}

# Those of a device NAME that somebody has deleted: their programs use maps that
# are pinned for it (as may those of other devices, which are still there).
orphaned_dispatchers()
{
	local pin dirs dir device id links ids=' '

	links=$'\n'$(ip -o link)
	for pin in "$BPFFS/$NAME"/*; do
		ids+="$(bpftool -j map show pinned "$pin" 2>/dev/null | jq -r .id) "
	done
	mapfile -t dirs < <(list_dispatchers)
	for dir in "${dirs[@]}"; do
		device=${dir##*/dispatch-} # and the program's id
		[[ $links != *$'\n'"${device%-*}: "* ]] || continue
		for pin in "$dir"/prog*-prog; do
			bpftool -j prog show pinned "$pin" 2>/dev/null || true
		done | jq -r '.map_ids[]?' | while read -r id; do
			[[ $ids != *" $id "* ]] || echo "$dir"
		done
	done | sort -u
}

# Removes whatever there is of the environment NAME with number NUMBER.
remove_env()
{
	local dispatchers

	# First of all, as long as it can be told whose they are.
	! compgen -G "$LIBXDP/dispatch-*" >/dev/null || {
		mapfile -t dispatchers < <(dispatcher_pins)
		rm -rf "${dispatchers[@]}"
	}
	# The namespace takes its end of the pair along, but only by and by,
	# and not while a process lives in it. Either may be gone.
	ip -force -batch - 2>/dev/null <<-END || true
	netns del $NAME
	link del group $((GROUP + NUMBER))
	END
	[[ ! -e $NETNS/$NAME ]] || rm -f "$NETNS/$NAME"
	remove_pins "$BPFFS/$NAME"
	rm -rf "$DIR"
}

# The pins of a device: the files in its folder, and then the folder, unless
# there are others in it.
remove_pins()
{
	local pin pins=() folder=("$1")

	[[ -d $1 ]] || return 0
	for pin in "$1"/*; do
		if [[ -d $pin ]]; then
			folder=()
		else
			pins+=("$pin")
		fi
	done
	rm -df "${pins[@]}" "${folder[@]}"
}

setup()
{
	if find_env; then
		! is_complete ||
			die "the environment '$NAME' exists: t reset -n $NAME makes it anew"
		remove_env # what a setup that was killed has left
	fi
	if device_exists "$NAME"; then
		die "there is a device '$NAME' already, which t has not made:" \
			"choose another name"
	fi
	if [[ -e $NETNS/$NAME ]]; then
		die "there is a namespace '$NAME' already, which t has not made:" \
			"choose another name"
	fi
	remove_pins "$BPFFS/$NAME" # of a device of that name that is gone
	find_addresses
	DIR=$ENVS/$NUMBER:$NAME
	mkdir "$DIR"
	[[ ! $LEGACY_IP ]] || chmod g+s "$DIR" # for a reset, whatever happens
	trap 'remove_env; clean_up' EXIT
	make_outer
	make_inner
	chmod +t "$DIR"
	trap - EXIT
}

describe()
{
	printf "%s: " "$NAME"
	if has_ipv6_kernel; then
		printf "%s here, %s inside" "$OUTER_IPV6" "$INNER_IPV6"
	else
		printf "no IPv6 in this kernel"
	fi
	[[ -z $LEGACY_IP ]] ||
		printf "; %s here, %s inside" "$OUTER_IPV4" "$INNER_IPV4"
	echo
}

cmd_setup()
{
	allow "--legacy-ip"
	has_ipv6_kernel || LEGACY_IP=1
	prepare
	[[ $NAME ]] || new_name
	lowest_free_number
	setup
	describe
}

cmd_teardown()
{
	local entry

	allow "--all"
	lock
	if [[ $ALL ]]; then
		find_envs
	else
		need_env
		ENTRIES=("$NUMBER:$NAME")
	fi
	for entry in "${ENTRIES[@]}"; do
		NAME=${entry#*:} NUMBER=${entry%%:*} DIR=$ENVS/$entry
		remove_env
		echo "$NAME: removed"
	done
	[[ ! $ALL ]] || remove_labs
	clean_up
}

cmd_reset()
{
	allow ""
	lock
	need_env
	if [[ -g $DIR ]] || has_legacy_ip; then
		LEGACY_IP=1
	fi
	remove_env
	setup
	describe
}
