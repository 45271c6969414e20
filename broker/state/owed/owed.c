/* owed.c: one look at a dossier's value, and the list of what has to be done.
 *
 * A branch that is offered waits for its receiver; one that is held, for its holder: to answer who wants it back, to work, or to hand
 * out what is made. While the applicant is asked for something, or wants to withdraw, the work stands and the one-stop or the lead has
 * to move. Opinions are owed beside all that. What closed branches wait for, others owe. */
#include "owed.h"

#include <string.h>

#define BIT(status) (1u << (STATUS_##status))
#define MINUTE_US INT64_C(60000000) /* the due minute belongs to the time: a wait ends with the next one */

enum { TRACE_DONE = 6 };

static bool status_in(const struct dossier *dossier, unsigned statuses)
{
	return (statuses >> dossier->status & 1u) != 0;
}

static bool wants_back(const struct branch *branch)
{
	return dossier_id_is(branch->recall_id, branch->recall_id);
}

/* ---- owed ---- */

static int64_t wait_due(const struct clock_wait *wait)
{
	return wait->next_kind != 0 ? wait->next_due - MINUTE_US : 0;
}

static int64_t clock_due(const struct legal_clock *clock)
{
	return clock->ended ? 0 : clock->due_current;
}

/* Of what the dossier stands for: since then its clocks stand, where the request makes them. */
static int64_t stood_since(const struct dossier *dossier, const struct branch *branch)
{
	if (branch->clock.stopped_at != 0)
		return branch->clock.stopped_at;
	return dossier->clock.stopped_at != 0 ? dossier->clock.stopped_at : branch->since;
}

/* The branch of a request, or when that is closed one that is not. */
static const struct branch *asked_on(const struct dossier *dossier, uint32_t number)
{
	const struct branch *open = NULL;
	for (uint32_t i = dossier->branch_count; i-- > 0;) {
		const struct branch *branch = &dossier->branches[i];
		if (branch->custody != LT_CUSTODY_CLOSED &&
		    (!open || branch->number == number || open->number != number))
			open = branch;
	}
	return open;
}

/* What is stopped on several ways ends whole, and that is the lead's to do. */
static bool ends_whole(const struct dossier *dossier)
{
	return dossier->status == STATUS_STOPPED && dossier->lead[0] != '\0' && dossier_open_branches(dossier) > 1;
}

static bool held_act(const struct dossier *dossier, const struct branch *branch, struct owed_act *out)
{
	*out = (struct owed_act){ .who = branch->holder, .branch = branch->number, .since = branch->since };
	if (ends_whole(dossier)) {
		out->what = LT_OWED_HAND_OUT;
		out->who = dossier->lead;
		return true;
	}
	if (wants_back(branch)) {
		out->what = LT_OWED_ANSWER_RECALL;
		return true;
	}
	if (status_in(dossier, BIT(STOPPED) | BIT(DONE))) {
		out->what = LT_OWED_HAND_OUT;
		return true;
	}
	if (status_in(dossier, BIT(REGISTERED))) {
		out->what = LT_OWED_RECEIVE;
		return true;
	}
	if (!status_in(dossier, BIT(RECEIVED) | BIT(IN_PROGRESS)))
		return false; /* the work stands */
	out->what = LT_OWED_WORK;
	out->since = branch->clock.started != 0 ? branch->clock.started : branch->since;
	out->until = clock_due(&branch->clock);
	return true;
}

static bool branch_act(const struct dossier *dossier, const struct branch *branch, struct owed_act *out)
{
	switch (branch->custody) {
	case LT_CUSTODY_HELD:
		return held_act(dossier, branch, out);
	case LT_CUSTODY_OFFERED:
		*out = (struct owed_act){ .what = status_in(dossier, BIT(REGISTERED)) ? LT_OWED_RECEIVE
										      : LT_OWED_ACCEPT,
					  .who = branch->offered_to,
					  .branch = branch->number,
					  .since = branch->since,
					  .until = branch->offer_due };
		return true;
	case LT_CUSTODY_CLOSED:
		return false;
	}
	return false;
}

static size_t opinions(const struct dossier *dossier, struct owed_act *out)
{
	size_t count = 0;
	if (status_in(dossier, BIT(DONE)))
		return 0; /* an opinion helps nobody any more */
	for (uint32_t i = 0; i < dossier->consult_count; i++) {
		const struct consult *consult = &dossier->consults[i];
		for (uint32_t k = 0; k < consult->answer_count; k++) {
			if (consult->stopped_at == 0 && consult_awaits(&consult->answers[k]))
				out[count++] = (struct owed_act){ .what = LT_OWED_OPINION,
								  .who = consult->answers[k].agency,
								  .branch = consult->branch,
								  .consult = consult->number,
								  .since = consult->asked_at,
								  .until = consult->answers[k].due };
		}
	}
	return count;
}

/* What is asked of the applicant, or by him. The dossier is open. */
static bool request_act(const struct dossier *dossier, struct owed_act *out)
{
	const struct dossier_request *request = NULL;
	*out = (struct owed_act){ .who = dossier->origin };
	if (status_in(dossier, BIT(SUPPLEMENT))) {
		request = &dossier->supplement;
		out->what = LT_OWED_SUPPLEMENT;
		out->until = wait_due(&dossier->supplement_wait);
	} else if (status_in(dossier, BIT(FEE))) {
		request = &dossier->fee;
		out->what = LT_OWED_FEE;
	} else if (status_in(dossier, BIT(WITHDRAWAL))) {
		request = &dossier->withdrawal;
		out->what = LT_OWED_DECIDE_WITHDRAW;
	} else {
		return false;
	}
	const struct branch *branch = asked_on(dossier, request->branch);
	out->branch = branch->number;
	out->since = stood_since(dossier, branch);
	if (out->what == LT_OWED_DECIDE_WITHDRAW)
		out->who = dossier->lead[0] != '\0' ? dossier->lead : branch->holder;
	return true;
}

size_t owed_list(const struct dossier *dossier, struct owed_act out[OWED_MAX])
{
	size_t count = 0;
	if (dossier_closed(dossier))
		return 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		count += branch_act(dossier, &dossier->branches[i], &out[count]);
	count += request_act(dossier, &out[count]);
	return count + opinions(dossier, &out[count]);
}

/* ---- may ---- */

#define KIND(kind) (UINT64_C(1) << LT_KIND_##kind)

uint64_t owed_ended_by(enum lt_owed_what what)
{
	switch (what) {
	case LT_OWED_RECEIVE:
		return KIND(RECEIVE) | KIND(REJECT);
	case LT_OWED_ACCEPT:
		return KIND(ACCEPT) | KIND(REFUSE);
	case LT_OWED_WORK:
		return KIND(FORWARD) | KIND(RETURN) | KIND(RESULT);
	case LT_OWED_ANSWER_RECALL:
		return KIND(RECALL_ANSWER);
	case LT_OWED_DECIDE_WITHDRAW:
		return KIND(STOP) | KIND(RESUME);
	case LT_OWED_OPINION:
		return KIND(OPINION);
	case LT_OWED_SUPPLEMENT:
		return KIND(SUPPLEMENT);
	case LT_OWED_FEE:
		return KIND(FEE_PAID);
	case LT_OWED_HAND_OUT:
		return KIND(RESULT) | KIND(HANDED_OVER);
	case LT_OWED_REFUSAL:
		return KIND(RESULT);
	}
	return 0;
}

/* For those who list: each party once a branch. */
struct parties {
	struct owed_can *out;
	size_t first, count; /* of the branch; of all */
	uint32_t branch;
};

static void allow(struct parties *parties, const char *who, uint64_t kinds)
{
	size_t at = parties->first;
	if (kinds == 0 || who[0] == '\0')
		return;
	while (at < parties->count && strcmp(parties->out[at].who, who) != 0)
		at++;
	if (at == OWED_CAN_MAX)
		return;
	if (at == parties->count)
		parties->out[parties->count++] = (struct owed_can){ .who = who, .branch = parties->branch };
	parties->out[at].kinds |= kinds;
}

/* What kinds ask of the status: docs/dossier.md, "The table". */
struct rule {
	uint64_t kind;
	unsigned statuses;
};
static const struct rule holder_moves[] = {
	{ KIND(FORWARD), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(RETURN), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(RESULT), BIT(IN_PROGRESS) | BIT(DONE) },
	{ KIND(HANDED_OVER), BIT(STOPPED) | BIT(DONE) },
};
static const struct rule holder_says[] = {
	{ KIND(CONSULT), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(REQUEST_SUPPLEMENT), BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(REQUEST_FEE), BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(APOLOGY), BIT(RECEIVED) | BIT(IN_PROGRESS) },
};
static const struct rule in_charge[] = {
	{ KIND(STOP), BIT(RECEIVED) | BIT(IN_PROGRESS) | BIT(SUPPLEMENT) | BIT(FEE) | BIT(WITHDRAWAL) },
	{ KIND(RESUME), BIT(WITHDRAWAL) },
};
static const struct rule lead_says[] = {
	{ KIND(CONSULT), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(RESUME), BIT(STOPPED) },
	{ KIND(RECALL), BIT(DONE) }, /* of the result */
};
static const struct rule origin_says[] = {
	{ KIND(SUPPLEMENT), BIT(SUPPLEMENT) },
	{ KIND(FEE_PAID), BIT(FEE) },
	{ KIND(WITHDRAW), BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS) | BIT(SUPPLEMENT) | BIT(FEE) },
};
#define ALLOWED(table) allowed(dossier, table, sizeof(table) / sizeof((table)[0]))

static uint64_t allowed(const struct dossier *dossier, const struct rule *rules, size_t count)
{
	uint64_t kinds = 0;
	for (size_t i = 0; i < count; i++)
		kinds |= status_in(dossier, rules[i].statuses) ? rules[i].kind : 0;
	return kinds;
}

static uint64_t of_holder(const struct dossier *dossier, const struct branch *branch)
{
	uint64_t kinds = ALLOWED(holder_says) | (branch->trace_work < TRACE_DONE ? KIND(STATUS) : 0);
	if (wants_back(branch))
		return kinds | KIND(RECALL_ANSWER);
	kinds |= ALLOWED(holder_moves);
	if (branch->came_from[0] == '\0')
		kinds &= ~KIND(RETURN);
	return kinds;
}

static void add_branch(const struct dossier *dossier, const struct branch *branch, struct parties *parties)
{
	const char *lead = dossier->lead[0] != '\0' ? dossier->lead : branch->holder;
	bool offered = branch->custody == LT_CUSTODY_OFFERED;
	parties->branch = branch->number;
	parties->first = parties->count;
	uint64_t answers = status_in(dossier, BIT(REGISTERED)) ? KIND(RECEIVE) | KIND(REJECT) : 0;
	if (offered) {
		allow(parties, branch->offered_to, answers | KIND(ACCEPT) | KIND(REFUSE));
		allow(parties, branch->holder, KIND(RECALL));
	} else {
		allow(parties, branch->holder, answers | of_holder(dossier, branch));
		if (dossier_id_is(branch->accepted_id, branch->accepted_id) && !wants_back(branch) &&
		    status_in(dossier, BIT(IN_PROGRESS) | BIT(DONE)))
			allow(parties, branch->came_from, KIND(RECALL));
	}
	allow(parties, branch->holder, ALLOWED(in_charge));
	allow(parties, lead, ALLOWED(in_charge) | ALLOWED(lead_says) | (ends_whole(dossier) ? KIND(HANDED_OVER) : 0));
}

static const char *asker(const struct dossier *dossier)
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].number == dossier->fee.branch)
			return dossier->branches[i].holder;
	}
	return "";
}

size_t owed_can_list(const struct dossier *dossier, struct owed_can out[OWED_CAN_MAX])
{
	struct parties parties = { .out = out };
	if (dossier_closed(dossier))
		return 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			add_branch(dossier, &dossier->branches[i], &parties);
	}
	parties.branch = 0;
	parties.first = parties.count;
	allow(&parties, dossier->origin, ALLOWED(origin_says));
	if (status_in(dossier, BIT(FEE)))
		allow(&parties, asker(dossier), KIND(FEE_PAID));
	for (uint32_t i = 0; i < dossier->consult_count; i++) {
		const struct consult *consult = &dossier->consults[i];
		for (uint32_t k = 0; k < consult->answer_count; k++) {
			const struct consult_answer *answer = &consult->answers[k];
			if (answer->agree == LT_AGREE_NONE)
				allow(&parties, answer->agency, KIND(OPINION));
		}
	}
	return parties.count;
}
