/* A copy of all dossiers that is kept by what has changed, against the view of each: by acts, by what arrives, by clocks, by operators,
 * over restarts; and when it has to be begun again. */
#include "test.h"

#include "../flow_kinds.h"

enum { DOSSIERS = 64, STAYS = 64, OWED = 16 };

struct mirror_dossier {
	char code[LT_DOSSIER_MAX], holder[LT_AGENCY_MAX];
	uint32_t status;
	int64_t appointment, arrived;
	uint64_t stays; /* that have ended, each copied once */
	size_t open;
	size_t owed_count;
	struct lt_owed owed[OWED];
	char who[OWED][LT_AGENCY_MAX];
};
static struct mirror {
	uint64_t since, after, first; /* first: the record of the first page */
	uint8_t incarnation[16];
	size_t copied; /* dossiers, each time that one came */
	struct mirror_dossier dossiers[DOSSIERS + 1];
} mirror;

/* ---- the copy ---- */

static int64_t arrived_of(const struct lt_dossier_view *view)
{
	int64_t arrived = 0;
	for (size_t i = 0; i < view->stay_count; i++) {
		if (view->stays[i].number == 0 && view->stays[i].to[0] != '\0')
			arrived += view->stays[i].arrived;
	}
	return arrived;
}

static size_t open_of(const struct lt_dossier_view *view)
{
	size_t count = 0;
	for (size_t i = 0; i < view->stay_count; i++)
		count += view->stays[i].number == 0;
	return count;
}

static void take(struct sim *sim, struct lt_bytes bytes)
{
	struct lt_copied copied;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(sim->arena);
	assert_int_equal(lt_copied_decode(bytes, sim->arena, &copied, &refusal), LT_REASON_NONE);
	const struct lt_dossier_view *view = &copied.dossier;
	assert_in_range(copied.number, 1, DOSSIERS);
	struct mirror_dossier *out = &mirror.dossiers[copied.number];
	snprintf(out->code, sizeof(out->code), "%s", view->code);
	snprintf(out->holder, sizeof(out->holder), "%s", view->branches[0].holder);
	out->status = view->status;
	out->appointment = view->clock ? view->clock->appointment : 0;
	out->arrived = arrived_of(view);
	out->open = open_of(view);
	for (size_t i = 0; i < view->stay_count; i++) {
		if (view->stays[i].number != 0)
			assert_int_equal(view->stays[i].number, ++out->stays);
	}
	assert_int_equal(out->stays, view->stays_total);
	assert_int_equal(view->hop_count + view->consult_count + view->can_count, 0);
	assert_true(view->owed_count < OWED);
	out->owed_count = view->owed_count;
	for (size_t i = 0; i < view->owed_count; i++) {
		out->owed[i] = view->owed[i];
		snprintf(out->who[i], LT_AGENCY_MAX, "%s", view->owed[i].who);
	}
	mirror.copied++;
}

static uint64_t copy(struct sim *sim, const struct lt_control_request *request)
{
	static struct lt_buf kept[LT_COPY_PAGE];
	const struct lt_copy_view *view = &sim_control(sim, request)->copy;
	uint64_t next = view->next;
	size_t count = view->count;
	if (mirror.first == 0)
		mirror.first = view->sequence;
	for (size_t i = 0; i < count; i++) {
		lt_buf_clear(&kept[i]);
		assert_int_equal(lt_buf_append(&kept[i], view->dossiers[i].data, view->dossiers[i].len), LT_OK);
	}
	for (size_t i = 0; i < count; i++)
		take(sim, lt_buf_bytes(&kept[i]));
	return next;
}

static void begin(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_COPY };
	mirror = (struct mirror){ 0 };
	do {
		request.after = copy(sim, &request);
	} while (request.after != 0);
	mirror.since = mirror.first;
}

/* False: it has to be begun again. */
static bool follow(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_CHANGES };
	static uint64_t numbers[LT_CHANGES_MAX], known[LT_COPY_PAGE];
	request.sequence = mirror.since;
	request.after = mirror.after;
	struct lt_changes_view view = sim_control(sim, &request)->changes;
	if (view.count > 0)
		memcpy(numbers, view.numbers, view.count * sizeof(numbers[0]));
	bool same = mirror.incarnation[0] + mirror.incarnation[1] == 0 ||
		    memcmp(mirror.incarnation, view.incarnation.data, 16) == 0;
	memcpy(mirror.incarnation, view.incarnation.data, 16);
	if (view.anew || !same)
		return false;
	for (size_t i = 0; i < view.count; i++) {
		known[0] = mirror.dossiers[numbers[i]].stays;
		struct lt_control_request one = { .type = LT_CONTROL_COPY,
						  .number_count = 1,
						  .numbers = &numbers[i],
						  .known_count = 1,
						  .known = known };
		assert_int_equal(copy(sim, &one), 0);
	}
	mirror.since = view.since;
	mirror.after = view.after;
	return true;
}

static void same(struct sim *sim)
{
	size_t count = sim_control(sim, &(struct lt_control_request){ .type = LT_CONTROL_STATUS })->status.dossiers;
	assert_true(count > 0);
	for (size_t number = 1; number <= count; number++) {
		const struct mirror_dossier *out = &mirror.dossiers[number];
		const struct lt_dossier_view *view = sim_dossier(sim, out->code);
		assert_non_null(view);
		assert_int_equal(out->status, view->status);
		assert_string_equal(out->holder, view->branches[0].holder);
		assert_int_equal(out->stays, view->stays_total);
		assert_int_equal(out->open, open_of(view));
		assert_int_equal(out->arrived, arrived_of(view));
		assert_int_equal(out->appointment, view->clock ? view->clock->appointment : 0);
		assert_int_equal(out->owed_count, view->owed_count);
		for (size_t i = 0; i < view->owed_count; i++) {
			assert_string_equal(out->who[i], view->owed[i].who);
			assert_int_equal(out->owed[i].what, view->owed[i].what);
			assert_int_equal(out->owed[i].until, view->owed[i].until);
		}
	}
}

static void followed(struct sim *sim)
{
	assert_true(follow(sim));
	same(sim);
}

/* ---- what changes ---- */

static void test_acts_and_clocks(void **state)
{
	(void)state;
	static const unsigned statuses[] = { 2, 4, 5, 6, 7, 8, 9, 10 };
	struct sim *sim = simroute_new(1);
	bring_to(sim, 4);
	begin(sim);
	same(sim);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < 8; i++) {
			bring_to(sim, statuses[i]);
			followed(sim);
		}
		sim_advance(sim, 2 * SIM_DAY); /* what is silent, due and late is told */
		followed(sim);
	}
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = OTHER, .to = COMMUNE), LT_DOSSIER_CLOSED);
	mirror.copied = 0;
	followed(sim);
	followed(sim);
	assert_true(mirror.copied <= 1); /* what has not changed is not told again */
	size_t whole = mirror.copied;
	begin(sim);
	same(sim);
	assert_true(mirror.copied > whole + 20);
	sim_free(sim);
}

/* The offer is on the receiver's disk: no record of the dossier says so. */
static void test_what_arrives(void **state)
{
	(void)state;
	struct sim *sim = simroute_new(2);
	bring_to(sim, 2);
	begin(sim);
	sim->agencies[DEPARTMENT].receives = false;
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	followed(sim);
	assert_int_equal(mirror.dossiers[1].arrived, 0);
	sim_lost(sim, DEPARTMENT);
	sim_connect(sim, DEPARTMENT);
	sim_advance(sim, 60 * SIM_SECOND);
	followed(sim);
	assert_true(mirror.dossiers[1].arrived > 0);
	sim_free(sim);
}

/* What was flushed before a crash is known, and what is done again is told again. A store that was made anew knows what it has made; one
 * that came back from a backup has another incarnation. */
static void test_restarts(void **state)
{
	(void)state;
	struct sim *sim = simroute_new(3);
	bring_to(sim, 4);
	begin(sim);
	followed(sim);
	for (unsigned i = 0; i < 3; i++) {
		bring_to(sim, 5 + i);
		if (i == 1)
			followed(sim);
		sim_crash(sim, i);
		sim_open(sim);
		for (int agency = 0; agency < SIM_AGENCIES; agency++)
			sim_connect(sim, agency);
		followed(sim);
	}
	simroute_rebuild(sim);
	if (!follow(sim))
		begin(sim);
	same(sim);
	bring_to(sim, 9);
	followed(sim);
	sim_flush(sim);
	sim_crash(sim, 9);
	sim->restored = true;
	sim_open(sim);
	for (int agency = 0; agency < SIM_AGENCIES; agency++)
		sim_connect(sim, agency);
	sim_advance(sim, 13 * SIM_SECOND);
	assert_false(follow(sim));
	begin(sim);
	same(sim);
	sim_free(sim);
}

static void test_what_nobody_knows(void **state)
{
	(void)state;
	struct sim *sim = simroute_new(4);
	bring_to(sim, 4);
	begin(sim);
	mirror.since = UINT64_MAX - 1; /* of another broker's future */
	assert_false(follow(sim));
	begin(sim);
	mirror.after = UINT64_MAX;
	followed(sim);
	uint64_t absent[2] = { 99, 1 }, wrong = 1;
	struct lt_control_request request = { .type = LT_CONTROL_COPY, .number_count = 2, .numbers = absent };
	assert_int_equal(sim_control(sim, &request)->copy.count, 1);
	request.known_count = 1; /* not as long as numbers: no stay is known */
	request.known = &wrong;
	assert_int_equal(sim_control(sim, &request)->copy.count, 1);
	request = (struct lt_control_request){ .type = LT_CONTROL_COPY, .after = 1000 };
	assert_int_equal(sim_control(sim, &request)->copy.count, 0);
	assert_int_equal(sim_control(sim, &request)->copy.next, 0);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_acts_and_clocks), cmocka_unit_test(test_what_arrives), cmocka_unit_test(test_restarts),
	  cmocka_unit_test(test_what_nobody_knows))
