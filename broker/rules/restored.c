/* restored.c: see restored.h. */
#include "restored.h"

#include <string.h>

#include "program/log.h"
#include "state/definition_store.h"

static void put_count(struct state *state, uint64_t count)
{
	state->definitions = count;
	state_put_number(state, "definitions", count);
}

static void put_lost(struct state *state, bool lost)
{
	if (state->definitions_lost == lost)
		return;
	state->definitions_lost = lost;
	state_put_number(state, "definitions_lost", lost);
}

/* The rulebook says whether a restore waits for its confirmation. There is none in a journal without record 1. */
static void renew(struct act *act)
{
	if (!act->state->rulebook)
		return;
	enum lt_reason reason = act->rules->read.trust(act->state, NULL, &act->refusal);
	LT_ASSERT(!reason); /* the parts were in force before */
	act->rulebook_changed = true;
}

void restored_begin(struct act *act)
{
	struct state *state = act->state;
	state->restored_at = act->time;
	state_put_number(state, "restored_at", (uint64_t)act->time);
	state->restoring = true;
	state_put_number(state, "restoring", 1);
	put_lost(state, false);
	renew(act);
}

/* It holds a version that was never in force here, and that cannot be taken back any more since a newer one is. */
static bool holds_another(const struct state *state, const struct lt_session_command *session)
{
	struct directory_version known;
	if (session->directory_version == 0 || !state->rulebook ||
	    session->directory_sha256.len != sizeof(known.sha256) ||
	    session->directory_version > rulebook_directory_version(state->rulebook))
		return false;
	return definition_version_get(state->store, session->directory_version, &known) != LT_OK ||
	       memcmp(known.sha256, session->directory_sha256.data, sizeof(known.sha256)) != 0;
}

void restored_told(struct act *act, const struct lt_session_command *session)
{
	struct state *state = act->state;
	if (!state->restoring)
		return;
	if (session->definitions > state->definitions && session->definitions > state->definitions_told) {
		state->definitions_told = session->definitions;
		state_put_number(state, "definitions_told", state->definitions_told);
	}
	if (session->definitions > state->definitions || holds_another(state, session))
		put_lost(state, true);
}

static bool is_counted(const struct lt_command *command)
{
	switch ((int)command->type) {
	case LT_COMMAND_DEFINE:
		return command->u.define.type != LT_DEFINE_DIRECTORY && command->u.define.type != LT_DEFINE_CRL;
	case LT_COMMAND_ADMIN:
		return command->u.admin.act == LT_ADMIN_SUSPEND || command->u.admin.act == LT_ADMIN_RESUME ||
		       command->u.admin.act == LT_ADMIN_TRUST_GRACE || command->u.admin.act == LT_ADMIN_CRL_WITHDRAW ||
		       (command->u.admin.act >= LT_ADMIN_CARRY_OPEN && command->u.admin.act <= LT_ADMIN_CARRY_CLOSE) ||
		       (command->u.admin.act >= LT_ADMIN_DRAIN && command->u.admin.act <= LT_ADMIN_REOPEN);
	case LT_COMMAND_OUTAGE:
	case LT_COMMAND_ACTIVATE:
		return true;
	default:
		return false;
	}
}

void restored_count(struct act *act)
{
	if (!act->outcome.reason && is_counted(act->command))
		put_count(act->state, act->state->definitions + 1);
}

/* The count goes on above all that was ever told: an adapter's word of the lost time is not heard twice. */
enum lt_reason restored_confirm(struct act *act)
{
	struct state *state = act->state;
	if (!state->restoring)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "no restore waits for a word");
	if (act->tried)
		return LT_REASON_NONE;
	if (state->definitions_told > state->definitions)
		put_count(state, state->definitions_told);
	put_count(state, state->definitions + 1);
	state->restoring = false;
	state_put_number(state, "restoring", 0);
	put_lost(state, false);
	renew(act);
	return LT_REASON_NONE;
}
