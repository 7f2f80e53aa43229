# shellcheck shell=bash
# shellcheck disable=SC2034 # for those who read it
# SPDX-License-Identifier: GPL-2.0
#
# Where the kernel remembers what t has made. A folder on the bpffs is made
# before anything else that it stands for and removed after everything else,
# so a command that was killed leaves it behind, and the next one knows what is
# half done. In ENVS:
#
#	NUMBER:NAME		an environment; the folder is /sys/fs/bpf inside.
#				Its bit setgid says that IPv4 was asked for.
#
# and in LABS, below a folder LESSON for each lab:
#
#	ns:NAME			a network namespace; the folder is its /sys/fs/bpf
#	dev:NAME		a device in this namespace
#	pin:NAME:...		a pin below /sys/fs/bpf
#	sys:NAME:...:NAME=OLD	a setting below /proc/sys that had the value OLD
#
# The sticky bit of NUMBER:NAME, or of LESSON, says that all of it stands.
#
# Where everybody may write there (mode 1777, as `mount -t bpf` makes it),
# anything may be found there. So only folders of root's count, and only names
# of the form that t gives: bash runs what is in a[$name] and $((name)).
#
# Bash reads this file, and so does C: each line `readonly NAME=VALUE` becomes
# a #define in layout.h (see the Makefile).

readonly BPFFS="/sys/fs/bpf"
readonly ENVS="/sys/fs/bpf/t:env"
readonly LABS="/sys/fs/bpf/t:env/lab"
# What is in them, as glob(7) finds it; the name follows the last colon.
readonly ENV_FOLDERS="*:*"
readonly LAB_FOLDERS="*"
readonly LAB_NETNS_FOLDERS="*/ns:*"
readonly LAB_DEV_FOLDERS="*/dev:*"
# The forms of NUMBER, NAME and LESSON, as regex(7) has them.
readonly NUMBER_FORM="[1-9][0-9]{0,2}"
readonly NAME_FORM="[A-Za-z0-9_][A-Za-z0-9_-]{0,14}"
readonly LESSON_FORM="[A-Za-z0-9_-]+"
# The interface group of a device: GROUP + NUMBER, and GROUP for those of labs.
# Nobody else uses these.
readonly GROUP=0x74656e00
