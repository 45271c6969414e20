/* parcel.c: from records to what a recipient gets. What comes from the disk may be rotten there: it is looked at against the signed
 * header before it goes out, since a wrong part would be the sender's fault in the eyes of the recipient. */
#include "parcel.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "record/record.h"
#include "wire/frame_roots.h"

enum {
	PARCEL_BYTES = LT_LINK_MESSAGE_MAX - 64 * 1024, /* room for the frame and the items' own fields */
	PARCEL_NOTICE_BYTES = 8 * 1024,                 /* at most, of a notice with its batch signature */
	PARCEL_ARENA = 4 << 20,                         /* records of one message, decoded */
	PARCEL_NOTICES_ARENA = 8 << 20,                 /* a NOTICES record of 256 signatures, read */
};

/* The NOTICES record that was read last: deliveries of its notices follow each other. */
struct signed_notices {
	uint64_t sequence; /* 0: none */
	struct lt_buf buf;
	struct lt_arena *arena;
	struct lt_notices_command command;
};
struct parcel {
	struct parcel_reading reading;
	struct lt_arena *arena;
	struct lt_buf records[BROKER_DELIVER_ENVELOPES], message;
	struct lt_delivery items[BROKER_DELIVER_ENVELOPES];
	size_t count, bytes;
	struct signed_notices notices;
};

struct parcel *parcel_new(void)
{
	struct parcel *parcel = calloc(1, sizeof(*parcel));
	LT_ASSERT(parcel && lt_arena_new(PARCEL_ARENA, &parcel->arena) == LT_OK &&
		  lt_arena_new(PARCEL_NOTICES_ARENA, &parcel->notices.arena) == LT_OK);
	return parcel;
}

void parcel_free(struct parcel *parcel)
{
	if (!parcel)
		return;
	for (size_t i = 0; i < BROKER_DELIVER_ENVELOPES; i++)
		lt_buf_fini(&parcel->records[i]);
	lt_buf_fini(&parcel->message);
	lt_buf_fini(&parcel->notices.buf);
	lt_arena_free(parcel->notices.arena);
	lt_arena_free(parcel->arena);
	free(parcel);
}

void parcel_begin(struct parcel *parcel, const struct parcel_reading *reading)
{
	lt_arena_reset(parcel->arena);
	parcel->reading = *reading;
	parcel->count = parcel->bytes = 0;
}

size_t parcel_count(const struct parcel *parcel)
{
	return parcel->count;
}

static enum lt_err read_entry(struct parcel *parcel, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out)
{
	return parcel->reading.read(parcel->reading.journal, sequence, buf, out);
}

static enum parcel_result failed(enum lt_err err)
{
	return err == LT_EAGAIN ? PARCEL_COLD : PARCEL_BAD;
}

/* ---- envelopes ---- */

static size_t entry_bytes(const struct journal_entry *entry)
{
	size_t bytes = entry->record.len;
	for (size_t i = 0; i < entry->part_count && !entry->parts_elided; i++)
		bytes += entry->parts[i].len;
	return bytes;
}

/* False: it is no envelope, or not the one that was signed. Of one that was erased the number goes out, and by which act it is gone. */
static bool fill_envelope(struct parcel *parcel, const struct journal_entry *entry, struct lt_delivery *out)
{
	struct lt_record record;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	uint32_t branch;
	uint64_t version;
	if (lt_record_decode(entry->record, &record, &refusal) || !record.submit ||
	    !lt_outcome_branch(record.outcome, &branch, &version))
		return false;
	*out = (struct lt_delivery){
		.sequence = entry->sequence,
		.time = record.time,
		.branch = branch,
		.branch_version = version,
		.parts_elided = entry->parts_elided,
	};
	out->erased_by = record.erased_by;
	if (record.erased_by)
		return true;
	out->envelope.header = record.header;
	out->envelope.signature = record.signature;
	if (entry->parts_elided || entry->part_count == 0)
		return true;
	out->envelope.part_count = entry->part_count;
	out->envelope.parts = lt_arena_alloc(parcel->arena, entry->part_count * sizeof(*out->envelope.parts));
	LT_ASSERT(out->envelope.parts);
	for (size_t i = 0; i < entry->part_count; i++)
		out->envelope.parts[i] = entry->parts[i];
	return entry->in_memory || (!parcel->reading.header(out->envelope.header, parcel->arena, &header, &refusal) &&
				    !lt_envelope_check_parts(&header, &out->envelope, &refusal));
}

static enum parcel_result add_envelope(struct parcel *parcel, const struct mailbox_entry *where,
				       struct lt_delivery *item, size_t *bytes, uint64_t *bad)
{
	struct journal_entry entry;
	*bad = where->sequence;
	enum lt_err err = read_entry(parcel, where->sequence, &parcel->records[parcel->count], &entry);
	if (err)
		return failed(err);
	*bytes = entry_bytes(&entry);
	if (parcel->count > 0 && parcel->bytes + *bytes > PARCEL_BYTES)
		return PARCEL_FULL;
	if (!fill_envelope(parcel, &entry, item))
		return PARCEL_BAD;
	if (where->branch != 0) /* a branch of the recipient's own */
		item->recipient = where->branch - item->branch + 1, item->branch = where->branch;
	return PARCEL_ADDED;
}

/* ---- notices: the header is in one record, the signature in another ---- */

static enum lt_err read_notices(struct parcel *parcel, uint64_t sequence)
{
	struct signed_notices *notices = &parcel->notices;
	struct journal_entry entry;
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal;
	if (notices->sequence == sequence)
		return LT_OK;
	notices->sequence = 0;
	enum lt_err err = read_entry(parcel, sequence, &notices->buf, &entry);
	if (err)
		return err;
	lt_arena_reset(notices->arena);
	if (entry.in_memory) { /* kept for longer than the journal keeps it */
		lt_buf_clear(&notices->buf);
		LT_ASSERT(lt_buf_append(&notices->buf, entry.record.data, entry.record.len) == LT_OK);
		entry.record = lt_buf_bytes(&notices->buf);
	}
	if (lt_record_decode(entry.record, &record, &refusal) ||
	    lt_record_command(&record, notices->arena, &command, &refusal) || command.type != LT_COMMAND_NOTICES)
		return LT_ECORRUPT;
	notices->command = command.u.notices;
	notices->sequence = sequence;
	return LT_OK;
}

static enum lt_err fill_notice(struct parcel *parcel, const struct lt_notice_signature *notice,
			       struct lt_delivery *item)
{
	struct journal_entry entry;
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_refusal refusal;
	enum lt_err err = read_entry(parcel, notice->sequence, &parcel->records[parcel->count], &entry);
	if (err)
		return err;
	if (lt_record_decode(entry.record, &record, &refusal) ||
	    lt_outcome_decode(record.outcome, parcel->arena, &outcome, &refusal) ||
	    notice->index >= outcome.notice_count)
		return LT_ECORRUPT;
	*item = (struct lt_delivery){
		.sequence = notice->sequence,
		.time = record.time,
		.branch = outcome.branch,
		.branch_version = outcome.branch_version,
	};
	item->envelope.header = outcome.notices[notice->index];
	return LT_OK;
}

/* Whole, and in the parcel's arena: another record of signatures may be read before the message is made. */
static struct lt_bytes keep_signature(struct parcel *parcel, struct lt_bytes bytes)
{
	const struct lt_notices_command *notices = &parcel->notices.command;
	struct lt_bytes whole = bytes;
	LT_ASSERT(frame_roots_restore(notices->roots, notices->root_count, parcel->arena, &whole) == LT_OK);
	if (whole.data != bytes.data)
		return whole;
	uint8_t *copy = lt_arena_alloc(parcel->arena, bytes.len + 1);
	LT_ASSERT(copy);
	memcpy(copy, bytes.data, bytes.len);
	return lt_bytes(copy, bytes.len);
}

static enum parcel_result add_notice(struct parcel *parcel, const struct mailbox_entry *where, struct lt_delivery *item,
				     size_t *bytes, uint64_t *bad)
{
	*bytes = PARCEL_NOTICE_BYTES;
	if (parcel->count > 0 && parcel->bytes + *bytes > PARCEL_BYTES)
		return PARCEL_FULL;
	*bad = where->sequence;
	enum lt_err err = read_notices(parcel, where->sequence);
	if (err)
		return failed(err);
	if (where->notice > parcel->notices.command.count)
		return PARCEL_BAD;
	const struct lt_notice_signature *notice = &parcel->notices.command.notices[where->notice - 1];
	*bad = notice->sequence;
	err = fill_notice(parcel, notice, item);
	if (err)
		return failed(err);
	item->envelope.signature = keep_signature(parcel, notice->signature);
	return PARCEL_ADDED;
}

enum parcel_result parcel_add(struct parcel *parcel, const struct mailbox_entry *where, uint64_t number,
			      uint64_t previous, uint32_t *bytes, uint64_t *bad)
{
	size_t size = 0;
	if (parcel->count == BROKER_DELIVER_ENVELOPES)
		return PARCEL_FULL;
	struct lt_delivery *item = &parcel->items[parcel->count];
	enum parcel_result result = where->notice != 0 ? add_notice(parcel, where, item, &size, bad)
						       : add_envelope(parcel, where, item, &size, bad);
	if (result != PARCEL_ADDED)
		return result;
	item->number = number;
	item->previous = previous;
	parcel->count++;
	parcel->bytes += size;
	*bytes = (uint32_t)size;
	return PARCEL_ADDED;
}

struct lt_bytes parcel_message(struct parcel *parcel, const char *agency)
{
	struct lt_link link = { .type = LT_LINK_DELIVER };
	link.u.deliver = (struct lt_deliver){ .agency = agency, .count = parcel->count, .items = parcel->items };
	lt_buf_clear(&parcel->message);
	if (parcel->count > 0)
		LT_ASSERT(lt_link_encode(&link, &parcel->message) == LT_OK);
	return lt_buf_bytes(&parcel->message);
}
