/* engine_pump.c: deliveries: one DELIVER for one mailbox at a time, in turn, so that no flood slows another's traffic.
 *
 * The courier knows which mailboxes have something that may be sent. The pump takes the first of its queue, fills one
 * message up to its bounds (items, bytes, the peer's window), and puts the mailbox back behind the others. Records
 * come from the journal's memory when they are recent; else a list of them goes to a thread that may wait for a disk, and the mailbox
 * waits for what it brings. The pump runs after release, until the gate has enough to do: what does not fit now goes later. */
#include "engine_internal.h"
#include "program/log.h"
#include "queue/env.h"

/* Order is promised: nothing goes past it. The others go on. */
static void stand(struct engine *engine, uint32_t index, uint64_t sequence, int64_t now)
{
	if (courier_stop(&engine->courier, index, sequence, now))
		lt_log(LT_LOG_ERROR, "a record cannot be read: its mailbox stands; see `lienthong store check`",
		       "sequence", lt_log_u64(sequence), "agency", engine->state.mailboxes.items[index].code, NULL);
}

static bool next_entry(struct engine *engine, uint32_t index, uint64_t *number, struct mailbox_entry *where)
{
	const struct courier_mailbox *mailbox = &engine->courier.mailboxes[index];
	return !mailbox_next_entry(&engine->state.mailboxes.items[index], engine->store, number, where) &&
	       *number <= mailbox->head; /* behind the head stands what is not released */
}

/* PARCEL_FULL also when nothing is there. */
static enum parcel_result add_item(struct engine *engine, uint32_t index, int64_t now)
{
	const struct courier_mailbox *mailbox = &engine->courier.mailboxes[index];
	struct mailbox_entry where;
	uint64_t number = mailbox->next, bad;
	uint32_t bytes;
	if (!next_entry(engine, index, &number, &where)) {
		courier_pass(&engine->courier, index);
		return PARCEL_FULL;
	}
	enum parcel_result result = parcel_add(engine->parcel, &where, number, mailbox->last, &bytes, &bad);
	if (result == PARCEL_BAD)
		stand(engine, index, bad, now);
	if (result == PARCEL_ADDED)
		courier_sent(&engine->courier, index, number, bytes, now);
	return result;
}

static void put_deliver(struct engine *engine, struct session_ref session, struct lt_bytes message, size_t count,
			struct lt_buf *outputs)
{
	struct output out = { .type = OUTPUT_SEND, .session = session, .data = message };
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
	engine->delivered += count;
}

/* ---- what is no longer in memory ---- */

static void fetch(struct engine *engine, uint32_t index, struct lt_buf *outputs)
{
	const struct courier_mailbox *mailbox = &engine->courier.mailboxes[index];
	struct backlog *backlog = backlog_new();
	uint32_t most = courier_room(&engine->courier, index, &backlog->room);
	uint64_t number = mailbox->next;
	struct mailbox_entry where;
	if (most > BROKER_DELIVER_ENVELOPES)
		most = BROKER_DELIVER_ENVELOPES;
	for (; backlog->count < most && next_entry(engine, index, &number, &where); number++)
		backlog->items[backlog->count++] = (struct backlog_item){ .number = number, .where = where };
	backlog->mailbox = index;
	backlog->session = mailbox->session;
	backlog->previous = mailbox->last;
	backlog->header = engine->state.rules->read.header;
	dossier_copy_code(backlog->agency, engine->state.mailboxes.items[index].code);
	backlog->serial = courier_begin_reading(&engine->courier, index);
	if (engine->hooks.fetch) {
		engine->hooks.fetch(engine->hooks.ctx, backlog);
		return;
	}
	backlog_read(backlog, engine->journal, engine->parcel);
	engine_backlog(engine, backlog, outputs);
}

void engine_backlog(struct engine *engine, struct backlog *backlog, struct lt_buf *outputs)
{
	uint32_t index = backlog->mailbox;
	int64_t now = engine->env.boottime(engine->env.ctx);
	if (courier_end_reading(&engine->courier, index, backlog->serial)) {
		for (size_t i = 0; i < backlog->read; i++)
			courier_sent(&engine->courier, index, backlog->items[i].number, backlog->items[i].bytes, now);
		if (backlog->read > 0)
			put_deliver(engine, backlog->session, lt_buf_bytes(&backlog->message), backlog->read, outputs);
		if (backlog->bad)
			stand(engine, index, backlog->bad, now);
		courier_wake(&engine->courier, index);
	}
	backlog_free(backlog);
}

static void deliver(struct engine *engine, uint32_t index, struct lt_buf *outputs)
{
	const struct parcel_reading reading = { .journal = engine->journal,
						.read = journal_read_recent,
						.header = engine->state.rules->read.header };
	int64_t now = engine->env.boottime(engine->env.ctx);
	enum parcel_result result = PARCEL_ADDED;
	parcel_begin(engine->parcel, &reading);
	while (result == PARCEL_ADDED && courier_may_send(&engine->courier, index))
		result = add_item(engine, index, now);
	size_t count = parcel_count(engine->parcel);
	if (count > 0)
		put_deliver(engine, engine->courier.mailboxes[index].session,
			    parcel_message(engine->parcel, engine->state.mailboxes.items[index].code), count, outputs);
	else if (result == PARCEL_COLD)
		fetch(engine, index, outputs);
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
