#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# testenv/deps.sh where the distribution is another one: apt and what it
# installs are programs of this test.

load helpers

setup()
{
	FAKE=$BATS_TEST_TMPDIR/bin
	mkdir "$FAKE"
	mount -t tmpfs tmpfs /usr/local/sbin
	mkdir -p /usr/lib/linux-tools
	mount -t tmpfs tmpfs /usr/lib/linux-tools
}

teardown()
{
	umount /usr/local/sbin /usr/lib/linux-tools
}

# program NAME TEXT: a script, before all others in PATH
program()
{
	printf '#!/bin/bash\n%s\n' "$2" >"$FAKE/$1"
	chmod +x "$FAKE/$1"
}

# As Ubuntu 24.04 has it: bpftool is a virtual package, and what one of its
# providers installs under that name looks for the running kernel's.
ubuntu()
{
	program apt-cache 'echo "$2:"; case $2 in
		bpftool) echo "  Candidate: (none)" ;;
		*) echo "  Candidate: 1" ;;
		esac'
	program apt-get "[[ \" \$* \" != *' install '* ]] || echo \"\$*\" >>'$FAKE/installed'"
	program bpftool 'echo "WARNING: bpftool not found for this kernel" >&2; exit 2'
}

@test "deps: Ubuntu's bpftool is of no use with another kernel: another one's is linked" {
	local tool=/usr/lib/linux-tools/6.8.0-1-generic/bpftool

	ubuntu
	mkdir "${tool%/*}"
	cp "$(type -P true)" $tool
	mkdir /usr/lib/linux-tools/5.0
	PATH=/usr/local/sbin:$FAKE:$PATH ok "$ROOT/testenv/deps.sh" run
	has "$output" "Linking /usr/local/sbin/bpftool to $tool"
	has "$(<"$FAKE/installed")" " linux-tools-generic$"
	is "the link" "$(readlink /usr/local/sbin/bpftool)" $tool
	# Once it is there, nothing is missing.
	PATH=/usr/local/sbin:$FAKE:$PATH ok "$ROOT/testenv/deps.sh" run
	is "said" "$output" ""
}

@test "deps: where no bpftool can be had that runs, this is said" {
	ubuntu
	PATH=/usr/local/sbin:$FAKE:$PATH run_apart "$ROOT/testenv/deps.sh" run
	is "status" "$status" 1
	has "$stderr" "still missing after that: bpftool/linux-tools-generic$"
	is "links" "$(ls /usr/local/sbin)" ""
}

@test "deps: what is too old is told, and nothing is installed" {
	ubuntu
	rm "$FAKE/bpftool"
	program uname 'echo 5.15.0-generic'
	PATH=$FAKE:$PATH refused "Linux 5.15.0-generic is too old" "$ROOT/testenv/deps.sh" run
	program uname 'echo 6.1.0'
	program clang '[[ $1 != -dumpversion ]] || echo 13.0.1'
	PATH=$FAKE:$PATH refused "clang 13.0.1 is too old: 14 " "$ROOT/testenv/deps.sh" run
	rm "$FAKE/clang"
	program pkg-config '[[ $* != "--modversion libxdp" ]] || { echo 1.2.9; exit; }
		[[ $1 != --modversion ]] || echo 1.10.0'
	PATH=$FAKE:$PATH refused "libxdp 1.2.9 is too old: 1.3 " "$ROOT/testenv/deps.sh" run
	is "installed" "$(cat "$FAKE/installed" 2>/dev/null)" ""
}

@test "deps: a kernel without BTF, one that is locked down, a container without rights" {
	mount -t tmpfs tmpfs /sys/kernel/btf
	refused "no BTF" "$ROOT/testenv/deps.sh" run
	umount /sys/kernel/btf
	refused "root in this container" unshare --user --map-root-user "$ROOT/testenv/deps.sh" run
	mount -t tmpfs tmpfs /sys/kernel/security
	echo "none integrity [confidentiality]" >/sys/kernel/security/lockdown
	ok "$ROOT/testenv/deps.sh" run
	has "$stderr" "warning: t drops and t trace .* lockdown=integrity"
	echo "none [integrity] confidentiality" >/sys/kernel/security/lockdown
	ok_quiet "$ROOT/testenv/deps.sh" run
	umount /sys/kernel/security
}
