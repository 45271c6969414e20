/* A thousand random dossiers over routes with a fork, a choice and a join: legal and illegal acts of every kind, with crashes, flushes on their way and lost stores in between, while days
 * become free, time is lost, and agencies are merged, drained and closed for hours, against a second, naive model of the rules (simmodel.c, simstays.c, simfacts.c); and the
 * state rebuilt from the journal equals the live state. At the end whoever owes something does it, until each dossier is
 * handed over, and the rows of form 06 are the stays that the broker has recorded.
 * Arguments: seeds to run instead of the default ones (`test_flow_model 4711`); `--long` first: 500 dossiers and 100,000 acts a seed. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_files.h"
#include "world.h"
#include "drain.h"

static int open_branch(struct world *world, const struct model *card)
{
	int branch;
	do
		branch = dice(world, card->branches_count);
	while (!card->branches[branch].open);
	return branch;
}

static int agency_kinds(void)
{
	int count = 0;
	for (enum lt_kind kind = LT_KIND_OPEN; !kind_is_notice(kind); kind = kinds_next(kind))
		count++;
	return count;
}

/* ---- acts that make sense ---- */

static void choose_step(struct world *world, const struct model *card, const struct model_branch *v,
			struct sim_act *act)
{
	int next[2], count = model_next(v, next);
	/* A header names nobody twice: what was transferred may be another's whole fork. */
	bool apart = count == 2 && model_agency(card, next[0]) != model_agency(card, next[1]);
	if (apart && dice(world, 3) > 0) {
		act->to_count = 2;
		for (int i = 0; i < 2; i++) {
			act->recipients[i].leg = (uint32_t)next[i];
			act->recipients[i].agency = model_agency(card, next[i]);
		}
		return;
	}
	act->route_leg = count > 0 ? (uint32_t)next[dice(world, count)] : 0;
	if (act->route_leg != 0)
		act->to = model_agency(card, (int)act->route_leg);
	if (dice(world, 6) == 0)
		act->route_leg = 0;
}

static void choose_held(struct world *world, const struct model *card, const struct model_branch *v,
			struct sim_act *act)
{
	static const enum lt_kind kinds[] = { LT_KIND_FORWARD,     LT_KIND_FORWARD, LT_KIND_FORWARD,
					      LT_KIND_FORWARD,     LT_KIND_FORWARD, LT_KIND_RETURN,
					      LT_KIND_RESULT,      LT_KIND_CONSULT, LT_KIND_REQUEST_SUPPLEMENT,
					      LT_KIND_REQUEST_FEE, LT_KIND_STATUS,  LT_KIND_STATUS,
					      LT_KIND_WITHDRAW,    LT_KIND_STOP,    LT_KIND_RECALL,
					      LT_KIND_TRANSFER };
	act->kind = kinds[dice(world, 16)];
	if (act->kind == LT_KIND_FORWARD && v->leg == 5 && !v->fork_leg && dice(world, 4)) /* it makes the result */
		act->kind = LT_KIND_RESULT;
	act->sender = v->holder;
	act->to = card->origin;
	act->trace = (uint32_t)(v->work < 4 ? 4 : v->work > 5 ? 6 : v->work + 1);
	if (act->kind == LT_KIND_FORWARD || (act->kind == LT_KIND_RESULT && dice(world, 2)))
		choose_step(world, card, v, act);
	else if (act->kind == LT_KIND_RESULT)
		act->to = v->holder;
	else if (act->kind == LT_KIND_RETURN && v->from != NOBODY)
		act->to = v->back && v->before != NOBODY && dice(world, 3) ? v->before : v->from;
	else if (act->kind == LT_KIND_CONSULT || act->kind == LT_KIND_TRANSFER)
		act->to = (v->holder + 1 + dice(world, SIM_AGENCIES - 1)) % SIM_AGENCIES;
	if (act->kind == LT_KIND_WITHDRAW) {
		act->sender = card->origin;
		act->to = DEPARTMENT;
	} else if (act->kind == LT_KIND_RECALL) {
		act->sender = v->from != NOBODY ? v->from : v->holder;
		act->to = v->holder;
		act->reply = v->accepted;
	}
}

static void choose_offered(struct world *world, const struct model_branch *v, struct sim_act *act)
{
	static const enum lt_kind kinds[] = { LT_KIND_ACCEPT, LT_KIND_ACCEPT, LT_KIND_ACCEPT,
					      LT_KIND_ACCEPT, LT_KIND_REFUSE, LT_KIND_RECALL };
	act->kind = kinds[dice(world, 6)];
	act->sender = act->kind == LT_KIND_RECALL ? v->holder : v->offered;
	act->to = act->kind == LT_KIND_RECALL ? v->offered : v->holder;
	act->reply = v->offer;
}

/* The branch that the dossier's status is of. */
static const struct model_branch *waiting(const struct model *card)
{
	int i = 0;
	while (i < card->branches_count - 1 &&
	       !(card->status == 5 ? card->branches[i].wants_papers : card->branches[i].wants_fee))
		i++;
	return &card->branches[i];
}

/* What the status waits for. */
static void choose_by_status(struct world *world, const struct model *card, const struct model_branch *v,
			     struct sim_act *act)
{
	const struct model_branch *asked = waiting(card);
	act->sender = DEPARTMENT;
	act->to = card->origin;
	switch (card->status) {
	case 5:
		act->kind = LT_KIND_SUPPLEMENT;
		act->sender = card->origin;
		act->to = asked->leg == 5 ? DEPARTMENT : asked->holder;
		act->reply = asked->papers;
		break;
	case 6:
		act->kind = LT_KIND_FEE_PAID;
		act->sender = card->origin;
		act->to = asked->holder;
		act->reply = asked->fee;
		break;
	case 7:
		act->kind = dice(world, 3) == 0 ? LT_KIND_STOP : LT_KIND_RESUME;
		break;
	case 8:
		act->kind = dice(world, 4) == 0 ? LT_KIND_HANDED_OVER : LT_KIND_RESUME;
		break;
	default:
		act->kind = dice(world, 3) == 0 ? LT_KIND_RECALL
			    : dice(world, 2)    ? LT_KIND_HANDED_OVER
						: LT_KIND_RESULT;
		act->reply = act->kind == LT_KIND_RECALL ? v->made_id : NULL;
	}
	if (act->kind == LT_KIND_HANDED_OVER || act->kind == LT_KIND_RESULT)
		act->sender = v->holder;
	if (act->kind == LT_KIND_RESULT)
		choose_step(world, card, v, act);
}

static void choose(struct world *world, const struct model *card, struct sim_act *act)
{
	if (!card->known || model_closed(card)) {
		act->kind = card->known ? LT_KIND_STATUS : LT_KIND_OPEN;
		act->procedure = (card - world->cards) % 2 ? ROUTE_SOME : ROUTE_ALL;
		act->sender = dice(world, 4) ? COMMUNE : DEPARTMENT;
		act->to = dice(world, 3) ? act->sender : DEPARTMENT;
		act->trace = 4;
		return;
	}
	int at = open_branch(world, card);
	const struct model_branch *v = &card->branches[at];
	act->branch = (uint32_t)at + 1;
	act->version = v->version;
	if (card->consults_count > 0 && dice(world, 10) == 0) {
		const struct model_consult *consult = &card->consults[dice(world, card->consults_count)];
		act->kind = LT_KIND_OPINION;
		act->sender = dice(world, SIM_AGENCIES);
		act->to = consult->by;
		act->reply = consult->id;
		act->agree = dice(world, 2) ? LT_AGREE_YES : LT_AGREE_NO;
	} else if (v->offered != NOBODY) {
		choose_offered(world, v, act);
	} else if (v->asked_back && dice(world, 2)) {
		act->kind = LT_KIND_RECALL_ANSWER;
		act->sender = v->holder;
		act->to = v->from;
		act->reply = v->asked;
		act->agree = dice(world, 2) ? LT_AGREE_YES : LT_AGREE_NO;
	} else if (card->status >= 7 || model_status(card, v) >= 5 || (card->status >= 5 && dice(world, 2))) {
		choose_by_status(world, card, v, act);
	} else {
		choose_held(world, card, v, act);
	}
}

/* ---- and others ---- */

static void spoil(struct world *world, const struct model *card, struct sim_act *act)
{
	switch (dice(world, 6)) {
	case 0:
		act->sender = dice(world, SIM_AGENCIES);
		break;
	case 1:
		act->to = dice(world, SIM_AGENCIES);
		act->to_count = 0;
		break;
	case 2:
		act->version += 1;
		break;
	case 3:
		act->branch = 1 + (uint32_t)dice(world, card->branches_count + 1);
		break;
	case 4:
		act->route_leg = (uint32_t)dice(world, 8);
		break;
	default:
		act->kind = LT_KIND_OPEN;
		for (int steps = dice(world, agency_kinds()); steps > 0; steps--)
			act->kind = kinds_next(act->kind);
		if (act->kind == LT_KIND_APOLOGY) /* its rules are the clocks' */
			act->kind = LT_KIND_STOP;
	}
}

/* What the form of a header asks for. */
static void complete(struct world *world, struct sim_act *act, uint8_t reply[16])
{
	enum lt_kind kind = act->kind;
	if (act->reply && act->reply[6] != 0)
		memcpy(reply, act->reply, 16);
	else
		memcpy(reply, world->sim->last_id, 16);
	act->reply = kinds_answers(kind) ? reply : NULL;
	if (kind != LT_KIND_FORWARD && kind != LT_KIND_RESULT && kind != LT_KIND_CONSULT)
		act->to_count = 0;
	if (kind_find((int)kind)->agree == KIND_ABSENT)
		act->agree = 0;
	else if (act->agree == 0)
		act->agree = LT_AGREE_YES;
	if (!act->reason) /* nothing is said: opinions are awaited */
		act->reason = kind == LT_KIND_FORWARD && dice(world, 2) == 0 ? "" : NULL;
	act->trace = kind == LT_KIND_STATUS ? (act->trace ? act->trace : 4 + (uint32_t)dice(world, 3)) : 0;
	if (kind == LT_KIND_OPEN)
		act->version = 0;
	else if (act->version == 0)
		act->version = 1;
}

/* now: the time of an act that was just done; 0: none was. */
static void check_card(struct world *world, int dossier, int64_t now)
{
	const struct model *card = &world->cards[dossier];
	char code[LT_DOSSIER_MAX];
	code_of(dossier, code);
	const struct lt_dossier_view *view = sim_dossier(world->sim, code);
	assert_int_equal(view != NULL, card->known);
	if (!view)
		return;
	assert_int_equal(view->status, card->status);
	assert_int_equal(view->branch_count, card->branches_count);
	assert_int_equal(view->consult_count, card->consults_count);
	assert_int_equal(view->supplements, card->supplements);
	simstays_check(world->stays[dossier], view, now);
	simowed_check(view);
	for (int i = 0; i < card->branches_count; i++) {
		const struct model_branch *v = &card->branches[i];
		const struct lt_branch_view *branch = &view->branches[i];
		char at[16] = "";
		if (strcmp(branch->holder, sim_codes[v->holder]) != 0)
			fail_msg("%s branch %d is held by %s, wanted %s; after %s by %d", code, i + 1, branch->holder,
				 sim_codes[v->holder], lt_kind_name(world->last.kind), world->last.sender);
		assert_int_equal(branch->version, v->version);
		assert_int_equal(branch->custody, !v->open               ? LT_CUSTODY_CLOSED
						  : v->offered != NOBODY ? LT_CUSTODY_OFFERED
									 : LT_CUSTODY_HELD);
		assert_string_equal(branch->offered_to, v->offered != NOBODY ? sim_codes[v->offered] : "");
		if (model_leg_now(v) != 0)
			snprintf(at, sizeof(at), "leg-%d", model_leg_now(v));
		assert_string_equal(branch->leg, at);
		assert_int_equal(branch->trace, v->trace);
	}
	for (int i = 0; i < card->consults_count; i++) {
		for (size_t k = 0; k < view->consults[i].answer_count; k++) {
			const struct lt_consult_answer *answer = &view->consults[i].answers[k];
			for (int a = 0; a < SIM_AGENCIES; a++) {
				if (strcmp(answer->agency, sim_codes[a]) == 0)
					assert_int_equal((int)answer->agree, card->consults[i].said[a]);
			}
		}
	}
}

/* Whether it was admitted: by the broker, and by the rules on the card. */
static bool do_act(struct world *world, int dossier, struct sim_act *act)
{
	struct sim *sim = world->sim;
	struct model *card = &world->cards[dossier], before = *card;
	uint8_t reply[16];
	act->sender = simfacts_acts(act->sender); /* the key of who has ended signs no more */
	if (act->kind == LT_KIND_OPEN && simfacts_acts(COMMUNE) != COMMUNE)
		act->sender = act->to = DEPARTMENT; /* who opens for whom is another matter */
	complete(world, act, reply);
	bool could = simowed_could(sim_dossier(sim, act->dossier), act);
	int64_t now = sim->now;
	const struct sim_answer *answer = sim_do(sim, act);
	bool done = model_act(card, act, answer->id);
	if (done && !could)
		fail_msg("%s of %s by %d, branch %u (status %d): admitted, and not among what it can do",
			 lt_kind_name(act->kind), act->dossier, act->sender, act->branch, before.status);
	if (done != (answer->reason == 0))
		fail_msg("%s of %s by %d to %d, branch %u version %llu leg %u (status %d): %s %s",
			 lt_kind_name(act->kind), act->dossier, act->sender, act->to, act->branch,
			 (unsigned long long)act->version, act->route_leg, before.status,
			 answer->reason ? lt_reason_name(answer->reason) : "admitted", answer->detail);
	if (done)
		simstays_act(world->stays[dossier], &before, card, act, now);
	world->admitted += done;
	world->refused += !done;
	world->pause = done ? 0 : 3 * SIM_SECOND; /* the budget of refusals comes back with time */
	sim->now += world->pause;
	sim->boot += world->pause;
	world->done[act->kind] += done;
	world->forks += card->branches_count > before.branches_count + 1;
	world->joins += done && act->kind == LT_KIND_FORWARD && card->branches_count == before.branches_count &&
			model_open_count(card) < model_open_count(&before);
	world->closed += done && model_closed(card);
	world->last = *act;
	check_card(world, dossier, now);
	return done;
}

static void one_act(struct world *world)
{
	int dossier = dice(world, dossiers);
	const struct model *card = &world->cards[dossier];
	char code[LT_DOSSIER_MAX];
	struct sim_act act = { .dossier = code };
	code_of(dossier, code);
	choose(world, card, &act);
	if (dice(world, 4) == 0)
		spoil(world, card, &act);
	do_act(world, dossier, &act);
}

static void connect_all(struct sim *sim)
{
	for (int i = 0; i < SIM_AGENCIES; i++) {
		if (simfacts_acts(i) == i)
			sim_connect(sim, i);
	}
}

static void copy_of(const struct world *world, char out[COPY_PATH])
{
	snprintf(out, COPY_PATH, "%s-copy", world->sim->path);
}

/* The store is lost: a copy of before and the journal behind it make the same. Then the next copy is taken. */
static void put_back(struct world *world)
{
	struct sim *sim = world->sim;
	uint8_t live[32], made[32];
	char folder[COPY_PATH];
	copy_of(world, folder);
	sim_hash(sim, live);
	if (world->copied) {
		sim_rebuild_from(sim, folder);
		sim_hash(sim, made);
		assert_memory_equal(live, made, 32);
		connect_all(sim);
	}
	files_remove_tree(folder);
	sim_snapshot(sim, folder);
	world->copied = true;
}

static void disturb(struct world *world)
{
	struct sim *sim = world->sim;
	int what = dice(world, 500);
	if (what == 0) {
		sim_crash(sim, sim_random(sim, 1000));
		sim_open(sim);
		connect_all(sim);
	} else if (what < 10) {
		sim_flush_step(sim);
	} else if (what < 20) {
		sim_advance(sim, (int64_t)sim_random(sim, 5 * SIM_SECOND));
	} else if (what == 20 && dice(world, acts / 1000) == 0) {
		take_a_day(world);
	} else if (what == 21 && dice(world, acts / 5000) == 0) {
		lose_time(world);
	} else if (what == 22 && dice(world, acts / 1000) == 0) {
		merge_next(world);
	} else if (what == 23 && (world->drained > 0 || dice(world, acts / 2500) == 0)) {
		drain_or_resume(world);
	} else if (what == 24) {
		close_for_hours(world);
	} else if (what == 25 && dice(world, acts / 2500) == 0) {
		put_back(world);
	}
}

static size_t all_late;

static void run_world(uint64_t seed)
{
	struct world *world = calloc(1, sizeof(*world));
	size_t late = 0;
	char folder[COPY_PATH];
	simfacts_forget();
	world->sim = simroute_new(seed);
	for (int i = 0; i < dossiers; i++)
		world->stays[i] = simstays_new();
	for (int i = 0; i < acts; i++) {
		disturb(world);
		/* Offices go home: five working days and a weekend in all, what passed after refusals counted in. So nobody's time for an
		 * opinion or papers, 7 days, runs out: what happens then is histories/test_flow_waits.c. */
		int64_t pause = (int64_t)sim_random(world->sim, (uint64_t)(SPAN / acts)) - world->pause;
		pause = pause > 0 ? pause : 0;
		world->sim->now += pause;
		world->sim->boot += pause;
		one_act(world);
	}
	if (world->sim->now - SIM_START >= 7 * SIM_DAY)
		fail_msg("the world has lasted %.1f days, and times have run out in it",
			 (double)(world->sim->now - SIM_START) / (double)SIM_DAY);
	if (world->drained > 0)
		drain_or_resume(world);
	simroute_rebuild(world->sim);
	for (int i = 0; i < dossiers; i++)
		drain_dossier(world, i, do_act);
	for (int i = 0; i < dossiers; i++) {
		char code[LT_DOSSIER_MAX];
		code_of(i, code);
		check_card(world, i, 0);
		if (world->cards[i].known)
			sheet_check(world->sim, code);
	}
	for (enum lt_kind kind = LT_KIND_OPEN; !kind_is_notice(kind); kind = kinds_next(kind)) {
		/* What is registered, and is no model of this one: desk/test_flow_register.c. */
		bool early = kind == LT_KIND_RECEIVE || kind == LT_KIND_REJECT;
		if (kind != LT_KIND_APOLOGY && !early && world->done[kind] == 0)
			fail_msg("no %s was admitted", lt_kind_name(kind));
	}
	/* In the long form most dossiers have come to their end long before: what follows is refused. */
	assert_true(world->admitted > (uint64_t)(dossiers == DOSSIERS ? acts / 4 : 20 * dossiers) &&
		    world->refused > (uint64_t)acts / 10 && world->forks > 10 && world->joins > 5);
	for (int i = 0; i < dossiers; i++) {
		late += simstays_late(world->stays[i]);
		simstays_free(world->stays[i]);
	}
	printf("seed %llu: %llu admitted, %llu refused, %d forks, %d joins, %d closed, %zu late; %u days off, %d "
	       "outages, %d "
	       "mergers, %d drains, %d closures\n",
	       (unsigned long long)seed, (unsigned long long)world->admitted, (unsigned long long)world->refused,
	       world->forks, world->joins, world->closed, late, world->off_count, world->lost, world->merged,
	       world->drains, world->closures);
	all_late += late;
	copy_of(world, folder);
	files_remove_tree(folder);
	sim_free(world->sim);
	free(world);
}

static uint64_t seeds[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static int seed_count = 5;

static void test_seeds(void **state)
{
	(void)state;
	for (int i = 0; i < seed_count; i++)
		run_world(seeds[i]);
	assert_true(all_late > 0 || seed_count < 5);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds) };
	if (argc > 1 && strcmp(argv[1], "--long") == 0) {
		dossiers = LONG_DOSSIERS;
		acts = LONG_ACTS;
		seed_count = 10;
		argc--;
		argv++;
	}
	if (argc > 1)
		seed_count = argc > 17 ? 16 : argc - 1;
	for (int i = 0; argc > 1 && i < seed_count; i++)
		seeds[i] = strtoull(argv[i + 1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
