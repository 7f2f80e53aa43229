/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a tracepoint of XDP 50 ms slow for the devices of this network
 * namespace: those who begin to watch it after that hear of it later.
 *
 *	slow TRACEPOINT
 *
 * It says "slow" when it is so, until it is killed.
 */
#include <stdio.h>
#include <unistd.h>
#include <sys/stat.h>
#include <bpf/libbpf.h>

#include "slow.skel.h"

int main(int argc, char **argv)
{
	struct slow *slow = slow__open();
	struct stat netns;

	if (argc != 2 || !slow || stat("/proc/self/ns/net", &netns))
		return 1;
	slow->rodata->netns = netns.st_ino;
	if (slow__load(slow) || !bpf_program__attach_raw_tracepoint(
					slow->progs.slow_tracepoint, argv[1]))
		return 1;
	puts("slow");
	fflush(stdout);
	pause();
	return 0;
}
