/* define_check.h: what a definition must be beside the state in force, before its record is written: what only the engine can say.
 * Reads the state, changes nothing. Engine thread. */
#ifndef BROKER_DEFINE_CHECK_H
#define BROKER_DEFINE_CHECK_H

#include "record/record.h"
#include "state/state.h"

/* PROCEDURE: in force on no day with another version of it. Other types are looked at by the control thread and by apply.
 * DEFINITION_INVALID with place and remedy. The refusal's memory is the caller's. */
enum lt_reason define_check(struct state *state, const struct lt_define_command *define, struct lt_arena *arena,
			    struct lt_refusal *refusal);

#endif
