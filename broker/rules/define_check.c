/* define_check.c: see define_check.h. */
#include "define_check.h"

#include "law/procedure_check.h"
#include "program/log.h"
#include "state/procedures.h"

static enum lt_reason check_versions(struct state *state, const struct lt_procedure *procedure,
				     struct procedure_faults *faults, struct lt_refusal *refusal)
{
	faults->count = 0;
	for (uint32_t version = 0; (version = procedures_next(state->procedures, procedure->code, version)) != 0;) {
		const struct lt_procedure *other = procedures_find(state->procedures, procedure->code, version);
		LT_ASSERT(other);
		if (version != procedure->version) /* the same one again: apply says whether it may be */
			procedure_check_versions(procedure, other, "in force here", faults);
	}
	return procedure_refuse(procedure, faults, refusal);
}

enum lt_reason define_check(struct state *state, const struct lt_define_command *define, struct lt_arena *arena,
			    struct lt_refusal *refusal)
{
	struct lt_procedure procedure;
	if (define->type != LT_DEFINE_PROCEDURE)
		return LT_REASON_NONE;
	struct procedure_faults *faults = lt_arena_alloc(arena, sizeof(*faults));
	LT_ASSERT(faults);
	if (lt_procedure_decode(define->data, arena, &procedure, refusal) || procedure_check_form(&procedure, refusal))
		return refusal->reason = LT_DEFINITION_INVALID;
	return check_versions(state, &procedure, faults, refusal);
}
