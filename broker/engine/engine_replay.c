/* engine_replay.c: from the store's sequence to the journal's head, each outcome compared with its record. */
#include <stdio.h>
#include <string.h>

#include "engine_internal.h"
#include "program/log.h"
#include "rules/outcome_same.h"

struct replay {
	struct engine *engine;
	uint64_t expected;
	char *error;
	size_t error_size;
};

static bool skipped(const struct engine *engine, uint64_t sequence)
{
	for (size_t i = 0; i < engine->options.poisoned_count; i++) {
		if (engine->options.poisoned[i] == sequence)
			return true;
	}
	return false;
}

static enum lt_err damage(struct replay *replay, uint64_t sequence, const char *what)
{
	snprintf(replay->error, replay->error_size, "record %llu: %s", (unsigned long long)sequence, what);
	return LT_ECORRUPT;
}

static enum lt_err compare(struct replay *replay, const struct lt_record *record)
{
	struct engine *engine = replay->engine;
	const struct act *act = &engine->act;
	lt_buf_clear(&engine->outcome);
	LT_ASSERT(lt_outcome_encode(&act->outcome, &engine->outcome) == LT_OK);
	if (outcome_same(act, lt_buf_bytes(&engine->outcome), record->outcome) && act->previous == record->previous)
		return LT_OK;
	snprintf(replay->error, replay->error_size,
		 "record %llu: replay gives %s (%s), the record has another outcome; "
		 "remedy: `lienthong store rebuild`, or the broker's version that wrote it",
		 (unsigned long long)record->sequence,
		 act->outcome.reason ? lt_reason_name(act->outcome.reason) : "admitted", act->refusal.detail);
	return LT_ECORRUPT;
}

/* It is an ACTIVATE; the next record would be made by them. */
static enum lt_err unknown_rules(struct replay *replay, const struct lt_record *record)
{
	snprintf(replay->error, replay->error_size,
		 "record %llu: moves on to rules %u; this program knows 1 to %u; remedy: the broker's version that "
		 "knows "
		 "them",
		 (unsigned long long)record->sequence, replay->engine->state.rules_version,
		 rules_newest(replay->engine->options.rules));
	return LT_EINVAL;
}

static void remember(struct engine *engine, const struct lt_record *record)
{
	struct lt_record_digests digests;
	if (!engine->act.remember)
		return;
	lt_record_digest(record, engine->act.header_sha256, &digests);
	apply_remember(&engine->act, &digests.receipt);
}

/* What it did cannot be done again: it stands in the snapshots, below which alone a record is erased. */
static enum lt_err erased(struct replay *replay, const struct lt_record *record)
{
	snprintf(replay->error, replay->error_size,
		 "it was erased by record %llu and cannot be replayed; what it did is in the snapshots from record "
		 "%llu on: "
		 "remedy: one of those, or `lienthong restore` of a backup that was made since",
		 (unsigned long long)record->erased_by, (unsigned long long)record->sequence);
	return LT_ECORRUPT;
}

static enum lt_err replay_apply(struct replay *replay, const struct lt_record *record)
{
	struct engine *engine = replay->engine;
	struct act *act = &engine->act;
	struct lt_command command;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	struct lt_arena *arena = record->command.len > ENGINE_ARENA / 4 ? engine->control_arena : engine->arena;
	lt_arena_reset(arena);
	if (record->erased_by)
		return erased(replay, record);
	if (lt_record_command(record, arena, &command, &refusal))
		return damage(replay, record->sequence, refusal.detail);
	act->command = &command;
	act->sequence = record->sequence;
	act->time = record->time;
	act->time_generation = record->time_generation;
	act->header = NULL;
	if (command.type == LT_COMMAND_SUBMIT)
		engine_parse_header(engine, &command, &header);
	apply(act);
	if (act->outcome.reason == LT_STORE_DAMAGED)
		return damage(replay, record->sequence,
			      "it needs a value that the store does not give; remedy: `lienthong store rebuild`: the "
			      "journal has "
			      "everything");
	enum lt_err err = compare(replay, record);
	if (!err)
		remember(engine, record);
	act->header = NULL;
	if (!err && !engine_follow_rules(engine))
		return unknown_rules(replay, record);
	if (!err && command.type == LT_COMMAND_ELIDE) {
		for (size_t i = 0; i < command.u.elide.count; i++)
			engine_punch(engine, command.u.elide.sequences[i]);
	}
	if (!err && command.type == LT_COMMAND_ERASE && !act->outcome.reason)
		engine_erase(engine, command.u.erase.sequences, command.u.erase.count, record->sequence);
	return err;
}

/* The overlay stays bounded during a long replay. */
static enum lt_err flush_when_due(struct engine *engine)
{
	if (!store_flush_due(engine->store, 0))
		return LT_OK;
	state_mark(&engine->state);
	store_committed(engine->store, engine->state.sequence);
	enum lt_err err = store_flush_now(engine->store);
	return err == LT_EAGAIN ? LT_OK : err;
}

/* The sender that offers it again is told why, finally: it files the act anew. */
static void remember_poisoned(struct engine *engine, const struct lt_record *record, const struct lt_command *command)
{
	struct act *act = &engine->act;
	struct lt_header header;
	struct lt_record_digests digests;
	act->command = command;
	act->sequence = record->sequence;
	act->time = record->time;
	act->outcome = (struct lt_outcome){ .reason = LT_POISONED };
	engine_parse_header(engine, command, &header);
	act->remember = act->header != NULL;
	if (act->remember) {
		lt_record_digest(record, act->header_sha256, &digests);
		apply_remember(act, &digests.receipt);
	}
	act->header = NULL;
}

/* The numbers that the record gave stay given, so that those of the records behind it are theirs: its mailboxes have gaps there, and its
 * dense number belongs to no dossier. They are in the record; what made them is not run. */
static void keep_numbers(struct engine *engine, const struct lt_record *record)
{
	struct state *state = &engine->state;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_refusal ignored;
	lt_arena_reset(engine->arena);
	if (lt_outcome_decode(record->outcome, engine->arena, &outcome, &ignored) || outcome.reason)
		return;
	for (size_t i = 0; i < outcome.mail_count; i++) {
		struct mailbox *mailbox =
			&state->mailboxes.items[mailboxes_get(&state->mailboxes, outcome.mail[i].agency)];
		if (outcome.mail[i].number <= mailbox->head)
			continue;
		mailbox->head = outcome.mail[i].number;
		mailbox_save(mailbox, engine->store);
	}
	if (outcome.dossier > state->dossiers) {
		state->dossiers = outcome.dossier;
		state_put_number(state, "dossiers", state->dossiers);
	}
	if (!lt_record_command(record, engine->arena, &command, &ignored) && command.type == LT_COMMAND_SUBMIT)
		remember_poisoned(engine, record, &command);
}

/* Outcome POISONED: of what it did nothing stays but the numbers. */
static void skip(struct engine *engine, const struct lt_record *record)
{
	lt_log(LT_LOG_WARNING, "record skipped by an operator", "sequence", lt_log_u64(record->sequence), NULL);
	if (record->time_generation != engine->state.time_generation)
		state_set_time(&engine->state, record->sequence, record->time_generation, record->time);
	keep_numbers(engine, record);
	engine->state.sequence = record->sequence;
	engine->state.time = record->time;
}

static enum lt_err replay_entry(void *ctx, const struct journal_entry *entry)
{
	struct replay *replay = ctx;
	struct engine *engine = replay->engine;
	struct lt_record record;
	struct lt_refusal refusal = { 0 };
	if (lt_record_decode(entry->record, &record, &refusal))
		return damage(replay, entry->sequence, refusal.detail);
	if (record.sequence != replay->expected || entry->sequence != replay->expected)
		return damage(replay, entry->sequence, "is not the next one");
	if (!apply_in_order(&engine->state, record.time_generation, record.time))
		return damage(replay, entry->sequence, "its time is before the record's before it");
	enum lt_err err = engine_replay_rules(engine, &record, replay->error, replay->error_size);
	if (err)
		return err;
	replay->expected++;
	if (engine->hooks.replaying)
		engine->hooks.replaying(engine->hooks.ctx, entry->sequence);
	if (skipped(engine, entry->sequence)) {
		skip(engine, &record);
		return flush_when_due(engine);
	}
	err = replay_apply(replay, &record);
	return err ? err : flush_when_due(engine);
}

enum lt_err engine_replay(struct engine *engine, char *error, size_t error_size)
{
	uint64_t head = journal_head(engine->journal), from = engine->state.sequence + 1;
	struct replay replay = { .engine = engine, .expected = from, .error = error, .error_size = error_size };
	error[0] = '\0';
	if (engine->state.sequence > head)
		return damage(&replay, engine->state.sequence,
			      "the store is ahead of the journal; remedy: `lienthong store rebuild`");
	if (from > head)
		return LT_OK;
	if (journal_first(engine->journal) > from)
		return damage(&replay, from, "the journal no longer has it; restore a backup that reaches so far");
	enum lt_err err = journal_scan(engine->journal, from, head, replay_entry, &replay);
	if (err && error[0] == '\0')
		snprintf(error, error_size, "record %llu: %s", (unsigned long long)replay.expected, lt_err_text(err));
	if (!err && replay.expected != head + 1)
		err = damage(&replay, replay.expected, "is missing in the journal");
	if (err)
		return err;
	state_mark(&engine->state);
	store_committed(engine->store, engine->state.sequence);
	return LT_OK;
}
