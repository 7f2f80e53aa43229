# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Running things inside an environment.

# Becomes the command, in the environment's network namespace and in a mount
# namespace of its own in which /sys shows that network, and /sys/fs/bpf is
# the environment's folder: what is pinned there outlives the command.
# (`ip netns exec` gives a command a /sys without any bpffs.)
inside()
{
	# shellcheck disable=SC2016 # expanded inside
	exec nsenter --net="$NETNS/$NAME" \
		unshare --mount --propagation private \
		sh -c '
			exec 9<"$1"
			mount -t sysfs sysfs /sys &&
			mount --no-canonicalize --bind /proc/self/fd/9 /sys/fs/bpf ||
				exit 1
			exec 9<&-
			shift
			exec "$@"' sh "$DIR" "$@"
}

cmd_enter()
{
	allow ""
	need_place
	[[ ! -t 0 ]] || echo "In $NAME; exit leaves it."
	inside bash
}

cmd_exec()
{
	allow "ARGS"
	((${#ARGS[@]})) || die "exec what? t exec -n NAME -- COMMAND"
	need_place
	inside "${ARGS[@]}"
}

cmd_ping()
{
	local address

	allow "--legacy-ip ARGS"
	need_ready_env
	find_addresses
	if [[ $LEGACY_IP ]]; then
		has_legacy_ip ||
			die "'$NAME' has no IPv4: t setup -n $NAME --legacy-ip makes it so"
		address=$OUTER_IPV4
	else
		has_ipv6_kernel || die "this kernel has no IPv6: t ping --legacy-ip"
		address=$OUTER_IPV6
	fi
	# Four, unless told otherwise: what comes later on the line counts.
	inside ping -c 4 "${ARGS[@]}" "$address"
}

cmd_tcpdump()
{
	allow "--inner ARGS"
	need_place
	# A lab's devices have names of their own: -i names one.
	if [[ $DIR == "$LABS"/* ]]; then
		inside tcpdump -lne "${ARGS[@]}"
	elif [[ $INNER ]]; then
		inside tcpdump -lne -i veth0 "${ARGS[@]}"
	else
		exec tcpdump -lne -i "$NAME" "${ARGS[@]}"
	fi
}
