/* backup_restore.c: a data folder from a backup. What is checked is what is written, in one reading. */
#include "backup_internal.h"

#include "store/snapshot.h"

#include <stdio.h>
#include <string.h>

#define MARKER "restored"
static const char *const folders[] = { "journal", "store", "snapshots", "large" };
enum { FOLDERS = sizeof folders / sizeof folders[0] };

static enum lt_err read_manifest(const char *backup, struct manifest *manifest, struct backup_result *result)
{
	size_t line;
	char what[96];
	enum lt_err err = manifest_read(backup, manifest, &line);
	if (err == LT_ENOENT)
		return backup_fail(result, err, backup, "there is no manifest: this is not a complete backup");
	if (err == LT_ECORRUPT && line > 0) {
		snprintf(what, sizeof what, "line %zu does not hold", line);
		return backup_fail(result, err, "manifest", what);
	}
	if (err == LT_ECORRUPT)
		return backup_fail(result, err, "manifest", "it was altered or cut: its last line does not match");
	return err ? backup_fail(result, err, "manifest", lt_err_text(err)) : LT_OK;
}

static enum lt_err copy_file(const char *backup, const char *partial, const struct manifest_file *file,
			     struct backup_meter *meter, struct backup_result *result)
{
	char from[FILES_PATH], to[FILES_PATH];
	struct files_sum sum;
	enum lt_err err = files_path(from, backup, file->name);
	if (!err)
		err = files_path(to, partial, file->name);
	if (!err)
		err = files_copy(from, to, UINT64_MAX, backup_step, meter, &sum);
	if (err == LT_ENOENT)
		return backup_fail(result, err, file->name, "the manifest names it, but it is missing");
	if (err)
		return backup_fail(result, err, file->name, lt_err_text(err));
	if (sum.size != file->sum.size || memcmp(sum.root, file->sum.root, 32) != 0)
		return backup_fail(result, LT_ECORRUPT, file->name,
				   "the file was altered or is damaged: it does not match the manifest");
	return LT_OK;
}

static enum lt_err for_folders(const char *partial, enum lt_err (*act)(const char *path))
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < FOLDERS && !err; i++) {
		char path[FILES_PATH];
		err = files_path(path, partial, folders[i]);
		if (!err)
			err = act(path);
	}
	return err;
}

static enum lt_err make_folders(const char *partial)
{
	enum lt_err err = files_remove_tree(partial);
	if (!err)
		err = files_make_folder(partial);
	return err ? err : for_folders(partial, files_make_folder);
}

/* The copied state is also the snapshot from which this folder can be rebuilt: the journal may begin later than record 1. */
static enum lt_err add_snapshot(const char *partial, const struct manifest *manifest)
{
	char folder[FILES_PATH], data[FILES_PATH];
	if (manifest->store_sequence == 0)
		return LT_OK;
	enum lt_err err = files_path(folder, partial, "snapshots");
	if (!err)
		err = files_path(data, partial, "store/data.mdb");
	return err ? err : snapshot_adopt(folder, data, manifest->store_sequence, manifest->state_hash);
}

static enum lt_err write_marker(const char *partial)
{
	static const char text[] = "restored from a backup; the broker removes this file\n";
	char path[FILES_PATH];
	enum lt_err err = files_path(path, partial, MARKER);
	return err ? err : lt_file_write(path, lt_bytes(text, sizeof text - 1), 0600);
}

static enum lt_err finish(const char *partial, const char *data, const struct manifest *manifest,
			  struct backup_result *result)
{
	enum lt_err err = add_snapshot(partial, manifest);
	if (!err)
		err = write_marker(partial);
	if (!err)
		err = for_folders(partial, files_sync);
	if (!err)
		err = files_sync(partial);
	if (!err)
		err = files_rename(partial, data);
	if (err)
		return backup_fail(result, err, data, lt_err_text(err));
	result->sequence = manifest->sequence;
	result->store_sequence = manifest->store_sequence;
	result->files = (uint32_t)manifest->count;
	for (size_t i = 0; i < manifest->count; i++)
		result->bytes += manifest->files[i].sum.size;
	return LT_OK;
}

static enum lt_err copy_all(const char *backup, const char *partial, const struct manifest *manifest,
			    const struct backup_progress *progress, struct backup_result *result)
{
	struct backup_meter meter = { .progress = progress };
	enum lt_err err = make_folders(partial);
	if (err)
		return backup_fail(result, err, partial, err == LT_ENOENT ? BACKUP_NOWHERE : lt_err_text(err));
	for (size_t i = 0; i < manifest->count; i++)
		meter.total += manifest->files[i].sum.size;
	for (size_t i = 0; i < manifest->count && !err; i++)
		err = copy_file(backup, partial, &manifest->files[i], &meter, result);
	return err;
}

enum lt_err backup_restore(const char *backup, const char *data, const struct backup_progress *progress,
			   struct backup_result *result)
{
	struct manifest manifest = { 0 };
	char partial[FILES_PATH];
	*result = (struct backup_result){ 0 };
	enum lt_err err = files_expect_empty(data);
	if (err)
		return backup_fail(result, err, data,
				   err == LT_EEXIST ? "exists and is not empty: move the old data folder away first"
						    : lt_err_text(err));
	err = backup_partial(partial, data);
	if (err)
		return backup_fail(result, err, data, lt_err_text(err));
	err = read_manifest(backup, &manifest, result);
	if (err)
		return err;
	err = copy_all(backup, partial, &manifest, progress, result);
	if (!err)
		err = finish(partial, data, &manifest, result);
	if (err)
		files_remove_tree(partial);
	manifest_fini(&manifest);
	return err;
}

bool restored_marker_present(const char *data)
{
	char path[FILES_PATH];
	return !files_path(path, data, MARKER) && files_exist(path);
}

enum lt_err restored_marker_set(const char *data)
{
	return write_marker(data);
}

enum lt_err restored_marker_clear(const char *data)
{
	char path[FILES_PATH];
	enum lt_err err = files_path(path, data, MARKER);
	return err ? err : files_remove(path);
}
