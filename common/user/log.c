/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <xdp/libxdp.h>

#include "log.h"

#define DUMP_LINES 16

static char *captured;
static size_t captured_len;
static FILE *capture;

static void vlog(const char *kind, const char *fmt, va_list ap)
{
	fprintf(stderr, "%s: %s: ", program_invocation_short_name, kind);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void log_err(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog("error", fmt, ap);
	va_end(ap);
}

void log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog("warning", fmt, ap);
	va_end(ap);
}

static int keep(const char *fmt, va_list ap)
{
	return capture ? vfprintf(capture, fmt, ap) : 0;
}

static int keep_libbpf(enum libbpf_print_level level, const char *fmt,
		       va_list ap)
{
	return level == LIBBPF_WARN ? keep(fmt, ap) : 0;
}

static int keep_libxdp(enum libxdp_print_level level, const char *fmt,
		       va_list ap)
{
	return level == LIBXDP_WARN ? keep(fmt, ap) : 0;
}

void liblog__capture(void)
{
	capture = open_memstream(&captured, &captured_len);
	libbpf_set_print(keep_libbpf);
	libxdp_set_print(keep_libxdp);
}

void liblog__clear(void)
{
	if (capture)
		rewind(capture);
}

void liblog__dump(void)
{
	const char *line;
	int lines = 0;

	if (!capture || fflush(capture) || !captured_len)
		return;
	line = captured + captured_len - 1;
	while (line > captured && lines <= DUMP_LINES)
		if (*--line == '\n')
			lines++;
	fprintf(stderr, "%s\n", line + (*line == '\n'));
}
