/* apply_define.c: a directory, CRL or procedure comes into force. Signatures were checked before, and what a library reads in
 * certificates and CRLs was read then: the command brings it. What is stored must follow what is there. */
#include <string.h>

#include "rules/apply.h"
#include "program/log.h"
#include "state/definition_store.h"
#include "state/procedures.h"
#include "rules/reorganise.h"
#include "law/procedure_check.h"
#include "state/rulebook_make.h"

/* What was read is not to stay in force. */
static void put_back(struct state *state, struct rulebook *old)
{
	rulebook_unref(state->rulebook);
	state->rulebook = rulebook_ref(old);
}

static enum lt_reason define_directory(struct act *act, struct lt_bytes data)
{
	struct state *state = act->state;
	struct store_key key = definition_directory();
	struct rulebook_change change = { .signed_directory = data };
	uint64_t before = rulebook_directory_version(state->rulebook);
	struct rulebook *old = rulebook_ref(state->rulebook);
	enum lt_reason reason = act->rules->read.trust(state, &change, &act->refusal);
	uint64_t now = rulebook_directory_version(state->rulebook);
	if (!reason && before != 0 && (state->restoring ? now <= before : now != before + 1))
		reason = lt_refuse(&act->refusal, LT_DIRECTORY_INVALID, "version: %llu, the next is %llu",
				   (unsigned long long)now, (unsigned long long)before + 1);
	if (reason || act->tried)
		put_back(state, old);
	rulebook_unref(old);
	if (reason || act->tried)
		return reason;
	definition_put(state->store, &key, data);
	struct directory_version version = { .sequence = act->sequence };
	lt_sha256(data, version.sha256);
	definition_version_put(state->store, now, &version);
	state_begin_reorganise(state, act->time);
	act->outcome.version = now;
	act->rulebook_changed = true;
	return LT_REASON_NONE;
}

#define CRL_NUMBER_MAX 20u /* bytes: RFC 5280 section 5.2.3 */

static bool number_below(struct lt_bytes a, struct lt_bytes b)
{
	return a.len != b.len ? a.len < b.len : a.len > 0 && memcmp(a.data, b.data, a.len) < 0;
}

static bool older(struct act *act, const struct lt_crl_verdict *verdict)
{
	struct store_key key = definition_crl(verdict->list);
	struct lt_bytes value, der;
	struct lt_crl_verdict ours;
	return definition_get(act->state->store, &key, &value) == LT_OK &&
	       definition_crl_read(value, &ours, &der) == LT_OK &&
	       (verdict->made < ours.made || number_below(verdict->number, ours.number));
}

static enum lt_reason define_crl(struct act *act, const struct lt_define_command *define)
{
	struct state *state = act->state;
	const struct lt_crl_verdict *verdict = &define->crl;
	struct rulebook_change change = { .crl = define->data, .list = verdict->list };
	if (define->data.len == 0 || verdict->list.len != 32 || verdict->number.len > CRL_NUMBER_MAX)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "crl: nothing says whose it is");
	if (older(act, verdict))
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
				 "crl: older than the one in force, or of a lower number");
	uint64_t before = state->trust_version;
	struct rulebook *old = rulebook_ref(state->rulebook);
	state->trust_version = act->sequence;
	enum lt_reason reason = act->rules->read.trust(state, &change, &act->refusal);
	if (reason || act->tried) {
		state->trust_version = before;
		put_back(state, old);
	}
	rulebook_unref(old);
	if (reason || act->tried)
		return reason;
	definition_crl_put(state->store, verdict, define->data);
	state_put_number(state, "trust_version", state->trust_version);
	state_put_number(state, "crl_required", 1);
	act->outcome.version = state->trust_version;
	act->rulebook_changed = true;
	return LT_REASON_NONE;
}

/* The same version with another last day: so an older one is ended before its successor comes into force. */
static bool ends_otherwise(struct act *act, struct lt_bytes old, struct lt_procedure *procedure)
{
	struct lt_procedure before;
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	int64_t valid_to = procedure->valid_to;
	if (act->rules->read.procedure(old, act->arena, &before, &refusal))
		return false; /* another one than this */
	procedure->valid_to = before.valid_to;
	LT_ASSERT(lt_procedure_encode(procedure, &bytes) == LT_OK);
	procedure->valid_to = valid_to;
	bool same = lt_bytes_equal(lt_buf_bytes(&bytes), old);
	lt_buf_fini(&bytes);
	return same;
}

/* A version that dossiers were opened under is never exchanged; its last day may be set. */
static enum lt_reason define_procedure(struct act *act, struct lt_bytes data)
{
	struct lt_bytes value;
	struct lt_procedure procedure;
	if (act->rules->read.procedure(data, act->arena, &procedure, &act->refusal)) {
		act->refusal.reason = LT_DEFINITION_INVALID;
		return LT_DEFINITION_INVALID;
	}
	if (act->rules->law->procedure.check_form(&procedure, &act->refusal))
		return LT_DEFINITION_INVALID;
	struct store_key key = definition_procedure(procedure.code, procedure.version);
	if (definition_get(act->state->store, &key, &value) == LT_OK) {
		if (lt_bytes_equal(value, data))
			return lt_refuse(&act->refusal, LT_ALREADY_SO, "procedure %s version %u is in force",
					 procedure.code, procedure.version);
		if (!ends_otherwise(act, value, &procedure))
			return lt_refuse(
				&act->refusal, LT_DEFINITION_INVALID,
				"procedure %s version %u is in force with another content; give it a new version",
				procedure.code, procedure.version);
	}
	if (act->tried)
		return LT_REASON_NONE;
	definition_put(act->state->store, &key, data);
	procedures_forget(act->state->procedures, procedure.code, procedure.version);
	act->outcome.version = procedure.version;
	return LT_REASON_NONE;
}

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

enum lt_reason apply_define(struct act *act)
{
	const struct lt_define_command *define = &act->command->u.define;
	if (!given(define->operator_name) || !given(define->reason))
		return lt_refuse(&act->refusal, LT_OPERATOR_REQUIRED, "operator and reason");
	if (!act->state->rulebook)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "there is no genesis record yet");
	switch (define->type) {
	case LT_DEFINE_DIRECTORY:
		return define_directory(act, define->data);
	case LT_DEFINE_CRL:
		return define_crl(act, define);
	case LT_DEFINE_PROCEDURE:
		return define_procedure(act, define->data);
	case LT_DEFINE_CALENDAR:
		return apply_define_calendar(act);
	case LT_DEFINE_OFFICE:
		return apply_define_office(act);
	}
	return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "type %d", (int)define->type);
}
