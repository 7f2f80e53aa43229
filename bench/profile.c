/* SPDX-License-Identifier: GPL-2.0 */
/*
 * perf_event_open(2) with the CPU clock, which needs no counters of the
 * hardware, and so works in a virtual machine, too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "../common/user/log.h"
#include "profile.h"

#define FREQUENCY  20000 /* samples a second */
#define RING_BYTES (1 << 20)
#define PLACES_MAX 1024
#define LINES_MAX  4096
#define SHOWN_FROM 0.5 /* nanoseconds: what has less is summed up */

struct profile {
	int fd;
	struct perf_event_mmap_page *page;
};

struct place {
	char name[64];
	unsigned int samples;
};

struct profile *profile__start(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_type = PERF_SAMPLE_IP,
		.freq = 1,
		.sample_freq = FREQUENCY,
		.exclude_user = 1,
	};
	struct profile *p = malloc(sizeof(*p));

	if (!p)
		return NULL;
	p->fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			PERF_FLAG_FD_CLOEXEC);
	if (p->fd >= 0)
		p->page = mmap(NULL, getpagesize() + RING_BYTES,
			       PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (p->fd < 0 || p->page == MAP_FAILED) {
		log_err("cannot take samples: %s", strerror(errno));
		free(p);
		return NULL;
	}
	return p;
}

static void add(struct place *places, const char *name)
{
	struct place *place = places;

	while (*place->name && strcmp(place->name, name))
		place++;
	if (place - places >= PLACES_MAX - 1)
		return;
	snprintf(place->name, sizeof(place->name), "%s", name);
	place->samples++;
}

struct symbol {
	unsigned long long addr;
	char name[64];
};

static struct symbol *symbols;
static size_t symbol_count;

static int by_addr(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* All functions of the kernel, BPF programs among them. */
static void read_symbols(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	struct symbol symbol;
	size_t room = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%llx %*1[tTwW] %63s", &symbol.addr,
			   symbol.name) != 2)
			continue;
		if (symbol_count == room) {
			room = room ? 2 * room : 1 << 17;
			symbols = realloc(symbols, room * sizeof(*symbols));
			if (!symbols)
				abort();
		}
		symbols[symbol_count++] = symbol;
	}
	if (file)
		fclose(file);
	qsort(symbols, symbol_count, sizeof(*symbols), by_addr);
}

static const char *kernel_symbol(unsigned long long ip)
{
	size_t low = 0, high = symbol_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (symbols[middle].addr <= ip)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? symbols[low - 1].name : "unknown";
}

/* Which line of the source each piece of the program's machine code is from. */
struct code {
	struct bpf_prog_info info;
	unsigned long long start[1], lines_at[LINES_MAX];
	unsigned int len[1];
	struct bpf_line_info lines[LINES_MAX];
	struct btf *btf;
};

static int read_code(int prog_fd, struct code *code)
{
	unsigned int size = sizeof(code->info);

	memset(code, 0, sizeof(*code));
	code->info = (struct bpf_prog_info){
		.nr_jited_ksyms = 1,
		.jited_ksyms = (unsigned long)code->start,
		.nr_jited_func_lens = 1,
		.jited_func_lens = (unsigned long)code->len,
		.nr_line_info = LINES_MAX,
		.line_info_rec_size = sizeof(code->lines[0]),
		.line_info = (unsigned long)code->lines,
		.nr_jited_line_info = LINES_MAX,
		.jited_line_info_rec_size = sizeof(code->lines_at[0]),
		.jited_line_info = (unsigned long)code->lines_at,
	};
	if (bpf_obj_get_info_by_fd(prog_fd, &code->info, &size))
		return -errno;
	code->btf = btf__load_from_kernel_by_id(code->info.btf_id);
	return code->btf ? 0 : -errno;
}

/* The file that the code at @ip was written in; NULL: not of this program. */
static const char *source_file(const struct code *code, unsigned long long ip)
{
	const char *path = "", *slash;

	if (ip < code->start[0] || ip >= code->start[0] + code->len[0])
		return NULL;
	for (unsigned int i = 0; i < code->info.nr_jited_line_info &&
				 i < LINES_MAX && code->lines_at[i] <= ip;
	     i++)
		path = btf__name_by_offset(code->btf,
					   code->lines[i].file_name_off);
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static unsigned int sort_samples(const struct profile *p,
				 const struct code *code, struct place *places)
{
	const char *ring = (const char *)p->page + getpagesize();
	unsigned int samples = 0;
	unsigned long long at = 0;

	/* The ring is large enough never to have come round. */
	while (at < p->page->data_head) {
		const struct {
			struct perf_event_header head;
			unsigned long long ip;
		} *event = (const void *)(ring + at);

		at += event->head.size;
		if (event->head.type != PERF_RECORD_SAMPLE)
			continue;
		add(places,
		    source_file(code, event->ip) ?: kernel_symbol(event->ip));
		samples++;
	}
	return samples;
}

static int by_samples(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (int)y->samples - (int)x->samples;
}

void profile__print(struct profile *p, int prog_fd, double ns)
{
	static struct place places[PLACES_MAX];
	static struct code code;
	unsigned int samples;
	double rest = ns;

	ioctl(p->fd, PERF_EVENT_IOC_DISABLE, 0);
	read_symbols();
	if (read_code(prog_fd, &code))
		log_err("the program has no line information: clang -g");
	samples = sort_samples(p, &code, places);
	qsort(places, PLACES_MAX, sizeof(*places), by_samples);
	printf("{");
	for (struct place *at = places; at->samples; at++) {
		double share = ns * at->samples / samples;

		if (share < SHOWN_FROM)
			break;
		printf(" \"%s\": %.1f,", at->name, share);
		rest -= share;
	}
	printf(" \"rest\": %.1f }", rest);
	btf__free(code.btf);
	free(symbols);
	munmap(p->page, getpagesize() + RING_BYTES);
	close(p->fd);
	free(p);
}
