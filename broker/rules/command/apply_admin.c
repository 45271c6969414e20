/* apply_admin.c: acts of the operator. */
#include <string.h>

#include "announce.h"
#include "carry.h"
#include "correct.h"
#include "offer_back.h"
#include "rules/apply.h"
#include "program/log.h"
#include "rules/repair.h"
#include "rules/restored.h"
#include "state/definition_store.h"
#include "state/rulebook_make.h"

static enum lt_reason renew_trust(struct act *act)
{
	struct state *state = act->state;
	state->trust_version = act->sequence;
	state_put_number(state, "trust_version", state->trust_version);
	enum lt_reason reason = act->rules->read.trust(state, NULL, &act->refusal);
	LT_ASSERT(!reason); /* the parts were in force before */
	act->outcome.version = state->trust_version;
	act->rulebook_changed = true;
	return LT_REASON_NONE;
}

static enum lt_reason set_suspended(struct act *act, const char *agency, bool suspended)
{
	struct state *state = act->state;
	if (act->tried)
		return LT_REASON_NONE;
	uint32_t index = mailboxes_get(&state->mailboxes, agency); /* may move the items */
	struct mailbox *mailbox = &state->mailboxes.items[index];
	mailbox->suspended = suspended;
	mailbox_save(mailbox, state->store);
	return renew_trust(act);
}

static enum lt_reason suspend(struct act *act)
{
	const char *subject = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	const struct lt_agency *agency = rulebook_agency(act->state->rulebook, subject);
	if (!agency)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", subject);
	if (rulebook_suspended(act->state->rulebook, agency->code))
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "%s is %s", agency->code, "suspended");
	return set_suspended(act, agency->code, true);
}

/* Suspended, drained, or both: it takes part again. */
static enum lt_reason resume(struct act *act)
{
	const char *subject = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	const struct lt_agency *agency = rulebook_agency(act->state->rulebook, subject);
	bool drained;
	if (!agency)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", subject);
	enum lt_reason reason = announce_undrain(act, agency->code, &drained);
	if (reason)
		return reason;
	if (rulebook_suspended(act->state->rulebook, agency->code))
		return set_suspended(act, agency->code, false);
	return drained ? LT_REASON_NONE
		       : lt_refuse(&act->refusal, LT_ALREADY_SO, "%s is neither suspended nor drained", agency->code);
}

static enum lt_reason set_grace(struct act *act)
{
	uint64_t hours = act->command->u.admin.number;
	if (hours > RULEBOOK_GRACE_HOURS_MAX)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "grace: at most %u hours",
				 RULEBOOK_GRACE_HOURS_MAX);
	if (trust_grace_hours(act->state) == hours)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "the grace is %llu hours", (unsigned long long)hours);
	if (act->tried)
		return LT_REASON_NONE;
	state_put_number(act->state, "trust_grace", hours + 1);
	return renew_trust(act);
}

/* Its CA then has no list: nobody it issued a certificate to can be cleared before the next import. */
static enum lt_reason withdraw_crl(struct act *act)
{
	struct state *state = act->state;
	const char *wanted = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	struct definition_walk walk = definition_walk(DEFINITION_CRL);
	struct lt_bytes value, der;
	while (definition_next(state->store, &walk, &value)) {
		struct lt_crl_verdict verdict;
		uint8_t sha256[32];
		char hex[65];
		if (definition_crl_read(value, &verdict, &der))
			continue;
		lt_sha256(der, sha256);
		lt_hex(lt_bytes(sha256, sizeof(sha256)), hex);
		if (strcmp(hex, wanted) != 0)
			continue;
		if (act->tried)
			return LT_REASON_NONE;
		struct store_key key = walk.key;
		definition_delete(state->store, &key);
		return renew_trust(act);
	}
	return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "no revocation list in force has the SHA-256 %.64s",
			 wanted);
}

/* Under a new number, behind what waits: what was given before is never given otherwise. */
static enum lt_reason redeliver(struct act *act, uint64_t number)
{
	struct state *state = act->state;
	const char *code = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	struct mailbox_entry entry;
	uint32_t index = mailboxes_find(&state->mailboxes, code);
	if (index == MAILBOX_NONE)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", code);
	struct mailbox *mailbox = &state->mailboxes.items[index];
	const struct stuck *stuck = stuck_find(&state->stuck, code, number);
	enum lt_err err = mailbox_entry(mailbox, state->store, number, &entry);
	if (err == LT_ECORRUPT)
		return apply_damaged(act);
	if (err)
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "the mailbox of %s has no number %llu", code,
				 (unsigned long long)number);
	if (number > mailbox->acknowledged)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "number %llu is on its way to %s",
				 (unsigned long long)number, code);
	if (stuck && stuck->redelivered > mailbox->acknowledged)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "it is on its way to %s under number %llu", code,
				 (unsigned long long)stuck->redelivered);
	if (act->tried)
		return LT_REASON_NONE;
	act->mail_index[0] = index;
	act->mail[0] = (struct lt_mailbox_item){ .agency = mailbox->code,
						 .number = mailbox_append(mailbox, state->store, &entry) };
	act->outcome.mail_count = 1;
	if (stuck) {
		struct stuck changed = *stuck;
		changed.redelivered = act->mail[0].number;
		stuck_put(&state->stuck, state->store, &changed);
	}
	return LT_REASON_NONE;
}

/* Its next session may come with less than is kept: it begins here. Nothing that nobody has received is stepped over. */
static enum lt_reason begin_at(struct act *act, uint64_t number)
{
	const char *code = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	uint32_t index = mailboxes_find(&act->state->mailboxes, code);
	if (index == MAILBOX_NONE)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", code);
	struct mailbox *mailbox = &act->state->mailboxes.items[index];
	if (number <= mailbox->gone || number > mailbox->acknowledged + 1)
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN,
				 "the mailbox of %s keeps what it has received from %llu to %llu", code,
				 (unsigned long long)mailbox->gone + 1, (unsigned long long)mailbox->acknowledged);
	if (act->tried)
		return LT_REASON_NONE;
	mailbox->begin = number - 1;
	mailbox_save(mailbox, act->state->store);
	return LT_REASON_NONE;
}

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

enum lt_reason apply_admin(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	if (!given(admin->operator_name) || !given(admin->reason))
		return lt_refuse(&act->refusal, LT_OPERATOR_REQUIRED, "operator and reason");
	if (!act->state->rulebook)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "there is no genesis record yet");
	switch (admin->act) {
	case LT_ADMIN_SUSPEND:
		return suspend(act);
	case LT_ADMIN_RESUME:
		return resume(act);
	case LT_ADMIN_DRAIN:
		return announce_drain(act);
	case LT_ADMIN_CLOSURE:
		return announce_closure(act);
	case LT_ADMIN_REOPEN:
		return announce_reopen(act);
	case LT_ADMIN_TRUST_GRACE:
		return set_grace(act);
	case LT_ADMIN_CRL_WITHDRAW:
		return withdraw_crl(act);
	case LT_ADMIN_RESTORE_CONFIRM:
		return restored_confirm(act);
	case LT_ADMIN_REDELIVER:
		return redeliver(act, admin->number);
	case LT_ADMIN_MAILBOX_BEGIN:
		return begin_at(act, admin->number);
	case LT_ADMIN_TIME_CONFIRMED:
	case LT_ADMIN_TIME_SET:        /* apply_time_set came before */
		return LT_REASON_NONE; /* recorded; what follows is outside the state */
	case LT_ADMIN_SANDBOX_CLOCK:
		return apply_sandbox_clock(act);
	case LT_ADMIN_SKIP:
		return apply_skip(act);
	case LT_ADMIN_DOSSIER_REPAIR:
	case LT_ADMIN_DOSSIER_CLOSE:
		return apply_propose(act);
	case LT_ADMIN_DOSSIER_CONFIRM:
		return correct_waits(act) ? correct_confirm(act) : apply_confirm(act);
	case LT_ADMIN_STAY_CORRECT:
		return correct_stay(act);
	case LT_ADMIN_REMIND:
		return remind(act);
	case LT_ADMIN_AGENCY_REMIND:
		return remind_agency(act);
	case LT_ADMIN_OFFER_BACK:
		return offer_back_propose(act);
	case LT_ADMIN_CARRY_OPEN:
		return carry_propose(act);
	case LT_ADMIN_CARRY_CONFIRM:
		return carry_confirm(act);
	case LT_ADMIN_CARRY_CLOSE:
		return carry_close(act);
	}
	return lt_refuse(&act->refusal, LT_REQUEST_UNKNOWN, "act %d", (int)admin->act);
}
