/* fuzz_record.c: a journal record with its command and outcome. */
#include "fuzz.h"

#include "record/record.h"

#include <string.h>

static void try_command(struct lt_bytes bytes)
{
	struct lt_buf first = { 0 }, second = { 0 };
	struct lt_command command, again;
	struct lt_refusal refusal;
	if (lt_command_decode(bytes, fuzz_arena(), &command, &refusal))
		return;
	FUZZ_CHECK(lt_command_encode(&command, &first) == LT_OK);
	FUZZ_CHECK(lt_command_decode(lt_buf_bytes(&first), fuzz_arena(), &again, &refusal) == LT_REASON_NONE);
	FUZZ_CHECK(lt_command_encode(&again, &second) == LT_OK);
	FUZZ_CHECK(lt_bytes_equal(lt_buf_bytes(&first), lt_buf_bytes(&second)));
	lt_buf_fini(&first);
	lt_buf_fini(&second);
}

static void try_outcome(struct lt_bytes bytes)
{
	struct lt_buf first = { 0 }, second = { 0 };
	struct lt_outcome outcome, again;
	struct lt_refusal refusal;
	if (lt_outcome_decode(bytes, fuzz_arena(), &outcome, &refusal))
		return;
	FUZZ_CHECK(lt_outcome_encode(&outcome, &first) == LT_OK);
	FUZZ_CHECK(lt_outcome_decode(lt_buf_bytes(&first), fuzz_arena(), &again, &refusal) == LT_REASON_NONE);
	FUZZ_CHECK(lt_outcome_encode(&again, &second) == LT_OK);
	FUZZ_CHECK(lt_bytes_equal(lt_buf_bytes(&first), lt_buf_bytes(&second)));
	lt_buf_fini(&first);
	lt_buf_fini(&second);
}

static void try_erase(struct lt_bytes bytes, const uint8_t leaf[32])
{
	struct lt_buf copy = { 0 };
	uint8_t again[32];
	if (lt_record_erase(bytes, UINT64_MAX, 0, &copy)) /* a head may say the highest sequence */
		return;
	FUZZ_CHECK(copy.len == bytes.len);
	FUZZ_CHECK(lt_record_leaf(lt_buf_bytes(&copy), again) && memcmp(again, leaf, 32) == 0);
	lt_buf_fini(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lt_buf first = { 0 }, second = { 0 };
	struct lt_record record, again;
	struct lt_refusal refusal;
	enum lt_reason reason = lt_record_decode(lt_bytes(data, size), &record, &refusal);
	if (reason) {
		FUZZ_CHECK(refusal.reason == reason);
		return 0;
	}
	struct lt_record_digests digests, same;
	FUZZ_CHECK(lt_record_encode(&record, NULL, &first, &digests) == LT_OK);
	FUZZ_CHECK(lt_record_decode(lt_buf_bytes(&first), &again, &refusal) == LT_REASON_NONE);
	FUZZ_CHECK(lt_bytes_equal(record.command, again.command) && lt_bytes_equal(record.outcome, again.outcome) &&
		   lt_bytes_equal(record.header, again.header));
	FUZZ_CHECK(lt_record_encode(&again, NULL, &second, &same) == LT_OK);
	FUZZ_CHECK(memcmp(digests.leaf, same.leaf, 32) == 0);
	FUZZ_CHECK(lt_bytes_equal(lt_buf_bytes(&first), lt_buf_bytes(&second)));
	try_command(record.command);
	try_erase(lt_buf_bytes(&first), digests.leaf);
	try_outcome(record.outcome);
	lt_buf_fini(&first);
	lt_buf_fini(&second);
	return 0;
}
