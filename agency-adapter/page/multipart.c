/* multipart.c: the reader is a machine of one byte at a time, so that it does not matter where the network cuts. In a body a delimiter is looked
 * for by its first byte, CR, which stands nowhere else in it: so bytes that looked like one and were none are data, and only the byte
 * behind them may begin another. */
#include "multipart.h"

#include <string.h>
#include <strings.h>

static bool is_boundary(const char *text, size_t len)
{
	static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=?";
	return len > 0 && len <= MULTIPART_BOUNDARY_MAX && strspn(text, plain) >= len;
}

bool multipart_init(struct multipart *multipart, const char *content_type, const struct multipart_sink *sink)
{
	static const char type[] = "multipart/form-data";
	*multipart =
		(struct multipart){ .sink = *sink, .matched = 2 }; /* as if a line had ended before the first byte */
	if (!content_type || strncasecmp(content_type, type, sizeof(type) - 1) != 0)
		return false;
	const char *at = content_type + sizeof(type) - 1;
	at += strspn(at, " \t");
	if (*at != ';')
		return false;
	at++;
	at += strspn(at, " \t");
	if (strncasecmp(at, "boundary=", 9) != 0)
		return false;
	at += 9;
	bool quoted = *at == '"';
	at += quoted;
	size_t len = strcspn(at, quoted ? "\"" : " \t;");
	const char *behind = at + len + quoted;
	if (!is_boundary(at, len) || (quoted && at[len] != '"') || behind[strspn(behind, " \t")])
		return false;
	memcpy(multipart->delimiter, "\r\n--", 4);
	memcpy(multipart->delimiter + 4, at, len);
	multipart->delimiter_len = 4 + len;
	return true;
}

/* ---- the headers of a part ---- */

/* The value of a parameter in quotes, with what browsers write for a quote and a line's end. False: it is there and wrong, or too long. */
static bool read_parameter(const char *line, const char *name, char *out, size_t size, bool *there)
{
	size_t len = strlen(name), used = 0;
	*there = false;
	for (const char *at = strchr(line, ';'); at; at = strchr(at, ';')) {
		at++;
		at += strspn(at, " \t");
		bool this = strncasecmp(at, name, len) == 0 && at[len] == '=' && at[len + 1] == '"';
		const char *begin = strchr(at, '"'), *end = begin ? strchr(begin + 1, '"') : NULL;
		if (!end)
			return false;
		at = end + 1;
		if (!this)
			continue;
		for (const char *c = begin + 1; c < end; c++) {
			char plain = strncmp(c, "%22", 3) == 0                                        ? '"'
				     : strncasecmp(c, "%0d", 3) == 0 || strncasecmp(c, "%0a", 3) == 0 ? ' '
												      : 0;
			if (used + 1 >= size)
				return false;
			out[used++] = plain ? plain : *c;
			c += plain ? 2 : 0;
		}
		out[used] = '\0';
		*there = true;
		return true;
	}
	return true;
}

static bool read_line(struct multipart_part *part, const char *line, bool *named)
{
	static const char disposition[] = "Content-Disposition:", type[] = "Content-Type:";
	if (strncasecmp(line, type, sizeof(type) - 1) == 0) {
		const char *value = line + sizeof(type) - 1;
		value += strspn(value, " \t");
		size_t len = strcspn(value, " \t");
		if (len >= sizeof(part->media_type))
			return false;
		memcpy(part->media_type, value, len);
		part->media_type[len] = '\0';
		return true;
	}
	if (strncasecmp(line, disposition, sizeof(disposition) - 1) != 0)
		return true; /* others say nothing to us */
	const char *value = line + sizeof(disposition) - 1;
	value += strspn(value, " \t");
	return !*named && strncasecmp(value, "form-data", 9) == 0 &&
	       read_parameter(value, "name", part->name, sizeof(part->name), named) && *named &&
	       read_parameter(value, "filename", part->file, sizeof(part->file), &part->is_file);
}

/* The last of a path, as some browsers send one. */
static void cut_path(char *file)
{
	char *slash = strrchr(file, '/'), *back = strrchr(file, '\\');
	char *last = slash > back ? slash : back;
	if (last)
		memmove(file, last + 1, strlen(last + 1) + 1);
}

static bool read_head(struct multipart *multipart)
{
	bool named = false;
	struct multipart_part *part = &multipart->part;
	*part = (struct multipart_part){ .media_type = "" };
	multipart->head[multipart->head_len] = '\0';
	if (strlen(multipart->head) != multipart->head_len)
		return false; /* a NUL */
	for (char *line = multipart->head; *line;) {
		char *end = strstr(line, "\r\n");
		if (!end)
			return false;
		*end = '\0';
		if (!read_line(part, line, &named))
			return false;
		line = end + 2;
	}
	cut_path(part->file);
	if (!part->media_type[0])
		memcpy(part->media_type, "application/octet-stream", sizeof("application/octet-stream"));
	return named && multipart->sink.begin(multipart->sink.ctx, part);
}

/* ---- the machine ---- */

/* Gives to the sink what looked like a delimiter. False: it is full. */
static bool settle(struct multipart *multipart)
{
	while (multipart->given < multipart->owed) {
		size_t taken = multipart->sink.take(multipart->sink.ctx, multipart->delimiter + multipart->given,
						    multipart->owed - multipart->given);
		multipart->given += taken;
		if (taken == 0)
			return false;
	}
	multipart->owed = multipart->given = 0;
	return true;
}

/* Up to the next CR it is plain data: given to the sink as it lies there. How many bytes of it were taken. */
static size_t body(struct multipart *multipart, const char *data, size_t len, bool *stop)
{
	if (!settle(multipart)) {
		*stop = true;
		return 0;
	}
	if (multipart->matched == 0 && *data != '\r') {
		const char *cr = memchr(data, '\r', len);
		size_t plain = cr ? (size_t)(cr - data) : len;
		if (multipart->state == MULTIPART_BEFORE)
			return plain;
		size_t taken = multipart->sink.take(multipart->sink.ctx, data, plain);
		*stop = taken < plain;
		return taken;
	}
	if (*data != multipart->delimiter[multipart->matched]) {
		multipart->owed = multipart->state == MULTIPART_BODY ? multipart->matched : 0;
		multipart->matched = 0;
		return 0; /* the byte is looked at again, behind what is owed */
	}
	if (++multipart->matched < multipart->delimiter_len)
		return 1;
	if (multipart->state == MULTIPART_BODY && !multipart->sink.end(multipart->sink.ctx))
		*stop = true;
	multipart->state = MULTIPART_LINE;
	multipart->matched = multipart->line_len = 0;
	return 1;
}

/* Behind a delimiter: a line's end, or two hyphens at the end of all. */
static void line(struct multipart *multipart, char c)
{
	multipart->line[multipart->line_len++] = c;
	if (multipart->line_len < 2)
		return;
	multipart->head_len = 0;
	if (memcmp(multipart->line, "\r\n", 2) == 0)
		multipart->state = MULTIPART_HEAD;
	else
		multipart->state = memcmp(multipart->line, "--", 2) == 0 ? MULTIPART_DONE : MULTIPART_WRONG;
}

static void head(struct multipart *multipart, char c)
{
	if (multipart->head_len >= MULTIPART_HEAD_MAX) {
		multipart->state = MULTIPART_WRONG;
		return;
	}
	multipart->head[multipart->head_len++] = c;
	size_t len = multipart->head_len;
	if (len < 2 || memcmp(multipart->head + len - 2, "\r\n", 2) != 0)
		return;
	bool blank = len == 2 || (len >= 4 && memcmp(multipart->head + len - 4, "\r\n", 2) == 0);
	if (!blank)
		return;
	multipart->head_len -= 2;
	multipart->state = read_head(multipart) ? MULTIPART_BODY : MULTIPART_WRONG;
	multipart->matched = 0;
}

void multipart_feed(struct multipart *multipart, const char *data, size_t *size)
{
	bool stop = false;
	while (*size > 0 && !stop) {
		size_t taken = 1;
		switch (multipart->state) {
		case MULTIPART_BEFORE:
		case MULTIPART_BODY:
			taken = body(multipart, data, *size, &stop);
			break;
		case MULTIPART_LINE:
			line(multipart, *data);
			break;
		case MULTIPART_HEAD:
			head(multipart, *data);
			break;
		case MULTIPART_DONE:
		case MULTIPART_WRONG:
			taken = *size; /* nothing behind it counts */
			break;
		}
		data += taken;
		*size -= taken;
	}
}

bool multipart_done(const struct multipart *multipart)
{
	return multipart->state == MULTIPART_DONE;
}
