/* owed.c: one look at a dossier's value, and the list of what has to be done.
 *
 * A branch that is offered waits for its receiver; one that is held, for its holder: to answer who wants it back, to work, or to hand
 * out what is made. While the applicant is asked for something on a branch, its work stands and the one-stop has to move; while he wants
 * to withdraw, all stands and the lead has to. Opinions are owed beside all that. What closed branches wait for, others owe. */
#include "owed.h"

#include <string.h>

#define BIT(status) (1u << (STATUS_##status))
#define MINUTE_US INT64_C(60000000) /* the due minute belongs to the time: a wait ends with the next one */

enum { TRACE_DONE = 6 };

static bool has_id(const uint8_t id[16])
{
	return dossier_id_is(id, id);
}

/* As the holder of a branch sees it, whom another branch's request does not hold up; NULL: the dossier's. */
static enum status seen_by(const struct dossier *dossier, const struct branch *branch)
{
	if (!branch || (dossier->status != STATUS_SUPPLEMENT && dossier->status != STATUS_FEE))
		return dossier->status;
	if (has_id(branch->supplement_id))
		return STATUS_SUPPLEMENT;
	return has_id(branch->fee_id) ? STATUS_FEE : dossier->stage;
}

static bool status_in(const struct dossier *dossier, const struct branch *branch, unsigned statuses)
{
	return (statuses >> seen_by(dossier, branch) & 1u) != 0;
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
	return clock->ended ? 0 : clock->appointment;
}

static const struct branch *first_open(const struct dossier *dossier)
{
	uint32_t i = 0;
	while (i < dossier->branch_count - 1 && dossier->branches[i].custody == LT_CUSTODY_CLOSED)
		i++;
	return &dossier->branches[i];
}

/* What is stopped on several ways ends whole, and that is the lead's to do. */
static bool ends_whole(const struct dossier *dossier)
{
	return dossier->stage == STATUS_STOPPED && dossier->lead[0] != '\0' && dossier_open_branches(dossier) > 1;
}

/* What the applicant is asked for, through the one-stop. */
static bool asked_act(const struct dossier *dossier, const struct branch *branch, struct owed_act *out)
{
	int64_t since = dossier_clock_stands_since(&branch->clock);
	if (!status_in(dossier, branch, BIT(SUPPLEMENT) | BIT(FEE)))
		return false;
	bool papers = status_in(dossier, branch, BIT(SUPPLEMENT));
	out->what = papers ? LT_OWED_SUPPLEMENT : LT_OWED_FEE;
	out->who = dossier->origin;
	out->since = since != 0 ? since : branch->since;
	out->until = papers ? wait_due(&branch->supplement_wait) : 0;
	return true;
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
	if (asked_act(dossier, branch, out))
		return true;
	if (status_in(dossier, branch, BIT(STOPPED) | BIT(DONE))) {
		out->what = LT_OWED_HAND_OUT;
		return true;
	}
	if (status_in(dossier, branch, BIT(REGISTERED))) {
		out->what = LT_OWED_RECEIVE;
		out->since = dossier->intake.since;
		out->until = dossier->intake.due;
		return true;
	}
	if (!status_in(dossier, branch, BIT(RECEIVED) | BIT(IN_PROGRESS)))
		return false; /* a withdrawal is to be decided first */
	if (dossier_owes_refusal(branch)) {
		out->what = LT_OWED_REFUSAL;
		out->since = branch->missed.due;
		out->until = branch->missed.refuse_by;
		return true;
	}
	out->what = LT_OWED_WORK;
	out->since = branch->begun != 0 ? branch->begun : branch->since;
	out->until = clock_due(&branch->clock);
	return true;
}

static bool branch_act(const struct dossier *dossier, const struct branch *branch, struct owed_act *out)
{
	switch (branch->custody) {
	case LT_CUSTODY_HELD:
		return held_act(dossier, branch, out);
	case LT_CUSTODY_OFFERED:
		*out = (struct owed_act){ .what = LT_OWED_ACCEPT,
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
	if (status_in(dossier, NULL, BIT(DONE)))
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

/* What the applicant asks. The dossier is open. */
static bool withdrawal_act(const struct dossier *dossier, struct owed_act *out)
{
	const struct branch *branch = first_open(dossier);
	if (!status_in(dossier, NULL, BIT(WITHDRAWAL)))
		return false;
	*out = (struct owed_act){ .what = LT_OWED_DECIDE_WITHDRAW,
				  .who = dossier->lead[0] != '\0' ? dossier->lead : branch->holder,
				  .branch = branch->number,
				  .since = branch->since };
	return true;
}

size_t owed_list(const struct dossier *dossier, struct owed_act out[OWED_MAX])
{
	size_t count = 0;
	if (dossier_closed(dossier) || dossier->frozen != 0) /* the broker's operators owe it an end of the freeze */
		return 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		count += branch_act(dossier, &dossier->branches[i], &out[count]);
	count += withdrawal_act(dossier, &out[count]);
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
		return KIND(FORWARD) | KIND(RETURN) | KIND(TRANSFER) | KIND(RESULT);
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
	{ KIND(FORWARD), BIT(RECEIVED) | BIT(IN_PROGRESS) },  { KIND(RETURN), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(TRANSFER), BIT(RECEIVED) | BIT(IN_PROGRESS) }, { KIND(RESULT), BIT(IN_PROGRESS) | BIT(DONE) },
	{ KIND(HANDED_OVER), BIT(STOPPED) | BIT(DONE) },
};
static const struct rule holder_says[] = {
	{ KIND(CONSULT), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(REQUEST_SUPPLEMENT), BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(REQUEST_FEE), BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(APOLOGY), BIT(RECEIVED) | BIT(IN_PROGRESS) },
	{ KIND(RECEIVE), BIT(REGISTERED) },
	{ KIND(REJECT), BIT(REGISTERED) },
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
	{ KIND(WITHDRAW), BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS) | BIT(SUPPLEMENT) | BIT(FEE) },
};
#define ALLOWED(branch, table) allowed(dossier, branch, table, sizeof(table) / sizeof((table)[0]))

static uint64_t allowed(const struct dossier *dossier, const struct branch *branch, const struct rule *rules,
			size_t count)
{
	uint64_t kinds = 0;
	for (size_t i = 0; i < count; i++)
		kinds |= status_in(dossier, branch, rules[i].statuses) ? rules[i].kind : 0;
	return kinds;
}

/* Who goes to work on what it registered with itself has received it. */
static uint64_t by_work(const struct dossier *dossier, const struct branch *branch)
{
	if (dossier->intake.by[0] != '\0' || !status_in(dossier, branch, BIT(REGISTERED)))
		return 0;
	return KIND(FORWARD) | KIND(TRANSFER) | KIND(CONSULT) | KIND(STATUS) | KIND(APOLOGY);
}

static uint64_t of_holder(const struct dossier *dossier, const struct branch *branch)
{
	bool tells = branch->trace_work != 0 && branch->trace_work < TRACE_DONE;
	uint64_t kinds = ALLOWED(branch, holder_says) | (tells ? KIND(STATUS) : 0) | by_work(dossier, branch);
	if (wants_back(branch))
		return kinds | KIND(RECALL_ANSWER);
	kinds |= ALLOWED(branch, holder_moves);
	if (dossier_branch_giver(branch).agency[0] == '\0')
		kinds &= ~KIND(RETURN);
	return kinds;
}

static void add_branch(const struct dossier *dossier, const struct branch *branch, struct parties *parties)
{
	const char *lead = dossier->lead[0] != '\0' ? dossier->lead : branch->holder;
	bool offered = branch->custody == LT_CUSTODY_OFFERED;
	parties->branch = branch->number;
	parties->first = parties->count;
	if (offered) {
		allow(parties, branch->offered_to, KIND(ACCEPT) | KIND(REFUSE));
		allow(parties, branch->holder, KIND(RECALL));
	} else {
		allow(parties, branch->holder, of_holder(dossier, branch));
		if (dossier_id_is(branch->accepted_id, branch->accepted_id) && !wants_back(branch) &&
		    status_in(dossier, branch, BIT(IN_PROGRESS) | BIT(DONE)))
			allow(parties, branch->came_from, KIND(RECALL));
	}
	allow(parties, branch->holder, ALLOWED(branch, in_charge));
	allow(parties, lead,
	      ALLOWED(branch, in_charge) | ALLOWED(branch, lead_says) | (ends_whole(dossier) ? KIND(HANDED_OVER) : 0));
}

size_t owed_can_list(const struct dossier *dossier, struct owed_can out[OWED_CAN_MAX])
{
	struct parties parties = { .out = out };
	if (dossier_closed(dossier) || dossier->frozen != 0)
		return 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			add_branch(dossier, &dossier->branches[i], &parties);
	}
	parties.branch = 0;
	parties.first = parties.count;
	allow(&parties, dossier->origin, ALLOWED(NULL, origin_says));
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		if (status_in(dossier, branch, BIT(SUPPLEMENT)))
			allow(&parties, dossier->origin, KIND(SUPPLEMENT));
		if (!status_in(dossier, branch, BIT(FEE)))
			continue;
		allow(&parties, dossier->origin, KIND(FEE_PAID));
		allow(&parties, branch->holder, KIND(FEE_PAID));
	}
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
