/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The loader of packet05-fwd, for the program without its service: static
 * entries and misses, but nothing is learned. `fwd` loads it by itself.
 */
#include "datapath.h"

int main(int argc, char **argv)
{
	return lesson__main(&datapath, argc, argv);
}
