#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# t - test environments for the lessons
#
#	    this namespace                 namespace NAME
#	+--------------------+         +--------------------+
#	|  NAME              |---------|  veth0             |
#	|  fc00:...:N::1     |  veth   |  fc00:...:N::2     |
#	+--------------------+  pair   +--------------------+
#
# This file reads the command line; what a command does is in a file of its
# own beside it. What exists is read from the kernel each time (env.sh).

set -euo pipefail

TESTENV=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
readonly TESTENV

usage()
{
	cat <<-'END'
	Usage: t COMMAND [-n NAME] [OPTIONS] [-- ARGUMENTS]

	Environments:
	  setup [-n NAME] [--legacy-ip]   make one (with IPv4, too); names itself without -n
	  teardown [-n NAME | --all]      remove it, or all of them
	  reset                           teardown and setup with the same options
	  status [--json]                 what exists and what runs there

	Programs, from inside a lesson's folder:
	  load [-- ARGUMENTS]             ./xdp_prog_user load -d NAME ARGUMENTS
	  unload                          ./xdp_prog_user unload -d NAME
	  stats [-- ARGUMENTS]            ./xdp_stats -d NAME ARGUMENTS
	  redirect A B                    configure packet03 between A and B, both ways

	Inside an environment:
	  enter                           a shell there
	  exec -- COMMAND                 run a command there
	  ping [--legacy-ip] [OPTIONS]    ping this side from there; OPTIONS are ping's
	  tcpdump [--inner] [OPTIONS]     show the packets at NAME, or at veth0

	  alias                           eval "$(testenv/testenv.sh alias)" makes `t` a command

	Without -n a command takes the only environment there is.
	END
}

die()
{
	echo "t: error: $*" >&2
	exit 1
}

# shellcheck source=testenv/env.sh
source "$TESTENV/env.sh"

# Sets the variables that the commands read: NAME, LEGACY_IP, ALL, JSON, INNER
# and what is left for the command itself in ARGS.
NAME='' LEGACY_IP='' ALL='' JSON='' INNER=''
ARGS=()

parse_options()
{
	while (($#)); do
		case $1 in
		-n | --name)
			(($# > 1)) || die "$1 needs a name behind it"
			NAME=$2
			check_name "$NAME"
			shift
			;;
		--legacy-ip) LEGACY_IP=1 ;;
		--all) ALL=1 ;;
		--json) JSON=1 ;;
		--inner) INNER=1 ;;
		--)
			ARGS+=("${@:2}")
			break
			;;
		*) ARGS+=("$1") ;;
		esac
		shift
	done
}

# The options in $1 are this command's; any other that was given is not.
allow()
{
	local option value

	for option in LEGACY_IP:--legacy-ip ALL:--all JSON:--json INNER:--inner; do
		value=${option%%:*}
		[[ -z ${!value} || " $1 " == *" ${option#*:} "* ]] ||
			die "$COMMAND takes no ${option#*:}"
	done
	[[ " $1 " == *" ARGS "* || ${#ARGS[@]} -eq 0 ]] ||
		die "$COMMAND: what is '${ARGS[0]}'? See t help"
}

main()
{
	readonly COMMAND=${1-help}
	shift || true
	case $COMMAND in
	help | --help | -h)
		usage
		return
		;;
	alias)
		printf "alias t='%s'\n" "$TESTENV/testenv.sh"
		printf "source '%s'\n" "$TESTENV/completion.bash"
		return
		;;
	esac
	if ((EUID)); then
		type -P sudo >/dev/null ||
			die "only root may do this, and there is no sudo here"
		exec sudo "$TESTENV/testenv.sh" "$COMMAND" "$@"
	fi

	parse_options "$@"
	case $COMMAND in
	setup | teardown | reset)
		# shellcheck source=testenv/setup.sh
		source "$TESTENV/setup.sh"
		;;
	status)
		# shellcheck source=testenv/status.sh
		source "$TESTENV/status.sh"
		;;
	load | unload | stats | redirect)
		# shellcheck source=testenv/lesson.sh
		source "$TESTENV/lesson.sh"
		;;
	enter | exec | ping | tcpdump)
		# shellcheck source=testenv/inside.sh
		source "$TESTENV/inside.sh"
		;;
	*) die "there is no command '$COMMAND': t help lists them" ;;
	esac
	"cmd_$COMMAND"
}

main "$@"
