/* Commands, outcomes and procedures: there and back, equal to what protobuf-c packs. Records: their layout and their leaf. */
#include "test.h"

#include <lienthong/merkle.h>
#include <string.h>

#include "record/record.h"
#include "record/definitions.h"
#include "roundtrip.h"
#include "wire/signature.h"

static struct lt_bytes bytes_of(const char *text)
{
	return lt_bytes(text, strlen(text));
}

static size_t seen[LT_COMMAND_LARGE_GONE + 1];

static bool command_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_command command;
	assert_int_equal(lt_command_decode(bytes, roundtrip_arena, &command, NULL), LT_REASON_NONE);
	seen[command.type]++;
	assert_int_equal(lt_command_encode(&command, out), LT_OK);
	return true;
}

static void random_commands(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__command__descriptor, 6000, command_again);
	for (size_t type = LT_COMMAND_SUBMIT; type <= LT_COMMAND_ACTIVATE; type++)
		assert_true(seen[type] > 100);
	for (size_t type = LT_COMMAND_ERASE; type <= LT_COMMAND_LARGE_GONE; type++)
		assert_true(seen[type] > 100);
}

static bool outcome_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_outcome outcome;
	uint32_t branch;
	uint64_t version;
	assert_int_equal(lt_outcome_decode(bytes, roundtrip_arena, &outcome, NULL), LT_REASON_NONE);
	assert_true(lt_outcome_branch(bytes, &branch, &version));
	assert_true(branch == outcome.branch && version == outcome.branch_version);
	assert_int_equal(lt_outcome_encode(&outcome, out), LT_OK);
	return true;
}

static void random_outcomes(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__outcome__descriptor, 3000, outcome_again);
}

/* Any head and any pieces: what is written is read, and has one leaf. */
static void random_records(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	uint8_t noise[4096];
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(i * 167 + i / 251);
	for (uint64_t i = 0; i < 3000; i++) {
		struct lt_record back,
			record = { .sequence = i + 1,
				   .time = (int64_t)(i * 77777),
				   .previous = i / 3,
				   .rules_version = (uint32_t)i % 5,
				   .term = i % 7,
				   .time_generation = (uint32_t)i % 3,
				   .flags = (uint32_t)i % 11,
				   .submit = i % 2,
				   .salts = { lt_bytes(noise + i % 99, 16), lt_bytes(noise + i % 88, 16) },
				   .outcome = lt_bytes(noise + i % 500, i % 70) };
		if (record.submit) {
			record.header = lt_bytes(noise + i % 400, i % 1700);
			record.signature = lt_bytes(noise + i % 401, i % 900);
			record.verdict = lt_bytes(noise + i % 402, i % 50);
		} else {
			record.command = lt_bytes(noise + i % 403, i % 2000);
		}
		struct lt_record_digests digests, read;
		uint8_t leaf[32];
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		assert_int_equal(lt_record_encode(&record, NULL, &bytes, &digests), LT_OK);
		assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &back, NULL), LT_REASON_NONE);
		assert_true(lt_bytes_equal(back.outcome, record.outcome) &&
			    lt_bytes_equal(back.command, record.command) &&
			    lt_bytes_equal(back.header, record.header) &&
			    lt_bytes_equal(back.signature, record.signature) &&
			    lt_bytes_equal(back.verdict, record.verdict));
		assert_true(back.outcome.len == 0 || back.outcome.data > bytes.data); /* a view */
		lt_record_digest(&back, NULL, &read);
		assert_memory_equal(&read, &digests, sizeof read);
		assert_true(lt_record_leaf(lt_buf_bytes(&bytes), leaf));
		assert_memory_equal(leaf, digests.leaf, 32);
		assert_int_equal(lt_record_encode(&back, NULL, &again, NULL), LT_OK);
		assert_true(lt_bytes_equal(lt_buf_bytes(&again), lt_buf_bytes(&bytes)));
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static bool procedure_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_procedure procedure;
	assert_int_equal(lt_procedure_decode(bytes, roundtrip_arena, &procedure, NULL), LT_REASON_NONE);
	assert_int_equal(lt_procedure_encode(&procedure, out), LT_OK);
	return true;
}

static void random_procedures(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__procedure__descriptor, 1000, procedure_again);
}

static bool calendar_year_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_calendar_year calendar_year;
	assert_int_equal(lt_calendar_year_decode(bytes, roundtrip_arena, &calendar_year, NULL), LT_REASON_NONE);
	assert_int_equal(lt_calendar_year_encode(&calendar_year, out), LT_OK);
	return true;
}

static void random_calendars(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__calendar_year__descriptor, 1000, calendar_year_again);
}

static bool office_hours_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_office_hours office_hours;
	assert_int_equal(lt_office_hours_decode(bytes, roundtrip_arena, &office_hours, NULL), LT_REASON_NONE);
	assert_int_equal(lt_office_hours_encode(&office_hours, out), LT_OK);
	return true;
}

static void random_hours(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__office_hours__descriptor, 1000, office_hours_again);
}

/* An envelope's record, its leaf put together by hand as SPEC.md says, and what is left of it when it is erased. */
static struct lt_record submit_of(struct lt_buf *verdict, struct lt_buf *outcome)
{
	static struct lt_mailbox_item mail[] = { { "H22.01", 17, 0 }, { "G05", 2, 9 } };
	struct lt_outcome done = {
		.dossier = 5, .branch = 1, .branch_version = 2, .status = 3, .mail_count = 2, .mail = mail
	};
	struct lt_verdict found = { .certificate_sha256 = bytes_of("cert"), .trust_version = 9, .parts = 2 };
	assert_int_equal(lt_verdict_encode(&found, verdict), LT_OK);
	assert_int_equal(lt_outcome_encode(&done, outcome), LT_OK);
	return (struct lt_record){ .sequence = 8,
				   .time = 1700000000000000,
				   .previous = 3,
				   .rules_version = 1,
				   .time_generation = 6,
				   .flags = LT_RECORD_TIME_UNCONFIRMED,
				   .submit = true,
				   .header = bytes_of("header"),
				   .signature = bytes_of("\x0a\x03"
							 "cms"),
				   .verdict = lt_buf_bytes(verdict),
				   .outcome = lt_buf_bytes(outcome),
				   .salts = { bytes_of("salt of verdict."), bytes_of("salt of outcome.") } };
}

static void erase(struct lt_buf *bytes, uint64_t act)
{
	struct lt_buf out = { 0 };
	assert_int_equal(lt_record_erase(lt_buf_bytes(bytes), act, 0, &out), LT_OK);
	lt_buf_fini(bytes);
	*bytes = out;
}

static void submit_record(void **state)
{
	(void)state;
	struct lt_buf verdict = { 0 }, outcome = { 0 }, bytes = { 0 };
	struct lt_record back, record = submit_of(&verdict, &outcome);
	struct lt_command command;
	struct lt_outcome outcome_back;
	assert_int_equal(lt_record_encode(&record, NULL, &bytes, NULL), LT_OK);
	assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.sequence, 8);
	assert_int_equal(back.time, 1700000000000000);
	assert_int_equal(back.previous, 3);
	assert_int_equal(back.rules_version, 1);
	assert_int_equal(back.time_generation, 6);
	assert_int_equal(back.flags, LT_RECORD_TIME_UNCONFIRMED);
	lt_arena_reset(roundtrip_arena);
	assert_int_equal(lt_record_command(&back, roundtrip_arena, &command, NULL), LT_REASON_NONE);
	assert_int_equal(command.type, LT_COMMAND_SUBMIT);
	assert_true(lt_bytes_equal(command.u.submit.header, bytes_of("header")));
	assert_true(command.u.submit.header.data > bytes.data); /* a view into the record itself */
	assert_int_equal(command.u.submit.verdict.trust_version, 9);
	assert_int_equal(command.u.submit.verdict.sentence.len, 0);
	assert_int_equal(command.u.submit.verdict.parts, 2);
	assert_int_equal(lt_outcome_decode(back.outcome, roundtrip_arena, &outcome_back, NULL), LT_REASON_NONE);
	assert_int_equal(outcome_back.mail_count, 2);
	assert_string_equal(outcome_back.mail[0].agency, "H22.01");
	assert_int_equal(outcome_back.mail[1].number, 2);
	lt_buf_fini(&verdict);
	lt_buf_fini(&outcome);
	lt_buf_fini(&bytes);
}

static void hash(const void *data, size_t len, uint8_t out[32])
{
	lt_sha256(lt_bytes(data, len), out);
}

/* Byte by byte, with nothing of the code under test. */
static void leaf_by_hand(void **state)
{
	(void)state;
	struct lt_buf verdict = { 0 }, outcome = { 0 }, bytes = { 0 };
	struct lt_record record = submit_of(&verdict, &outcome);
	uint8_t text[1 + 48 + 128] = { 0 }, *head = text + 1, *at = head + 48, piece[256], leaf[32];
	struct lt_record_digests digests;
	head[0] = 1;  /* form */
	head[4] = 1;  /* rules version */
	head[8] = 8;  /* sequence */
	head[24] = 3; /* previous */
	head[40] = 6; /* time generation */
	head[44] = 1; /* flags */
	for (unsigned i = 0; i < 8; i++)
		head[16 + i] = (uint8_t)(UINT64_C(1700000000000000) >> (8 * i));
	hash("header", 6, at);
	memcpy(piece, "\1\0\0\0", 4);
	hash("cms", 3, piece + 4);
	hash(piece, 36, at + 32);
	memcpy(piece, "salt of verdict.", 16);
	memcpy(piece + 16, verdict.data, verdict.len);
	hash(piece, 16 + verdict.len, at + 64);
	memcpy(piece, "salt of outcome.", 16);
	memcpy(piece + 16, outcome.data, outcome.len);
	hash(piece, 16 + outcome.len, at + 96);
	hash(text, sizeof text, leaf);

	assert_int_equal(lt_record_encode(&record, NULL, &bytes, &digests), LT_OK);
	assert_memory_equal(digests.leaf, leaf, 32);
	uint8_t again[32];
	assert_int_equal(lt_receipt_leaf(&digests.receipt, record.header, record.signature, again), LT_OK);
	assert_memory_equal(again, leaf, 32);
	assert_int_equal(lt_receipt_leaf(&digests.receipt, bytes_of("Header"), record.signature, again), LT_OK);
	assert_memory_not_equal(again, leaf, 32);

	size_t len = bytes.len; /* erased: nothing of the header is left, and the leaf is the same */
	struct lt_record erased;
	struct lt_command command;
	struct lt_refusal refusal;
	erase(&bytes, 71);
	erase(&bytes, 72); /* it is gone by the first one */
	assert_int_equal(bytes.len, len);
	assert_null(memmem(bytes.data, bytes.len, "header", 6));
	assert_true(lt_record_leaf(lt_buf_bytes(&bytes), again));
	assert_memory_equal(again, leaf, 32);
	assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &erased, NULL), LT_REASON_NONE);
	assert_int_equal(erased.erased_by, 71);
	assert_true(lt_bytes_equal(erased.outcome, record.outcome));
	assert_int_equal(lt_record_command(&erased, roundtrip_arena, &command, &refusal), LT_RECORD_ERASED);
	lt_buf_fini(&verdict);
	lt_buf_fini(&outcome);
	lt_buf_fini(&bytes);
}

/* Of every bit of a record either the leaf speaks, or it must be as it is. */
static void every_bit_counts(void **state)
{
	(void)state;
	struct lt_buf verdict = { 0 }, outcome = { 0 };
	struct lt_record submit = submit_of(&verdict, &outcome);
	struct lt_record other = { .sequence = 5,
				   .rules_version = 1,
				   .command = bytes_of("\x52\x02\x08\x01"),
				   .salts = { bytes_of("salt of command."), bytes_of("salt of outcome.") } };
	for (int form = 0; form < 4; form++) {
		struct lt_buf bytes = { 0 };
		uint8_t leaf[32], flipped[32];
		assert_int_equal(lt_record_encode(form & 1 ? &submit : &other, NULL, &bytes, NULL), LT_OK);
		if (form & 2)
			erase(&bytes, 71);
		assert_true(lt_record_leaf(lt_buf_bytes(&bytes), leaf));
		for (size_t bit = 0; bit < 8 * bytes.len; bit++) {
			bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
			bool same = lt_record_leaf(lt_buf_bytes(&bytes), flipped) && memcmp(flipped, leaf, 32) == 0;
			/* the length of what is gone, as long as its area is the same */
			bool length = form & 2 && bit / 8 >= 48 && bit / 8 < (form & 1 ? 56u : 52u);
			assert_true(!same || length);
			bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		}
		for (size_t len = 0; len < bytes.len; len++)
			assert_false(lt_record_leaf(lt_bytes(bytes.data, len), flipped));
		lt_buf_fini(&bytes);
	}
	lt_buf_fini(&verdict);
	lt_buf_fini(&outcome);
}

/* The digest of a batched signature holds the way from the header to the root. */
static void batch_signature(void **state)
{
	(void)state;
	uint8_t leaves[3][32], path[LT_MERKLE_PATH_MAX][32], text[4 + 32 + 4 + 4 + 64] = { 2 }, want[32], got[32];
	size_t count;
	struct lt_bytes views[4];
	struct lt_buf bytes = { 0 };
	for (unsigned i = 0; i < 3; i++)
		lt_leaf_hash(lt_bytes("abc" + i, 1), leaves[i]);
	assert_int_equal(lt_merkle_path((const uint8_t(*)[32])leaves, 3, 1, path, &count), LT_OK);
	for (size_t i = 0; i < count; i++)
		views[i] = lt_bytes(path[i], 32);
	struct lt_signature signature = {
		.batch = true,
		.tree = { .cms = bytes_of("cms"), .index = 1, .count = 3, .path_count = count, .path = views }
	};
	assert_int_equal(lt_signature_encode(&signature, &bytes), LT_OK);
	hash("cms", 3, text + 4);
	text[36] = 3;
	text[40] = 1;
	memcpy(text + 44, path, 32 * count);
	hash(text, 44 + 32 * count, want);
	lt_signature_digest(lt_buf_bytes(&bytes), got);
	assert_memory_equal(got, want, 32);
	struct digest_last last = { 0 }; /* whatever was remembered, it is the same */
	for (int i = 0; i < 4; i++) {
		uint8_t other[32];
		signature_digest(&last, lt_buf_bytes(&bytes), got);
		assert_memory_equal(got, want, 32);
		digest_again(&last, bytes_of(i % 2 ? "cms" : "CMS"), other);
		hash(i % 2 ? "cms" : "CMS", 3, got);
		assert_memory_equal(got, other, 32);
	}
	digest_last_fini(&last);
	memset(text, 0, 4); /* what is no Signature has a digest too: it stands in records of refusals */
	hash("no signature", 12, text + 4);
	hash(text, 36, want);
	lt_signature_digest(bytes_of("no signature"), got);
	assert_memory_equal(got, want, 32);
	lt_buf_fini(&bytes);
}

/* What other envelopes of the batch have too is told, so that it stands once; of nothing else, and never so that what is left could not
 * hold the digest of an erased signature. */
static void root_of_a_batch(void **state)
{
	(void)state;
	uint8_t hash_of[32] = { 7 }, leaf[32];
	struct lt_bytes path[] = { lt_bytes(hash_of, 32), lt_bytes(hash_of, 32), lt_bytes(hash_of, 32) };
	for (size_t hashes = 0; hashes <= 3; hashes++) {
		struct lt_buf signature = { 0 }, bytes = { 0 };
		struct lt_signature batch = {
			.batch = true,
			.tree = { .cms = bytes_of("a CMS"), .index = 0, .count = 2, .path_count = hashes, .path = path }
		};
		assert_int_equal(lt_signature_encode(&batch, &signature), LT_OK);
		struct lt_record record = { .sequence = 1,
					    .submit = true,
					    .header = bytes_of("header"),
					    .signature = lt_buf_bytes(&signature),
					    .salts = { lt_bytes(hash_of, LT_RECORD_SALT),
						       lt_bytes(hash_of, LT_RECORD_SALT) } };
		struct lt_record_digests digests;
		assert_int_equal(lt_record_encode(&record, NULL, &bytes, &digests), LT_OK);
		assert_int_equal(digests.root_len, hashes > 0 ? 5 : 0);
		if (hashes > 0)
			assert_memory_equal(bytes.data + digests.root_at, "a CMS", 5);
		/* The first step is this one's alone, and stays. */
		assert_int_equal(digests.path_steps, hashes > 1 ? hashes - 1 : 0);
		for (size_t i = 0; i < digests.path_steps; i++)
			assert_memory_equal(bytes.data + digests.root_at + 5 + digests.path_gap + 34 * i + 2, hash_of,
					    32);
		size_t shared = digests.root_len + 34 * digests.path_steps;
		struct lt_buf without = { 0 }; /* as it stands beside the root, when that is another record's too */
		assert_int_equal(lt_record_erase(lt_buf_bytes(&bytes), 71, shared, &without), LT_OK);
		assert_int_equal(without.len, bytes.len - shared);
		assert_true(lt_record_leaf(lt_buf_bytes(&without), leaf));
		assert_memory_equal(leaf, digests.leaf, 32);
		lt_buf_clear(&without);
		assert_int_equal(lt_record_erase(lt_buf_bytes(&bytes), 71, signature.len, &without), LT_EINVAL);
		assert_int_equal(lt_record_erase(lt_buf_bytes(&bytes), 1, 0, &without), LT_EINVAL); /* itself */
		lt_buf_fini(&without);
		erase(&bytes, 71);
		assert_true(lt_record_leaf(lt_buf_bytes(&bytes), leaf));
		assert_memory_equal(leaf, digests.leaf, 32);
		record.signature = bytes_of("no Signature, but long enough to hold a digest");
		lt_buf_clear(&bytes);
		assert_int_equal(lt_record_encode(&record, NULL, &bytes, &digests), LT_OK);
		assert_int_equal(digests.root_len, 0);
		lt_buf_fini(&signature);
		lt_buf_fini(&bytes);
	}
}

static void refused(void **state)
{
	(void)state;
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal;
	uint8_t bytes[48 + 8 + 64] = { 3 };
	assert_int_equal(lt_record_decode(lt_bytes(bytes, sizeof bytes), &record, &refusal), LT_FRAME_MALFORMED);
	assert_non_null(strstr(refusal.detail, "form"));
	bytes[0] = 2;
	assert_int_equal(lt_record_decode(lt_bytes(bytes, sizeof bytes), &record, &refusal), LT_REASON_NONE);
	assert_int_equal(lt_record_command(&record, roundtrip_arena, &command, &refusal),
			 LT_FRAME_MALFORMED); /* none */
	assert_int_equal(lt_record_decode(lt_bytes(bytes, sizeof bytes - 1), &record, &refusal), LT_FRAME_MALFORMED);
	bytes[48 + 8 + 47] = 1; /* not zero where nothing stands */
	assert_int_equal(lt_record_decode(lt_bytes(bytes, sizeof bytes), &record, &refusal), LT_FRAME_MALFORMED);
	bytes[55] = 0x80; /* an outcome is never erased */
	assert_int_equal(lt_record_decode(lt_bytes(bytes, sizeof bytes), &record, &refusal), LT_FRAME_MALFORMED);
	assert_int_equal(lt_command_decode(lt_bytes("", 0), roundtrip_arena, &command, &refusal), LT_FRAME_MALFORMED);
	assert_int_equal(lt_command_decode(lt_bytes("\x0a\x00\x12\x00", 4), roundtrip_arena, &command, NULL),
			 LT_FIELD_REPEATED);
}

TEST_MAIN_AROUND(roundtrip_set_up, roundtrip_tear_down, cmocka_unit_test(random_commands),
		 cmocka_unit_test(random_outcomes), cmocka_unit_test(random_records),
		 cmocka_unit_test(random_procedures), cmocka_unit_test(random_calendars),
		 cmocka_unit_test(random_hours), cmocka_unit_test(submit_record), cmocka_unit_test(leaf_by_hand),
		 cmocka_unit_test(every_bit_counts), cmocka_unit_test(batch_signature),
		 cmocka_unit_test(root_of_a_batch), cmocka_unit_test(refused))
