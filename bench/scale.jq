# SPDX-License-Identifier: GPL-2.0
#
# Of the routes the median of the rounds; of the rest there is one.

include "text";

{
	machine: $machine,
	maps: $maps,
	routes: ($routes | [in_order(.name) as $names | $names[] as $name |
		in_order(.routes) as $counts | $counts[] as $count |
		map(select(.name == $name and .routes == $count)) | {
			name: $name,
			routes: $count,
			mpps: (map(.pps) | median / 1e6),
			min: (map(.pps) | min / 1e6),
			max: (map(.pps) | max / 1e6),
			lost: (map(.sent - .arrived) | add)
		}]),
	environments: $environments
}
