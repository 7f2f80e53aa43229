#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What make says, and what it does after a change: in a copy of a lesson, but for
# the whole tree.

# bats sets output.
# shellcheck disable=SC2154
load helpers

setup()
{
	COPY=$BATS_TEST_TMPDIR/copy
	mkdir "$COPY"
	cp -r "$ROOT/common" "$ROOT/packet02-redirect" "$COPY"
	cd "$COPY/packet02-redirect" || return
}

# build [OPTIONS]: what make says, but for the folder that it is in
build()
{
	ok_quiet make --no-print-directory "$@"
}

@test "make: says what it makes, with its path from the root, and only after a change" {
	build
	touch xdp_prog_kern.c
	build
	is "after one file was changed" "$output" \
		"  CLANG   packet02-redirect/xdp_prog_kern.o"
	build
	is "after no change" "$output" ""
	touch ../common/user/pins.c
	build
	is "after the library was changed" "$output" \
"  CC      common/user/pins.o
  AR      common/user/libcommon.a
  CC      common/xdp_stats
  CC      packet02-redirect/xdp_prog_user"
}

# Two that make the same thing side by side leave the one older than the other.
@test "make: nothing is left to be made, in the whole tree" {
	build -C "$ROOT" tests
	is "what make says" "$output" ""
}

@test "make -s says nothing, make V=1 the commands" {
	touch xdp_prog_kern.c
	build -s
	is "make -s" "$output" ""
	touch xdp_prog_kern.c
	build V=1
	has "$output" $'(^|\n)clang .* -c xdp_prog_kern.c -o xdp_prog_kern.o'
	has_no "$output" "CLANG"
}

@test "make -j: everything that is needed is there before it is" {
	make -s clean
	make -s -C ../common clean
	build -j8
	has "$output" "  CC      packet02-redirect/xdp_prog_user"
	build -j8
	is "again" "$output" ""
}
