/* test_route.c: what follows what, and who a role is for a dossier. */
#include "test.h"

#include <string.h>

#include "wire/directory.h"
#include "law/procedure_check.h"
#include "law/role.h"
#include "law/route.h"
#include "testpki.h"

#define NOW 1795000000000000

static struct lt_directory *directory;

static struct directory_entry entry(const char *code, const char *parent, enum lt_level level)
{
	return (struct directory_entry){ .code = code, .name = "n", .name_en = "", .parent = parent, .level = level };
}

static int setup(void **state)
{
	(void)state;
	static const char *alias = "000.00.11.H37";
	struct directory_entry entries[] = {
		entry("G09", "", LT_LEVEL_MINISTRY),
		entry("H37", "", LT_LEVEL_PROVINCE),
		entry("H37.11", "H37", LT_LEVEL_DEPARTMENT),
		entry("H37.24", "H37", LT_LEVEL_DISTRICT),
		entry("H37.24.03", "H37.24", LT_LEVEL_COMMUNE),
	};
	entries[2].aliases = &alias;
	entries[2].alias_count = 1;
	struct directory_record record = { .type = LT_DIRECTORY_TYPE,
					   .domain = "lienthong.example.vn",
					   .version = 1,
					   .issued_at = NOW,
					   .count = 5,
					   .agencies = entries };
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal = { 0 };
	if (codec_directory_encode(&record, &bytes) || lt_directory_parse(lt_buf_bytes(&bytes), &directory, &refusal))
		fail_msg("%s", refusal.detail);
	lt_buf_fini(&bytes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lt_directory_free(directory);
	return 0;
}

/* 1 -> 2 + 3 -> 4 -> 5, and 6 that nothing leads to. */
static uint32_t after_1[] = { 2, 3 }, after_2[] = { 4 }, after_3[] = { 4 }, after_4[] = { 5 };
static struct lt_route_leg legs[] = {
	{ .number = 1, .agency = "origin", .kind = LT_LEG_RECEIVE, .next = after_1, .next_count = 2 },
	{ .number = 2, .agency = "field:so", .kind = LT_LEG_PROCESS, .next = after_2, .next_count = 1 },
	{ .number = 3, .agency = "H37.11", .kind = LT_LEG_PROCESS, .next = after_3, .next_count = 1 },
	{ .number = 4, .agency = "lead", .kind = LT_LEG_APPROVE, .next = after_4, .next_count = 1 },
	{ .number = 5, .agency = "origin", .kind = LT_LEG_RETURN },
	{ .number = 6, .agency = "origin", .kind = LT_LEG_RETURN },
};
static struct lt_procedure procedure = { .code = "1.000001", .lead = "", .leg_count = 6, .legs = legs };
static const struct lt_field fields[] = { { "xa", "H37.24.03" }, { "so", "000.00.11.H37" }, { "bo", "G99" } };

static void ways(void **state)
{
	(void)state;
	const uint32_t *next = NULL;
	assert_null(route_leg(&procedure, 0));
	assert_null(route_leg(&procedure, 7));
	assert_ptr_equal(route_leg(&procedure, 6), &legs[5]);
	assert_int_equal(route_next(&procedure, 1, &next), 2);
	assert_int_equal(next[1], 3);
	assert_int_equal(route_next(&procedure, 5, &next), 0);
	assert_int_equal(route_next(&procedure, 99, &next), 0);
	assert_true(route_follows(&procedure, 1, 3));
	assert_false(route_follows(&procedure, 1, 4));
	assert_false(route_follows(&procedure, 2, 1));
	assert_int_equal(route_joins(&procedure, 4), 2);
	assert_int_equal(route_joins(&procedure, 2), 1);
	assert_int_equal(route_joins(&procedure, 1), 0);
	assert_true(route_reached(&procedure, 4, 4));
	assert_true(route_reached(&procedure, 5, 2));
	assert_false(route_reached(&procedure, 3, 2));
	assert_false(route_reached(&procedure, 1, 5));
	assert_false(route_reached(&procedure, 6, 1));
	assert_false(route_reached(&procedure, 0, 1));
}

static void choices(void **state)
{
	(void)state;
	static const char *houses[] = { "nha", "kho" }, *roads[] = { "duong", "kho" };
	static struct lt_route_when when[] = { { 4, "loai", 2, houses }, { 2, "loai", 2, roads } };
	static uint32_t next[] = { 2, 3, 4 }, other[] = { 3 };
	struct lt_route_leg leg = { .number = 1,
				    .id = "xem",
				    .next = next,
				    .next_count = 3,
				    .choose = LT_CHOOSE_ONE,
				    .when = when,
				    .when_count = 2,
				    .otherwise = other,
				    .otherwise_count = 1 };
	struct lt_field field = { "loai", "nha" };
	struct route_facts facts = { .origin = "H37", .field_count = 1, .fields = &field };
	struct lt_refusal refusal = { 0 };
	uint32_t out[ROUTE_LEGS_MAX];
	size_t count = 0;
	assert_true(route_chosen_by_fields(&leg) && !route_chosen_by_holder(&leg));
	assert_int_equal(route_choose(&leg, &facts, out, &count, &refusal), LT_REASON_NONE);
	assert_true(count == 1 && out[0] == 4);
	field.value = "kho"; /* both hold: the first that is named */
	assert_int_equal(route_choose(&leg, &facts, out, &count, &refusal), LT_REASON_NONE);
	assert_true(count == 1 && out[0] == 4);
	field.value = "cho";
	assert_int_equal(route_choose(&leg, &facts, out, &count, &refusal), LT_REASON_NONE);
	assert_true(count == 1 && out[0] == 3);
	leg.choose = LT_CHOOSE_SOME;
	field.value = "kho"; /* in the order of next */
	assert_int_equal(route_choose(&leg, &facts, out, &count, &refusal), LT_REASON_NONE);
	assert_true(count == 2 && out[0] == 2 && out[1] == 4);
	field.name = "xa";
	assert_int_equal(route_choose(&leg, &facts, out, &count, &refusal), LT_FIELD_REQUIRED);
	assert_non_null(strstr(refusal.detail, "\"loai\""));
	leg.when_count = leg.otherwise_count = 0;
	assert_true(route_chosen_by_holder(&leg) && !route_chosen_by_fields(&leg));
	leg.choose = LT_CHOOSE_ALL;
	assert_false(route_chosen_by_holder(&leg) || route_chosen_by_fields(&leg));
}

static void results(void **state)
{
	(void)state;
	static const char *both[] = { "GP", "BV" }, *one[] = { "GP" };
	struct lt_route_leg copies[6];
	struct lt_procedure p = procedure;
	memcpy(copies, legs, sizeof(copies));
	p.legs = copies;
	p.leg_count = 5;
	assert_true(route_makes(&p, 4)); /* the last that approves */
	for (uint32_t i = 0; i <= 6; i++)
		assert_true(i == 4 || !route_makes(&p, i));
	assert_true(route_will_make(&p, 1) && route_will_make(&p, 4) && !route_will_make(&p, 5));
	assert_false(route_makes_elsewhere(&p, 4, 4)); /* without a code it is nobody else's */
	copies[1].kind = LT_LEG_APPROVE;               /* there is a later one on this way */
	assert_false(route_makes(&p, 2));
	copies[1].kind = copies[3].kind = LT_LEG_PROCESS; /* none: the last before the return */
	assert_true(route_makes(&p, 4) && !route_makes(&p, 2) && !route_makes(&p, 3));
	copies[3].kind = LT_LEG_RETURN;
	assert_true(route_makes(&p, 2) && route_makes(&p, 3) && !route_makes(&p, 4));
	copies[2].kind = LT_LEG_PAY;
	assert_false(route_makes(&p, 3));
	copies[0].makes = copies[2].makes = both; /* where one says so, the others make none */
	copies[0].make_count = copies[2].make_count = 2;
	assert_true(route_makes(&p, 1) && route_makes(&p, 3) && !route_makes(&p, 2));
	assert_true(route_makes_elsewhere(&p, 1, 3) && !route_makes_elsewhere(&p, 1, 2));
	copies[2].makes = one;
	copies[2].make_count = 1;
	assert_false(route_makes_elsewhere(&p, 1, 3));
}

/* The good procedure with one change is refused, and the words say why. */
#define BAD(change, words)                                                                   \
	do {                                                                                 \
		struct lt_route_leg copies[6];                                               \
		memcpy(copies, legs, sizeof(copies));                                        \
		struct lt_procedure p = procedure;                                           \
		struct lt_refusal refusal = { 0 };                                           \
		p.version = 1;                                                               \
		p.legs = copies;                                                             \
		change;                                                                      \
		assert_int_equal(procedure_check_form(&p, &refusal), LT_DEFINITION_INVALID); \
		if (!strstr(refusal.detail, words))                                          \
			fail_msg("\"%s\" does not say \"%s\"", refusal.detail, words);       \
	} while (0)

static void definitions(void **state)
{
	(void)state;
	struct lt_procedure good = procedure;
	good.version = 1;
	assert_int_equal(procedure_check_form(&good, NULL), LT_REASON_NONE);
	static uint32_t nowhere[] = { 2, 7 }, zero[] = { 0 }, twice[] = { 2, 2 };
	static const char *mayor[] = { "mayor" };
	BAD(p.code = "x", "code");
	BAD(p.version = 0, "version");
	BAD(p.leg_count = 0, "no legs");
	BAD(p.valid_from = -1, "valid_to");
	BAD((p.valid_from = 5, p.valid_to = 5), "valid_to");
	BAD(p.total = ((struct lt_limit){ LT_LIMIT_WORKING_DAYS, 0 }), "limit");
	BAD(p.due_soon = ((struct lt_limit){ (enum lt_limit_unit)9, 2 }), "limit");
	BAD(p.lead = "mayor", "lead");
	BAD(p.withdraw_until = 7, "withdraw until");
	BAD((p.withdraw_by = mayor, p.withdraw_count = 1), "withdraw by");
	BAD(copies[3].number = 5, "leg 4: legs are numbered");
	BAD(copies[0].next = nowhere, "leg 1: next");
	BAD((copies[1].next = zero), "leg 2: next");
	BAD(copies[0].next = twice, "twice");
	BAD(copies[2].agency = "mayor", "leg 3: agency");
	BAD(copies[2].kind = (enum lt_leg_kind)7, "leg 3: kind");
	static const char *codes[] = { "GP", "GP" };
	static uint32_t three[] = { 3 };
	static struct lt_route_when cases[] = { { 2, "loai", 1, codes } };
	BAD(copies[0].choose = (enum lt_choose)3, "leg 1: choose: unknown");
	BAD(copies[2].choose = LT_CHOOSE_ONE, "leg 3: choose: of two");
	BAD((copies[0].when = cases, copies[0].when_count = 1), "leg 1: when or else without choose");
	BAD((copies[0].choose = LT_CHOOSE_ONE, copies[0].when = cases, copies[0].when_count = 1), "leg 1: else");
	BAD((copies[0].choose = LT_CHOOSE_ONE, copies[0].otherwise = three, copies[0].otherwise_count = 1),
	    "without when");
	BAD((copies[2].makes = codes, copies[2].make_count = 2), "leg 3: makes: a code stands twice");
	BAD((copies[2].makes = mayor, copies[2].make_count = 1, copies[2].transfer_to = mayor,
	     copies[2].transfer_count = 1),
	    "leg 3: transfer_to");
	BAD((copies[2].transfer_to = mayor, copies[2].transfer_count = 1), "leg 3: transfer_to: neither");
	BAD(copies[2].limit = ((struct lt_limit){ LT_LIMIT_CALENDAR_DAYS, 400001 }), "leg 3: limit");
	BAD(copies[2].on_refusal = 7, "on_refusal");
	BAD(copies[2].on_supplement = UINT32_MAX, "on_supplement");
	BAD((copies[2].consult = mayor, copies[2].consult_count = 1), "consult");
}

static void legs_by_name(void **state)
{
	static const struct lt_route_leg named[] = { { .number = 1, .id = "tiep-nhan" },
						     { .number = 2, .id = "tham-dinh" },
						     { .number = 3, .id = "1" } };
	const struct lt_procedure own = { .code = "1.000001", .leg_count = 3, .legs = (struct lt_route_leg *)named };
	(void)state;
	assert_ptr_equal(route_find(&own, "tham-dinh"), &named[1]);
	assert_ptr_equal(route_find(&own, "1"), &named[2]); /* an id */
	assert_ptr_equal(route_find(&own, "2"), &named[1]); /* nobody's id: the place in the file */
	assert_null(route_find(&own, ""));
	assert_null(route_find(&own, "0"));
	assert_null(route_find(&own, "4"));
	assert_null(route_find(&own, "002"));
	assert_null(route_find(&own, "2a"));
	assert_null(route_find(&own, "4294967298"));
}

static void days(void **state)
{
	(void)state;
	struct lt_procedure p = { .valid_from = 100, .valid_to = 200 };
	assert_false(route_in_force(&p, 99));
	assert_true(route_in_force(&p, 100));
	assert_true(route_in_force(&p, 199));
	assert_false(route_in_force(&p, 200));
	p.valid_to = 0;
	assert_true(route_in_force(&p, 1000000));
}

static const char *resolve(const char *role, const char *origin, const char *lead)
{
	static char out[LT_AGENCY_MAX];
	struct lt_refusal refusal = { 0 };
	const struct route_facts facts = { .origin = origin, .lead = lead, .field_count = 3, .fields = fields };
	enum lt_reason reason = route_resolve_role(directory, &procedure, &facts, role, out, &refusal);
	assert_int_equal(reason, refusal.reason);
	return reason ? lt_reason_name(reason) : out;
}

static void roles(void **state)
{
	(void)state;
	assert_string_equal(resolve("H37.11", "H37.24.03", ""), "H37.11");
	assert_string_equal(resolve("H38", "H37.24.03", ""), "AGENCY_UNKNOWN");
	assert_string_equal(resolve("origin", "H37.24.03", ""), "H37.24.03");
	assert_string_equal(resolve("origin", "", ""), "FIELD_REQUIRED");
	assert_string_equal(resolve("origin", NULL, NULL), "FIELD_REQUIRED");
	assert_string_equal(resolve("parent(origin)", "H37.24.03", ""), "H37.24");
	assert_string_equal(resolve("parent(origin)", "H37", ""), "AGENCY_UNKNOWN");
	assert_string_equal(resolve("province(origin)", "H37.24.03", ""), "H37");
	assert_string_equal(resolve("province(origin)", "H37", ""), "H37");
	assert_string_equal(resolve("province(origin)", "G09", ""), "AGENCY_UNKNOWN");
	assert_string_equal(resolve("field:xa", "H37", ""), "H37.24.03");
	assert_string_equal(resolve("field:so", "H37", ""), "H37.11"); /* an alias becomes the code */
	assert_string_equal(resolve("field:bo", "H37", ""), "AGENCY_UNKNOWN");
	assert_string_equal(resolve("field:huyen", "H37", ""), "FIELD_REQUIRED");
	assert_string_equal(resolve("lead", "H37", "G09"), "G09");
	assert_string_equal(resolve("lead", "H37", ""), "H37.11"); /* the first leg of kind process */
	assert_string_equal(resolve("mayor", "H37", ""), "DEFINITION_INVALID");
	assert_string_equal(resolve("field:", "H37", ""), "DEFINITION_INVALID");
	procedure.lead = "parent(origin)";
	assert_string_equal(resolve("lead", "H37.24", ""), "H37");
	procedure.lead = "lead";
	assert_string_equal(resolve("lead", "H37.24", ""), "DEFINITION_INVALID");
	procedure.lead = "";
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(ways), cmocka_unit_test(choices), cmocka_unit_test(results),
		 cmocka_unit_test(definitions), cmocka_unit_test(legs_by_name), cmocka_unit_test(days),
		 cmocka_unit_test(roles))
