# SPDX-License-Identifier: GPL-2.0

include "text";

# A line for each x, a column for each series, of objects x, series, y.
def table($x; $digits): . as $rows | in_order(.series) as $all | in_order(.x) as $xs |
	($x | left(14)) + ($all | map(right(19)) | add),
	($xs[] as $at | ($at | tostring | left(14)) + ($all | map(. as $one |
		[$rows[] | select(.x == $at and .series == $one) | .y | fixed($digits)][0]
		// "-" | right(19)) | add));

"A look-up in a map, in ns",
(.maps | map({ x: .entries, series: .type, y: .ns }) |
	table("entries"; 1)),
"\nMillion packets per second, to all routes by chance",
(.routes | map({ x: .routes, series: .name, y: .mpps }) | table("routes"; 2)),
"\npacket04, the program alone; environments made in a second",
(.environments | (map({ x: .environments, series: "ns", y: .ns }) +
	map({ x: .environments, series: "per second", y: .per_second })) |
	table("environments"; 1))
