/* SPDX-License-Identifier: GPL-2.0 */
/* What a wrong frame says about the program that made it. */
#ifndef DIAGNOSE_H
#define DIAGNOSE_H

#include <stddef.h>

struct trial;

/*
 * diagnose__field - the field of the wrong byte @at, its value as it should
 * be and as it is and, where that tells it, the mistake
 */
void diagnose__field(const struct trial *o, size_t at, char *text, size_t size);

/* diagnose__verdict - the same for a wrong verdict; @hint may be NULL */
void diagnose__verdict(const struct trial *o, const char *hint, char *text,
		       size_t size);

#endif
