/* right.c: see right.h. */
#include "right.h"

#include <string.h>

#include "route_at.h"
#include "rules/command/carry.h"

void right_find(struct act *act)
{
	struct dossier *dossier = act->dossier;
	act->taken = state_find_dossier(act->state, act->rules->law, act->header->dossier, dossier) == LT_OK;
	act->known_as[0] = '\0';
	if (!act->taken ||
	    !act->rules->succession.is_party(act->state->rulebook, act->header->sender, dossier, act->time)) {
		dossier->number = 0;
	} else if (strcmp(dossier->code, act->header->dossier) != 0) {
		memcpy(act->known_as, dossier->code, sizeof(act->known_as));
		dossier->number = 0;
	}
}

/* That a code is in use is told to who may use it; by whom, to the parties alone. */
static enum lt_reason check_new(struct act *act)
{
	if (act->known_as[0] != '\0')
		return lt_refuse(&act->refusal, LT_DOSSIER_EXISTS, "%s is another spelling of %s", act->header->dossier,
				 act->known_as);
	if (act->dossier->number != 0)
		return lt_refuse(&act->refusal, LT_DOSSIER_EXISTS, "%s was opened by %s", act->header->dossier,
				 act->dossier->origin);
	return act->taken ? lt_refuse(&act->refusal, LT_DOSSIER_EXISTS, "%s", act->header->dossier) : LT_REASON_NONE;
}

static enum lt_reason check_open(struct act *act)
{
	const struct law_access *access = &act->rules->law->access;
	const struct lt_directory *directory = rulebook_directory(act->state->rulebook);
	const struct lt_header *header = act->header;
	int64_t received = header->carried ? header->carried->received_at : act_legal(act);
	enum lt_reason reason = header->carried ? carry_check(act) : LT_REASON_NONE;
	if (!reason)
		reason = access->code(directory, header->sender, header->dossier, received, act->time, &act->refusal);
	if (!reason)
		reason = route_at_find_procedure(act);
	if (!reason)
		reason = access->open(directory, act->procedure, header, act->time, &act->refusal);
	if (!reason)
		reason = access->offer(directory, act->procedure, header, act->time, &act->refusal);
	return reason ? reason : check_new(act);
}

enum lt_reason right_check(struct act *act)
{
	if (act->header->kind == LT_KIND_OPEN)
		return check_open(act);
	if (act->header->dossier[0] == '\0') /* a kind that is of none is the broker's alone */
		return lt_refuse(&act->refusal, LT_KIND_NOT_SUPPORTED, "kind: %s", lt_kind_name(act->header->kind));
	if (act->known_as[0] != '\0')
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "%s was opened as %s; its acts name it so",
				 act->header->dossier, act->known_as);
	return act->dossier->number != 0 ? LT_REASON_NONE
					 : act->rules->law->access.unknown(act->header->dossier, &act->refusal);
}

enum lt_reason right_parties(struct act *act, const char *const *agencies, size_t count)
{
	uint32_t parties = act->dossier->party_count;
	for (size_t i = 0; i < count; i++) {
		bool known =
			act->rules->succession.is_party(act->state->rulebook, agencies[i], act->dossier, act->time);
		for (size_t j = 0; j < i && !known; j++)
			known = strcmp(agencies[j], agencies[i]) == 0;
		if (!known && ++parties > DOSSIER_PARTIES_MAX)
			return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
					 "%s would be one agency more than the %u that a dossier may have", agencies[i],
					 (unsigned)DOSSIER_PARTIES_MAX);
	}
	return LT_REASON_NONE;
}
