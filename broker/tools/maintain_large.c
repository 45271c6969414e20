/* maintain_large.c: `store check` of the files of large parts: each has the bytes that its name is the digest of, and each that the state
 * names is there. */
#include "maintain_internal.h"

#include "state/parts/large.h"
#include "store/large_files.h"
#include "store/large_look.h"
#include "store/store_keys.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static enum lt_err damaged(const char *path, const char *what, struct maintain_report *report)
{
	return maintain_fail(report->fault, LT_ECORRUPT,
			     "large part %.200s: %s; remedy: copy it from a backup's large/", path, what);
}

static enum lt_err check_one(const char *folder, const char *name, const uint8_t sha256[32],
			     struct maintain_report *report)
{
	char path[FILES_PATH];
	uint64_t size, where;
	enum lt_err err = files_path(path, folder, name);
	if (!err)
		err = large_look_file(folder, sha256, NULL, NULL, &size, &where);
	if (err == LT_ECORRUPT)
		return damaged(path, "not the bytes that its name says", report);
	if (err)
		return maintain_fail(report->fault, err, "%.200s", path);
	report->large_count++;
	report->large_bytes += size;
	return LT_OK;
}

enum lt_err maintain_check_named(const struct stopped_data *folder, struct store *store, struct maintain_report *report)
{
	struct large large;
	char folder_path[FILES_PATH], path[FILES_PATH], name[2 * 32 + 1];
	enum lt_err err = files_path(folder_path, folder->data, "large");
	for (struct store_key key = { 0 }; !err && large_next(store, &key, &large);) {
		struct stat st;
		uint64_t chunks = (large.size + LARGE_CHUNK - 1) / LARGE_CHUNK;
		lt_hex(lt_bytes(key.data + 1, 32), name);
		err = files_path(path, folder_path, name);
		if (err)
			break;
		if (lstat(path, &st) != 0)
			err = errno == ENOENT || errno == ENOTDIR
				      ? damaged(path, "it is missing", report)
				      : maintain_fail(report->fault, LT_EIO, "%.200s", path);
		else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != large.size + 32 * chunks)
			err = damaged(path, "not a file of its length", report);
	}
	return err;
}

enum lt_err maintain_check_large(const struct stopped_data *folder, struct maintain_report *report)
{
	struct files_names names;
	char large[FILES_PATH];
	enum lt_err err = files_path(large, folder->data, "large");
	if (!err)
		err = files_list(large, &names);
	if (err)
		return maintain_fail(report->fault, err, "large");
	for (size_t i = 0; i < names.count && !err; i++) {
		uint8_t sha256[32];
		if (lt_unhex(names.names[i], sha256, sizeof(sha256)))
			continue; /* it is being written */
		err = check_one(large, names.names[i], sha256, report);
	}
	files_names_fini(&names);
	return err;
}
