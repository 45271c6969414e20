/* Journal records, commands, outcomes and procedures: there and back, equal to what protobuf-c packs. */
#include "test.h"

#include <string.h>

#include "record/record.h"
#include "record/definitions.h"
#include "wire.h"

static struct lt_arena *arena;

static int setup(void **state)
{
	(void)state;
	return lt_arena_new(1u << 20, &arena);
}

static int teardown(void **state)
{
	(void)state;
	lt_arena_free(arena);
	return 0;
}

static struct lt_bytes bytes_of(const char *text)
{
	return lt_bytes(text, strlen(text));
}

static void assert_alike(const struct lt_buf *have, const struct lt_buf *want)
{
	assert_int_equal(have->len, want->len);
	assert_memory_equal(have->data, want->data, want->len);
}

static void assert_packed_alike(const ProtobufCMessageDescriptor *message, const struct lt_buf *bytes)
{
	struct lt_buf again = { 0 };
	assert_true(wire_repack(message, lt_buf_bytes(bytes), &again));
	assert_alike(&again, bytes);
	lt_buf_fini(&again);
}

static void random_commands(void **state)
{
	(void)state;
	size_t seen[LT_COMMAND_OUTAGE + 1] = { 0 };
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 6000; i++) {
		struct lt_command command;
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		lt_arena_reset(arena);
		wire_random(&lienthong__v1__command__descriptor, &seed, &bytes);
		assert_int_equal(lt_command_decode(lt_buf_bytes(&bytes), arena, &command, NULL), LT_REASON_NONE);
		seen[command.type]++;
		assert_int_equal(lt_command_encode(&command, &again), LT_OK);
		assert_alike(&again, &bytes);
		assert_packed_alike(&lienthong__v1__command__descriptor, &bytes);
	}
	for (size_t type = LT_COMMAND_SUBMIT; type <= LT_COMMAND_OUTAGE; type++)
		assert_true(seen[type] > 100);
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void random_outcomes(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 3000; i++) {
		struct lt_outcome outcome;
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		lt_arena_reset(arena);
		wire_random(&lienthong__v1__outcome__descriptor, &seed, &bytes);
		assert_int_equal(lt_outcome_decode(lt_buf_bytes(&bytes), arena, &outcome, NULL), LT_REASON_NONE);
		assert_int_equal(lt_outcome_encode(&outcome, &again), LT_OK);
		assert_alike(&again, &bytes);
		assert_packed_alike(&lienthong__v1__outcome__descriptor, &bytes);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void random_records(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 3000; i++) {
		struct lt_record record;
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		wire_random(&lienthong__v1__record__descriptor, &seed, &bytes);
		assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &record, NULL), LT_REASON_NONE);
		assert_true(record.command.data > bytes.data && record.command.data < bytes.data + bytes.len);
		assert_int_equal(lt_record_encode(&record, &again), LT_OK);
		assert_alike(&again, &bytes);
		assert_packed_alike(&lienthong__v1__record__descriptor, &bytes);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void random_procedures(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 1000; i++) {
		struct lt_procedure procedure;
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		lt_arena_reset(arena);
		wire_random(&lienthong__v1__procedure__descriptor, &seed, &bytes);
		assert_int_equal(lt_procedure_decode(lt_buf_bytes(&bytes), arena, &procedure, NULL), LT_REASON_NONE);
		assert_int_equal(lt_procedure_encode(&procedure, &again), LT_OK);
		assert_alike(&again, &bytes);
		assert_packed_alike(&lienthong__v1__procedure__descriptor, &bytes);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void random_calendars(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 1000; i++) {
		struct lt_calendar_year year;
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		lt_arena_reset(arena);
		wire_random(&lienthong__v1__calendar_year__descriptor, &seed, &bytes);
		assert_int_equal(lt_calendar_year_decode(lt_buf_bytes(&bytes), arena, &year, NULL), LT_REASON_NONE);
		assert_int_equal(lt_calendar_year_encode(&year, &again), LT_OK);
		assert_alike(&again, &bytes);
		assert_packed_alike(&lienthong__v1__calendar_year__descriptor, &bytes);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void random_hours(void **state)
{
	(void)state;
	struct lt_buf bytes = { 0 }, again = { 0 };
	for (uint64_t i = 0; i < 1000; i++) {
		struct lt_office_hours hours;
		uint64_t seed = i;
		lt_buf_clear(&bytes);
		lt_buf_clear(&again);
		lt_arena_reset(arena);
		wire_random(&lienthong__v1__office_hours__descriptor, &seed, &bytes);
		assert_int_equal(lt_office_hours_decode(lt_buf_bytes(&bytes), arena, &hours, NULL), LT_REASON_NONE);
		assert_int_equal(lt_office_hours_encode(&hours, &again), LT_OK);
		assert_alike(&again, &bytes);
		assert_packed_alike(&lienthong__v1__office_hours__descriptor, &bytes);
	}
	lt_buf_fini(&bytes);
	lt_buf_fini(&again);
}

static void submit_record(void **state)
{
	(void)state;
	struct lt_buf command = { 0 }, outcome = { 0 }, bytes = { 0 };
	struct lt_mailbox_item mail[] = { { "H22.01", 17 }, { "G05", 2 } };
	struct lt_command submit = { .type = LT_COMMAND_SUBMIT }, command_back;
	struct lt_outcome done = {
		.dossier = 5, .leg = 1, .leg_version = 2, .status = 3, .mail_count = 2, .mail = mail
	};
	struct lt_outcome outcome_back;
	struct lt_record back;
	submit.u.submit = (struct lt_submit_command){ .header = bytes_of("header"),
						      .signature = bytes_of("signature"),
						      .parts = 2 };
	submit.u.submit.verdict = (struct lt_verdict){ .certificate_sha256 = bytes_of("cert"), .trust_version = 9 };
	assert_int_equal(lt_command_encode(&submit, &command), LT_OK);
	assert_int_equal(lt_outcome_encode(&done, &outcome), LT_OK);
	struct lt_record record = { 8, 1700000000000000, 3, 1, lt_buf_bytes(&command), lt_buf_bytes(&outcome) };
	assert_int_equal(lt_record_encode(&record, &bytes), LT_OK);
	assert_packed_alike(&lienthong__v1__record__descriptor, &bytes);

	assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.sequence, 8);
	assert_int_equal(back.time, 1700000000000000);
	assert_int_equal(back.previous, 3);
	assert_int_equal(back.rules_version, 1);
	assert_true(lt_bytes_equal(back.command, record.command));
	lt_arena_reset(arena);
	assert_int_equal(lt_command_decode(back.command, arena, &command_back, NULL), LT_REASON_NONE);
	assert_int_equal(command_back.type, LT_COMMAND_SUBMIT);
	assert_true(lt_bytes_equal(command_back.u.submit.header, bytes_of("header")));
	assert_true(command_back.u.submit.header.data > bytes.data); /* a view into the record itself */
	assert_int_equal(command_back.u.submit.verdict.trust_version, 9);
	assert_string_equal(command_back.u.submit.verdict.detail, "");
	assert_int_equal(command_back.u.submit.parts, 2);
	assert_int_equal(lt_outcome_decode(back.outcome, arena, &outcome_back, NULL), LT_REASON_NONE);
	assert_int_equal(outcome_back.mail_count, 2);
	assert_string_equal(outcome_back.mail[0].agency, "H22.01");
	assert_int_equal(outcome_back.mail[1].number, 2);
	lt_buf_fini(&command);
	lt_buf_fini(&outcome);
	lt_buf_fini(&bytes);
}

/* An outcome in which nothing is said is no bytes; the record still has its field. */
static void outcome_of_nothing(void **state)
{
	(void)state;
	struct lt_buf command = { 0 }, outcome = { 0 }, bytes = { 0 };
	struct lt_command prune = { .type = LT_COMMAND_PRUNE };
	struct lt_outcome nothing = { 0 }, read;
	struct lt_record back;
	assert_int_equal(lt_command_encode(&prune, &command), LT_OK);
	assert_int_equal(command.len, 2);
	assert_int_equal(lt_outcome_encode(&nothing, &outcome), LT_OK);
	assert_int_equal(outcome.len, 0);
	struct lt_record record = { .sequence = 1, .command = lt_buf_bytes(&command) };
	assert_int_equal(lt_record_encode(&record, &bytes), LT_OK);
	assert_packed_alike(&lienthong__v1__record__descriptor, &bytes);
	assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.outcome.len, 0);
	assert_int_equal(lt_outcome_decode(back.outcome, arena, &read, NULL), LT_REASON_NONE);
	assert_string_equal(read.detail, "");
	lt_buf_fini(&command);
	lt_buf_fini(&outcome);
	lt_buf_fini(&bytes);
}

static void refused(void **state)
{
	(void)state;
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal;
	assert_int_equal(lt_record_decode(lt_bytes("\x08\x01", 2), &record, &refusal), LT_FRAME_MALFORMED);
	assert_non_null(strstr(refusal.detail, "Record.command"));
	assert_int_equal(lt_record_decode(lt_bytes("\x2a\x02\x08\x01", 4), &record, &refusal), LT_FRAME_MALFORMED);
	assert_int_equal(lt_record_decode(lt_bytes("\x2a\x03\x72\x01q", 5), &record, &refusal), LT_FIELD_UNKNOWN);
	assert_int_equal(lt_record_decode(lt_bytes("\x08\x01\x08\x01", 4), &record, NULL), LT_FIELD_REPEATED);
	assert_int_equal(lt_command_decode(lt_bytes("", 0), arena, &command, &refusal), LT_FRAME_MALFORMED);
	assert_int_equal(lt_command_decode(lt_bytes("\x0a\x00\x12\x00", 4), arena, &command, NULL), LT_FIELD_REPEATED);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(random_commands), cmocka_unit_test(random_outcomes),
		 cmocka_unit_test(random_records), cmocka_unit_test(random_procedures),
		 cmocka_unit_test(random_calendars), cmocka_unit_test(random_hours), cmocka_unit_test(submit_record),
		 cmocka_unit_test(outcome_of_nothing), cmocka_unit_test(refused))
