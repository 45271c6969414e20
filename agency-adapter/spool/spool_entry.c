/* spool_entry.c: reading an entry of `out` without trusting whoever put it there. */
#include "spool_entry.h"

#include <lienthong/text.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define ENVELOPE "envelope.json"
#define ENTRY_NAMES_MAX 256u /* looked at in one folder: parts are at most LT_PARTS_MAX */

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".pdf", "application/pdf" },
	{ ".xml", "application/xml" },
	{ ".json", "application/json" },
	{ ".txt", "text/plain" },
	{ ".csv", "text/csv" },
	{ ".html", "text/html" },
	{ ".jpg", "image/jpeg" },
	{ ".jpeg", "image/jpeg" },
	{ ".png", "image/png" },
	{ ".tif", "image/tiff" },
	{ ".tiff", "image/tiff" },
	{ ".zip", "application/zip" },
	{ ".p7s", "application/pkcs7-signature" },
	{ ".doc", "application/msword" },
	{ ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
	{ ".xls", "application/vnd.ms-excel" },
	{ ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ ".odt", "application/vnd.oasis.opendocument.text" },
	{ ".ods", "application/vnd.oasis.opendocument.spreadsheet" },
};

const char *spool_media_type(const char *name)
{
	const char *ending = strrchr(name, '.');
	for (size_t i = 0; ending && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcasecmp(types[i].ending, ending) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

static bool ends_in(const char *name, const char *ending)
{
	size_t len = strlen(name), end = strlen(ending);
	return len > end && strcasecmp(name + len - end, ending) == 0;
}

/* What nobody has put there to be sent: hidden files, and what Windows and Office leave beside those of a person; in the lock file of a
 * text stands the person's name. */
static bool is_litter(const char *name)
{
	return name[0] == '.' || strncmp(name, "~$", 2) == 0 || strcasecmp(name, "Thumbs.db") == 0 ||
	       strcasecmp(name, "desktop.ini") == 0;
}

bool spool_entry_named(const char *name)
{
	return !is_litter(name) && !ends_in(name, ".tmp") && !ends_in(name, ".part") && !ends_in(name, "~");
}

static int64_t micro(const struct timespec *at)
{
	return (int64_t)at->tv_sec * 1000000 + at->tv_nsec / 1000;
}

/* A rename changes it too, as does whatever else happens to a file. */
static void note_change(struct spool_entry *entry, const struct stat *st)
{
	int64_t at = micro(&st->st_ctim);
	entry->changed = at > entry->changed ? at : entry->changed;
}

/* A clock that was ahead when it was written keeps nothing here for ever. */
bool spool_entry_still(const struct spool_entry *entry, int64_t now, int64_t for_us)
{
	return entry->changed > now || now - entry->changed >= for_us;
}

static enum lt_err refuse(struct spool_fault *fault, enum spool_fault_kind kind, const char *about)
{
	fault->kind = kind;
	lt_text_clean(about, fault->about, sizeof(fault->about));
	return LT_EINVAL;
}

/* What is opened is a plain file of one name: a second name could be that of a file that its owner does not mean to send. */
static enum lt_err open_file(int folder, const char *name, uint64_t max, struct spool_fault *fault, int *out,
			     struct stat *st)
{
	*out = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*out < 0 && errno == ENOENT)
		return LT_EAGAIN;
	if (*out < 0 && (errno == ELOOP || errno == ENXIO || errno == ENODEV))
		return refuse(fault, SPOOL_NO_FILE, name);
	if (*out < 0 && errno == EACCES)
		return refuse(fault, SPOOL_NO_RIGHT, name);
	if (*out < 0 || fstat(*out, st) != 0)
		return LT_EIO;
	if (!S_ISREG(st->st_mode))
		return refuse(fault, SPOOL_NO_FILE, name);
	if (st->st_nlink != 1)
		return refuse(fault, SPOOL_SECOND_NAME, name);
	if ((uint64_t)st->st_size > max)
		return refuse(fault, SPOOL_TOO_LARGE, name);
	return LT_OK;
}

static enum lt_err read_bytes(int fd, size_t size, struct lt_buf *out)
{
	enum lt_err err = lt_buf_reserve(out, size + 1);
	while (!err && out->len <= size) {
		ssize_t n = read(fd, out->data + out->len, size + 1 - out->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = LT_EIO;
		if (n <= 0)
			break;
		out->len += (size_t)n;
	}
	return err;
}

/* Who still writes a large file is not copied after. */
static enum lt_err take_large(struct spool_entry *entry, int fd, const struct stat *at, uint8_t sha256[32])
{
	if (!spool_entry_still(entry, entry->now, SPOOL_STILL_US))
		return LT_EAGAIN;
	return entry->large(entry->ctx, fd, at, sha256);
}

/* LT_EAGAIN also when it changed while it was read. Over LT_PART_MAX: a part, which nothing is read of here. */
static enum lt_err read_file(struct spool_entry *entry, int folder, const char *name, uint64_t max,
			     struct spool_fault *fault, struct lt_buf *out, uint8_t sha256[32])
{
	struct stat before, after;
	int fd = -1;
	enum lt_err err = open_file(folder, name, max, fault, &fd, &before);
	bool large = !err && sha256 && before.st_size > (off_t)LT_PART_MAX;
	if (!err) {
		note_change(entry, &before);
		err = large ? take_large(entry, fd, &before, sha256) : read_bytes(fd, (size_t)before.st_size, out);
	}
	if (!err && fstat(fd, &after) != 0)
		err = LT_EIO;
	if (!err && ((!large && out->len != (size_t)before.st_size) || micro(&before.st_ctim) != micro(&after.st_ctim)))
		err = LT_EAGAIN;
	if (!err && !large && sha256)
		lt_sha256(lt_buf_bytes(out), sha256);
	if (fd >= 0)
		close(fd);
	if (!err && !large && out->len == 0)
		return refuse(fault, SPOOL_EMPTY, name);
	return err;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder, sorted; owned by the caller also after an error. */
static enum lt_err list_names(int folder, char *list[ENTRY_NAMES_MAX], size_t *count, struct spool_fault *fault)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *opened = fd < 0 ? NULL : fdopendir(fd);
	enum lt_err err = opened ? LT_OK : LT_EIO;
	if (!opened && fd >= 0)
		close(fd);
	for (struct dirent *one; !err && (one = readdir(opened)) != NULL;) {
		if (is_litter(one->d_name))
			continue;
		if (*count == ENTRY_NAMES_MAX)
			err = refuse(fault, SPOOL_TOO_MANY, one->d_name);
		else if (!(list[*count] = strdup(one->d_name)))
			err = LT_ENOMEM;
		else
			++*count;
	}
	if (opened)
		closedir(opened);
	qsort(list, *count, sizeof(*list), by_name);
	return err;
}

static enum lt_err read_part(struct spool_entry *entry, int folder, const char *stored, struct spool_fault *fault)
{
	struct spool_file *file = &entry->files[entry->file_count];
	struct lt_buf name = { 0 };
	if (entry->file_count == LT_PARTS_MAX)
		return refuse(fault, SPOOL_TOO_MANY, stored);
	entry->file_count++;
	file->stored = strdup(stored);
	enum lt_err err = file->stored ? lt_text_bring(stored, &name) : LT_ENOMEM;
	file->name = (char *)name.data; /* the buffer's, and spool_entry_fini's from here on */
	if (err == LT_EPARSE)
		return refuse(fault, SPOOL_NAME_ODD, stored);
	return err ? err : read_file(entry, folder, stored, LT_LARGE_PART_MAX, fault, &file->data, file->sha256);
}

static enum lt_err read_folder(struct spool_entry *entry, int fd, struct spool_fault *fault)
{
	char *list[ENTRY_NAMES_MAX];
	size_t count = 0;
	bool whole = false;
	enum lt_err err = list_names(fd, list, &count, fault);
	for (size_t i = 0; i < count && !err; i++) {
		if (strcmp(list[i], ENVELOPE) == 0) {
			whole = true;
			err = read_file(entry, fd, ENVELOPE, SPOOL_BODY_MAX, fault, &entry->body, NULL);
		} else {
			err = read_part(entry, fd, list[i], fault);
		}
	}
	if (!err && !whole)
		err = refuse(fault, SPOOL_NO_ENVELOPE, entry->name);
	for (size_t i = 0; i < count; i++)
		free(list[i]);
	return err;
}

static enum lt_err read_entry(struct spool_entry *entry, int folder, const char *name, struct spool_fault *fault)
{
	if (fstatat(folder, name, &entry->at, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? LT_EAGAIN : LT_EIO;
	note_change(entry, &entry->at);
	if (!lt_text_valid(name, strlen(name)))
		return refuse(fault, SPOOL_NAME_ODD, name);
	if (S_ISREG(entry->at.st_mode) && ends_in(name, ".json"))
		return read_file(entry, folder, name, SPOOL_BODY_MAX, fault, &entry->body, NULL);
	if (!S_ISDIR(entry->at.st_mode))
		return refuse(fault, S_ISREG(entry->at.st_mode) ? SPOOL_NO_JSON : SPOOL_NO_FILE, name);
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		return refuse(fault, SPOOL_NO_RIGHT, name);
	if (fd < 0)
		return errno == ENOENT ? LT_EAGAIN : LT_EIO;
	enum lt_err err = read_folder(entry, fd, fault);
	close(fd);
	return err;
}

static enum lt_err digest_of(struct spool_entry *entry)
{
	struct lt_buf all = { 0 };
	uint8_t digest[32];
	lt_sha256(lt_buf_bytes(&entry->body), digest);
	enum lt_err err = lt_buf_append(&all, digest, sizeof(digest));
	for (size_t i = 0; i < entry->file_count && !err; i++) {
		err = lt_buf_append(&all, entry->files[i].name, strlen(entry->files[i].name) + 1);
		if (!err)
			err = lt_buf_append(&all, entry->files[i].sha256, sizeof(entry->files[i].sha256));
	}
	if (entry->file_count == 0)
		memcpy(entry->digest, digest, sizeof(digest)); /* as the same request over HTTP */
	else
		lt_sha256(lt_buf_bytes(&all), entry->digest);
	lt_buf_fini(&all);
	return err;
}

/* What somebody who still writes would leave behind. */
static bool is_doubtful(const struct spool_fault *fault)
{
	return fault->kind == SPOOL_NO_ENVELOPE || fault->kind == SPOOL_EMPTY;
}

enum lt_err spool_entry_read(int folder, const char *name, int64_t now, spool_large_taker *large, void *ctx,
			     struct spool_entry *out, struct spool_fault *fault)
{
	*out = (struct spool_entry){ .now = now, .large = large, .ctx = ctx };
	*fault = (struct spool_fault){ 0 };
	if (strlen(name) >= sizeof(out->name))
		return LT_EIO;
	memcpy(out->name, name, strlen(name) + 1);
	enum lt_err err = read_entry(out, folder, name, fault);
	if ((!err || err == LT_EINVAL) &&
	    !spool_entry_still(out, now, err && is_doubtful(fault) ? SPOOL_DOUBT_US : SPOOL_STILL_US))
		return LT_EAGAIN;
	return err ? err : digest_of(out);
}

void spool_entry_fini(struct spool_entry *entry)
{
	lt_buf_fini(&entry->body);
	for (size_t i = 0; i < entry->file_count; i++) {
		free(entry->files[i].stored);
		free(entry->files[i].name);
		lt_buf_fini(&entry->files[i].data);
	}
}
