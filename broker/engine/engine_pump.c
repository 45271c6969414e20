/* engine_pump.c: deliveries: one DELIVER for one mailbox at a time, in turn, so that no flood slows another's traffic.
 *
 * The courier knows which mailboxes have something that may be sent. The pump takes the first of its queue, fills one
 * message up to its bounds (items, bytes, the peer's window), and puts the mailbox back behind the others. Records
 * come from the journal's memory when they are recent, else from the disk. The pump runs after release, until the gate
 * has enough to do: what does not fit now goes later. */
#include "engine_internal.h"
#include "program/log.h"
#include "queue/env.h"

enum {
	DELIVER_BYTES = LT_LINK_MESSAGE_MAX - 64 * 1024, /* room for the frame and the items' own fields */
	NOTICE_BYTES = 8 * 1024,                         /* at most, of a notice with its batch signature */
};

struct delivery {
	struct lt_delivery items[BROKER_DELIVER_ENVELOPES];
	size_t count, bytes;
};

/* False: it is no envelope, or not the one that was signed. What comes from the disk may be rotten there: a part that is not what its
 * header says would be the sender's fault in the eyes of the recipient. */
static bool fill_item(struct engine *engine, const struct journal_entry *entry, uint64_t number,
		      struct lt_delivery *out)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	if (lt_record_decode(entry->record, &record, &refusal) ||
	    lt_record_command(&record, engine->pump_arena, &command, &refusal) ||
	    lt_outcome_decode(record.outcome, engine->pump_arena, &outcome, &refusal) ||
	    command.type != LT_COMMAND_SUBMIT)
		return false;
	*out = (struct lt_delivery){
		.number = number,
		.sequence = entry->sequence,
		.time = record.time,
		.branch = outcome.branch,
		.branch_version = outcome.branch_version,
		.parts_elided = entry->parts_elided,
	};
	out->envelope.header = command.u.submit.header;
	out->envelope.signature = command.u.submit.signature;
	if (entry->parts_elided || entry->part_count == 0)
		return true;
	out->envelope.part_count = entry->part_count;
	out->envelope.parts = lt_arena_alloc(engine->pump_arena, entry->part_count * sizeof(*out->envelope.parts));
	LT_ASSERT(out->envelope.parts);
	for (size_t i = 0; i < entry->part_count; i++)
		out->envelope.parts[i] = entry->parts[i];
	return entry->in_memory ||
	       (!engine->state.rules->read.header(out->envelope.header, engine->pump_arena, &header, &refusal) &&
		!lt_envelope_check_parts(&header, &out->envelope, &refusal));
}

static size_t entry_bytes(const struct journal_entry *entry)
{
	size_t bytes = entry->record.len;
	for (size_t i = 0; i < entry->part_count && !entry->parts_elided; i++)
		bytes += entry->parts[i].len;
	return bytes;
}

/* Order is promised: nothing goes past it. The others go on. */
static void stand(struct engine *engine, uint32_t index, uint64_t sequence, int64_t now)
{
	if (courier_stop(&engine->courier, index, sequence, now))
		lt_log(LT_LOG_ERROR, "a record cannot be read: its mailbox stands; see `lienthong store check`",
		       "sequence", lt_log_u64(sequence), "agency", engine->state.mailboxes.items[index].code, NULL);
}

/* A notice: its header is in one record, its signature in another. */
static bool add_notice(struct engine *engine, uint32_t index, const struct mailbox_entry *where, uint64_t number,
		       struct delivery *delivery, int64_t now)
{
	struct lt_delivery *item = &delivery->items[delivery->count];
	uint64_t bad;
	if (delivery->count > 0 && delivery->bytes + NOTICE_BYTES > DELIVER_BYTES)
		return false;
	if (!engine_fill_notice(engine, where, item, &bad)) {
		stand(engine, index, bad, now);
		return false;
	}
	item->number = number;
	item->previous = engine->courier.mailboxes[index].last;
	delivery->count++;
	delivery->bytes += NOTICE_BYTES;
	courier_sent(&engine->courier, index, number, NOTICE_BYTES, now);
	return true;
}

static bool add_envelope(struct engine *engine, uint32_t index, const struct mailbox_entry *where, uint64_t number,
			 struct delivery *delivery, int64_t now)
{
	struct journal_entry entry;
	struct lt_delivery *item = &delivery->items[delivery->count];
	enum lt_err err = journal_read(engine->journal, where->sequence, &engine->items[delivery->count], &entry);
	size_t bytes = err ? 0 : entry_bytes(&entry);
	if (!err && delivery->count > 0 && delivery->bytes + bytes > DELIVER_BYTES)
		return false;
	if (err || !fill_item(engine, &entry, number, item)) {
		stand(engine, index, where->sequence, now);
		return false;
	}
	item->previous = engine->courier.mailboxes[index].last;
	if (where->branch != 0) /* a branch visit of the recipient's own */
		item->branch = where->branch;
	delivery->count++;
	delivery->bytes += bytes;
	courier_sent(&engine->courier, index, number, (uint32_t)bytes, now);
	return true;
}

/* False: nothing more fits, nothing is there, or it cannot be read. */
static bool add_item(struct engine *engine, uint32_t index, struct delivery *delivery, int64_t now)
{
	const struct courier_mailbox *mailbox = &engine->courier.mailboxes[index];
	struct mailbox_entry where;
	uint64_t number = mailbox->next;
	if (mailbox_next_entry(&engine->state.mailboxes.items[index], engine->store, &number, &where) ||
	    number > mailbox->head) { /* behind the head stands what is not released */
		courier_pass(&engine->courier, index);
		return false;
	}
	return where.notice != 0 ? add_notice(engine, index, &where, number, delivery, now)
				 : add_envelope(engine, index, &where, number, delivery, now);
}

static void put_deliver(struct engine *engine, uint32_t index, struct delivery *delivery, struct lt_buf *outputs)
{
	struct lt_link link = { .type = LT_LINK_DELIVER };
	link.u.deliver = (struct lt_deliver){
		.agency = engine->state.mailboxes.items[index].code,
		.count = delivery->count,
		.items = delivery->items,
	};
	engine_put_link(engine, &link);
	struct output out = {
		.type = OUTPUT_SEND,
		.session = engine->courier.mailboxes[index].session,
		.data = lt_buf_bytes(&engine->message),
	};
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
	engine->delivered += delivery->count;
}

static void deliver(struct engine *engine, uint32_t index, struct lt_buf *outputs)
{
	struct delivery delivery;
	int64_t now = engine->env.boottime(engine->env.ctx);
	delivery.count = delivery.bytes = 0;
	lt_arena_reset(engine->pump_arena);
	while (delivery.count < BROKER_DELIVER_ENVELOPES && courier_may_send(&engine->courier, index)) {
		if (!add_item(engine, index, &delivery, now))
			break;
	}
	if (delivery.count > 0)
		put_deliver(engine, index, &delivery, outputs);
	courier_wake(&engine->courier, index);
}

bool engine_pump(struct engine *engine, struct lt_buf *outputs, size_t max_bytes)
{
	size_t start = outputs->len;
	while (outputs->len - start < max_bytes) {
		uint32_t index = courier_take_ready(&engine->courier);
		if (index == MAILBOX_NONE)
			return false;
		deliver(engine, index, outputs);
	}
	return engine->courier.ready_first != MAILBOX_NONE;
}
