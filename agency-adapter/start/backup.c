/* backup.c: `lienthong-adapter backup DIR`: a copy of the data folder at one moment, also while the adapter runs: the store from a
 * read transaction of its own, then the directory and the lists, which are each written whole. Keys, certificates and the
 * configuration are not in it: they have places of their own. */
#include "commands.h"

#include "store/vault.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/sendfile.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (64u << 20) /* bytes: far over any directory or list */

static enum lt_err copy_file(const char *from, const char *to)
{
	struct lt_buf file = { 0 };
	enum lt_err err = lt_file_read(from, FILE_MAX, &file);
	if (!err)
		err = lt_file_write(to, lt_buf_bytes(&file), 0600);
	else if (errno == ENOENT)
		err = LT_OK; /* none came yet */
	lt_buf_fini(&file);
	return err;
}

static enum lt_err copy_lists(const char *from, const char *to)
{
	char source[4096], target[4096];
	DIR *folder = opendir(from);
	if (!folder)
		return errno == ENOENT ? LT_OK : LT_EIO;
	enum lt_err err = mkdir(to, 0700) ? LT_EIO : LT_OK;
	for (struct dirent *entry; !err && (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(source, sizeof(source), "%.3000s/%s", from, entry->d_name);
		snprintf(target, sizeof(target), "%.3000s/%s", to, entry->d_name);
		err = copy_file(source, target);
	}
	closedir(folder);
	return err;
}

/* A large part never changes: a second name is a copy, where both are on one disk. */
static enum lt_err copy_part(const char *source, const char *target)
{
	if (link(source, target) == 0)
		return LT_OK;
	if (errno == ENOENT) /* dropped meanwhile */
		return LT_OK;
	int from = open(source, O_RDONLY | O_CLOEXEC), to = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = 1;
	while (from >= 0 && to >= 0 && n > 0)
		n = sendfile(to, from, NULL, 1 << 30);
	bool copied = from >= 0 && to >= 0 && n == 0 && fsync(to) == 0;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return copied ? LT_OK : LT_EIO;
}

static enum lt_err copy_large(const char *from, const char *to)
{
	char source[4096], target[4096];
	uint8_t sha256[32];
	snprintf(source, sizeof(source), "%.3000s/large", from);
	snprintf(target, sizeof(target), "%.3000s/large", to);
	DIR *folder = opendir(source);
	if (!folder)
		return errno == ENOENT ? LT_OK : LT_EIO;
	enum lt_err err = mkdir(target, 0700) ? LT_EIO : LT_OK;
	for (struct dirent *entry; !err && (entry = readdir(folder)) != NULL;) {
		if (lt_unhex(entry->d_name, sha256, sizeof(sha256)))
			continue; /* it is being written */
		snprintf(source, sizeof(source), "%.3000s/large/%.64s", from, entry->d_name);
		snprintf(target, sizeof(target), "%.3000s/large/%.64s", to, entry->d_name);
		err = copy_part(source, target);
	}
	closedir(folder);
	return err;
}

enum lt_err command_backup(const struct settings *config, const char *to, char *error, size_t size)
{
	char from[4096], target[4096];
	enum lt_err err = mkdir(to, 0700) ? (errno == EEXIST ? LT_EEXIST : LT_EIO) : LT_OK;
	if (!err)
		err = vault_copy(config->data, to);
	snprintf(from, sizeof(from), "%.3000s/directory.bin", config->data);
	snprintf(target, sizeof(target), "%.3000s/directory.bin", to);
	if (!err)
		err = copy_file(from, target);
	snprintf(from, sizeof(from), "%.3000s/lists", config->data);
	snprintf(target, sizeof(target), "%.3000s/lists", to);
	if (!err)
		err = copy_lists(from, target);
	if (!err)
		err = copy_large(config->data, to);
	if (err)
		snprintf(error, size, "backup to %.200s: %s", to,
			 err == LT_EEXIST ? "it is there already: name a new folder"
			 : err == LT_EIO  ? strerror(errno)
					  : lt_err_text(err));
	return err;
}
