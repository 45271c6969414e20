/* Journal records, commands, outcomes and procedures: there and back, equal to what protobuf-c packs. */
#include "test.h"

#include <string.h>

#include "record/record.h"
#include "record/definitions.h"
#include "roundtrip.h"

static struct lt_bytes bytes_of(const char *text)
{
	return lt_bytes(text, strlen(text));
}

static size_t seen[LT_COMMAND_ACTIVATE + 1];

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
}

static bool outcome_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_outcome outcome;
	assert_int_equal(lt_outcome_decode(bytes, roundtrip_arena, &outcome, NULL), LT_REASON_NONE);
	assert_int_equal(lt_outcome_encode(&outcome, out), LT_OK);
	return true;
}

static void random_outcomes(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__outcome__descriptor, 3000, outcome_again);
}

static bool record_again(struct lt_bytes bytes, struct lt_buf *out)
{
	struct lt_record record;
	assert_int_equal(lt_record_decode(bytes, &record, NULL), LT_REASON_NONE);
	assert_true(record.command.data > bytes.data && record.command.data < bytes.data + bytes.len);
	assert_int_equal(lt_record_encode(&record, out), LT_OK);
	return true;
}

static void random_records(void **state)
{
	(void)state;
	roundtrip_random(&lienthong__v1__record__descriptor, 3000, record_again);
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
	struct lt_record record = { 8, 1700000000000000, 3, 1, lt_buf_bytes(&command), lt_buf_bytes(&outcome), 6, 1 };
	assert_int_equal(lt_record_encode(&record, &bytes), LT_OK);
	roundtrip_packed_alike(&lienthong__v1__record__descriptor, &bytes);

	assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.sequence, 8);
	assert_int_equal(back.time, 1700000000000000);
	assert_int_equal(back.previous, 3);
	assert_int_equal(back.rules_version, 1);
	assert_int_equal(back.time_generation, 6);
	assert_int_equal(back.flags, LT_RECORD_TIME_UNCONFIRMED);
	assert_true(lt_bytes_equal(back.command, record.command));
	lt_arena_reset(roundtrip_arena);
	assert_int_equal(lt_command_decode(back.command, roundtrip_arena, &command_back, NULL), LT_REASON_NONE);
	assert_int_equal(command_back.type, LT_COMMAND_SUBMIT);
	assert_true(lt_bytes_equal(command_back.u.submit.header, bytes_of("header")));
	assert_true(command_back.u.submit.header.data > bytes.data); /* a view into the record itself */
	assert_int_equal(command_back.u.submit.verdict.trust_version, 9);
	assert_string_equal(command_back.u.submit.verdict.detail, "");
	assert_int_equal(command_back.u.submit.parts, 2);
	assert_int_equal(lt_outcome_decode(back.outcome, roundtrip_arena, &outcome_back, NULL), LT_REASON_NONE);
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
	roundtrip_packed_alike(&lienthong__v1__record__descriptor, &bytes);
	assert_int_equal(lt_record_decode(lt_buf_bytes(&bytes), &back, NULL), LT_REASON_NONE);
	assert_int_equal(back.outcome.len, 0);
	assert_int_equal(lt_outcome_decode(back.outcome, roundtrip_arena, &read, NULL), LT_REASON_NONE);
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
	assert_int_equal(lt_record_decode(lt_bytes("\x2a\x03\x7a\x01q", 5), &record, &refusal), LT_FIELD_UNKNOWN);
	assert_int_equal(lt_record_decode(lt_bytes("\x08\x01\x08\x01", 4), &record, NULL), LT_FIELD_REPEATED);
	assert_int_equal(lt_command_decode(lt_bytes("", 0), roundtrip_arena, &command, &refusal), LT_FRAME_MALFORMED);
	assert_int_equal(lt_command_decode(lt_bytes("\x0a\x00\x12\x00", 4), roundtrip_arena, &command, NULL),
			 LT_FIELD_REPEATED);
}

TEST_MAIN_AROUND(roundtrip_set_up, roundtrip_tear_down, cmocka_unit_test(random_commands),
		 cmocka_unit_test(random_outcomes), cmocka_unit_test(random_records),
		 cmocka_unit_test(random_procedures), cmocka_unit_test(random_calendars),
		 cmocka_unit_test(random_hours), cmocka_unit_test(submit_record), cmocka_unit_test(outcome_of_nothing),
		 cmocka_unit_test(refused))
