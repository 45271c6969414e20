/* little.h: little-endian fields of what stands on the disk, and the 64-bit checksum over it. */
#ifndef BROKER_LITTLE_H
#define BROKER_LITTLE_H

#include <lienthong/base.h>

static inline void little_put16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}
static inline void little_put32(uint8_t *to, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}
static inline void little_put64(uint8_t *to, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}
static inline uint16_t little_get16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}
static inline uint32_t little_get32(const uint8_t *from)
{
	return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}
static inline uint64_t little_get64(const uint8_t *from)
{
	return (uint64_t)little_get32(from) | (uint64_t)little_get32(from + 4) << 32;
}

/* XXH64 (the public algorithm): finds damage, not intent. */
uint64_t checksum64(uint64_t seed, const void *data, size_t len);

#endif
