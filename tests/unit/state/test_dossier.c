/* A dossier there and back through its bytes, and its parties and branches. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "state/dossier.h"

static void fill_branch(struct branch *branch, uint32_t number, enum lt_custody custody)
{
	*branch = (struct branch){ .number = number, .version = 7 + number, .custody = custody, .leg = 3 };
	branch->since = INT64_C(1795000000000000) + number;
	strcpy(branch->holder, "H37.14");
	strcpy(branch->came_from, number == 1 ? "" : "H37.02");
	strcpy(branch->came_before, number == 3 ? "H38" : "");
	branch->came_back = number % 2 != 0;
	branch->came_before_leg = number + 2;
	branch->came_before_fork_leg = number + 3;
	branch->came_leg = number;
	branch->came_fork_leg = number + 1;
	branch->fork_leg = number % 5;
	branch->parent = number / 4;
	branch->joined = custody == LT_CUSTODY_CLOSED ? 6 : 0;
	branch->trace = 13;
	branch->trace_work = 5;
	memset(branch->accepted_id, (int)number, 16);
	memset(branch->recall_id, number % 2 ? 0x77 : 0, 16);
	memset(branch->supplement_id, number % 2 ? 0x11 : 0, 16);
	memset(branch->fee_id, number % 3 ? 0 : 0x22, 16);
	branch->fee_stands = number % 3 == 0;
	branch->fee_amount = number % 3 == 0 ? UINT64_MAX : 0;
	branch->supplement_wait = (struct clock_wait){ 3, 8, 99, UINT64_MAX };
	if (number % 2)
		branch->papers = (struct papers_time){ .from = 5, .until = 6, .told = 7, .stopped_at = 8, .given = 9 };
	branch->begun = number % 2 ? 77 : 0;
	branch->begun_by = number % 2 ? 78 : 0;
	branch->handoff = (struct clock_wait){ .generation = number, .next_kind = number % 2 ? 5 : 0 };
	branch->handoff.next_due = number % 2 ? INT64_C(1795000000000000) : 0;
	branch->handoff.armed = number % 2 ? 7 : 0;
	if (number % 3 == 0)
		branch->clock = (struct legal_clock){ .limit = { LT_LIMIT_WORKING_DAYS, 10 },
						      .started = 4,
						      .due_first = 5,
						      .due_lawful = 6,
						      .appointment = 9,
						      .stand_count = 1,
						      .stands = { { 7, 8 } },
						      .carried = 7,
						      .generation = 8,
						      .soon_told = true };
	if (custody != LT_CUSTODY_OFFERED)
		return;
	strcpy(branch->offered_to, "G09.20.111.222.333.444.555.666");
	memset(branch->offer_id, 0xab, sizeof(branch->offer_id));
	branch->offer_sequence = UINT64_MAX - 1;
	branch->offer_leg = 4;
	branch->offer_kind = LT_KIND_RETURN;
	branch->arrived = 79;
	strcpy(branch->offer_late, "qua-tai");
}

static void fill_requests(struct dossier *dossier)
{
	dossier->refused = dossier->stopped = true;
	dossier->withdrawal_id[0] = 3;
	dossier->stay_count = 5;
	strcpy(dossier->replaces, "H37.02-20261123-0000009");
	dossier->proposal = (struct dossier_proposal){
		.sequence = 7, .stay = 2, .version = 5, .uid = 1000, .verdict = LT_TIME_EARLY, .branch = 3
	};
	dossier->past_count = 1;
	dossier->past[0].leg = 3;
	dossier->past[0].how = LT_STAY_RESULT;
	dossier->past[0].anew = true;
	strcpy(dossier->past[0].by, "H38.14");
	struct legal_clock ended = { .started = 4, .ended = true, .ended_at = -1 };
	dossier_clock_keep(&ended, &dossier->past[0].clock);
	dossier->request_count = 2;
	dossier->request_legs[0] = 1;
	dossier->request_legs[1] = 7;
	dossier->field_count = 1;
	strcpy(dossier->fields[0].name, "huyen");
	memset(dossier->fields[0].value, 'x', LT_FIELD_VALUE_MAX * 4);
}

static void fill_consult(struct dossier *dossier)
{
	struct consult *consult = &dossier->consults[0];
	dossier->consult_count = 1;
	*consult = (struct consult){ .number = 1, .id = { 9 }, .sequence = 12, .branch = 2, .leg = 5, .asked_at = 3 };
	consult->limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 28 };
	consult->due_at = 4;
	consult->stopped_at = 6;
	consult->on_silence = LT_SILENCE_DEEMED_CONSENT;
	strcpy(consult->asked_by, "H37.14");
	consult->answer_count = LT_TO_MAX;
	for (uint32_t i = 0; i < LT_TO_MAX; i++) {
		snprintf(consult->answers[i].agency, LT_AGENCY_MAX, "H38.%u", i);
		consult->answers[i].due = (int64_t)i * 3;
		consult->answers[i].given = i % 3;
		consult->answers[i].silent_at = i % 2;
		consult->answers[i].agree = (enum lt_agreement)(i % 4);
		consult->answers[i].answered_at = (int64_t)i;
	}
}

static void fill(struct dossier *dossier, uint32_t branches)
{
	memset(dossier, 0, sizeof(*dossier));
	dossier->number = 12;
	strcpy(dossier->code, "H37.02-20261124-0000001");
	strcpy(dossier->procedure, "1.010828.000.00.00.H38");
	dossier->procedure_version = 3;
	dossier->stage = STATUS_IN_PROGRESS;
	dossier->status = STATUS_SUPPLEMENT;
	strcpy(dossier->origin, "H37.02");
	dossier->opened_at = INT64_C(1795000000000000);
	dossier->last_sequence = 99;
	dossier->records = 17;
	dossier->branch_count = branches;
	for (uint32_t i = 0; i < branches; i++)
		fill_branch(&dossier->branches[i], i + 1, (enum lt_custody)(1 + i % 3));
	dossier_add_party(dossier, "H37.02");
	dossier_add_party(dossier, "H37.14");
	fill_requests(dossier);
	fill_consult(dossier);
}

static void test_round_trip(void **state)
{
	static struct dossier in, out;
	(void)state;
	for (uint32_t branches = 0; branches <= DOSSIER_BRANCHES_MAX; branches += 16) {
		struct lt_buf buf = { 0 };
		fill(&in, branches);
		memset(&out, 0, sizeof(out));
		dossier_encode(&in, &buf);
		assert_int_equal(dossier_decode(lt_buf_bytes(&buf), 12, &out), LT_OK);
		in.work_count = dossier_list_work(&in, in.work); /* not in the bytes: of what was read */
		assert_memory_equal(&in, &out, sizeof(in));
		lt_buf_fini(&buf);
	}
}

/* A leg that is behind keeps its clock as bytes: there is room for the largest, and it comes back whole. */
static void test_kept_clock(void **state)
{
	static struct legal_clock clock, back;
	struct kept_clock kept;
	(void)state;
	memset(&clock, 0, sizeof(clock));
	dossier_clock_keep(&clock, &kept);
	assert_int_equal(kept.len, 1);
	clock = (struct legal_clock){
		.limit = { LT_LIMIT_WORKING_DAYS, UINT32_MAX },
		.started = -1,
		.stand_count = CLOCK_STANDS_MAX,
		.folded = UINT32_MAX,
		.folded_used = UINT32_MAX,
		.due_first = -1,
		.due_lawful = -2,
		.appointment = -3,
		.allotted = UINT32_MAX,
		.carried = UINT32_MAX,
		.facts = UINT64_MAX,
		.generation = UINT32_MAX,
		.next_kind = 3,
		.next_due = -1,
		.armed = UINT64_MAX,
		.overdue_told = true,
		.soon_told = true,
		.apologised = true,
		.ended = true,
		.late = true,
		.set_back = true,
		.ended_at = -1,
		.anchor = -1,
		.before = UINT32_MAX,
	};
	for (uint32_t i = 0; i < CLOCK_STANDS_MAX; i++)
		clock.stands[i] = (struct clock_stand){ -1, -1 };
	dossier_clock_keep(&clock, &kept);
	dossier_clock_kept(&kept, &back);
	assert_memory_equal(&clock, &back, sizeof(clock));
}

static void test_same_bytes(void **state)
{
	static struct dossier in, dirty;
	struct lt_buf first = { 0 }, second = { 0 };
	(void)state;
	fill(&in, 2);
	dossier_encode(&in, &first);
	memset(&dirty, 0xff, sizeof(dirty)); /* what was there before does not show */
	assert_int_equal(dossier_decode(lt_buf_bytes(&first), 12, &dirty), LT_OK);
	dossier_encode(&dirty, &second);
	assert_true(lt_bytes_equal(lt_buf_bytes(&first), lt_buf_bytes(&second)));
	lt_buf_fini(&first);
	lt_buf_fini(&second);
}

static void test_parties(void **state)
{
	static struct dossier dossier;
	(void)state;
	fill(&dossier, 1);
	dossier_add_party(&dossier, "H37.02");
	assert_int_equal(dossier.party_count, 2);
	for (int i = 0; i < 100; i++) {
		char code[LT_AGENCY_MAX];
		snprintf(code, sizeof(code), "H38.%d", i);
		dossier_add_party(&dossier, code);
	}
	assert_int_equal(dossier.party_count, DOSSIER_PARTIES_MAX);
	assert_true(dossier_has_party(&dossier, "H38.61"));
	assert_false(dossier_has_party(&dossier, "H38.62"));
}

static void test_closed(void **state)
{
	static struct dossier dossier;
	(void)state;
	fill(&dossier, 2);
	assert_false(dossier_closed(&dossier));
	dossier.branches[0].custody = dossier.branches[1].custody = LT_CUSTODY_CLOSED;
	assert_true(dossier_closed(&dossier));
	assert_int_equal(dossier_branch(&dossier, 2)->number, 2);
	assert_null(dossier_branch(&dossier, 3));
	assert_null(dossier_branch(&dossier, 0));
}

static void test_finding(void **state)
{
	static struct dossier dossier;
	uint8_t id[16] = { 9 }, zero[16] = { 0 };
	(void)state;
	fill(&dossier, 3);
	assert_int_equal(dossier_consult(&dossier, id)->number, 1);
	assert_null(dossier_consult(&dossier, zero));
	assert_int_equal(dossier_consult_number(&dossier, 1)->due_at, 4);
	assert_null(dossier_consult_number(&dossier, 0));
	assert_null(dossier_consult_number(&dossier, 2));
	assert_non_null(dossier_field(&dossier, "huyen"));
	assert_null(dossier_field(&dossier, "xa"));
	assert_int_equal(dossier_open_branches(&dossier), 2);
	assert_int_equal(dossier_branch_leg(&dossier.branches[1]), 4); /* offered */
	dossier.branches[0].fork_leg = 0;
	assert_int_equal(dossier_branch_leg(&dossier.branches[0]), 3);
	dossier.branches[0].fork_leg = 8;
	assert_int_equal(dossier_branch_leg(&dossier.branches[0]), 8);
}

static void test_view(void **state)
{
	static struct dossier dossier;
	struct lt_arena *arena;
	struct lt_dossier_view view;
	(void)state;
	fill(&dossier, 2);
	assert_int_equal(lt_arena_new(65536, &arena), LT_OK);
	assert_int_equal(dossier_view(&dossier, arena, &view), LT_OK);
	assert_int_equal(view.branch_count, 2);
	assert_string_equal(view.branches[0].offered_to, "");
	assert_int_equal(view.branches[0].offer_id.len, 0);
	assert_int_equal(view.branches[1].custody, LT_CUSTODY_OFFERED);
	assert_string_equal(view.branches[1].offered_to, dossier.branches[1].offered_to);
	assert_int_equal(view.branches[1].offer_id.len, 16);
	assert_int_equal(view.hops_total, 17);
	assert_int_equal(view.supplements, 2);
	assert_string_equal(view.outcome, "refused");
	assert_string_equal(view.fields[0].name, "huyen");
	assert_int_equal(view.consults[0].answer_count, LT_TO_MAX);
	assert_string_equal(view.consults[0].answers[63].agency, "H38.63");
	assert_int_equal(view.consults[0].due, 63 * 3);
	assert_true(view.consults[0].stands);
	assert_true(view.consults[0].answers[1].late && !view.consults[0].answers[2].late);
	assert_int_equal(view.branches[1].trace, 13);
	lt_arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(test_round_trip), cmocka_unit_test(test_kept_clock), cmocka_unit_test(test_same_bytes),
	  cmocka_unit_test(test_parties), cmocka_unit_test(test_closed), cmocka_unit_test(test_view),
	  cmocka_unit_test(test_finding))
