/* api_view.h: what resources show, as JSON. The caller owns the results; NULL when out of memory. HTTP thread. */
#ifndef ADAPTER_API_VIEW_H
#define ADAPTER_API_VIEW_H

#include "wire/link.h"
#include "mail/history/feed.h"
#include "mail/inbox.h"

#include <jansson.h>

#define API_ARENA_MAX (256u * 1024u) /* bytes: a header of LT_HEADER_MAX with its records */

/* An envelope of ours: what stands in it and what became of it; whole: with the signed bytes. NULL also when it cannot be read. */
json_t *view_envelope(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, struct lt_arena *arena,
		      bool whole);
json_t *view_rejection(const struct outbox_rejection *rejection); /* null: it was not */
/* The parts of a header; those below `here` are in the store. */
json_t *view_parts(const struct lt_header *header, size_t here);
/* An event of the feed: lists/list_events.c. */
json_t *view_event(const struct feed_place *place, const struct feed_event *event);
/* One line of the inbox list. */
json_t *view_item(uint64_t number, const struct inbox_item *item, const struct inbox_state *state,
		  struct lt_arena *arena);
/* Everything about it, with the signed bytes. */
json_t *view_item_whole(uint64_t number, const struct inbox_item *item, const struct inbox_state *state,
			struct lt_arena *arena);
/* Adds "header" (the exact bytes that were signed), "signature" (the CMS in DER) and "signature_form" to out. */
void view_set_signed(json_t *out, struct lt_bytes header, struct lt_bytes signature);

json_t *view_hop(const struct lt_hop *hop); /* api_dossiers.c */
/* api_dossier_state.c: the legs that may follow, with who does each; consultations, facts, supplements, outcome. */
/* Whom the leg still has to CONSULT, and their time; null: nobody. */
json_t *view_ask(const struct lt_branch_view *branch);
json_t *view_next(const struct lt_branch_view *leg);
json_t *view_stays(const struct lt_dossier_view *view); /* api_dossier_stays.c */
void view_set_state(json_t *out, const struct lt_dossier_view *view);
json_t *view_owed(const struct lt_owed *owed);
/* lists/todo_calls.c: the calls that would do what a row owes. tx NULL: what is in the store is not looked up. */
json_t *view_calls(struct vault_tx *tx, const struct lt_dossiers_row *row, struct lt_arena *arena);

/* Of enum lt_verdict_time; NULL: there is no limit. */
const char *view_verdict(uint32_t verdict);

#endif
