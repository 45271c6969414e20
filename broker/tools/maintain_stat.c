/* maintain_stat.c: sizes and numbers of a data folder. */
#include "maintain_internal.h"

#include "backup.h"
#include "engine/skips.h"
#include "journal/segment.h"
#include "store/snapshot.h"

static enum lt_err stat_journal(struct stopped_data *folder, struct maintain_stat *stat)
{
	struct files_names names;
	char journal[FILES_PATH], path[FILES_PATH];
	enum lt_err err = maintain_open_journal(folder, UINT64_MAX, stat->fault);
	if (err)
		return err;
	stat->journal_last = journal_head(folder->journal);
	stat->journal_first = stat->journal_last > 0 ? journal_first(folder->journal) : 0;
	stat->journal_bytes = journal_bytes(folder->journal);
	err = files_path(journal, folder->data, "journal");
	if (!err)
		err = files_list(journal, &names);
	if (err)
		return maintain_fail(stat->fault, err, "journal: %s", lt_err_text(err));
	for (size_t i = 0; i < names.count; i++) {
		uint64_t first, length, blocks;
		if (!segment_parse_name(names.names[i], &first))
			continue;
		stat->segments++;
		if (!files_path(path, journal, names.names[i]) && !files_size(path, &length, &blocks))
			stat->journal_disk_bytes += blocks;
	}
	files_names_fini(&names);
	return LT_OK;
}

static enum lt_err stat_store(const struct stopped_data *folder, struct maintain_stat *stat)
{
	struct store *store;
	struct store_options options = { .path = folder->store, .read_only = true };
	char path[FILES_PATH];
	uint64_t blocks;
	enum lt_err err = store_open(&options, &store);
	if (err)
		return maintain_fail(stat->fault, err, "store: %s; remedy: `lienthong store rebuild`",
				     err == LT_ENOENT ? "it is missing" : lt_err_text(err));
	stat->store_sequence = store_sequence(store);
	for (int i = 0; i < STORE_TABLES; i++)
		stat->counts[i] = store_count(store, (enum store_table)i);
	store_close(store);
	err = files_path(path, folder->store, "data.mdb");
	if (!err)
		err = files_size(path, &stat->store_bytes, &blocks);
	return err ? maintain_fail(stat->fault, err, "store: %s", lt_err_text(err)) : LT_OK;
}

static void stat_snapshots(const char *folder, struct maintain_stat *stat)
{
	char path[SNAPSHOT_PATH], file[FILES_PATH];
	uint8_t hash[32];
	uint64_t below = UINT64_MAX, length, blocks;
	while (snapshot_before(folder, below, &below, hash, path) == LT_OK) {
		if (stat->snapshots++ == 0)
			stat->snapshot_newest = below;
		if (!files_path(file, path, "data.mdb") && !files_size(file, &length, &blocks))
			stat->snapshot_bytes += length;
	}
}

enum lt_err maintain_stat(const char *data, struct maintain_stat *stat)
{
	struct stopped_data folder;
	struct skips skips = { 0 };
	*stat = (struct maintain_stat){ 0 };
	enum lt_err err = maintain_open(&folder, data, stat->fault);
	if (err)
		return err;
	err = stat_journal(&folder, stat);
	if (!err)
		err = stat_store(&folder, stat);
	if (!err && skips_find(folder.journal, stat->store_sequence + 1, &skips) == LT_OK)
		stat->skips = skips.count;
	skips_fini(&skips);
	maintain_close(&folder);
	if (err)
		return err;
	stat_snapshots(folder.snapshots, stat);
	stat->restored = restored_marker_present(data);
	return LT_OK;
}
