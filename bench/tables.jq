# SPDX-License-Identifier: GPL-2.0
#
# bench.json as tables.

include "text";

def speeds: "\n\(.title)", (.results[] |
	(.name | left(30)) + (.mpps | fixed(2) | right(8)) +
	" Mpps  +-" + (.spread * 50 | fixed(1) | right(5)) + " %" +
	(.beside | fixed(2) | right(8)) + " x" +
	(if .lost != 0 then "   \(.lost) lost" else "" end));

def step($name): (.where[$name] // 0 | fixed(1) | right(9));

def costs: "\n\(.title): the program alone, in ns; instructions",
	(" " * 26 + (["ns", "parse", "checks", "look-up", "rewrite", "redirect",
		"stats", "rest", "xlated", "jited", "verified"] |
		map(right(9)) | add)),
	(.results[] | .name as $name | .cost | values |
	($name | left(26)) + (.ns | fixed(1) | right(9)) +
	step("parse") + step("checks") + step("look-up") + step("rewrite") +
	step("redirect") + step("stats") + step("rest") +
	(.xlated | right(9)) + (.jited_bytes | right(9)) + (.verified | right(9)));

(.groups[] | speeds), (.groups[] | select(any(.results[]; .cost)) | costs)
