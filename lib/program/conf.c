/* conf.c: configuration files. libinih splits the lines; the reader that feeds it sees each raw line first and
 * refuses what libinih would take in silence: long lines, indented ones, sections that nobody knows. */
#include "conf.h"

#include "near.h"

#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1024u * 1024u) /* bytes: thousands of sections */
#define LINE_MAX_BYTES 190u      /* libinih cuts at 200 with line end and NUL */
#define SECTION_MAX 49u          /* bytes: libinih cuts names of sections there */

struct load {
	const char *path;
	const struct lt_conf_key *keys;
	size_t count;
	enum lt_err (*section_arg)(void *ctx, const char *section, const char *arg, const char *name,
				   const char *value);
	void *ctx;
	char *error;
	size_t error_size;
	struct lt_bytes rest; /* what libinih has not read yet */
	int line;
	enum lt_err err;   /* the first; nothing is read after it */
	char **values;     /* one for each key, NULL when absent */
	char **seen;       /* "section\nname" of [name ARG] sections */
	size_t seen_count; /* capacity is a power of two */
	bool arg_is_empty; /* the present section has an argument and no key yet */
};

__attribute__((format(printf, 3, 4))) static enum lt_err fail(struct load *load, enum lt_err err, const char *format,
							      ...)
{
	char what[512], text[1024];
	va_list args;
	if (load->err)
		return load->err;
	load->err = err;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	if (load->line > 0)
		snprintf(text, sizeof text, "%s:%d: %s", load->path, load->line, what);
	else
		snprintf(text, sizeof text, "%s: %s", load->path, what);
	lt_text_clean(text, load->error, load->error_size);
	return err;
}

static enum lt_err end_section(struct load *load)
{
	if (load->arg_is_empty)
		return fail(load, LT_EINVAL, "the section before this line has no keys");
	return LT_OK;
}

static bool has_section(const struct load *load, const char *section)
{
	for (size_t i = 0; i < load->count; i++)
		if (strcmp(load->keys[i].section, section) == 0)
			return true;
	return false;
}

struct conf_words {
	const struct load *load;
	const char *section; /* its keys; NULL: the sections */
};

static const char *word_at(void *ctx, size_t index)
{
	const struct conf_words *words = ctx;
	for (size_t i = 0; i < words->load->count; i++) {
		const struct lt_conf_key *key = &words->load->keys[i];
		if ((!words->section || strcmp(key->section, words->section) == 0) && index-- == 0)
			return words->section ? key->name : key->section;
	}
	return NULL;
}

/* A key of a section, or a section (section NULL) that there is not: with the one that was meant. */
static enum lt_err unknown(struct load *load, const char *section, const char *name)
{
	struct conf_words words = { load, section };
	const char *near = near_word(name, word_at, &words);
	char meant[SECTION_MAX + 40] = "";
	if (near)
		snprintf(meant, sizeof(meant), section ? "; did you mean %s?" : "; did you mean [%s]?", near);
	if (!section)
		return fail(load, LT_EINVAL, "[%s]: unknown section%s", name, meant);
	return fail(load, LT_EINVAL, "[%s] %s: unknown key%s", section, name, meant);
}

/* libinih tells of a section only by its keys; an unknown one without keys would pass. */
static enum lt_err check_section(struct load *load, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);
	if (!close)
		return fail(load, LT_EINVAL, "a section has no closing bracket");
	size_t name_len = (size_t)(close - line) - 1;
	if (name_len > SECTION_MAX)
		return fail(load, LT_EINVAL, "the section's name is longer than %u bytes", SECTION_MAX);
	for (const char *c = close + 1; c < line + len; c++) {
		if (*c == ';' || *c == '#')
			break;
		if (*c != ' ' && *c != '\t' && *c != '\r')
			return fail(load, LT_EINVAL, "something follows the section's name");
	}
	char name[SECTION_MAX + 1];
	memcpy(name, line + 1, name_len);
	name[name_len] = 0;
	if (end_section(load))
		return load->err;
	const char *space = strchr(name, ' ');
	if (space && load->section_arg) {
		if (space == name || !space[1] || strchr(space + 1, ' '))
			return fail(load, LT_EINVAL, "[%s]: a section is written [name] or [name ARGUMENT]", name);
		load->arg_is_empty = true;
	} else if (!has_section(load, name)) {
		return unknown(load, NULL, name);
	}
	return LT_OK;
}

static enum lt_err check_line(struct load *load, const char *line, size_t len)
{
	if (len > LINE_MAX_BYTES)
		return fail(load, LT_EINVAL, "the line is longer than %u bytes", LINE_MAX_BYTES);
	if (!lt_text_valid(line, len))
		return fail(load, LT_EINVAL, "the line is not valid UTF-8");
	size_t blank = 0;
	while (blank < len && (line[blank] == ' ' || line[blank] == '\t' || line[blank] == '\r'))
		blank++;
	if (blank == len)
		return LT_OK;
	if (blank > 0)
		return fail(load, LT_EINVAL, "the line is indented");
	return line[0] == '[' ? check_section(load, line, len) : LT_OK;
}

/* Gives libinih one line; NULL at the end or after an error. */
static char *read_line(char *out, int size, void *stream)
{
	struct load *load = stream;
	if (load->err || load->rest.len == 0)
		return NULL;
	const char *line = (const char *)load->rest.data;
	const char *end = memchr(line, '\n', load->rest.len);
	size_t len = end ? (size_t)(end - line) : load->rest.len, whole = end ? len + 1 : len;
	load->line++;
	if (check_line(load, line, len))
		return NULL;
	if (size < 0 || whole >= (size_t)size) {
		fail(load, LT_EINVAL, "the line is too long");
		return NULL;
	}
	memcpy(out, line, whole);
	out[whole] = 0;
	load->rest = lt_bytes(load->rest.data + whole, load->rest.len - whole);
	return out;
}

/* Digits, then K, M, G or nothing. */
static bool parse_u64(const char *text, uint64_t *out)
{
	uint64_t value = 0, factor = 1;
	const char *s = text;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*s - '0'), &value))
			return false;
	if (s == text)
		return false;
	if (*s == 'K' || *s == 'M' || *s == 'G') {
		factor = *s == 'K' ? 1024u : *s == 'M' ? 1024u * 1024u : 1024u * 1024u * 1024u;
		s++;
	}
	if (*s || __builtin_mul_overflow(value, factor, &value))
		return false;
	*out = value;
	return true;
}

static bool parse_bool(const char *text, bool *out)
{
	*out = strcmp(text, "yes") == 0 || strcmp(text, "true") == 0;
	return *out || strcmp(text, "no") == 0 || strcmp(text, "false") == 0;
}

static bool is_path(const struct lt_conf_key *key)
{
	return key->type == LT_CONF_PATH || key->type == LT_CONF_FILE;
}

static bool is_text(const struct lt_conf_key *key)
{
	return key->type == LT_CONF_STRING || key->type == LT_CONF_ENDPOINT || is_path(key);
}

/* "tcp://ADDRESS:PORT" */
static bool is_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':');
	uint64_t port;
	return strncmp(text, "tcp://", 6) == 0 && colon > text + 6 && parse_u64(colon + 1, &port) && port >= 1 &&
	       port <= 65535 && colon[1 + strspn(colon + 1, "0123456789")] == '\0';
}

static enum lt_err check_value(struct load *load, const struct lt_conf_key *key, const char *value)
{
	uint64_t number;
	bool flag;
	switch (key->type) {
	case LT_CONF_STRING:
	case LT_CONF_PATH:
	case LT_CONF_FILE:
		if (!*value && (key->required || key->type != LT_CONF_STRING))
			return fail(load, LT_EINVAL, "[%s] %s: the value is empty", key->section, key->name);
		return LT_OK;
	case LT_CONF_ENDPOINT:
		if (!is_endpoint(value))
			return fail(load, LT_EINVAL,
				    "[%s] %s: \"%s\" is not tcp://ADDRESS:PORT, as tcp://10.0.0.5:7700", key->section,
				    key->name, value);
		return LT_OK;
	case LT_CONF_U64:
		if (!parse_u64(value, &number))
			return fail(load, LT_EINVAL, "[%s] %s: \"%s\" is not a number, as 64 or 256K", key->section,
				    key->name, value);
		if (number < key->min || (key->max > 0 && number > key->max))
			return fail(load, LT_EINVAL, "[%s] %s: %s is not between %" PRIu64 " and %" PRIu64,
				    key->section, key->name, value, key->min, key->max > 0 ? key->max : UINT64_MAX);
		return LT_OK;
	case LT_CONF_BOOL:
		if (!parse_bool(value, &flag))
			return fail(load, LT_EINVAL, "[%s] %s: \"%s\" is neither yes nor no", key->section, key->name,
				    value);
		return LT_OK;
	}
	return LT_EINVAL;
}

static enum lt_err take_value(struct load *load, const char *section, const char *name, const char *value)
{
	for (size_t i = 0; i < load->count; i++) {
		const struct lt_conf_key *key = &load->keys[i];
		if (strcmp(key->section, section) != 0 || strcmp(key->name, name) != 0)
			continue;
		if (load->values[i])
			return fail(load, LT_EINVAL, "[%s] %s: stands twice", section, name);
		if (check_value(load, key, value))
			return load->err;
		load->values[i] = is_path(key) ? lt_conf_path(load->path, value) : strdup(value);
		if (!load->values[i])
			return fail(load, LT_ENOMEM, "out of memory");
		if (key->type == LT_CONF_FILE && !lt_conf_there(load->values[i]))
			return fail(load, LT_ENOENT, "[%s] %s: %s: there is no such file", section, name,
				    load->values[i]);
		return LT_OK;
	}
	return unknown(load, section, name);
}

static enum lt_err remember(struct load *load, const char *section, const char *name)
{
	char *entry = NULL;
	if (asprintf(&entry, "%s\n%s", section, name) < 0)
		return fail(load, LT_ENOMEM, "out of memory");
	for (size_t i = 0; i < load->seen_count; i++) {
		if (strcmp(load->seen[i], entry) == 0) {
			free(entry);
			return fail(load, LT_EINVAL, "[%s] %s: stands twice", section, name);
		}
	}
	size_t n = load->seen_count;
	if ((n & (n - 1)) == 0) {
		char **more = realloc(load->seen, (n ? 2 * n : 1) * sizeof *more);
		if (!more) {
			free(entry);
			return fail(load, LT_ENOMEM, "out of memory");
		}
		load->seen = more;
	}
	load->seen[load->seen_count++] = entry;
	return LT_OK;
}

static enum lt_err take_arg_value(struct load *load, const char *section, const char *name, const char *value)
{
	char kind[SECTION_MAX + 1];
	size_t len = strcspn(section, " ");
	memcpy(kind, section, len);
	kind[len] = 0;
	load->arg_is_empty = false;
	if (remember(load, section, name))
		return load->err;
	enum lt_err err = load->section_arg(load->ctx, kind, section + len + 1, name, value);
	if (err == LT_ENOENT)
		return fail(load, LT_EINVAL, "[%s] %s: unknown key", section, name);
	if (err == LT_EINVAL)
		return fail(load, LT_EINVAL, "[%s] %s: \"%s\" is not allowed here", section, name, value);
	if (err == LT_EIO)
		return fail(load, LT_ENOENT, "[%s] %s: %s: there is no such file", section, name, value);
	return err ? fail(load, err, "[%s] %s: %s", section, name, lt_err_text(err)) : LT_OK;
}

/* libinih wants nonzero for success. */
static int handle(void *user, const char *section, const char *name, const char *value)
{
	struct load *load = user;
	if (load->err)
		return 0;
	if (strchr(section, ' ') && load->section_arg)
		return take_arg_value(load, section, name, value) == LT_OK;
	return take_value(load, section, name, value) == LT_OK;
}

static enum lt_err parse(struct load *load)
{
	int bad_line = ini_parse_stream(read_line, load, handle, load);
	/* libinih goes on after a line without '='; a later error of ours must not hide it. */
	if (bad_line > 0 && (!load->err || bad_line < load->line)) {
		load->err = LT_OK;
		load->line = bad_line;
		return fail(load, LT_EINVAL, "the line is neither [section] nor name = value");
	}
	if (bad_line < 0 && !load->err)
		return fail(load, LT_ENOMEM, "out of memory");
	if (!load->err)
		end_section(load);
	load->line = 0;
	for (size_t i = 0; i < load->count && !load->err; i++)
		if (load->keys[i].required && !load->values[i])
			fail(load, LT_EINVAL, "[%s] %s: the key is required and missing", load->keys[i].section,
			     load->keys[i].name);
	return load->err;
}

/* Texts that keep their default are copied too, so that the caller may free every one. */
static enum lt_err copy_defaults(struct load *load)
{
	for (size_t i = 0; i < load->count; i++) {
		const struct lt_conf_key *key = &load->keys[i];
		if (load->values[i] || !is_text(key))
			continue;
		const char *text = *(char **)key->target;
		if (!text)
			continue;
		load->values[i] = is_path(key) ? lt_conf_path(load->path, text) : strdup(text);
		if (!load->values[i])
			return fail(load, LT_ENOMEM, "out of memory");
	}
	return LT_OK;
}

static void store_values(struct load *load)
{
	for (size_t i = 0; i < load->count; i++) {
		const struct lt_conf_key *key = &load->keys[i];
		if (!load->values[i])
			continue;
		switch (key->type) {
		case LT_CONF_STRING:
		case LT_CONF_ENDPOINT:
		case LT_CONF_PATH:
		case LT_CONF_FILE:
			*(char **)key->target = load->values[i];
			load->values[i] = NULL;
			break;
		case LT_CONF_U64:
			parse_u64(load->values[i], key->target);
			break;
		case LT_CONF_BOOL:
			parse_bool(load->values[i], key->target);
			break;
		}
	}
}

static enum lt_err read_file(struct load *load, struct lt_buf *text)
{
	enum lt_err err = lt_file_read(load->path, FILE_MAX, text);
	if (err == LT_EIO && errno == ENOENT)
		return fail(load, LT_ENOENT, "there is no such file");
	if (err == LT_EIO)
		return fail(load, err, "%s", strerror(errno));
	if (err == LT_EFULL)
		return fail(load, LT_EINVAL, "the file is larger than %u bytes", FILE_MAX);
	return err ? fail(load, err, "%s", lt_err_text(err)) : LT_OK;
}

enum lt_err lt_conf_load(const char *path, const struct lt_conf_key *keys, size_t count,
			 enum lt_err (*section_arg)(void *ctx, const char *section, const char *arg, const char *name,
						    const char *value),
			 void *ctx, char *error, size_t error_size)
{
	struct load load = { .path = path,
			     .keys = keys,
			     .count = count,
			     .section_arg = section_arg,
			     .ctx = ctx,
			     .error = error,
			     .error_size = error_size };
	struct lt_buf text = { 0 };
	if (read_file(&load, &text))
		goto out;
	load.rest = lt_buf_bytes(&text);
	if (load.rest.len >= 3 && memcmp(load.rest.data, "\xef\xbb\xbf", 3) == 0) /* what some editors put first */
		load.rest = lt_bytes(load.rest.data + 3, load.rest.len - 3);
	load.values = calloc(count + 1, sizeof *load.values);
	if (!load.values) {
		fail(&load, LT_ENOMEM, "out of memory");
		goto out;
	}
	if (!parse(&load) && !copy_defaults(&load))
		store_values(&load);
out:
	for (size_t i = 0; load.values && i < count; i++)
		free(load.values[i]);
	for (size_t i = 0; i < load.seen_count; i++)
		free(load.seen[i]);
	free(load.values);
	free(load.seen);
	lt_buf_fini(&text);
	return load.err;
}

char *lt_conf_path(const char *conf_path, const char *value)
{
	const char *slash = strrchr(conf_path, '/');
	char *path = NULL;
	if (value[0] == '/' || !slash)
		return strdup(value);
	return asprintf(&path, "%.*s/%s", (int)(slash - conf_path), conf_path, value) < 0 ? NULL : path;
}

bool lt_conf_there(const char *path)
{
	return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}
