/* dossiers.h: what this adapter itself knows of a dossier: the branch, its version, and what passed through here.
 *
 * `known` was told by the broker (ADMITTED, DELIVER, a query); `predicted` counts our own acts that wait in the outbox
 * on top of it, so that several acts can be filed while the broker is away. When one of them is rejected the prediction
 * falls back to what is known. Store thread for what writes. */
#ifndef ADAPTER_DOSSIERS_H
#define ADAPTER_DOSSIERS_H

#include "store/vault.h"

#include <lienthong/envelope.h>

#define DOSSIER_RECENT 16u /* marks of the time line beside the note: more than most dossiers ever have at one office */
struct dossier_note {
	uint32_t branch;
	uint64_t known, predicted;
	uint64_t
		told; /* the broker's sequence at which `known` was so; what was true before that says nothing any more */
	bool has_offer;
	uint8_t offer_id[16]; /* our last offer, for RECALL */
	uint8_t recent_count; /* of the time line: dossiers_trace */
	struct dossier_mark {
		char letter;
		uint64_t number;
	} recent[DOSSIER_RECENT];
};
enum lt_err dossiers_get(struct vault_tx *tx, const char *code, struct dossier_note *out); /* LT_ENOENT */
/* Told by the broker with the act of this sequence; older than what is known changes nothing. */
enum lt_err dossiers_learn(struct vault_tx *tx, const char *code, uint32_t branch, uint64_t version, uint64_t sequence);
/* A branch as a query told it; ours: open, and held by the agency that asked. */
struct dossier_branch {
	uint32_t branch;
	uint64_t version;
	bool open, ours, offered;
};
/* Told by a query, which is the whole truth at its sequence; nothing when more is known by then: answers overtake each other. Of several branches the one that is ours is noted, of several of ours the
 * one that was already, else the last; acts of ours that wait keep theirs. */
enum lt_err dossiers_see(struct vault_tx *tx, const char *code, const struct dossier_branch *branches, size_t count,
			 uint64_t sequence);
/* An act of ours was queued. */
enum lt_err dossiers_predict(struct vault_tx *tx, const struct lt_header *act);
/* One was rejected: what we took for known may be wrong (the broker was restored), so that any answer to a query is taken. */
enum lt_err dossiers_unpredict(struct vault_tx *tx, const char *code);
/* Entry `number` of the outbox was admitted. Was it our last act of the dossier, then nothing waits and what is known holds: a
 * RECALL that only asks, or takes a result back, leaves the version as it was. */
enum lt_err dossiers_settle(struct vault_tx *tx, const char *code, uint64_t number);

/* The local time line: numbers of outbox ('s') and inbox ('r') entries of a dossier, and of the offers among these that are open ('o').
 * The newest marks stand beside the note, which each act writes anyway; the oldest go to rows of their own, many at once: each such row
 * alone would be another page of the disk. */
enum lt_err dossiers_trace(struct vault_tx *tx, const char *code, char direction, uint64_t number);
enum lt_err dossiers_forget(struct vault_tx *tx, const char *code); /* nothing of it is here any more */
enum lt_err dossiers_untrace(struct vault_tx *tx, const char *code, char direction, uint64_t number);
/* Entries of one direction at or after `from`; LT_ENOENT at the end. */
enum lt_err dossiers_trace_next(struct vault_tx *tx, const char *code, char direction, uint64_t from, uint64_t *number);

#endif
