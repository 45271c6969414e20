/* apply_activate.c: ACTIVATE: the rules of a higher version make the records that follow. Whether the program knows them is no matter
 * of apply: the outcome must be the same for one that knows more. The engine asks before there is a record, and a replay that
 * comes to rules that it does not know ends there (engine_rules.c). */
#include "rules/apply.h"

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

enum lt_reason apply_activate(struct act *act)
{
	struct state *state = act->state;
	const struct lt_activate_command *activate = &act->command->u.activate;
	if (!given(activate->operator_name) || !given(activate->reason))
		return lt_refuse(&act->refusal, LT_OPERATOR_REQUIRED, "operator and reason");
	if (activate->rules_version == state->rules_version)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "rules %u are in force", state->rules_version);
	if (activate->rules_version < state->rules_version)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
				 "rules %u: %u are in force, and there is no way back: records stand that they made",
				 activate->rules_version, state->rules_version);
	if (act->tried)
		return LT_REASON_NONE;
	state_put_rules_version(state, activate->rules_version);
	act->outcome.version = activate->rules_version;
	return LT_REASON_NONE;
}
