/* engine.c: the life of a batch: take, seal, release.
 *
 * One batch is being built, one is with the journal. engine_take gives one input to the batch that is built: what
 * becomes a record gets its sequence and its time here, is applied at once, and leaves behind its bytes and a list of
 * effects. Nothing of that is seen outside yet. engine_seal closes the batch; the journal thread writes it while the
 * next one is built on a state that is already ahead of the disk. That is safe because effects wait: what the state
 * has run ahead is told to nobody before the sync that covers it. engine_tick makes the commands that time brings:
 * acknowledgements that have waited, clocks that are due, parts that may go, each in bounded lots so that others' work
 * goes between. */
#include "base/fields.h"
#include "engine_internal.h"

#include <stdlib.h>
#include <string.h>

#include "state/dedup.h"
#include "state/parts/part_expiry.h"
#include "program/log.h"
#include "state/succession.h"
#include "queue/env.h"

enum {
	ACK_ITEMS_MAX = 1024,       /* of one AckCommand */
	ELIDE_PAUSE_US = 50000,     /* between two ELIDE commands of a backlog: 5,000 records a second */
	DEADLINE_PAUSE_US = 5000,   /* between two bounded lots of due clocks: 25,000 a second */
	REORGANISE_PAUSE_US = 10000 /* between two commands of a reorganisation: others' work goes between */
};

#define LARGE_PAUSE_US INT64_C(600000000) /* between two looks for large parts that nothing refers to */

static void post_effects(struct engine *engine, struct batch *batch, struct lt_command const *command)
{
	struct act *act = &engine->act;
	for (size_t i = 0; i < act->outcome.mail_count; i++) {
		if (succession_closed(engine->state.rulebook, act->mail[i].agency, act->time))
			continue; /* it only stands there until it passes on to the successors */
		if (i + 1 < act->outcome.mail_count && act->mail_index[i + 1] == act->mail_index[i])
			continue; /* the highest number is enough */
		struct effect *effect = batch_add(batch, EFFECT_MAIL);
		effect->mailbox = act->mail_index[i];
		effect->number = act->mail[i].number;
	}
	if (act->rulebook_changed)
		batch_add(batch, EFFECT_RULEBOOK)->rulebook = rulebook_ref(engine->state.rulebook);
	if (command->type == LT_COMMAND_ELIDE && command->u.elide.count > 0)
		batch_set_data(batch, batch_add(batch, EFFECT_ELIDE),
			       lt_bytes(command->u.elide.sequences,
					command->u.elide.count * sizeof(*command->u.elide.sequences)));
	if (command->type == LT_COMMAND_LARGE_GONE) {
		struct effect *effect = batch_add(batch, EFFECT_LARGE_GONE);
		effect->data_at = batch->data.len;
		for (size_t i = 0; i < command->u.large_gone.count; i++)
			LT_ASSERT(lt_buf_append(&batch->data, command->u.large_gone.sha256[i].data, 32) == LT_OK);
		effect->data_len = batch->data.len - effect->data_at;
	}
	if (command->type == LT_COMMAND_ERASE && !act->outcome.reason) {
		struct effect *effect = batch_add(batch, EFFECT_ERASE);
		effect->sequence = act->sequence;
		batch_set_data(batch, effect,
			       lt_bytes(command->u.erase.sequences,
					command->u.erase.count * sizeof(*command->u.erase.sequences)));
	}
}

static struct lt_bytes next_salt(struct engine *engine)
{
	if (engine->salts_used == sizeof(engine->salts)) {
		engine->env.random(engine->env.ctx, engine->salts, sizeof(engine->salts));
		engine->salts_used = 0;
	}
	struct lt_bytes salt = lt_bytes(engine->salts + engine->salts_used, LT_RECORD_SALT);
	engine->salts_used += LT_RECORD_SALT;
	return salt;
}

/* An envelope's pieces stand by themselves; a refused one keeps header and signature, not its parts. */
static void set_pieces(struct engine *engine, struct lt_record *record, const struct lt_command *command,
		       struct lt_bytes encoded, size_t part_count)
{
	record->submit = command->type == LT_COMMAND_SUBMIT;
	if (!record->submit) {
		record->command = encoded;
		return;
	}
	struct lt_verdict verdict = command->u.submit.verdict;
	verdict.parts = (uint32_t)part_count;
	for (size_t i = 0; engine->act.header && i < engine->act.header->part_count; i++)
		verdict.blobs |= (uint32_t)lt_part_is_large(&engine->act.header->parts[i]) << i;
	record->header = command->u.submit.header;
	record->signature = command->u.submit.signature;
	lt_buf_clear(&engine->verdict);
	LT_ASSERT(lt_verdict_encode(&verdict, &engine->verdict) == LT_OK);
	record->verdict = lt_buf_bytes(&engine->verdict);
}

static void add_record(struct engine *engine, struct batch *batch, const struct lt_command *command,
		       struct lt_bytes encoded, const struct lt_bytes *parts, size_t part_count)
{
	struct act *act = &engine->act;
	const uint8_t *header_sha256 = command->type == LT_COMMAND_SUBMIT ? act->header_sha256 : NULL;
	lt_buf_clear(&engine->outcome);
	LT_ASSERT(lt_outcome_encode(&act->outcome, &engine->outcome) == LT_OK);
	struct lt_record record = {
		.sequence = act->sequence,
		.time = act->time,
		.previous = act->previous,
		.time_generation = act->time_generation,
		.flags = engine->time.unconfirmed ? LT_RECORD_TIME_UNCONFIRMED : 0,
		.rules_version = act->rules->version,
		.outcome = lt_buf_bytes(&engine->outcome),
		.cms = &engine->cms,
		.salts = { next_salt(engine), next_salt(engine) },
	};
	set_pieces(engine, &record, command, encoded, part_count);
	lt_buf_clear(&engine->record);
	LT_ASSERT(lt_record_encode(&record, header_sha256, &engine->record, &engine->digests) == LT_OK);
	if (batch->journal.count == 0)
		journal_batch_clear(&batch->journal, act->sequence);
	const struct lt_record_digests *digests = &engine->digests;
	struct journal_shared shared = { .at = (uint32_t)digests->root_at,
					 .len = (uint16_t)digests->root_len,
					 .gap = (uint8_t)digests->path_gap,
					 .steps = (uint8_t)digests->path_steps };
	LT_ASSERT(journal_batch_add(&batch->journal, lt_buf_bytes(&engine->record), shared, digests->leaf, parts,
				    part_count) == LT_OK);
}

void engine_try(struct engine *engine, const struct lt_command *command)
{
	struct act *act = &engine->act;
	act->command = command;
	act->sequence = engine->state.sequence + 1;
	act->time = engine_now(engine);
	act->time_generation = engine->state.time_generation;
	store_only_read(engine->store, true);
	apply_try(act);
	store_only_read(engine->store, false);
}

bool engine_record(struct engine *engine, struct batch *batch, const struct lt_command *command,
		   struct lt_bytes encoded, const struct lt_bytes *parts, size_t part_count)
{
	struct act *act = &engine->act;
	act->command = command;
	act->sequence = engine->state.sequence + 1;
	act->time = engine_now(engine);
	act->time_generation = engine->time.generation;
	apply(act);
	if (apply_comes_again(act->outcome.reason) || (act->outcome.reason && act->unrecorded))
		return false;
	LT_ASSERT(engine_follow_rules(engine)); /* asked before there was a record */
	courier_grow(&engine->courier, engine->state.mailboxes.count, engine->env.boottime(engine->env.ctx));
	if (act->outcome.reason)
		part_count = 0;
	add_record(engine, batch, command, encoded, parts, part_count);
	apply_remember(act, &engine->digests.receipt);
	post_effects(engine, batch, command);
	return true;
}

/* Commands that the broker makes itself. */
void engine_record_own(struct engine *engine, struct batch *batch, const struct lt_command *command)
{
	lt_buf_clear(&engine->command);
	LT_ASSERT(lt_command_encode(command, &engine->command) == LT_OK);
	engine_record(engine, batch, command, lt_buf_bytes(&engine->command), NULL, 0);
}

static void record_bytes(struct engine *engine, struct batch *batch, struct lt_bytes encoded)
{
	struct lt_command command;
	struct lt_refusal refusal;
	if (lt_command_decode(encoded, engine->control_arena, &command, &refusal))
		lt_fatal("a command of the broker's own does not hold: %s", refusal.detail);
	LT_ASSERT(command.type != LT_COMMAND_SUBMIT && command.type != LT_COMMAND_SESSION);
	engine_record(engine, batch, &command, encoded, NULL, 0);
	if (engine->act.outcome.reason)
		lt_log(LT_LOG_ERROR, "a command of the broker's own was refused", "reason",
		       lt_reason_name(engine->act.outcome.reason), "detail", engine->act.refusal.detail, NULL);
	lt_arena_reset(engine->control_arena);
}

static void start_records(struct engine *engine, struct batch *batch)
{
	if (!engine->genesis_due && !engine->incarnation_due)
		return;
	if (engine->genesis_due) {
		engine->genesis_due = false;
		record_bytes(engine, batch, lt_buf_bytes(&engine->genesis));
	}
	if (engine->incarnation_due) {
		uint8_t bytes[16];
		struct lt_command command = { .type = LT_COMMAND_INCARNATION };
		engine->env.random(engine->env.ctx, bytes, sizeof(bytes));
		command.u.incarnation.incarnation = lt_bytes(bytes, sizeof(bytes));
		engine->incarnation_due = false;
		engine_record_own(engine, batch, &command);
	}
}

static void begin(struct engine *engine, struct batch *batch)
{
	LT_ASSERT(!batch->sealed);
	if (engine->building != batch) {
		LT_ASSERT(!engine->building && batch_empty(batch));
		engine->building = batch;
		batch->round = ++engine->rounds;
	}
	engine_check_time(engine);
	start_records(engine, batch);
}

/* MAILBOX_NONE when the session does not speak for the agency. */
static uint32_t mailbox_of(const struct engine *engine, const char *agency, struct session_ref session)
{
	uint32_t index = mailboxes_find(&engine->state.mailboxes, agency);
	return index != MAILBOX_NONE && courier_speaks(&engine->courier, index, session) ? index : MAILBOX_NONE;
}

static void take_ack(struct engine *engine, const struct input *input)
{
	uint32_t index = mailbox_of(engine, input->u.ack.agency, input->session);
	int64_t now = engine->env.boottime(engine->env.ctx);
	if (index == MAILBOX_NONE)
		return;
	courier_received(&engine->courier, index, input->u.ack.number, now);
	courier_excepted(&engine->courier, index, input->u.ack.except, now);
}

static void take_credit(struct engine *engine, const struct input *input)
{
	uint32_t index = mailbox_of(engine, input->u.credit.agency, input->session);
	if (index != MAILBOX_NONE)
		courier_credit(&engine->courier, index, input->u.credit.envelopes, input->u.credit.bytes);
}

static void take_report(struct engine *engine, const struct input *input)
{
	courier_report(&engine->courier, input->session, &input->u.report.told, input->u.report.ahead,
		       engine_now(engine));
}

void engine_take(struct engine *engine, struct batch *batch, const struct input *input)
{
	begin(engine, batch);
	lt_arena_reset(engine->arena);
	switch (input->type) {
	case INPUT_SUBMIT:
		engine_submit(engine, batch, input);
		return;
	case INPUT_ACK:
		take_ack(engine, input);
		return;
	case INPUT_CREDIT:
		take_credit(engine, input);
		return;
	case INPUT_REPORT:
		take_report(engine, input);
		return;
	case INPUT_SESSION:
		engine_session(engine, batch, input);
		return;
	case INPUT_LOST:
		engine_session_lost(engine, input);
		return;
	case INPUT_QUERY:
		engine_query(engine, batch, input);
		return;
	case INPUT_CONTROL:
		engine_control(engine, batch, input);
		return;
	case INPUT_COMMAND:
		record_bytes(engine, batch, input->u.command);
		return;
	case INPUT_PART:
		engine_part(engine, batch, input);
		return;
	case INPUT_STORED:
		engine_stored(engine, batch, input);
		return;
	case INPUT_PART_LOST:
		engine_part_lost(engine, batch, input);
		return;
	}
	lt_fatal("job type %d", (int)input->type);
}

static void read_exceptions(struct engine *engine, struct courier_mailbox *mailbox, struct lt_ack_item *item)
{
	struct fields_reader in = { .rest = lt_buf_bytes(&mailbox->except) };
	item->except_count = mailbox->except.len / INPUT_EXCEPTION;
	if (item->except_count == 0)
		return;
	item->except = lt_arena_alloc(engine->arena, item->except_count * sizeof(*item->except));
	LT_ASSERT(item->except);
	for (size_t i = 0; i < item->except_count; i++) {
		item->except[i].number = fields_get_u64(&in);
		item->except[i].reason = (enum lt_reason)fields_get_u32(&in);
		item->except[i].sha256 = lt_bytes(fields_take(&in, 32), 32);
		lt_log_peer(LT_LOG_WARNING, "a receiver could not take an item", item->agency,
			    lt_reason_name(item->except[i].reason), "agency", item->agency, "mailbox",
			    lt_log_u64(item->except[i].number), "reason", lt_reason_name(item->except[i].reason), NULL);
	}
	LT_ASSERT(fields_end(&in) == LT_OK);
}

/* Acknowledgements that wait, as AckCommands. */
static void write_acks(struct engine *engine, struct batch *batch)
{
	struct courier *courier = &engine->courier;
	uint32_t at = 0;
	while (at < courier->ack_count) {
		struct lt_ack_item items[ACK_ITEMS_MAX];
		struct lt_command command = { .type = LT_COMMAND_ACK };
		command.u.ack.items = items;
		for (; at < courier->ack_count && command.u.ack.count < ACK_ITEMS_MAX; at++) {
			struct courier_mailbox *mailbox = &courier->mailboxes[courier->acks[at]];
			if (mailbox->ack == 0 || !engine_can_acknowledge(engine, courier->acks[at], mailbox->ack))
				continue;
			items[command.u.ack.count++] = (struct lt_ack_item){
				.agency = engine->state.mailboxes.items[courier->acks[at]].code,
				.number = mailbox->ack,
			};
			read_exceptions(engine, mailbox, &items[command.u.ack.count - 1]);
			mailbox->ack = 0;
		}
		if (command.u.ack.count > 0)
			engine_record_own(engine, batch, &command);
		for (uint32_t i = 0; i < at; i++)
			lt_buf_clear(&courier->mailboxes[courier->acks[i]].except);
	}
	courier->ack_count = 0;
}

static void write_elide(struct engine *engine, struct batch *batch, int64_t now)
{
	struct part_expiry due;
	int64_t keep = (int64_t)engine->options.elide_days * ENGINE_DAY_US, hour = now + INT64_C(3600000000);
	uint32_t count = part_expiry_due(engine->store, now - keep, &due);
	count = engine_can_elide(engine, &due);
	engine->elide_at = due.next < INT64_MAX - keep && due.next + keep < hour ? due.next + keep + 1 : hour;
	if (count == 0)
		return;
	if (count == ELIDE_BATCH_MAX) { /* there are more: soon, but others' work between */
		engine->elide_at = now;
		engine->tick_at = engine->env.boottime(engine->env.ctx) + ELIDE_PAUSE_US;
	}
	struct lt_command command = { .type = LT_COMMAND_ELIDE };
	command.u.elide.count = count;
	command.u.elide.sequences = due.sequences;
	command.u.elide.some_stay = due.some_stay;
	engine_record_own(engine, batch, &command);
}

void engine_seal(struct engine *engine, struct batch *batch)
{
	LT_ASSERT(!batch->sealed && (!engine->building || engine->building == batch));
	if (batch->journal.count > 0) {
		write_acks(engine, batch);
		state_mark(&engine->state);
	}
	batch->sealed = true;
	batch->definitions = engine->state.definitions;
	batch->next = NULL;
	engine->building = NULL;
	if (engine->sealed_last)
		engine->sealed_last->next = batch;
	else
		engine->sealed_first = batch;
	engine->sealed_last = batch;
}

void engine_tick(struct engine *engine, struct batch *batch)
{
	begin(engine, batch);
	int64_t boot = engine->env.boottime(engine->env.ctx);
	lt_arena_reset(engine->arena);
	if (engine->courier.ack_count > 0 && boot - engine->courier.ack_since >= BROKER_ACK_LINGER_US)
		write_acks(engine, batch);
	if (boot < engine->tick_at)
		return;
	engine->tick_at = boot + 1000000;
	engine_end_stalled(engine, batch, boot);
	engine_restored_tell(engine, boot);
	courier_retry(&engine->courier, boot);
	if (!engine_confirm_time(engine) || !engine->state.rulebook || engine->state.sequence == 0)
		return;
	int64_t now = engine_now(engine);
	if (engine_reorganise(engine, batch))
		engine->tick_at = boot + REORGANISE_PAUSE_US;
	bool clocks = engine_clocks(engine, batch); /* before the week is told: what is late is known */
	if (clocks || engine_digest(engine, batch))
		engine->tick_at = boot + DEADLINE_PAUSE_US;
	if (now >= engine->elide_at)
		write_elide(engine, batch, now);
	if (now >= engine->prune_at)
		engine_prune(engine, batch, now);
	if (now >= engine->large_at && !engine_large_drop(engine, batch, now))
		engine->large_at = now + LARGE_PAUSE_US;
}

int64_t engine_due(const struct engine *engine)
{
	int64_t due = engine->tick_at;
	if (engine->genesis_due || engine->incarnation_due)
		return 0;
	if (engine->courier.ack_count > 0 && engine->courier.ack_since + BROKER_ACK_LINGER_US < due)
		due = engine->courier.ack_since + BROKER_ACK_LINGER_US;
	return due;
}

enum lt_err engine_read(struct engine *engine, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out)
{
	if (sequence == 0 || sequence > engine->state.sequence)
		return LT_ENOENT;
	if (sequence <= journal_head(engine->journal))
		return journal_read(engine->journal, sequence, buf, out);
	struct batch *batch = engine->sealed_first;
	while (batch && !(batch->journal.count > 0 && sequence < batch->journal.first + batch->journal.count))
		batch = batch->next;
	if (!batch)
		batch = engine->building;
	LT_ASSERT(batch && batch->journal.count > 0 && sequence >= batch->journal.first &&
		  sequence < batch->journal.first + batch->journal.count);
	journal_batch_entry(&batch->journal, sequence, out);
	return LT_OK;
}

void engine_set_space(struct engine *engine, uint64_t free, uint64_t reserve)
{
	bool full = free < reserve;
	uint64_t above = full ? 0 : free - reserve;
	engine->room = above >= reserve ? COURIER_WHOLE : (uint32_t)((double)above * COURIER_WHOLE / (double)reserve);
	if (engine->full != full)
		lt_log(full ? LT_LOG_WARNING : LT_LOG_NOTICE,
		       full ? "disk nearly full: new work is refused" : "disk has room again", NULL);
	engine->full = full;
}

void engine_set_checkpoint(struct engine *engine, const struct ledger *ledger, struct lt_bytes note, uint64_t size)
{
	lt_buf_clear(&engine->checkpoint);
	LT_ASSERT(lt_buf_append(&engine->checkpoint, note.data, note.len) == LT_OK);
	engine->ledger = ledger;
	engine->checkpoint_size = size;
}

int64_t engine_time(const struct engine *engine)
{
	return engine->state.time;
}

uint64_t engine_definitions(const struct engine *engine)
{
	return engine->state.definitions;
}

uint64_t engine_sequence(const struct engine *engine)
{
	return engine->state.sequence;
}
