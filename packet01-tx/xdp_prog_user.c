/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of packet01-tx.
 *
 * The echo server needs nothing beyond the usual steps of a load, which are
 * in common/user/lesson.c: open the object, attach the program, write this
 * host's addresses into its maps, pin the maps.
 */
#include "../common/user/lesson.h"

int main(int argc, char **argv)
{
	static const struct lesson lesson = {
		.doc = "Load the ICMP echo server of packet01-tx.",
		.prog_name = "xdp_icmp_echo_func",
	};

	return lesson__main(&lesson, argc, argv);
}
