/* The 64-bit checksum of what stands on the disk is XXH64. */
#include "test.h"

#include <string.h>

#include "base/checksum.h"

static void known_answers_and_every_bit(void **state)
{
	(void)state;
	/* Known answers of XXH64 */
	assert_true(checksum64(0, "", 0) == UINT64_C(0xEF46DB3751D8E999));
	assert_true(checksum64(0, "a", 1) == UINT64_C(0xD24EC4F1A98C6E5B));
	assert_true(checksum64(0, "abc", 3) == UINT64_C(0x44BC2CF5AD770999));
	uint8_t data[100] = { 0 };
	uint64_t sum = checksum64(1, data, sizeof data);
	for (size_t i = 0; i < sizeof data * 8; i++) {
		data[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_true(checksum64(1, data, sizeof data) != sum);
		data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

TEST_MAIN(cmocka_unit_test(known_answers_and_every_bit))
