# SPDX-License-Identifier: GPL-2.0
#
# The one reader of the marks in a lesson's programs. Its *.c and *.h are the
# complete, working programs; the marks say what of them an assignment asks
# for. So starter and solution cannot drift apart.
#
# Here the body of a function is assignment 2, and some lines, which may be in
# a function or not, are assignment 3:
#
#	/* Assignment 2. Until written: return false; */
#	static __always_inline bool is_echo(struct icmphdr *icmp, void *data_end)
#	{
#		...
#	}
#
#		/* Assignment 3 begins. Until written: action = XDP_PASS; */
#		...
#		/* Assignment 3 ends */
#
# A starter has a TODO there, and the statement behind "Until written", where
# one is needed so that it compiles and does no harm:
#
#	/* TODO 2 */
#	(void)icmp, (void)data_end;
#	return false;
#
# The (void) is not in the mark: parameters, variables and static functions
# that nothing else uses get it here. An assignment may have several parts, in
# several files, but not one within another.
#
# Prints a file without marks; with written=N, with the assignments up to N only
# (0: the starter); with part=list, the names of the files that have marks:
#
#	awk -f assignment_marks.awk FILE
#	awk -v written=N -f assignment_marks.awk FILE
#	awk -v part=list -f assignment_marks.awk FILE...

# Sets kind ("body", "begins", "ends"), number and until.
function is_mark(at,	rest)
{
	rest = line[at]
	if (!sub(/^[ \t]*\/\* Assignment /, "", rest) || rest !~ /^[0-9]/)
		return 0
	number = rest + 0
	sub(/^[0-9]+/, "", rest)
	kind = "body"
	if (sub(/^ begins/, "", rest))
		kind = "begins"
	else if (sub(/^ ends/, "", rest))
		kind = "ends"
	until = ""
	if (kind != "ends" && rest ~ /^\. Until written: .*[;}] \*\/$/) {
		until = substr(rest, 18, length(rest) - 20)
		rest = " */"
	}
	if (rest != " */")
		fail(at, "no mark looks like that, see assignment_marks.awk")
	return 1
}

function fail(at, why)
{
	print FILENAME ":" at ": " why >"/dev/stderr"
	failed = 1
	exit 1
}

# Notes that the assignment of the mark at asks for the lines from first to
# last.
function add_part(at, first, last,	i)
{
	if (first > last)
		fail(at, "nothing is in this part")
	if (written == "" || number <= written + 0)
		return
	for (i = first; i <= last; i++)
		part_of[i] = first
	todo[first] = number
	until_written[first] = until
	last_of[first] = last
	indent_of[first] = kind == "body" ? "\t" : indent(line[at])
}

function indent(text)
{
	sub(/[^ \t].*/, "", text)
	return text
}

function find_parts(	i, begin, asked)
{
	for (i = 1; i <= lines; i++) {
		if (!is_mark(i))
			continue
		is_dropped[i] = 1
		if (i < busy_until || begin && (kind != "ends" || number != asked))
			fail(i, "the part before it has not ended")
		if (kind == "begins") {
			begin = i
			asked = number
			asked_until = until
		} else if (kind == "ends") {
			if (!begin)
				fail(i, "nothing has begun that ends here")
			until = asked_until
			add_part(begin, begin + 1, i - 1)
			begin = 0
		} else {
			if (!body_behind(i))
				fail(i, "no function follows")
			busy_until = body_end(body_behind(i))
			add_part(i, body_behind(i) + 1, busy_until - 1)
		}
	}
	if (begin)
		fail(begin, "this part does not end")
}

# Functions in kernel style: { and } of a body stand alone at the margin.
function body_behind(at)
{
	while (++at <= lines && line[at] != "{")
		if (code[at] ~ /[;}]$/)
			return 0
	return at <= lines ? at : 0
}

function body_around(at)
{
	while (--at && line[at] != "{")
		if (line[at] ~ /^}/)
			return 0
	return at
}

function body_end(at)
{
	while (++at <= lines && line[at] != "}")
		;
	return at
}

function signature_of(at)
{
	while (code[at - 1] != "" && code[at - 1] !~ /^#|[;}]$/)
		at--
	return at
}

# A line without comments, strings, and names that are a type's or a member's
function code_of(text)
{
	gsub(/"([^"\\]|\\.)*"/, "", text)
	if (in_comment && !sub(/^.*\*\//, "", text))
		return ""
	gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", text)
	in_comment = sub(/\/\*.*$/, "", text)
	gsub(/(->|\.)[A-Za-z_][A-Za-z_0-9]*/, "", text)
	gsub(/(struct|union|enum) [A-Za-z_][A-Za-z_0-9]*/, "struct", text)
	return text
}

function split_names(text, names)
{
	gsub(/[^A-Za-z_0-9]+/, " ", text)
	return split(text, names, " ")
}

# Counts how often each name is in the lines from first to last: in what is cut
# out, or in what a starter has.
function count_names(counts, first, last, is_cut,	i, j, n, text, names)
{
	for (i = first; i <= last; i++) {
		text = code[i]
		if (!is_cut && i in part_of)
			text = code_of(until_written[i])
		n = split_names(text, names)
		for (j = 1; j <= n; j++)
			counts[names[j]]++
	}
}

# Whether a function has it as a parameter or a variable: its body is at.
function is_declared(name, at,	type, no_type, after, i, signature)
{
	type = "^\t+[a-z_][A-Za-z_0-9]* [a-z_*]"
	no_type = "^\t+(return|goto) "
	after = "( =|[;,[])"
	for (i = signature_of(at); i < at; i++)
		signature = signature " " code[i]
	if (signature ~ ("[ *(]" name "(\\)\\([^)]*\\))?(\\[[^]]*\\])?[,)]"))
		return name != "void"
	for (i = at; i < body_end(at); i++)
		if (!(i in part_of) && code[i] ~ type && code[i] !~ no_type &&
		    code[i] ~ ("^[^=]*[ *]" name after "|, [*]*" name after))
			return 1
	return 0
}

function is_static_function(name,	i)
{
	for (i = 1; i <= lines; i++)
		if (code[i] ~ ("^(static .*[ *])?" name "\\("))
			return 1
	return 0
}

# Prints a (void) for each name that nothing uses but the part that begins at
# first.
function print_unused(first,	at, i, n, text, names, name, cut, near, all)
{
	at = body_around(first)
	if (!at)
		return
	count_names(cut, first, last_of[first], 1)
	count_names(near, signature_of(at), body_end(at), 0)
	count_names(all, 1, lines, 0)
	for (i = signature_of(at); i <= last_of[first]; i++)
		text = text " " code[i]
	n = split_names(text, names)
	text = ""
	for (i = 1; i <= n; i++) {
		name = names[i]
		if (!(name in cut) || (at, name) in voided || name in voided)
			continue
		if (near[name] == 1 && is_declared(name, at))
			voided[at, name] = 1
		else if (all[name] == 1 && is_static_function(name))
			voided[name] = 1
		else
			continue
		text = text (text ? ", " : "") "(void)" name
	}
	if (text)
		print indent_of[first] text ";"
}

function print_cut(first)
{
	print indent_of[first] "/* TODO " todo[first] " */"
	print_unused(first)
	if (until_written[first] != "")
		print indent_of[first] until_written[first]
}

{
	lines = FNR
	line[FNR] = $0
	code[FNR] = code_of($0)
}
part == "list" && is_mark(FNR) && FILENAME != listed {
	print FILENAME
	listed = FILENAME
}
END {
	if (failed || part == "list")
		exit failed
	find_parts()
	for (i = 1; i <= lines; i++) {
		if (i in todo)
			print_cut(i)
		else if (!(i in part_of) && !(i in is_dropped))
			print line[i]
	}
}
