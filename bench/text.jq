# SPDX-License-Identifier: GPL-2.0
#
# What the tables are made with, and what is taken of several rounds.

def right($n): tostring | (($n - length) * " ") + .;
def left($n): (. + " " * $n)[:$n];
def fixed($n): . * pow(10; $n) | round / pow(10; $n) | tostring |
	(split(".") + ["0"])[:2] | .[0] + "." + (.[1] + "000")[:$n];

def median: sort | if length % 2 == 1 then .[length / 2 | floor]
	else (.[length / 2] + .[length / 2 - 1]) / 2 end;

def in_order(f): reduce .[] as $x ([]; if index([$x | f]) then . else . + [$x | f] end);
