/* recorded.c: see recorded.h. */
#include "recorded.h"

#include <string.h>

#include "deadline_internal.h"
#include "program/log.h"
#include "state/frozen.h"
#include "state/parts/large.h"
#include "state/notices.h"
#include "state/parts/part_expiry.h"
#include "state/digest/tally.h"

/* ---- whose ---- */

static bool is_dossier_act(const struct lt_admin_command *admin)
{
	return admin->act == LT_ADMIN_DOSSIER_REPAIR || admin->act == LT_ADMIN_DOSSIER_CLOSE ||
	       admin->act == LT_ADMIN_DOSSIER_CONFIRM || admin->act == LT_ADMIN_STAY_CORRECT ||
	       admin->act == LT_ADMIN_REMIND || admin->act == LT_ADMIN_OFFER_BACK;
}

uint64_t recorded_dossier(const struct act *act, const struct lt_outcome *outcome)
{
	const struct lt_command *command = act->command;
	if (command->type == LT_COMMAND_CLOCK)
		return command->u.clock.dossier;
	if (command->type == LT_COMMAND_SUBMIT ? act->header != NULL
					       : command->type == LT_COMMAND_ADMIN && is_dossier_act(&command->u.admin))
		return outcome->dossier;
	return 0;
}

static const char *code_of(const struct act *act)
{
	const struct lt_command *command = act->command;
	if (command->type == LT_COMMAND_SUBMIT)
		return act->header ? act->header->dossier : NULL;
	return command->type == LT_COMMAND_ADMIN && is_dossier_act(&command->u.admin) ? command->u.admin.subject : NULL;
}

bool recorded_is_about(struct act *act, const struct lt_outcome *outcome, uint64_t number)
{
	const char *code = code_of(act);
	if (recorded_dossier(act, outcome) == number)
		return true;
	/* Refused, and not as a party's: by the parties as they were then. */
	return code && state_find_dossier(act->state, act->rules->law, code, act->dossier) == LT_OK &&
	       act->dossier->number == number;
}

/* ---- the dossier ---- */

/* An OPEN without its rule: held by who sent it. */
static void make(struct act *act, const struct lt_outcome *outcome)
{
	struct branch *branch = open_make_dossier(act, act->header->sender);
	branch->version = outcome->branch_version;
	act->dossier->stage = act->dossier->status = (enum status)outcome->status;
	open_register_codes(act);
}

static enum lt_err load(struct act *act, const struct lt_outcome *outcome, uint64_t number, bool skipped)
{
	bool opens = skipped && act->header && act->header->kind == LT_KIND_OPEN && !outcome->reason;
	act->dossier->number = 0;
	if (opens && number == act->state->dossiers + 1) {
		make(act, outcome);
		return LT_OK;
	}
	if (dossier_load_known(act->state->store, number, act->dossier) == LT_OK)
		return LT_OK;
	lt_refuse(&act->refusal, LT_STORE_DAMAGED, "dossier %llu cannot be read", (unsigned long long)number);
	return LT_ECORRUPT;
}

static void freeze(struct act *act)
{
	struct frozen frozen = { .skipped = act->sequence, .since = act->time };
	if (act->dossier->frozen != 0) /* since an earlier one */
		return;
	act->dossier->frozen = act->sequence;
	deadline_freeze(act);
	for (uint32_t i = 0; i < act->dossier->branch_count; i++) {
		if (act->dossier->branches[i].version > frozen.version)
			frozen.version = act->dossier->branches[i].version;
	}
	frozen_put(act->state->store, act->dossier->number, &frozen);
}

/* Above all versions that were told: a record raises the version of the branch that it names, and makes others at most so high. */
static enum lt_err raise_version(struct act *act, const struct lt_outcome *outcome)
{
	struct frozen frozen;
	struct store *store = act->state->store;
	if (frozen_get(store, act->dossier->number, &frozen)) {
		lt_refuse(&act->refusal, LT_STORE_DAMAGED, "dossier %s is not frozen", act->dossier->code);
		return LT_ECORRUPT;
	}
	frozen.version = (frozen.version > outcome->branch_version ? frozen.version : outcome->branch_version) + 1;
	frozen_put(store, act->dossier->number, &frozen);
	return LT_OK;
}

static void add_parties(struct act *act)
{
	for (size_t i = 0; i < act->header->to_count; i++)
		dossier_add_party(act->dossier, act->header->to[i].agency);
	dossier_add_party(act->dossier, act->header->sender);
}

/* In the chain as it was, so that every record is shown; and marked as one without effect. */
static void chain(struct act *act, const struct lt_outcome *outcome)
{
	struct dossier *dossier = act->dossier;
	if (outcome->dossier != dossier->number) /* refused as one who is no party: no trace of it */
		return;
	if (outcome->reason && act->header) {
		dossier->refused_sequence = act->sequence;
		dossier->refused_records++;
	} else if (act->header || outcome->notice_count > 0) {
		dossier->last_sequence = act->sequence;
		dossier->records++;
	}
	if (!outcome->reason)
		frozen_mark(act->state->store, dossier->number, act->sequence);
}

/* ---- what it gave out ---- */

static enum lt_err give_mail(struct act *act, const struct lt_outcome *outcome)
{
	bool has_parts = act->header && act->header->part_count > 0;
	for (size_t i = 0; i < outcome->mail_count; i++) {
		uint32_t index = mailboxes_get(&act->state->mailboxes, outcome->mail[i].agency);
		struct mailbox_entry entry = { .sequence = act->sequence,
					       .dossier = act->dossier->number,
					       .has_parts = has_parts };
		uint64_t number = mailbox_append(&act->state->mailboxes.items[index], act->state->store, &entry);
		if (number != outcome->mail[i].number) {
			lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "number %llu of %s does not follow",
				  (unsigned long long)outcome->mail[i].number, outcome->mail[i].agency);
			return LT_ECORRUPT;
		}
	}
	if (has_parts && !outcome->reason)
		large_name(act->state->store, act->sequence, act->header);
	if (has_parts && !outcome->reason)
		part_expiry_wait(act->state->store, act->sequence, (uint32_t)outcome->mail_count, act->time);
	return LT_OK;
}

void recorded_notices(struct act *act, const struct lt_outcome *outcome, uint64_t dossier)
{
	for (size_t i = 0; i < outcome->notice_count; i++) {
		struct lt_header header;
		const char *to[NOTICE_TO_MAX];
		size_t count = 0;
		if (act->rules->read.header(outcome->notices[i], act->arena, &header, &act->refusal))
			lt_fatal("record %llu: a notice of its own does not hold: %s",
				 (unsigned long long)act->sequence, act->refusal.detail);
		for (; count < header.to_count && count < NOTICE_TO_MAX; count++)
			to[count] = header.to[count].agency;
		if (dossier == 0 && dossier_find(act->state->store, header.dossier, act->dossier))
			state_end("record %llu: a notice is about a dossier that cannot be read",
				  (unsigned long long)act->sequence);
		notices_put(act->state->store, act->sequence, (uint32_t)i,
			    dossier != 0 ? dossier : act->dossier->number, to, count);
		act->state->unsigned_notices++;
	}
}

enum lt_err recorded_apply(struct act *act, const struct lt_outcome *outcome, uint64_t number, bool skipped)
{
	act->refusal.detail[0] = '\0';
	act->procedure = NULL;
	enum lt_err err = load(act, outcome, number, skipped);
	if (!err && skipped)
		freeze(act);
	if (!err)
		err = raise_version(act, outcome);
	if (!err)
		err = give_mail(act, outcome);
	if (err)
		return err;
	recorded_notices(act, outcome, number);
	if (act->header && !outcome->reason)
		add_parties(act);
	chain(act, outcome);
	tally_save_dossier(act->state, act->dossier);
	act->outcome = *outcome;
	act->remember = act->header && !act->command->u.submit.verdict.reason && outcome->reason != LT_EQUIVOCATION;
	if (!outcome->reason)
		act->outcome.reason = LT_POISONED;
	act->state->sequence = act->sequence;
	act->state->time = act->time;
	return LT_OK;
}
