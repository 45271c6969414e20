/* custody.c: who holds a visit, and what the version is.
 *
 * Every kind begins here: find the visit that the header names, see that the sender is who may act on it (the holder,
 * the one it is offered to, the lead, or who acts for them after a reorganisation), and that the version is the one
 * that the sender has seen. The refusals name what is so, so that a person knows what to do next. */
#include "custody.h"

#include <stdio.h>
#include <string.h>

#include "program/log.h"
#include "state/succession.h"

/* ---- who ---- */

bool custody_has_id(const uint8_t id[16])
{
	return dossier_id_is(id, id);
}

/* NULL while the dossier does not exist: its record holds another's then. */
static const struct dossier *known(const struct act *act)
{
	return act->dossier->number != 0 ? act->dossier : NULL;
}

bool custody_sender_is(const struct act *act, const char *agency)
{
	return act->rules->succession.acts_for(act->state->rulebook, act->header->sender, agency, known(act),
					       act->time);
}

bool custody_sender_leads(const struct act *act, const struct visit *visit)
{
	const char *lead = act->dossier->lead;
	return custody_sender_is(act, lead[0] != '\0' ? lead : visit->holder);
}

bool custody_recipient_is(const struct act *act, size_t i, const char *agency)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const char *to = act->rules->succession.of(rulebook, act->header->to[i].agency, known(act), act->time);
	return agency[0] != '\0' && strcmp(to, act->rules->succession.of(rulebook, agency, known(act), act->time)) == 0;
}

bool custody_to_itself(const struct act *act, size_t i)
{
	return custody_sender_is(act, act->header->to[i].agency);
}

/* ---- checks ---- */

static enum lt_reason refuse(struct act *act, enum lt_reason reason, const struct visit *visit)
{
	unsigned long long version = visit->version;
	switch (visit->custody) {
	case LT_CUSTODY_HELD:
		return lt_refuse(&act->refusal, reason, "branch %u is at version %llu, held by %s; %s may send it on",
				 visit->number, version, visit->holder, visit->holder);
	case LT_CUSTODY_OFFERED:
		return lt_refuse(&act->refusal, reason,
				 "branch %u is at version %llu, offered by its holder %s to %s; %s may RECALL, "
				 "%s may ACCEPT or REFUSE",
				 visit->number, version, visit->holder, visit->offered_to, visit->holder,
				 visit->offered_to);
	case LT_CUSTODY_CLOSED:
		return lt_refuse(&act->refusal, reason, "branch %u is closed at version %llu, last held by %s",
				 visit->number, version, visit->holder);
	}
	lt_fatal("custody %d", (int)visit->custody);
}

enum lt_reason custody_find(struct act *act, struct visit **out)
{
	const struct lt_header *header = act->header;
	struct dossier *dossier = act->dossier;
	if (dossier->number == 0)
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "%s", header->dossier);
	*out = dossier_visit(dossier, header->branch);
	if (dossier_closed(dossier))
		return lt_refuse(&act->refusal, LT_DOSSIER_CLOSED,
				 "%s was handed over, last held by %s; nothing is allowed", header->dossier,
				 (*out ? *out : &dossier->visits[dossier->visit_count - 1])->holder);
	if (!*out)
		return lt_refuse(&act->refusal, LT_BRANCH_UNKNOWN, "branch %u; the dossier has branches 1 to %u",
				 header->branch, dossier->visit_count);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_version(struct act *act, const struct visit *visit)
{
	if (act->header->branch_version != visit->version)
		return refuse(act, LT_STALE_VERSION, visit);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_holder(struct act *act, const struct visit *visit)
{
	if (!custody_sender_is(act, visit->holder))
		return refuse(act, LT_NOT_HOLDER, visit);
	if (visit->custody == LT_CUSTODY_CLOSED)
		return refuse(act, LT_BRANCH_CLOSED, visit);
	if (visit->custody == LT_CUSTODY_OFFERED)
		return refuse(act, LT_OFFER_OPEN, visit);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_held(struct act *act, const struct visit *visit)
{
	enum lt_reason reason = custody_check_holder(act, visit);
	if (!reason && custody_has_id(visit->recall_id))
		return lt_refuse(&act->refusal, LT_RECALL_OPEN,
				 "%s wants branch %u back; %s must answer with RECALL_ANSWER", visit->came_from,
				 visit->number, visit->holder);
	return reason ? reason : custody_check_version(act, visit);
}

enum lt_reason custody_check_in_charge(struct act *act, const struct visit *visit)
{
	if (custody_sender_is(act, visit->holder))
		return custody_check_holder(act, visit);
	if (!custody_sender_leads(act, visit))
		return refuse(act, LT_NOT_HOLDER, visit);
	return visit->custody == LT_CUSTODY_CLOSED ? refuse(act, LT_BRANCH_CLOSED, visit) : LT_REASON_NONE;
}

enum lt_reason custody_check_status(struct act *act, unsigned statuses)
{
	enum status status = act->dossier->status;
	char allowed[48] = "";
	size_t len = 0;
	if ((statuses >> status & 1u) != 0)
		return LT_REASON_NONE;
	for (unsigned i = 0; i < STATUS_COUNT; i++) {
		if ((statuses >> i & 1u) != 0)
			len += (size_t)snprintf(allowed + len, sizeof(allowed) - len, "%s%u", len > 0 ? ", " : "", i);
	}
	return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL, "status %u (%s): %s is for %s", (unsigned)status,
			 status_name(status), lt_kind_name(act->header->kind), allowed);
}

enum lt_reason custody_check_addressed(struct act *act, const char *agency, const char *why)
{
	if (custody_sender_is(act, agency))
		return LT_REASON_NONE;
	for (size_t i = 0; i < act->header->to_count; i++) {
		if (custody_recipient_is(act, i, agency))
			return LT_REASON_NONE;
	}
	return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to: must name %s, %s", agency, why);
}

enum lt_reason custody_check_offer(struct act *act)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		const char *to = act->header->to[i].agency;
		if (!custody_to_itself(act, i) && rulebook_suspended(act->state->rulebook, to))
			return lt_refuse(&act->refusal, LT_RECIPIENT_SUSPENDED,
					 "to[%zu]: %s is suspended and could not answer", i, to);
	}
	return LT_REASON_NONE;
}
