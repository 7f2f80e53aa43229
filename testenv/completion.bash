# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Completion of t in bash: commands, options, and the names of environments.
# Names are found in folders, so only those count that are no more than that.

_testenv_names()
{
	local dir

	# (in a shell of its own, which alone gets layout.sh's variables)
	(
		# shellcheck source=testenv/layout.sh
		source "${BASH_SOURCE[0]%/*}/layout.sh"
		for dir in "$ENVS"/$ENV_FOLDERS "$LABS"/$LAB_NETNS_FOLDERS; do
			[[ ! -d $dir || ! ${dir##*/} =~ ^($NUMBER_FORM|ns):$NAME_FORM$ ]] ||
				echo "${dir##*:}"
		done
	)
}

_testenv_lessons()
{
	local root

	root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
	(cd "$root" && grep -l '^### 1\. ' ./*/README.md | cut -d / -f 2 |
		grep -xE '[A-Za-z0-9_-]+')
}

_testenv()
{
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local words i

	if ((COMP_CWORD == 1)); then
		words="setup teardown reset status lab load unload stats redirect
			enter exec ping tcpdump doctor drops log trace start check hint solution next
			progress alias help"
	elif [[ $before == -n || ${COMP_WORDS[1]} == redirect ]]; then
		words=$(_testenv_names)
	else
		case ${COMP_WORDS[1]} in
		start | check | hint | solution | next)
			words=$(_testenv_lessons)
			;;
		lab) words="up down" ;;
		setup | ping) words="-n --legacy-ip" ;;
		teardown) words="-n --all" ;;
		status) words="-n --json" ;;
		doctor | log) words="--json" ;;
		drops) words="-n --summary --json --address --protocol --" ;;
		tcpdump) words="-n --inner" ;;
		load | exec | stats | trace) words="-n --" ;;
		*) words="-n" ;;
		esac
	fi
	COMPREPLY=()
	for i in $words; do
		[[ $i == "$word"* ]] && COMPREPLY+=("$i")
	done
	return 0
}

complete -o default -F _testenv t
