# SPDX-License-Identifier: GPL-2.0
#
# Lines, one for each block of the data, over a logarithmic scale.
# data: blocks of x and y, the name in front; title, labels and output are set.

set datafile separator "\t"
stats data using 1 skip 1 nooutput
set terminal svg noenhanced size 760, 420 font "sans-serif,13" background "white"
set logscale x
set xtics nomirror
set ytics nomirror
set yrange [0 : *]
set grid ytics linecolor "gray80"
set border 3
set key outside right top
plot for [i = 0 : STATS_blocks - 1] data index i using 1:2 \
	with linespoints linewidth 2 pointtype 7 pointsize 0.5 \
	title columnheader(1)
