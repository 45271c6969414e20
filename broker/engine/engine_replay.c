/* engine_replay.c: from the store's sequence to the journal's head, each outcome compared with its record. */
#include <stdio.h>
#include <string.h>

#include "engine_internal.h"
#include "program/log.h"
#include "rules/outcome_same.h"
#include "rules/recorded.h"
#include "skips.h"

struct replay {
	struct engine *engine;
	struct skips skips;
	uint64_t expected;
	char *error;
	size_t error_size;
};

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

/* ---- what was skipped ---- */

static bool covers(const struct skip *skip, uint64_t sequence)
{
	return skip->skipped <= sequence && sequence < skip->record;
}

static bool any_covers(const struct replay *replay, uint64_t sequence)
{
	for (size_t i = 0; i < replay->skips.count; i++) {
		if (covers(&replay->skips.list[i], sequence))
			return true;
	}
	return false;
}

static enum lt_err not_skipped(struct replay *replay, uint64_t sequence)
{
	return damage(replay, sequence,
		      "is not of one dossier, so it cannot be skipped: it would change what everybody is decided by; "
		      "remedy: a "
		      "broker that can replay it, or `lienthong restore` of a backup");
}

/* The record that is skipped says itself of which dossier it is. */
static enum lt_err begin_skip(struct replay *replay, const struct lt_outcome *recorded, struct skip *skip)
{
	uint64_t number = recorded_dossier(&replay->engine->act, recorded);
	if (number == 0 || (skip->dossier != 0 && skip->dossier != number))
		return not_skipped(replay, skip->skipped);
	skip->dossier = number;
	if (skip->skipped == replay->engine->options.skip)
		replay->engine->skip_dossier = number;
	return LT_OK;
}

/* The first skip by which this record goes by what it says, and not by the rules. NULL: it goes by the rules. */
static enum lt_err find_skip(struct replay *replay, const struct lt_outcome *recorded, const struct skip **out)
{
	struct act *act = &replay->engine->act;
	enum lt_err err = LT_OK;
	*out = NULL;
	for (size_t i = 0; i < replay->skips.count && !err; i++) {
		struct skip *skip = &replay->skips.list[i];
		if (!covers(skip, act->sequence))
			continue;
		if (act->sequence == skip->skipped)
			err = begin_skip(replay, recorded, skip);
		if (!err && !*out &&
		    (act->sequence == skip->skipped || recorded_is_about(act, recorded, skip->dossier)))
			*out = skip;
	}
	return err;
}

static enum lt_err go_by_record(struct replay *replay, const struct lt_record *record,
				const struct lt_outcome *recorded, const struct skip *skip)
{
	struct act *act = &replay->engine->act;
	bool first = act->sequence == skip->skipped;
	struct lt_record_digests digests;
	if (first)
		lt_log(LT_LOG_WARNING, "record skipped by an operator", "sequence", lt_log_u64(act->sequence), "by",
		       lt_log_u64(skip->record), NULL);
	if (recorded_apply(act, recorded, skip->dossier, first))
		return damage(replay, act->sequence, act->refusal.detail);
	lt_record_digest(record, act->header ? act->header_sha256 : NULL, &digests);
	apply_remember(act, &digests.receipt);
	return LT_OK;
}

/* *done: it was applied by what it says. Else act->recorded is set for the rules. */
static enum lt_err try_record(struct replay *replay, const struct lt_record *record, struct lt_outcome *recorded,
			      bool *done)
{
	struct act *act = &replay->engine->act;
	struct lt_refusal refusal;
	const struct skip *skip;
	*done = false;
	if (!any_covers(replay, act->sequence))
		return LT_OK;
	if (lt_outcome_decode(record->outcome, act->arena, recorded, &refusal))
		return damage(replay, act->sequence, refusal.detail);
	enum lt_err err = find_skip(replay, recorded, &skip);
	act->recorded = recorded;
	*done = skip != NULL;
	return err || !skip ? err : go_by_record(replay, record, recorded, skip);
}

/* ---- one record ---- */

static enum lt_err follow(struct replay *replay, const struct lt_record *record)
{
	struct engine *engine = replay->engine;
	const struct lt_command *command = engine->act.command;
	apply(&engine->act);
	if (engine->act.outcome.reason == LT_STORE_DAMAGED)
		return damage(replay, record->sequence,
			      "it needs a value that the store does not give; remedy: `lienthong store rebuild`: the "
			      "journal has "
			      "everything");
	enum lt_err err = compare(replay, record);
	if (!err)
		remember(engine, record);
	if (!err && !engine_follow_rules(engine))
		return unknown_rules(replay, record);
	if (!err && command->type == LT_COMMAND_ELIDE) {
		for (size_t i = 0; i < command->u.elide.count; i++)
			engine_punch(engine, command->u.elide.sequences[i]);
	}
	if (!err && command->type == LT_COMMAND_ERASE && !engine->act.outcome.reason)
		engine_erase(engine, command->u.erase.sequences, command->u.erase.count, record->sequence);
	return err;
}

static enum lt_err replay_apply(struct replay *replay, const struct lt_record *record)
{
	struct engine *engine = replay->engine;
	struct act *act = &engine->act;
	struct lt_command command;
	struct lt_header header;
	struct lt_outcome recorded;
	struct lt_refusal refusal = { 0 };
	struct lt_arena *arena = record->command.len > ENGINE_ARENA / 4 ? engine->control_arena : engine->arena;
	bool done;
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
	enum lt_err err = try_record(replay, record, &recorded, &done);
	if (!err && !done)
		err = follow(replay, record);
	act->header = NULL;
	act->recorded = NULL;
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

static enum lt_err replay_entry(void *ctx, const struct journal_entry *entry)
{
	struct replay *replay = ctx;
	struct engine *engine = replay->engine;
	struct lt_record record;
	struct lt_refusal refusal = { 0 };
	if (lt_record_decode(entry->record, &record, &refusal))
		return damage(replay, entry->sequence, refusal.detail);
	record.cms = &engine->cms;
	if (record.sequence != replay->expected || entry->sequence != replay->expected)
		return damage(replay, entry->sequence, "is not the next one");
	if (!apply_in_order(&engine->state, record.time_generation, record.time))
		return damage(replay, entry->sequence, "its time is before the record's before it");
	enum lt_err err = engine_replay_rules(engine, &record, replay->error, replay->error_size);
	if (err)
		return err;
	replay->expected++;
	if (engine->hooks.replaying && !engine->hooks.replaying(engine->hooks.ctx, entry->sequence))
		return LT_ECLOSED;
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
	enum lt_err err = skips_find(engine->journal, from, &replay.skips);
	if (!err && engine->options.skip != 0)
		err = skips_add(&replay.skips, &(struct skip){ .skipped = engine->options.skip, .record = head + 1 });
	if (!err)
		err = journal_scan(engine->journal, from, head, replay_entry, &replay);
	skips_fini(&replay.skips);
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
