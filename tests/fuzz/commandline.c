/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Any command line: the program ends by itself, in an orderly way. Whatever
 * it refuses it says so, in lines that begin with its name, and only there.
 *
 * The input has one argument per line. Each is tried in a process of its own,
 * because the program exits where it likes and keeps what it likes until
 * then; what it has covered is handed back in shared memory.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* What was main(): the Makefile renames it. PROGRAM is its name. */
int program_main(int argc, char **argv);

#define ARGS_MAX       256
#define OUTPUT_MAX     65536
#define PATIENCE       20 /* seconds */
#define ARGP_USAGE     64 /* argp_err_exit_status */
#define SANITIZER_EXIT 126

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

/* `make test-asan` looks for leaks; at each end of a process it is slow. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:exitcode=126";
}

const char *__ubsan_default_options(void)
{
	return "exitcode=126";
}

/* The counters that the compiler adds, and libFuzzer's door for others. */
extern uint8_t __start___sancov_cntrs[], __stop___sancov_cntrs[];
static uint8_t shared[1 << 16]
	__attribute__((section("__libfuzzer_extra_counters"), aligned(4096)));

struct output {
	int fd;
	char text[OUTPUT_MAX];
};
static struct output out, err;

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static void prepare(void)
{
	need(mmap(shared, sizeof(shared), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == shared,
	     "mmap");
	out.fd = memfd_create("stdout", MFD_CLOEXEC);
	err.fd = memfd_create("stderr", MFD_CLOEXEC);
	need(out.fd >= 0 && err.fd >= 0, "memfd_create");
}

/* The last thing a child does; libFuzzer takes exit() for a fault. */
static void hand_back_counters(int status, void *arg)
{
	size_t len = __stop___sancov_cntrs - __start___sancov_cntrs;

	(void)arg;
	fflush(NULL);
	memcpy(shared, __start___sancov_cntrs,
	       len < sizeof(shared) ? len : sizeof(shared));
	_exit(status);
}

static int split(char *text, char **argv)
{
	int argc = 0;

	argv[argc++] = PROGRAM;
	while (text && argc < ARGS_MAX)
		argv[argc++] = strsep(&text, "\n");
	argv[argc] = NULL;
	return argc;
}

static void run_program(int argc, char **argv)
{
	need(dup2(out.fd, 1) == 1 && dup2(err.fd, 2) == 2, "dup2");
	on_exit(hand_back_counters, NULL);
	alarm(PATIENCE);
	program_invocation_name = program_invocation_short_name = PROGRAM;
	exit(program_main(argc, argv));
}

static void read_back(struct output *o)
{
	ssize_t len = pread(o->fd, o->text, sizeof(o->text) - 1, 0);

	need(len >= 0, "pread");
	o->text[len] = '\0';
	need(!ftruncate(o->fd, 0), "ftruncate");
	lseek(o->fd, 0, SEEK_SET);
}

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* What is wrong with how it ended, or NULL */
static const char *find_fault(int status)
{
	bool failed = WEXITSTATUS(status);

	if (!WIFEXITED(status))
		return "it was killed by a signal";
	if (failed && WEXITSTATUS(status) != EXIT_FAILURE &&
	    WEXITSTATUS(status) != ARGP_USAGE)
		return "it ended with a status that is none of its own";
	if (failed && !*err.text)
		return "it failed without a word";
	if (!failed && strstr(err.text, PROGRAM ": error: "))
		return "it logged an error and succeeded";
	for (const char *line = err.text; *line;
	     line = strchr(line, '\n') + 1) {
		if (!strchr(line, '\n'))
			return "the last line on stderr has no end";
		/* What the libraries said is shown as they said it. */
		if (!begins_with(line, PROGRAM ": ") &&
		    !begins_with(line, "Try `" PROGRAM) &&
		    !begins_with(line, "libbpf: ") &&
		    !begins_with(line, "libxdp: ") && *line != '\n')
			return "a line on stderr does not begin with its name";
	}
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *argv[ARGS_MAX + 1], text[4096];
	const char *fault;
	int argc, status;
	pid_t pid;

	if (!out.fd)
		prepare();
	snprintf(text, sizeof(text), "%.*s", (int)size, (const char *)data);
	argc = split(text, argv);
	pid = fork();
	need(pid >= 0, "fork");
	if (!pid)
		run_program(argc, argv);
	/* libFuzzer's clock ticks by signals. */
	need(TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) == pid, "waitpid");
	read_back(&out);
	read_back(&err);
	fault = find_fault(status);
	if (!fault)
		return 0;
	for (int i = 0; i < argc; i++)
		fprintf(stderr, "'%s' ", argv[i]);
	fprintf(stderr, "\n%s (wait status %#x). On stderr:\n%s", fault, status,
		err.text);
	abort();
}

/* From the beginning of a line to that of the next, if it has one. */
static size_t choose_line(const uint8_t *data, size_t size, unsigned int *seed,
			  size_t *start)
{
	const uint8_t *end;

	*start = rand_r(seed) % (size + 1);
	while (*start && data[*start - 1] != '\n')
		--*start;
	end = memchr(data + *start, '\n', size - *start);
	return end ? end + 1 - (data + *start) : size - *start;
}

/* Half of the time whole arguments: one goes, or comes once more elsewhere. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	uint8_t line[4096];
	size_t from, to, len;

	len = choose_line(data, size, &seed, &from);
	switch (rand_r(&seed) % 4) {
	case 0:
		memmove(data + from, data + from + len, size - from - len);
		return size - len;
	case 1:
		if (size + len > max_size || len > sizeof(line))
			break;
		memcpy(line, data + from, len);
		choose_line(data, size, &seed, &to);
		memmove(data + to + len, data + to, size - to);
		memcpy(data + to, line, len);
		return size + len;
	}
	return LLVMFuzzerMutate(data, size, max_size);
}
