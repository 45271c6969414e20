/* Keys stand in the order in which they are wanted; the checksum finds every single bit. */
#include "test.h"

#include <string.h>

#include "base/little.h"
#include "store/store_keys.h"

static void test_keys(void **state)
{
	(void)state;
	struct store_key a = store_key_mailbox("H37.02", 255), b = store_key_mailbox("H37.02", 256);
	struct store_key c = store_key_mailbox("H37.02.01", 1);
	assert_int_equal(a.len, 15);
	assert_true(memcmp(a.data, b.data, 15) < 0);
	assert_true(memcmp(b.data, c.data, 15) < 0); /* an agency's numbers stand together */
	assert_true(store_get_number(b.data + 7) == 256);
	struct store_key early = store_key_parts(1, UINT64_MAX), late = store_key_parts(2, 0);
	assert_true(memcmp(early.data, late.data, 16) < 0);
	uint8_t id[16] = { 1 };
	assert_int_equal(store_key_dedup(id, "H37").len, 19);
}

TEST_MAIN(cmocka_unit_test(test_keys))
