/* fuzz_link.c: a link frame. What is accepted is written again, read again, and then writes to the same bytes. */
#include "fuzz.h"

#include "wire/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lt_bytes bytes = lt_bytes(data, size);
	struct lt_buf first = { 0 }, second = { 0 };
	struct lt_link link, again;
	struct lt_refusal refusal;
	enum lt_link_type type;
	size_t envelopes;
	enum lt_reason peeked = lt_link_peek(bytes, &type, &envelopes);
	enum lt_reason reason = lt_link_decode(bytes, fuzz_arena(), &link, &refusal);
	if (reason) {
		FUZZ_CHECK(refusal.reason == reason);
		return 0;
	}
	FUZZ_CHECK(peeked == LT_REASON_NONE && type == link.type);
	FUZZ_CHECK(type != LT_LINK_SUBMIT || envelopes == link.u.submit.count);
	FUZZ_CHECK(lt_link_encode(&link, &first) == LT_OK);
	FUZZ_CHECK(lt_link_decode(lt_buf_bytes(&first), fuzz_arena(), &again, &refusal) == LT_REASON_NONE);
	FUZZ_CHECK(lt_link_encode(&again, &second) == LT_OK);
	FUZZ_CHECK(lt_bytes_equal(lt_buf_bytes(&first), lt_buf_bytes(&second)));
	if (type == LT_LINK_SUBMIT && envelopes > 0) { /* as the gate and ADMIT read one that is large */
		struct lt_link_weight weights[LT_LINK_BATCH_MAX];
		struct lt_submit slice;
		FUZZ_CHECK(lt_link_weigh(bytes, weights) == envelopes);
		FUZZ_CHECK(lt_link_decode_slice(bytes, envelopes / 2, 1, fuzz_arena(), &slice, &refusal) ==
			   LT_REASON_NONE);
		FUZZ_CHECK(slice.count == 1);
	}
	lt_buf_fini(&first);
	lt_buf_fini(&second);
	return 0;
}
