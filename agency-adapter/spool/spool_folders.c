/* spool_folders.c: folders, names and files of the spool. */
#include "spool_folders.h"

#include "base/write.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NUMBERS_MAX 1000u /* entries of one name: who has more of them has a loop */
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *const names[SPOOL_PLACES] = { "out", "sent", "failed", "in", "done" };

/* What closing does to errno does not matter to who asks why something failed. */
static void close_quietly(int fd)
{
	int saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
}

enum lt_err spool_make_folder(int folder, const char *name, mode_t mode, int *out)
{
	bool made = mkdirat(folder, name, 0700) == 0;
	if (!made && errno != EEXIST)
		return LT_EIO;
	int fd = openat(folder, name, FOLDER_FLAGS);
	if (fd >= 0 && made && fchmod(fd, mode) != 0) {
		close_quietly(fd);
		fd = -1;
	}
	*out = fd;
	return fd < 0 ? LT_EIO : LT_OK;
}

enum lt_err spool_folders_open(const char *path, struct spool_folders *out)
{
	struct stat st;
	for (size_t i = 0; i < SPOOL_PLACES; i++)
		out->fd[i] = -1;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return LT_EIO;
	int root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) != 0) {
		close_quietly(root);
		return LT_EIO;
	}
	out->file_mode = st.st_mode & 0660;
	out->folder_mode = st.st_mode & 02770;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < SPOOL_PLACES && !err; i++)
		err = spool_make_folder(root, names[i], out->folder_mode, &out->fd[i]);
	close_quietly(root);
	if (err)
		spool_folders_close(out);
	return err;
}

void spool_folders_close(struct spool_folders *folders)
{
	for (size_t i = 0; i < SPOOL_PLACES; i++) {
		close_quietly(folders->fd[i]);
		folders->fd[i] = -1;
	}
}

const char *spool_clean_name(const char *name, char out[SPOOL_NAME_MAX])
{
	char shown[SPOOL_NAME_CUT + 1];
	lt_text_clean(name, shown, sizeof(shown)); /* '?' for what does not show; cut between characters */
	snprintf(out, SPOOL_NAME_MAX, "%s", *shown ? shown : "_");
	for (char *c = out; *c; c++) {
		if (strchr("/\\:*?\"<>|", *c) || (c == out && strchr(".- ", *c)))
			*c = '_';
	}
	size_t len = strlen(out);
	if (strchr(". ", out[len - 1])) /* Windows drops it */
		out[len - 1] = '_';
	return out;
}

bool spool_there(int folder, const char *name)
{
	struct stat st;
	return fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

enum lt_err spool_free_name(int folder, const char *name, const char *also, char out[SPOOL_NAME_MAX])
{
	char beside[SPOOL_NAME_MAX + 32];
	for (unsigned i = 1; i <= NUMBERS_MAX; i++) {
		if (i == 1)
			snprintf(out, SPOOL_NAME_MAX, "%.*s", (int)SPOOL_NAME_CUT, name);
		else
			snprintf(out, SPOOL_NAME_MAX, "%.*s.%u", (int)SPOOL_NAME_CUT, name, i);
		snprintf(beside, sizeof(beside), "%s%s", out, also);
		if (!spool_there(folder, out) && !spool_there(folder, beside))
			return LT_OK;
	}
	return LT_EFULL;
}

enum lt_err spool_write(int folder, const char *name, struct lt_bytes data, mode_t mode)
{
	char temporary[SPOOL_NAME_MAX + 8];
	snprintf(temporary, sizeof(temporary), ".%.*s.tmp", (int)(SPOOL_NAME_MAX - 6), name);
	if (unlinkat(folder, temporary, 0) != 0 && errno != ENOENT)
		return LT_EIO;
	int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return LT_EIO;
	enum lt_err err = lt_write_all(fd, data);
	if (!err && (fchmod(fd, mode) != 0 || fdatasync(fd) != 0 || renameat(folder, temporary, folder, name) != 0 ||
		     fsync(folder) != 0))
		err = LT_EIO;
	close_quietly(fd);
	if (err) {
		int saved = errno;
		unlinkat(folder, temporary, 0);
		errno = saved;
	}
	return err;
}

enum lt_err spool_move(int from, const char *name, int to, const char *as)
{
	if (renameat2(from, name, to, as, RENAME_NOREPLACE) != 0)
		return errno == ENOENT ? LT_ENOENT : errno == EEXIST ? LT_EEXIST : LT_EIO;
	return fsync(to) != 0 || fsync(from) != 0 ? LT_EIO : LT_OK;
}

static enum lt_err empty_folder(int fd)
{
	DIR *folder = fdopendir(fd);
	if (!folder) {
		close_quietly(fd);
		return LT_EIO;
	}
	enum lt_err err = LT_OK;
	for (struct dirent *entry; !err && (entry = readdir(folder)) != NULL;) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    unlinkat(dirfd(folder), entry->d_name, 0) != 0)
			err = LT_EIO;
	}
	closedir(folder);
	return err;
}

enum lt_err spool_remove(int folder, const char *name)
{
	if (unlinkat(folder, name, 0) == 0 || errno == ENOENT)
		return LT_OK;
	if (errno != EISDIR && errno != EPERM)
		return LT_EIO;
	int fd = openat(folder, name, FOLDER_FLAGS);
	enum lt_err err = fd < 0 ? LT_EIO : empty_folder(fd);
	return err || unlinkat(folder, name, AT_REMOVEDIR) != 0 ? LT_EIO : LT_OK;
}
