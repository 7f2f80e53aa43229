/* SPDX-License-Identifier: GPL-2.0 */
#include <stdio.h>

#include "sysctl.h"

int sysctl__read(const char *path)
{
	char full[160];
	int value = -1;
	FILE *file;

	snprintf(full, sizeof(full), "/proc/sys/net/%s", path);
	file = fopen(full, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}
