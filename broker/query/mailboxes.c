/* mailboxes.c: what waits for whom, and since when. */
#include "query_internal.h"

#include <string.h>

static int64_t oldest_time(struct query *query, const struct mailbox *mailbox)
{
	struct mailbox_entry where;
	struct journal_entry entry;
	struct lt_record record;
	if (mailbox->acknowledged >= mailbox->head ||
	    mailbox_entry(mailbox, query->state->store, mailbox->acknowledged + 1, &where) ||
	    query_entry(query, where.sequence, &entry) || lt_record_decode(entry.record, &record, NULL))
		return 0;
	return record.time;
}

void query_mailboxes(struct query *query, const struct figures *figures, const char *code,
		     struct lt_control_answer *out)
{
	const struct mailboxes *mailboxes = &query->state->mailboxes;
	out->mailboxes.mailboxes = query_alloc(query, (mailboxes->count + 1) * sizeof(*out->mailboxes.mailboxes));
	for (uint32_t i = 0; i < mailboxes->count; i++) {
		const struct mailbox *mailbox = &mailboxes->items[i];
		if (code && code[0] != '\0' && strcmp(code, mailbox->code) != 0)
			continue;
		const struct lt_agency *agency = rulebook_agency(query->state->rulebook, mailbox->code);
		out->mailboxes.mailboxes[out->mailboxes.count++] = (struct lt_mailbox_view){
			.agency = mailbox->code,
			.name = agency ? agency->name : "",
			.head = mailbox->head,
			.acknowledged = mailbox->acknowledged,
			.oldest = oldest_time(query, mailbox),
			.online = query_online(figures, mailbox->code),
			.handled_by = query_handled_by(query, mailbox->code),
		};
	}
	if (out->mailboxes.count > 0 || !code || code[0] == '\0' || rulebook_agency(query->state->rulebook, code))
		return;
	out->reason = LT_AGENCY_UNKNOWN;
	out->detail = code;
}
