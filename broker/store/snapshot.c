/* snapshot.c: take, find, prune. */
#include "snapshot.h"

#include "base/checksum.h"
#include "base/fields.h"
#include "store.h"
#include "store_files.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum {
	NAME_DIGITS = 20,
	STATE_BYTES = 64, /* magic 8, format 4, zeros 4, sequence 8, state hash 32, checksum 8 */
	STATE_FORMAT = 1,
};
#define TAKING "taking" /* not digits: never taken for a snapshot */

static const uint8_t magic[8] = { 'L', 'T', 'S', 'N', 'A', 'P', 'S', 'H' };

static void make_name(uint64_t sequence, char out[NAME_DIGITS + 1])
{
	snprintf(out, NAME_DIGITS + 1, "%020llu", (unsigned long long)sequence);
}

static bool parse_name(const char *name, uint64_t *sequence)
{
	uint64_t value = 0;
	if (strlen(name) != NAME_DIGITS)
		return false;
	for (const char *p = name; *p; p++) {
		if (*p < '0' || *p > '9' || value > (UINT64_MAX - (uint64_t)(*p - '0')) / 10)
			return false;
		value = value * 10 + (uint64_t)(*p - '0');
	}
	*sequence = value;
	return true;
}

static enum lt_err write_state(const char *folder, uint64_t sequence, const uint8_t state_hash[32])
{
	uint8_t bytes[STATE_BYTES] = { 0 };
	char path[FILES_PATH];
	memcpy(bytes, magic, sizeof magic);
	fields_raw_put32(bytes + 8, STATE_FORMAT);
	fields_raw_put64(bytes + 16, sequence);
	memcpy(bytes + 24, state_hash, 32);
	fields_raw_put64(bytes + 56, checksum64(STATE_FORMAT, bytes, 56));
	enum lt_err err = files_path(path, folder, "state");
	return err ? err : lt_file_write(path, lt_bytes(bytes, sizeof bytes), 0600);
}

static bool read_state(const char *folder, uint64_t sequence, uint8_t state_hash[32])
{
	struct lt_buf buf = { 0 };
	char path[FILES_PATH], data[FILES_PATH];
	bool good = !files_path(path, folder, "state") && !files_path(data, folder, "data.mdb") && files_exist(data) &&
		    !lt_file_read(path, STATE_BYTES, &buf) && buf.len == STATE_BYTES &&
		    memcmp(buf.data, magic, sizeof magic) == 0 && fields_raw_get32(buf.data + 8) == STATE_FORMAT &&
		    fields_raw_get64(buf.data + 16) == sequence &&
		    fields_raw_get64(buf.data + 56) == checksum64(STATE_FORMAT, buf.data, 56);
	if (good)
		memcpy(state_hash, buf.data + 24, 32);
	lt_buf_fini(&buf);
	return good;
}

static enum lt_err make_folder(const char *folder)
{
	enum lt_err err = files_make_folder(folder);
	if (!err)
		err = files_sync_parent(folder);
	return err == LT_EEXIST ? LT_OK : err;
}

/* A folder that is complete gets its name; one of that sequence that holds stays. */
static enum lt_err finish(const char *folder, const char *taking, uint64_t sequence, const uint8_t state_hash[32])
{
	char path[FILES_PATH], data[FILES_PATH], name[NAME_DIGITS + 1];
	uint8_t old_hash[32];
	make_name(sequence, name);
	enum lt_err err = files_path(path, folder, name);
	if (!err)
		err = files_path(data, taking, "data.mdb");
	if (err)
		return err;
	if (read_state(path, sequence, old_hash) && memcmp(old_hash, state_hash, 32) == 0)
		return files_remove_tree(taking);
	err = files_make_private(data);
	if (!err)
		err = files_sync(data);
	if (!err)
		err = write_state(taking, sequence, state_hash);
	if (!err)
		err = files_sync(taking);
	if (!err)
		err = files_remove_tree(path);
	return err ? err : files_rename(taking, path);
}

static enum lt_err check_room(const struct store *store, const char *folder)
{
	struct statvfs space;
	if (statvfs(folder, &space) != 0)
		return LT_EIO;
	return (uint64_t)space.f_bavail * space.f_frsize < SNAPSHOT_ROOM * store_bytes(store) ? LT_EFULL : LT_OK;
}

enum lt_err snapshot_take(struct store *store, const char *folder, const struct store_copy_watch *watch,
			  uint64_t *sequence, uint8_t state_hash[32])
{
	char taking[FILES_PATH];
	enum lt_err err = files_path(taking, folder, TAKING);
	if (!err)
		err = make_folder(folder);
	if (!err)
		err = files_remove_tree(taking); /* of a process that died */
	if (!err)
		err = check_room(store, folder);
	if (err)
		return err;
	err = store_copy(store, taking, watch, sequence, state_hash);
	if (!err)
		err = finish(folder, taking, *sequence, state_hash);
	if (err)
		files_remove_tree(taking);
	return err;
}

enum lt_err snapshot_adopt(const char *folder, const char *data_file, uint64_t sequence, const uint8_t state_hash[32])
{
	char taking[FILES_PATH], data[FILES_PATH];
	struct files_sum sum;
	enum lt_err err = files_path(taking, folder, TAKING);
	if (!err)
		err = files_path(data, taking, "data.mdb");
	if (!err)
		err = make_folder(folder);
	if (!err)
		err = files_remove_tree(taking);
	if (!err)
		err = files_make_folder(taking);
	if (!err)
		err = files_copy(data_file, data, UINT64_MAX, NULL, NULL, &sum);
	return err ? err : finish(folder, taking, sequence, state_hash);
}

enum lt_err snapshot_before(const char *folder, uint64_t below, uint64_t *sequence, uint8_t state_hash[32],
			    char path[SNAPSHOT_PATH])
{
	_Static_assert(SNAPSHOT_PATH == FILES_PATH, "one size of paths");
	struct files_names names;
	enum lt_err err = files_list(folder, &names);
	if (err)
		return err;
	err = LT_ENOENT;
	for (size_t i = names.count; i-- > 0 && err == LT_ENOENT;) {
		uint64_t found;
		if (!parse_name(names.names[i], &found) || found >= below || files_path(path, folder, names.names[i]) ||
		    !read_state(path, found, state_hash))
			continue;
		*sequence = found;
		err = LT_OK;
	}
	files_names_fini(&names);
	return err;
}

enum lt_err snapshot_newest(const char *folder, uint64_t *sequence, uint8_t state_hash[32], char path[SNAPSHOT_PATH])
{
	return snapshot_before(folder, UINT64_MAX, sequence, state_hash, path);
}

enum lt_err snapshot_prune(const char *folder, size_t keep, uint64_t *oldest)
{
	struct files_names names;
	size_t kept = 0;
	enum lt_err err = files_list(folder, &names);
	*oldest = 0;
	for (size_t i = names.count; i-- > 0 && !err;) {
		char path[FILES_PATH];
		uint8_t hash[32];
		uint64_t found;
		err = files_path(path, folder, names.names[i]);
		if (err || !parse_name(names.names[i], &found))
			continue;
		if (kept > 0 && kept >= keep) {
			err = files_remove_tree(path);
		} else if (read_state(path, found, hash)) { /* a damaged one does not count */
			kept++;
			*oldest = found;
		}
	}
	files_names_fini(&names);
	return err;
}
