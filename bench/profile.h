/* SPDX-License-Identifier: GPL-2.0 */
/* Where a BPF program's time goes, by looking again and again. */
#ifndef PROFILE_H
#define PROFILE_H

struct profile;

/* profile__start - take samples of what this thread does from now on */
struct profile *profile__start(void);

/*
 * profile__print - stop, and print what share each place had, as JSON
 * @prog_fd: the program, which is told apart by the files of its source
 * @ns: the time of one run, of which the shares are printed
 *
 * An object of "file" or "kernel function": nanoseconds a run.
 */
void profile__print(struct profile *p, int prog_fd, double ns);

#endif
