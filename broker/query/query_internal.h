/* query_internal.h: what the questions share. */
#ifndef QUERY_QUERY_INTERNAL_H
#define QUERY_QUERY_INTERNAL_H

#include <jansson.h>

#include "query.h"
#include "state/owed/owed.h"

/* RFC 3339, as what is signed says times; 0: null. */
json_t *query_time_json(int64_t time);
/* Zeroed memory of the answer. Never NULL. */
void *query_alloc(struct query *query, size_t size);
/* A copy in the answer, with a NUL behind it. */
struct lt_bytes query_keep(struct query *query, struct lt_bytes bytes);
/* journal_read into query->buf. */
enum lt_err query_entry(struct query *query, uint64_t sequence, struct journal_entry *out);
bool query_online(const struct figures *figures, const char *agency);
/* NULL: nothing is known of it. */
const struct agency_figures *query_agency_figures(const struct figures *figures, const char *agency);
/* Who acts for an agency: "" while it does so itself. */
const char *query_handled_by(const struct query *query, const char *agency);

/* The record time of a record; 0: there is none, or it cannot be read. */
int64_t query_time_of(struct query *query, uint64_t sequence);
/* Adds to a status that is otherwise filled what is wrong: lib/record/cause.def. */
void query_causes(struct query *query, const struct figures *figures, struct lt_status_view *out);
/* What the dossier owes, in room for OWED_MAX acts. */
void query_fill_owed(struct query *query, struct owed_act *room, struct lt_dossier_view *view);

/* When who does it is closed, as was announced. */
void query_fill_closed(const struct query *query, struct lt_owed *owed);

/* Reads query->mailboxes and query->stuck. */
void query_load(struct query *query);
/* Views of what is stuck in a list, of one agency, or with agency NULL of one dossier; at most LT_STUCK_SHOWN. */
size_t query_stuck(struct query *query, const struct stuck_list *list, const char *agency, uint64_t dossier,
		   struct lt_stuck_view **out);

/* copy.c: query->dossier as a copy has it: how its time stands, its rows behind those that are known (LT_STAYS_MAX at most), and what is
 * open. Any number of dossiers by one copier, which lives as long as the answer. */
struct copier;
struct copier *copier_new(struct query *query);
/* Returns the sector of its procedure; "" when that cannot be read: then there is no clock and nothing open. */
const char *copier_view(struct copier *copier, uint64_t known, struct lt_dossier_view *view);

#endif
