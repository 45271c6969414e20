/* skips.c: see skips.h. */
#include "skips.h"

#include <stdlib.h>

#include "record/record.h"

enum { SKIPS_ARENA = 4 << 20 };

struct finding {
	struct skips *out;
	struct lt_arena *arena;
};

enum lt_err skips_add(struct skips *skips, const struct skip *skip)
{
	if (skips->count == SKIPS_MAX)
		return LT_EFULL;
	if (!skips->list)
		skips->list = calloc(SKIPS_MAX, sizeof(*skips->list));
	if (!skips->list)
		return LT_ENOMEM;
	skips->list[skips->count++] = *skip;
	return LT_OK;
}

static enum lt_err look(void *ctx, const struct journal_entry *entry)
{
	struct finding *finding = ctx;
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_refusal refusal;
	if (lt_record_decode(entry->record, &record, &refusal))
		return LT_ECORRUPT;
	if (record.submit || record.erased_by)
		return LT_OK;
	lt_arena_reset(finding->arena);
	if (record.command.len > SKIPS_ARENA / 4) /* a definition */
		return LT_OK;
	if (lt_record_command(&record, finding->arena, &command, &refusal) ||
	    lt_outcome_decode(record.outcome, finding->arena, &outcome, &refusal))
		return LT_ECORRUPT;
	if (command.type != LT_COMMAND_ADMIN || command.u.admin.act != LT_ADMIN_SKIP || outcome.reason)
		return LT_OK;
	struct skip skip = { .skipped = command.u.admin.number,
			     .record = entry->sequence,
			     .dossier = command.u.admin.dossier };
	return skips_add(finding->out, &skip);
}

enum lt_err skips_find(struct journal *journal, uint64_t from, struct skips *out)
{
	struct finding finding = { .out = out };
	*out = (struct skips){ 0 };
	if (from > journal_head(journal))
		return LT_OK;
	if (from < journal_first(journal))
		from = journal_first(journal);
	enum lt_err err = lt_arena_new(SKIPS_ARENA, &finding.arena);
	if (!err)
		err = journal_scan(journal, from, journal_head(journal), look, &finding);
	lt_arena_free(finding.arena);
	if (err)
		skips_fini(out);
	return err;
}

bool skips_have(const struct skips *skips, uint64_t sequence)
{
	for (size_t i = 0; i < skips->count; i++) {
		if (skips->list[i].skipped == sequence)
			return true;
	}
	return false;
}

void skips_fini(struct skips *skips)
{
	free(skips->list);
	*skips = (struct skips){ 0 };
}
