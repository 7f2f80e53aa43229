# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For the tests that build the programs anew: changed (mutants.sh, wrong.sh), or
# by other compilers (compilers.sh).

# copy_sources DIR LESSON...: what the programs are built from
copy_sources()
{
	local dir=$1 lesson
	shift

	mkdir "$dir/common"
	cp -r common/bpf common/*.h common/*.mk "$dir/common"
	for lesson in "$@"; do
		mkdir "$dir/$lesson"
		cp "$lesson"/{*_kern.c,*.h,Makefile} "$dir/$lesson" \
			2>/dev/null || true # not all have a header
	done
}

# has_once FILE OLD: or it says what is wrong; sets BEFORE and BEHIND to what is
# in the file around the old text
#
# As little is quoted as tells the place, so that few quotes have the name of
# each variable: "name(): OLD" is in that function only, and "A...B" is all from
# A, which must be there only once, to the next B.
has_once()
{
	local file=$1 old=$2 first last='' text outer='' skipped

	IFS= read -rd '' text <"$file" || true
	BEFORE=''
	if [[ $old =~ ^([a-z_0-9]+)\(\):\ (.*)$ ]]; then
		old=${BASH_REMATCH[2]}
		if ! [[ $text =~ $'\n'([a-z][^$'\n']*[ *])?${BASH_REMATCH[1]}\( ]]; then
			echo "the function to change is not in $file"
			return 1
		fi
		BEFORE=${text%%"${BASH_REMATCH[0]}"*}
		outer=${text:${#BEFORE}}
		text=${outer%%$'\n}'*}
		outer=${outer:${#text}}
	fi
	first=${old%%...*}
	[[ $old == "$first" ]] || last=${old#*...}
	if [[ $text != *"$first"*"$last"* ]]; then
		echo "the text to change is not in $file"
		return 1
	fi
	skipped=${text%%"$first"*}
	BEFORE+=$skipped
	text=${text:${#skipped}+${#first}}
	if [[ $text == *"$first"* ]]; then
		echo "the text to change is more than once in $file"
		return 1
	fi
	skipped=${text%%"$last"*}
	BEHIND=${text:${#skipped}+${#last}}$outer
}

# change_source FILE OLD NEW: the old text must be there, and only once
change_source()
{
	has_once "$1" "$2" || return
	printf '%s' "$BEFORE$3$BEHIND" >"$1"
}

# tap_report DIR NUMBER NAME COMMAND...: what it says, and whether it succeeds,
# as TAP in DIR/NUMBER.tap
tap_report()
{
	local file=$1/$2.tap number=$2 name=$3 said verdict=ok
	shift 3

	said=$("$@" 2>&1) || verdict='not ok'
	{
		[[ -z $said ]] || printf '%s\n' "$said" | sed 's/^/# /'
		printf '%s %d - %s\n' "$verdict" "$number" "$name"
	} >"$file"
}

# wait_for_processor: until fewer jobs run than there are processors
wait_for_processor()
{
	while (($(jobs -rp | wc -l) >= $(nproc))); do
		wait -n || true
	done
}

# tap_print DIR COUNT: all reports, in order; fails where one of them failed
tap_print()
{
	local i failed=0

	echo "1..$2"
	for ((i = 1; i <= $2; i++)); do
		cat "$1/$i.tap"
		! grep -q '^not ok' "$1/$i.tap" || failed=$((failed + 1))
	done
	echo "# $(($2 - failed)) of $2"
	((!failed))
}
