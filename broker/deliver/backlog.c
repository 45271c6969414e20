/* backlog.c: a list of items of one mailbox becomes one message. */
#include "backlog.h"

#include <stdlib.h>

#include "program/log.h"

struct backlog *backlog_new(void)
{
	struct backlog *backlog = calloc(1, sizeof(*backlog));
	LT_ASSERT(backlog);
	return backlog;
}

void backlog_free(struct backlog *backlog)
{
	if (!backlog)
		return;
	lt_buf_fini(&backlog->message);
	free(backlog);
}

void backlog_read(struct backlog *backlog, struct journal *journal, struct parcel *parcel)
{
	const struct parcel_reading reading = { .journal = journal, .read = journal_read, .header = backlog->header };
	uint64_t previous = backlog->previous, used = 0, bad = 0;
	enum parcel_result result = PARCEL_ADDED;
	journal_follow(journal);
	parcel_begin(parcel, &reading);
	while (backlog->read < backlog->count && used < backlog->room) {
		struct backlog_item *item = &backlog->items[backlog->read];
		result = parcel_add(parcel, &item->where, item->number, previous, &item->bytes, &bad);
		if (result != PARCEL_ADDED)
			break;
		previous = item->number;
		used += item->bytes;
		backlog->read++;
	}
	if (result == PARCEL_BAD)
		backlog->bad = bad;
	struct lt_bytes message = parcel_message(parcel, backlog->agency);
	LT_ASSERT(lt_buf_append(&backlog->message, message.data, message.len) == LT_OK);
}
