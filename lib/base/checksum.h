/* checksum.h: the 64-bit checksum over what stands on the disk: it finds damage, not intent. In-tree programs only. Pure function. */
#ifndef BASE_CHECKSUM_H
#define BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* XXH64 (the public algorithm). */
uint64_t checksum64(uint64_t seed, const void *data, size_t len);

#endif
