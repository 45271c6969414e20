/* lists.h: STORE_LIST: where the dossiers stand that many are asked for at once: who owes what, what is due, unanswered, silent, of a
 * status, a procedure, a lead.
 *   range (1) || what the range has of: name (4), time (8) and since (4) || dense number (6) || branch (2)  ->  nothing
 *
 * Rows are made of a dossier's value alone, by the flush that writes it (store_derived): an act costs none, and what comes and goes
 * between two flushes is never written. So lists are read as the store was flushed. A name is 32 bits of a digest: who lists looks
 * whether the dossier is what it asks for. Due times are whole minutes: what the acts of one minute bring has one and the same, and stands
 * in the order of the acts by its second, not of the dossiers: a flush writes whole pages of it, and clears them. A row of a closed dossier is under its status and procedure alone.
 * Engine thread; reading: whoever has a store. */
#ifndef STATE_LISTS_H
#define STATE_LISTS_H

#include "owed.h"

/* Ranges. What is due has one for each enum lt_owed_what, behind LISTS_DUE; 0 is the dossier's own time. */
enum {
	LISTS_STATUS = 1, /* name: the status */
	LISTS_PROCEDURE,  /* name of its code */
	LISTS_LEAD,       /* of an open dossier */
	LISTS_PARTY, /* time until which the agency owes something, by agency; holders that owe nothing too: LISTS_NEVER */
	LISTS_SILENT,   /* time since which a branch is silent, told */
	LISTS_DUE = 32, /* time until which it is owed */
};
#define LISTS_NEVER UINT64_MAX /* no time is set */

/* How they follow: dossier_derive. */
extern const struct store_derived lists_derived;

uint32_t lists_name(const char *code);
uint32_t lists_since(int64_t since); /* whole seconds */
struct lists_range {
	uint8_t range;
	uint32_t name; /* 0 where the range has none */
};
struct lists_place {
	uint64_t time; /* 0 where the range has none */
	uint32_t
		since; /* lists_since of the act that is owed; or, of who holds it and owes nothing, of the newest custody; else 0 */
	uint64_t number; /* of the dossier */
	uint32_t branch; /* 0 where the range has none */
};
/* The first row of a range at or behind a place. LT_ENOENT; LT_ECORRUPT: no row can be read any more. A row that does not hold is
 * stepped over and counted (store_faults). */
enum lt_err lists_next(struct store *store, const struct lists_range *range, struct lists_place *place);
/* The place directly behind. */
void lists_step(const struct lists_range *range, struct lists_place *place);

#endif
