/* courier_tell.c: what operators are told of an agency's adapter: what it says of itself, and what of it was refused. */
#include "courier.h"

#include <stdlib.h>

#include "program/log.h"

void courier_report(struct courier *courier, struct session_ref ref, const struct lt_adapter_report *report,
		    int64_t clock_ahead, int64_t time)
{
	const struct courier_session *session = courier_session(courier, ref);
	for (uint32_t i = 0; session && i < session->agency_count; i++) {
		struct courier_mailbox *mailbox = &courier->mailboxes[session->agencies[i]];
		if (!courier_speaks(courier, session->agencies[i], ref))
			continue;
		mailbox->report = *report;
		mailbox->clock_ahead = clock_ahead;
		mailbox->told_at = time;
	}
}

void courier_count_refused(struct courier *courier, uint32_t index, enum lt_reason reason)
{
	struct courier_mailbox *mailbox = &courier->mailboxes[index];
	for (uint32_t i = 0; i < mailbox->refused_count; i++) {
		if (mailbox->refused[i].reason == reason) {
			mailbox->refused[i].count++;
			return;
		}
	}
	mailbox->refused = realloc(mailbox->refused, (mailbox->refused_count + 1) * sizeof(*mailbox->refused));
	LT_ASSERT(mailbox->refused);
	mailbox->refused[mailbox->refused_count++] = (struct courier_refused){ .reason = reason, .count = 1 };
}
