/* test_access.c: the table of who may: codes, openers, offers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "law/access.h"
#include "law/law.h"
#include "wire/directory.h"

#define NOW INT64_C(1795000000000000) /* 2026-11-18 18:06 at +07:00 */
#define HOUR INT64_C(3600000000)

/* A district with a commune and a one-stop centre, a department, the district's predecessor, another province. */
static const char *next_one[] = { "H37.24" }, *received[] = { "H37.24" }, *brought[] = { "G01.899", "000.00.07.H99" };
static const char *old_codes[] = { "000.00.24.H37" }, *answered[] = { "H37.2" };
static struct lt_directory *directory;

static int set_up(void **state)
{
	static const char *const codes[] = {
		"G01", "H37", "H37.11", "H37.20", "H37.24", "H37.24.03", "H37.80", "H57.25"
	};
	static const char *const parents[] = { "", "", "H37", "H37", "H37", "H37.24", "H37", "" };
	struct directory_entry entries[8];
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	(void)state;
	for (size_t i = 0; i < 8; i++)
		entries[i] = (struct directory_entry){ .code = codes[i],
						       .name = "n",
						       .name_en = "",
						       .parent = parents[i],
						       .level = 2,
						       .split_field = "" };
	entries[3].valid_to = NOW - HOUR;
	entries[3].successors = next_one;
	entries[3].successor_count = 1;
	entries[4].aliases = old_codes;
	entries[4].alias_count = 1;
	entries[6].receives_for = received;
	entries[6].receives_count = 1;
	entries[7].brings = brought;
	entries[7].brings_count = 2;
	entries[7].answers_for = answered;
	entries[7].answers_count = 1;
	struct directory_record record = { .type = LT_DIRECTORY_TYPE,
					   .domain = "lienthong.example.vn",
					   .version = 1,
					   .issued_at = NOW,
					   .count = 8,
					   .agencies = entries };
	if (codec_directory_encode(&record, &bytes) || lt_directory_parse(lt_buf_bytes(&bytes), &directory, &refusal))
		fail_msg("%s", refusal.detail);
	lt_buf_fini(&bytes);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	lt_directory_free(directory);
	return 0;
}

static void code_is(const char *sender, const char *code, int64_t time, enum lt_reason reason)
{
	struct lt_refusal refusal = { 0 };
	enum lt_reason got = law_1.access.code(directory, sender, code, time, time, &refusal);
	if (got != reason)
		fail_msg("%s by %s: %s (%s), not %s", code, sender, lt_reason_name(got), refusal.detail,
			 lt_reason_name(reason));
}

static void codes_have_owners(void **state)
{
	(void)state;
	code_is("H37.24", "H37.24-20261118-0000001", NOW, 0);
	code_is("H37.24", "000.00.24.H37-20261118-0000001", NOW, 0); /* its old code */
	code_is("H37.24.03", "H37.24-20261118-0000001", NOW, 0);     /* a unit under it */
	code_is("H37.24", "H37.24.07-20261118-0000001", NOW, 0);     /* of a unit of its own that is not listed */
	code_is("H37.24", "H37.24.03-20261118-0000001", NOW, LT_CODE_NOT_OWNED); /* that one is listed */
	code_is("H37.24", "H37.20-20261118-0000001", NOW, 0);                    /* it follows H37.20 */
	code_is("H37.24", "H37.20-20261118-0000001", NOW - 2 * HOUR, LT_CODE_NOT_OWNED);
	code_is("H37.24.03", "H37.20-20261118-0000001", NOW, 0);
	code_is("H37.80", "H37.24-20261118-0000001", NOW, 0); /* receives for it */
	code_is("H37.80", "H37.24.03-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
	code_is("H37.11", "H37.24-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
	code_is("H57.25", "H37.24-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
	code_is("H99", "H99-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
}

static void foreign_codes_are_brought(void **state)
{
	(void)state;
	code_is("H57.25", "G01.899-20261118-0000001", NOW, 0);
	code_is("H57.25", "G01.899.12-20261118-0000001", NOW, 0);
	code_is("H57.25", "G01.8991-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
	code_is("H57.25", "000.00.07.H99-261118-0001", NOW, 0);
	code_is("H57.25", "H98.01-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
	code_is("H37.24", "G01.899-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
	code_is("H57.25", "G01-20261118-0000001", NOW, LT_CODE_NOT_OWNED);
}

static void spelled(const char *code, const char *plain, const char *canonical)
{
	char out[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX];
	size_t count = law_1.access.spellings(directory, code, out), at = 1;
	assert_string_equal(out[0], code);
	if (strcmp(plain, code) != 0)
		assert_string_equal(out[at++], plain);
	if (strcmp(canonical, plain) != 0)
		assert_string_equal(out[at++], canonical);
	assert_int_equal(count, at);
}

static void codes_have_spellings(void **state)
{
	(void)state;
	spelled("H37.24-20261118-0000001", "H37.24-20261118-0000001", "H37.24-20261118-0000001");
	spelled("H37.24-261118-0001", "H37.24-20261118-0000001", "H37.24-20261118-0000001");
	spelled("H37.24-261118-0000001", "H37.24-20261118-0000001", "H37.24-20261118-0000001");
	spelled("000.00.24.H37-20261118-0000001", "000.00.24.H37-20261118-0000001", "H37.24-20261118-0000001");
	spelled("000.00.24.H37-261118-99999", "000.00.24.H37-20261118-0099999", "H37.24-20261118-0099999");
	/* Not listed: the agency stays as it is written. */
	spelled("000.00.07.H99-261118-0001", "000.00.07.H99-20261118-0000001", "000.00.07.H99-20261118-0000001");
	spelled("H37.24.07-000101-0001", "H37.24.07-20000101-0000001", "H37.24.07-20000101-0000001");
	spelled("H37.24-00010101-0001", "H37.24-00010101-0000001", "H37.24-00010101-0000001");
	/* The longest that there is. */
	spelled("A00.111.222.333.444.555.666.777.888-261118-0001",
		"A00.111.222.333.444.555.666.777.888-20261118-0000001",
		"A00.111.222.333.444.555.666.777.888-20261118-0000001");
}

static void dates_lie_in_a_window(void **state)
{
	(void)state;
	code_is("H37.24", "H37.24-20261019-0000001", NOW, 0);
	code_is("H37.24", "H37.24-20261018-0000001", NOW, LT_CODE_DATE_WRONG);
	code_is("H37.24", "H37.24-20261119-0000001", NOW, 0);
	code_is("H37.24", "H37.24-20261120-0000001", NOW, LT_CODE_DATE_WRONG);
	code_is("H37.24", "H37.24-20261120-0000001", NOW + 6 * HOUR, 0); /* past midnight at +07:00 */
	code_is("H37.24", "H37.24-261118-0001", NOW, 0);
	code_is("H37.24", "H37.24-271118-0001", NOW, LT_CODE_DATE_WRONG);
	code_is("H37.24", "H37.24-19001118-0000001", NOW, LT_CODE_DATE_WRONG);
	code_is("H37.24", "H37.24-99991118-0000001", NOW, LT_CODE_DATE_WRONG);
}

/* Leg 1 of `first`, leg 2 of H37.11, which follows it, leg 3 of G01, which follows that. */
static struct lt_procedure procedure_of(const char *first)
{
	static uint32_t two = 2, three = 3;
	static struct lt_route_leg legs[3];
	legs[0] = (struct lt_route_leg){ .number = 1, .id = "leg-1", .agency = first, .next_count = 1, .next = &two };
	legs[1] = (struct lt_route_leg){
		.number = 2, .id = "leg-2", .agency = "H37.11", .next_count = 1, .next = &three
	};
	legs[2] = (struct lt_route_leg){ .number = 3, .id = "leg-3", .agency = "G01" };
	return (struct lt_procedure){
		.code = "1.010828", .version = 1, .lead = "H37.11", .leg_count = 3, .legs = legs
	};
}

static enum lt_reason open_by(const struct lt_procedure *procedure, const char *sender)
{
	struct lt_refusal refusal = { 0 };
	struct lt_recipient itself = { .leg = "" };
	struct lt_header header = { .kind = LT_KIND_OPEN, .to_count = 1, .to = &itself, .received = true };
	snprintf(itself.agency, sizeof(itself.agency), "%s", sender);
	snprintf(header.sender, sizeof(header.sender), "%s", sender);
	return law_1.access.open(directory, procedure, &header, NOW, &refusal);
}

static void the_first_leg_admits(void **state)
{
	(void)state;
	struct lt_procedure fixed = procedure_of("H37.24");
	assert_int_equal(open_by(&fixed, "H37.24"), 0);
	assert_int_equal(open_by(&fixed, "H37.80"), 0); /* receives for it */
	assert_int_equal(open_by(&fixed, "H37.24.03"), LT_OPENER_NOT_ADMITTED);
	assert_int_equal(open_by(&fixed, "H57.25"), LT_OPENER_NOT_ADMITTED);
	struct lt_procedure old = procedure_of("H37.20");
	assert_int_equal(open_by(&old, "H37.24"), 0); /* follows it */
	assert_int_equal(open_by(&old, "H37.20"), 0); /* SENDER_CLOSED is another's to say */
	struct lt_procedure any = procedure_of("origin");
	assert_int_equal(open_by(&any, "H57.25"), 0);
	struct lt_procedure above = procedure_of("parent(origin)");
	assert_int_equal(open_by(&above, "H37.24.03"), 0);
	assert_int_equal(open_by(&above, "H57.25"), LT_OPENER_NOT_ADMITTED); /* nothing is above it */
	struct lt_procedure lead = procedure_of("lead");
	assert_int_equal(open_by(&lead, "H37.11"), 0);
	assert_int_equal(open_by(&lead, "H37.24"), LT_OPENER_NOT_ADMITTED);
	struct lt_procedure field = procedure_of("field:noi_nhan");
	assert_int_equal(open_by(&field, "H37.24"), LT_OPENER_NOT_ADMITTED);
}

static void open_by_stands_instead(void **state)
{
	static const char *roles[] = { "H57.25", "H37.11" };
	(void)state;
	struct lt_procedure procedure = procedure_of("H37.24");
	procedure.open_by = roles;
	procedure.open_count = 2;
	assert_int_equal(open_by(&procedure, "H57.25"), 0);
	assert_int_equal(open_by(&procedure, "H37.11"), 0);
	assert_int_equal(open_by(&procedure, "H37.24"), LT_OPENER_NOT_ADMITTED);
}

static enum lt_reason offer(const char *first, const char *sender, const char *to, uint32_t leg)
{
	struct lt_refusal refusal = { 0 };
	struct lt_procedure procedure = procedure_of(first);
	struct lt_recipient recipient = { .leg = "" };
	struct lt_header header = { .kind = LT_KIND_OPEN, .to_count = 1, .to = &recipient, .received = true };
	snprintf(header.sender, sizeof(header.sender), "%s", sender);
	if (leg != 0)
		snprintf(recipient.leg, sizeof(recipient.leg), "leg-%u", leg);
	snprintf(recipient.agency, sizeof(recipient.agency), "%s", to);
	return law_1.access.offer(directory, &procedure, &header, NOW, &refusal);
}

static void the_route_says_to_whom(void **state)
{
	(void)state;
	assert_int_equal(offer("H37.24", "H37.24", "H37.24", 0), 0);
	assert_int_equal(offer("H37.24", "H37.24", "H37.24", 1), 0);
	assert_int_equal(offer("H37.24", "H37.80", "H37.80", 1), 0);
	assert_int_equal(offer("H37.24", "H37.24", "H37.24", 3), LT_OFFER_NOT_ADMITTED);
	assert_int_equal(offer("H37.24", "H37.24", "H37.24", 2), LT_OFFER_NOT_ADMITTED); /* another's leg */
	assert_int_equal(offer("H37.24", "H37.24", "H37.11", 2), 0);
	assert_int_equal(offer("H37.24", "H37.24", "G01", 2), LT_OFFER_NOT_ADMITTED);
	assert_int_equal(offer("H37.24", "H37.24", "G01", 3), LT_OFFER_NOT_ADMITTED); /* does not follow leg 1 */
	assert_int_equal(offer("H37.24", "H37.24", "G01", 4), LT_LEG_UNKNOWN);
	assert_int_equal(offer("H37.24", "H37.24", "H37.11", 0), 0);
	assert_int_equal(offer("H37.24", "H37.24", "G01", 0), LT_OFFER_NOT_ADMITTED); /* nor without its name */
	assert_int_equal(offer("H37.24", "H37.24", "H57.25", 0), LT_OFFER_NOT_ADMITTED);
	assert_int_equal(offer("H37.20", "H37.24", "H37.20", 1), 0); /* the closed one's code names who follows */
}

/* 'r': registered with the recipient; 'o': handed on, and so received; 'n': the recipient may not open it. */
static char registers(const char *first, const char *sender, const char *to, uint32_t leg)
{
	struct lt_refusal refusal = { 0 };
	struct lt_procedure procedure = procedure_of(first);
	struct lt_recipient recipient = { .leg = "" };
	struct lt_header header = { .kind = LT_KIND_OPEN, .to_count = 1, .to = &recipient };
	snprintf(header.sender, sizeof(header.sender), "%s", sender);
	snprintf(recipient.agency, sizeof(recipient.agency), "%s", to);
	if (leg != 0)
		snprintf(recipient.leg, sizeof(recipient.leg), "leg-%u", leg);
	if (!law_1.access.registers(directory, &procedure, &header, NOW))
		return 'o';
	assert_int_equal(law_1.access.offer(directory, &procedure, &header, NOW, &refusal), 0);
	return law_1.access.open(directory, &procedure, &header, NOW, &refusal) ? 'n' : 'r';
}

static void who_registers_with_whom(void **state)
{
	(void)state;
	assert_int_equal(registers("H37.24", "H37.24", "H37.24", 0), 'r');
	assert_int_equal(registers("H37.24", "H37.24", "H37.24", 1), 'r');
	assert_int_equal(registers("H37.24", "H57.25", "H37.24", 0), 'r'); /* from wherever the applicant is */
	assert_int_equal(registers("H37.24", "H57.25", "H37.24", 1), 'r');
	assert_int_equal(registers("H37.24", "H57.25", "H37.20", 0), 'r'); /* the closed one's code */
	assert_int_equal(registers("H37.24", "H37.24", "H37.11", 0), 'o'); /* it does leg 2 */
	assert_int_equal(registers("H37.24", "H37.24", "H37.11", 2), 'o');
	assert_int_equal(registers("H37.24", "H37.24", "G01", 0), 'n');
	assert_int_equal(registers("H37.24", "H37.24", "H57.25", 1), 'n');
	assert_int_equal(registers("origin", "H37.24", "H57.25", 0), 'r');
}

static void unknown_says_nothing(void **state)
{
	struct lt_refusal refusal = { 0 };
	(void)state;
	assert_int_equal(law_1.access.unknown("H37.24-20261118-0000001", &refusal), LT_DOSSIER_UNKNOWN);
	assert_string_equal(refusal.detail, "H37.24-20261118-0000001");
}

/* An agency and the units under it by their codes; no other that merely begins alike. */
static void a_portal_answers_for_some(void **state)
{
	(void)state;
	assert_true(law_1.access.answers(directory, "H57.25", "H37.2"));
	assert_true(law_1.access.answers(directory, "H57.25", "H37.2.01"));
	assert_false(law_1.access.answers(directory, "H57.25", "H37.24"));
	assert_false(law_1.access.answers(directory, "H57.25", "H37"));
	assert_false(law_1.access.answers(directory, "H37.80", "H37.2"));
	assert_false(law_1.access.answers(directory, "H99", "H37.2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_have_owners),         cmocka_unit_test(foreign_codes_are_brought),
		cmocka_unit_test(dates_lie_in_a_window),     cmocka_unit_test(the_first_leg_admits),
		cmocka_unit_test(open_by_stands_instead),    cmocka_unit_test(the_route_says_to_whom),
		cmocka_unit_test(who_registers_with_whom),   cmocka_unit_test(unknown_says_nothing),
		cmocka_unit_test(a_portal_answers_for_some), cmocka_unit_test(codes_have_spellings),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
