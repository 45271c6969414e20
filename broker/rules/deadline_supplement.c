/* deadline_supplement.c: the applicant's time for papers: when they may be asked for, until when they have to come, and the refusal that
 * is owed when they do not. docs/decisions/0042. */
#include "deadline_internal.h"

#include "route_at.h"

static bool is_set(const struct lt_limit *limit)
{
	return limit->unit != LT_LIMIT_NONE;
}

static int64_t lawful_due(struct act *act, const struct branch *branch, int64_t from)
{
	struct lt_limit limit = route_at_supplement_limit(act, route_at_of(act, branch));
	return deadline_due_from(act, &limit, act->dossier->origin, from);
}

int64_t deadline_supplement_due(struct act *act, const struct branch *branch)
{
	return lawful_due(act, branch, act_legal(act));
}

static void wait(struct act *act, struct branch *branch, int64_t due)
{
	deadline_wait_start(act, &branch->supplement_wait, branch->number, LT_CLOCK_SUPPLEMENT_MISSED,
			    due == 0 ? 0 : due + DEADLINE_MINUTE);
}

int64_t deadline_supplement_start(struct act *act, struct branch *branch, int64_t asked)
{
	int64_t due = lawful_due(act, branch, act_legal(act));
	due = asked > due ? asked : due;
	branch->papers = (struct papers_time){ .from = act_legal(act), .until = asked, .told = due };
	wait(act, branch, due);
	return due;
}

int64_t deadline_supplement_recount(struct act *act, struct branch *branch)
{
	int64_t due = lawful_due(act, branch, branch->papers.from);
	if (branch->papers.until > due)
		due = branch->papers.until;
	due = deadline_later(act, due, act->dossier->origin, branch->papers.given);
	return due > branch->papers.told ? due : branch->papers.told;
}

void deadline_supplement_end(struct act *act, struct branch *branch)
{
	branch->papers = (struct papers_time){ 0 };
	deadline_wait_end(act, &branch->supplement_wait, branch->number);
}

/* ---- the refusal that is owed when they do not come ---- */

/* 0: no calendar covers it. */
static int64_t refusal_due(struct act *act, const struct branch *branch)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	int64_t due = leg ? deadline_due_from(act, &leg->refuse_within, branch->holder, branch->papers.from) : 0;
	return deadline_later(act, due, branch->holder, branch->papers.given);
}

static void wait_refusal(struct act *act, struct branch *branch, int64_t due)
{
	branch->missed.refuse_by = due != 0 ? due : act_legal(act); /* no calendar covers it: it is owed all the same */
	deadline_wait_start(act, &branch->supplement_wait, branch->number, LT_CLOCK_REFUSAL_OVERDUE,
			    due == 0 ? 0 : due + DEADLINE_MINUTE);
}

void deadline_refusal_start(struct act *act, struct branch *branch)
{
	branch->papers = (struct papers_time){ .from = branch->missed.due };
	wait_refusal(act, branch, refusal_due(act, branch));
}

bool deadline_refusal_moves(struct act *act, struct branch *branch)
{
	int64_t due = refusal_due(act, branch);
	if (due <= branch->missed.refuse_by || due + DEADLINE_MINUTE <= act_legal(act))
		return false;
	wait_refusal(act, branch, due);
	return true;
}

/* ---- standing ---- */

void deadline_supplements_stand(struct act *act)
{
	for (uint32_t i = 0; i < act->dossier->branch_count; i++) {
		struct branch *branch = &act->dossier->branches[i];
		if (branch->supplement_wait.next_kind == 0)
			continue;
		branch->papers.stopped_at = act_legal(act);
		deadline_wait_end(act, &branch->supplement_wait, branch->number);
	}
}

static void go_on(struct act *act, struct branch *branch)
{
	struct papers_time *papers = &branch->papers;
	bool refusal = branch->missed.refuse_by != 0;
	const char *agency = refusal ? branch->holder : act->dossier->origin;
	papers->given += deadline_minutes(act, agency, papers->stopped_at, act_legal(act));
	papers->stopped_at = 0;
	if (refusal)
		wait_refusal(act, branch, refusal_due(act, branch));
	else
		wait(act, branch, deadline_supplement_recount(act, branch));
}

void deadline_supplements_go_on(struct act *act)
{
	for (uint32_t i = 0; i < act->dossier->branch_count; i++) {
		struct branch *branch = &act->dossier->branches[i];
		if (branch->papers.stopped_at != 0)
			go_on(act, branch);
	}
}

/* ---- asking ---- */

enum lt_reason deadline_check_ask(struct act *act, struct branch *branch)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	struct ticking t = deadline_of_branch(act, branch);
	if (!leg || !is_set(&leg->ask_within) || t.clock->started == 0)
		return LT_REASON_NONE;
	struct deadline_sum sum;
	/* What the limit is in minutes of this office from where the count began: some days are shorter than others. */
	int64_t until = deadline_due_from(act, &leg->ask_within, t.agency, t.clock->started);
	uint32_t allowed = deadline_minutes(act, t.agency, t.clock->started, until);
	deadline_measure(&t, act_legal(act), &sum);
	uint32_t used = sum.used;
	if (until == 0 || used <= allowed)
		return LT_REASON_NONE; /* without a calendar there is no clock */
	return lt_refuse(&act->refusal, LT_SUPPLEMENTS_EXHAUSTED,
			 "leg %s: papers are asked for within %u working minutes, it has been here for %u", leg->id,
			 allowed, used);
}
