/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What becomes of packets: watch drops|log|trace|tracepoints. `t` is what calls
 * it, and adds the network namespaces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/user/log.h"
#include "watch.h"

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
