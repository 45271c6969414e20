/* engine_rules.c: which version of the rules is in force, and the way to the next. The state keeps the number; a record is made, and
 * made again, by the rules of that number. They change at one place in the journal: behind record 1, and behind an ACTIVATE. */
#include "engine_internal.h"

#include <stdio.h>

#include "program/log.h"

static const struct rules *find(const struct engine *engine, uint32_t version)
{
	return engine->options.rules(version);
}

static uint32_t newest(const struct engine *engine)
{
	return rules_newest(engine->options.rules);
}

enum lt_err engine_load_rules(struct engine *engine, const struct rules **out, char *error, size_t error_size)
{
	uint32_t version = state_rules_version(engine->store);
	*out = find(engine, version != 0 ? version : newest(engine)); /* an empty journal begins with the newest */
	if (*out)
		return LT_OK;
	snprintf(
		error, error_size,
		"the store is under rules %u; this program knows 1 to %u; remedy: the broker's version that knows them",
		version, newest(engine));
	return LT_EINVAL;
}

bool engine_follow_rules(struct engine *engine)
{
	struct state *state = &engine->state;
	if (state->rules_version == state->rules->version)
		return true;
	const struct rules *rules = find(engine, state->rules_version);
	if (rules)
		rules_use(state, rules);
	return rules != NULL;
}

enum lt_err engine_replay_rules(struct engine *engine, const struct lt_record *record, char *error, size_t error_size)
{
	struct state *state = &engine->state;
	const struct rules *rules = find(engine, record->rules_version);
	if (rules && state->rules_version == 0) /* record 1 */
		rules_use(state, rules);
	if (rules && rules == state->rules)
		return LT_OK;
	if (rules)
		snprintf(error, error_size, "record %llu: was made under rules %u, and %u are in force there",
			 (unsigned long long)record->sequence, record->rules_version, state->rules->version);
	else
		snprintf(error, error_size,
			 "record %llu: was made under rules %u; this program knows 1 to %u; remedy: the broker's "
			 "version "
			 "that knows them",
			 (unsigned long long)record->sequence, record->rules_version, newest(engine));
	return rules ? LT_ECORRUPT : LT_EINVAL;
}

/* ---- the operator ---- */

void engine_view_rules(struct engine *engine, struct lt_control_answer *out)
{
	out->rules.active = engine->state.rules->version;
	out->rules.newest = newest(engine);
}

enum lt_reason engine_check_activate(struct engine *engine, const struct lt_activate_command *activate,
				     struct lt_refusal *refusal)
{
	if (activate->rules_version != 0 && find(engine, activate->rules_version))
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_DEFINITION_INVALID,
			 "rules %u: this broker knows 1 to %u; install the version that knows them first",
			 activate->rules_version, newest(engine));
}
