/* A reorganisation at its moment: rename, merge, split, dissolve, with dossiers held, offered, in mailboxes and in flight. Nothing
 * is lost, each dossier has one who acts, old keys sign no more. */
#include "test.h"

#include <string.h>

#include "simcut.h"
#include "trust/trust.h"

/* ---- merge ---- */

static void check_views(struct simcut *cut)
{
	struct sim *sim = cut->sim;
	const struct lt_dossier_view *view = sim_dossier(sim, simcut_codes[HELD]);
	assert_string_equal(view->branches[0].holder, sim_codes[DISTRICT]); /* as it was signed */
	assert_string_equal(view->branches[0].acting, sim_codes[OTHER]);
	view = sim_dossier(sim, simcut_codes[WAITING]);
	assert_string_equal(view->branches[0].holder, sim_codes[COMMUNE]);
	assert_string_equal(view->branches[0].acting, "");
	assert_string_equal(view->branches[0].acting_offered, sim_codes[OTHER]);
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = sim_codes[DISTRICT] };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->mailboxes.count, 1);
	assert_string_equal(answer->mailboxes.mailboxes[0].handled_by, sim_codes[OTHER]);
	assert_int_equal(answer->mailboxes.mailboxes[0].head, answer->mailboxes.mailboxes[0].acknowledged);
	request = (struct lt_control_request){ .type = LT_CONTROL_AGENCIES, .code = sim_codes[DISTRICT] };
	answer = sim_control(sim, &request);
	assert_string_equal(answer->agencies.agencies[0].handled_by, sim_codes[OTHER]);
}

static void merge_passes_everything_to_the_successor(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	sim_connect(sim, DISTRICT);
	sim->agencies[DISTRICT].receives = true;
	sim_lost(sim, DISTRICT);
	simcut_refused(simcut_act(cut, LT_KIND_ACCEPT, OTHER, COMMUNE, 2, WAITING), LT_DOSSIER_UNKNOWN); /* not yet */
	simcut_pass_cut(sim);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[WAITING]), 1);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[FETCHED]),
			 1); /* fetched by the old one, to be answered by the new one */
	check_views(cut);
	assert_int_equal(sim_query(sim, OTHER, simcut_codes[HELD], 0)->reason, LT_REASON_NONE);
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, OTHER, COMMUNE, 2, WAITING));
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, OTHER, COMMUNE, 2, FETCHED));
	assert_string_equal(sim_dossier(sim, simcut_codes[FETCHED])->branches[0].holder, sim_codes[OTHER]);
	simcut_admitted(simcut_act(cut, LT_KIND_FORWARD, OTHER, DEPARTMENT, 1, HELD));
	/* The department answers who had offered: the mail goes to who acts for it. */
	uint8_t back[16];
	uint64_t before = sim->agencies[OTHER].received;
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, DEPARTMENT, DISTRICT, 2, FLYING));
	assert_int_equal(sim->agencies[OTHER].received, before + 1);
	/* And it may go back to the old code, which is the new agency now. */
	simcut_admitted(simcut_act(cut, LT_KIND_RETURN, DEPARTMENT, DISTRICT, 3, FLYING));
	memcpy(back, sim->last_id, 16);
	simcut_admitted(sim_do(sim, &ACT(.kind = LT_KIND_ACCEPT, .sender = OTHER, .to = DEPARTMENT, .version = 4,
					 .dossier = simcut_codes[FLYING], .reply = back)));
}

static void the_old_key_may_not_sign_from_the_moment_on(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	sim_connect(sim, DISTRICT);
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	simcut_set_time(sim, SIMCUT - 1);
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, DISTRICT, COMMUNE, 2, WAITING));
	simcut_set_time(sim, SIMCUT); /* no tick yet: the record's time decides, not the broker's diligence */
	const struct sim_answer *answer = simcut_act(cut, LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 1, HELD);
	simcut_refused(answer, LT_SENDER_CLOSED);
	assert_non_null(strstr(answer->detail, sim_codes[OTHER]));
	simcut_pass_cut(sim);
	assert_int_equal(sim->agencies[DISTRICT].bye, LT_SENDER_CLOSED);
	/* What it signed before is there, with its hops, and its certificate is in the directory. */
	const struct lt_dossier_view *view = sim_dossier(sim, simcut_codes[WAITING]);
	assert_string_equal(view->hops[view->hop_count - 1].sender, sim_codes[DISTRICT]);
	assert_non_null(trust_agency(sim->rulebook, sim_codes[DISTRICT])->certs);
	assert_string_equal(view->branches[0].acting, sim_codes[OTHER]);
}

/* Mail to the old code that comes between the moment and the passing on stands behind what waits there. */
static void order_holds_between_the_moment_and_the_passing_on(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	uint8_t recall[16];
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	simcut_set_time(sim, SIMCUT);
	simcut_admitted(simcut_act(cut, LT_KIND_RECALL, COMMUNE, OTHER, 2, WAITING));
	memcpy(recall, sim->last_id, 16);
	assert_int_equal(simcut_copies(sim, OTHER, recall), 0); /* not before the offer that it takes back */
	simcut_pass_cut(sim);
	uint64_t offer_at = 0, recall_at = 0;
	for (uint64_t i = 0; i < sim->agencies[OTHER].received; i++) {
		const struct sim_item *item = &sim->agencies[OTHER].inbox[i];
		if (memcmp(item->id, cut->offer[WAITING], 16) == 0)
			offer_at = item->number;
		if (memcmp(item->id, recall, 16) == 0)
			recall_at = item->number;
	}
	assert_true(offer_at > 0 && recall_at > offer_at);
	/* Afterwards straight to the successor. */
	simcut_refused(simcut_act(cut, LT_KIND_FORWARD, COMMUNE, DISTRICT, 3, WAITING), LT_RECIPIENTS_INVALID);
	simcut_admitted(sim_do(sim, &ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DISTRICT, .version = 3,
					 .dossier = simcut_codes[WAITING], .route_leg = 3))); /* it has two legs now */
	assert_int_equal(simcut_copies(sim, OTHER, sim->last_id), 1);
}

/* The old adapter is still there when the moment comes: what is for its successor does not go to it. */
static void mail_after_the_moment_is_not_the_old_adapters(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	sim_connect(sim, DISTRICT);
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	simcut_set_time(sim, SIMCUT);
	uint64_t before = sim->agencies[DISTRICT].received;
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, DEPARTMENT, DISTRICT, 2, FLYING));
	uint8_t accept[16];
	memcpy(accept, sim->last_id, 16);
	assert_int_equal(sim->agencies[DISTRICT].received, before);
	simcut_pass_cut(sim);
	assert_int_equal(simcut_copies(sim, DISTRICT, accept), 0);
	assert_int_equal(simcut_copies(sim, OTHER, accept), 1);
}

/* After a restore numbers go on behind what the adapter had: a long gap is no work. */
static void a_gap_in_the_old_mailbox_is_passed_over(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	sim->agencies[DISTRICT].received = 900000000;
	sim->agencies[DISTRICT].receives = false;
	sim_connect(sim, DISTRICT);
	sim_lost(sim, DISTRICT);
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, DEPARTMENT, DISTRICT, 2, FLYING));
	uint8_t accept[16];
	memcpy(accept, sim->last_id, 16);
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	simcut_pass_cut(sim);
	assert_int_equal(simcut_copies(sim, OTHER, accept), 1);
}

static bool tells_of_the_successor(struct simcut *cut, uint64_t sequence)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence };
	const struct lt_control_answer *answer = sim_control(cut->sim, &request);
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_header header;
	struct lt_refusal refusal;
	lt_arena_reset(cut->sim->arena);
	if (answer->reason || lt_record_decode(answer->record.record, &record, &refusal) ||
	    lt_outcome_decode(record.outcome, cut->sim->arena, &outcome, &refusal) || outcome.notice_count == 0)
		return false;
	assert_int_equal(outcome.notice_count, 1);
	assert_int_equal(lt_header_parse(outcome.notices[0], cut->sim->arena, &header, &refusal), LT_REASON_NONE);
	if (header.kind != LT_KIND_REROUTED)
		return false;
	assert_string_equal(header.to[0].agency, sim_codes[OTHER]);
	assert_string_equal(header.to[1].agency, sim_codes[COMMUNE]); /* it waits for an answer */
	assert_int_equal(header.to_count, 2);
	assert_non_null(strstr(header.reason, sim_codes[DISTRICT]));
	return true;
}

static void those_concerned_are_told(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	size_t told = 0;
	simreform_add(cut->reform, "Z99")->level = LT_LEVEL_BROKER;
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	uint64_t first = engine_sequence(sim->engine);
	simcut_pass_cut(sim);
	for (uint64_t i = first + 1; i <= engine_sequence(sim->engine); i++)
		told += tells_of_the_successor(cut, i);
	assert_int_equal(told, 1);
}

/* ---- split, rename, dissolve ---- */

static void split_goes_by_the_dossiers_field(void **state)
{
	static const char *const rules[] = { "a=H37.02.01", "b=H38.14", "=H37.14", NULL };
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	simreform_split(cut->reform, sim_codes[DISTRICT], SIMCUT, "xa", rules);
	simcut_put_directory(cut);
	simcut_pass_cut(sim);
	assert_string_equal(sim_dossier(sim, simcut_codes[HELD])->branches[0].acting, sim_codes[COMMUNE]);
	assert_string_equal(sim_dossier(sim, simcut_codes[FETCHED])->branches[0].acting_offered, sim_codes[OTHER]);
	assert_string_equal(sim_dossier(sim, simcut_codes[WAITING])->branches[0].acting_offered, sim_codes[COMMUNE]);
	assert_string_equal(sim_dossier(sim, simcut_codes[FLYING])->branches[0].acting, sim_codes[OTHER]);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[FETCHED]), 1);
	assert_int_equal(simcut_copies(sim, COMMUNE, cut->offer[WAITING]), 1);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[WAITING]), 0);
	simcut_refused(simcut_act(cut, LT_KIND_ACCEPT, COMMUNE, COMMUNE, 2, FETCHED), LT_NOT_OFFERED);
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, OTHER, COMMUNE, 2, FETCHED));
	simcut_refused(simcut_act(cut, LT_KIND_FORWARD, OTHER, DEPARTMENT, 1, HELD), LT_DOSSIER_UNKNOWN);
	simcut_admitted(simcut_act(cut, LT_KIND_FORWARD, COMMUNE, DEPARTMENT, 1, HELD));
	simcut_admitted(simcut_act(cut, LT_KIND_ACCEPT, DEPARTMENT, DISTRICT, 2, FLYING));
	assert_int_equal(simcut_copies(sim, OTHER, sim->last_id), 1);
}

/* The commune is renamed to the other office, the district goes into the commune on the same day: two steps. */
static void rename_and_dissolve_on_one_day(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	simreform_close(cut->reform, sim_codes[COMMUNE], SIMCUT, sim_codes[OTHER]);
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[COMMUNE]);
	simcut_put_directory(cut);
	simcut_pass_cut(sim);
	assert_string_equal(sim_dossier(sim, simcut_codes[HELD])->branches[0].acting, sim_codes[OTHER]);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[WAITING]), 1);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[FETCHED]), 1);
	/* It offered to itself then: it may take that back, as both. */
	simcut_admitted(simcut_act(cut, LT_KIND_RECALL, OTHER, OTHER, 2, WAITING));
}

static void a_date_in_the_past_takes_effect_at_once(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	simreform_close(cut->reform, sim_codes[DISTRICT], sim->now - 60 * SIM_SECOND, sim_codes[OTHER]);
	simcut_put_directory(cut);
	for (int i = 0; i < 3; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[WAITING]), 1);
	/* Nothing more happens for it, also not after a start. */
	uint64_t head = engine_sequence(sim->engine);
	sim_advance(sim, 5 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_crash(sim, 1);
	sim_open(sim);
	sim_advance(sim, 5 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
}

static void a_date_can_be_put_off_before_it_has_come(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT + SIM_DAY, sim_codes[DEPARTMENT]);
	simcut_put_directory(cut);
	simcut_pass_cut(sim);
	assert_int_equal(simcut_copies(sim, OTHER, cut->offer[WAITING]), 0);
	assert_string_equal(sim_dossier(sim, simcut_codes[HELD])->branches[0].acting, "");
	sim_advance(sim, SIM_DAY);
	for (int i = 0; i < 3; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	assert_int_equal(simcut_copies(sim, DEPARTMENT, cut->offer[WAITING]), 1);
}

static void the_preview_counts_what_would_pass_on(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	struct lt_control_request request = { .type = LT_CONTROL_REORGANISATION,
					      .code = sim_codes[DISTRICT],
					      .path = "xa" };
	uint64_t held = 0, offered = 0, held_b = 0;
	request.limit = 3; /* two pages */
	for (int pages = 0; pages == 0 || request.sequence != 0; pages++) {
		const struct lt_control_answer *answer = sim_control(sim, &request);
		assert_int_equal(answer->reason, LT_REASON_NONE);
		assert_int_equal(answer->reorganisation.waiting, 1);
		for (size_t i = 0; i < answer->reorganisation.count; i++) {
			held += answer->reorganisation.counts[i].held;
			offered += answer->reorganisation.counts[i].offered;
			if (strcmp(answer->reorganisation.counts[i].value, "b") == 0)
				held_b += answer->reorganisation.counts[i].held;
		}
		request.sequence = answer->reorganisation.next;
		assert_int_equal(request.sequence, pages == 0 ? 3 : 0);
	}
	assert_int_equal(held, 2);    /* held, flying */
	assert_int_equal(offered, 2); /* fetched, waiting */
	assert_int_equal(held_b, 1);
	request.code = "H99";
	assert_int_equal(sim_control(sim, &request)->reason, LT_AGENCY_UNKNOWN);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(merge_passes_everything_to_the_successor, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(the_old_key_may_not_sign_from_the_moment_on, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(order_holds_between_the_moment_and_the_passing_on, simcut_set_up,
					  simcut_tear_down),
	  cmocka_unit_test_setup_teardown(mail_after_the_moment_is_not_the_old_adapters, simcut_set_up,
					  simcut_tear_down),
	  cmocka_unit_test_setup_teardown(a_gap_in_the_old_mailbox_is_passed_over, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(those_concerned_are_told, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(split_goes_by_the_dossiers_field, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(rename_and_dissolve_on_one_day, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(a_date_in_the_past_takes_effect_at_once, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(a_date_can_be_put_off_before_it_has_come, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test_setup_teardown(the_preview_counts_what_would_pass_on, simcut_set_up, simcut_tear_down))
