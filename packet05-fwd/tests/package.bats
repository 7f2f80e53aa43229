#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The packages of fwd have what belongs to it, and work where they are
# installed.

# shellcheck disable=SC2154 # set by bats
load ../../tests/helpers

FILES="/usr/bin/fwdctl /usr/lib/fwd/xdp_prog_kern.o /usr/sbin/fwd"

setup()
{
	lesson packet05-fwd
	make -s fwd-packaged
	ok_quiet ./package.sh "$BATS_TEST_TMPDIR"
	cd "$BATS_TEST_TMPDIR" || return
}

teardown()
{
	stop "${BACKGROUND[@]}"
}

@test "packet05: packages by the names of the distributions, and one more each" {
	local arch deb

	arch=$(cc -dumpmachine) arch=${arch%%-*} deb=$(dpkg --print-architecture)
	is "files" "$(printf '%s\n' fwd*)" "$(printf '%s\n' fwd-0.1.0-0-"$arch".deb fwd-0.1.0-0-"$arch".rpm \
		fwd-0.1.0-0."$arch".rpm fwd_0.1.0-0_"$deb".deb)"
	cmp fwd_*.deb fwd-*.deb
	cmp fwd-*."$arch".rpm fwd-*-"$arch".rpm
	is "rpm" "$(rpm -qpl fwd-*-"$arch".rpm | grep -E 'bin/|\.o$' | xargs)" "$FILES"
	has "$(rpm -qpR fwd-*-"$arch".rpm)" "libxdp.so"
	has "$(dpkg-deb -f fwd_*.deb Depends)" "libxdp1.*"
}

@test "packet05: installed from the .deb, fwd finds its program and serves" {
	local root=$BATS_TEST_TMPDIR/root

	mkdir -p "$root/var/lib/dpkg/"{info,updates}
	# It depends on what this machine has, where it was built.
	cp /var/lib/dpkg/status "$root/var/lib/dpkg/"
	ok dpkg --root="$root" -i fwd_*.deb
	is "files" "$(find "$root/usr" -type f -not -path '*/doc/*' -printf '/usr/%P\n' |
		sort | xargs)" "$FILES"
	# As if it were this machine's; all that is mounted goes with the sandbox.
	mount -t overlay overlay -o lowerdir="$root/usr":/usr /usr
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	ip link add v type veth peer name w
	start fwd -d v -d w >"$BATS_TEST_TMPDIR/log" 2>&1
	wait_for grep -q ready "$BATS_TEST_TMPDIR/log"
	ok_quiet fwdctl add 192.0.2.1 w 02:00:5e:10:00:01 02:00:5e:10:00:02
	has "$(fwdctl list)" "192.0.2.1 .* static"
	stop "$PID"
	has "$(cat "$BATS_TEST_TMPDIR/log")" "the devices are free"
	ip link del v
}
