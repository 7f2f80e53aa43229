#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The tables of mutants and of mistakes, which CI tries by turns only: each line
# still says what there is to change.

load helpers
# shellcheck source=tests/change.bash
source "$ROOT/tests/change.bash"

# all_once: of lines "FILE<TAB>NAME<TAB>TEXT"; the text is in the file, once
all_once()
{
	local file name text lines=0 wrong=0

	cd "$ROOT" || return
	while IFS=$'\t' read -r file name text; do
		printf -v text '%b' "$text"
		# (as where it is used: without line ends at its end)
		text=${text%"${text##*[!$'\n']}"}
		has_once "$file" "$text" || {
			echo "  ... in the line: $name"
			((wrong += 1))
		}
		((lines += 1))
	done
	((lines)) || fail "there are no lines"
	((!wrong)) || fail "$wrong of $lines lines are wrong"
}

@test "mutants: what each line changes is there, once" {
	awk -F '\t' -v OFS='\t' '/^[^#]/ { print $2, $3, $4 }' \
		"$ROOT/tests/mutants.tsv" | all_once
}

@test "mistakes: what each line changes is there, once" {
	awk -F '\t' -v OFS='\t' '/^[^#]/ { print $1 "/" $2, $3, $6 }' \
		"$ROOT/tests/wrong.tsv" | all_once
}
