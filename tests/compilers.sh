#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the rows of all lessons with objects by each compiler, on each kernel:
#
#	tests/compilers.sh [KERNEL[,KERNEL...]...]
#
# A KERNEL is one of tests/vm --versions, or "here": all unless told. CLANGS has
# the compilers' names, with commas: all clang-VERSION that are installed, unless
# told. Whether the verifier takes a program depends on both: each version of
# clang leaves out other comparisons, and each kernel needs other ones.

set -euo pipefail

cd "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")"
# shellcheck source=tests/change.bash
source tests/change.bash

if (($#)); then
	IFS=", " read -ra kernels <<<"$*"
else
	mapfile -t kernels < <(echo here && tests/vm --versions)
fi
if [[ ${CLANGS-} ]]; then
	IFS=", " read -ra clangs <<<"$CLANGS"
else
	mapfile -t clangs < <(compgen -c clang- | grep -xE 'clang-(1[4-9]|[2-9][0-9])' | sort -Vu)
fi
programs=(build/grader/*-cases)
lessons=("${programs[@]##*/}")
lessons=("${lessons[@]%-cases}")

# build CLANG: the objects of all lessons, in build/compilers/CLANG
build()
{
	local dir=build/compilers/$1 lesson

	rm -rf "$dir"
	mkdir -p "$dir"
	copy_sources "$dir" "${lessons[@]}"
	for lesson in "${lessons[@]}"; do
		make -s -C "$dir/$lesson" kern BPF_CLANG="$1" || return
	done
}

# run_rows CLANG KERNEL
run_rows()
{
	local runner=(tests/vms "$2")

	[[ $2 != here ]] || runner=(env FRAMES=5000 tests/run)
	printf '== %s, kernel %s\n' "$("$1" --version | head -n 1)" "$2"
	OBJECTS=build/compilers/$1 "${runner[@]}" "${programs[@]}"
}

((${#clangs[@]})) || { echo "no clang-VERSION is installed: testenv/deps.sh compilers" >&2; exit 1; }
failed=()
for clang in "${clangs[@]}"; do
	build "$clang" || { failed+=("$clang builds"); continue; }
	for kernel in "${kernels[@]}"; do
		run_rows "$clang" "$kernel" || failed+=("$clang on $kernel")
	done
done
((${#failed[@]} == 0)) || printf 'FAILED %s\n' "${failed[@]}"
((${#failed[@]} == 0))
