# SPDX-License-Identifier: GPL-2.0

include "text";

def on: if . then "on" else "off" end | right(5);

"one TCP stream; round trips of 14 bytes; offloads at the ends",
(" " * 32 + (["Gbit/s", "+- %", "beside", "CPU s/GB", "p50 us", "p99 us"] |
	map(right(9)) | add) + (["tx", "TSO", "GSO", "GRO"] | map(right(5)) | add)),
(.results[] | (.name | left(32)) + (.gbits | fixed(2) | right(9)) +
	((.max - .min) / .gbits * 50 | fixed(1) | right(9)) +
	(.beside | fixed(2) | right(9)) + (.cpu | fixed(2) | right(9)) +
	(.p50 | fixed(1) | right(9)) + (.p99 | fixed(1) | right(9)) +
	(.offloads | (.tx | on) + (.tso | on) + (.gso | on) + (.gro | on)))
