#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The tables of mutants and of mistakes, which CI tries by turns only: each line
# still says what there is to change, by a quote that is there, once.

# bats sets output and status.
# shellcheck disable=SC2154
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

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	cat >program.c <<'END'
/* A program */
int first(int len)
{
	return len;
}

static int
second(int len)
{
	len = first(len +
		    1);
	return len;
}
END
}

# changes OLD NEW LINE: that line is all that is different afterwards
changes()
{
	cp program.c changed.c
	ok change_source changed.c "$1" "$2"
	is "what is different" "$(diff program.c changed.c | grep '^>')" "$3"
}

@test "mistakes: a quote is found in the file, in a function, up to what follows" {
	changes "first(int len" "first(int size" "> int first(int size)"
	changes "first(): return len" "return 1" "> 	return 1;"
	changes "second(): return len" "return 1" "> 	return 1;"
	changes "len =...;" "len++;" "> 	len++;"
	changes "second(): len =...;" "len++;" "> 	len++;"
}

@test "mistakes: a quote that is not there, or more than once, is refused" {
	cp program.c changed.c
	for old in "len++" "first...third" "second(): ...;" \
		"second(): 1...first" "third(): len" "return len" "return...;" \
		"second(): len"; do
		run change_source changed.c "$old" "x"
		is "status for '$old'" "$status" 1
		has "$output" "is (not in|more than once in) changed.c"
		cmp program.c changed.c
	done
}
