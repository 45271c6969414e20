/* test_procedure_check.c: the whole check of a procedure, as the broker asks it before a definition is recorded. The faults of
 * a file, with their lines, are tests/unit/command/test_procedure_files.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "law/procedure_check.h"

static const struct lt_agency province = { .code = "H37", .level = LT_LEVEL_PROVINCE };
static const struct lt_agency department = { .code = "H37.11", .level = LT_LEVEL_DEPARTMENT, .parent = "H37" };
static const struct lt_agency *const all[] = { &province, &department, NULL };

static const struct lt_agency *at(const void *ctx, size_t index)
{
	(void)ctx;
	return all[index];
}

static const struct lt_agency *find(const void *ctx, const char *code)
{
	(void)ctx;
	for (size_t i = 0; all[i]; i++) {
		if (strcmp(all[i]->code, code) == 0)
			return all[i];
	}
	return NULL;
}

static const struct procedure_agencies agencies = { .find = find, .at = at };

/* 1 -> 2 -> 3, and what the changes below need. */
static uint32_t to_2[] = { 2 }, to_3[] = { 3 }, to_1[] = { 1 };
static const char *asked[] = { "H37", "H37.11" }, *twice[] = { "H37", "H37" };
static struct lt_route_leg legs[3];
static struct lt_procedure procedure;

static int setup(void **state)
{
	(void)state;
	const struct lt_limit days = { LT_LIMIT_WORKING_DAYS, 8 };
	legs[0] = (struct lt_route_leg){ .number = 1, .id = "nhan", .name = "n", .name_en = "n", .agency = "origin" };
	legs[0].kind = LT_LEG_RECEIVE;
	legs[1] = (struct lt_route_leg){ .number = 2, .id = "lam", .name = "n", .name_en = "n", .agency = "H37.11" };
	legs[1].kind = LT_LEG_PROCESS;
	legs[2] = (struct lt_route_leg){ .number = 3, .id = "tra", .name = "n", .name_en = "n", .agency = "origin" };
	legs[2].kind = LT_LEG_RETURN;
	for (size_t i = 0; i < 3; i++)
		legs[i].limit = days;
	legs[0].next = to_2;
	legs[1].next = to_3;
	legs[0].next_count = legs[1].next_count = 1;
	procedure = (struct lt_procedure){ .code = "1.000001",
					   .version = 1,
					   .name = "n",
					   .name_en = "n",
					   .lead = "",
					   .sector = "",
					   .source = "",
					   .leg_count = 3,
					   .legs = legs,
					   .valid_from = 20000,
					   .total = { LT_LIMIT_WORKING_DAYS, 40 } };
	return 0;
}

static struct procedure_faults faults;

static enum lt_reason check(struct lt_refusal *refusal)
{
	faults.count = 0;
	procedure_check(&procedure, &agencies, &faults);
	return procedure_refuse(&procedure, &faults, refusal);
}

/* The good procedure with one change is refused, and the words name place and remedy. */
static void bad(const char *words)
{
	struct lt_refusal refusal = { 0 };
	assert_int_equal(check(&refusal), LT_DEFINITION_INVALID);
	if (!strstr(refusal.detail, words) || !strstr(refusal.detail, "1.000001"))
		fail_msg("\"%s\" does not say \"%s\"", refusal.detail, words);
	setup(NULL);
}

static void a_good_one(void **state)
{
	(void)state;
	struct lt_refusal refusal = { 0 };
	assert_int_equal(check(&refusal), LT_REASON_NONE);
	assert_int_equal(refusal.reason, LT_REASON_NONE);
}

static void a_route_that_cannot_end(void **state)
{
	(void)state;
	legs[1].next = to_1;
	bad("version 1: /legs/2: leg tra is never reached from leg nhan; name it in a \"next\"");
	legs[2].next = to_1;
	legs[2].next_count = 1;
	bad("/legs/0/next: from leg nhan the route runs in a circle without an exit");
	legs[1].next_count = 0;
	bad("/legs/2: leg tra is never reached");
	legs[1].limit.quarters = 800;
	bad("/total: the longest way");
}

static void agencies_that_there_are(void **state)
{
	(void)state;
	legs[1].agency = "H37.99";
	bad("/legs/1/agency: unknown agency H37.99; enrol it");
	procedure.lead = "H38";
	bad("/lead: unknown agency H38");
	procedure.lead = "lead";
	bad("/lead: the lead cannot be `lead`");
	legs[1].agency = "parent(origin)"; /* the department has one */
	assert_int_equal(check(NULL), LT_REASON_NONE);
	const struct procedure_agencies none = procedure_agencies_listed(NULL);
	faults.count = 0;
	procedure_check(&procedure, &none, &faults);
	assert_int_equal(faults.count, 1);
	assert_string_equal(faults.items[0].pointer, "/legs/1/agency");
	setup(NULL);
}

/* The form goes first: what is told of a route needs legs that are there. */
static void the_form_goes_first(void **state)
{
	static uint32_t nowhere[] = { 9 };
	(void)state;
	legs[0].next = nowhere;
	legs[1].agency = "H37.99";
	bad("leg 1: next: no such leg");
	procedure.leg_count = 0;
	bad("no legs");
	legs[0].next = nowhere;
	check(NULL);
	assert_int_equal(faults.count, 1);
	setup(NULL);
}

static void texts_and_kinds(void **state)
{
	(void)state;
	legs[1].id = "nhan";
	bad("/legs/1/id: leg 1 has the id nhan too");
	legs[1].id = "";
	bad("/legs/1/id: must be 1 to 32");
	legs[1].name_en = "";
	bad("/legs/1/name_en: must have 1 to 250 characters");
	legs[1].name_en = "l\xc2\xa0m";
	bad("/legs/1/name_en: U+00A0 at character 2 is another blank than U+0020");
	legs[1].name_en = "n";
	procedure.name = NULL;
	bad("/name: must have 1 to 250 characters");
	legs[1].consult = asked;
	legs[1].consult_count = 2;
	bad("/legs/1/consult: only a leg of kind consult asks others");
	legs[1].kind = LT_LEG_CONSULT;
	bad("/legs/1: kind consult needs \"consult\"");
	legs[1].kind = LT_LEG_CONSULT;
	legs[1].consult = twice;
	legs[1].consult_count = 2;
	bad("/legs/1/consult/ask: \"H37\" stands twice");
	legs[1].kind = LT_LEG_CONSULT;
	legs[1].consult = asked;
	legs[1].consult_count = 2;
	legs[1].limit = (struct lt_limit){ 0 };
	bad("/legs/1: kind consult needs \"limit\"");
	legs[1].on_silence = LT_SILENCE_DEEMED_CONSENT;
	bad("/legs/1/on_silence: only a leg of kind consult has it");
	legs[1].kind = LT_LEG_CONSULT;
	legs[1].consult = asked;
	legs[1].consult_count = 2;
	legs[1].on_silence = LT_SILENCE_DEEMED_CONSENT;
	bad("/legs/1/on_silence: DEEMED_CONSENT needs \"limit\"");
	legs[1].ask_within = (struct lt_limit){ LT_LIMIT_CALENDAR_DAYS, 4 };
	bad("/legs/1/supplements/ask_within: must be in minutes");
	procedure.apology_before = (struct lt_limit){ LT_LIMIT_SAME_DAY, 0 };
	bad("/apology_before: must be in minutes");
	legs[1].supplements = 10;
	bad("/legs/1/supplements: must be 0 to 9");
	legs[1].on_refusal = 2;
	bad("/legs/1/on_refusal: a refusal cannot lead to the leg itself");
	legs[1].kind = 0;
	bad("/legs/1: \"kind\" is missing");
	procedure.total = (struct lt_limit){ 0 };
	bad("\"total\" is missing");
	procedure.due_soon = (struct lt_limit){ LT_LIMIT_CALENDAR_DAYS, 4 };
	bad("/due_soon: must be in minutes, working_hours or working_days");
	procedure.withdraw_by = twice;
	procedure.withdraw_count = 2;
	bad("/withdraw/by: \"H37\" stands twice");
}

static void other_versions(void **state)
{
	(void)state;
	struct lt_refusal refusal = { 0 };
	struct lt_procedure next = procedure;
	next.version = 2;
	next.valid_from = 20100;
	faults.count = 0;
	procedure_check_versions(&next, &procedure, "in force here", &faults);
	assert_int_equal(procedure_refuse(&next, &faults, &refusal), LT_DEFINITION_INVALID);
	assert_non_null(
		strstr(refusal.detail, "version 2: /valid_from: version 2 and version 1 (in force here) are both"));
	assert_non_null(strstr(refusal.detail, "let version 1 end"));
	procedure.valid_to = 20100;
	faults.count = 0;
	procedure_check_versions(&next, &procedure, "in force here", &faults);
	assert_int_equal(faults.count, 0);
	setup(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_one, setup),
		cmocka_unit_test_setup(a_route_that_cannot_end, setup),
		cmocka_unit_test_setup(agencies_that_there_are, setup),
		cmocka_unit_test_setup(the_form_goes_first, setup),
		cmocka_unit_test_setup(texts_and_kinds, setup),
		cmocka_unit_test_setup(other_versions, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
