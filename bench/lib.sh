# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the three benches share. OUT is a folder below the repository's root,
# which is where they run.

cd "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
readonly OUT=build/bench
# The last core: the first one has the most interrupts.
readonly CPU=$(($(nproc) - 1))

die()
{
	echo "bench: error: $*" >&2
	exit 1
}

# progress WHAT: on a terminal one line that changes, elsewhere a line each
progress()
{
	if [[ -t 2 ]]; then
		printf '\r%-70s' "$1 ..." >&2
	else
		echo "$1 ..." >&2
	fi
}

progress_end()
{
	[[ ! -t 2 ]] || printf '\r%70s\r' '' >&2
}

# What the figures were measured on, as an object.
machine()
{
	jq -n --arg kernel "$(uname -r)" --argjson cpus "$(nproc)" \
		--arg cpu "$(awk -F': ' '/^model name/ { print $2; exit }' /proc/cpuinfo)" \
		'{ cpu: $cpu, cpus: $cpus, kernel: $kernel }'
}
