/* fuzz_header.c: an envelope's header. What the parser accepts, the encoder writes, and it reads back the same. */
#include "fuzz.h"

#include <lienthong/envelope.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lt_buf first = { 0 }, second = { 0 };
	struct lt_header header, again;
	struct lt_refusal refusal;
	enum lt_reason reason = lt_header_parse(lt_bytes(data, size), fuzz_arena(), &header, &refusal);
	if (reason) {
		FUZZ_CHECK(refusal.reason == reason);
		return 0;
	}
	FUZZ_CHECK(header.to_count >= 1 && header.to_count <= LT_TO_MAX && header.part_count <= LT_PARTS_MAX);
	FUZZ_CHECK(lt_header_encode(&header, &first, &refusal) == LT_OK);
	FUZZ_CHECK(lt_header_parse(lt_buf_bytes(&first), fuzz_arena(), &again, &refusal) == LT_REASON_NONE);
	FUZZ_CHECK(lt_header_encode(&again, &second, &refusal) == LT_OK);
	FUZZ_CHECK(lt_bytes_equal(lt_buf_bytes(&first), lt_buf_bytes(&second)));
	lt_buf_fini(&first);
	lt_buf_fini(&second);
	return 0;
}
