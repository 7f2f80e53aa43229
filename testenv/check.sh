# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# t check: is a learner's program right, and if not, what is wrong with it?
#
#  1. It builds.
#  2. The verifier accepts it.
#  3. Frame by frame: the rows of the lesson's tests/cases.c, which say to
#     which assignment they belong (grader/grade.h).
#  4. Live: the functions live_N of the lesson's tests/live.sh, in a network of
#     their own (live.sh), for the assignments whose frames are right.
#
# An assignment is done when its frames are right and its live_N is content,
# whichever of the two it has.

readonly CAUSES=$TESTENV/causes.tsv
# Seconds after which a learner's program is taken to hang.
readonly FRAMES_TIMEOUT=60 LIVE_TIMEOUT=60

# One line for each step: NAME, ok|fail|wait, TITLE, DETAIL, NEXT
STEPS=()
NEXT='' # of the first one that failed

# report NAME STATUS TITLE [DETAIL [NEXT]]
report()
{
	local mark detail=${4-}

	STEPS+=("$1"$'\t'"$2"$'\t'"$3"$'\t'"${detail//$'\n'/\\n}"$'\t'"${5-}")
	[[ -z $JSON ]] || return 0
	case $2 in
	ok) mark=✓ ;;
	fail) mark=✗ ;;
	*) mark=· ;;
	esac
	echo " $mark $3"
	[[ $2 != fail || -z $detail ]] || sed 's/^/     /' <<<"$detail"
	[[ $2 != fail ]] || NEXT=${NEXT:-${5-}}
}

# cause KIND TEXT: sets CAUSE and MEND by the first line of causes.tsv whose
# key, KIND:REGEX, is found in the text; fails where none is
cause()
{
	local key

	while IFS=$'\t' read -r key CAUSE MEND; do
		[[ $key == "$1:"* ]] || continue
		if [[ $2 =~ ${key#*:} ]]; then
			return 0
		fi
	done <"$CAUSES"
	return 1
}

# Prints the first error, with the line that it is about.
first_error()
{
	awk '/error:|undefined reference/ && !found { found = 1; lines = 3 }
		lines-- > 0 { print }' "$1" | sed 's/ \[-Werror[^]]*\]$//'
}

# What is not the learner's. Two checks side by side build it one after the
# other.
build_grader()
{
	local log=$SCRATCH/build

	"$TESTENV/deps.sh" run >&2
	as_user flock "$ROOT" make -s -C "$ROOT" common testenv >"$log" 2>&1 &&
		as_user flock "$ROOT" make -s -C "$ROOT/grader" \
			"../build/grader/$LESSON-cases" >>"$log" 2>&1 ||
		die "the grader does not build:" "$(first_error "$log")"
}

check_build()
{
	local log=$SCRATCH/build place error

	if as_user make -s -C "$FOLDER" >"$log" 2>&1; then
		report build ok "builds"
		return 0
	fi
	place=$(grep -m 1 -oE '^[^ :]+:[0-9]+' "$log") || place="the sources"
	error=$(first_error "$log")
	if cause build "$error"; then
		report build fail "does not build: $CAUSE" "$error" \
			"$MEND ($place)"
	else
		report build fail "does not build" "$error" "mend $place"
	fi
	return 1
}

# The lines of the verifier's log that matter: the source line, the complaint
verifier_complaint()
{
	awk '
		/-- BEGIN PROG LOAD LOG --/ { inside = 1; next }
		/-- END PROG LOAD LOG --/ { inside = 0; seen = 1; next }
		!inside { next }
		/^; / { source = substr($0, 3); next }
		/^[0-9]+: / || /^(from|processed|verification|stack|max_states|mark_precise|arg#|reg type|Live regs)/ { if (/^[0-9]+: /) said = ""; next }
		/^[ \t]*(R[0-9]+|frame[0-9]+:? ?R?[0-9]*)(_[a-z]+)?=/ { next }
		NF { said = said $0 "\n" }
		END { if (seen) { print source; printf "%s", said } }' "$1"
}

# Without a verifier's log: what libbpf says
loader_complaint()
{
	grep '^libbpf: ' "$1" | sed 's/^libbpf: //' |
		grep -vE "failed to load object|^elf: skipping" | head -n 2
}

report_rejection()
{
	local log=$1 said source line

	said=$(verifier_complaint "$log")
	source=$(head -n 1 <<<"$said")
	line=''
	if [[ $source =~ @\ (.*:[0-9]+)$ ]]; then
		line=${BASH_REMATCH[1]}
		source="$line: ${source% @ *}"
	fi
	said=$source$'\n'$(tail -n +2 <<<"$said" | head -n 3)
	[[ $source ]] || said=$(loader_complaint "$log")
	if cause verifier "$said"; then
		report verifier fail "the verifier rejects it: $CAUSE" "$said" \
			"$MEND"
	else
		report verifier fail "the verifier rejects it" "$said" \
			"look at ${line:-the maps and program types}"
	fi
}

# Runs the lesson's cases; their results are in $SCRATCH/frames.
check_frames()
{
	local status=0

	LESSON_FOLDER=$FOLDER GRADE=1 \
		timeout "$FRAMES_TIMEOUT" "$TESTENV/sandbox" \
		"$ROOT/build/grader/$LESSON-cases" \
		>"$SCRATCH/frames" 2>"$SCRATCH/log" || status=$?
	case $status in
	0 | 1) report verifier ok "the verifier accepts it" ;;
	3)
		report_rejection "$SCRATCH/log"
		return 1
		;;
	124)
		report frames fail "it takes too long" \
			"not done after $FRAMES_TIMEOUT seconds" \
			"look for a loop with very many turns"
		return 1
		;;
	*)
		report frames fail "it cannot be tried" \
			"$(sed -n 's/^Bail out! //p' "$SCRATCH/frames" |
				head -n 1)$(tail -n 2 "$SCRATCH/log")" \
			"names of programs, maps and constants must stay"
		return 1
		;;
	esac
}

has_live()
{
	grep -q "^live_$1()" "$ROOT/$LESSON/tests/live.sh" 2>/dev/null
}

# Each of the functions in a sandbox of its own, the output in live.N
run_live()
{
	local status=0

	(cd "$FOLDER" && timeout --kill-after=2 "$LIVE_TIMEOUT" \
		"$TESTENV/sandbox" "$TESTENV/live.sh" "$LESSON" "$1") \
		>"$SCRATCH/live.$1" 2>&1 </dev/null || status=$?
	((status != 124 && status != 137)) ||
		echo "not done after $LIVE_TIMEOUT seconds" >>"$SCRATCH/live.$1"
	return $status
}

what_next()
{
	local place

	place=$(find_todo "$1")
	count_hints "$1"
	if [[ $place ]]; then
		echo "write TODO $1, $place"
	elif ((SHOWN < HINTS)); then
		echo "t hint $LESSON"
	else
		echo "t solution $LESSON, which shows what is different"
	fi
}

# must_wait NUMBER STATUS: behind one that has failed, what is not begun yet or
# cannot be tried yet is no failure of its own
must_wait()
{
	[[ $2 == wait ]] ||
		{ ((FAILED)) && { [[ -z $2 ]] || has_live "$1" ||
			[[ $(find_todo "$1") ]]; }; }
}

# The verdict on assignment NUMBER. Sets RIGHT to the numbers that are done.
check_assignment()
{
	local number status right row message text=''

	IFS=$'\t' read -r number status right row message \
		< <(grep -P "^$NUMBER\t" "$SCRATCH/frames") || true
	if must_wait "$NUMBER" "${status-}"; then
		report "$NUMBER" wait "$NUMBER. $TITLE"
		return
	fi
	if [[ ${status-} == fail ]]; then
		report "$NUMBER" fail "$NUMBER. $TITLE: $row?" "$message" \
			"$(what_next "$NUMBER")"
		return
	fi
	[[ ! ${right-} ]] || text="$right frames"
	if has_live "$NUMBER"; then
		if ! run_live "$NUMBER"; then
			report "$NUMBER" fail "$NUMBER. $TITLE: live" \
				"$(head -n 12 "$SCRATCH/live.$NUMBER")" \
				"$(what_next "$NUMBER")"
			return
		fi
		text="${text:+$text, }$(tail -n 1 "$SCRATCH/live.$NUMBER")"
	fi
	[[ $text ]] || die "$LESSON has nothing to check assignment $NUMBER with"
	report "$NUMBER" ok "$NUMBER. $TITLE: $text"
	RIGHT+=("$NUMBER")
}

check_assignments()
{
	RIGHT=()
	FAILED=0
	while IFS=$'\t' read -r NUMBER TITLE <&3; do
		check_assignment
		is_right "$NUMBER" || FAILED=1
	done 3< <(readme list)
	printf '%s\n' "${RIGHT[@]}" | as_user tee "$FOLDER/.done" >/dev/null
	((!FAILED)) || return 1
}

is_right()
{
	[[ " ${RIGHT[*]} " == *" $1 "* ]]
}

print_json()
{
	printf '%s\n' "${STEPS[@]}" | jq -R 'split("\t") | {
		step: .[0], status: .[1], title: .[2],
		detail: (.[3] | gsub("\\\\n"; "\n")), next: .[4] }' |
		jq -s --arg lesson "$LESSON" \
			'{ lesson: $lesson, done: all(.[]; .status == "ok"), steps: . }'
}

cmd_check()
{
	local status=0

	allow "--json ARGS"
	need_started
	need_trust "$FOLDER" "$FOLDER"/*
	SCRATCH=$(mktemp -d)
	trap 'rm -rf "$SCRATCH"' EXIT
	chmod 755 "$SCRATCH"
	[[ $JSON ]] || echo "$LESSON"
	build_grader
	{ check_build && check_frames && check_assignments; } || status=1
	if [[ $JSON ]]; then
		print_json
	elif ((!status)); then
		echo "All of it is right. t next says where to go on."
	else
		echo "Next: $NEXT"
	fi
	return $status
}
