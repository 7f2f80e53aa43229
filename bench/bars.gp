# SPDX-License-Identifier: GPL-2.0
#
# Bars from left to right, with the smallest and the largest of the rounds.
# data: name, median, smallest, largest; title and output are set.

set datafile separator "\t"
stats data using 2 nooutput
rows = STATS_records
set terminal svg noenhanced size 760, 90 + 26 * rows font "sans-serif,13" background "white"
set yrange [rows - 0.4 : -0.6]
set xrange [0 : *]
set xlabel "million packets per second, one core"
set ytics nomirror scale 0
set xtics nomirror
set grid xtics linecolor "gray80"
set border 3
set style fill solid noborder
unset key
plot data using (0):0:(0):2:($0 - 0.35):($0 + 0.35):ytic(1) with boxxyerror linecolor "#4c78a8", \
	data using 2:0:3:4 with xerrorbars pointtype 0 linecolor "black", \
	data using 4:0:(sprintf("  %.1f", $2)) with labels left font ",11"
