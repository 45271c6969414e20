/* archive.c: see archive.h. The order that makes it safe: copy, sync, check; only then the original goes. A kill between leaves both,
 * of which the original counts, and the next pass makes the copy anew. What an ERASE or an ELIDE changes while a copy is made
 * would come back with the copy: then the original stays, and goes with a later pass. */
#include "archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal/segment.h"
#include "program/log.h"
#include "record/record.h"
#include "store/store_files.h"

enum { PASS_MAX = 1024 }; /* segments of one pass, 64 GiB: more than two days of a nation between two snapshots */
#define DAY_US INT64_C(86400000000)

struct archive {
	struct broker *broker;
	char path[FILES_PATH];
	bool there;
	uint64_t from; /* segments before this one are there already */
	size_t planned, copied;
	struct journal_sealed plan[PASS_MAX];
};

/* The first segment that is still in the journal's own folder. */
static uint64_t first_here(const struct broker *broker)
{
	struct files_names names;
	uint64_t first = 1;
	if (files_list(broker->journal_path, &names))
		return first;
	for (size_t i = 0; i < names.count; i++) { /* sorted, and numbers have one length */
		if (segment_parse_name(names.names[i], &first))
			break;
	}
	files_names_fini(&names);
	return first;
}

struct archive *archive_open(struct broker *broker)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	LT_ASSERT(archive);
	archive->broker = broker;
	archive->from = first_here(broker);
	if (files_path(archive->path, broker->config->data, "archive"))
		return archive;
	if (broker->config->archive_days != ARCHIVE_NEVER && mkdir(archive->path, 0700) != 0 && errno != EEXIST)
		lt_log(LT_LOG_WARNING, "the archive's folder cannot be made", "path", archive->path, "error",
		       strerror(errno), NULL);
	archive->there = disk_add_archive(&broker->disk, archive->path) == LT_OK;
	if (!archive->there && broker->config->archive_days != ARCHIVE_NEVER)
		lt_log(LT_LOG_WARNING, "the archive's folder is not there: nothing is archived", "path", archive->path,
		       NULL);
	return archive;
}

void archive_close(struct archive *archive)
{
	free(archive);
}

/* ---- what goes ---- */

/* Record time of a segment's last record; INT64_MAX when it cannot be read: it stays where it is. */
static int64_t time_of(struct archive *archive, const struct journal_sealed *sealed, struct lt_buf *buf)
{
	struct journal_entry entry;
	struct lt_record record;
	struct lt_refusal refusal;
	if (journal_read(archive->broker->journal, sealed->last, buf, &entry) ||
	    lt_record_decode(entry.record, &record, &refusal))
		return INT64_MAX;
	return record.time;
}

bool archive_plan(struct archive *archive)
{
	const struct broker *broker = archive->broker;
	struct journal_sealed sealed = { .last = archive->from - 1 };
	struct lt_buf buf = { 0 };
	archive->planned = archive->copied = 0;
	if (!archive->there || broker->config->archive_days == ARCHIVE_NEVER)
		return false;
	while (archive->planned < PASS_MAX && journal_next_sealed(broker->journal, sealed.last + 1, &sealed) &&
	       sealed.last < broker->snapshots_from)
		archive->plan[archive->planned++] = sealed;
	int64_t old = engine_time(broker->engine) - (int64_t)broker->config->archive_days * DAY_US;
	size_t low = 0, high = archive->planned; /* times rise: the first that is too young */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (time_of(archive, &archive->plan[middle], &buf) <= old)
			low = middle + 1;
		else
			high = middle;
	}
	archive->planned = low;
	lt_buf_fini(&buf);
	return low > 0;
}

/* ---- the copy ---- */

static bool goes_on(void *ctx, size_t bytes)
{
	const struct broker *broker = ctx;
	(void)bytes;
	return !atomic_load_explicit(&broker->stopping, memory_order_relaxed);
}

/* LT_ENOENT: there is no such file. */
static enum lt_err copy_file(struct archive *archive, uint64_t first, const char *ending)
{
	char name[SEGMENT_NAME], from[FILES_PATH], to[FILES_PATH], making[FILES_PATH];
	struct files_sum sum;
	segment_name(first, ending, name);
	enum lt_err err = files_path(from, archive->broker->journal_path, name);
	if (!err)
		err = files_path(to, archive->path, name);
	if (!err)
		err = files_path(making, archive->path, "making");
	if (!err && !files_exist(from))
		return LT_ENOENT;
	if (!err)
		err = files_remove(making);
	if (!err)
		err = files_copy(from, making, UINT64_MAX, goes_on, archive->broker, &sum);
	return err ? err : files_rename(making, to);
}

static enum lt_err copy_segment(struct archive *archive, const struct journal_sealed *sealed)
{
	struct disk disk = { 0 };
	struct journal_report report = { 0 };
	enum lt_err err = copy_file(archive, sealed->first, "ltj");
	if (err == LT_ENOENT) /* it went with an earlier pass */
		return LT_OK;
	if (!err)
		err = copy_file(archive, sealed->first, "idx");
	if (err && err != LT_ENOENT)
		return err;
	err = disk_open_beside(archive->path, &disk);
	if (!err)
		err = journal_check_copy(&disk, lt_record_leaf, sealed->first, sealed->last, &report);
	disk_close(&disk);
	if (err == LT_ECORRUPT)
		lt_log(LT_LOG_ERROR, "a segment cannot be archived: its copy does not hold", "where", report.damage,
		       NULL);
	return err;
}

bool archive_copy(struct archive *archive)
{
	enum lt_err err = LT_OK;
	if (archive->planned == 0)
		return false;
	struct broker *broker = archive->broker;
	stats_begin(&broker->stats, STATS_ARCHIVE, broker->env.boottime(broker->env.ctx));
	while (!err && archive->copied < archive->planned) {
		stats_step(&broker->stats, STATS_ARCHIVE, archive->copied, archive->planned);
		err = copy_segment(archive, &archive->plan[archive->copied]);
		archive->copied += !err;
	}
	stats_end(&broker->stats, STATS_ARCHIVE);
	if (err && err != LT_ECLOSED)
		lt_log(LT_LOG_ERROR, "the archive cannot be written; tried again after the next snapshot", "path",
		       archive->path, "error", lt_err_text(err), NULL);
	return true;
}

/* ---- the original ---- */

static enum lt_err remove_file(const struct disk *disk, uint64_t first, const char *ending)
{
	char name[SEGMENT_NAME];
	segment_name(first, ending, name);
	enum lt_err err = disk->remove(disk->ctx, name);
	return err == LT_ENOENT ? LT_OK : err;
}

static bool unchanged(const struct archive *archive, const struct journal_sealed *copied)
{
	struct journal_sealed now;
	return journal_next_sealed(archive->broker->journal, copied->first, &now) && now.first == copied->first &&
	       now.changes == copied->changes;
}

void archive_finish(struct archive *archive)
{
	const struct disk *disk = &archive->broker->disk;
	size_t moved = 0;
	enum lt_err err = LT_OK;
	for (; !err && moved < archive->copied && unchanged(archive, &archive->plan[moved]); moved++) {
		uint64_t first = archive->plan[moved].first;
		err = remove_file(disk, first, "idx");
		if (!err)
			err = remove_file(disk, first, "ltj");
		journal_moved(archive->broker->journal, first);
		archive->from = archive->plan[moved].last + 1;
	}
	if (!err && moved > 0)
		err = disk->sync_folder(disk->ctx);
	if (err)
		lt_log(LT_LOG_ERROR, "archived segments cannot be removed from the journal's folder", "error",
		       lt_err_text(err), NULL);
	if (moved > 0)
		lt_log(LT_LOG_NOTICE, "segments archived", "segments", lt_log_u64(moved), "up_to",
		       lt_log_u64(archive->from - 1), NULL);
	archive->planned = archive->copied = 0;
}
