/* checksum.c: XXH64, written from its description. */
#include "little.h"

#define PRIME1 UINT64_C(11400714785074694791)
#define PRIME2 UINT64_C(14029467366897019727)
#define PRIME3 UINT64_C(1609587929392839161)
#define PRIME4 UINT64_C(9650029242287828579)
#define PRIME5 UINT64_C(2870177450012600261)

static inline uint64_t turn(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static inline uint64_t mix(uint64_t lane, uint64_t word)
{
	return turn(lane + word * PRIME2, 31) * PRIME1;
}

static inline uint64_t merge(uint64_t sum, uint64_t lane)
{
	return (sum ^ mix(0, lane)) * PRIME1 + PRIME4;
}

static uint64_t finish(uint64_t sum, const uint8_t *p, size_t left)
{
	for (; left >= 8; p += 8, left -= 8)
		sum = turn(sum ^ mix(0, little_get64(p)), 27) * PRIME1 + PRIME4;
	for (; left >= 4; p += 4, left -= 4)
		sum = turn(sum ^ little_get32(p) * PRIME1, 23) * PRIME2 + PRIME3;
	for (; left > 0; p++, left--)
		sum = turn(sum ^ *p * PRIME5, 11) * PRIME1;
	sum = (sum ^ sum >> 33) * PRIME2;
	sum = (sum ^ sum >> 29) * PRIME3;
	return sum ^ sum >> 32;
}

uint64_t checksum64(uint64_t seed, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t left = len;
	uint64_t sum = seed + PRIME5;
	if (left >= 32) {
		uint64_t lane[4] = { seed + PRIME1 + PRIME2, seed + PRIME2, seed, seed - PRIME1 };
		for (; left >= 32; p += 32, left -= 32)
			for (unsigned i = 0; i < 4; i++)
				lane[i] = mix(lane[i], little_get64(p + (size_t)8 * i));
		sum = turn(lane[0], 1) + turn(lane[1], 7) + turn(lane[2], 12) + turn(lane[3], 18);
		for (unsigned i = 0; i < 4; i++)
			sum = merge(sum, lane[i]);
	}
	return finish(sum + len, p, left);
}
