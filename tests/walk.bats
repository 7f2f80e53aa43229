#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What testenv/walk takes for a README that is right.

load helpers

# readme: its commands and their output, from stdin
readme()
{
	{
		echo '```console'
		cat
		echo '```'
	} >"$BATS_TEST_TMPDIR/README.md"
}

no_session_is_left()
{
	! pgrep -f '^timeout [0-9]+ bash' >/dev/null
}

walk()
{
	run_apart "$ROOT/testenv/walk" --tap "$BATS_TEST_TMPDIR"
}

@test "walk: pings of all ages say the same; another address is another one" {
	readme <<-'END'
	$ echo 'PING fc00::2 (fc00::2) 56 data bytes'
	PING fc00::2(fc00::2) 56 data bytes
	$ echo 'PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.'
	PING 10.0.0.1 (10.0.0.1) 56(84) bytes of data.
	$ echo 'PING fc00::2 (fc00::3) 56 data bytes'
	PING fc00::2(fc00::2) 56 data bytes
	END
	walk
	is "status" "$status" 1
	is "verdicts" "$(grep -oE '^(not )?ok [0-9]' <<<"$output" | xargs)" "ok 1 ok 2 not ok 3"
}

@test "walk: a command that does not end is told, and those behind it" {
	readme <<-'END'
	$ true
	$ read -r <> <(:)
	$ true
	END
	SILENCE=1 walk
	is "status" "$status" 1
	is "verdicts" "$(grep -oE '^(not )?ok [0-9]' <<<"$output" | xargs)" "ok 1 not ok 2 not ok 3"
	has "$output" "it did not end"
	has "$output" "it was not reached"
	wait_for no_session_is_left
}
