/* custody.c: who holds a visit, and what the version is. */
#include "custody.h"

#include <string.h>

#include "log.h"

void custody_copy_code(char out[LT_AGENCY_MAX], const char *code)
{
	size_t len = strlen(code);
	LT_ASSERT(len < LT_AGENCY_MAX);
	memcpy(out, code, len + 1);
}

static enum lt_reason refuse(struct act *act, enum lt_reason reason, const struct visit *visit)
{
	unsigned long long version = visit->version;
	switch (visit->custody) {
	case LT_CUSTODY_HELD:
		return lt_refuse(&act->refusal, reason, "leg %u is at version %llu, held by %s; %s may send it on",
				 visit->number, version, visit->holder, visit->holder);
	case LT_CUSTODY_OFFERED:
		return lt_refuse(&act->refusal, reason,
				 "leg %u is at version %llu, offered by its holder %s to %s; %s may RECALL, "
				 "%s may ACCEPT or REFUSE",
				 visit->number, version, visit->holder, visit->offered_to, visit->holder,
				 visit->offered_to);
	case LT_CUSTODY_CLOSED:
		return lt_refuse(&act->refusal, reason, "leg %u is closed at version %llu, last held by %s",
				 visit->number, version, visit->holder);
	}
	lt_fatal("custody %d", (int)visit->custody);
}

enum lt_reason custody_find(struct act *act, struct visit **out)
{
	const struct lt_header *header = act->header;
	if (act->dossier->number == 0)
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "%s", header->dossier);
	*out = dossier_visit(act->dossier, header->leg);
	if (dossier_closed(act->dossier))
		return lt_refuse(&act->refusal, LT_DOSSIER_CLOSED,
				 "%s was handed over, last held by %s; nothing is allowed", header->dossier,
				 act->dossier->visits[0].holder);
	if (!*out)
		return lt_refuse(&act->refusal, LT_LEG_UNKNOWN, "leg %u; the dossier has legs 1 to %u", header->leg,
				 act->dossier->visit_count);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_version(struct act *act, const struct visit *visit)
{
	if (act->header->leg_version != visit->version)
		return refuse(act, LT_STALE_VERSION, visit);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_held(struct act *act, const struct visit *visit)
{
	if (strcmp(act->header->sender, visit->holder) != 0)
		return refuse(act, LT_NOT_HOLDER, visit);
	if (visit->custody == LT_CUSTODY_OFFERED)
		return refuse(act, LT_OFFER_OPEN, visit);
	return custody_check_version(act, visit);
}

static void change(struct act *act, struct visit *visit, enum lt_custody custody)
{
	visit->custody = custody;
	visit->version++;
	visit->since = act->time;
}

void custody_offer(struct act *act, struct visit *visit)
{
	change(act, visit, LT_CUSTODY_OFFERED);
	custody_copy_code(visit->offered_to, act->header->to[0].agency);
	memcpy(visit->offer_id, act->header->id, sizeof(visit->offer_id));
	visit->offer_sequence = act->sequence;
	visit->offer_leg = act->header->to[0].leg;
	visit->offer_kind = act->header->kind;
}

void custody_keep(struct act *act, struct visit *visit)
{
	change(act, visit, LT_CUSTODY_HELD);
}

void custody_pass(struct act *act, struct visit *visit)
{
	custody_copy_code(visit->came_from, visit->holder);
	custody_copy_code(visit->holder, visit->offered_to);
	visit->route_leg = visit->offer_leg;
	change(act, visit, LT_CUSTODY_HELD);
}

void custody_close(struct act *act, struct visit *visit)
{
	change(act, visit, LT_CUSTODY_CLOSED);
}

enum lt_reason custody_check_addressed(struct act *act, const char *agency, const char *why)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		if (strcmp(act->header->to[i].agency, agency) == 0)
			return LT_REASON_NONE;
	}
	return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to: must name %s, %s", agency, why);
}

enum lt_reason custody_check_offer(struct act *act)
{
	const char *to = act->header->to[0].agency;
	if (rulebook_suspended(act->state->rulebook, to))
		return lt_refuse(&act->refusal, LT_RECIPIENT_SUSPENDED, "to[0]: %s is suspended and could not answer",
				 to);
	return LT_REASON_NONE;
}
