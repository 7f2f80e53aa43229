# shellcheck shell=bash
# shellcheck disable=SC2034 # for those who source this
# SPDX-License-Identifier: GPL-2.0
#
# Which environments there are.

# shellcheck source=testenv/layout.sh
source "$TESTENV/layout.sh"
readonly NETNS=/run/netns
readonly IPV6_PREFIX=fc00:dead:cafe IPV4_PREFIX=10.11
readonly MAX_NUMBER=254

ROOT=${TESTENV%/*}
WORK=${WORK-$ROOT/work}
readonly ROOT WORK

# Also the name of a device and of pins, so what all three allow.
check_name()
{
	[[ -n $1 ]] || die "the name is empty: give 1 to 15 of A-Z a-z 0-9 _ -"
	[[ ${1::15} =~ ^$NAME_FORM$ && ! $1 =~ [^A-Za-z0-9_-] ]] ||
		die "'$1' cannot be a name: use A-Z a-z 0-9 _ - and begin without -"
	((${#1} <= 15)) ||
		die "'$1' is too long for a device: 15 characters, it has ${#1}"
	[[ $1 != all && $1 != default && $1 != lo ]] ||
		die "'$1' has a meaning of its own to the kernel: choose another name"
}

# Here and elsewhere results are left in variables: $(...) is a process more.

# A folder of root's, and no link to one
is_our_folder()
{
	[[ -d $1 && ! -L $1 && -O $1 ]]
}

# Nobody else can have put anything where t looks for its own.
check_owner()
{
	local dir

	for dir in "$ENVS" "$LABS"; do
		[[ ! -e $dir && ! -L $dir ]] || is_our_folder "$dir" ||
			die "another user has made $dir, so t does not use it:" \
				"rm -r $dir (and: chmod 700 $BPFFS)"
	done
}

# is_env DIR: whether t has made it, for an environment
is_env()
{
	[[ ${1##*/} =~ ^$NUMBER_FORM:$NAME_FORM$ ]] && is_our_folder "$1"
}

# is_lab DIR
is_lab()
{
	[[ ${1##*/} =~ ^$LESSON_FORM$ ]] && is_our_folder "$1"
}

# Sets ENTRIES to "N:NAME" for each environment, lowest number first.
find_envs()
{
	local dir entry

	ENTRIES=()
	for dir in "$ENVS"/$ENV_FOLDERS; do
		entry=${dir##*/}
		! is_env "$dir" || ENTRIES[${entry%%:*}]=$entry
	done
	ENTRIES=("${ENTRIES[@]}")
}

# Sets LESSONS to the lesson of each lab.
find_labs()
{
	local dir

	LESSONS=()
	for dir in "$LABS"/$LAB_FOLDERS; do
		! is_lab "$dir" || LESSONS+=("${dir##*/}")
	done
}

# Sets DIR and NUMBER of the environment NAME; fails where there is none.
find_env()
{
	for DIR in "$ENVS"/*:"$NAME"; do
		is_env "$DIR" || continue
		NUMBER=${DIR##*/}
		NUMBER=${NUMBER%%:*}
		return
	done
	return 1
}

# Finds NAME, or the only environment where no name was given.
need_env()
{
	find_envs
	if [[ -z $NAME ]]; then
		((${#ENTRIES[@]})) || die "there is no environment yet: t setup"
		((${#ENTRIES[@]} == 1)) ||
			die "which environment? -n NAME, one of:" "${ENTRIES[@]#*:}"
		NAME=${ENTRIES[0]#*:}
	fi
	find_env || die "there is no environment '$NAME': t setup -n $NAME" \
		${ENTRIES:+"(there are: ${ENTRIES[*]#*:})"}
}

# Whether a setup got to its end, and nothing of it has gone since.
is_complete()
{
	[[ -k $ENVS/$NUMBER:$NAME && -e $NETNS/$NAME ]] && device_is_ours "$NAME"
}

# Like need_env, but for commands that use it: nothing half done.
need_ready_env()
{
	need_env
	is_complete ||
		die "the environment '$NAME' is incomplete: t reset -n $NAME"
}

# For commands that run where NAME is an environment or a lab's namespace: sets
# DIR, its /sys/fs/bpf.
need_place()
{
	for DIR in "$LABS"/*/"ns:$NAME"; do
		[[ ! $NAME ]] || ! is_our_folder "$DIR" || return 0
	done
	need_ready_env
}

# A device's folder of sysctls is there exactly when the device is.
device_exists()
{
	[[ -d /proc/sys/net/ipv4/conf/$1 ]]
}

device_is_ours()
{
	local link

	link=$(ip -o link show dev "$1" 2>/dev/null) &&
		[[ $link == *" group $((GROUP + NUMBER)) "* ]]
}

# Sets the addresses of the environment with number NUMBER.
find_addresses()
{
	printf -v OUTER_IPV6 '%s:%x::1' $IPV6_PREFIX "$NUMBER"
	printf -v INNER_IPV6 '%s:%x::2' $IPV6_PREFIX "$NUMBER"
	OUTER_IPV4=$IPV4_PREFIX.$NUMBER.1
	INNER_IPV4=$IPV4_PREFIX.$NUMBER.2
}

has_legacy_ip()
{
	[[ -n $(ip -4 -o addr show dev "$NAME" 2>/dev/null) ]]
}

has_ipv6_kernel()
{
	[[ -d /proc/sys/net/ipv6/conf ]]
}
