#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Names are data: in every place where t reads some, there is one here that
# makes a file when bash runs it. And code is run as root only where nobody
# else can write it.

# bats sets output and status; $(...) in single quotes is what is tried here.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154
load helpers

# 14 characters, so devices can have it; bpffs takes no dots, no name a slash.
EVIL='UID[$(>owned)]'
NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

setup()
{
	export WORK=$BATS_TEST_TMPDIR/work
	mkdir -p "$WORK/lesson"
	cd "$WORK/lesson" || return
	chmod 1777 "$BPFFS"
}

teardown()
{
	clean_up 2>/dev/null || true # what was planted may be in its way
	rm -rf "${BPFFS:?}"/{t:env,test,UID*,[0-9a-z]*:UID*,xdp/*UID*,*=UID*,dispatch*}
	ip link del dev "$EVIL" 2>/dev/null || true
	ip netns del "$EVIL" 2>/dev/null || true
	chmod 700 "$BPFFS"
}

# owned_by_none COMMAND...: whatever it says, no name is run
owned_by_none()
{
	run "$@" </dev/null
	[[ ! -e owned ]] || fail "'$*' has run a name: $output"
}

# plant: in what t keeps for itself
plant()
{
	local at name

	for at in "$BPFFS" "$BPFFS/t:env" "$BPFFS/t:env/lab" \
		"$BPFFS/t:env/lab/other" "$BPFFS/xdp"; do
		mkdir -p "$at"
		for name in "$EVIL" "$EVIL:y" "1:$EVIL" "7:$EVIL:x" "ns:$EVIL" \
			"dev:$EVIL" "pin:$EVIL" "sys:net:$EVIL=1" \
			"sys:kernel:core_pattern=$EVIL" "dispatch-$EVIL-1" \
			"dispatch-1-$EVIL"; do
			mkdir "$at/$name"
		done
	done
}

@test "hostile names in bpffs, of devices, namespaces and files in work/" {
	local command

	plant
	rmdir "$BPFFS/t:env/lab/other/sys:kernel:core_pattern=$EVIL"
	ip link add "$EVIL" type bridge
	ip netns add "$EVIL"
	for command in status "status --json" "setup -n test --legacy-ip" \
		"status" "reset -n test" "exec -- true" "ping -c 1" \
		"drops -- true" "trace -- true" "doctor --json" stats load unload \
		"start packet01-tx" progress next "hint packet01-tx" \
		"teardown -n test" "redirect test test" "teardown --all"; do
		# shellcheck disable=SC2086 # words
		owned_by_none t $command
	done
	is "environments" "$(t status)" "There is no environment. t setup makes one."
}

@test "hostile names of files in work/, and of folders beside the lessons" {
	local copy=$BATS_TEST_TMPDIR/copy command

	mkdir -p "$copy/$EVIL" "$copy/packet01-tx"
	cp -r "$ROOT/testenv" "$copy"
	cp "$ROOT/packet01-tx"/{*.[ch],README.md,Makefile} "$copy/packet01-tx"
	cp "$copy/packet01-tx"/* "$copy/$EVIL"
	unset WORK
	cd "$copy" || return
	for command in progress next "start packet01-tx" "start $EVIL" \
		"hint packet01-tx" "solution packet01-tx"; do
		# shellcheck disable=SC2086 # words
		owned_by_none testenv/testenv.sh $command
		[[ ! -d work/packet01-tx ]] || touch "work/packet01-tx/$EVIL.c"
	done
	has_no "$output" "owned"
	owned_by_none bash -c 'source testenv/completion.bash
		COMP_WORDS=(t start "") COMP_CWORD=2
		_testenv
		printf "%s\n" "${COMPREPLY[@]}"'
	is "lessons" "$output" packet01-tx
}

@test "completion offers only what is no more than a name" {
	plant
	mkdir -p "$BPFFS/t:env/1:good"
	owned_by_none bash -c 'source "$1"
		COMP_WORDS=(t ping -n "") COMP_CWORD=3
		_testenv
		printf "%s\n" "${COMPREPLY[@]}"' bash "$ROOT/testenv/completion.bash"
	is "names" "$output" good
}

@test "what another user has put where t keeps its own is not used" {
	local command

	"${NOBODY[@]}" mkdir -p "$BPFFS/t:env/$EVIL:y" "$BPFFS/t:env/lab"
	for command in status setup "teardown --all" "lab down" "drops -- true"; do
		# shellcheck disable=SC2086 # words
		refused "another user has made $BPFFS/t:env.*rm -r" t $command
	done
	[[ ! -e owned ]] || fail "a name was run"
	rm -r "$BPFFS/t:env"
	ok_quiet t setup -n test
	ok_quiet t teardown -n test
}

@test "pins that another user has made are refused" {
	local victim=$BATS_TEST_TMPDIR/victim

	lesson packet01-tx
	ok_quiet t setup -n test
	"${NOBODY[@]}" mkdir "$BPFFS/test"
	for command in load unload stats; do
		refused "$BPFFS/test: a user other than root" t "$command"
	done
	is "program" "$(prog_id test)" ""
	rmdir "$BPFFS/test"
	mkdir "$victim"
	touch "$victim/precious"
	"${NOBODY[@]}" ln -s "$victim" "$BPFFS/test"
	refused "$BPFFS/test: a user other than root" t unload
	[[ -e $victim/precious ]] || fail "a file behind a link has gone"
	rm "$BPFFS/test"
	ok t load
	ok t unload
	ok_quiet t teardown -n test
}

# trap_here: what t could take for a lesson's own
trap_here()
{
	printf '#!/bin/bash\n>owned\n' |
		tee xdp_prog_user xdp_stats lab.sh >/dev/null
	chmod 755 xdp_prog_user xdp_stats lab.sh
}

# nothing_runs PATTERN: all that would run them is refused, and says why
nothing_runs()
{
	local command

	for command in "lab up" load unload stats "redirect test test"; do
		# shellcheck disable=SC2086 # words
		refused "$1" t $command
	done
	[[ ! -e owned ]] || fail "it was run"
}

# As under sudo: the user behind it may write there, nobody else.
@test "t runs only what lies in the checkout or work/, and nobody else can write" {
	ok_quiet t setup -n test
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	trap_here
	nothing_runs "is not in $ROOT"
	ln -s "$ROOT/common/xdp_stats" real
	mv real xdp_stats
	refused "is not in $ROOT" t stats

	cd "$WORK/lesson"
	trap_here
	chown :65534 .
	chmod g+w .
	nothing_runs "other users may write $PWD.*chmod go-w"
	chmod g-w .
	chmod o+w xdp_prog_user xdp_stats lab.sh
	nothing_runs "other users may write $PWD/[a-z_.]*, so"
	chmod o-w xdp_prog_user xdp_stats lab.sh
	chmod 777 "$WORK"
	nothing_runs "other users may write $WORK, so"
	chmod 755 "$WORK"
	chown 65534 "$WORK" . xdp_prog_user
	refused "belongs to another user" t load
	SUDO_UID=1 refused "belongs to another user" t load

	export SUDO_UID=65534
	ok t load
	[[ -e owned ]] || fail "the user's own is not run"
	# A group in which nobody else is, as a umask of 002 supposes.
	chown :nogroup xdp_prog_user
	chmod g+w xdp_prog_user
	SUDO_GID=65534 SUDO_USER=nogroup ok t load
	SUDO_GID=65534 SUDO_USER=nobody refused "other users may write" t load
}

@test "t check, too: of files in work/" {
	ok t start packet01-tx
	chmod o+w "$WORK/packet01-tx/Makefile"
	refused "other users may write $WORK/packet01-tx/Makefile" \
		t check packet01-tx
}
