/* store_files.c: what snapshot, backup, skips and maintain do with files. */
#include "store_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TREE_DEPTH = 2 }; /* snapshots/<sequence>/data.mdb, store/data.mdb: no folder of ours is deeper */

static enum lt_err err_of(int number)
{
	switch (number) {
	case ENOENT:
		return LT_ENOENT;
	case EEXIST:
	case ENOTEMPTY:
		return LT_EEXIST;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return LT_EFULL;
	case ENOMEM:
		return LT_ENOMEM;
	default:
		return LT_EIO;
	}
}

/* The reason of a failure must outlive the closing. */
static void close_quietly(int fd)
{
	int saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
}

enum lt_err files_path(char out[FILES_PATH], const char *folder, const char *name)
{
	int len = snprintf(out, FILES_PATH, "%s/%s", folder, name);
	return len > 0 && (size_t)len < FILES_PATH ? LT_OK : LT_EINVAL;
}

bool files_exist(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

enum lt_err files_make_folder(const char *path)
{
	return mkdir(path, 0700) == 0 ? LT_OK : err_of(errno);
}

void files_names_fini(struct files_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->count; i++)
		free(names->names[i]);
	free(names->names);
	*names = (struct files_names){ 0 };
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum lt_err files_list(const char *folder, struct files_names *out)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, not_hidden, by_bytes);
	*out = (struct files_names){ 0 };
	if (count < 0)
		return errno == ENOENT ? LT_OK : err_of(errno);
	enum lt_err err = LT_OK;
	out->names = calloc(count > 0 ? (size_t)count : 1, sizeof(*out->names));
	if (!out->names)
		err = LT_ENOMEM;
	for (int i = 0; i < count; i++) {
		char *name = err ? NULL : strdup(entries[i]->d_name);
		if (name)
			out->names[out->count++] = name;
		else
			err = LT_ENOMEM;
		free(entries[i]);
	}
	free(entries);
	if (err)
		files_names_fini(out);
	return err;
}

enum lt_err files_expect_empty(const char *path)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? LT_OK : err_of(errno);
	if (!S_ISDIR(st.st_mode))
		return LT_EEXIST;
	DIR *dir = opendir(path);
	if (!dir)
		return err_of(errno);
	enum lt_err err = LT_OK;
	for (const struct dirent *entry = readdir(dir); entry && !err; entry = readdir(dir))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			err = LT_EEXIST;
	closedir(dir);
	return err;
}

enum lt_err files_make_private(const char *path)
{
	return chmod(path, 0600) == 0 ? LT_OK : err_of(errno);
}

enum lt_err files_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_of(errno);
	enum lt_err err = fsync(fd) == 0 ? LT_OK : err_of(errno);
	close_quietly(fd);
	return err;
}

enum lt_err files_sync_parent(const char *path)
{
	size_t len = strlen(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	while (len > 1 && path[len - 1] == '/')
		len--;
	if (len == 0)
		return files_sync(".");
	char *folder = strndup(path, len);
	if (!folder)
		return LT_ENOMEM;
	enum lt_err err = files_sync(folder);
	free(folder);
	return err;
}

enum lt_err files_remove(const char *path)
{
	if (unlink(path) != 0)
		return errno == ENOENT ? LT_OK : err_of(errno);
	return files_sync_parent(path);
}

static enum lt_err remove_tree(const char *path, int depth)
{
	struct stat st;
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? LT_OK : err_of(errno);
	if (!S_ISDIR(st.st_mode))
		return unlink(path) == 0 ? LT_OK : err_of(errno);
	struct files_names names;
	enum lt_err err = files_list(path, &names);
	for (size_t i = 0; i < names.count && !err; i++) {
		char below[FILES_PATH];
		err = depth > 0 ? files_path(below, path, names.names[i]) : LT_EEXIST;
		if (!err)
			err = remove_tree(below, depth - 1);
	}
	files_names_fini(&names);
	if (!err && rmdir(path) != 0)
		err = err_of(errno);
	return err;
}

enum lt_err files_remove_tree(const char *path)
{
	return remove_tree(path, TREE_DEPTH + 1);
}

enum lt_err files_rename(const char *from, const char *to)
{
	if (rename(from, to) != 0)
		return err_of(errno);
	enum lt_err err = files_sync_parent(to);
	return err ? err : files_sync_parent(from);
}

enum lt_err files_size(const char *path, uint64_t *length, uint64_t *blocks)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return err_of(errno);
	*length = (uint64_t)st.st_size;
	*blocks = (uint64_t)st.st_blocks * 512u;
	return LT_OK;
}
