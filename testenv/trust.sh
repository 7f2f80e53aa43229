# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What t runs as root from the folder that it is called in.

# is_writer UID: root, the user behind sudo, or who owns t and could change it
is_writer()
{
	[[ $1 == 0 || $1 == "${SUDO_UID-0}" || $1 == "$OWNER" ]]
}

# is_private GID GROUP: nobody else is in it: it is root's, or the one that
# systems of a umask of 002 make for each user
is_private()
{
	[[ $1 == 0 || $1 == "${SUDO_GID-0}" && $2 == "${SUDO_USER-root}" ]]
}

# need_trust FILE...: they lie in the checkout or in work/, and nobody else can
# write them, or put something else in their place
need_trust()
{
	local tops path top OWNER uid gid mode group paths=()

	mapfile -d '' -t tops < <(readlink -mz -- "$ROOT" "$WORK" "$@")
	for path in "${tops[@]:2}"; do
		top=${tops[0]}
		[[ $path/ != "${tops[1]}"/* ]] || top=${tops[1]}
		[[ $path/ == "$top"/* ]] ||
			die "$path is not in ${tops[0]}, nor in ${tops[1]}:" \
				"t runs nothing else as root"
		until [[ $path == "${top%/*}" ]]; do
			paths+=("$path")
			path=${path%/*}
		done
	done
	OWNER=$(stat -c %u "$TESTENV/testenv.sh")
	while read -r uid gid mode group <&3 && read -rd '' path <&3; do
		is_writer "$uid" ||
			die "$path belongs to another user, so t does not run" \
				"it as root: chown root $path"
		(((8#$mode & 8#2) == 0)) &&
			{ (((8#$mode & 8#20) == 0)) || is_private "$gid" "$group"; } ||
			die "other users may write $path, so t does not run it" \
				"as root: chmod go-w $path"
	done 3< <(stat --printf '%u %g %a %G\n%n\0' -- "${paths[@]}")
}
