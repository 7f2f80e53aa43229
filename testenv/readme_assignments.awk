# SPDX-License-Identifier: GPL-2.0
#
# The assignments in a lesson's README:
#
#	### N. TITLE
#	the goal, some paragraphs
#	Expected: what is to be seen
#	<details><summary>Hint</summary>
#	the first hint
#	</details>			(more of them are more hints)
#
# awk -v part=list prints "N<TAB>TITLE" for each; part=goal, expected or hint
# prints that part of assignment n, of the hints number k. Empty lines around
# a text are left out.

function out(line)
{
	if (line == "") {
		blank = printed
		return
	}
	if (blank)
		print ""
	print line
	blank = 0
	printed = 1
}

/^### [0-9]+\. / {
	current = $2 + 0
	where = "goal"
	hints = 0
	if (part == "list") {
		sub(/^### [0-9]+\. /, "")
		print current "\t" $0
	}
	next
}
/^##? / { current = 0 }
!current { next }
/^<details>/ {
	where = "hint"
	hints++
	next
}
/^<\/details>/ { where = ""; next }
where == "goal" && sub(/^Expected: /, "") { where = "expected" }
current == n && where == part && (part != "hint" || hints == k) { out($0) }
