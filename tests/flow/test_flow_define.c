/* test_flow_define.c: what comes into force, and what apply refuses: commands as they stand in the journal, whoever brought them
 * there. The checks before a record (control_check, define_check) are tests/e2e/62-route-check.py's. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "law/calendar.h"
#include "simclock.h"
#include "simkept.h"
#include "simreform.h"
#include "simroute.h"
#include "trust/trust.h"

#define CODE "H37.02-20261119-0000001"

static struct lt_outcome outcome;

/* The command as a record; its outcome in `outcome`. */
static enum lt_reason order(struct sim *sim, const struct lt_command *command)
{
	enum lt_reason would;
	bool tried = sim_try(sim, command, &would);
	static struct lt_arena *arena;
	struct journal_entry entry;
	struct lt_record record;
	struct lt_refusal refusal;
	static struct lt_buf buf;
	struct lt_buf bytes = { 0 };
	struct input input = { .type = INPUT_COMMAND };
	assert_int_equal(lt_command_encode(command, &bytes), LT_OK);
	input.u.command = lt_buf_bytes(&bytes);
	sim_take(sim, &input);
	uint64_t sequence = engine_sequence(sim->engine);
	sim_run(sim);
	if (!arena)
		assert_int_equal(lt_arena_new(8 << 20, &arena), LT_OK);
	lt_arena_reset(arena);
	assert_int_equal(journal_read(sim->journal, sequence, &buf, &entry), LT_OK);
	assert_int_equal(lt_record_decode(entry.record, &record, &refusal), LT_REASON_NONE);
	assert_int_equal(lt_outcome_decode(record.outcome, arena, &outcome, &refusal), LT_REASON_NONE);
	lt_buf_fini(&bytes);
	if (tried)
		assert_int_equal(outcome.reason, would);
	return outcome.reason;
}

static enum lt_reason define(struct sim *sim, enum lt_definition type, struct lt_bytes data)
{
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	command.u.define =
		(struct lt_define_command){ .type = type, .data = data, .operator_name = "tester", .reason = "test" };
	if (type == LT_DEFINE_CRL) {
		uint8_t list[32];
		struct lt_refusal refusal;
		assert_int_equal(trust_read_crl(data, list, &command.u.define.crl, &refusal), 0);
		return order(sim, &command);
	}
	return order(sim, &command);
}

static void says(const char *words)
{
	char said[LT_SENTENCE_TEXT];
	if (!strstr(lt_sentence_say(outcome.sentence, LT_ENGLISH, said, sizeof said), words))
		fail_msg("\"%s\" does not say \"%s\"", said, words);
}

/* ---- procedures ---- */

static uint32_t to_2[] = { 2 }, twice[] = { 2, 2 }, nowhere[] = { 3 };
static const char *mayor[] = { "mayor" };
static struct lt_route_leg legs[2];

static struct lt_procedure plain(void)
{
	legs[0] = (struct lt_route_leg){ .number = 1, .id = "leg-1", .name = "a", .name_en = "a", .agency = "origin" };
	legs[1] = (struct lt_route_leg){ .number = 2, .id = "leg-2", .name = "b", .name_en = "b", .agency = "lead" };
	legs[0].kind = LT_LEG_RECEIVE;
	legs[1].kind = LT_LEG_PROCESS;
	legs[0].next = to_2;
	legs[0].next_count = 1;
	struct lt_procedure procedure = { .code = "1.000077", .version = 1, .name = "n", .name_en = "n", .lead = "" };
	procedure.sector = procedure.source = "";
	procedure.leg_count = 2;
	procedure.legs = legs;
	procedure.lead = sim_codes[DEPARTMENT];
	return procedure;
}

static enum lt_reason define_procedure(struct sim *sim, const struct lt_procedure *procedure)
{
	struct lt_buf bytes = { 0 };
	assert_int_equal(lt_procedure_encode(procedure, &bytes), LT_OK);
	enum lt_reason reason = define(sim, LT_DEFINE_PROCEDURE, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return reason;
}

/* The plain procedure with one change is refused by its form, and the words say which. */
#define BAD(change, words)                                                          \
	do {                                                                        \
		struct lt_procedure p = plain();                                    \
		change;                                                             \
		assert_int_equal(define_procedure(sim, &p), LT_DEFINITION_INVALID); \
		says(words);                                                        \
	} while (0)

static void test_forms_of_procedures(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	assert_int_equal(define(sim, LT_DEFINE_PROCEDURE, lt_bytes("\xff", 1)), LT_DEFINITION_INVALID);
	BAD(p.code = "x", "code");
	BAD(p.version = 0, "version 0");
	BAD(p.leg_count = 0, "no legs");
	BAD(p.valid_to = -1, "valid_to");
	BAD(p.total.quarters = 1, "limit");
	BAD(p.total = ((struct lt_limit){ (enum lt_limit_unit)9, 2 }), "limit");
	BAD(p.lead = "mayor", "lead");
	BAD(p.withdraw_until = 3, "withdraw until");
	BAD((p.withdraw_by = mayor, p.withdraw_count = 1), "withdraw by");
	BAD(legs[1].number = 3, "numbered from 1");
	BAD(legs[0].next = nowhere, "no such leg");
	BAD((legs[0].next = twice, legs[0].next_count = 2), "twice");
	BAD(legs[1].agency = "mayor", "agency");
	BAD(legs[1].agency = "field:", "agency");
	BAD(legs[1].kind = (enum lt_leg_kind)7, "kind");
	BAD(legs[1].limit = ((struct lt_limit){ LT_LIMIT_SAME_DAY, 2 }), "limit");
	BAD(legs[1].on_refusal = 3, "on_refusal");
	BAD((legs[1].consult = mayor, legs[1].consult_count = 1), "consult");
	struct lt_procedure good = plain();
	assert_int_equal(define_procedure(sim, &good), LT_REASON_NONE);
	assert_int_equal(define_procedure(sim, &good), LT_ALREADY_SO);
	sim_free(sim);
}

/* ---- calendars and office hours ---- */

static int32_t day_of(int year, int month, int day)
{
	return (int32_t)lt_date_to_days(year, month, day);
}

static enum lt_reason define_year(struct sim *sim, uint32_t year, uint32_t version, struct lt_calendar_day *days,
				  size_t count)
{
	struct lt_buf bytes = { 0 };
	struct lt_calendar_year calendar = { .year = year, .version = version, .announced = true, .source = "test" };
	calendar.days = days;
	calendar.day_count = count;
	assert_int_equal(lt_calendar_year_encode(&calendar, &bytes), LT_OK);
	enum lt_reason reason = define(sim, LT_DEFINE_CALENDAR, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return reason;
}

static void test_calendars(void **state)
{
	struct sim *sim = sim_new(1);
	struct lt_calendar_day swap = {
		.day = day_of(2026, 11, 21), .kind = CALENDAR_SWAP_WORK, .note = "n", .note_en = ""
	};
	struct lt_calendar_day bad[] = {
		{ .day = day_of(2026, 11, 20), .kind = CALENDAR_SWAP_WORK, .note = "n", .note_en = "" },
		{ .day = day_of(2026, 11, 21), .kind = CALENDAR_SWAP_OFF, .note = "n", .note_en = "" },
		{ .day = day_of(2026, 11, 21), .kind = CALENDAR_COMP_OFF, .note = "n", .note_en = "" },
		{ .day = day_of(2027, 1, 1), .kind = CALENDAR_HOLIDAY, .note = "n", .note_en = "" },
		{ .day = day_of(2026, 11, 20), .kind = CALENDAR_HOLIDAY, .note = "", .note_en = "" },
		{ .day = day_of(2026, 11, 20), .kind = 9, .note = "n", .note_en = "" },
	};
	struct lt_calendar_day two[] = {
		{ .day = day_of(2026, 11, 20), .kind = CALENDAR_HOLIDAY, .note = "n", .note_en = "" },
		{ .day = day_of(2026, 11, 20), .kind = CALENDAR_HOLIDAY, .note = "n", .note_en = "" }
	};
	(void)state;
	assert_int_equal(define(sim, LT_DEFINE_CALENDAR, lt_bytes("\xff", 1)), LT_DEFINITION_INVALID);
	assert_int_equal(define_year(sim, 1969, 1, NULL, 0), LT_DEFINITION_INVALID);
	assert_int_equal(define_year(sim, 9999, 1, NULL, 0), LT_DEFINITION_INVALID);
	assert_int_equal(define_year(sim, 2026, 0, NULL, 0), LT_DEFINITION_INVALID);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(define_year(sim, 2026, 1, &bad[i], 1), LT_DEFINITION_INVALID);
	assert_int_equal(define_year(sim, 2026, 1, two, 2), LT_DEFINITION_INVALID);
	assert_int_equal(define_year(sim, 2026, 1, &swap, 1), LT_REASON_NONE);
	assert_int_equal(define_year(sim, 2028, 1, NULL, 0), LT_DEFINITION_INVALID); /* a gap */
	assert_int_equal(define_year(sim, 2027, 1, NULL, 0), LT_REASON_NONE);
	assert_int_equal(define_year(sim, 2027, 1, NULL, 0), LT_ALREADY_SO);
	assert_int_equal(define_year(sim, 2026, 1, two, 1),
			 LT_DEFINITION_INVALID); /* the same version, another content */
	assert_int_equal(define_year(sim, 2026, 2, two, 1), LT_REASON_NONE);
	sim_free(sim);
}

static enum lt_reason define_office(struct sim *sim, const char *agency, uint32_t open, uint32_t close)
{
	struct lt_buf bytes = { 0 };
	struct lt_office_hours hours = { .agency = agency,
					 .morning_open = open,
					 .morning_close = 690,
					 .afternoon_open = 780,
					 .afternoon_close = close,
					 .same_day_until = 840 };
	assert_int_equal(lt_office_hours_encode(&hours, &bytes), LT_OK);
	enum lt_reason reason = define(sim, LT_DEFINE_OFFICE, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return reason;
}

static void test_office_hours(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	assert_int_equal(define(sim, LT_DEFINE_OFFICE, lt_bytes("\xff", 1)), LT_DEFINITION_INVALID);
	assert_int_equal(define_office(sim, "x y", 450, 1020), LT_DEFINITION_INVALID);
	assert_int_equal(define_office(sim, "H37.02", 700, 1020), LT_DEFINITION_INVALID);
	assert_int_equal(define_office(sim, "H37.02", 450, 1500), LT_DEFINITION_INVALID);
	assert_int_equal(define_office(sim, "H37.02", 450, 1020), LT_REASON_NONE);
	assert_int_equal(define_office(sim, "H37.02", 450, 1020), LT_ALREADY_SO);
	assert_int_equal(define_office(sim, "", 480, 1050), LT_REASON_NONE);
	assert_int_equal(define_office(sim, "", 480, 1050), LT_ALREADY_SO);
	sim_free(sim);
}

/* ---- directories and CRLs ---- */

static void test_directories_and_crls(void **state)
{
	struct sim *sim = sim_new(1);
	struct simreform *reform = simreform_new(sim->now);
	struct lt_buf two = { 0 }, four = { 0 }, early = { 0 }, late = { 0 };
	struct lt_refusal refusal;
	(void)state;
	simreform_take(reform, trust_directory(sim->rulebook));
	assert_int_equal(simreform_encode(reform, "lienthong.test", 2, sim->now, &two, &refusal), LT_REASON_NONE);
	assert_int_equal(simreform_encode(reform, "lienthong.test", 4, sim->now, &four, &refusal), LT_REASON_NONE);
	assert_int_equal(define(sim, LT_DEFINE_DIRECTORY, lt_bytes("\xff", 1)), LT_DIRECTORY_INVALID);
	assert_int_equal(define(sim, LT_DEFINE_DIRECTORY, lt_buf_bytes(&four)), LT_DIRECTORY_INVALID);
	says("the next is 2");
	assert_int_equal(define(sim, LT_DEFINE_DIRECTORY, lt_buf_bytes(&two)), LT_REASON_NONE);
	assert_int_equal(outcome.version, 2);
	testpki_crl(reform->pki, sim->now - 2 * SIM_DAY, sim->now + 30 * SIM_DAY, &early);
	testpki_crl(reform->pki, sim->now - SIM_DAY, sim->now + 30 * SIM_DAY, &late);
	struct lt_command bare = { .type = LT_COMMAND_DEFINE }; /* nobody has read it at the door */
	bare.u.define = (struct lt_define_command){
		.type = LT_DEFINE_CRL, .data = lt_buf_bytes(&late), .operator_name = "tester", .reason = "test"
	};
	assert_int_equal(order(sim, &bare), LT_DEFINITION_INVALID);
	assert_int_equal(define(sim, LT_DEFINE_CRL, lt_buf_bytes(&late)), LT_REASON_NONE);
	assert_int_equal(define(sim, LT_DEFINE_CRL, lt_buf_bytes(&early)), LT_DEFINITION_INVALID);
	says("older than the one in force");
	simreform_free(reform);
	lt_buf_fini(&two);
	lt_buf_fini(&four);
	lt_buf_fini(&early);
	lt_buf_fini(&late);
	sim_free(sim);
}

/* ---- other commands ---- */

static enum lt_reason outage(struct sim *sim, const char *who, int64_t from, int64_t to)
{
	struct lt_command command = { .type = LT_COMMAND_OUTAGE };
	command.u.outage = (struct lt_outage_command){ .from = from, .to = to, .operator_name = who, .reason = "test" };
	return order(sim, &command);
}

static enum lt_reason admin(struct sim *sim, const char *who, enum lt_admin_act act, const char *subject)
{
	struct lt_command command = { .type = LT_COMMAND_ADMIN };
	command.u.admin =
		(struct lt_admin_command){ .act = act, .subject = subject, .operator_name = who, .reason = "test" };
	return order(sim, &command);
}

static enum lt_reason activate(struct sim *sim, const char *who, uint32_t version)
{
	struct lt_command command = { .type = LT_COMMAND_ACTIVATE };
	command.u.activate =
		(struct lt_activate_command){ .rules_version = version, .operator_name = who, .reason = "test" };
	return order(sim, &command);
}

static enum lt_reason clock_due_of(struct sim *sim, enum lt_clock_kind kind, uint64_t dossier, const char *subject)
{
	struct lt_command command = { .type = LT_COMMAND_CLOCK };
	command.u.clock = (struct lt_clock_command){
		.kind = kind, .dossier = dossier, .branch = 1, .generation = 99, .due = sim->now, .subject = subject
	};
	return order(sim, &command);
}

static void test_acts_of_operators(void **state)
{
	struct sim *sim = sim_new(1);
	struct lt_command nobody = { .type = LT_COMMAND_DEFINE };
	(void)state;
	nobody.u.define = (struct lt_define_command){
		.type = LT_DEFINE_OFFICE, .data = lt_bytes("", 0), .operator_name = "", .reason = "test"
	};
	assert_int_equal(order(sim, &nobody), LT_OPERATOR_REQUIRED);
	assert_int_equal(define(sim, (enum lt_definition)9, lt_bytes("x", 1)), LT_DEFINITION_INVALID);
	assert_int_equal(outage(sim, "", 1, 2), LT_OPERATOR_REQUIRED);
	assert_int_equal(outage(sim, "an", 5, 5), LT_DEFINITION_INVALID);
	assert_int_equal(outage(sim, "an", 5, sim->now + SIM_DAY), LT_DEFINITION_INVALID);
	assert_int_equal(outage(sim, "an", sim->now - SIM_DAY, sim->now), LT_REASON_NONE);
	assert_int_equal(outage(sim, "an", sim->now - SIM_DAY, sim->now), LT_ALREADY_SO);
	assert_int_equal(outage(sim, "an", sim->now - 2 * SIM_DAY, sim->now - SIM_DAY / 2), LT_DEFINITION_INVALID);
	assert_int_equal(admin(sim, "", LT_ADMIN_SUSPEND, "H37.14"), LT_OPERATOR_REQUIRED);
	assert_int_equal(admin(sim, "an", LT_ADMIN_SUSPEND, "H99"), LT_AGENCY_UNKNOWN);
	assert_int_equal(admin(sim, "an", LT_ADMIN_SUSPEND, "H37.14"), LT_REASON_NONE);
	assert_int_equal(admin(sim, "an", LT_ADMIN_SUSPEND, "H37.14"), LT_ALREADY_SO);
	assert_int_equal(admin(sim, "an", LT_ADMIN_RESUME, "H37.14"), LT_REASON_NONE);
	assert_int_equal(admin(sim, "an", LT_ADMIN_RESUME, "H37.14"), LT_ALREADY_SO);
	assert_int_equal(admin(sim, "an", LT_ADMIN_SKIP, ""), LT_RECORD_UNKNOWN);
	assert_int_equal(admin(sim, "an", (enum lt_admin_act)9, ""), LT_REQUEST_UNKNOWN);
	assert_int_equal(activate(sim, "", 2), LT_OPERATOR_REQUIRED);
	assert_int_equal(activate(sim, "an", 1), LT_ALREADY_SO);
	assert_int_equal(activate(sim, "an", 0), LT_DEFINITION_INVALID);
	sim_free(sim);
}

static void test_acts_of_the_broker(void **state)
{
	struct sim *sim = simroute_new(1);
	struct lt_command command = { .type = LT_COMMAND_INCARNATION };
	(void)state;
	command.u.incarnation.incarnation = lt_bytes("0123456789abcdef", 16);
	assert_int_equal(order(sim, &command), LT_REASON_NONE);
	command = (struct lt_command){ .type = LT_COMMAND_SNAPSHOT, .u.snapshot = { 1, lt_bytes("h", 1) } };
	assert_int_equal(order(sim, &command), LT_REASON_NONE);
	simroute_act(sim,
		     (struct sim_act){ .kind = LT_KIND_OPEN,
				       .dossier = CODE,
				       .procedure = ROUTE_ALL,
				       .sender = COMMUNE,
				       .to = COMMUNE },
		     LT_REASON_NONE);
	simroute_act(sim,
		     (struct sim_act){ .kind = LT_KIND_OPEN,
				       .dossier = "H37.02-20261119-0000002",
				       .procedure = ROUTE_ALL,
				       .sender = COMMUNE,
				       .to = COMMUNE },
		     LT_REASON_NONE);
	/* Whatever is due of what is not there, or has moved on, is stale. */
	for (int kind = LT_CLOCK_LEG_DUE_SOON; kind < LT_CLOCK_REORGANISE; kind++) {
		assert_int_equal(clock_due_of(sim, (enum lt_clock_kind)kind, 99, ""), LT_ALREADY_SO);
		assert_int_equal(clock_due_of(sim, (enum lt_clock_kind)kind, 1, ""), LT_ALREADY_SO);
	}
	assert_int_equal(clock_due_of(sim, LT_CLOCK_REORGANISE, 0, "H99"), LT_REASON_NONE);
	sim_advance(sim, 500 * SIM_DAY); /* their ids are forgotten, both in one record */
	sim_free(sim);
}

/* ---- roles and limits, by the procedure alone ---- */

/* The commune's parent, and the province above that. */
static void define_parents(struct sim *sim)
{
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal;
	struct simreform *reform = simreform_new(sim->now);
	simreform_take(reform, trust_directory(sim->rulebook));
	strcpy(simreform_find(reform, sim_codes[COMMUNE])->parent, sim_codes[DISTRICT]);
	strcpy(simreform_find(reform, sim_codes[DISTRICT])->parent, sim_codes[MINISTRY]);
	simreform_find(reform, sim_codes[MINISTRY])->level = LT_LEVEL_PROVINCE;
	simreform_add(reform, "H37.91");
	simreform_close(reform, "H37.91", sim->now - 1, NULL);
	simreform_add(reform, "H37.92")->valid_from = sim->now + INT64_C(365) * 86400000000;
	simreform_add(reform, "H37.93");
	simreform_close(reform, "H37.93", sim->now - 1, sim_codes[OTHER]);
	assert_int_equal(simreform_encode(reform, "lienthong.test", 2, sim->now, &bytes, &refusal), LT_REASON_NONE);
	assert_int_equal(define(sim, LT_DEFINE_DIRECTORY, lt_buf_bytes(&bytes)), LT_REASON_NONE);
	simreform_free(reform);
	lt_buf_fini(&bytes);
}

/* Opens a dossier under a procedure of this role at leg 2; whether the route names `agency` for it. */
static bool names(struct sim *sim, int number, const char *role, const char *field, const char *value, int agency)
{
	char code[LT_DOSSIER_MAX], procedure_code[16];
	struct lt_procedure procedure = plain();
	snprintf(procedure_code, sizeof(procedure_code), "1.%06d", 100 + number);
	snprintf(code, sizeof(code), "H37.02.01-20261119-%07d", number);
	procedure.code = procedure_code;
	procedure.lead = strcmp(role, "lead") == 0 ? sim_codes[OTHER] : "";
	legs[1].agency = role;
	assert_int_equal(define_procedure(sim, &procedure), LT_REASON_NONE);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = COMMUNE, .to = COMMUNE, .dossier = code };
	open.procedure = procedure_code;
	open.field = field;
	open.value = value;
	const struct sim_answer *answer = sim_do(sim, &open);
	if (answer->reason) { /* who fills the role is asked at once */
		bool by_field = strncmp(role, "field:", 6) == 0;
		assert_int_equal(answer->reason, by_field ? LT_FIELD_REQUIRED : LT_AGENCY_UNKNOWN);
		assert_non_null(strstr(answer->detail, by_field ? "an agency in force: so" : "are none: H99.01"));
		assert_true(!value || strstr(answer->detail, value));
		return false;
	}
	struct sim_act forward = { .kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = agency, .dossier = code };
	forward.route_leg = 2;
	forward.branch = 1;
	forward.version = 1;
	return sim_do(sim, &forward)->reason == 0;
}

static void test_roles(void **state)
{
	struct sim *sim = simroute_new(1);
	(void)state;
	define_parents(sim);
	assert_true(names(sim, 1, "parent(origin)", NULL, NULL, DISTRICT));
	assert_false(names(sim, 2, "parent(origin)", NULL, NULL, OTHER));
	assert_true(names(sim, 3, "province(origin)", NULL, NULL, MINISTRY));
	assert_false(names(sim, 4, "province(origin)", NULL, NULL, DISTRICT));
	assert_true(names(sim, 5, "field:so", "so", sim_codes[OTHER], OTHER));
	assert_false(names(sim, 6, "field:so", "so", sim_codes[OTHER], DISTRICT));
	assert_false(names(sim, 7, "field:so", NULL, NULL, DISTRICT)); /* nobody fills the role: nobody is right */
	assert_false(names(sim, 8, "field:so", "so", "H99", DISTRICT));
	assert_true(names(sim, 9, "lead", NULL, NULL, OTHER));
	assert_false(names(sim, 10, "lead", NULL, NULL, DISTRICT));
	assert_false(names(sim, 11, sim_codes[OTHER], NULL, NULL, DISTRICT));
	assert_false(names(sim, 12, "H99.01", NULL, NULL, DISTRICT));
	assert_false(names(sim, 13, "field:so", "so", "H37.91", DISTRICT)); /* ended */
	assert_false(names(sim, 14, "field:so", "so", "H37.92", DISTRICT)); /* not begun */
	assert_true(names(sim, 15, "field:so", "so", "H37.93", OTHER));     /* ended, with a successor */
	sim_free(sim);
}

static int64_t due_after(struct sim *sim, int number, struct lt_limit limit, int64_t at)
{
	char code[LT_DOSSIER_MAX], procedure_code[16];
	struct lt_procedure procedure = plain();
	snprintf(procedure_code, sizeof(procedure_code), "1.%06d", 200 + number);
	snprintf(code, sizeof(code), "H37.02-20261119-%07d", number);
	procedure.code = procedure_code;
	procedure.total = limit;
	assert_int_equal(define_procedure(sim, &procedure), LT_REASON_NONE);
	if (at > sim->now)
		sim_advance(sim, at - sim->now);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = code };
	open.procedure = procedure_code;
	simroute_act(sim, open, LT_REASON_NONE);
	const struct lt_clock_view *clock = sim_dossier(sim, code)->clock;
	return clock ? clock->due_first : 0;
}

/* Each unit, from a morning, the lunch, an evening and a Saturday. Thu 19/11/2026 08:00 is SIMCLOCK_MORNING. */
static void test_limits(void **state)
{
	static const struct lt_limit limits[] = {
		{ LT_LIMIT_WORKING_HOURS, 6 }, { LT_LIMIT_WORKING_HOURS, 80 }, { LT_LIMIT_WORKING_DAYS, 10 },
		{ LT_LIMIT_WORKING_DAYS, 2 },  { LT_LIMIT_CALENDAR_DAYS, 14 }, { LT_LIMIT_CALENDAR_DAYS, 20 },
		{ LT_LIMIT_SAME_DAY, 0 },      { LT_LIMIT_WORKING_DAYS, 1 },   { LT_LIMIT_WORKING_MINUTES, 80 },
	};
	static const int hours[] = { -1, 0, 4, 8, 10, 50 }; /* after 08:00 of Thursday */
	struct sim *sim = sim_new(1);
	struct simclock *clock = simclock_new(sim, true);
	int number = 1;
	(void)state;
	sim_connect(sim, DISTRICT);
	assert_int_equal(define_office(sim, "H37.02", 480, 1080), LT_REASON_NONE);
	for (size_t h = 0; h < sizeof(hours) / sizeof(hours[0]); h++) {
		for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
			int64_t at = SIMCLOCK_MORNING + hours[h] * SIMCLOCK_HOUR;
			assert_true(due_after(sim, number++, limits[i], at) > sim->now);
		}
	}
	/* Beyond the last calendar nothing can be counted: the clock waits for one. */
	assert_int_equal(due_after(sim, number++, (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 4000 }, 0), 0);
	assert_int_equal(due_after(sim, number++, (struct lt_limit){ LT_LIMIT_CALENDAR_DAYS, 8000 }, 0), 0);
	assert_int_equal(due_after(sim, number++, (struct lt_limit){ LT_LIMIT_WORKING_HOURS, 40000 }, 0), 0);
	simclock_run(clock, 6 * 24 * SIMCLOCK_HOUR, 4 * SIMCLOCK_HOUR);
	simclock_free(clock);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_forms_of_procedures), cmocka_unit_test(test_calendars),
	  cmocka_unit_test(test_office_hours), cmocka_unit_test(test_directories_and_crls),
	  cmocka_unit_test(test_acts_of_operators), cmocka_unit_test(test_acts_of_the_broker),
	  cmocka_unit_test(test_roles), cmocka_unit_test(test_limits))
