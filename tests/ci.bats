#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What .ci/run runs, and when: in a repository in which `make` only notes what it
# was told.

# bats sets output and status, and runs each test in a subshell; what stands in
# single quotes is a program.
# shellcheck disable=SC2016,SC2030,SC2031,SC2154
load helpers

setup()
{
	REPO=$BATS_TEST_TMPDIR/repo
	mkdir -p "$REPO"/{.ci,bin,testenv,tests}
	cp "$ROOT/.ci/run" "$REPO/.ci"
	cd "$REPO" || return
	export PATH=$REPO/bin:$PATH MADE=$BATS_TEST_TMPDIR/made
	export GIT_CONFIG_GLOBAL=$BATS_TEST_TMPDIR/gitconfig
	git config --global user.name nobody
	git config --global user.email nobody@example.org
	program bin/make 'echo "make $*" >>"$MADE"; echo "1 passed, 0 failed, 0 skipped"'
	program testenv/deps.sh 'echo "deps $*" >>"$MADE"'
	git init -q
}

# program FILE TEXT
program()
{
	printf '#!/bin/bash\n%s\n' "$2" >"$1"
	chmod +x "$1"
}

# land NUMBER COMMITS [FILE]: so many commits, each of which changes the file
land()
{
	local i

	printf '## %s\n' "$1" | cat - CHANGELOG.md >new 2>/dev/null || true
	mv new CHANGELOG.md
	for ((i = 0; i < $2; i++)); do
		echo "$1.$i" >"${3-README.md}"
		git add .
		git commit -qm "change $1.$i"
	done
	: >"$MADE"
	ok .ci/run
	is "the last line" "${output##*$'\n'}" \
		"$(grep -c ^make "$MADE") passed, 0 failed, 0 skipped"
}

# What may be run by turns: all that are not run each time.
rows()
{
	sed -n "/^readonly TURNS='/,/^'/s/^[0-9] |[^|]*| *\([^|]*[^| ]\) *|.*/make \1/p" .ci/run
}

@test "CI: of any eight landings each has its turns, however many commits it brings" {
	local -a commits=(1 8 3 16 8 1 5 24 8 8 2 1)
	local -A ran=()
	local number first row eight

	land 1 1
	has "$(head -n 9 "$MADE")" $'\nmake test\n'
	ran[1]=$(head -n 9 "$MADE")
	for number in {2..13}; do
		land "$number" "${commits[number - 2]}"
		ran[$number]=$(<"$MADE")
		is "what each landing begins with" "$(head -n 9 "$MADE")" "${ran[1]}"
		# What it did not run, it names.
		while IFS= read -r row; do
			[[ ${ran[$number]} == *"$row"* ]] ||
				has "$output" "==== Not run: $row"
		done < <(rows)
	done
	for first in {2..6}; do
		eight=$(for ((number = first; number < first + 8; number++)); do
			echo "${ran[$number]}"
		done)
		while IFS= read -r row; do
			has "$eight" "$row"
		done < <(rows)
	done
}

@test "CI: what a landing touches is run, too, in whichever of its commits" {
	land 10 1
	land 11 1
	has_no "$(<"$MADE")" "make mutants"
	echo changed >tests/mutants.tsv
	git add .
	git commit -qm "tests: other mutants"
	land 12 3
	has "$(<"$MADE")" "make mutants"
	land 13 3
	has_no "$(<"$MADE")" "make mutants"
	has "$output" "==== Not run: make mutants"
	# Where there is no time for it, that is said.
	sed -i 's/^readonly MINUTES=.*/readonly MINUTES=0/' .ci/run
	land 14 1 tests/mutants.tsv
	has_no "$(<"$MADE")" "make mutants"
	has "$output" "==== Not run: make mutants \(touched, but no time is left\)"
}

@test "CI: a step that fails is named at the end, and the others are run" {
	local made

	program bin/make 'echo "make $*" >>"$MADE"; [[ $1 != check ]] || exit 2
		echo "3 passed, 0 failed, 1 skipped"'
	printf '## 1\n' >CHANGELOG.md
	run .ci/run
	is status "$status" 1
	has "$output" $'\n==== FAILED: make check\n'
	made=$(grep -c ^make "$MADE")
	is "the last line" "${output##*$'\n'}" \
		"$(((made - 1) * 3)) passed, 1 failed, $((made - 1)) skipped"
}
