/* simstate.h: a state over a real store, with an act under way and a dossier that two agencies know: for rules below the engine.
 * No journal, no engine. Ends the test on failure. */
#ifndef TESTS_SIMSTATE_H
#define TESTS_SIMSTATE_H

#include "rules/apply.h"

/* Thursday 19/11/2026 at 08:00 */
#define SIMSTATE_NOW INT64_C(1795050000000000)

struct simstate {
	char path[64];
	struct store *store;
	struct state state;
	struct act act;
	struct dossier dossier; /* number 1, held by H37.14, opened by H37.02, lead H37.14 */
	struct lt_arena *arena;
};
struct simstate *simstate_new(void);
void simstate_free(struct simstate *s);
/* The next act: so many sequences on, at the same time; outcome empty. */
void simstate_next(struct simstate *s, uint64_t sequences);
void simstate_save(struct simstate *s);      /* the dossier into the store */
void simstate_calendars(struct simstate *s); /* 2026 and 2027 of conf/calendars, by DEFINE commands */

#endif
