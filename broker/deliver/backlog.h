/* backlog.h: what of a mailbox is no longer in memory, on its way through the thread that may wait for a disk. The engine makes it and
 * sends nothing else to that mailbox until it comes back. */
#ifndef DELIVER_BACKLOG_H
#define DELIVER_BACKLOG_H

#include "parcel.h"

struct backlog_item {
	uint64_t number;
	struct mailbox_entry where;
	uint32_t bytes; /* once read: against the window */
};
struct backlog {
	struct backlog *next; /* of who holds it */
	uint64_t serial;      /* the asker's: never given twice */
	uint32_t mailbox;     /* its index */
	char agency[LT_AGENCY_MAX];
	struct session_ref session;
	uint64_t previous; /* number of the item before the first */
	uint64_t room;     /* bytes of the window: once they are used up nothing is added */
	parcel_header *header;
	size_t count;
	struct backlog_item items[BROKER_DELIVER_ENVELOPES];
	/* What came of it. */
	struct lt_buf message; /* DELIVER of the first `read` items; empty when there are none */
	size_t read;
	uint64_t bad; /* the record of the next one, which cannot be read; 0: it can */
};
struct backlog *backlog_new(void); /* never NULL */
void backlog_free(struct backlog *backlog);
/* The journal is whose thread this is; what it says afterwards is all in `backlog`. */
void backlog_read(struct backlog *backlog, struct journal *journal, struct parcel *parcel);

#endif
