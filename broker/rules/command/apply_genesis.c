/* apply_genesis.c: record 1: the domain and whom this broker trusts; and the mark of a restore. */
#include <string.h>

#include "rules/apply.h"
#include "base/fields.h"
#include "program/log.h"
#include "rules/restored.h"
#include "state/rulebook_make.h"

static void set_incarnation(struct act *act, struct lt_bytes incarnation)
{
	LT_ASSERT(incarnation.len == sizeof(act->state->incarnation));
	memcpy(act->state->incarnation, incarnation.data, incarnation.len);
	state_put_bytes(act->state, "incarnation", incarnation);
}

enum lt_reason apply_genesis(struct act *act)
{
	const struct lt_genesis_command *genesis = &act->command->u.genesis;
	struct state *state = act->state;
	LT_ASSERT(act->sequence == 1);
	state_put_bytes(state, "domain", lt_bytes(genesis->domain, strlen(genesis->domain)));
	state_put_bytes(state, "registrar", genesis->registrar);
	state_put_bytes(state, "ca", genesis->ca);
	set_incarnation(act, genesis->incarnation);
	state_put_rules_version(state, act->rules->version);
	if (genesis->sandbox) {
		state->sandbox = true;
		state_put_number(state, "sandbox", 1);
	}
	state->digest_until = act_legal(act);
	state_put_number(state, "digest_until", (uint64_t)state->digest_until);
	enum lt_reason reason = act->rules->read.trust(state, NULL, &act->refusal);
	if (reason)
		lt_fatal("genesis does not hold: %s", act->refusal.detail);
	act->rulebook_changed = true;
	return LT_REASON_NONE;
}

/* The ledger goes on from that of the incarnation before: up to the record before this one they are the same. Oldest first; of more than
 * STATE_INCARNATIONS the newest. */
static void note_before(struct act *act)
{
	struct state *state = act->state;
	struct lt_buf list = { 0 };
	struct fields_writer writer = { .buf = &list };
	struct lt_bytes known = state_get_bytes(state, "incarnations");
	size_t max = (size_t)(STATE_INCARNATIONS - 1) * STATE_INCARNATION_LEN;
	if (known.len > max)
		known = lt_bytes(known.data + (known.len - max), max);
	fields_put_raw(&writer, known.data, known.len);
	fields_put_raw(&writer, state->incarnation, sizeof(state->incarnation));
	fields_put_u64(&writer, act->sequence - 1);
	LT_ASSERT(fields_written(&writer) == LT_OK);
	state_put_bytes(state, "incarnations", lt_buf_bytes(&list));
	lt_buf_fini(&list);
}

enum lt_reason apply_incarnation(struct act *act)
{
	note_before(act);
	set_incarnation(act, act->command->u.incarnation.incarnation);
	restored_begin(act);
	return LT_REASON_NONE;
}
