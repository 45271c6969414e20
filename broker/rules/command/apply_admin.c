/* apply_admin.c: acts of the operator. */
#include "rules/apply.h"
#include "program/log.h"
#include "state/rulebook_make.h"

static enum lt_reason set_suspended(struct act *act, bool suspended)
{
	struct state *state = act->state;
	const char *code = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	if (!rulebook_agency(state->rulebook, code))
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", code);
	if (rulebook_suspended(state->rulebook, code) == suspended)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "%s is %s", code,
				 suspended ? "suspended" : "not suspended");
	uint32_t index = mailboxes_get(&state->mailboxes, code); /* may move the items */
	struct mailbox *mailbox = &state->mailboxes.items[index];
	mailbox->suspended = suspended;
	mailbox_save(mailbox, state->store);
	state->trust_version = act->sequence;
	state_put_number(state, "trust_version", state->trust_version);
	enum lt_reason reason = act->rules->read.trust(state, NULL, &act->refusal);
	LT_ASSERT(!reason); /* the parts were in force before */
	act->outcome.version = state->trust_version;
	act->rulebook_changed = true;
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
		return set_suspended(act, true);
	case LT_ADMIN_RESUME:
		return set_suspended(act, false);
	case LT_ADMIN_TIME_CONFIRMED:
	case LT_ADMIN_TIME_SET: /* apply_time_set came before */
	case LT_ADMIN_SKIP:
		return LT_REASON_NONE; /* recorded; what follows is outside the state */
	}
	return lt_refuse(&act->refusal, LT_REQUEST_UNKNOWN, "act %d", (int)admin->act);
}
