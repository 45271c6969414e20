/* backup.c: a copy of a broker that goes on working. The state first, then the journal: a record that the copy of the state
 * has seen was synced before, so the journal's copy holds it. */
#include "backup_internal.h"

#include "journal/disk.h"
#include "journal/segment.h"
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool backup_step(void *meter, size_t bytes)
{
	struct backup_meter *at = meter;
	at->done += bytes;
	return !at->progress || !at->progress->step ||
	       at->progress->step(at->progress->ctx, at->done, at->total > at->done ? at->total : at->done);
}

enum lt_err backup_fail(struct backup_result *result, enum lt_err err, const char *file, const char *what)
{
	if (err == LT_EFULL)
		snprintf(result->detail, sizeof result->detail,
			 "%.200s: the disk is full: make room, or take another one", file);
	else if (err == LT_EIO)
		snprintf(result->detail, sizeof result->detail, "%.200s: %s: %s", file, what, strerror(errno));
	else
		snprintf(result->detail, sizeof result->detail, "%.200s: %s", file, what);
	return err;
}

enum lt_err backup_partial(char out[FILES_PATH], const char *path)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	int made = snprintf(out, FILES_PATH, "%.*s.partial", (int)len, path);
	return len > 0 && made > 0 && (size_t)made < FILES_PATH ? LT_OK : LT_EINVAL;
}

struct making {
	struct backup_result *result;
	struct manifest manifest;
	struct backup_meter meter;
	const char *data;
	char partial[FILES_PATH];
	uint64_t *segments; /* first sequences, rising */
	size_t segment_count;
};

static bool copy_goes_on(void *ctx, uint64_t grown)
{
	const struct backup_progress *progress = ((struct making *)ctx)->meter.progress;
	(void)grown;
	return !progress || !progress->step || progress->step(progress->ctx, 0, 0);
}

static enum lt_err copy_store(struct making *making, struct store *store)
{
	struct store_copy_watch watch = { .goes_on = copy_goes_on, .ctx = making };
	char path[FILES_PATH];
	struct files_sum sum;
	struct manifest *manifest = &making->manifest;
	enum lt_err err = files_path(path, making->partial, "store");
	if (!err)
		err = store_copy(store, path, &watch, &manifest->store_sequence, manifest->state_hash);
	if (!err)
		err = files_path(path, making->partial, "store/data.mdb");
	if (!err)
		err = files_make_private(path);
	if (!err)
		err = files_copy(path, NULL, UINT64_MAX, backup_step, &making->meter, &sum);
	if (!err)
		err = manifest_add(manifest, "store/data.mdb", &sum);
	return err ? backup_fail(making->result, err, "store/data.mdb", lt_err_text(err)) : LT_OK;
}

/* Segments that begin at or before the last record wanted. */
static enum lt_err list_segments(struct making *making, const char *folder, uint64_t last)
{
	struct files_names names;
	enum lt_err err = files_list(folder, &names);
	if (err)
		return err;
	making->segments = calloc(names.count + 1, sizeof(*making->segments));
	if (!making->segments)
		err = LT_ENOMEM;
	for (size_t i = 0; i < names.count && !err; i++) {
		uint64_t first;
		if (segment_parse_name(names.names[i], &first) && first <= last)
			making->segments[making->segment_count++] = first;
	}
	files_names_fini(&names);
	return err;
}

static enum lt_err copy_segment(struct making *making, const struct disk *disk, const char *folder, size_t index)
{
	char name[SEGMENT_NAME], listed[MANIFEST_NAME], from[FILES_PATH], to[FILES_PATH];
	struct files_sum sum;
	bool sealed = index + 1 < making->segment_count;
	uint64_t first = making->segments[index], end;
	uint64_t last = sealed ? making->segments[index + 1] - 1 : making->manifest.sequence;
	segment_name(first, "ltj", name);
	snprintf(listed, sizeof listed, "journal/%s", name);
	enum lt_err err = files_path(from, folder, name);
	if (!err)
		err = files_path(to, making->partial, listed);
	if (!err)
		err = segment_find_end(disk, name, first, last, &end);
	if (err == LT_ECORRUPT)
		return backup_fail(making->result, err, listed, "a batch does not hold; see `lienthong store check`");
	if (!err)
		err = files_copy(from, to, end, backup_step, &making->meter, &sum);
	if (err == LT_ENOENT) /* the copy would have a hole */
		return backup_fail(making->result, LT_EAGAIN, listed, "was dropped meanwhile; start the backup again");
	if (!err)
		err = manifest_add(&making->manifest, listed, &sum);
	return err ? backup_fail(making->result, err, listed, lt_err_text(err)) : LT_OK;
}

static enum lt_err copy_journal(struct making *making)
{
	struct disk disk = { 0 };
	char folder[FILES_PATH], to[FILES_PATH];
	enum lt_err err = files_path(folder, making->data, "journal");
	if (!err)
		err = files_path(to, making->partial, "journal");
	if (!err)
		err = files_make_folder(to);
	if (!err)
		err = list_segments(making, folder, making->manifest.sequence);
	if (!err)
		err = disk_open_beside(folder, &disk);
	if (err)
		return backup_fail(making->result, err, "journal", lt_err_text(err));
	if (making->segment_count == 0 && making->manifest.sequence > 0)
		err = backup_fail(making->result, LT_ENOENT, "journal", "it holds no segment");
	for (size_t i = 0; i < making->segment_count && !err; i++)
		err = copy_segment(making, &disk, folder, i);
	disk_close(&disk);
	if (err)
		return err;
	err = files_sync(to);
	return err ? backup_fail(making->result, err, "journal", lt_err_text(err)) : LT_OK;
}

/* What the copy of the state has of them lies there by now; what goes meanwhile nothing refers to. */
static enum lt_err copy_large(struct making *making)
{
	struct files_names names;
	char folder[FILES_PATH], to[FILES_PATH];
	enum lt_err err = files_path(folder, making->data, "large");
	if (!err)
		err = files_path(to, making->partial, "large");
	if (!err)
		err = files_list(folder, &names);
	if (err)
		return backup_fail(making->result, err, "large", lt_err_text(err));
	err = names.count > 0 ? files_make_folder(to) : LT_OK;
	for (size_t i = 0; i < names.count && !err; i++) {
		char listed[MANIFEST_NAME], from[FILES_PATH], target[FILES_PATH];
		uint8_t sha256[32];
		struct files_sum sum;
		if (lt_unhex(names.names[i], sha256, sizeof sha256))
			continue; /* it is being written */
		snprintf(listed, sizeof listed, "large/%.64s", names.names[i]);
		err = files_path(from, folder, names.names[i]);
		if (!err)
			err = files_path(target, to, names.names[i]);
		if (!err)
			err = files_copy(from, target, UINT64_MAX, backup_step, &making->meter, &sum);
		if (!err)
			err = manifest_add(&making->manifest, listed, &sum);
		else if (err == LT_ENOENT)
			err = LT_OK;
	}
	if (!err && names.count > 0)
		err = files_sync(to);
	files_names_fini(&names);
	return err ? backup_fail(making->result, err, "large", lt_err_text(err)) : LT_OK;
}

/* About as much will be copied; what cannot be looked at now is named when its turn comes. */
static void add_sizes(struct making *making, const char *name)
{
	struct files_names names;
	char folder[FILES_PATH], path[FILES_PATH];
	uint64_t length, blocks;
	if (files_path(folder, making->data, name) || files_list(folder, &names))
		return;
	for (size_t i = 0; i < names.count; i++) {
		if (!files_path(path, folder, names.names[i]) && !files_size(path, &length, &blocks))
			making->meter.total += length;
	}
	files_names_fini(&names);
}

static enum lt_err begin(struct making *making, const char *target)
{
	enum lt_err err = files_expect_empty(target);
	if (err)
		return backup_fail(making->result, err, target,
				   err == LT_EEXIST ? "exists and is not empty: give a new folder" : lt_err_text(err));
	err = backup_partial(making->partial, target);
	if (!err)
		err = files_remove_tree(making->partial); /* of a backup that was broken off */
	if (!err)
		err = files_make_folder(making->partial);
	return err ? backup_fail(making->result, err, target, err == LT_ENOENT ? BACKUP_NOWHERE : lt_err_text(err))
		   : LT_OK;
}

static enum lt_err finish(struct making *making, const char *target)
{
	struct manifest *manifest = &making->manifest;
	enum lt_err err = manifest_write(manifest, making->partial);
	if (!err)
		err = files_sync(making->partial);
	if (!err)
		err = files_rename(making->partial, target);
	if (err)
		return backup_fail(making->result, err, target, lt_err_text(err));
	making->result->sequence = manifest->sequence;
	making->result->store_sequence = manifest->store_sequence;
	making->result->files = (uint32_t)manifest->count;
	for (size_t i = 0; i < manifest->count; i++)
		making->result->bytes += manifest->files[i].sum.size;
	return LT_OK;
}

enum lt_err backup_make(struct store *store, const char *data, uint64_t head, const char *target,
			const struct backup_progress *progress, struct backup_result *result)
{
	struct making making = { .result = result, .data = data, .meter = { .progress = progress } };
	*result = (struct backup_result){ 0 };
	enum lt_err err = begin(&making, target);
	if (err)
		return err;
	add_sizes(&making, "store");
	add_sizes(&making, "journal");
	add_sizes(&making, "large");
	err = copy_store(&making, store);
	/* The state may have moved on since head was taken: all of it is committed too. */
	making.manifest.sequence = head > making.manifest.store_sequence ? head : making.manifest.store_sequence;
	if (!err)
		err = copy_journal(&making);
	if (!err)
		err = copy_large(&making);
	if (!err)
		err = finish(&making, target);
	if (err)
		files_remove_tree(making.partial);
	manifest_fini(&making.manifest);
	free(making.segments);
	return err;
}
