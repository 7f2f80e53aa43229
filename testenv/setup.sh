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
	[[ -r $PASS_OBJECT ]] ||
		die "$PASS_OBJECT is missing: run make in $(dirname "$TESTENV")"
	lock
	trap clean_up EXIT # should it be refused
	mount_bpffs
	mkdir -p "$LABS"
	[[ -d $LIBXDP ]] || mkdir -p "$NO_LIBXDP"
	[[ -e $PASS_PIN ]] || bpftool prog load "$PASS_OBJECT" "$PASS_PIN"
}

# After the last of them: what they shared, and what mount_bpffs changed.
clean_up()
{
	local left

	[[ -z $(list_envs) && -z $(list_labs) ]] || return 0
	if [[ -d $ENVS ]]; then
		rm -f "$PASS_PIN"
		[[ ! -d $LABS ]] || rmdir "$LABS"
		if [[ -d $NO_LIBXDP ]]; then
			# (iproute2 makes a link of that name)
			[[ -L $LIBXDP || ! -d $LIBXDP ]] ||
				rmdir --ignore-fail-on-non-empty "$LIBXDP"
			rmdir "$NO_LIBXDP"
		fi
		rmdir "$ENVS"
	fi
	# debug files that the kernel itself puts into a new bpffs do not count
	left=$(find "$BPFFS" -mindepth 1 ! -name '*.debug' -print -quit)
	[[ -z $left ]] || return 0
	if mounted_by_us; then
		umount "$BPFFS"
	fi
}

# Whether the bpffs on top is ours: below it there may be one that only
# /proc/mounts still shows.
mounted_by_us()
{
	awk -v device="$(stat -c %Hd:%Ld "$BPFFS")" -v source=$OUR_MOUNT '
		$3 == device { ours = $(NF - 1) == source }
		END { exit !ours }' /proc/self/mountinfo
}

lowest_free_number()
{
	local entry
	local -A taken=()

	for entry in $(list_envs); do
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
	local conf

	ip -batch - <<-END
	netns add $NAME
	link add dev $NAME group $((GROUP + NUMBER)) type veth peer name veth0 netns $NAME
	END
	for conf in accept_dad=0 accept_ra=0 disable_ipv6=0; do
		! has_ipv6_kernel ||
			echo "${conf#*=}" >"/proc/sys/net/ipv6/conf/$NAME/${conf%=*}"
	done
	{
		! has_ipv6_kernel || echo "addr add $(outer_ipv6)/64 dev $NAME nodad"
		[[ -z $LEGACY_IP ]] || echo "addr add $(outer_ipv4)/24 dev $NAME"
		echo "link set dev $NAME up"
	} | ip -batch -
}

# What the other end needs so that frames sent by XDP arrive there, and so
# that what it sends is complete when XDP sees it: a checksum left to the
# device, or a VLAN tag beside the frame, would be lost.
make_inner()
{
	nsenter --net="$NETNS/$NAME" bash -euo pipefail <<-END
	for conf in accept_dad=0 accept_ra=0 disable_ipv6=0; do
		[[ ! -d /proc/sys/net/ipv6/conf ]] ||
			echo "\${conf#*=}" >"/proc/sys/net/ipv6/conf/veth0/\${conf%=*}"
	done
	ethtool -K veth0 tx off rxvlan off txvlan off >/dev/null
	ip -batch - <<-BATCH
	$(inner_commands)
	BATCH
	$(declare -f die wait_until_up)
	wait_until_up veth0
	END
	wait_until_up "$NAME"
}

# A device that is up still drops what it is to send until the kernel has
# noticed the carrier, which it does in the background (and at once when asked
# for the state, since 6.8).
wait_until_up()
{
	local end=$((SECONDS + 5))

	until [[ $(ip -o link show dev "$1") == *" qdisc noqueue state UP "* ]]; do
		((SECONDS < end)) || die "the device '$1' does not come up"
	done
}

inner_commands()
{
	echo "link set lo up"
	echo "link set veth0 xdp pinned $PASS_PIN"
	echo "link set veth0 up"
	if has_ipv6_kernel; then
		echo "addr add $(inner_ipv6)/64 dev veth0 nodad"
		echo "route add $IPV6_PREFIX::/48 via $(outer_ipv6)"
	fi
	if [[ $LEGACY_IP ]]; then
		echo "addr add $(inner_ipv4)/24 dev veth0"
		echo "route add $IPV4_PREFIX.0.0/16 via $(outer_ipv4)"
	fi
}

# Where libxdp has pinned the dispatcher that runs on our device NAME, if one
# does: it would stay there after the device has gone.
dispatcher_pins()
{
	local link

	compgen -G "$LIBXDP/dispatch-*" >/dev/null || return 0
	# (ip complains of names of namespaces that others have half made.)
	link=$(ip -o -d link show dev "$NAME" group $((GROUP + NUMBER)) 2>/dev/null) || true
	if [[ $link =~ ^([0-9]+):.*prog/xdp\ id\ ([0-9]+) ]]; then
		compgen -G "$LIBXDP/dispatch-${BASH_REMATCH[1]}-${BASH_REMATCH[2]}" || true
	elif ! device_exists "$NAME"; then
		orphaned_dispatchers
	fi
}

# Those of a device NAME that somebody has deleted: their programs use maps that
# are pinned for it (as may those of other devices, which are still there).
orphaned_dispatchers()
{
	local pin dir device id links ids=' '

	links=$'\n'$(ip -o link)
	for pin in "$BPFFS/$NAME"/*; do
		ids+="$(bpftool -j map show pinned "$pin" 2>/dev/null | jq -r .id) "
	done
	for dir in "$LIBXDP"/dispatch-*-*; do
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
	mapfile -t dispatchers < <(dispatcher_pins)
	((!${#dispatchers[@]})) || rm -rf "${dispatchers[@]}"
	# The namespace takes its end of the pair along, but only by and by,
	# and not while a process lives in it. Either may be gone.
	ip -force -batch - 2>/dev/null <<-END || true
	netns del $NAME
	link del group $((GROUP + NUMBER))
	END
	[[ ! -e $NETNS/$NAME ]] || rm -f "$NETNS/$NAME"
	remove_pins "$BPFFS/$NAME"
	find "$DIR" -depth -delete
}

# The pins of a device: the files in its folder, and the folder.
remove_pins()
{
	[[ -d $1 ]] || return 0
	find "$1" -mindepth 1 -maxdepth 1 ! -type d -delete
	rmdir --ignore-fail-on-non-empty "$1"
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
	DIR=$ENVS/$NUMBER:$NAME
	mkdir ${LEGACY_IP:+-m 2755} "$DIR" # setgid: for a reset, whatever happens
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
		printf "%s here, %s inside" "$(outer_ipv6)" "$(inner_ipv6)"
	else
		printf "no IPv6 in this kernel"
	fi
	[[ -z $LEGACY_IP ]] ||
		printf "; %s here, %s inside" "$(outer_ipv4)" "$(inner_ipv4)"
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
	local entry envs

	allow "--all"
	lock
	if [[ $ALL ]]; then
		mapfile -t envs < <(list_envs)
	else
		need_env
		envs=("$NUMBER:$NAME")
	fi
	for entry in "${envs[@]}"; do
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
