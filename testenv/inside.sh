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
		bash -c '
			exec {pins}<"$1"
			mount -t sysfs sysfs /sys &&
			mount --no-canonicalize --bind /proc/self/fd/$pins /sys/fs/bpf ||
				exit 1
			exec {pins}<&-
			shift
			exec "$@"' bash "$DIR" "$@"
}

cmd_enter()
{
	allow ""
	need_ready_env
	[[ ! -t 0 ]] || echo "In the environment $NAME; exit leaves it."
	inside bash
}

cmd_exec()
{
	allow "ARGS"
	((${#ARGS[@]})) || die "exec what? t exec -n NAME -- COMMAND"
	need_ready_env
	inside "${ARGS[@]}"
}

cmd_ping()
{
	local address

	allow "--legacy-ip ARGS"
	need_ready_env
	if [[ $LEGACY_IP ]]; then
		has_legacy_ip ||
			die "'$NAME' has no IPv4: t setup -n $NAME --legacy-ip makes it so"
		address=$(outer_ipv4)
	else
		has_ipv6_kernel || die "this kernel has no IPv6: t ping --legacy-ip"
		address=$(outer_ipv6)
	fi
	# Four, unless told otherwise: what comes later on the line counts.
	inside ping -c 4 "${ARGS[@]}" "$address"
}

cmd_tcpdump()
{
	allow "--inner ARGS"
	need_ready_env
	if [[ $INNER ]]; then
		inside tcpdump -lne -i veth0 "${ARGS[@]}"
	else
		exec tcpdump -lne -i "$NAME" "${ARGS[@]}"
	fi
}
