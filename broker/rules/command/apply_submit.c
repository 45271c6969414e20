/* apply_submit.c: one envelope: dedup, dossier, kind, mail.
 *
 * The verdict came with the command: signature, sender and form were checked before. What only the state can say is
 * asked here, in an order that SPEC.md promises: is this id known already; who may act for this sender at this time;
 * does the dossier exist; are the recipients there. Then the kind does its work on act->dossier in memory. If it
 * refuses, the dossier is read again and nothing has changed but the trace of the refusal; if it agrees, the dossier
 * is saved, the mail is posted, and the answer is remembered under the id. */
#include <stdio.h>
#include <string.h>

#include "rules/apply.h"
#include "rules/route_at.h"
#include "state/dedup.h"
#include "state/parts/large.h"
#include "state/parts/part_expiry.h"
#include "program/log.h"
#include "rules/reorganise.h"
#include "rules/right.h"
#include "rules/clock/intake.h"
#include "rules/clock/silence.h"
#include "state/succession.h"
#include "state/digest/tally.h"

enum lt_reason apply_kind(struct act *act)
{
	intake_by_work(act);
	switch (act->header->kind) {
#define LT_KIND(name, rule, ...) \
	case LT_KIND_##name:     \
		return apply_##rule(act);
#define LT_KIND_LATER(name, ...) case LT_KIND_##name:
#include <lienthong/kind.def>
#undef LT_KIND
		break;
	}
	return lt_refuse(&act->refusal, LT_KIND_NOT_SUPPORTED, "kind: %s", lt_kind_name(act->header->kind));
}

/* What was refused has a chain of its own, so that it hides nothing of what took effect. */
static void save_dossier(struct act *act, enum lt_reason reason)
{
	struct dossier *dossier = act->dossier;
	act->previous = reason ? dossier->refused_sequence : dossier->last_sequence;
	if (reason) {
		dossier->refused_sequence = act->sequence;
		dossier->refused_records++;
	} else {
		dossier->last_sequence = act->sequence;
		dossier->records++;
	}
	act->outcome.value = tally_save_dossier(act->state, dossier);
}

/* ADMIT looks at its own clock; what counts is the time of the record. */
static enum lt_reason check_sender(struct act *act)
{
	const char *sender = act->header->sender;
	if (!act->rules->succession.closed(act->state->rulebook, sender, act->time))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_SENDER_CLOSED, "%s is closed; %s acts for it", sender,
			 act->rules->succession.of(act->state->rulebook, sender,
						   act->dossier->number ? act->dossier : NULL, act->time));
}

static enum lt_reason check_recipients(struct act *act)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		const char *to = act->header->to[i].agency;
		if (!rulebook_agency(act->state->rulebook, to))
			return lt_refuse(&act->refusal, LT_RECIPIENT_UNKNOWN, "to[%zu]: %s", i, to);
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_parties(struct act *act)
{
	const char *agencies[LT_TO_MAX];
	for (size_t i = 0; i < act->header->to_count; i++)
		agencies[i] = act->header->to[i].agency;
	return right_parties(act, agencies, act->header->to_count);
}

static bool posted(const struct act *act, uint32_t index)
{
	for (size_t i = 0; i < act->outcome.mail_count; i++) {
		if (act->mail_index[i] == index)
			return true;
	}
	return false;
}

/* This record has offered a branch. */
static bool is_offered(const struct act *act)
{
	for (uint32_t i = 0; i < act->dossier->branch_count; i++) {
		const struct branch *branch = &act->dossier->branches[i];
		if (branch->custody == LT_CUSTODY_OFFERED && branch->offer_sequence == act->sequence)
			return true;
	}
	return false;
}

/* A record of it was skipped: what is so of it nobody knows before two operators have said it. */
static enum lt_reason check_frozen(struct act *act)
{
	if (act->dossier->number == 0 || act->dossier->frozen == 0)
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_DOSSIER_FROZEN, "%s, since record %llu", act->dossier->code,
			 (unsigned long long)act->dossier->frozen);
}

/* Who gets a large part may name it too. */
static void own_large(struct act *act, const char *agency)
{
	for (size_t i = 0; i < act->header->part_count; i++) {
		if (lt_part_is_large(&act->header->parts[i]))
			large_own(act->state->store, act->header->parts[i].sha256, agency);
	}
}

/* Into the mailbox of every recipient, or of who acts for it now, but the sender itself. */
static void post(struct act *act)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const struct lt_header *header = act->header;
	struct lt_outcome *outcome = &act->outcome;
	bool has_parts = header->part_count > 0;
	for (size_t i = 0; i < header->to_count; i++) {
		const char *to = header->to[i].agency;
		dossier_add_party(act->dossier, to);
		if (act->rules->succession.acts_for(rulebook, header->sender, to, act->dossier, act->time))
			continue;
		const char *agency = reorganise_mailbox(act, to);
		uint32_t index = mailboxes_get(&act->state->mailboxes, agency);
		if (act->fork == 0 && posted(act, index))
			continue; /* two of the recipients are one agency now. In a fork it has a branch for each */
		struct mailbox *mailbox = &act->state->mailboxes.items[index];
		struct mailbox_entry entry = { .sequence = act->sequence,
					       .dossier = act->dossier->number,
					       .has_parts = has_parts,
					       .offer = is_offered(act) };
		if (act->fork != 0)
			entry.branch = act->fork + (uint32_t)i;
		act->mail_index[outcome->mail_count] = index;
		act->mail[outcome->mail_count++] = (struct lt_mailbox_item){
			.agency = agency,
			.number = mailbox_append(mailbox, act->state->store, &entry),
		};
		own_large(act, agency);
	}
	large_name(act->state->store, act->sequence, header);
	if (has_parts)
		part_expiry_wait(act->state->store, act->sequence, (uint32_t)outcome->mail_count, act->time);
}

static void fill_outcome(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	const struct branch *branch = dossier_branch(act->dossier, act->about != 0 ? act->about : act->header->branch);
	if (!branch)
		branch = dossier->branch_count > 0 ? &dossier->branches[0] : NULL;
	act->outcome.dossier = dossier->number;
	act->outcome.status = (uint32_t)dossier->status;
	act->outcome.branch = branch ? branch->number : 0;
	act->outcome.branch_version = branch ? branch->version : 0;
}

/* Only what a valid signature stands behind is remembered: a forged header must not use up an id. */
static enum lt_reason check_dedup(struct act *act)
{
	struct dedup_entry entry;
	if (act->fresh || dedup_find(act->state->store, act->header->id, act->header->sender, &entry))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_EQUIVOCATION, "the first bytes under this id are record %llu",
			 (unsigned long long)entry.sequence);
}

void apply_remember(struct act *act, const struct lt_receipt *receipt)
{
	struct dedup_entry entry = { .sequence = act->sequence,
				     .time = act->time,
				     .reason = act->outcome.reason,
				     .branch = act->outcome.branch,
				     .branch_version = act->outcome.branch_version };
	if (!act->remember)
		return;
	memcpy(entry.header_sha256, act->header_sha256, sizeof(entry.header_sha256));
	entry.receipt = *receipt;
	if (entry.reason && act->outcome.sentence.len > 0 && act->outcome.sentence.len <= sizeof(entry.sentence)) {
		entry.sentence_len = (uint16_t)act->outcome.sentence.len;
		memcpy(entry.sentence, act->outcome.sentence.data, entry.sentence_len);
	}
	dedup_put(act->state->store, act->header->id, act->header->sender, &entry);
}

enum lt_reason apply_submit(struct act *act)
{
	const struct lt_verdict *verdict = &act->command->u.submit.verdict;
	if (verdict->reason)
		return lt_refuse_again(&act->refusal, verdict->reason, verdict->sentence);
	if (!act->header)
		return lt_refuse(&act->refusal, LT_HEADER_MALFORMED, "the header cannot be read");
	if (check_dedup(act))
		return LT_EQUIVOCATION;
	right_find(act);
	uint64_t known = act->dossier->number;
	if (check_frozen(act))
		return LT_DOSSIER_FROZEN;
	enum lt_reason reason = check_sender(act);
	if (!reason)
		reason = check_recipients(act);
	if (!reason)
		reason = right_check(act);
	if (!reason && act->dossier->number != 0)
		reason = check_parties(act);
	if ((!reason && act->dossier->number != 0 && !route_at_has_procedure(act)) ||
	    state_faults(act->state) != act->faults)
		return apply_damaged(act); /* all that it needs has been read now, and nothing written */
	if (!reason)
		reason = act->rules->kind(act);
	if (reason) {
		act->outcome.stay_count = 0;
		act->dossier->number = 0;
		if (known) /* as it was: a kind may have begun to change it */
			dossier_load_known(act->state->store, known, act->dossier);
	} else {
		dossier_add_party(act->dossier, act->header->sender);
		silence_break(act);
		post(act);
	}
	if (reason && act->unrecorded)
		return reason;
	if (act->dossier->number != 0) {
		save_dossier(act, reason);
		fill_outcome(act);
	}
	act->remember = true;
	return reason;
}
