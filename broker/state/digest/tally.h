/* tally.h: STORE_TALLY: what each agency has in hand, and what its week came to, for the digest of the office above it.
 *   agency code -> branches that it holds, of these late; stays and answers that ended since its last digest, of these late; their working
 *   minutes beyond
 * In memory for all agencies, by the index of their mailbox; written once a batch (state_mark), so an act costs two additions. What is in
 * hand follows from the dossiers' values alone: each is counted when it is saved, against what it stood for when it was read. Agencies
 * are as the dossiers have them. Engine thread. Source: docs/clocks.md, "The week's digest". */
#ifndef STATE_TALLY_H
#define STATE_TALLY_H

#include "state/state.h"

/* dossier_save into the state's scratch, and the dossier's work from what it was to what it is. */
uint64_t tally_save_dossier(struct state *state, struct dossier *dossier);
/* A stay or an answer of this agency has ended; or, `ended` false, only its part of one that a reorganisation has cut. */
void tally_add(struct state *state, const char *agency, bool ended, bool late, uint64_t beyond);
/* By a mailbox's index, below state->mailboxes.count. */
struct tally tally_get(const struct state *state, uint32_t index);
/* The digest is made: its week begins anew. */
void tally_begin_week(struct state *state, uint32_t index);

void tallies_load(struct state *state); /* behind mailboxes_load */
void tallies_save(struct state *state);
void tallies_fini(struct tallies *tallies);

#endif
