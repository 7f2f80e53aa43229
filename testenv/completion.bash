# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion of t in bash: commands, options, and the names of environments.

_testenv_names()
{
	local dir

	for dir in /sys/fs/bpf/t:env/*:*; do
		[[ -d $dir ]] && echo "${dir##*:}"
	done
}

_testenv()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local words

	if ((COMP_CWORD == 1)); then
		words="setup teardown reset status load unload stats redirect enter
			exec ping tcpdump alias help"
	elif [[ $before == -n || ${COMP_WORDS[1]} == redirect ]]; then
		words=$(_testenv_names)
	else
		case ${COMP_WORDS[1]} in
		setup | ping) words="-n --legacy-ip" ;;
		teardown) words="-n --all" ;;
		status) words="-n --json" ;;
		tcpdump) words="-n --inner" ;;
		load | exec | stats) words="-n --" ;;
		*) words="-n" ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o default -F _testenv t
