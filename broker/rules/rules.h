/* rules.h: the rules by their version: everything that decides the outcome of a record, in one table. A record says by which version
 * it was made, and is replayed by that one; new records are made by the version in force, which an ACTIVATE command moves on.
 *
 * The code of this room reaches what decides through act->rules alone: the functions of law/ by act->rules->law, the readers of
 * lib/ and the successions of STATE by their own groups. tests/lint.py holds it to that. A changed rule is a new function and a new
 * table; the old one stays as long as there may be journals that were written by it: docs/decisions/0008-rules-by-version.md.
 *
 * A table is made by hand, mostly of the one before it: a version 2 that counts another way has version 1's table with another
 * `law`; one that treats a kind of envelope otherwise has a `kind` that looks at that kind and leaves the others to version 1's.
 * Read-only: any thread. */
#ifndef BROKER_RULES_H
#define BROKER_RULES_H

#include "law/law.h"
#include "state/succession.h"
#include "state/rulebook_make.h"

struct act;

struct rules {
	uint32_t version;
	const struct law *law;
	/* What a command, a kind of envelope, and a clock that is due do. */
	enum lt_reason (*command)(struct act *act);
	enum lt_reason (*kind)(struct act *act);
	enum lt_reason (*clock)(struct act *act);
	void (*time_set)(struct act *act); /* before the command whose record raises the time generation */
	/* Who acts for whom: state/succession.h. */
	struct rules_succession {
		bool (*closed)(const struct rulebook *rulebook, const char *agency, int64_t time);
		bool (*in_force)(const struct rulebook *rulebook, const char *agency, int64_t time);
		const char *(*of)(const struct rulebook *rulebook, const char *agency, const struct dossier *dossier,
				  int64_t time);
		const char *(*next)(const struct rulebook *rulebook, const char *agency, const struct dossier *dossier,
				    int64_t time);
		bool (*acts_for)(const struct rulebook *rulebook, const char *sender, const char *agency,
				 const struct dossier *dossier, int64_t time);
		bool (*is_party)(const struct rulebook *rulebook, const char *sender, const struct dossier *dossier,
				 int64_t time);
	} succession;
	/* What is taken for a header, a definition, a directory. */
	struct rules_read {
		enum lt_reason (*header)(struct lt_bytes bytes, struct lt_arena *arena, struct lt_header *out,
					 struct lt_refusal *refusal);
		enum lt_reason (*procedure)(struct lt_bytes bytes, struct lt_arena *arena, struct lt_procedure *out,
					    struct lt_refusal *refusal);
		enum lt_reason (*calendar)(struct lt_bytes bytes, struct lt_arena *arena, struct lt_calendar_year *out,
					   struct lt_refusal *refusal);
		enum lt_reason (*check_calendar)(struct store *store, const struct law *law, struct lt_bytes data,
						 struct lt_arena *arena, uint32_t *version, struct lt_refusal *refusal);
		enum lt_reason (*office)(struct lt_bytes bytes, struct lt_arena *arena, struct lt_office_hours *out,
					 struct lt_refusal *refusal);
		enum lt_reason (*check_office)(const struct law *law, const struct lt_office_hours *hours,
					       struct lt_refusal *refusal);
		enum lt_reason (*trust)(struct state *state, const struct rulebook_change *change,
					struct lt_refusal *refusal);
	} read;
	/* How much one command does. */
	struct rules_limits {
		uint32_t reorganise_entries; /* mailbox entries that one CLOCK_REORGANISE passes on */
	} limits;
};

/* NULL: this program does not know that version. */
const struct rules *rules_of(uint32_t version);
/* The newest version that a look-up (rules_of, or one of a test) knows: they begin with 1 and have no gap. */
uint32_t rules_newest(const struct rules *(*of)(uint32_t version));
/* Puts rules in force in a state that is loaded: what the state derives by law/ is made anew when the law is another. */
void rules_use(struct state *state, const struct rules *rules);

#endif
