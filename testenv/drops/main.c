/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of packets: watch drops|log|trace|tracepoints. `t` is what calls
 * it, and adds the network namespaces.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "../../common/user/log.h"
#include "watch.h"

#define QUIET_MS    150	 /* after a command, until nothing more comes */
#define PATIENCE_MS 2000 /* but no longer than this */

static volatile sig_atomic_t done;

static void stop(int sig)
{
	(void)sig;
	done = 1;
}

void watch_until_signal(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool watch_is_done(void)
{
	return done;
}

int watch_command(char **argv, bool (*collect)(int ms))
{
	pid_t pid = fork();
	int status, quiet = 0;

	if (pid < 0) {
		log_err("cannot start %s: %s", argv[0], strerror(errno));
		return EXIT_FAILURE;
	}
	if (!pid) {
		execvp(argv[0], argv);
		log_err("cannot start %s: %s", argv[0], strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, WNOHANG) == 0)
		collect(10);
	for (int ms = 0; quiet < QUIET_MS && ms < PATIENCE_MS; ms += 10)
		quiet = collect(10) ? 0 : quiet + 10;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	liblog__capture();
	setvbuf(stdout, NULL, _IOLBF, 0);
	argv[1] = argv[0];
	if (!strcmp(command, "drops"))
		return watch_drops(argc - 1, argv + 1);
	if (!strcmp(command, "log"))
		return watch_log(argc - 1, argv + 1);
	if (!strcmp(command, "trace"))
		return watch_trace(argc - 1, argv + 1);
	if (!strcmp(command, "tracepoints"))
		return watch_tracepoints();
	log_err("what is '%s'? drops, log, trace or tracepoints", command);
	return EXIT_FAILURE;
}
