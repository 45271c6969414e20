/* apply_submit.c: one envelope: dedup, dossier, kind, mail. */
#include <string.h>

#include "apply.h"
#include "dedup.h"
#include "elide.h"
#include "field.h"
#include "log.h"

static enum lt_reason apply_kind(struct act *act)
{
	switch (act->header->kind) {
	case LT_KIND_OPEN:
		return apply_open(act);
	case LT_KIND_FORWARD:
		return apply_forward(act);
	case LT_KIND_ACCEPT:
		return apply_accept(act);
	case LT_KIND_REFUSE:
		return apply_refuse(act);
	case LT_KIND_RETURN:
		return apply_return(act);
	case LT_KIND_RECALL:
		return apply_recall(act);
	case LT_KIND_RESULT:
		return apply_result(act);
	case LT_KIND_HANDED_OVER:
		return apply_handed_over(act);
	case LT_KIND_CONSULT:
	case LT_KIND_OPINION:
	case LT_KIND_REQUEST_SUPPLEMENT:
	case LT_KIND_SUPPLEMENT:
	case LT_KIND_REQUEST_FEE:
	case LT_KIND_FEE_PAID:
	case LT_KIND_WITHDRAW:
	case LT_KIND_STOP:
	case LT_KIND_RESUME:
	case LT_KIND_RECALL_ANSWER:
	case LT_KIND_APOLOGY:
	case LT_KIND_STATUS:
	case LT_KIND_DUE_SOON:
	case LT_KIND_OVERDUE:
	case LT_KIND_REROUTED:
	case LT_KIND_UNDELIVERABLE:
		break;
	}
	return lt_refuse(&act->refusal, LT_KIND_NOT_SUPPORTED, "kind: %s", lt_kind_name(act->header->kind));
}

static void load_dossier(struct act *act)
{
	struct lt_bytes value;
	const char *code = act->header->dossier;
	act->dossier->number = 0;
	if (store_get(act->state->store, STORE_CODE, lt_bytes(code, strlen(code)), &value))
		return;
	struct field_reader in = { .bytes = value };
	uint64_t number = field_get_u64(&in);
	uint8_t key[8];
	field_key_u64(key, number);
	if (store_get(act->state->store, STORE_DOSSIER, lt_bytes(key, 8), &value))
		lt_fatal("the store has no dossier %llu; remedy: `lienthong store rebuild`",
			 (unsigned long long)number);
	dossier_decode(value, number, act->dossier);
}

static void save_dossier(struct act *act)
{
	struct dossier *dossier = act->dossier;
	uint8_t key[8];
	act->previous = dossier->last_sequence;
	dossier->last_sequence = act->sequence;
	dossier->records++;
	lt_buf_clear(&act->state->scratch);
	dossier_encode(dossier, &act->state->scratch);
	field_key_u64(key, dossier->number);
	store_put(act->state->store, STORE_DOSSIER, lt_bytes(key, 8), lt_buf_bytes(&act->state->scratch));
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

/* Into the mailbox of every recipient but the sender itself. */
static void post(struct act *act)
{
	const struct lt_header *header = act->header;
	struct lt_outcome *outcome = &act->outcome;
	bool has_parts = header->part_count > 0;
	for (size_t i = 0; i < header->to_count; i++) {
		const char *to = header->to[i].agency;
		dossier_add_party(act->dossier, to);
		if (strcmp(to, header->sender) == 0)
			continue;
		uint32_t index = mailboxes_get(&act->state->mailboxes, to);
		struct mailbox *mailbox = &act->state->mailboxes.items[index];
		act->mail_index[outcome->mail_count] = index;
		act->mail[outcome->mail_count++] = (struct lt_mailbox_item){
			.agency = to,
			.number = mailbox_append(mailbox, act->state->store, act->sequence, has_parts),
		};
	}
	if (has_parts)
		elide_wait(act->state->store, act->sequence, (uint32_t)outcome->mail_count, act->time);
}

static void fill_outcome(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	const struct visit *visit = dossier_visit(act->dossier, act->header->leg);
	if (!visit)
		visit = dossier->visit_count > 0 ? &dossier->visits[0] : NULL;
	act->outcome.dossier = dossier->number;
	act->outcome.status = (uint32_t)dossier->status;
	act->outcome.leg = visit ? visit->number : 0;
	act->outcome.leg_version = visit ? visit->version : 0;
}

/* Only what a valid signature stands behind is remembered: a forged header must not use up an id. */
static enum lt_reason check_dedup(struct act *act)
{
	struct dedup_entry entry;
	if (dedup_find(act->state->store, act->header->id, act->header->sender, &entry))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_EQUIVOCATION, "the first bytes under this id are record %llu",
			 (unsigned long long)entry.sequence);
}

static void remember(struct act *act, enum lt_reason reason)
{
	struct dedup_entry entry = { .sequence = act->sequence, .reason = reason };
	memcpy(entry.header_sha256, act->header_sha256, sizeof(entry.header_sha256));
	dedup_put(act->state->store, act->header->id, act->header->sender, &entry);
}

enum lt_reason apply_submit(struct act *act)
{
	const struct lt_verdict *verdict = &act->command->u.submit.verdict;
	if (verdict->reason)
		return lt_refuse(&act->refusal, verdict->reason, "%s", verdict->detail ? verdict->detail : "");
	if (!act->header)
		return lt_refuse(&act->refusal, LT_HEADER_MALFORMED, "the header cannot be read");
	if (check_dedup(act))
		return LT_EQUIVOCATION;
	load_dossier(act);
	enum lt_reason reason = check_recipients(act);
	if (!reason)
		reason = apply_kind(act);
	if (reason) {
		load_dossier(act); /* as it was: a kind may have begun to change it */
	} else {
		dossier_add_party(act->dossier, act->header->sender);
		post(act);
	}
	if (act->dossier->number != 0) {
		save_dossier(act);
		fill_outcome(act);
	}
	remember(act, reason);
	return reason;
}
