# SPDX-License-Identifier: GPL-2.0
#
# From one object a round and set-up to one a set-up: the median of each
# figure, and the smallest and largest of the throughput.

include "text";

{
	machine: $machine,
	seconds: $seconds,
	results: ([in_order(.name) as $names | $names[] as $name |
		map(select(.name == $name)) | {
			name: $name,
			offloads: .[0].offloads,
			gbits: (map(.gbits) | median),
			min: (map(.gbits) | min),
			max: (map(.gbits) | max),
			cpu: (map(.cpu) | median),
			p50: (map(.p50) | median),
			p99: (map(.p99) | median)
		}] |
		.[0].gbits as $kernel |
		map(. + { beside: (.gbits / $kernel) }))
}
