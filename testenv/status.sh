# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What exists, and which programs run there.

# The programs in libxdp's dispatcher on the device NAME, in their order.
dispatched()
{
	xdp-loader status "$NAME" | awk '$1 == "=>" { print $3 }' | paste -sd ' '
}

# One JSON object about the environment NAME.
describe_env()
{
	local complete=true outer inner ipv4='' ipv6='' programs=''

	find_addresses
	is_complete || complete=false
	outer=$(ip -j -d link show dev "$NAME" 2>/dev/null) || true
	[[ $outer != *'"xdp_dispatcher"'* ]] || programs=$(dispatched)
	inner=$(ip -j -d -n "$NAME" link show dev veth0 2>/dev/null) || true
	! has_legacy_ip || ipv4=$OUTER_IPV4
	! has_ipv6_kernel || ipv6=$OUTER_IPV6
	jq -n --arg name "$NAME" --argjson number "$NUMBER" \
		--argjson complete $complete \
		--arg ipv6 "$ipv6" --arg ipv4 "$ipv4" \
		--arg programs "$programs" \
		--argjson outer "${outer:-[]}" --argjson inner "${inner:-[]}" '
		def side: first | {
			mac: .address,
			xdp: (if .xdp then {
				prog: .xdp.prog.name,
				id: .xdp.prog.id,
				mode: (if .xdp.mode == 2 then "generic" else "native" end)
			} else null end)
		};
		{ name: $name, number: $number, complete: $complete,
		  ipv6: $ipv6, ipv4: (if $ipv4 == "" then null else $ipv4 end),
		  outer: ($outer | side |
			if $programs == "" then . else .xdp.prog = $programs end),
		  inner: ($inner | side) }'
}

cmd_status()
{
	local entry

	allow "--json"
	if [[ $NAME ]]; then
		need_env
		ENTRIES=("$NUMBER:$NAME")
	else
		find_envs
	fi
	if [[ -z $JSON ]]; then
		print_labs
		((${#ENTRIES[@]})) || {
			echo "There is no environment. t setup makes one."
			return
		}
	fi
	for entry in "${ENTRIES[@]}"; do
		NAME=${entry#*:} NUMBER=${entry%%:*}
		describe_env
	done | if [[ $JSON ]]; then
		jq -s .
	else
		print_table
	fi
}

# A line for each lab, with its namespaces.
print_labs()
{
	local lab ns

	find_labs
	for lab in "${LESSONS[@]}"; do
		printf 'lab of %s:' "$lab"
		for ns in "$LABS/$lab"/ns:*; do
			printf ' %s' "${ns##*:}"
		done
		echo
	done
}

print_table()
{
	jq -r '
		def prog: if .xdp then "\(.xdp.prog) (\(.xdp.mode))" else "-" end;
		[ .name, .ipv6, .ipv4 // "-",
		  if .complete then (.outer | prog) else "incomplete" end,
		  (.inner | prog) ] | join(" | ")' |
		column -t -s '|' -N 'NAME,IPV6 HERE,IPV4 HERE,XDP ON NAME,XDP ON VETH0'
}
