/* inquiry.c: takes out of the state what an answer needs. */
#include "inquiry.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "state/definition_store.h"

enum { FIGURES_ARENA = 32 << 20 }; /* sessions with their agencies: 16,000 of 1 KiB, and as much again */

struct inquiry *inquiry_new(const struct state *state, int64_t now)
{
	struct inquiry *question = calloc(1, sizeof(*question));
	LT_ASSERT(question);
	question->now = now;
	question->state = (struct state){
		.rules_version = state->rules_version,
		.rules = state->rules,
		.law = state->law,
		.rulebook = state->rulebook ? rulebook_ref(state->rulebook) : NULL,
		.calendars = calendars_ref(state->calendars),
		.sequence = state->sequence,
		.time = state->time,
		.time_generation = state->time_generation,
		.sandbox = state->sandbox,
		.legal_ahead = state->legal_ahead,
		.calendar_sequence = state->calendar_sequence,
		.dossiers = state->dossiers,
		.unsigned_notices = state->unsigned_notices,
		.counts = state->counts,
	};
	memcpy(question->state.incarnation, state->incarnation, sizeof(state->incarnation));
	return question;
}

void inquiry_free(struct inquiry *question)
{
	if (!question)
		return;
	rulebook_unref(question->state.rulebook);
	calendars_unref(question->state.calendars);
	stuck_fini(&question->state.stuck);
	lt_buf_fini(&question->request);
	lt_buf_fini(&question->dossiers);
	lt_buf_fini(&question->dossier);
	lt_buf_fini(&question->procedure);
	lt_buf_fini(&question->checkpoint);
	lt_buf_fini(&question->incarnations);
	lt_arena_free(question->arena);
	free(question);
}

/* From the overlay too: the reader sees the store alone. A row that cannot be read is not shown; the store names it. */
static void set_stays(struct inquiry *question, const struct state *state, const struct dossier *dossier)
{
	struct lt_arena *arena = inquiry_arena(question);
	uint64_t first = dossier->stay_count > LT_STAYS_MAX ? dossier->stay_count - LT_STAYS_MAX : 0;
	question->stays = lt_arena_alloc(arena, (size_t)(dossier->stay_count - first + 1) * sizeof(*question->stays));
	LT_ASSERT(question->stays);
	for (uint64_t number = first + 1; number <= dossier->stay_count; number++) {
		if (!dossier_get_stay(state->store, dossier->number, number, arena,
				      &question->stays[question->stay_count]))
			question->stay_count++;
	}
}

void inquiry_set_dossier(struct inquiry *question, const struct state *state, const struct dossier *dossier)
{
	struct store_key key = definition_procedure(dossier->procedure, dossier->procedure_version);
	struct lt_bytes value;
	dossier_encode(dossier, &question->dossier);
	question->number = dossier->number;
	if (!definition_get(state->store, &key, &value))
		LT_ASSERT(lt_buf_append(&question->procedure, value.data, value.len) == LT_OK);
	set_stays(question, state, dossier);
	stuck_copy(&state->stuck, dossier->number, LT_STUCK_SHOWN, &question->state.stuck);
}

struct lt_arena *inquiry_arena(struct inquiry *question)
{
	if (!question->arena)
		LT_ASSERT(lt_arena_new(FIGURES_ARENA, &question->arena) == LT_OK);
	return question->arena;
}
