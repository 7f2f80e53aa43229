# shellcheck shell=bash
# shellcheck disable=SC2153 # COMMAND is testenv.sh's
# SPDX-License-Identifier: GPL-2.0
#
# What is wrong, and what becomes of packets: the tools in doctor/ and drops/.

cmd_doctor()
{
	local doctor=$TESTENV/doctor/doctor

	allow "--json"
	[[ -x $doctor ]] ||
		die "$doctor is missing: run make in $(dirname "$TESTENV")"
	exec -a "t doctor" "$doctor" ${JSON:+--json} "$TESTENV"
}

readonly WATCH=$TESTENV/drops/watch CAUSES=$TESTENV/causes.tsv

# Sets WHERE: the options for NAME's namespace and its device here, or for
# those of all environments and labs. Of the devices here only those count,
# and lo: what else this machine does is nobody's concern.
find_where()
{
	WHERE=(--causes "$CAUSES" --dev lo)
	if [[ $NAME ]]; then
		need_place
		WHERE+=(--netns "$NAME" --dev "$NAME")
	else
		WHERE+=(--envs)
	fi
}

# watch [OPTIONS] [COMMAND]
watch()
{
	[[ -x $WATCH ]] ||
		die "$WATCH is missing: run make in $(dirname "$TESTENV")"
	find_where
	# Its messages begin as ours do.
	exec -a "t $COMMAND" "$WATCH" "$COMMAND" "${WHERE[@]}" "$@"
}

# t is an alias, which other programs do not know.
cmd_drops()
{
	local i

	allow "--json ARGS"
	for i in "${!ARGS[@]}"; do
		[[ ${ARGS[i]} != t ]] || ARGS[i]=$TESTENV/testenv.sh
	done
	watch ${JSON:+--json} "${ARGS[@]}"
}

cmd_log()
{
	allow "--json ARGS"
	watch ${JSON:+--json} "${ARGS[@]}"
}

# The command runs in NAME, or here; what is watched is everything.
cmd_trace()
{
	local command=("${ARGS[@]}")

	allow "ARGS"
	((${#ARGS[@]})) || die "trace what? t trace -n NAME -- COMMAND"
	if [[ $NAME ]]; then
		need_place
		command=("$TESTENV/testenv.sh" exec -n "$NAME" -- "${ARGS[@]}")
		NAME=''
	fi
	watch -- "${command[@]}"
}
