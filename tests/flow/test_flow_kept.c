/* test_flow_kept.c: the kept journals of every version of the rules (tests/kept/) replay to the same outcomes and the same state; and
 * with one function of the rules changed they do not, whichever function it is. So a change that somebody did not mean to be one is
 * found here. */
#include "test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/apply.h"
#include "simkept.h"

#define FOLDER LT_SOURCE_DIR "/tests/kept"
#define FIRST FOLDER "/rules-1.kept"

static void test_every_kept_journal(void **state)
{
	struct dirent *entry;
	size_t files = 0;
	DIR *folder = opendir(FOLDER);
	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		char path[600];
		struct simkept kept;
		size_t len = strlen(entry->d_name);
		if (len < 5 || strcmp(entry->d_name + len - 5, ".kept") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", FOLDER, entry->d_name);
		if (!simkept_replay(path, NULL, &kept))
			fail_msg("%s: %s", entry->d_name, kept.error);
		printf("%s: %zu journals, %zu records\n", entry->d_name, kept.journals, kept.records);
		files++;
	}
	closedir(folder);
	assert_int_equal(files, rules_newest(rules_of)); /* one of each version */
}

/* ---- one function changed ---- */

static struct law law;
static struct rules rules;

static const struct rules *changed(uint32_t version)
{
	return version == 1 ? &rules : NULL;
}

static uint32_t limit_minutes(const struct worktime_limit *limit)
{
	return worktime_limit_minutes(limit) + 1;
}

static enum lt_err due(const struct calendar *calendar, const struct worktime_office *office,
		       const struct worktime_limit *limit, int64_t received, struct worktime_due *out)
{
	enum lt_err err = worktime_due(calendar, office, limit, received, out);
	out->due += 60000000; /* a minute */
	return err;
}

static enum lt_err used(const struct calendar *calendar, const struct worktime_office *office, int64_t from, int64_t to,
			uint32_t *minutes, int *missing_year)
{
	enum lt_err err = worktime_used(calendar, office, from, to, minutes, missing_year);
	*minutes += 1;
	return err;
}

static enum lt_err add(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
		       uint32_t minutes, int64_t *out, int *missing_year)
{
	return worktime_add(calendar, office, from, minutes + 1, out, missing_year);
}

static enum lt_err due_soon(const struct calendar *calendar, const struct worktime_office *office, int64_t at,
			    uint32_t minutes_before, int64_t *out, int *missing_year)
{
	return worktime_due_soon(calendar, office, at, minutes_before + 1, out, missing_year);
}

static bool office_valid(const struct worktime_office *office)
{
	return !worktime_office_valid(office);
}

/* Without the last day of each year's records. */
static enum lt_err make(const struct calendar_year *years, size_t count, const char *agency, struct calendar **out,
			struct calendar_fault *fault)
{
	struct calendar_year less[CALENDAR_YEARS_MAX];
	assert_true(count <= CALENDAR_YEARS_MAX);
	memcpy(less, years, count * sizeof(*years));
	for (size_t i = 0; i < count; i++)
		less[i].day_count -= less[i].day_count > 0;
	return calendar_new(less, count, agency, out, fault);
}

static const struct lt_route_leg *leg(const struct lt_procedure *procedure, uint32_t number)
{
	return route_leg(procedure, number + 1);
}

static size_t next(const struct lt_procedure *procedure, uint32_t number, const uint32_t **out)
{
	size_t count = route_next(procedure, number, out);
	return count > 0 ? count - 1 : 0;
}

static size_t joins(const struct lt_procedure *procedure, uint32_t number)
{
	return route_joins(procedure, number) - 1;
}

static bool reached(const struct lt_procedure *procedure, uint32_t at, uint32_t to)
{
	return !route_reached(procedure, at, to);
}

static bool by_fields(const struct lt_route_leg *at)
{
	return !route_chosen_by_fields(at);
}

static bool by_holder(const struct lt_route_leg *at)
{
	return !route_chosen_by_holder(at);
}

static enum lt_reason choose(const struct lt_route_leg *at, const struct route_facts *facts,
			     uint32_t out[ROUTE_LEGS_MAX], size_t *count, struct lt_refusal *refusal)
{
	(void)out;
	*count = 0;
	return route_choose(at, facts, (uint32_t[ROUTE_LEGS_MAX]){ 0 }, &(size_t){ 0 }, refusal);
}

static bool makes(const struct lt_procedure *procedure, uint32_t number)
{
	return !route_makes(procedure, number);
}

static bool will_make(const struct lt_procedure *procedure, uint32_t at)
{
	return !route_will_make(procedure, at);
}

static bool makes_elsewhere(const struct lt_procedure *procedure, uint32_t number, uint32_t at)
{
	return !route_makes_elsewhere(procedure, number, at);
}

static enum status derive(const struct status_facts *facts)
{
	enum status status = status_derive(facts);
	return status == STATUS_IN_PROGRESS ? STATUS_RECEIVED : status;
}

static bool sets(const struct lt_route_leg *leg, const char *field)
{
	return !route_sets(leg, field);
}

static size_t needs(const struct lt_procedure *procedure, const struct route_facts *facts, uint32_t from,
		    uint32_t named, struct route_need out[ROUTE_NEEDS_MAX])
{
	(void)procedure, (void)facts, (void)from, (void)named;
	out[0] = (struct route_need){ .role = "", .field = "one_more" };
	return 1;
}

static bool in_force(const struct lt_procedure *procedure, int64_t day)
{
	return route_in_force(procedure, day - 1);
}

static enum lt_reason resolve_role(const struct lt_directory *directory, const struct lt_procedure *procedure,
				   const struct route_facts *facts, const char *role, char out[LT_AGENCY_MAX],
				   struct lt_refusal *refusal)
{
	enum lt_reason reason = route_resolve_role(directory, procedure, facts, role, out, refusal);
	if (!reason)
		strcpy(out, facts->origin);
	return reason;
}

static enum lt_reason resolve_lead(const struct lt_directory *directory, const struct lt_procedure *procedure,
				   const struct route_facts *facts, char out[LT_AGENCY_MAX], struct lt_refusal *refusal)
{
	(void)directory;
	(void)procedure;
	(void)facts;
	(void)out;
	return lt_refuse(refusal, LT_AGENCY_UNKNOWN, "nobody leads");
}

/* What was refused is allowed. */
static enum lt_reason any_code(const struct lt_directory *directory, const char *sender, const char *code,
			       int64_t received, int64_t time, struct lt_refusal *refusal)
{
	(void)directory;
	(void)sender;
	(void)code;
	(void)received;
	(void)time;
	(void)refusal;
	return LT_REASON_NONE;
}

static enum lt_reason no_opener(const struct lt_directory *directory, const struct lt_procedure *procedure,
				const struct lt_header *header, int64_t time, struct lt_refusal *refusal)
{
	(void)directory;
	(void)procedure;
	(void)header;
	(void)time;
	return lt_refuse(refusal, LT_OPENER_NOT_ADMITTED, "nobody");
}

static enum lt_reason check_form(const struct lt_procedure *procedure, struct lt_refusal *refusal)
{
	return procedure_check_form(procedure, refusal) ? LT_REASON_NONE : LT_DEFINITION_INVALID;
}

/* 9 is final. */
static enum lt_reason set(enum status *status, enum status to, struct lt_refusal *refusal)
{
	if (*status == STATUS_DONE && to == STATUS_HANDED_OVER)
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL, "done is done");
	return status_set(status, to, refusal);
}

static bool closed(const struct rulebook *rulebook, const char *agency, int64_t time)
{
	return succession_closed(rulebook, agency, time - INT64_C(86400000000));
}

static bool agency_in_force(const struct rulebook *rulebook, const char *agency, int64_t time)
{
	return !succession_in_force(rulebook, agency, time);
}

static const char *of(const struct rulebook *rulebook, const char *agency, const struct dossier *dossier, int64_t time)
{
	(void)rulebook;
	(void)dossier;
	(void)time;
	return agency;
}

static bool acts_for(const struct rulebook *rulebook, const char *sender, const char *agency,
		     const struct dossier *dossier, int64_t time)
{
	(void)rulebook;
	(void)dossier;
	(void)time;
	return strcmp(sender, agency) == 0;
}

static bool is_party(const struct rulebook *rulebook, const char *sender, const struct dossier *dossier, int64_t time)
{
	return !succession_is_party(rulebook, sender, dossier, time);
}

/* Signs of life only: a kind that does nothing. */
static enum lt_reason kind(struct act *act)
{
	return act->header->kind == LT_KIND_STATUS ? LT_REASON_NONE : rules_of(1)->kind(act);
}

static enum lt_reason clock_event(struct act *act)
{
	return act->command->u.clock.kind == LT_CLOCK_HANDOFF_REMIND ? LT_REASON_NONE : rules_of(1)->clock(act);
}

/* Every line: the same replay as above, with one function of the table exchanged. */
#define CHANGED(place, other)                                                             \
	do {                                                                              \
		struct simkept kept;                                                      \
		law = *law_of(1);                                                         \
		rules = *rules_of(1);                                                     \
		rules.law = &law;                                                         \
		place = other;                                                            \
		if (simkept_replay(FIRST, changed, &kept))                                \
			fail_msg(#place " can be changed, and nobody sees it");           \
		if (!strstr(kept.error, "record "))                                       \
			fail_msg(#place ": \"%s\" does not name the record", kept.error); \
		printf(#place ": %.100s\n", kept.error);                                  \
	} while (0)

static void test_law_changed(void **state)
{
	(void)state;
	CHANGED(law.calendar.make, make);
	CHANGED(law.worktime.limit_minutes, limit_minutes);
	CHANGED(law.worktime.office_valid, office_valid);
	CHANGED(law.worktime.due, due);
	CHANGED(law.worktime.used, used);
	CHANGED(law.worktime.add, add);
	CHANGED(law.worktime.due_soon, due_soon);
	CHANGED(law.access.code, any_code);
	CHANGED(law.access.open, no_opener);
	CHANGED(law.access.offer, no_opener);
	CHANGED(law.route.leg, leg);
	CHANGED(law.route.next, next);
	CHANGED(law.route.joins, joins);
	CHANGED(law.route.reached, reached);
	CHANGED(law.route.by_fields, by_fields);
	CHANGED(law.route.by_holder, by_holder);
	CHANGED(law.route.choose, choose);
	CHANGED(law.route.makes, makes);
	CHANGED(law.route.will_make, will_make);
	CHANGED(law.route.makes_elsewhere, makes_elsewhere);
	CHANGED(law.route.needs, needs);
	CHANGED(law.route.sets, sets);
	CHANGED(law.route.in_force, in_force);
	CHANGED(law.route.resolve_role, resolve_role);
	CHANGED(law.route.resolve_lead, resolve_lead);
	CHANGED(law.procedure.check_form, check_form);
	CHANGED(law.status.set, set);
	CHANGED(law.status.derive, derive);
	CHANGED(law.limits.due_soon_minutes, 479);
	CHANGED(law.limits.handoff.quarters, 31);
	CHANGED(law.limits.supplement.quarters, 31);
}

static void test_rules_changed(void **state)
{
	(void)state;
	CHANGED(rules.kind, kind);
	CHANGED(rules.clock, clock_event);
	CHANGED(rules.succession.closed, closed);
	CHANGED(rules.succession.in_force, agency_in_force);
	CHANGED(rules.succession.of, of);
	CHANGED(rules.succession.next, of);
	CHANGED(rules.succession.acts_for, acts_for);
	CHANGED(rules.succession.is_party, is_party);
	CHANGED(rules.limits.reorganise_entries, 1);
}

TEST_MAIN(cmocka_unit_test(test_every_kept_journal), cmocka_unit_test(test_law_changed),
	  cmocka_unit_test(test_rules_changed))
