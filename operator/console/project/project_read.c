/* project_read.c: a reader: its connection, its transaction, and statements that are put together of conditions. What people typed is
 * bound, never written into a statement. */
#include "read_internal.h"

#include "program/log.h"
#include "schema.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 64 << 20, /* bytes: a page of 200 dossiers, or one dossier with ten thousand stays */
	STEPS = 1000,          /* of SQLite's machine between two looks at the clock */
	READ_LIMIT = 50,
};

static int64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int too_long(void *ctx)
{
	const struct project_reader *reader = ctx;
	return monotonic() > reader->until;
}

enum lt_err project_read_open(const char *path, struct project_reader **out)
{
	struct project_reader *reader = calloc(1, sizeof(*reader));
	if (!reader || lt_arena_new(ANSWER_MAX, &reader->arena)) {
		free(reader);
		return LT_ENOMEM;
	}
	reader->until = INT64_MAX;
	if (access(path, R_OK) != 0 ||
	    sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(reader->db, "PRAGMA cache_size = -1024; PRAGMA query_only = 1;", NULL, NULL, NULL)) {
		project_read_close(reader);
		return LT_EIO;
	}
	sqlite3_busy_timeout(reader->db, 1000);
	sqlite3_progress_handler(reader->db, STEPS, too_long, reader);
	*out = reader;
	return LT_OK;
}

void project_read_close(struct project_reader *reader)
{
	if (!reader)
		return;
	sqlite3_finalize(reader->meta);
	sqlite3_close(reader->db);
	lt_arena_free(reader->arena);
	free(reader);
}

/* ---- a question ---- */

enum lt_err read_err(const struct project_reader *reader, int code)
{
	(void)reader;
	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return LT_OK;
	case SQLITE_NOMEM:
		return LT_ENOMEM;
	case SQLITE_INTERRUPT:
		return LT_ETIMEOUT;
	default:
		return LT_EIO;
	}
}

/* The row of a name, until the next one is asked for; NULL: there is none. The statement outlives tables that are made anew. */
static sqlite3_stmt *meta_row(struct project_reader *reader, const char *name)
{
	static const char sql[] = "SELECT value FROM meta WHERE name = ?";
	sqlite3_reset(reader->meta);
	bool ready = reader->meta || sqlite3_prepare_v3(reader->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &reader->meta,
							NULL) == SQLITE_OK;
	return ready && sqlite3_bind_text(reader->meta, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
			       sqlite3_step(reader->meta) == SQLITE_ROW
		       ? reader->meta
		       : NULL;
}

static int64_t meta(struct project_reader *reader, const char *name)
{
	sqlite3_stmt *row = meta_row(reader, name);
	return row ? sqlite3_column_int64(row, 0) : 0;
}

enum lt_err read_begin(struct project_reader *reader)
{
	lt_arena_reset(reader->arena);
	reader->until = monotonic() + PROJECT_READ_MS * INT64_C(1000);
	enum lt_err err = read_err(reader, sqlite3_exec(reader->db, "BEGIN", NULL, NULL, NULL));
	if (!err && meta(reader, "layout") != SCHEMA_LAYOUT)
		err = LT_EIO; /* it is being made, or by another version */
	reader->sequence = (uint64_t)meta(reader, "sequence");
	reader->time = meta(reader, "time");
	sqlite3_reset(reader->meta);
	return err;
}

void read_end(struct project_reader *reader)
{
	reader->until = INT64_MAX;
	sqlite3_reset(reader->meta);
	if (!sqlite3_get_autocommit(reader->db))
		sqlite3_exec(reader->db, "ROLLBACK", NULL, NULL, NULL);
}

void *read_alloc(struct project_reader *reader, size_t size)
{
	void *memory = lt_arena_alloc(reader->arena, size);
	LT_ASSERT(memory);
	return memory;
}

const char *read_text(struct project_reader *reader, sqlite3_stmt *row, int column)
{
	const unsigned char *text = sqlite3_column_text(row, column);
	size_t len = text ? (size_t)sqlite3_column_bytes(row, column) : 0;
	char *copy = read_alloc(reader, len + 1);
	if (len > 0)
		memcpy(copy, text, len);
	return copy;
}

uint32_t read_limit(uint32_t asked)
{
	return asked == 0 ? READ_LIMIT : asked < PROJECT_PAGE ? asked : PROJECT_PAGE;
}

/* ---- statements ---- */

void asked_add(struct asked_sql *asked, const char *sql)
{
	LT_ASSERT(lt_buf_append(&asked->sql, sql, strlen(sql)) == LT_OK);
}

void asked_number(struct asked_sql *asked, int64_t number)
{
	LT_ASSERT(asked->count < READ_VALUES);
	asked->values[asked->count++].number = number;
}

void asked_text(struct asked_sql *asked, const char *text)
{
	LT_ASSERT(asked->count < READ_VALUES);
	asked->values[asked->count++].text = text;
}

void asked_fini(struct asked_sql *asked)
{
	lt_buf_fini(&asked->sql);
}

enum lt_err asked_prepare(struct project_reader *reader, const struct asked_sql *asked, sqlite3_stmt **out)
{
	int code = sqlite3_prepare_v2(reader->db, (const char *)asked->sql.data, (int)asked->sql.len, out, NULL);
	for (size_t i = 0; i < asked->count && !code; i++) {
		int at = (int)i + 1;
		code = asked->values[i].text ? sqlite3_bind_text(*out, at, asked->values[i].text, -1, SQLITE_TRANSIENT)
					     : sqlite3_bind_int64(*out, at, asked->values[i].number);
	}
	return read_err(reader, code);
}

enum lt_err asked_one(struct project_reader *reader, const struct asked_sql *asked, int64_t *out)
{
	sqlite3_stmt *row = NULL;
	enum lt_err err = asked_prepare(reader, asked, &row);
	int code = err ? SQLITE_DONE : sqlite3_step(row);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(row, 0);
	if (!err)
		err = read_err(reader, code);
	sqlite3_finalize(row);
	return err;
}

/* ---- places ---- */

enum lt_err place_read(const char *text, struct place_after *out)
{
	int end = 0;
	*out = (struct place_after){ 0 };
	if (!text || text[0] == '\0')
		return LT_OK;
	out->begun = true;
	out->timeless = text[0] == 'n';
	if (strlen(text) > 80)
		return LT_EINVAL;
	if (sscanf(text, "n.%" SCNd64 ".%" SCNd64 "%n", &out->number, &out->at, &end) == 2 && text[end] == '\0')
		return LT_OK;
	end = 0;
	if (sscanf(text, "t.%" SCNd64 ".%" SCNd64 ".%" SCNd64 "%n", &out->time, &out->number, &out->at, &end) == 3 &&
	    text[end] == '\0')
		return LT_OK;
	return LT_EINVAL;
}

const char *place_text(struct project_reader *reader, const struct place_after *place)
{
	enum { PLACE_TEXT = 80 };
	char *out = read_alloc(reader, PLACE_TEXT);
	if (place->timeless)
		snprintf(out, PLACE_TEXT, "n.%" PRId64 ".%" PRId64, place->number, place->at);
	else
		snprintf(out, PLACE_TEXT, "t.%" PRId64 ".%" PRId64 ".%" PRId64, place->time, place->number, place->at);
	return out;
}

/* ---- how it stands ---- */

static void meta_text(struct project_reader *reader, const char *name, char *out, size_t size)
{
	sqlite3_stmt *row = meta_row(reader, name);
	if (row)
		snprintf(out, size, "%s", read_text(reader, row, 0));
}

enum lt_err project_read_state(struct project_reader *reader, struct project_state *out)
{
	*out = (struct project_state){ 0 };
	enum lt_err err = read_begin(reader);
	if (!err) {
		*out = (struct project_state){
			.phase = (enum project_phase)meta(reader, "phase"),
			.broker = meta(reader, "broker") != 0,
			.sequence = reader->sequence,
			.time = reader->time,
			.asked_at = meta(reader, "asked_at"),
			.done = (uint64_t)meta(reader, "done"),
			.total = (uint64_t)meta(reader, "total"),
			.pending = (uint64_t)meta(reader, "pending"),
			.rate = (uint64_t)meta(reader, "rate"),
			.rebuilds = (uint64_t)meta(reader, "rebuilds"),
		};
		meta_text(reader, "why", out->why, sizeof(out->why));
		meta_text(reader, "origin", out->origin, sizeof(out->origin));
	}
	read_end(reader);
	return err;
}
