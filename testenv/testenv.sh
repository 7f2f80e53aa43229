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
# Whether i has a dot, and what is between a and z, differs between languages.
export LC_ALL=C.UTF-8

TESTENV=${BASH_SOURCE[0]}
[[ ! -L $TESTENV && $TESTENV == /* ]] || TESTENV=$(readlink -f "$TESTENV")
readonly TESTENV=${TESTENV%/*}

usage()
{
	cat <<-'END'
	Usage: t COMMAND [-n NAME] [OPTIONS] [-- ARGUMENTS]

	Environments:
	  setup [-n NAME] [--legacy-ip]   make one (with IPv4, too); names itself without -n
	  teardown [-n NAME | --all]      remove it, or all of them and all labs
	  reset                           teardown and setup with the same options
	  status [--json]                 what exists and what runs there
	  lab up | down                   the network of a lesson that brings its own (in its folder)

	Assignments (without LESSON: of the folder you are in):
	  start [--again] LESSON          write yours into work/LESSON, with a TODO for each
	  check [--json] [LESSON]         is it right? builds it, and tries it with packets
	  hint [LESSON]                   for what is next; one more at each call
	  solution [LESSON]               what is different in the complete program
	  next [LESSON]                   what to do now
	  progress                        all lessons, and what is done

	Programs, from inside a lesson's folder:
	  load [-- ARGUMENTS]             ./xdp_prog_user load -d NAME ARGUMENTS
	  unload                          ./xdp_prog_user unload -d NAME
	  stats [-- ARGUMENTS]            ./xdp_stats -d NAME ARGUMENTS
	  redirect A B                    configure packet03 between A and B, both ways

	Inside an environment, or the namespace NAME of a lab:
	  enter                           a shell there
	  exec -- COMMAND                 run a command there
	  ping [--legacy-ip] [OPTIONS]    ping this side from there; OPTIONS are ping's
	  tcpdump [--inner] [OPTIONS]     show the packets at NAME, or at veth0

	Finding out what is wrong, with all environments and labs or with NAME:
	  doctor [--json]                 look at the machine, the environments and labs
	  drops [--summary] [--json]      each packet that the kernel gives up, and why, until
	    [--address A] [--protocol P]  Ctrl-C, or while a command runs; --summary: how many
	    [-- COMMAND]
	  log [--json]                    what the programs say by bpf_printk()
	  trace -- COMMAND                run a command (with -n: there) and show, hop by hop,
	                                  what happened to packets meanwhile

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
# shellcheck source=testenv/trust.sh
source "$TESTENV/trust.sh"

# Sets the variables that the commands read: NAME, LEGACY_IP, ALL, JSON, INNER,
# AGAIN and what is left for the command itself in ARGS.
NAME='' LEGACY_IP='' ALL='' JSON='' INNER='' AGAIN=''
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
		--again) AGAIN=1 ;;
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

	for option in LEGACY_IP:--legacy-ip ALL:--all JSON:--json INNER:--inner \
		AGAIN:--again; do
		value=${option%%:*}
		[[ -z ${!value} || " $1 " == *" ${option#*:} "* ]] ||
			die "$COMMAND takes no ${option#*:}"
	done
	[[ " $1 " == *" ARGS "* || ${#ARGS[@]} -eq 0 ]] ||
		die "$COMMAND: what is '${ARGS[0]}'? See t help"
}

become_root()
{
	((EUID)) || return 0
	type -P sudo >/dev/null ||
		die "only root may do this, and there is no sudo here"
	exec sudo "$TESTENV/testenv.sh" "$COMMAND" "$@"
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
	case $COMMAND in
	start | hint | solution | next | progress) ;;
	*)
		become_root "$@"
		check_owner
		;;
	esac

	parse_options "$@"
	case $COMMAND in
	setup | teardown | reset | lab)
		# shellcheck source=testenv/setup.sh
		source "$TESTENV/setup.sh"
		# shellcheck source=testenv/lab.sh
		source "$TESTENV/lab.sh"
		;;
	status)
		# shellcheck source=testenv/status.sh
		source "$TESTENV/status.sh"
		;;
	load | unload | stats | redirect)
		# shellcheck source=testenv/lesson.sh
		source "$TESTENV/lesson.sh"
		;;
	start | hint | solution | next | progress | check)
		# shellcheck source=testenv/assignments.sh
		source "$TESTENV/assignments.sh"
		# shellcheck source=testenv/check.sh
		source "$TESTENV/check.sh"
		;;
	enter | exec | ping | tcpdump)
		# shellcheck source=testenv/inside.sh
		source "$TESTENV/inside.sh"
		;;
	doctor | drops | log | trace)
		# shellcheck source=testenv/watch.sh
		source "$TESTENV/watch.sh"
		;;
	*) die "there is no command '$COMMAND': t help lists them" ;;
	esac
	"cmd_$COMMAND"
}

main "$@"
