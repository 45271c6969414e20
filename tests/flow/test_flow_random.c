/* Random acts, legal and not, over many dossiers, with crashes, flushes and repeats, against a second, naive model of the rules.
 * Arguments: seeds to run instead of the default ones (`test_flow_random 4711`). */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { DOSSIERS = 150, ACTS = 2500, HISTORY = 64 };

/* The naive model: what a clerk would write on a card. */
struct card {
	int status, holder, offered, from; /* agencies, -1: none */
	bool closed, known;
	uint64_t version;
	uint8_t offer[16];
	int origin, lead; /* -1: none */
	bool asked_back;
	uint8_t accepted[16], asked[16], result[16];
	int at, offered_at, from_at; /* legs: 1 the origin's, 2 to 6 one for each agency, 7 where it is handed over */
	int before, before_at;       /* from whom `from` had it; back: the holder */
	int made_by;                 /* -1: no result */
	bool offers_result, offers_back, back;
	bool party[SIM_AGENCIES];
	unsigned hops;
};
struct world {
	struct sim *sim;
	struct card cards[DOSSIERS];
	struct lt_buf history[HISTORY]; /* headers that were answered, to be repeated */
	int history_sender[HISTORY];
	struct sim_answer history_answer[HISTORY];
	uint64_t mail[SIM_AGENCIES];
	uint64_t admitted, refused;
};

static void code_of(int dossier, char out[LT_DOSSIER_MAX])
{
	snprintf(out, LT_DOSSIER_MAX, "H37.02-20261118-%07d", dossier + 1);
}

static int leg_of(int agency)
{
	static const int legs[SIM_AGENCIES] = { 4, 3, 2, 5, 6 };
	return legs[agency];
}

/* To a leg of the holder's own. */
static bool model_move(struct card *card, int leg)
{
	card->at = leg;
	card->from = card->before = -1;
	card->asked_back = card->back = false;
	memset(card->accepted, 0, 16);
	card->version++;
	return true;
}

static void take_back(struct card *card)
{
	bool there = card->offered < 0 && card->holder == card->made_by && card->at == leg_of(card->made_by);
	card->holder = card->made_by;
	card->offered = -1;
	if (!there)
		model_move(card, leg_of(card->made_by));
	card->made_by = -1;
	card->status = 4;
	memset(card->result, 0, 16);
}

static bool model_offer(struct card *card, const struct sim_act *act, const uint8_t id[16])
{
	card->offers_result = act->kind == LT_KIND_RESULT;
	card->offers_back = act->kind == LT_KIND_RETURN;
	card->offered_at = card->offers_back     ? (card->back ? card->before_at : card->from_at)
			   : card->offers_result ? 7
						 : leg_of(act->to);
	card->offered = act->to;
	memcpy(card->offer, id, 16);
	card->version++;
	return true;
}

static bool model_open(struct card *card, const struct sim_act *act, const uint8_t id[16])
{
	if (card->known)
		return false;
	*card = (struct card){ .known = true,
			       .status = 2,
			       .holder = act->sender,
			       .origin = act->sender,
			       .offered = -1,
			       .from = -1,
			       .before = -1,
			       .lead = -1,
			       .made_by = -1,
			       .at = 1 };
	card->version = 1;
	if (act->to != act->sender)
		model_offer(card, act, id);
	return true;
}

static bool model_holder_act(struct card *card, const struct sim_act *act, const uint8_t id[16])
{
	if (act->sender != card->holder || card->offered >= 0 || act->version != card->version || card->asked_back)
		return false;
	if (act->kind == LT_KIND_FORWARD) {
		if ((act->to == act->sender && card->at != 1) || card->made_by >= 0 || card->at == 7 ||
		    (card->status != 2 && card->status != 4))
			return false;
		card->status = 4;
		return act->to == act->sender ? model_move(card, leg_of(act->to)) : model_offer(card, act, id);
	}
	if (act->kind == LT_KIND_RETURN) {
		if ((card->back ? card->before : card->from) != act->to || act->to == act->sender ||
		    (card->status != 2 && card->status != 4))
			return false;
		card->status = 4;
		return model_offer(card, act, id);
	}
	if (act->kind == LT_KIND_RESULT) {
		bool makes = card->made_by < 0, here = makes && act->to == act->sender;
		if (card->at == 1 || card->at == 7 || (!here && act->to != card->origin) ||
		    (card->status != 4 && card->status != 9))
			return false;
		if (makes) {
			memcpy(card->result, id, 16);
			card->made_by = act->sender;
		}
		card->status = 9;
		if (act->to != act->sender)
			return model_offer(card, act, id);
		if (!here)
			return model_move(card, 7);
		card->version++;
		return true;
	}
	if (card->status != 9 || card->at != 7)
		return false;
	card->status = 10;
	card->closed = true;
	card->version++;
	return true;
}

static bool same_id(const uint8_t a[16], const uint8_t b[16])
{
	return a[6] != 0 && memcmp(a, b, 16) == 0; /* the seventh byte of an id has its version */
}

/* An open offer is the holder's to take back; a result the lead's; what was accepted is asked for. */
static bool model_recall(struct card *card, const struct sim_act *act, const uint8_t id[16])
{
	bool offered = card->offered >= 0 && same_id(card->offer, act->reply);
	bool accepted = card->offered < 0 && same_id(card->accepted, act->reply) && act->sender == card->from;
	bool result = card->made_by >= 0 && same_id(card->result, act->reply);
	bool leads = act->sender == (card->lead >= 0 ? card->lead : card->holder);
	if (offered && act->sender == card->holder) {
		if (act->version != card->version || act->to != card->offered)
			return false;
		card->offered = -1;
		card->version++;
		if (result)
			take_back(card);
		return true;
	}
	if (result && (leads || (!offered && !accepted))) {
		if (leads)
			take_back(card);
		return leads;
	}
	if (!accepted || (card->status != 4 && card->status != 9) || card->asked_back || act->to != card->holder)
		return false;
	card->asked_back = true;
	memcpy(card->asked, id, 16);
	return true;
}

/* This world's agencies never give back. */
static bool model_keep(struct card *card, const struct sim_act *act)
{
	if (act->sender != card->holder || card->offered >= 0 || act->version != card->version || !card->asked_back ||
	    !same_id(card->asked, act->reply) || act->to != card->from)
		return false;
	card->asked_back = false;
	return true;
}

static bool model_answer(struct card *card, const struct sim_act *act, const uint8_t id[16])
{
	if (act->kind == LT_KIND_RECALL)
		return model_recall(card, act, id);
	if (act->kind == LT_KIND_RECALL_ANSWER)
		return model_keep(card, act);
	bool names_offer = card->offered >= 0 && memcmp(act->reply, card->offer, 16) == 0;
	if (act->kind == LT_KIND_REFUSE && !names_offer)
		return card->party[act->sender];
	if (!names_offer || act->version != card->version)
		return false;
	if (act->sender != card->offered || act->to != card->holder)
		return false;
	if (act->kind == LT_KIND_ACCEPT) {
		/* only an OPEN is offered at 2 */
		if (card->status == 2)
			card->status = 4;
		if (card->offers_back ? card->back : !card->back) {
			card->before = card->offers_back ? -1 : card->from;
			card->before_at = card->from_at;
		}
		card->back = card->offers_back;
		card->from = card->holder;
		card->from_at = card->at;
		card->at = card->offered_at;
		card->holder = card->offered;
		memcpy(card->accepted, card->offer, 16);
		if (card->lead < 0 && card->holder != card->origin)
			card->lead = card->holder;
	}
	card->offered = -1;
	card->version++;
	if (act->kind == LT_KIND_REFUSE && card->offers_result)
		take_back(card);
	return true;
}

static bool model_act(struct card *card, const struct sim_act *act, const uint8_t id[16])
{
	bool done = false;
	if (act->kind == LT_KIND_OPEN)
		done = model_open(card, act, id);
	else if (!card->known || !card->party[act->sender] || card->closed)
		done = false;
	else if (act->reply)
		done = model_answer(card, act, id);
	else
		done = model_holder_act(card, act, id);
	if (done)
		card->party[act->sender] = card->party[act->to] = true;
	if (card->known && card->party[act->sender])
		card->hops++;
	return done;
}

/* Mostly what makes sense, sometimes anything. */
static void choose(struct world *world, int dossier, struct sim_act *act, uint8_t reply[16])
{
	struct sim *sim = world->sim;
	struct card *card = &world->cards[dossier];
	bool sense = sim_random(sim, 10) < 8;
	act->version = sense ? card->version : 1 + sim_random(sim, 6);
	act->sender = (int)sim_random(sim, SIM_AGENCIES);
	act->to = (int)sim_random(sim, SIM_AGENCIES);
	act->part_bytes = sim_random(sim, 4) == 0 ? 1 + sim_random(sim, 500) : 0;
	memcpy(reply, card->offer, 16);
	if (!card->known) {
		act->kind = sense ? LT_KIND_OPEN : LT_KIND_FORWARD;
	} else if (card->asked_back && sense) {
		act->kind = LT_KIND_RECALL_ANSWER;
		act->agree = LT_AGREE_NO;
		act->sender = card->holder;
		act->to = card->from;
		memcpy(reply, card->asked, 16);
	} else if (card->offered >= 0) {
		static const enum lt_kind kinds[] = { LT_KIND_ACCEPT, LT_KIND_ACCEPT, LT_KIND_ACCEPT, LT_KIND_REFUSE,
						      LT_KIND_RECALL };
		act->kind = kinds[sim_random(sim, 5)];
		if (sense) {
			act->sender = act->kind == LT_KIND_RECALL ? card->holder : card->offered;
			act->to = act->kind == LT_KIND_RECALL ? card->offered : card->holder;
		}
	} else {
		static const enum lt_kind kinds[] = { LT_KIND_FORWARD, LT_KIND_FORWARD, LT_KIND_RETURN, LT_KIND_RESULT,
						      LT_KIND_HANDED_OVER };
		act->kind = kinds[sim_random(sim, 5)];
		if (sense)
			act->sender = card->holder;
		if (sense && act->kind == LT_KIND_RETURN && card->from >= 0)
			act->to = card->back && card->before >= 0 ? card->before : card->from;
		if (sense && act->kind == LT_KIND_RESULT && sim_random(sim, 2) == 0)
			act->to = card->origin;
	}
	if (!sense)
		act->kind = (enum lt_kind)(1 + sim_random(sim, 8));
	if (act->kind == LT_KIND_OPEN)
		act->version = 0;
	else if (act->version == 0)
		act->version = 1;
	bool answers = act->kind == LT_KIND_ACCEPT || act->kind == LT_KIND_REFUSE || act->kind == LT_KIND_RECALL ||
		       act->kind == LT_KIND_RECALL_ANSWER;
	if (act->kind != LT_KIND_RECALL_ANSWER && answers &&
	    (card->offer[6] == 0 || (!sense && sim_random(sim, 2) == 0)))
		memcpy(reply, sim->last_id, 16);
	act->reply = answers ? reply : NULL;
}

static void remember(struct world *world, int sender, const struct sim_answer *answer)
{
	size_t at = sim_random(world->sim, HISTORY);
	lt_buf_clear(&world->history[at]);
	assert_int_equal(lt_buf_append(&world->history[at], world->sim->scratch.data, world->sim->scratch.len), LT_OK);
	world->history_sender[at] = sender;
	world->history_answer[at] = *answer;
}

static void act(struct world *world)
{
	struct sim *sim = world->sim;
	int dossier = (int)sim_random(sim, DOSSIERS);
	char code[LT_DOSSIER_MAX];
	uint8_t reply[16];
	struct sim_act what = { .dossier = code };
	code_of(dossier, code);
	choose(world, dossier, &what, reply);
	const struct sim_answer *answer = sim_do(sim, &what);
	struct card before = world->cards[dossier];
	bool done = model_act(&world->cards[dossier], &what, answer->id);
	if (done != (answer->reason == 0))
		fail_msg("%s of %s by %d to %d version %llu (card: status %d holder %d offered %d version %llu): %s %s",
			 lt_kind_name(what.kind), code, what.sender, what.to, (unsigned long long)what.version,
			 before.status, before.holder, before.offered, (unsigned long long)before.version,
			 answer->reason ? lt_reason_name(answer->reason) : "admitted", answer->detail);
	world->admitted += done;
	world->refused += !done;
	if (!done) { /* the budget of refusals comes back with time */
		sim->now += 3 * SIM_SECOND;
		sim->boot += 3 * SIM_SECOND;
	}
	if (done && what.to != what.sender)
		world->mail[what.to]++;
	if (done)
		assert_int_equal(answer->branch_version, world->cards[dossier].version);
	remember(world, what.sender, answer);
}

static void repeat(struct world *world)
{
	size_t at = sim_random(world->sim, HISTORY);
	if (world->history[at].len == 0)
		return;
	const struct sim_answer *first = &world->history_answer[at];
	const struct sim_answer *answer =
		sim_again(world->sim, world->history_sender[at], lt_buf_bytes(&world->history[at]));
	assert_int_equal(answer->reason, first->reason);
	assert_int_equal(answer->sequence, first->sequence);
	if (!first->reason)
		assert_memory_equal(&answer->receipt, &first->receipt, sizeof(first->receipt));
}

static void connect_all(struct sim *sim)
{
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
}

static void check(struct world *world)
{
	struct sim *sim = world->sim;
	for (int i = 0; i < DOSSIERS; i++) {
		const struct card *card = &world->cards[i];
		char code[LT_DOSSIER_MAX];
		code_of(i, code);
		const struct lt_dossier_view *view = sim_dossier(sim, code);
		assert_int_equal(view != NULL, card->known);
		if (!view)
			continue;
		assert_int_equal(view->status, card->status);
		assert_string_equal(view->branches[0].holder, sim_codes[card->holder]);
		assert_int_equal(view->branches[0].version, card->version);
		assert_int_equal(view->hops_total, card->hops);
		assert_int_equal(view->branches[0].custody, card->closed         ? LT_CUSTODY_CLOSED
							    : card->offered >= 0 ? LT_CUSTODY_OFFERED
										 : LT_CUSTODY_HELD);
	}
	for (int i = 0; i < SIM_AGENCIES; i++)
		assert_int_equal(sim->agencies[i].received, world->mail[i]);
}

static void run_world(uint64_t seed, uint8_t hash[32])
{
	struct world *world = calloc(1, sizeof(*world));
	uint8_t rebuilt[32];
	world->sim = sim_new(seed);
	connect_all(world->sim);
	for (int i = 0; i < ACTS; i++) {
		uint64_t dice = sim_random(world->sim, 200);
		if (dice == 0) {
			sim_crash(world->sim, sim_random(world->sim, 1000));
			sim_open(world->sim);
			connect_all(world->sim);
		} else if (dice < 4) {
			sim_flush(world->sim);
		} else if (dice < 20) {
			repeat(world);
		} else if (dice < 24) {
			sim_advance(world->sim, (int64_t)sim_random(world->sim, 30 * SIM_SECOND));
		}
		act(world);
	}
	sim_advance(world->sim, SIM_SECOND);
	check(world);
	sim_hash(world->sim, hash);
	sim_rebuild(world->sim); /* from nothing */
	sim_hash(world->sim, rebuilt);
	assert_memory_equal(hash, rebuilt, 32);
	sim_flush(world->sim);
	sim_crash(world->sim, 0); /* from the store and the tail */
	sim_open(world->sim);
	sim_hash(world->sim, rebuilt);
	assert_memory_equal(hash, rebuilt, 32);
	check(world);
	printf("seed %llu: %llu admitted, %llu refused\n", (unsigned long long)seed,
	       (unsigned long long)world->admitted, (unsigned long long)world->refused);
	assert_true(world->admitted > ACTS / 10 && world->refused > ACTS / 10);
	for (int i = 0; i < HISTORY; i++)
		lt_buf_fini(&world->history[i]);
	sim_free(world->sim);
	free(world);
}

static uint64_t seeds[16] = { 1, 2, 3 };
static int seed_count = 3;

static void test_seeds(void **state)
{
	(void)state;
	for (int i = 0; i < seed_count; i++) {
		uint8_t first[32], second[32];
		run_world(seeds[i], first);
		if (i > 0)
			continue;
		run_world(seeds[i], second);
		assert_memory_equal(first, second, 32);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds) };
	if (argc > 1)
		seed_count = argc > 17 ? 16 : argc - 1;
	for (int i = 0; argc > 1 && i < seed_count; i++)
		seeds[i] = strtoull(argv[i + 1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
