/* log.c: one line for each decision, as JSON on standard error or as fields in the system journal. */
#include "log.h"

#include <lienthong/time.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096u /* PIPE_BUF: up to here one write is never mixed with another's */
#define VALUE_MAX 1024u      /* bytes of one text in a line */
#define FIELDS_MAX 24u       /* fields for the journal; further ones are in the message */
#define NAME_MAX_BYTES 32u   /* bytes of a field's name in the journal */
#define NUMBERS 16u          /* numbers alive at once in one lt_log call */
#define PEERS 64u            /* lines of peers in one interval; what is over is counted in one line */
#define PEER_TEXT 80u        /* bytes of a peer's name: a key in hex fits */
#define REASON_TEXT 40u
#define TIMES "times" /* field: so often since the line before, this one with it */

/* Set by lt_log_init before there are threads; afterwards the level alone changes. */
static const char *log_program = "lienthong";
static _Atomic enum lt_log_level log_level = LT_LOG_INFO;
static bool log_journal;

struct log_line {
	char text[LINE_MAX_BYTES];
	size_t len, max; /* max leaves room for what ends the line */
};

/* $JOURNAL_STREAM is "device:inode" of the stream that systemd has connected. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;
	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	       st.st_dev == device && st.st_ino == inode;
}

void lt_log_init(const char *program, enum lt_log_level level)
{
	log_program = program;
	log_level = level;
	log_journal = stderr_is_journal();
}

void lt_log_set_level(enum lt_log_level level)
{
	log_level = level;
}

static const char *level_name(enum lt_log_level level)
{
	switch (level) {
	case LT_LOG_ERROR:
		return "error";
	case LT_LOG_WARNING:
		return "warning";
	case LT_LOG_NOTICE:
		return "notice";
	case LT_LOG_INFO:
		return "info";
	case LT_LOG_DEBUG:
		return "debug";
	}
	return "info";
}

static void add(struct log_line *line, const char *text, size_t len)
{
	if (len > line->max - line->len)
		return;
	memcpy(line->text + line->len, text, len);
	line->len += len;
}

/* Adds a member whole or not at all, so that the line stays JSON. */
static void add_member(struct log_line *line, const char *name, const char *value)
{
	char clean[VALUE_MAX];
	size_t before = line->len, room = line->max;
	lt_text_clean(value, clean, sizeof clean);
	if (room - before < strlen(name) + 2 * strlen(clean) + 6)
		return;
	add(line, before > 1 ? ",\"" : "\"", before > 1 ? 2 : 1);
	add(line, name, strlen(name));
	add(line, "\":\"", 3);
	for (const char *c = clean; *c; c++) {
		if (*c == '"' || *c == '\\')
			add(line, "\\", 1);
		add(line, c, 1);
	}
	add(line, "\"", 1);
}

static void write_all(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* there is nobody left to tell */
		data += n;
		len -= (size_t)n;
	}
}

static void log_json(enum lt_log_level level, const char *message, const char *times, va_list args)
{
	struct log_line line = { .text = "{", .len = 1, .max = LINE_MAX_BYTES - 2 };
	char now[LT_TIME_TEXT];
	lt_time_format(lt_time_now(), now);
	add_member(&line, "time", now);
	add_member(&line, "level", level_name(level));
	add_member(&line, "program", log_program);
	add_member(&line, "message", message);
	for (const char *name; (name = va_arg(args, const char *)) != NULL;) {
		const char *value = va_arg(args, const char *);
		if (value)
			add_member(&line, name, value);
	}
	if (times)
		add_member(&line, TIMES, times);
	line.max = LINE_MAX_BYTES;
	add(&line, "}\n", 2);
	write_all(line.text, line.len);
}

/* The journal's field names are upper case; ours begin with LT_ and so never meet the journal's own. */
static size_t journal_name(const char *name, char *out)
{
	size_t len = 0;
	memcpy(out, "LT_", 3);
	for (len = 3; name[len - 3] && len < NAME_MAX_BYTES; len++) {
		char c = name[len - 3];
		bool lower = c >= 'a' && c <= 'z', plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		out[len] = lower ? (char)(c - 'a' + 'A') : plain ? c : '_';
	}
	out[len++] = '=';
	return len;
}

struct log_fields {
	struct log_line message; /* the text and "name=value" for a person who reads the journal */
	struct log_line fields;  /* backs the vector */
	struct iovec vector[FIELDS_MAX + 3];
	int count;
};

static void add_field(struct log_fields *entry, const char *name, const char *value)
{
	char clean[VALUE_MAX], head[NAME_MAX_BYTES + 1];
	lt_text_clean(value, clean, sizeof clean);
	size_t name_len = strlen(name), len = strlen(clean), head_len = journal_name(name, head);
	if (entry->message.max - entry->message.len > name_len + len + 2) {
		add(&entry->message, " ", 1);
		add(&entry->message, name, name_len);
		add(&entry->message, "=", 1);
		add(&entry->message, clean, len);
	}
	struct log_line *fields = &entry->fields;
	if (entry->count >= (int)FIELDS_MAX || fields->max - fields->len < head_len + len)
		return;
	entry->vector[entry->count++] = (struct iovec){ fields->text + fields->len, head_len + len };
	add(fields, head, head_len);
	add(fields, clean, len);
}

/* False when the journal did not take it. */
static bool log_to_journal(enum lt_log_level level, const char *message, const char *times, va_list args)
{
	struct log_fields entry;
	char clean[VALUE_MAX], priority[16], program[NAME_MAX_BYTES + 32];
	entry.count = 0;
	entry.fields.len = 0;
	entry.fields.max = LINE_MAX_BYTES;
	entry.message = (struct log_line){ .text = "MESSAGE=", .len = 8, .max = LINE_MAX_BYTES };
	lt_text_clean(message, clean, sizeof clean);
	add(&entry.message, clean, strlen(clean));
	for (const char *name; (name = va_arg(args, const char *)) != NULL;) {
		const char *value = va_arg(args, const char *);
		if (value)
			add_field(&entry, name, value);
	}
	if (times)
		add_field(&entry, TIMES, times);
	int priority_len = snprintf(priority, sizeof priority, "PRIORITY=%d", (int)level);
	snprintf(program, sizeof program, "SYSLOG_IDENTIFIER=%s", log_program);
	entry.vector[entry.count++] = (struct iovec){ entry.message.text, entry.message.len };
	entry.vector[entry.count++] = (struct iovec){ priority, (size_t)priority_len };
	entry.vector[entry.count++] = (struct iovec){ program, strlen(program) };
	return sd_journal_sendv(entry.vector, entry.count) == 0;
}

static void write_line(enum lt_log_level level, const char *message, const char *times, va_list args)
{
	int saved = errno;
	bool sent = false;
	va_list again;
	va_copy(again, args);
	if (log_journal)
		sent = log_to_journal(level, message, times, args);
	if (!sent)
		log_json(level, message, times, again);
	va_end(again);
	errno = saved;
}

void lt_log(enum lt_log_level level, const char *message, ...)
{
	va_list args;
	if (level > log_level)
		return;
	va_start(args, message);
	write_line(level, message, NULL, args);
	va_end(args);
}

static char *next_number(void)
{
	static _Thread_local char numbers[NUMBERS][LT_UUID_TEXT];
	static _Thread_local unsigned next;
	return numbers[next++ % NUMBERS];
}

const char *lt_log_u64(uint64_t value)
{
	char *text = next_number();
	snprintf(text, LT_UUID_TEXT, "%llu", (unsigned long long)value);
	return text;
}

const char *lt_log_id(const uint8_t id[16])
{
	char *text = next_number();
	lt_uuid_format(id, text);
	return text;
}

void lt_fatal(const char *format, ...)
{
	char text[VALUE_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	lt_log(LT_LOG_ERROR, text, "end", "abort", NULL);
	abort();
}

/* ---- what peers cause ---- */

struct peer_line {
	const char *message; /* NULL: free */
	char peer[PEER_TEXT], reason[REASON_TEXT];
	enum lt_log_level level;
	int64_t written_at; /* microseconds */
	uint64_t held;      /* not written since */
};
static struct {
	pthread_mutex_t lock;
	struct peer_line lines[PEERS];
} peers = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool same_line(const struct peer_line *line, const char *message, const char *peer, const char *reason)
{
	return line->message && strcmp(line->message, message) == 0 && strncmp(line->peer, peer, PEER_TEXT - 1) == 0 &&
	       strncmp(line->reason, reason, REASON_TEXT - 1) == 0;
}

static bool is_over(const struct peer_line *line, int64_t now)
{
	return now - line->written_at >= (int64_t)LT_LOG_PEER_SECONDS * 1000000;
}

/* The line of these, or a free one. NULL when all are of this interval. */
static struct peer_line *find_line(const char *message, const char *peer, const char *reason, int64_t now)
{
	struct peer_line *place = NULL;
	for (size_t i = 1; i < PEERS; i++) {
		struct peer_line *line = &peers.lines[i];
		if (same_line(line, message, peer, reason))
			return line;
		if (!place && (!line->message || (is_over(line, now) && line->held == 0)))
			place = line;
	}
	return place;
}

static void claim(struct peer_line *line, enum lt_log_level level, const char *message, const char *peer,
		  const char *reason)
{
	line->message = message;
	line->level = level;
	snprintf(line->peer, sizeof line->peer, "%s", peer);
	snprintf(line->reason, sizeof line->reason, "%s", reason);
	line->held = 0;
	line->written_at = 0;
}

/* How often it has happened, when it is time to say so; else 0. */
static uint64_t count_line(enum lt_log_level level, const char *message, const char *peer, const char *reason)
{
	uint64_t times = 0;
	int64_t now = monotonic();
	pthread_mutex_lock(&peers.lock);
	struct peer_line *line = find_line(message, peer, reason, now);
	if (!line) {
		line = &peers.lines[0]; /* of all that found no place */
		if (!line->message)
			claim(line, LT_LOG_WARNING, "more of other peers", "", "");
		line->held++;
	} else if (!same_line(line, message, peer, reason)) {
		claim(line, level, message, peer, reason);
		line->written_at = now;
		times = 1;
	} else if (is_over(line, now)) {
		times = line->held + 1;
		line->held = 0;
		line->written_at = now;
	} else {
		line->held++;
	}
	pthread_mutex_unlock(&peers.lock);
	return times;
}

void lt_log_peer(enum lt_log_level level, const char *message, const char *peer, const char *reason, ...)
{
	va_list args;
	if (level > log_level)
		return;
	uint64_t times = count_line(level, message, peer ? peer : "", reason ? reason : "");
	if (times == 0)
		return;
	va_start(args, reason);
	write_line(level, message, times > 1 ? lt_log_u64(times) : NULL, args);
	va_end(args);
}

void lt_log_peers_flush(void)
{
	int64_t now = monotonic();
	for (size_t i = 0; i < PEERS; i++) {
		struct peer_line line = { 0 };
		pthread_mutex_lock(&peers.lock);
		if (peers.lines[i].held > 0 && is_over(&peers.lines[i], now)) {
			line = peers.lines[i];
			peers.lines[i].held = 0;
			peers.lines[i].written_at = now;
		}
		pthread_mutex_unlock(&peers.lock);
		if (line.held > 0)
			lt_log(line.level, line.message, "peer", line.peer[0] ? line.peer : NULL, "reason",
			       line.reason[0] ? line.reason : NULL, TIMES, lt_log_u64(line.held), NULL);
	}
}
