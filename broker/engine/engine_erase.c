/* engine_erase.c: ERASE: before its record what only the journal and the snapshots can say, after it what has to go from the disk.
 *
 * A record that is gone cannot be applied again. So it must stand below the oldest snapshot that is kept: no start and no rebuild needs it
 * then. Above it the act is refused for now, and snapshots are asked for until it may be. After the act they are asked for until none is
 * left that was taken before it, since those hold what was erased. */
#include "engine_internal.h"

#include <string.h>

#include "program/log.h"

/* What an operator has written may be erased; what the broker writes for itself names nobody. */
static bool may_go(const struct lt_command *command)
{
	switch (command->type) {
	case LT_COMMAND_SUBMIT:
	case LT_COMMAND_ADMIN:
	case LT_COMMAND_OUTAGE:
	case LT_COMMAND_ACTIVATE:
	case LT_COMMAND_ERASE:
		return true;
	case LT_COMMAND_DEFINE: /* older directories are given out of their records */
		return command->u.define.type != LT_DEFINE_DIRECTORY;
	case LT_COMMAND_ACK:
	case LT_COMMAND_SESSION:
	case LT_COMMAND_GENESIS:
	case LT_COMMAND_INCARNATION:
	case LT_COMMAND_SNAPSHOT:
	case LT_COMMAND_ELIDE:
	case LT_COMMAND_PRUNE:
	case LT_COMMAND_CLOCK:
	case LT_COMMAND_NOTICES:
	case LT_COMMAND_LARGE:
	case LT_COMMAND_LARGE_GONE:
		break;
	}
	return false;
}

/* The fields that an OPEN gave its dossier. */
static enum lt_reason take_fields(struct engine *engine, struct lt_erase_command *erase,
				  const struct lt_command *command, struct lt_refusal *refusal)
{
	struct lt_header *header = lt_arena_alloc(engine->control_arena, sizeof(*header));
	LT_ASSERT(header);
	if (engine->state.rules->read.header(command->u.submit.header, engine->control_arena, header, refusal) ||
	    header->kind != LT_KIND_OPEN || header->field_count == 0)
		return LT_REASON_NONE; /* one that cannot be read gave no dossier anything */
	erase->fields = lt_arena_alloc(engine->control_arena, header->field_count * sizeof(*erase->fields));
	LT_ASSERT(erase->fields);
	for (size_t i = 0; i < header->field_count; i++)
		erase->fields[i] = header->fields[i].name;
	erase->field_count = header->field_count;
	return LT_REASON_NONE;
}

/* All records of one act are of one dossier, or of none. */
static enum lt_reason take_dossier(struct engine *engine, struct lt_erase_command *erase, size_t at,
				   const struct lt_record *record, const struct lt_command *command,
				   struct lt_refusal *refusal)
{
	struct lt_outcome outcome;
	enum lt_reason reason = lt_outcome_decode(record->outcome, engine->control_arena, &outcome, refusal);
	if (reason)
		return reason;
	uint64_t dossier = command->type == LT_COMMAND_SUBMIT ? outcome.dossier : 0;
	if (at > 0 && dossier != erase->dossier)
		return lt_refuse(
			refusal, LT_DEFINITION_INVALID,
			"record %llu is not of the dossier of those before it: erase them by acts of their own",
			(unsigned long long)record->sequence);
	erase->dossier = dossier;
	return command->type == LT_COMMAND_SUBMIT && !outcome.reason ? take_fields(engine, erase, command, refusal)
								     : LT_REASON_NONE;
}

static enum lt_reason check_place(struct engine *engine, uint64_t sequence, struct lt_refusal *refusal)
{
	if (sequence == 0 || sequence > engine->state.sequence)
		return lt_refuse(refusal, LT_RECORD_UNKNOWN, "record %llu", (unsigned long long)sequence);
	if (sequence <= engine->snapshots_from)
		return LT_REASON_NONE;
	if (engine->erase_wanted < sequence)
		engine->erase_wanted = sequence;
	return lt_refuse(
		refusal, LT_NOT_YET,
		"record %llu is needed for a rebuild: the oldest snapshot is of record %llu; new ones are made "
		"now, erase it in some minutes",
		(unsigned long long)sequence, (unsigned long long)engine->snapshots_from);
}

/* Views of the command live in the control arena. */
static enum lt_reason check_record(struct engine *engine, struct lt_erase_command *erase, size_t at,
				   struct lt_refusal *refusal)
{
	uint64_t sequence = erase->sequences[at];
	struct journal_entry entry;
	struct lt_record record;
	struct lt_command command;
	enum lt_reason reason = check_place(engine, sequence, refusal);
	if (reason)
		return reason;
	if (at > 0 && sequence <= erase->sequences[at - 1])
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "sequences: each above the one before");
	enum lt_err err = engine_read(engine, sequence, &engine->read, &entry);
	if (err == LT_ENOENT)
		return lt_refuse(refusal, LT_RECORD_ARCHIVED, "record %llu", (unsigned long long)sequence);
	struct lt_bytes kept = { 0 };
	if (!err)
		kept = lt_bytes(lt_arena_alloc(engine->control_arena, entry.record.len), entry.record.len);
	if (err || !kept.data)
		return lt_refuse(refusal, LT_RECORD_UNREADABLE, "record %llu", (unsigned long long)sequence);
	memcpy((void *)kept.data, entry.record.data, kept.len);
	reason = lt_record_decode(kept, &record, refusal);
	if (!reason && record.erased_by)
		return lt_refuse(refusal, LT_ALREADY_SO, "record %llu was erased by record %llu",
				 (unsigned long long)sequence, (unsigned long long)record.erased_by);
	if (!reason)
		reason = lt_record_command(&record, engine->control_arena, &command, refusal);
	if (!reason && !may_go(&command))
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "record %llu holds no envelope and no words of an operator: there is nothing to erase",
				 (unsigned long long)sequence);
	return reason ? reason : take_dossier(engine, erase, at, &record, &command, refusal);
}

enum lt_reason engine_check_erase(struct engine *engine, struct lt_erase_command *erase, struct lt_refusal *refusal)
{
	enum lt_reason reason = LT_REASON_NONE;
	erase->dossier = 0;
	erase->field_count = 0;
	for (size_t i = 0; i < erase->count && !reason; i++)
		reason = check_record(engine, erase, i, refusal);
	return reason;
}

/* A disk that fails here would keep what was said to be gone: the next start does it again. */
void engine_erase(struct engine *engine, const uint64_t *sequences, size_t count, uint64_t act)
{
	uint64_t unread;
	for (size_t i = 0; i < count; i++)
		engine_punch(engine, sequences[i]);
	enum lt_err err = journal_erase(engine->journal, sequences, count, act, &unread);
	if (err)
		lt_fatal("journal: what record %llu erases cannot be: %s", (unsigned long long)act, lt_err_text(err));
	if (unread)
		lt_log(LT_LOG_ERROR, "a record that was to be erased cannot be read", "sequence", lt_log_u64(unread),
		       "act", lt_log_u64(act), NULL);
	engine->erased = act;
}

void engine_set_snapshots(struct engine *engine, uint64_t oldest)
{
	engine->snapshots_from = oldest;
}

uint64_t engine_snapshot_wanted(const struct engine *engine)
{
	return engine->erased > engine->erase_wanted ? engine->erased : engine->erase_wanted;
}
