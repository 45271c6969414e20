/* maintain.c: opens a data folder for the tools; `store check`. */
#include "maintain_internal.h"

#include "record/record.h"
#include "state/dossier.h"
#include "store/snapshot.h"
#include "store/store_guard.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum lt_err maintain_fail(char *fault, enum lt_err err, const char *format, ...)
{
	int number = errno;
	va_list args;
	va_start(args, format);
	int len = vsnprintf(fault, MAINTAIN_FAULT, format, args);
	va_end(args);
	if (err == LT_EIO && len > 0 && (size_t)len < MAINTAIN_FAULT)
		snprintf(fault + len, MAINTAIN_FAULT - (size_t)len, ": %s", strerror(number));
	return err;
}

enum lt_err maintain_open(struct stopped_data *folder, const char *data, char *fault)
{
	char journal[FILES_PATH], archive[FILES_PATH];
	*folder = (struct stopped_data){ .data = data };
	fault[0] = 0;
	enum lt_err err = files_path(journal, data, "journal");
	if (!err)
		err = files_path(folder->store, data, "store");
	if (!err)
		err = files_path(folder->snapshots, data, "snapshots");
	if (!err)
		err = files_path(archive, data, "archive");
	if (!err)
		err = disk_open(journal, false, &folder->disk);
	if (!err)
		disk_add_archive(&folder->disk, archive); /* none: what lies there is not looked at */
	if (err == LT_EEXIST)
		return maintain_fail(fault, err, "%.200s: a broker is running on it; stop it first, or take a backup",
				     data);
	if (err == LT_ENOENT)
		return maintain_fail(fault, err, "%.200s: there is no journal folder: is this a broker's data folder?",
				     data);
	return err ? maintain_fail(fault, err, "%.200s: %s", data, lt_err_text(err)) : LT_OK;
}

enum lt_err maintain_open_journal(struct stopped_data *folder, uint64_t check_from, char *fault)
{
	struct journal_options options = { .leaf = lt_record_leaf, .erase = lt_record_erase, .read_only = true };
	enum lt_err err = journal_open(&folder->disk, &options, check_from, &folder->report, &folder->journal);
	if (err == LT_ECORRUPT)
		return maintain_fail(fault, err, "journal: %s; remedy: `lienthong restore` of a backup",
				     folder->report.damage);
	return err ? maintain_fail(fault, err, "journal: %s", lt_err_text(err)) : LT_OK;
}

void maintain_close(struct stopped_data *folder)
{
	journal_close(folder->journal);
	disk_close(&folder->disk);
	folder->journal = NULL;
}

struct maintain_walk {
	const struct maintain_progress *progress;
	uint64_t last;
};

static void journal_step(void *ctx, uint64_t sequence)
{
	const struct maintain_walk *walk = ctx;
	if (walk->progress && walk->progress->step)
		walk->progress->step(walk->progress->ctx, "journal", sequence, walk->last);
}

static enum lt_err check_journal(struct stopped_data *folder, const struct maintain_progress *progress,
				 struct maintain_report *report)
{
	struct journal_report found;
	struct maintain_walk step = { .progress = progress };
	enum lt_err err = maintain_open_journal(folder, UINT64_MAX, report->fault);
	if (err)
		return err;
	report->torn_bytes = folder->report.torn_bytes;
	step.last = journal_head(folder->journal);
	err = journal_check(folder->journal, journal_step, &step, &found);
	report->journal_first = found.first;
	report->journal_last = found.last;
	if (err == LT_ECORRUPT)
		return maintain_fail(report->fault, err, "journal: %s; remedy: `lienthong restore` of a backup",
				     found.damage);
	return err ? maintain_fail(report->fault, err, "journal: %s", lt_err_text(err)) : LT_OK;
}

static enum lt_err check_place(const struct stopped_data *folder, struct maintain_report *report)
{
	unsigned long long store = report->store_sequence, head = journal_head(folder->journal);
	unsigned long long first = journal_first(folder->journal);
	if (store > head)
		return maintain_fail(report->fault, LT_ECORRUPT,
				     "store: it is at record %llu, ahead of the journal, which ends at %llu; "
				     "remedy: `lienthong store rebuild`",
				     store, head);
	if (store + 1 < first)
		return maintain_fail(report->fault, LT_ECORRUPT,
				     "store: it is at record %llu, but the journal begins at %llu; "
				     "remedy: `lienthong store rebuild`",
				     store, first);
	return LT_OK;
}

static enum lt_err look_at_store(const struct stopped_data *folder, const struct maintain_progress *progress,
				 struct maintain_report *report)
{
	struct store *store = NULL;
	struct store_options options = { .path = folder->store, .read_only = true };
	char what[MAINTAIN_FAULT / 2];
	enum lt_err err = store_open(&options, &store);
	if (err)
		return maintain_fail(report->fault, err == LT_ENOENT ? LT_ECORRUPT : err,
				     "store: %s; remedy: `lienthong store rebuild`",
				     err == LT_ENOENT ? "it is missing" : lt_err_text(err));
	report->store_sequence = store_sequence(store);
	if (progress && progress->step)
		progress->step(progress->ctx, "store", report->store_sequence, report->store_sequence);
	dossier_derive(store);
	err = store_verify(store, what, sizeof what);
	if (err == LT_ECORRUPT)
		maintain_fail(report->fault, err, "store: %s; remedy: `lienthong store rebuild`", what);
	else if (err)
		maintain_fail(report->fault, err, "store: %s", lt_err_text(err));
	if (!err)
		err = check_place(folder, report);
	if (!err)
		err = maintain_check_named(folder, store, report);
	store_close(store);
	return err;
}

struct store_check {
	const struct stopped_data *folder;
	const struct maintain_progress *progress;
	struct maintain_report *report;
	enum lt_err err;
};

static void run_store_check(void *ctx)
{
	struct store_check *check = ctx;
	check->err = look_at_store(check->folder, check->progress, check->report);
}

static enum lt_err check_store(const struct stopped_data *folder, const struct maintain_progress *progress,
			       struct maintain_report *report)
{
	struct store_check check = { folder, progress, report, LT_OK };
	if (store_guard_try(run_store_check, &check))
		return check.err;
	return maintain_fail(report->fault, LT_ECORRUPT,
			     "store: LMDB cannot read its pages; remedy: `lienthong store rebuild`");
}

static size_t count_snapshots(const char *folder)
{
	char path[SNAPSHOT_PATH];
	uint8_t hash[32];
	uint64_t below = UINT64_MAX;
	size_t count = 0;
	while (snapshot_before(folder, below, &below, hash, path) == LT_OK)
		count++;
	return count;
}

enum lt_err maintain_check(const char *data, const struct maintain_progress *progress, struct maintain_report *report)
{
	struct stopped_data folder;
	*report = (struct maintain_report){ 0 };
	enum lt_err err = maintain_open(&folder, data, report->fault);
	if (err)
		return err;
	report->snapshots = count_snapshots(folder.snapshots);
	err = check_journal(&folder, progress, report);
	if (!err)
		err = check_store(&folder, progress, report);
	if (!err)
		err = maintain_check_large(&folder, report);
	maintain_close(&folder);
	return err;
}
