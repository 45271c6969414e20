/* read_internal.h: what the questions of the projection share: one reading transaction, a statement that is put together, its rows. */
#ifndef PROJECT_READ_INTERNAL_H
#define PROJECT_READ_INTERNAL_H

#include "project_read.h"

#include <sqlite3.h>

struct project_reader {
	sqlite3 *db;
	sqlite3_stmt *meta;     /* a value by its name: every question asks for some */
	struct lt_arena *arena; /* of the answer */
	int64_t until;          /* monotonic: the question is broken off */
	uint64_t sequence;      /* of the transaction that is open */
	int64_t time;
};
/* Begins a question: its transaction, and at which record it is. read_end ends it, also after an error. */
enum lt_err read_begin(struct project_reader *reader);
void read_end(struct project_reader *reader);
enum lt_err read_err(const struct project_reader *reader, int code);
/* Zeroed memory of the answer. Never NULL. */
void *read_alloc(struct project_reader *reader, size_t size);
/* A column's text in the answer; "" for NULL. */
const char *read_text(struct project_reader *reader, sqlite3_stmt *row, int column);

/* A statement that is put together: its text, and what stands at its question marks, in order. */
enum { READ_VALUES = 64 };
struct asked_sql {
	struct lt_buf sql;
	size_t count;
	struct {
		const char *text; /* NULL: a number */
		int64_t number;
	} values[READ_VALUES];
};
/* Texts are borrowed until the statement was made ready. */
void asked_add(struct asked_sql *asked, const char *sql);
void asked_number(struct asked_sql *asked, int64_t number);
void asked_text(struct asked_sql *asked, const char *text);
void asked_fini(struct asked_sql *asked);
enum lt_err asked_prepare(struct project_reader *reader, const struct asked_sql *asked, sqlite3_stmt **out);
/* Its first column as a number. */
enum lt_err asked_one(struct project_reader *reader, const struct asked_sql *asked, int64_t *out);

/* Where a page ends: "t.TIME.NUMBER.AT", or without a time "n.NUMBER.AT". */
struct place_after {
	bool begun, timeless;
	int64_t time, number, at;
};
/* LT_EINVAL: it is none. */
enum lt_err place_read(const char *text, struct place_after *out);
const char *place_text(struct project_reader *reader, const struct place_after *place);
/* How many rows a page has. */
uint32_t read_limit(uint32_t asked);

#endif
