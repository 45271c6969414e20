/* poisoned.c: the list of skipped records. */
#include "poisoned.h"

#include "store/store_files.h"

#include <lienthong/time.h>

#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 8 << 20 }; /* SKIPS_MAX lines */

static enum lt_err read_file(const char *data, struct lt_buf *out)
{
	char path[FILES_PATH];
	enum lt_err err = files_path(path, data, "skips");
	if (err || !files_exist(path))
		return err;
	return lt_file_read(path, FILE_BYTES_MAX, out);
}

static bool parse_number(struct lt_bytes text, uint64_t *out)
{
	uint64_t value = 0;
	if (text.len == 0 || text.data[0] == '0')
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)text.data[i] - '0';
		if (digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

/* The text up to the next tab, or to the end for the last. */
static bool next_field(struct lt_bytes *line, bool last, struct lt_bytes *out)
{
	const uint8_t *tab = line->len > 0 ? memchr(line->data, '\t', line->len) : NULL;
	if (last != (tab == NULL))
		return false;
	*out = lt_bytes(line->data, last ? line->len : (size_t)(tab - line->data));
	if (!last)
		*line = lt_bytes(tab + 1, line->len - out->len - 1);
	return out->len > 0 && lt_text_valid((const char *)out->data, out->len);
}

static bool parse_line(struct lt_bytes line, uint64_t *sequence)
{
	struct lt_bytes number, who, when, why;
	char text[LT_TIME_TEXT];
	int64_t time;
	if (!next_field(&line, false, &number) || !next_field(&line, false, &who) || !next_field(&line, false, &when) ||
	    !next_field(&line, true, &why) || when.len >= sizeof text)
		return false;
	memcpy(text, when.data, when.len);
	text[when.len] = 0;
	return parse_number(number, sequence) && !lt_time_parse(text, &time);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static enum lt_err parse_lines(struct lt_bytes text, struct poisoned *out, size_t *line)
{
	*line = 0;
	while (text.len > 0) {
		++*line;
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;
		/* Lines are written whole with their end: one without was cut by another's hand. */
		if (!end || out->count == SKIPS_MAX ||
		    !parse_line(lt_bytes(text.data, len), &out->sequences[out->count]))
			return LT_EPARSE;
		out->count++;
		text = lt_bytes(text.data + len + 1, text.len - len - 1);
	}
	*line = 0;
	if (out->count > 0)
		qsort(out->sequences, out->count, sizeof(*out->sequences), by_number);
	return LT_OK;
}

enum lt_err poisoned_read(const char *data, struct poisoned *out, size_t *line)
{
	struct lt_buf buf = { 0 };
	size_t at = 0;
	*out = (struct poisoned){ 0 };
	enum lt_err err = read_file(data, &buf);
	if (!err && buf.len > 0) {
		out->sequences = calloc(SKIPS_MAX, sizeof(*out->sequences));
		err = out->sequences ? parse_lines(lt_buf_bytes(&buf), out, &at) : LT_ENOMEM;
	}
	lt_buf_fini(&buf);
	if (err)
		poisoned_fini(out);
	if (line)
		*line = at;
	return err;
}

void poisoned_fini(struct poisoned *poisoned)
{
	if (!poisoned)
		return;
	free(poisoned->sequences);
	*poisoned = (struct poisoned){ 0 };
}

bool skips_have(const struct poisoned *poisoned, uint64_t sequence)
{
	return poisoned->count > 0 &&
	       bsearch(&sequence, poisoned->sequences, poisoned->count, sizeof sequence, by_number);
}

static bool text_good(const char *text)
{
	return text && text[0] && lt_text_valid(text, strlen(text));
}

static enum lt_err add_line(struct lt_buf *buf, uint64_t sequence, const char *operator_name, int64_t time,
			    const char *reason)
{
	char who[SKIPS_TEXT_MAX], why[SKIPS_TEXT_MAX], when[LT_TIME_TEXT];
	lt_text_clean(operator_name, who, sizeof who);
	lt_text_clean(reason, why, sizeof why);
	lt_time_format(time, when);
	return lt_buf_printf(buf, "%llu\t%s\t%s\t%s\n", (unsigned long long)sequence, who, when, why);
}

enum lt_err poisoned_append(const char *data, uint64_t sequence, const char *operator_name, int64_t time,
			    const char *reason)
{
	struct poisoned poisoned;
	struct lt_buf buf = { 0 };
	char path[FILES_PATH];
	if (sequence == 0 || !text_good(operator_name) || !text_good(reason))
		return LT_EINVAL;
	enum lt_err err = poisoned_read(data, &poisoned, NULL);
	if (err)
		return err;
	if (skips_have(&poisoned, sequence))
		err = LT_EEXIST;
	else if (poisoned.count == SKIPS_MAX)
		err = LT_EFULL;
	if (!err)
		err = files_path(path, data, "skips");
	if (!err)
		err = read_file(data, &buf);
	if (!err)
		err = add_line(&buf, sequence, operator_name, time, reason);
	if (!err)
		err = lt_file_write(path, lt_buf_bytes(&buf), 0600);
	lt_buf_fini(&buf);
	poisoned_fini(&poisoned);
	return err;
}
