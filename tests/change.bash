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

# has_once FILE TEXT: or it says what is wrong; sets SOURCE to what is in the file
has_once()
{
	local rest times

	IFS= read -rd '' SOURCE <"$1" || true
	rest=${SOURCE//"$2"/}
	times=$(((${#SOURCE} - ${#rest}) / ${#2}))
	((times != 1)) || return 0
	echo "the text to change is in $1 $times times"
	return 1
}

# change_source FILE OLD NEW: the old text must be there, and only once
change_source()
{
	has_once "$1" "$2" || return
	printf '%s' "${SOURCE/"$2"/"$3"}" >"$1"
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
