# SPDX-License-Identifier: GPL-2.0
#
# From one object a measurement to one a candidate, in the order of the first
# round: median, smallest and largest of the rounds, in million packets per
# second, and the median beside that of the group's last candidate. And what
# its program costs, if it is one.

include "text";

# Which step of its work a program is in when it is at a place of the profile.
# What runs it takes time as well, without any program: that is no step.
def step:
	if test("^parse\\.h$") then "parse"
	elif test("^(host|settings|forward|csum)\\.h$|csum") then "checks"
	elif test("^rewrite\\.h$|adjust") then "rewrite"
	elif test("^stats\\.h$") then "stats"
	elif test("_again$|test_run|test_timer|bh_enable|dispatcher") then "runner"
	elif test("redirect") then "redirect"
	elif test("\\.[ch]$|^rest$") then "rest"
	else "look-up" end;

def cost: .where |= (to_entries | group_by(.key | step) |
	map({ key: .[0].key | step, value: map(.value) | add }) | from_entries);

def result($name): map(select(.name == $name)) |
	(map(.cost | values)[0]) as $cost | map(select(.pps)) | {
	name: $name,
	mpps: (map(.pps) | median / 1e6),
	min: (map(.pps) | min / 1e6),
	max: (map(.pps) | max / 1e6),
	rounds: map(.pps / 1e6),
	lost: (map(.sent - .arrived) | add)
} | .spread = (.max - .min) / .mpps |
	if $cost then .cost = ($cost | cost) else . end;

{
	machine: $machine,
	seconds: $seconds,
	groups: [in_order(.group) as $groups | $groups[] as $group |
		map(select(.group == $group)) |
		{
			group: $group,
			title: .[0].title,
			results: [in_order(.name) as $names | $names[] as $name |
				result($name)]
		} |
		.results[-1].mpps as $kernel |
		.results[] |= . + { beside: (.mpps / $kernel) }]
}
