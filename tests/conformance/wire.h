/* SPDX-License-Identifier: GPL-2.0 */
/* Reading what is on the wire, in the plainest way. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* sum_words - one's complement sum (RFC 1071), not folded */
static inline uint32_t sum_words(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : p[i] << 8;
	return sum;
}

/* sum_ok - whether a sum that includes its checksum says that all is right */
static inline bool sum_ok(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

#endif
