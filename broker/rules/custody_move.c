/* custody_move.c: every change of a visit's custody, and the clocks that go with it.
 *
 * HELD by one, OFFERED to another, HELD by that one: there is no other way for a dossier to move. Each step raises the
 * visit's version, so that two acts on the same version cannot both take effect, and each step starts or ends exactly
 * the clocks that belong to it. Kinds call these functions and never write a visit's custody themselves. */
#include <string.h>

#include "custody.h"
#include "route_at.h"

static void change(struct act *act, struct visit *visit, enum lt_custody custody)
{
	if (visit->custody == LT_CUSTODY_OFFERED)
		deadline_offer_end(act, visit);
	visit->custody = custody;
	visit->version++;
	visit->since = act->time;
}

static void set_trace(struct visit *visit, uint8_t code)
{
	visit->trace = code;
	if (code >= 3 && code <= 6)
		visit->trace_work = code;
}

static void forget_giver(struct visit *visit)
{
	visit->came_from[0] = visit->came_before[0] = '\0';
	visit->came_leg = visit->came_branch = 0;
	memset(visit->accepted_id, 0, sizeof(visit->accepted_id));
	memset(visit->recall_id, 0, sizeof(visit->recall_id));
}

void custody_offer(struct act *act, struct visit *visit, size_t i, uint32_t leg)
{
	change(act, visit, LT_CUSTODY_OFFERED);
	dossier_copy_code(visit->offered_to, act->header->to[i].agency);
	memcpy(visit->offer_id, act->header->id, sizeof(visit->offer_id));
	visit->offer_sequence = act->sequence;
	visit->offer_leg = leg;
	visit->offer_kind = act->header->kind;
	visit->trace = 0;
	deadline_offer_start(act, visit);
}

void custody_keep(struct act *act, struct visit *visit)
{
	change(act, visit, LT_CUSTODY_HELD);
}

void custody_move(struct act *act, struct visit *visit, uint32_t leg)
{
	custody_end_leg(act, visit);
	change(act, visit, LT_CUSTODY_HELD);
	forget_giver(visit);
	visit->route_leg = leg;
	visit->branch = 0;
	set_trace(visit, 3);
	custody_start_leg(act, visit);
}

void custody_pass(struct act *act, struct visit *visit)
{
	custody_end_leg(act, visit);
	memcpy(visit->accepted_id, visit->offer_id, sizeof(visit->accepted_id));
	dossier_copy_code(visit->came_before, visit->came_from);
	dossier_copy_code(visit->came_from, visit->holder);
	visit->came_leg = visit->route_leg;
	visit->came_branch = visit->branch;
	dossier_copy_code(visit->holder, act->header->sender);
	visit->route_leg = visit->offer_leg;
	visit->branch = 0;
	change(act, visit, LT_CUSTODY_HELD);
	set_trace(visit, 3);
	custody_start_leg(act, visit);
}

void custody_place(struct act *act, struct visit *visit, const char *agency, uint32_t leg)
{
	custody_end_leg(act, visit);
	dossier_copy_code(visit->holder, agency);
	forget_giver(visit);
	visit->route_leg = leg;
	visit->branch = 0;
	change(act, visit, LT_CUSTODY_HELD);
	set_trace(visit, 3);
	custody_start_leg(act, visit);
}

void custody_close(struct act *act, struct visit *visit)
{
	custody_end_leg(act, visit);
	change(act, visit, LT_CUSTODY_CLOSED);
	memset(visit->recall_id, 0, sizeof(visit->recall_id));
}

struct visit *custody_add(struct act *act)
{
	struct dossier *dossier = act->dossier;
	if (dossier->visit_count == DOSSIER_LEGS_MAX)
		return NULL;
	struct visit *visit = &dossier->visits[dossier->visit_count++];
	*visit = (struct visit){
		.number = dossier->visit_count, .version = 1, .custody = LT_CUSTODY_HELD, .since = act->time
	};
	dossier_copy_code(visit->holder, act->header->sender);
	return visit;
}

void custody_start_leg(struct act *act, struct visit *visit)
{
	const struct lt_limit none = { 0 };
	const struct lt_route_leg *leg = route_at_of(act, visit);
	deadline_leg_start(act, visit, visit->holder, leg ? &leg->limit : &none);
}

void custody_end_leg(struct act *act, struct visit *visit)
{
	if (visit->clock.started != 0 && !visit->clock.ended)
		deadline_leg_end(act, visit);
}

void custody_suspend_clocks(struct act *act)
{
	if (act->dossier->clocks_stand)
		return;
	act->dossier->clocks_stand = true;
	deadline_suspend(act);
}

void custody_resume_clocks(struct act *act, enum lt_clock_policy policy)
{
	if (!act->dossier->clocks_stand)
		return;
	act->dossier->clocks_stand = false;
	deadline_resume(act, policy);
}

enum lt_reason custody_stop(struct act *act)
{
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = act->rules->law->status.set(&dossier->status, STATUS_STOPPED, &act->refusal);
	if (reason)
		return reason;
	if (custody_has_id(dossier->supplement.id))
		deadline_supplement_end(act);
	dossier->supplement = dossier->fee = dossier->withdrawal = (struct dossier_request){ 0 };
	dossier->fee_amount = 0;
	custody_suspend_clocks(act);
	return LT_REASON_NONE;
}
