# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# The tools of the lesson in whose folder t is called.

need_tool()
{
	[[ -x ./$1 ]] ||
		die "there is no ./$1 here: go into a lesson's folder and run make"
	need_trust . "$1"
}

cmd_load()
{
	allow "ARGS"
	need_ready_env
	need_tool xdp_prog_user
	exec ./xdp_prog_user load -d "$NAME" "${ARGS[@]}"
}

cmd_unload()
{
	allow ""
	need_ready_env
	need_tool xdp_prog_user
	exec ./xdp_prog_user unload -d "$NAME"
}

cmd_stats()
{
	allow "ARGS"
	need_ready_env
	need_tool xdp_stats
	exec ./xdp_stats -d "$NAME" "${ARGS[@]}"
}

inner_mac()
{
	NAME=$1
	need_ready_env
	ip -n "$NAME" -br link show dev veth0 | awk '{ print $3 }'
}

cmd_redirect()
{
	local mac_a mac_b

	allow "ARGS"
	((${#ARGS[@]} == 2)) || die "redirect between which two? t redirect A B"
	check_name "${ARGS[0]}"
	check_name "${ARGS[1]}"
	need_tool xdp_prog_user
	mac_a=$(inner_mac "${ARGS[0]}")
	mac_b=$(inner_mac "${ARGS[1]}")
	./xdp_prog_user -d "${ARGS[0]}" -r "${ARGS[1]}" \
		--src-mac "$mac_a" --dest-mac "$mac_b"
	./xdp_prog_user -d "${ARGS[1]}" -r "${ARGS[0]}" \
		--src-mac "$mac_b" --dest-mac "$mac_a"
}
