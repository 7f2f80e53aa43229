# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Working through a lesson's assignments: t start, hint, solution, next and
# progress; `t check` is in check.sh.
#
# A lesson takes part by what is in its folder; nothing here names one:
#
# README.md	the one source of titles, goals, expected results and hints
#		(readme_assignments.awk says in which form)
# *.c, *.h	the complete programs, with marks around what an assignment asks
#		for (assignment_marks.awk says which). A starter has a TODO in its place.
# tests/cases.c	the rows that grade it, frame by frame. In struct suite, .owners
#		tells whose the header fields are, .decides whose the verdict
#		on a frame is (without it: assignment 1's); a row's .assignment
#		makes all of that row one assignment's (grader/grade.h).
# tests/live.sh	functions live_N, which try assignment N with real packets by
#		the functions of live.sh. It needs the rows, or this, or both.
#
# tests/lesson/assignments.bats then expects that the complete programs pass, and
# that the starter fails every assignment; tests/wrong.tsv is the place for
# typical mistakes and what is to be said of them.
#
# What a learner has is a folder work/LESSON that looks like the lesson's own,
# beside a link to common/, so that the same Makefile and #includes serve. It
# also has .done, the numbers of the assignments that the last check found
# right, and .hints, a number for each hint that was shown.

# Whose the files are to be: under sudo the user's, too.
as_user()
{
	if ((EUID == 0)) && [[ ${SUDO_USER-} && $SUDO_USER != root ]]; then
		sudo -u "$SUDO_USER" "$@"
	else
		"$@"
	fi
}

readme()
{
	awk -f "$TESTENV/readme_assignments.awk" -v part="$1" -v n="${2-}" \
		-v k="${3-}" "$ROOT/$LESSON/README.md"
}

# Prints the names of the lessons, in the order to take them in.
list_lessons()
{
	awk -v part=list -f "$TESTENV/assignment_marks.awk" "$ROOT"/*/*.[ch] |
		sed -nE 's/.*\/([A-Za-z0-9_-]+)\/[^/]*$/\1/p' | sort -u
}

# Sets LESSON and FOLDER: by the name that was given, or by where we are.
find_lesson()
{
	local here

	LESSON=${ARGS[0]-}
	((${#ARGS[@]} <= 1)) || die "$COMMAND: what is '${ARGS[1]}'? See t help"
	if [[ -z $LESSON ]]; then
		here=$(pwd -P)
		for LESSON in $(list_lessons) ''; do
			[[ $here/ != "$(readlink -m "$WORK")/$LESSON/"* &&
				$here/ != "$(readlink -f "$ROOT")/$LESSON/"* ]] || break
		done
	fi
	[[ $LESSON ]] || die "of which lesson? Name it: t $COMMAND LESSON," \
		"or go into its folder. There are:" "$(list_lessons | xargs)"
	grep -qx -e "${LESSON%/}" <(list_lessons) ||
		die "there is no lesson '$LESSON'. There are:" \
			"$(list_lessons | xargs)"
	LESSON=${LESSON%/}
	FOLDER=$WORK/$LESSON
}

need_started()
{
	find_lesson
	[[ -d $FOLDER ]] || die "$LESSON is not begun yet: t start $LESSON"
}

is_done()
{
	grep -qx "$1" "$FOLDER/.done" 2>/dev/null
}

# Sets NUMBER and TITLE of the first assignment that is not done; fails where
# all are.
find_next()
{
	while IFS=$'\t' read -r NUMBER TITLE; do
		is_done "$NUMBER" || return 0
	done < <(readme list)
	return 1
}

# Markdown as plain text, in lines of $1 characters
plain()
{
	sed -E 's/\[([^]]*)\]\([^)]*\)/\1/g; s/`//g' | fmt -s -w "$1"
}

# A program's missing part: what is to be written here, as a comment
todo()
{
	local number=$1 indent=$2 tabs=${2//[^$'\t']/} title
	local width=$((80 - 7 * ${#tabs} - ${#indent} - 3))

	title=$(readme list | awk -F '\t' -v n="$number" '$1 == n { print $2 }')
	[[ $title ]] || die "$LESSON/README.md has no assignment $number"
	if [[ ${SEEN[number]-} ]]; then
		echo "/* TODO $number, here as well: $title */"
		return
	fi
	echo "/*"
	{
		echo "TODO $number: $title"
		echo
		readme goal "$number" | plain $width
		echo
		readme expected "$number" | sed '1s/^/Expected: /' | plain $width
	} | sed 's/^/ * /; s/ $//'
	echo " */"
}

# cut_out FILE: the starter that a complete program becomes
cut_out()
{
	local line text
	local -a SEEN=()

	text=$(awk -v written=0 -f "$TESTENV/assignment_marks.awk" "$1") ||
		die "$LESSON: its marks are wrong"
	while IFS= read -r line; do
		if [[ $line =~ ^([[:space:]]*)/\*\ TODO\ ([0-9]+)\ \*/$ ]]; then
			todo "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}" |
				sed "s/^/${BASH_REMATCH[1]}/"
			SEEN[BASH_REMATCH[2]]=1
		else
			printf '%s\n' "$line"
		fi
	done <<<"$text"
}

# write_starter DIR: all that a lesson's folder is built from
write_starter()
{
	local file name

	for file in "$ROOT/$LESSON"/{Makefile,*.[ch],*.sh}; do
		[[ -f $file ]] || continue
		name=${file##*/}
		cut_out "$file" | as_user tee "$1/$name" >/dev/null
	done
}

cmd_start()
{
	local kept n

	allow "--again ARGS"
	((${#ARGS[@]})) || die "start which lesson? There are:" \
		"$(list_lessons | xargs)"
	find_lesson
	if [[ -e $FOLDER ]]; then
		[[ $AGAIN ]] || die "${FOLDER#"$PWD"/} is there already, with your work in it:" \
			"t start --again $LESSON begins anew and keeps it beside"
		for ((n = 1; ; n++)); do
			kept=$FOLDER.$n
			[[ -e $kept ]] || break
		done
		mv "$FOLDER" "$kept"
		echo "$LESSON: what you had is in ${kept#"$PWD"/} now"
	fi
	as_user mkdir -p "$WORK"
	as_user ln -sfn "$ROOT/common" "$WORK/common"
	# Complete, or not there at all.
	as_user rm -rf "$FOLDER.part"
	as_user mkdir "$FOLDER.part"
	write_starter "$FOLDER.part"
	as_user mv "$FOLDER.part" "$FOLDER"
	echo "$LESSON: yours is in ${FOLDER#"$PWD"/}"
	echo "Go there (cd ${FOLDER#"$PWD"/}), look for TODO 1, and t check when you have written it."
	echo
	describe_next
}

# The TODO of assignment $1 that is still there, as FILE:LINE
find_todo()
{
	grep -n "TODO $1[:,]" "$FOLDER"/*.[ch] |
		sed -E 's/^.*\/([^:/]*:[0-9]+):.*/\1/' | head -n 1 || true
}

describe_next()
{
	local place

	find_next || return 0
	place=$(find_todo "$NUMBER")
	echo "Next in $LESSON: $NUMBER. $TITLE${place:+ ($place)}"
	echo
	{
		readme goal "$NUMBER"
		echo
		readme expected "$NUMBER" | sed '1s/^/Expected: /'
	} | plain 80
}

cmd_next()
{
	local lesson

	allow "ARGS"
	if ((${#ARGS[@]})) || [[ $(pwd -P)/ == "$(readlink -m "$WORK")"/* ]]; then
		need_started
		if find_next; then
			describe_next
			return
		fi
		echo "$LESSON is done."
	fi
	for lesson in $(list_lessons); do
		LESSON=$lesson FOLDER=$WORK/$lesson
		find_next || continue
		if [[ -d $FOLDER ]]; then
			describe_next
		else
			echo "Next: t start $LESSON"
		fi
		return
	done
	echo "All lessons are done."
}

# Sets HINTS, of assignment NUMBER, and SHOWN, how often t hint was called.
count_hints()
{
	HINTS=$(sed -n "/^### $1\. /,/^##/p" "$ROOT/$LESSON/README.md" |
		grep -c '^<details>') || true
	SHOWN=$(grep -cx "$1" "$FOLDER/.hints" 2>/dev/null) || true
}

cmd_hint()
{
	local n

	allow "ARGS"
	need_started
	find_next || die "all of $LESSON is done: t next"
	count_hints "$NUMBER"
	((HINTS > 0)) || die "there is no hint for $NUMBER. $TITLE"
	n=$((SHOWN < HINTS ? SHOWN + 1 : HINTS))
	echo "$NUMBER. $TITLE, hint $n of $HINTS:"
	echo
	readme hint "$NUMBER" "$n" | plain 80
	echo "$NUMBER" | as_user tee -a "$FOLDER/.hints" >/dev/null
	((n < HINTS)) || {
		echo
		echo "That was the last one. t solution $LESSON shows the rest."
	}
}

cmd_solution()
{
	local file

	allow "ARGS"
	need_started
	echo "# lines with - are yours, those with + are in the complete program"
	for file in "$ROOT/$LESSON"/*.[ch]; do
		diff -u --label "yours/${file##*/}" --label "complete/${file##*/}" \
			"$FOLDER/${file##*/}" \
			<(awk -f "$TESTENV/assignment_marks.awk" "$file") || true
	done
}

cmd_progress()
{
	allow ""
	list_progress | column -t -s '|' -N 'LESSON,ASSIGNMENT,'
}

list_progress()
{
	for LESSON in $(list_lessons); do
		FOLDER=$WORK/$LESSON
		while IFS=$'\t' read -r NUMBER TITLE; do
			printf '%s|%s|%s\n' "$LESSON" "$NUMBER. $TITLE" \
				"$(state_of)"
		done < <(readme list)
	done
}

state_of()
{
	if is_done "$NUMBER"; then
		echo "done"
	elif [[ -d $FOLDER ]]; then
		echo "to do"
	else
		echo "-"
	fi
}
