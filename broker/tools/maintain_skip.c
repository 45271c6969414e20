/* maintain_skip.c: `store skip`: one record behind the journal's head, made by the engine itself.
 *
 * What the store has not passed is replayed on a copy, as if the skip stood in the journal already. Only when all of it holds is the skip made a
 * record and written, in one synced batch like any other: before that nothing has changed, and after it everything has. A tool that dies in
 * between leaves a copy, which the next one removes, or a torn end, which the next start cuts. */
#include "maintain_internal.h"

#include "backup.h"
#include "engine/engine.h"
#include "engine/skips.h"
#include "record/record.h"
#include "store/snapshot.h"

#include <string.h>

struct skipping {
	struct stopped_data *folder;
	const struct maintain_skip_act *by;
	uint64_t passed; /* by the store or a snapshot */
	char *fault;
};

static unsigned long long number(uint64_t sequence)
{
	return sequence;
}

static enum lt_err find_passed(struct skipping *skipping)
{
	struct store *store;
	struct store_options options = { .path = skipping->folder->store, .read_only = true };
	char path[SNAPSHOT_PATH];
	uint8_t hash[32];
	if (snapshot_newest(skipping->folder->snapshots, &skipping->passed, hash, path))
		skipping->passed = 0;
	if (store_open(&options, &store) == LT_OK) {
		if (store_sequence(store) > skipping->passed)
			skipping->passed = store_sequence(store);
		store_close(store);
	}
	if (skipping->by->sequence > skipping->passed)
		return LT_OK;
	return maintain_fail(
		skipping->fault, LT_EINVAL,
		"record %llu: store or snapshot are at %llu and hold its effect: it stops no start, and skipped now "
		"it would stop every rebuild",
		number(skipping->by->sequence), number(skipping->passed));
}

/* What is skipped already, or stands where a record cannot be added. */
static enum lt_err check_journal(struct skipping *skipping)
{
	struct journal *journal = skipping->folder->journal;
	uint64_t sequence = skipping->by->sequence;
	struct skips skips;
	if (sequence > journal_head(journal) || sequence < journal_first(journal))
		return maintain_fail(skipping->fault, LT_ENOENT,
				     "record %llu is not in the journal, which has %llu to %llu", number(sequence),
				     number(journal_first(journal)), number(journal_head(journal)));
	if (skipping->folder->report.torn_bytes > 0)
		return maintain_fail(
			skipping->fault, LT_EINVAL,
			"the journal's end was not written whole: start the broker once, which looks at it");
	if (restored_marker_present(skipping->folder->data))
		return maintain_fail(skipping->fault, LT_EINVAL,
				     "the folder was restored and not started since: the mark of that comes first; "
				     "remedy: a broker that can replay the record");
	enum lt_err err = skips_find(journal, sequence, &skips);
	if (err)
		return maintain_fail(skipping->fault, err, "journal: %s", lt_err_text(err));
	if (skips_have(&skips, sequence))
		err = maintain_fail(skipping->fault, LT_EINVAL, "record %llu is skipped already", number(sequence));
	skips_fini(&skips);
	return err;
}

static enum lt_err append(struct skipping *skipping, const struct journal_batch *batch)
{
	struct stopped_data *folder = skipping->folder;
	struct journal_options options = { .leaf = lt_record_leaf, .proven = journal_head(folder->journal) };
	struct journal_report report;
	struct journal *journal = NULL;
	struct commit commit;
	enum lt_err err = journal_open(&folder->disk, &options, skipping->passed + 1, &report, &journal);
	if (!err)
		err = journal_write(journal, batch, &commit);
	journal_close(journal);
	return err ? maintain_fail(skipping->fault, err, "journal: %s", lt_err_text(err)) : LT_OK;
}

static enum lt_err make_record(void *ctx, struct engine *engine)
{
	struct skipping *skipping = ctx;
	const struct maintain_skip_act *by = skipping->by;
	const struct lt_admin_command admin = { .operator_name = by->operator_name,
						.reason = by->reason,
						.time = by->time,
						.uid = by->uid,
						.login = by->login };
	struct lt_refusal refusal;
	struct batch *batch = batch_new();
	if (!batch)
		return LT_ENOMEM;
	enum lt_err err = LT_OK;
	if (engine_skip(engine, batch, &admin, &refusal))
		err = maintain_fail(skipping->fault, LT_EINVAL, "record %llu is not skipped: %s", number(by->sequence),
				    refusal.detail);
	if (!err && !by->dry_run)
		err = append(skipping, batch_journal(batch));
	batch_free(batch);
	return err;
}

enum lt_err maintain_skip(const char *data, const struct maintain_skip_act *by,
			  const struct maintain_progress *progress, char *fault)
{
	struct stopped_data folder;
	struct skipping skipping = { .folder = &folder, .by = by, .fault = fault };
	if (!by->operator_name || !by->operator_name[0] || !by->reason || !by->reason[0])
		return maintain_fail(fault, LT_EINVAL, "operator and reason must be given");
	enum lt_err err = maintain_open(&folder, data, fault);
	if (err)
		return err;
	err = maintain_open_journal(&folder, UINT64_MAX, fault);
	if (!err)
		err = check_journal(&skipping);
	if (!err)
		err = find_passed(&skipping);
	if (!err)
		err = maintain_try(&folder, by, progress, make_record, &skipping, fault);
	maintain_close(&folder);
	return err;
}
