/* custody.c: who holds a branch, and what the version is.
 *
 * Every kind begins here: find the branch that the header names, see that the sender is who may act on it (the holder,
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

bool custody_sender_leads(const struct act *act, const struct branch *branch)
{
	const char *lead = act->dossier->lead;
	return custody_sender_is(act, lead[0] != '\0' ? lead : branch->holder);
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

static enum lt_reason refuse(struct act *act, enum lt_reason reason, const struct branch *branch)
{
	unsigned long long version = branch->version;
	switch (branch->custody) {
	case LT_CUSTODY_HELD:
		return lt_refuse(&act->refusal, reason, "branch %u is at version %llu, held by %s; %s may send it on",
				 branch->number, version, branch->holder, branch->holder);
	case LT_CUSTODY_OFFERED:
		return lt_refuse(&act->refusal, reason,
				 "branch %u is at version %llu, offered by its holder %s to %s; %s may RECALL, "
				 "%s may ACCEPT or REFUSE",
				 branch->number, version, branch->holder, branch->offered_to, branch->holder,
				 branch->offered_to);
	case LT_CUSTODY_CLOSED:
		return lt_refuse(&act->refusal, reason, "branch %u is closed at version %llu, last held by %s",
				 branch->number, version, branch->holder);
	}
	lt_fatal("custody %d", (int)branch->custody);
}

enum lt_reason custody_find(struct act *act, struct branch **out)
{
	const struct lt_header *header = act->header;
	struct dossier *dossier = act->dossier;
	if (dossier->number == 0)
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "%s", header->dossier);
	*out = dossier_branch(dossier, header->branch);
	if (dossier->stage == STATUS_NOT_RECEIVED)
		return lt_refuse(&act->refusal, LT_DOSSIER_CLOSED, "%s was not received by %s; nothing is allowed",
				 header->dossier, dossier->origin);
	if (dossier_closed(dossier))
		return lt_refuse(&act->refusal, LT_DOSSIER_CLOSED,
				 "%s was handed over, last held by %s; nothing is allowed", header->dossier,
				 (*out ? *out : &dossier->branches[dossier->branch_count - 1])->holder);
	if (!*out)
		return lt_refuse(&act->refusal, LT_BRANCH_UNKNOWN, "branch %u; the dossier has branches 1 to %u",
				 header->branch, dossier->branch_count);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_version(struct act *act, const struct branch *branch)
{
	if (act->header->branch_version != branch->version)
		return refuse(act, LT_STALE_VERSION, branch);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_holder(struct act *act, const struct branch *branch)
{
	if (!custody_sender_is(act, branch->holder))
		return refuse(act, LT_NOT_HOLDER, branch);
	if (branch->custody == LT_CUSTODY_CLOSED)
		return refuse(act, LT_BRANCH_CLOSED, branch);
	if (branch->custody == LT_CUSTODY_OFFERED)
		return refuse(act, LT_OFFER_OPEN, branch);
	return LT_REASON_NONE;
}

enum lt_reason custody_check_held(struct act *act, const struct branch *branch)
{
	enum lt_reason reason = custody_check_holder(act, branch);
	if (!reason && custody_has_id(branch->recall_id))
		return lt_refuse(&act->refusal, LT_RECALL_OPEN,
				 "%s wants branch %u back; %s must answer with RECALL_ANSWER", branch->came_from,
				 branch->number, branch->holder);
	return reason ? reason : custody_check_version(act, branch);
}

enum lt_reason custody_check_offered(struct act *act, const struct branch *branch)
{
	if (act->dossier->stage != STATUS_REGISTERED || !custody_sender_is(act, branch->holder))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
			 "it is registered with %s, not offered; RECEIVE takes it in, REJECT does not", branch->holder);
}

enum lt_reason custody_check_in_charge(struct act *act, const struct branch *branch)
{
	if (custody_sender_is(act, branch->holder))
		return custody_check_holder(act, branch);
	if (!custody_sender_leads(act, branch))
		return refuse(act, LT_NOT_HOLDER, branch);
	return branch->custody == LT_CUSTODY_CLOSED ? refuse(act, LT_BRANCH_CLOSED, branch) : LT_REASON_NONE;
}

enum lt_reason custody_check_status_of(struct act *act, const struct branch *branch, unsigned statuses)
{
	enum status status = custody_status(act, branch);
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

enum lt_reason custody_check_status(struct act *act, unsigned statuses)
{
	return custody_check_status_of(act, dossier_branch(act->dossier, act->header->branch), statuses);
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

enum lt_reason custody_check_reachable(struct act *act)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		const char *to = act->header->to[i].agency;
		if (!custody_to_itself(act, i) && rulebook_suspended(act->state->rulebook, to))
			return lt_refuse(&act->refusal, LT_RECIPIENT_SUSPENDED,
					 "to[%zu]: %s is suspended and could not answer", i, to);
	}
	return LT_REASON_NONE;
}

/* Whether a recipient has opened the dossier, or has ever held it: *had. STORE_DAMAGED. */
static enum lt_reason find_had(struct act *act, size_t i, bool *had)
{
	const struct dossier *dossier = act->dossier;
	*had = dossier->number != 0 && custody_recipient_is(act, i, dossier->origin);
	if (dossier->number == 0)
		return LT_REASON_NONE;
	for (uint32_t b = 0; b < dossier->branch_count && !*had; b++)
		*had = custody_recipient_is(act, i, dossier->branches[b].holder) ||
		       custody_recipient_is(act, i, dossier->branches[b].came_from);
	for (uint64_t row = 1; row <= dossier->stay_count && !*had; row++) {
		struct lt_stay stay;
		if (dossier_get_stay(act->state->store, dossier->number, row, act->arena, &stay))
			return apply_damaged(act);
		*had = custody_recipient_is(act, i, stay.holder);
	}
	return LT_REASON_NONE;
}

enum lt_reason custody_check_offer(struct act *act)
{
	const struct rulebook *rulebook = act->state->rulebook;
	enum lt_reason reason = custody_check_reachable(act);
	for (size_t i = 0; i < act->header->to_count && !reason; i++) {
		const char *to = act->rules->succession.of(rulebook, act->header->to[i].agency, known(act), act->time);
		const struct announced *announced = rulebook_announced(rulebook, to);
		bool had = !announced_drained(announced) || custody_to_itself(act, i);
		if (!had)
			reason = find_had(act, i, &had);
		if (!reason && !had)
			reason = lt_refuse(&act->refusal, LT_RECIPIENT_DRAINED,
					   "to[%zu]: %s takes nothing new until it is resumed (%.200s); offer it to "
					   "another where the procedure allows it, or wait",
					   i, to, announced->drain_reason);
	}
	return reason;
}
