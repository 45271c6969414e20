/* Lists of many dossiers against the views of each: who owes what, who is late, what is due, of a status, procedure, lead, holder. */
#include "test.h"

#include <stdlib.h>

#include "flow_kinds.h"

enum { DOSSIERS = 64, ROWS_MAX = 1000 };

static char codes[DOSSIERS][LT_DOSSIER_MAX];
static size_t dossier_count;

/* Dossiers at each status, some offered, some forked; in between time passes. */
static struct sim *make(uint64_t seed)
{
	static const unsigned statuses[] = { 2, 4, 5, 6, 7, 8, 9, 10 };
	struct sim *sim = simroute_new(seed);
	dossier_count = 0;
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < 8; i++) {
			route = statuses[i] == 4 && round == 1 ? ROUTE_SOME : ROUTE_ALL; /* one way alone, or both */
			bring_to(sim, statuses[i]);
			if (statuses[i] == 4 && round == 1)
				act(sim,
				    ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3),
				    0);
			if (statuses[i] == 4 && round == 2)
				act(sim,
				    ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to_count = 2,
					.recipients = { { MINISTRY, 3 }, { OTHER, 4 } }),
				    0);
			memcpy(codes[dossier_count++], code, sizeof(code));
		}
		sim_advance(sim, 2 * SIM_DAY);
	}
	return sim;
}

/* All pages of so many rows; the texts live in `keep`. */
struct row {
	char code[LT_DOSSIER_MAX], who[LT_AGENCY_MAX];
	uint32_t what, branch;
	int64_t until;
};
static size_t list(struct sim *sim, struct lt_dossiers_request asked, uint32_t limit, struct row out[ROWS_MAX])
{
	static uint8_t place[LT_DOSSIERS_PLACE];
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIERS, .dossiers = asked };
	size_t count = 0;
	request.dossiers.limit = limit;
	do {
		const struct lt_control_answer *answer = sim_control(sim, &request);
		assert_int_equal(answer->reason, 0);
		for (size_t i = 0; i < answer->dossiers.count; i++) {
			const struct lt_dossiers_row *row = &answer->dossiers.rows[i];
			assert_true(count < ROWS_MAX);
			out[count] = (struct row){ .what = row->owed.what,
						   .branch = row->owed.branch,
						   .until = row->owed.until };
			snprintf(out[count].code, sizeof(out[count].code), "%s", row->code);
			snprintf(out[count++].who, sizeof(out[0].who), "%s", row->owed.who);
		}
		assert_true(answer->dossiers.time >= sim->now - SIM_SECOND);
		if (answer->dossiers.next.len > 0)
			memcpy(place, answer->dossiers.next.data, answer->dossiers.next.len);
		request.dossiers.after = lt_bytes(place, answer->dossiers.next.len);
	} while (request.dossiers.after.len > 0);
	return count;
}

static bool has(const struct row *rows, size_t count, const struct row *row)
{
	size_t seen = 0;
	for (size_t i = 0; i < count; i++)
		seen += strcmp(rows[i].code, row->code) == 0 && strcmp(rows[i].who, row->who) == 0 &&
			rows[i].what == row->what && rows[i].branch == row->branch && rows[i].until == row->until;
	assert_true(seen <= 1);
	return seen == 1;
}

/* What the views say that a list of acts must have. */
static size_t of_views(struct sim *sim, const struct lt_dossiers_request *asked, struct row out[ROWS_MAX])
{
	size_t count = 0;
	for (size_t d = 0; d < dossier_count; d++) {
		const struct lt_dossier_view *view = sim_dossier(sim, codes[d]);
		int64_t now = view->time;
		bool open = view->owed_count > 0;
		for (size_t i = 0; i <= view->owed_count; i++) {
			bool own = i == view->owed_count;
			bool runs = own && open && view->clock && !view->clock->suspended && view->clock->verdict > 3;
			const struct lt_owed *owed = own ? NULL : &view->owed[i];
			int64_t until = own ? (runs ? view->clock->appointment : 0) : owed->until;
			bool in = asked->late         ? until != 0 && until < now
				  : asked->due_within ? until >= now && until <= now + asked->due_within
						      : true;
			if (asked->owed_by)
				in = in && !own && strcmp(owed->who, asked->owed_by) == 0;
			if (asked->unanswered)
				in = in && !own && owed->what == LT_OWED_ACCEPT;
			if (!in)
				continue;
			out[count] = (struct row){ .what = own ? 0 : owed->what,
						   .branch = own ? 0 : owed->branch,
						   .until = until };
			memcpy(out[count].code, codes[d], sizeof(out[0].code));
			snprintf(out[count++].who, sizeof(out[0].who), "%s", own ? "" : owed->who);
		}
	}
	return count;
}

static struct row rows[ROWS_MAX], wanted[ROWS_MAX], paged[ROWS_MAX];

static void same(struct sim *sim, const char *name, struct lt_dossiers_request asked, bool some)
{
	size_t count = list(sim, asked, 0, rows), want = of_views(sim, &asked, wanted);
	if (count != want || (want > 0) != some)
		fail_msg("%s: %zu rows instead of %zu", name, count, want);
	for (size_t i = 0; i < want; i++) {
		if (!has(rows, count, &wanted[i]))
			fail_msg("%s: %s lacks: %s owes %s", name, wanted[i].code, wanted[i].who,
				 lt_owed_name(wanted[i].what));
	}
	for (size_t i = 1; i < count; i++) { /* by time, what has none behind */
		uint64_t before = rows[i - 1].until ? (uint64_t)rows[i - 1].until : UINT64_MAX;
		assert_true(before <= (rows[i].until ? (uint64_t)rows[i].until : UINT64_MAX));
	}
	for (uint32_t limit = 1; limit <= 7; limit += 3) {
		assert_int_equal(list(sim, asked, limit, paged), count);
		assert_memory_equal(paged, rows, count * sizeof(rows[0]));
	}
}

static void all_acts(struct sim *sim)
{
	for (int i = 0; i < SIM_AGENCIES; i++) {
		bool some = i != DISTRICT;
		same(sim, "owed by", (struct lt_dossiers_request){ .owed_by = sim_codes[i] }, some);
	}
	same(sim, "late", (struct lt_dossiers_request){ .late = true }, true);
	same(sim, "late of one", (struct lt_dossiers_request){ .owed_by = sim_codes[OTHER], .late = true }, true);
	same(sim, "due soon", (struct lt_dossiers_request){ .due_within = 90 * SIM_DAY }, true);
	same(sim, "unanswered", (struct lt_dossiers_request){ .unanswered = true }, true);
}

static void test_acts(void **state)
{
	(void)state;
	struct sim *sim = make(1);
	all_acts(sim);
	sim_flush(sim);
	all_acts(sim);
	simroute_rebuild(sim); /* the table comes out of the journal alone, or the state hash would not be the same */
	all_acts(sim);
	sim_free(sim);
}

static bool holds(const struct lt_dossier_view *view, const char *agency)
{
	for (size_t i = 0; i < view->branch_count; i++) {
		if (view->branches[i].custody != LT_CUSTODY_CLOSED && strcmp(view->branches[i].holder, agency) == 0)
			return true;
	}
	return false;
}

/* Lists of dossiers: each once, and no other. */
static void same_dossiers(struct sim *sim, const char *name, struct lt_dossiers_request asked)
{
	size_t count = list(sim, asked, 0, rows), want = 0;
	for (size_t d = 0; d < dossier_count; d++) {
		const struct lt_dossier_view *view = sim_dossier(sim, codes[d]);
		bool in = (!asked.status || view->status == asked.status) &&
			  (!asked.procedure || strcmp(view->procedure, asked.procedure) == 0) &&
			  (!asked.holder || holds(view, asked.holder)) &&
			  (!asked.lead || (view->owed_count > 0 && strcmp(view->lead, asked.lead) == 0));
		size_t seen = 0;
		for (size_t i = 0; i < count; i++)
			seen += strcmp(rows[i].code, codes[d]) == 0;
		if (seen != in)
			fail_msg("%s: %s stands %zu times", name, codes[d], seen);
		want += in;
	}
	assert_int_equal(count, want);
	assert_int_equal(list(sim, asked, 2, paged), count);
	assert_memory_equal(paged, rows, count * sizeof(rows[0]));
}

static void test_dossiers(void **state)
{
	(void)state;
	struct sim *sim = make(2);
	same_dossiers(sim, "all", (struct lt_dossiers_request){ 0 });
	for (uint32_t status = 1; status <= 10; status++)
		same_dossiers(sim, "status", (struct lt_dossiers_request){ .status = status });
	same_dossiers(sim, "procedure", (struct lt_dossiers_request){ .procedure = ROUTE_ALL });
	same_dossiers(sim, "another procedure", (struct lt_dossiers_request){ .procedure = SIM_PROCEDURE });
	for (int i = 0; i < SIM_AGENCIES; i++) {
		same_dossiers(sim, "holder", (struct lt_dossiers_request){ .holder = sim_codes[i] });
		same_dossiers(sim, "lead", (struct lt_dossiers_request){ .lead = sim_codes[i] });
		same_dossiers(sim, "holder and status",
			      (struct lt_dossiers_request){ .holder = sim_codes[i], .status = 4 });
	}
	sim_free(sim);
}

static const struct lt_cause_view *cause_of(struct sim *sim, enum lt_cause cause)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	sim_flush(sim);
	const struct lt_status_view *status = &sim_control(sim, &request)->status;
	for (size_t i = 0; i < status->cause_count; i++) {
		if (status->causes[i].cause == (uint32_t)cause)
			return &status->causes[i];
	}
	return NULL;
}

static void same_cause(struct sim *sim, enum lt_cause cause, size_t want)
{
	const struct lt_cause_view *view = cause_of(sim, cause);
	assert_int_equal(view ? view->count : 0, want);
	if (view) {
		assert_int_equal(view->subject_count, want < 3 ? want : 3);
		assert_memory_equal(view->subjects[0].name, "H37.", 4);
	}
}

/* The status counts what the lists show, and names the first. */
static void test_causes(void **state)
{
	(void)state;
	struct sim *sim = make(3);
	size_t own = 0, offers = 0, others = 0, count;
	same_cause(sim, LT_CAUSE_DOSSIER_LATE, 0);
	sim_advance(sim, 20 * SIM_DAY);
	count = list(sim, (struct lt_dossiers_request){ .late = true }, 0, rows);
	for (size_t i = 0; i < count; i++) {
		own += rows[i].what == 0;
		offers += rows[i].what == LT_OWED_ACCEPT || rows[i].what == LT_OWED_RECEIVE;
		others += rows[i].what != 0 && rows[i].what != LT_OWED_ACCEPT && rows[i].what != LT_OWED_RECEIVE;
	}
	assert_true(offers > 0 && others > 0);
	same_cause(sim, LT_CAUSE_DOSSIER_LATE, own);
	same_cause(sim, LT_CAUSE_OFFER_LATE, offers);
	same_cause(sim, LT_CAUSE_ACT_LATE, others);
	count = list(sim, (struct lt_dossiers_request){ .silent = true }, 0, rows);
	assert_true(count > 0);
	same_cause(sim, LT_CAUSE_DOSSIER_SILENT, count);
	sim_free(sim);
}

/* An agency is missed when its session went, or when its mail waits for a session; a suspended one is not; one that is there and takes
 * nothing is named for that. */
static void test_who_is_missed(void **state)
{
	struct sim *sim = sim_new(1);
	const struct lt_cause_view *cause;
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	sim_lost(sim, DEPARTMENT);
	sim_advance(sim, 4 * 60 * SIM_SECOND);
	assert_null(cause_of(sim, LT_CAUSE_AGENCY_DISCONNECTED));
	int64_t lost = sim->now - 4 * 60 * SIM_SECOND;
	sim_advance(sim, 61 * SIM_SECOND);
	cause = cause_of(sim, LT_CAUSE_AGENCY_DISCONNECTED);
	assert_non_null(cause);
	assert_int_equal(cause->count, 1);
	assert_string_equal(cause->subjects[0].name, sim_codes[DEPARTMENT]);
	assert_true(cause->subjects[0].at >= lost - SIM_SECOND && cause->subjects[0].at <= lost + SIM_SECOND);
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[DEPARTMENT])->reason, 0);
	assert_null(cause_of(sim, LT_CAUSE_AGENCY_DISCONNECTED));
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESUME, sim_codes[DEPARTMENT])->reason, 0);
	sim_connect(sim, DEPARTMENT);
	assert_null(cause_of(sim, LT_CAUSE_AGENCY_DISCONNECTED));
	/* Nobody has seen it since the start, but for what waits. */
	struct sim_act open = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = OTHER, .dossier = "H37.02-20261118-0000001"
	};
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	sim_advance(sim, 6 * 60 * SIM_SECOND);
	cause = cause_of(sim, LT_CAUSE_AGENCY_DISCONNECTED);
	assert_non_null(cause);
	assert_int_equal(cause->count, 1);
	assert_string_equal(cause->subjects[0].name, sim_codes[OTHER]);
	sim_connect_window(sim, OTHER, 0);
	assert_null(cause_of(sim, LT_CAUSE_AGENCY_DISCONNECTED));
	assert_null(cause_of(sim, LT_CAUSE_MAILBOX_WAITS));
	sim_advance(sim, 55 * 60 * SIM_SECOND);
	cause = cause_of(sim, LT_CAUSE_MAILBOX_WAITS);
	assert_non_null(cause);
	assert_string_equal(cause->subjects[0].name, sim_codes[OTHER]);
	sim_free(sim);
}

static const struct lt_agency_view *agency_of(struct sim *sim, int agency)
{
	struct lt_control_request request = { .type = LT_CONTROL_AGENCIES, .code = sim_codes[agency] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->agencies.count, 1);
	return &answer->agencies.agencies[0];
}

static void report(struct sim *sim, int agency, int64_t ahead, const struct lt_adapter_report *told)
{
	struct input input = { .type = INPUT_REPORT, .session = sim->agencies[agency].session };
	input.u.report.ahead = ahead;
	input.u.report.told = *told;
	sim_take(sim, &input);
	sim_run(sim);
}

/* What an adapter tells of itself is shown, and named when it means trouble, while it is there; it is no record. */
static void test_reports(void **state)
{
	(void)state;
	struct sim *sim = sim_new(1);
	int64_t minute = 60 * SIM_SECOND;
	struct lt_adapter_report told = { .clock = sim->now, .disk_free = 200, .disk_reserve = 100, .unsent = 3 };
	assert_null(agency_of(sim, DISTRICT)->adapter);
	sim_connect(sim, DISTRICT);
	const struct lt_agency_view *view = agency_of(sim, DISTRICT);
	assert_non_null(view->adapter);
	assert_true(view->adapter->since > 0 && view->adapter->told_at == 0);
	assert_true(view->certificates == 1 && view->certificates_end > sim->now);
	uint64_t before = engine_sequence(sim->engine);
	report(sim, DISTRICT, -minute, &told);
	view = agency_of(sim, DISTRICT);
	assert_true(view->adapter->told_at > 0 && view->adapter->clock_ahead == -minute);
	assert_int_equal(view->adapter->report.disk_free, 200);
	assert_int_equal(view->adapter->report.unsent, 3);
	assert_null(cause_of(sim, LT_CAUSE_ADAPTER_DISK));
	assert_null(cause_of(sim, LT_CAUSE_ADAPTER_CLOCK));
	told.disk_free = 199;
	report(sim, DISTRICT, -minute - 1, &told);
	assert_string_equal(cause_of(sim, LT_CAUSE_ADAPTER_DISK)->subjects[0].name, sim_codes[DISTRICT]);
	assert_int_equal(cause_of(sim, LT_CAUSE_ADAPTER_CLOCK)->count, 1);
	told = (struct lt_adapter_report){ .clock = sim->now, .disk_free = 1000, .full = true };
	report(sim, DISTRICT, minute + 1, &told);
	assert_non_null(cause_of(sim, LT_CAUSE_ADAPTER_DISK));
	assert_non_null(cause_of(sim, LT_CAUSE_ADAPTER_CLOCK));
	assert_null(cause_of(sim, LT_CAUSE_ADAPTER_RESTORED));
	told.restored_at = sim->now + minute - SIM_DAY; /* by its clock */
	report(sim, DISTRICT, minute, &told);
	assert_int_equal(cause_of(sim, LT_CAUSE_ADAPTER_RESTORED)->subjects[0].at, sim->now - SIM_DAY);
	told.restored_at = sim->now - 8 * SIM_DAY;
	report(sim, DISTRICT, 0, &told);
	assert_null(cause_of(sim, LT_CAUSE_ADAPTER_RESTORED));
	assert_int_equal(engine_sequence(sim->engine), before);
	/* Of one that went the last word stays, and is no cause. */
	sim_lost(sim, DISTRICT);
	assert_null(cause_of(sim, LT_CAUSE_ADAPTER_DISK));
	view = agency_of(sim, DISTRICT);
	assert_true(view->adapter->since == 0 && view->adapter->report.full);
	report(sim, DISTRICT, 0, &told); /* nobody's */
	sim_free(sim);
}

/* The sum over agencies and reasons is what the status counts. */
static void test_refusals(void **state)
{
	(void)state;
	struct sim *sim = sim_new(1);
	struct sim_act open = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = OTHER, .dossier = "H37.02-20261118-0000001"
	};
	struct sim_act late = { .kind = LT_KIND_OPEN, .sender = DEPARTMENT, .to = OTHER, .dossier = open.dossier };
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	uint64_t sum = 0;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sim_do(sim, &open)->reason, LT_DOSSIER_EXISTS);
	assert_int_equal(sim_do(sim, &late)->reason, LT_DOSSIER_EXISTS);
	for (int i = 0; i < SIM_AGENCIES; i++) {
		const struct lt_agency_view *view = agency_of(sim, i);
		for (size_t k = 0; k < view->refused_count; k++)
			sum += view->refused[k].count;
	}
	const struct lt_agency_view *view = agency_of(sim, DISTRICT);
	assert_int_equal(view->refused_count, 1);
	assert_int_equal(view->refused[0].reason, LT_DOSSIER_EXISTS);
	assert_int_equal(view->refused[0].count, 3);
	assert_int_equal(sum, sim_control(sim, &request)->status.rejected);
	assert_int_equal(sum, 4);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_reports), cmocka_unit_test(test_refusals), cmocka_unit_test(test_who_is_missed),
	  cmocka_unit_test(test_acts), cmocka_unit_test(test_dossiers), cmocka_unit_test(test_causes))
