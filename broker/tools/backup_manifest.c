/* backup_manifest.c: a text that a person can read, and that names nothing outside the backup. */
#include "backup_internal.h"

#include "journal/segment.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "lienthong backup 1"
#define FILE_MAX ((size_t)MANIFEST_FILES_MAX * 160u)

void manifest_fini(struct manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->files);
	*manifest = (struct manifest){ 0 };
}

enum lt_err manifest_add(struct manifest *manifest, const char *name, const struct files_sum *sum)
{
	if (manifest->count == MANIFEST_FILES_MAX || strlen(name) >= MANIFEST_NAME)
		return LT_EFULL;
	if (manifest->count == manifest->cap) {
		size_t cap = manifest->cap ? manifest->cap * 2 : 64;
		struct manifest_file *files = realloc(manifest->files, cap * sizeof(*files));
		if (!files)
			return LT_ENOMEM;
		manifest->files = files;
		manifest->cap = cap;
	}
	struct manifest_file *file = &manifest->files[manifest->count++];
	*file = (struct manifest_file){ .sum = *sum };
	memcpy(file->name, name, strlen(name));
	return LT_OK;
}

static enum lt_err print_files(const struct manifest *manifest, struct lt_buf *buf)
{
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < manifest->count && !err; i++) {
		char root[65];
		lt_hex(lt_bytes(manifest->files[i].sum.root, 32), root);
		err = lt_buf_printf(buf, "file %s %llu %s\n", root, (unsigned long long)manifest->files[i].sum.size,
				    manifest->files[i].name);
	}
	return err;
}

enum lt_err manifest_write(const struct manifest *manifest, const char *folder)
{
	struct lt_buf buf = { 0 };
	char path[FILES_PATH], hex[65];
	uint8_t sum[32];
	lt_hex(lt_bytes(manifest->state_hash, 32), hex);
	enum lt_err err = lt_buf_printf(&buf, HEAD "\nsequence %llu\nstore %llu\nstate %s\n",
					(unsigned long long)manifest->sequence,
					(unsigned long long)manifest->store_sequence, hex);
	if (!err)
		err = print_files(manifest, &buf);
	if (!err) {
		lt_sha256(lt_buf_bytes(&buf), sum);
		lt_hex(lt_bytes(sum, 32), hex);
		err = lt_buf_printf(&buf, "end %s\n", hex);
	}
	if (!err)
		err = files_path(path, folder, "manifest");
	if (!err)
		err = lt_file_write(path, lt_buf_bytes(&buf), 0600);
	lt_buf_fini(&buf);
	return err;
}

/* A word up to a blank, or the rest of the line; the text is cut in place. */
static char *next_word(char **text)
{
	char *word = *text, *blank = strchr(word, ' ');
	*text = blank ? blank + 1 : word + strlen(word);
	if (blank)
		*blank = 0;
	return word;
}

static bool parse_number(const char *text, uint64_t *out)
{
	uint64_t value = 0;
	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || value > (UINT64_MAX - (uint64_t)(*text - '0')) / 10)
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*out = value;
	return true;
}

/* The names that a backup has, in this order; rising segments make twice the same name impossible. */
static bool name_good(const struct manifest *manifest, const char *name)
{
	static const char journal[] = "journal/", large[] = "large/";
	uint8_t sha256[32];
	const char *before = manifest->count > 0 ? manifest->files[manifest->count - 1].name : "";
	uint64_t first;
	if (strcmp(name, "store/data.mdb") == 0)
		return manifest->count == 0;
	if (manifest->count == 0)
		return false;
	bool segment = strncmp(name, journal, sizeof journal - 1) == 0 &&
		       segment_parse_name(name + sizeof journal - 1, &first);
	bool part = strncmp(name, large, sizeof large - 1) == 0 &&
		    lt_unhex(name + sizeof large - 1, sha256, sizeof sha256) == LT_OK;
	return (segment || part) && (manifest->count == 1 || strcmp(name, before) > 0);
}

static bool parse_file(struct manifest *manifest, char *text)
{
	struct files_sum sum;
	return lt_unhex(next_word(&text), sum.root, 32) == LT_OK && parse_number(next_word(&text), &sum.size) &&
	       name_good(manifest, text) && manifest_add(manifest, text, &sum) == LT_OK;
}

static bool parse_line(struct manifest *manifest, size_t number, char *text)
{
	if (number == 1)
		return strcmp(text, HEAD) == 0;
	const char *key = next_word(&text);
	if (number == 2)
		return strcmp(key, "sequence") == 0 && parse_number(text, &manifest->sequence);
	if (number == 3)
		return strcmp(key, "store") == 0 && parse_number(text, &manifest->store_sequence);
	if (number == 4)
		return strcmp(key, "state") == 0 && lt_unhex(text, manifest->state_hash, 32) == LT_OK;
	return strcmp(key, "file") == 0 && parse_file(manifest, text);
}

/* Cuts the last line off when it is the right sum of all before it. */
static bool cut_end(struct lt_buf *buf)
{
	enum { END = 4 + 64 + 1 }; /* "end " and 32 bytes in hexadecimal */
	char hex[65];
	uint8_t told[32], sum[32];
	if (buf->len < END || buf->data[buf->len - 1] != '\n' || memchr(buf->data, 0, buf->len) ||
	    memcmp(buf->data + buf->len - END, "end ", 4) != 0)
		return false;
	memcpy(hex, buf->data + buf->len - 65, 64);
	hex[64] = 0;
	lt_sha256(lt_bytes(buf->data, buf->len - END), sum);
	if (lt_unhex(hex, told, 32) || memcmp(told, sum, 32) != 0)
		return false;
	buf->len -= END;
	return buf->len > 0 && buf->data[buf->len - 1] == '\n';
}

static enum lt_err parse(struct manifest *manifest, struct lt_buf *buf, size_t *line)
{
	*line = 0;
	if (!cut_end(buf))
		return LT_ECORRUPT;
	char *text = (char *)buf->data, *end = text + buf->len;
	while (text < end) {
		char *stop = memchr(text, '\n', (size_t)(end - text));
		*stop = 0;
		if (!parse_line(manifest, ++*line, text))
			return LT_ECORRUPT;
		text = stop + 1;
	}
	return manifest->count > 0 ? LT_OK : LT_ECORRUPT;
}

enum lt_err manifest_read(const char *folder, struct manifest *out, size_t *line)
{
	struct lt_buf buf = { 0 };
	char path[FILES_PATH];
	*out = (struct manifest){ 0 };
	*line = 0;
	enum lt_err err = files_path(path, folder, "manifest");
	if (!err && !files_exist(path))
		err = LT_ENOENT;
	if (!err)
		err = lt_file_read(path, FILE_MAX, &buf);
	if (!err)
		err = parse(out, &buf, line);
	lt_buf_fini(&buf);
	if (err)
		manifest_fini(out);
	return err;
}
