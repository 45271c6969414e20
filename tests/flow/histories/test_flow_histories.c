/* test_flow_histories.c: what the clocks say after each pair of events of a dossier's life, one after the other and one within the other, by both
 * policies, alone and forked. What they have to say stands in histories.tsv, which make_histories.py counted without the broker.
 * Argument: the number of a line to run alone. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simmerge.h"
#include "simroute.h"
#include "time_fixture.h"
#include "record/definitions.h"

#define CODE "H37.02-20261119-0000001"
#define PROCEDURE "1.004877"
enum { COLUMNS = 40, LINE = 8192, FIRST_ROW = 5, SUBJECT_LEG = 3 };

struct history {
	struct sim *sim;
	const char *first, *second;
	bool restarts, forked, nested;
	bool within;                 /* the second happens within the first, and has not begun */
	bool apologised, stays_back; /* stays_back: it is at leg 2, where papers are asked for next */
	uint32_t calendars, closed;
	int32_t off[2];
	int ministry; /* who acts for it */
	struct simmerge merge;
};

/* ---- the broker ---- */

static const int successors[] = { MINISTRY, COMMUNE, OTHER };
static const char *const windows[2][2] = { { "2026-11-19T14:00", "2026-11-23T10:00" },
					   { "2026-11-25T09:00", "2026-11-27T15:00" } };
static const char *const inner[2] = { "2026-11-19T16:00", "2026-11-23T08:30" };
static const char *const days_off[2] = { "2026-11-20T12:00", "2026-11-26T12:00" };

static int32_t day_of(const char *time)
{
	return (int32_t)((at(time) + 7 * INT64_C(3600000000)) / SIM_DAY);
}

/* Tue 24/11 is free, and what calendar events have made free since. */
static void define_calendar(struct history *h, uint32_t year)
{
	int32_t off[3] = { day_of("2026-11-24T12:00"), h->off[0], h->off[1] };
	simroute_calendar(h->sim, year, 1 + h->calendars, off, year == 2026 ? 1 + h->calendars : 0);
}

static void define_route(struct history *h, enum lt_clock_policy policy)
{
	static uint32_t next[5][2] = { { 2, 5 }, { 3 }, { 4 }, { 0 }, { 4 } };
	static const char *makes[] = { "KQ" };
	const char *agencies[] = { sim_codes[DISTRICT], sim_codes[DEPARTMENT], sim_codes[MINISTRY], sim_codes[DISTRICT],
				   sim_codes[OTHER] };
	static const enum lt_leg_kind kinds[] = { LT_LEG_RECEIVE, LT_LEG_PROCESS, LT_LEG_APPROVE, LT_LEG_RETURN,
						  LT_LEG_APPROVE };
	struct lt_route_leg legs[5];
	for (uint32_t i = 0; i < 5; i++) {
		legs[i] = simroute_leg(i + 1, agencies[i], kinds[i], next[i], i == 0 ? 1 + h->forked : i == 3 ? 0 : 1);
		legs[i].policy = policy;
		if (i == 0 || i == 3)
			continue;
		legs[i].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 20 };
		legs[i].supplements = 4;
		legs[i].on_supplement = i + 1;
		legs[i].fee_stops_clock = true;
	}
	legs[2].on_supplement = h->restarts ? 2 : 3;
	legs[2].makes = legs[4].makes = makes;
	legs[2].make_count = legs[4].make_count = 1;
	struct lt_procedure procedure = { .code = PROCEDURE,
					  .version = 1,
					  .name = "Thu tuc",
					  .name_en = "procedure",
					  .lead = sim_codes[DEPARTMENT],
					  .sector = "",
					  .source = "",
					  .leg_count = h->forked ? 5 : 4,
					  .legs = legs };
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 24 };
	simroute_define_procedure(h->sim, &procedure);
}

static void set_up(struct history *h, enum lt_clock_policy policy)
{
	h->sim = sim_new(1);
	h->sim->boot += at("2026-11-19T08:00") - h->sim->now;
	h->sim->now = at("2026-11-19T08:00");
	h->ministry = MINISTRY;
	define_calendar(h, 2026);
	define_calendar(h, 2027);
	define_route(h, policy);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(h->sim, i);
}

static void tear_down(struct history *h)
{
	uint8_t live[32], rebuilt[32];
	if (h->calendars + h->closed > 0) {
		sim_advance(h->sim, SIM_SECOND);
		sim_hash(h->sim, live);
		sim_rebuild(h->sim);
		sim_hash(h->sim, rebuilt);
		assert_memory_equal(live, rebuilt, 32);
	}
	sim_free(h->sim);
}

static void happen(struct history *h, const char *name, const char *end);

static void run_to(struct history *h, const char *time)
{
	if (h->within && at(time) >= at(inner[1])) {
		h->within = false;
		run_to(h, inner[0]);
		happen(h, h->second, inner[1]);
	}
	while (h->sim->now < at(time)) {
		int64_t left = at(time) - h->sim->now;
		sim_advance(h->sim, left < 6 * INT64_C(3600000000) ? left : 6 * INT64_C(3600000000));
	}
}

/* ---- acts ---- */

static const struct lt_branch_view *subject(struct history *h)
{
	return simroute_branch(h->sim, CODE, h->forked ? 2 : 1);
}

static void act_as(struct history *h, struct sim_act act, enum lt_reason reason)
{
	act.dossier = CODE;
	if (act.branch == 0)
		act.branch = h->forked ? 2 : 1;
	simroute_act(h->sim, act, reason);
	sim_advance(h->sim, SIM_SECOND);
}

static int index_of(const char *code)
{
	int i = 0;
	while (strcmp(sim_codes[i], code) != 0)
		i++;
	return i;
}

/* Who acts for the holder. */
static int holder(struct history *h)
{
	const struct lt_branch_view *view = subject(h);
	return index_of(view->acting[0] ? view->acting : view->holder);
}

static void act(struct history *h, enum lt_kind kind, int sender, int to, const uint8_t *reply)
{
	act_as(h, ACT(.kind = kind, .sender = sender, .to = to, .reply = reply), LT_REASON_NONE);
}

static void answer(struct history *h, enum lt_kind kind, uint32_t branch, int agency)
{
	uint8_t offer[16];
	const struct lt_branch_view *view = simroute_branch(h->sim, CODE, branch);
	memcpy(offer, view->offer_id.data, 16);
	int giver = index_of(view->acting[0] ? view->acting : view->holder);
	act_as(h, ACT(.kind = kind, .branch = branch, .sender = agency, .to = giver, .reply = offer), LT_REASON_NONE);
}

static void pass_on(struct history *h)
{
	act_as(h, ACT(.kind = LT_KIND_FORWARD, .sender = holder(h), .to = h->ministry, .route_leg = SUBJECT_LEG),
	       LT_REASON_NONE);
	answer(h, LT_KIND_ACCEPT, h->forked ? 2 : 1, h->ministry);
}

static void open_it(struct history *h)
{
	struct sim_act on = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .branch = 1 };
	on.recipients[0].agency = on.to = DEPARTMENT;
	on.recipients[0].leg = on.route_leg = 2;
	on.recipients[1].agency = OTHER;
	on.recipients[1].leg = 5;
	on.to_count = h->forked ? 2 : 0;
	act_as(h, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .procedure = PROCEDURE),
	       LT_REASON_NONE);
	act_as(h, on, LT_REASON_NONE);
	answer(h, LT_KIND_ACCEPT, h->forked ? 2 : 1, DEPARTMENT);
	if (h->forked)
		answer(h, LT_KIND_ACCEPT, 3, OTHER);
}

/* ---- events ---- */

static void papers(struct history *h, const char *end)
{
	uint8_t request[16];
	act_as(h,
	       ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = holder(h), .to = DISTRICT,
		   .due_at = at("2026-12-15T10:00")),
	       LT_REASON_NONE);
	memcpy(request, h->sim->last_id, 16);
	run_to(h, end);
	bool leads_back = h->restarts && strcmp(subject(h)->leg, "leg-3") == 0;
	act(h, LT_KIND_SUPPLEMENT, DISTRICT, leads_back ? DEPARTMENT : holder(h), request);
	if (leads_back && !h->stays_back)
		pass_on(h);
}

static void fee(struct history *h, const char *end)
{
	uint8_t request[16];
	act(h, LT_KIND_REQUEST_FEE, holder(h), DISTRICT, NULL);
	memcpy(request, h->sim->last_id, 16);
	run_to(h, end);
	act(h, LT_KIND_FEE_PAID, DISTRICT, holder(h), request);
}

static void stop(struct history *h, const char *end)
{
	act(h, LT_KIND_STOP, holder(h), DISTRICT, NULL);
	run_to(h, end);
	act(h, LT_KIND_RESUME, DEPARTMENT, DISTRICT, NULL);
}

static void apologise(struct history *h, const char *end)
{
	(void)end;
	act_as(h, ACT(.kind = LT_KIND_APOLOGY, .sender = holder(h), .to = DISTRICT, .due_at = at("2026-12-04T10:00")),
	       h->apologised ? LT_STATUS_EDGE_ILLEGAL : LT_REASON_NONE);
	h->apologised = true;
}

static void recall(struct history *h, const char *end)
{
	uint8_t result[16];
	act(h, LT_KIND_RESULT, holder(h), holder(h), NULL);
	memcpy(result, h->sim->last_id, 16);
	run_to(h, end);
	act(h, LT_KIND_RECALL, DEPARTMENT, DISTRICT, result);
}

static void give_back(struct history *h, const char *end)
{
	act(h, LT_KIND_RETURN, holder(h), DEPARTMENT, NULL);
	answer(h, LT_KIND_ACCEPT, h->forked ? 2 : 1, DEPARTMENT);
	run_to(h, end);
	pass_on(h);
}

static void refuse(struct history *h, const char *end)
{
	act(h, LT_KIND_RETURN, holder(h), DEPARTMENT, NULL);
	run_to(h, end);
	answer(h, LT_KIND_REFUSE, h->forked ? 2 : 1, DEPARTMENT);
}

static void leave_unanswered(struct history *h, const char *end)
{
	act(h, LT_KIND_RETURN, holder(h), DEPARTMENT, NULL);
	run_to(h, end);
	answer(h, LT_KIND_ACCEPT, h->forked ? 2 : 1, DEPARTMENT);
	pass_on(h);
}

static void change_calendar(struct history *h, const char *end)
{
	(void)end;
	bool first_week = h->sim->now < at(windows[1][0]);
	h->off[h->calendars++] = day_of(days_off[!first_week]);
	define_calendar(h, 2026);
}

static void lose(struct history *h, const char *end)
{
	struct lt_control_request request = { .type = LT_CONTROL_OUTAGE };
	int64_t from = h->sim->now - h->sim->now % 60000000;
	run_to(h, end);
	request.outage =
		(struct lt_outage_command){ .from = from, .to = at(end), .operator_name = "tester", .reason = "power" };
	assert_int_equal(sim_control(h->sim, &request)->reason, 0);
}

static void merge(struct history *h, const char *end)
{
	(void)end;
	int ends = successors[h->closed++];
	h->ministry = successors[h->closed];
	simmerge_end(&h->merge, h->sim, ends, h->ministry);
}

static void happen(struct history *h, const char *name, const char *end)
{
	static const struct {
		const char *name;
		void (*happen)(struct history *h, const char *end);
	} events[] = { { "suspend", papers },
		       { "restart", papers },
		       { "fee", fee },
		       { "stop", stop },
		       { "apology", apologise },
		       { "recall", recall },
		       { "return", give_back },
		       { "refusal", refuse },
		       { "unanswered", leave_unanswered },
		       { "calendar", change_calendar },
		       { "outage", lose },
		       { "merger", merge } };
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (strcmp(events[i].name, name) == 0) {
			events[i].happen(h, end);
			return;
		}
	}
	fail_msg("no event %s", name);
}

/* ---- what is looked at ---- */

static void show_time(int64_t time, char out[32])
{
	char text[LT_TIME_TEXT];
	if (time == 0) {
		strcpy(out, "-");
		return;
	}
	lt_time_format(time, text);
	snprintf(out, 32, "%.16s", text);
}

static const char *verdict_of(uint32_t verdict)
{
	return verdict == 0               ? "-"
	       : verdict == LT_TIME_EARLY ? "EARLY"
	       : verdict == LT_TIME_ON    ? "ON"
	       : verdict == LT_TIME_LATE  ? "LATE"
					  : "?";
}

static void show_row(const struct lt_stay *row, char out[256])
{
	char first[32], lawful[32], how[32];
	show_time(row->due_first, first);
	show_time(row->due_lawful, lawful);
	snprintf(how, sizeof(how), "%s", lt_stay_end_name(row->how));
	for (char *c = how; *c; c++)
		*c = *c == ' ' ? '-' : *c;
	snprintf(out, 256, "%u %s %s %s %u %u %u %s %s %s", row->branch, row->leg, row->holder, how, row->used,
		 row->stood, row->carried, verdict_of(row->verdict), first, lawful);
}

static bool check(struct history *h, const char *name, char *const *columns, size_t count)
{
	const struct lt_dossier_view *view = sim_dossier(h->sim, CODE);
	char got[256], first[32], lawful[32], appointment[32];
	bool good = view->stays_total == count - 1;
	for (size_t i = 0; i < view->stays_total || i + 1 < count; i++) {
		if (i < view->stays_total)
			show_row(&view->stays[i], got);
		if (i < view->stays_total && i + 1 < count && strcmp(got, columns[i]) == 0)
			continue;
		good = false;
		printf("%s: row %zu\n  got    %s\n  wanted %s\n", name, i + 1, i < view->stays_total ? got : "(none)",
		       i + 1 < count ? columns[i] : "(none)");
	}
	show_time(view->clock->due_first, first);
	show_time(view->clock->due_lawful, lawful);
	show_time(view->clock->appointment, appointment);
	snprintf(got, sizeof(got), "%u %s %s %s %s", view->clock->used, verdict_of(view->clock->verdict), first, lawful,
		 appointment);
	if (strcmp(got, columns[count - 1]) != 0) {
		good = false;
		printf("%s: dossier\n  got    %s\n  wanted %s\n", name, got, columns[count - 1]);
	}
	return good;
}

static void walk(struct history *h)
{
	bool both = h->restarts && (strcmp(h->first, "suspend") == 0 || strcmp(h->second, "suspend") == 0);
	bool waits = both && strcmp(h->first, "suspend") == 0;
	open_it(h);
	run_to(h, "2026-11-19T09:00");
	if (!waits)
		pass_on(h);
	run_to(h, windows[0][0]);
	h->within = h->nested;
	h->stays_back = both && !waits;
	happen(h, h->first, windows[0][1]);
	h->stays_back = false;
	if (waits) {
		run_to(h, windows[0][1]);
		pass_on(h);
	}
	run_to(h, windows[1][0]);
	if (!h->nested)
		happen(h, h->second, windows[1][1]);
	if (both && !waits) {
		run_to(h, windows[1][1]);
		pass_on(h);
	}
	if (h->forked) {
		run_to(h, "2026-11-30T10:00");
		act_as(h, ACT(.kind = LT_KIND_RESULT, .branch = 3, .sender = OTHER, .to = OTHER), LT_REASON_NONE);
	}
	run_to(h, "2026-11-30T11:00");
	act(h, LT_KIND_RESULT, holder(h), holder(h), NULL);
}

static bool run_line(char *line, int number)
{
	char *columns[COLUMNS], name[128], *rest = line;
	size_t count = 0;
	struct history h = { 0 };
	for (char *cell; (cell = strsep(&rest, "\t\n")) != NULL && cell[0] != '\0'; count++) {
		assert_true(count < COLUMNS);
		columns[count] = cell;
	}
	assert_true(count > FIRST_ROW);
	snprintf(name, sizeof(name), "%d: %s, %s, %s, %s, %s", number, columns[0], columns[1], columns[2], columns[3],
		 columns[4]);
	h.first = columns[0];
	h.second = columns[1];
	h.forked = strcmp(columns[3], "forked") == 0;
	h.nested = strcmp(columns[4], "within") == 0;
	h.restarts = strcmp(h.first, "restart") == 0 || strcmp(h.second, "restart") == 0;
	set_up(&h, strcmp(columns[2], "RESTART") == 0 ? LT_CLOCK_RESTART : LT_CLOCK_SUSPEND);
	walk(&h);
	bool good = check(&h, name, &columns[FIRST_ROW], count - FIRST_ROW);
	tear_down(&h);
	return good;
}

static int only;

static void test_each_line(void **state)
{
	char line[LINE];
	int number = 0, bad = 0;
	FILE *file = fopen(LT_SOURCE_DIR "/tests/flow/histories/histories.tsv", "r");
	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		number++;
		if (only == 0 || only == number)
			bad += !run_line(line, number);
	}
	fclose(file);
	assert_true(number > 600);
	assert_int_equal(bad, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_line) };
	only = argc > 1 ? atoi(argv[1]) : 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
