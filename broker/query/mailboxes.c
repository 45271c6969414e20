/* mailboxes.c: what waits for whom, and since when. */
#include "query_internal.h"

#include <string.h>

/* The record of the oldest item that waits; 0: none. */
static uint64_t oldest_item(struct query *query, const struct mailbox *mailbox)
{
	struct mailbox_entry where;
	uint64_t number = mailbox->acknowledged + 1;
	return mailbox_next_entry(mailbox, query->state->store, &number, &where) ? 0 : where.sequence;
}

int64_t query_time_of(struct query *query, uint64_t sequence)
{
	struct journal_entry entry;
	struct lt_record record;
	if (sequence == 0 || query_entry(query, sequence, &entry) || lt_record_decode(entry.record, &record, NULL))
		return 0;
	return record.time;
}

/* Of what is stuck there are few. */
static const char *code_of(struct query *query, uint64_t dossier)
{
	if (dossier == 0 || dossier_load_known(query->state->store, dossier, &query->dossier))
		return "";
	return (const char *)query_keep(query, lt_bytes(query->dossier.code, strlen(query->dossier.code))).data;
}

size_t query_stuck(struct query *query, const struct stuck_list *list, const char *agency, uint64_t dossier,
		   struct lt_stuck_view **out)
{
	size_t at = agency ? stuck_at(list, agency, 0) : 0,
	       end = agency ? stuck_at(list, agency, UINT64_MAX) : list->count;
	size_t count = 0;
	*out = at < end ? query_alloc(query, LT_STUCK_SHOWN * sizeof(**out)) : NULL;
	for (; at < end && count < LT_STUCK_SHOWN; at++) {
		const struct stuck *stuck = &list->items[at];
		if (!agency && stuck->dossier != dossier)
			continue;
		(*out)[count++] = (struct lt_stuck_view){
			.agency = (const char *)query_keep(query, lt_bytes(stuck->agency, strlen(stuck->agency) + 1))
					  .data,
			.number = stuck->number,
			.sequence = stuck->sequence,
			.reason = (uint32_t)stuck->reason,
			.sha256 = query_keep(query, lt_bytes(stuck->sha256, sizeof(stuck->sha256))),
			.since = stuck->since,
			.redelivered = stuck->redelivered,
			.dossier = agency ? code_of(query, stuck->dossier) : "",
		};
	}
	return count;
}

static void add_alarm(const struct figures *figures, struct lt_mailbox_view *out)
{
	for (size_t i = 0; i < figures->alarm_count; i++) {
		const struct mailbox_alarm *alarm = &figures->alarms[i];
		if (strcmp(alarm->agency, out->agency) != 0)
			continue;
		if (alarm->unanswered_since)
			out->unanswered_since = alarm->unanswered_since;
		if (alarm->unreadable) {
			out->unreadable = alarm->unreadable;
			out->unreadable_since = alarm->unreadable_since;
		}
	}
}

void query_mailboxes(struct query *query, const struct figures *figures, const char *code,
		     struct lt_control_answer *out)
{
	const struct mailboxes *mailboxes = &query->mailboxes;
	query_load(query);
	uint64_t *oldest = query_alloc(query, (mailboxes->count + 1) * sizeof(*oldest));
	out->mailboxes.mailboxes = query_alloc(query, (mailboxes->count + 1) * sizeof(*out->mailboxes.mailboxes));
	for (uint32_t i = 0; i < mailboxes->count; i++) {
		const struct mailbox *mailbox = &mailboxes->items[i];
		if (code && code[0] != '\0' && strcmp(code, mailbox->code) != 0)
			continue;
		const struct lt_agency *agency = rulebook_agency(query->state->rulebook, mailbox->code);
		oldest[out->mailboxes.count] = oldest_item(query, mailbox);
		struct lt_mailbox_view *view = &out->mailboxes.mailboxes[out->mailboxes.count++];
		*view = (struct lt_mailbox_view){
			.agency = mailbox->code,
			.name = agency ? agency->name : "",
			.head = mailbox->head,
			.acknowledged = mailbox->acknowledged,
			.waiting = mailbox_waiting(mailbox, query->state->store, mailbox->acknowledged),
			.online = query_online(figures, mailbox->code),
			.handled_by = query_handled_by(query, mailbox->code),
		};
		view->stuck_count = query_stuck(query, &query->stuck, mailbox->code, 0, &view->stuck);
		add_alarm(figures, view);
	}
	store_end_read(query->state->store); /* the records may lie on a slow disk */
	for (size_t i = 0; i < out->mailboxes.count; i++)
		out->mailboxes.mailboxes[i].oldest = query_time_of(query, oldest[i]);
	if (out->mailboxes.count > 0 || !code || code[0] == '\0' || rulebook_agency(query->state->rulebook, code))
		return;
	out->reason = LT_AGENCY_UNKNOWN;
	out->detail = code;
}
