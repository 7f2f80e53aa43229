/* SPDX-License-Identifier: GPL-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "command.h"

bool command__exists(const char *name)
{
	char *path = strdup(getenv("PATH") ?: ""), *rest = path, *dir;
	char file[PATH_MAX];
	bool found = false;

	while (!found && (dir = strsep(&rest, ":"))) {
		snprintf(file, sizeof(file), "%s/%s", *dir ? dir : ".", name);
		found = !access(file, X_OK);
	}
	free(path);
	return found;
}

/* With its stdout in a pipe: the other end of that, or -1. */
static int start(const char *const argv[], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int fds[2], err;

	if (pipe2(fds, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	err = posix_spawnp(pid, argv[0], &actions, NULL, (char **)argv,
			   environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (!err)
		return fds[0];
	close(fds[0]);
	return -1;
}

void command__read(const char *const argv[], char *output, size_t size)
{
	size_t used = 0;
	ssize_t len;
	pid_t pid;
	int fd = start(argv, &pid), status;

	*output = '\0';
	if (fd < 0)
		return;
	while ((len = read(fd, output + used, size - 1 - used)) > 0)
		used += len;
	close(fd);
	output[used] = '\0';
	if (waitpid(pid, &status, 0) != pid || status || used == size - 1)
		*output = '\0';
	else if (used && output[used - 1] == '\n')
		output[used - 1] = '\0';
}
