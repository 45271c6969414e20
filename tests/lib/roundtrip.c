/* roundtrip.c: see roundtrip.h. */
#include "test.h"

#include "roundtrip.h"

struct lt_arena *roundtrip_arena;

int roundtrip_set_up(void **state)
{
	(void)state;
	return lt_arena_new(4u << 20, &roundtrip_arena);
}

int roundtrip_tear_down(void **state)
{
	(void)state;
	lt_arena_free(roundtrip_arena);
	return 0;
}

void roundtrip_alike(const struct lt_buf *have, const struct lt_buf *want)
{
	assert_int_equal(have->len, want->len);
	assert_memory_equal(have->data, want->data, want->len);
}

void roundtrip_packed_alike(const ProtobufCMessageDescriptor *message, const struct lt_buf *bytes)
{
	struct lt_buf again = { 0 };
	assert_true(wire_repack(message, lt_buf_bytes(bytes), &again));
	roundtrip_alike(&again, bytes);
	lt_buf_fini(&again);
}

void roundtrip_random(const ProtobufCMessageDescriptor *message, uint64_t count,
		      bool (*again)(struct lt_bytes bytes, struct lt_buf *out))
{
	struct lt_buf bytes = { 0 }, out = { 0 };
	for (uint64_t i = 0; i < count; i++) {
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&out);
		lt_arena_reset(roundtrip_arena);
		wire_random(message, &seed, &bytes);
		if (again(lt_buf_bytes(&bytes), &out))
			roundtrip_alike(&out, &bytes);
		roundtrip_packed_alike(message, &bytes);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&out);
}
