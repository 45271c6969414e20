/* parcel.h: one DELIVER while it is made: records of one mailbox, read back and turned into what a recipient gets. The engine makes
 * them of what is still in memory (journal_read_recent); of what is not, whoever may wait for a disk: backlog.h. One thread each. */
#ifndef DELIVER_PARCEL_H
#define DELIVER_PARCEL_H

#include "journal/journal.h"
#include "queue/input.h"
#include "queue/limits.h"
#include "state/mailbox.h"
#include "wire/link.h"

/* How a header is read: by the rules in force. */
typedef enum lt_reason parcel_header(struct lt_bytes bytes, struct lt_arena *arena, struct lt_header *out,
				     struct lt_refusal *refusal);
/* journal_read or journal_read_recent. */
typedef enum lt_err parcel_read(struct journal *journal, uint64_t sequence, struct lt_buf *buf,
				struct journal_entry *out);
struct parcel_reading {
	struct journal *journal;
	parcel_read *read;
	parcel_header *header;
};

struct parcel;
struct parcel *parcel_new(void); /* never NULL */
void parcel_free(struct parcel *parcel);
/* Empties it; then items are added in order. */
void parcel_begin(struct parcel *parcel, const struct parcel_reading *reading);
enum parcel_result {
	PARCEL_ADDED,
	PARCEL_FULL, /* it does not fit beside what is there */
	PARCEL_COLD, /* it is not in memory (LT_EAGAIN) */
	PARCEL_BAD,  /* it cannot be read, or is not what was signed: *bad is the record */
};
/* number: of the mailbox; previous: of the item before it in this session; *bytes: what it counts against the window. */
enum parcel_result parcel_add(struct parcel *parcel, const struct mailbox_entry *where, uint64_t number,
			      uint64_t previous, uint32_t *bytes, uint64_t *bad);
size_t parcel_count(const struct parcel *parcel);
/* The message, in a buffer that lives until the next one; empty when nothing was added. */
struct lt_bytes parcel_message(struct parcel *parcel, const char *agency);

#endif
