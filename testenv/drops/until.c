/* SPDX-License-Identifier: GPL-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "../../common/user/log.h"
#include "until.h"

#define QUIET_MS    150	 /* after a command, until nothing more comes */
#define PATIENCE_MS 2000 /* but no longer than this */

static volatile sig_atomic_t done;

static void stop(int sig)
{
	(void)sig;
	done = 1;
}

void until__signal(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool until__is_done(void)
{
	return done;
}

int until__command_ends(char **argv, bool (*collect)(int ms))
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
