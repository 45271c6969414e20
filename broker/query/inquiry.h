/* inquiry.h: one question on its way: what is asked, who is answered, and of the state what the answer needs and only the engine has.
 *
 * The engine makes it at a batch boundary and lets it go when that batch is on disk; then it belongs to whoever answers it (reader.h),
 * and shares nothing with the engine but what is counted or never changes. So an answer is true at `state.sequence`. */
#ifndef QUERY_INQUIRY_H
#define QUERY_INQUIRY_H

#include "query.h"
#include "queue/input.h"

struct inquiry {
	struct inquiry *next; /* of who holds it */
	bool operators;       /* else an adapter asks, for a dossier or for a proof */
	struct session_ref session;
	uint64_t token;        /* an adapter's */
	uint64_t client;       /* an operator's */
	struct lt_buf request; /* an operator's: encoded ControlRequest */
	struct lt_buf
		dossiers;    /* an adapter's, of a list: encoded DossiersRequest; empty: it asks for something else */
	uint32_t procedures; /* an adapter's, about procedures: LT_LINK_PROCEDURES_*; 0: it asks for something else */
	char code[LT_PROCEDURE_MAX];
	uint32_t version;
	bool applicant; /* an adapter's, of a dossier: the signed answer to the applicant */
	bool proof;     /* an adapter's, of the ledger: */
	uint64_t sequences[LT_LEDGER_PROOFS_MAX], old_size;
	size_t sequence_count;
	/* Sequence, time, counts, rules, law, rulebook and calendars are filled, and of one dossier what is stuck; no tables. */
	struct state state;
	int64_t now;             /* record time */
	uint64_t flushed;        /* LMDB has to hold this record first; 0: it is not looked at */
	struct lt_buf dossier;   /* value of the dossier that is asked for; empty: of none */
	uint64_t number;         /* its own */
	struct lt_buf procedure; /* that it keeps to; empty: it cannot be read */
	size_t stay_count;       /* its newest stays and waits that have ended; in the arena */
	struct lt_stay *stays;
	struct lt_arena *arena; /* of the figures; NULL without them */
	const struct figures *figures;
	struct lt_time_view time;    /* TIME: the clocks */
	const struct ledger *ledger; /* NULL: none is kept */
	struct lt_buf checkpoint, incarnations;
	uint64_t checkpoint_size;
};
/* Never NULL. */
struct inquiry *inquiry_new(const struct state *state, int64_t now);
void inquiry_free(struct inquiry *question);
/* Takes value and procedure of one dossier, and what is stuck of it. */
void inquiry_set_dossier(struct inquiry *question, const struct state *state, const struct dossier *dossier);
/* Room for figures. Never NULL. */
struct lt_arena *inquiry_arena(struct inquiry *question);

#endif
