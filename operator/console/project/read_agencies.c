/* read_agencies.c: agencies with what waits for them, and what they owe. */
#include "read_internal.h"

#include "fold.h"
#include "program/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Counted no further than PROJECT_COUNT_MAX: who holds half a million is not counted through for each look at the list. */
#define MANY(from) " (SELECT count(*) FROM (SELECT 1 FROM " from " LIMIT ?))"
#define COLUMNS                                                                                                       \
	"a.code, a.name, a.name_en, a.parent, a.handled_by, a.level, a.online, a.suspended, a.certificates, "         \
	"a.valid_from,"                                                                                               \
	" a.valid_to, a.waiting, a.oldest, a.unanswered, a.unreadable,"                                               \
	" (SELECT count(*) FROM stuck WHERE agency = a.code)," MANY("branch WHERE holder = a.code") "," MANY(         \
		"owed WHERE who = a.code") "," MANY("owed WHERE who = a.code AND until < ?") ", a.ends, a.refused, "  \
											     "a.disk, a.disk_free, "  \
											     "a.disk_size, a.clock, " \
											     "a.ahead, a.trouble"
/* What stands first: its mail cannot go on, it confirms nothing, it can sign nothing or its adapter's machine is in trouble, something
 * waits for it. disk, clock: from PROJECT_LOW on. */
#define TROUBLE                                                                                                       \
	"CASE WHEN g.unreadable <> 0 OR EXISTS (SELECT 1 FROM stuck WHERE stuck.agency = g.code) THEN 0"              \
	" WHEN g.unanswered <> 0 THEN 1"                                                                              \
	" WHEN g.disk >= 2 OR g.clock >= 2 OR (g.ends <> 0 AND g.ends <= ?) THEN 2 WHEN g.oldest <> 0 THEN 3 ELSE 4 " \
	"END"
enum { COLUMN_TROUBLE = 26, AFTER_MAX = 128 /* of a place in the list: two numbers and a code */ };

static void fill(struct project_reader *reader, sqlite3_stmt *row, struct project_agency *out)
{
	*out = (struct project_agency){
		.code = read_text(reader, row, 0),
		.name = read_text(reader, row, 1),
		.name_en = read_text(reader, row, 2),
		.parent = read_text(reader, row, 3),
		.handled_by = read_text(reader, row, 4),
		.level = (uint32_t)sqlite3_column_int64(row, 5),
		.online = sqlite3_column_int64(row, 6) != 0,
		.suspended = sqlite3_column_int64(row, 7) != 0,
		.certificates = (uint32_t)sqlite3_column_int64(row, 8),
		.valid_from = sqlite3_column_int64(row, 9),
		.valid_to = sqlite3_column_int64(row, 10),
		.waiting = (uint64_t)sqlite3_column_int64(row, 11),
		.oldest = sqlite3_column_int64(row, 12),
		.unanswered_since = sqlite3_column_int64(row, 13),
		.unreadable = (uint64_t)sqlite3_column_int64(row, 14),
		.stuck = (uint64_t)sqlite3_column_int64(row, 15),
		.held = (uint64_t)sqlite3_column_int64(row, 16),
		.owed = (uint64_t)sqlite3_column_int64(row, 17),
		.late = (uint64_t)sqlite3_column_int64(row, 18),
		.certificates_end = sqlite3_column_int64(row, 19),
		.refused = (uint64_t)sqlite3_column_int64(row, 20),
		.disk = (enum project_level)sqlite3_column_int64(row, 21),
		.disk_free = (uint64_t)sqlite3_column_int64(row, 22),
		.disk_size = (uint64_t)sqlite3_column_int64(row, 23),
		.clock = (enum project_level)sqlite3_column_int64(row, 24),
		.clock_ahead = sqlite3_column_int64(row, 25),
	};
}

/* Each word somewhere in codes and names, cut where they are bound. */
static void add_words(struct asked_sql *asked, char *words)
{
	char *rest = words;
	for (size_t i = 0; i < FOLD_WORDS_MAX && rest; i++) {
		char *word = strsep(&rest, " ");
		if (word[0] == '\0')
			continue;
		asked_add(asked, " AND instr(g.text, ?) > 0");
		asked_text(asked, word);
	}
}

static enum lt_err read_page(struct project_reader *reader, struct asked_sql *asked, uint32_t limit,
			     struct project_agencies *out)
{
	sqlite3_stmt *row = NULL;
	int code = SQLITE_DONE;
	int64_t trouble = 0;
	enum lt_err err = asked_prepare(reader, asked, &row);
	out->rows = read_alloc(reader, (limit + 1) * sizeof(*out->rows));
	while (!err && (code = sqlite3_step(row)) == SQLITE_ROW) {
		if (out->count == limit) {
			const struct project_agency *last = &out->rows[limit - 1];
			size_t size = strlen(last->code) + 48;
			char *next = read_alloc(reader, size);
			snprintf(next, size, "%" PRId64 ":%" PRId64 ":%s", trouble, last->oldest, last->code);
			out->next = next;
			break;
		}
		fill(reader, row, &out->rows[out->count++]);
		trouble = sqlite3_column_int64(row, COLUMN_TROUBLE);
	}
	if (!err)
		err = read_err(reader, code);
	sqlite3_finalize(row);
	return err;
}

static enum lt_err begin(struct project_reader *reader, struct asked_sql *asked, int64_t now,
			 struct project_agencies *out)
{
	*out = (struct project_agencies){ .next = "" };
	enum lt_err err = read_begin(reader);
	out->sequence = reader->sequence;
	out->time = reader->time;
	/* What an agency holds and owes is counted for those of the page alone. */
	asked_add(asked, "SELECT " COLUMNS " FROM (SELECT *, " TROUBLE " AS trouble FROM agency g WHERE 1");
	asked_number(asked, PROJECT_COUNT_MAX);
	asked_number(asked, PROJECT_COUNT_MAX);
	asked_number(asked, now ? now : reader->time);
	asked_number(asked, PROJECT_COUNT_MAX);
	asked_number(asked, now ? now : reader->time); /* ended certificates */
	return err;
}

enum lt_err project_read_agencies(struct project_reader *reader, const char *text, int64_t now, const char *after,
				  uint32_t limit, struct project_agencies *out)
{
	struct asked_sql asked = { 0 };
	struct lt_buf words = { 0 };
	char *typed = text ? strndup(text, FOLD_TEXT_MAX) : NULL;
	int64_t trouble = 0, oldest = 0;
	int end = 0;
	bool later = after && after[0];
	enum lt_err err = begin(reader, &asked, now, out);
	if (later && (strlen(after) > AFTER_MAX ||
		      sscanf(after, "%" SCNd64 ":%" SCNd64 ":%n", &trouble, &oldest, &end) != 2 || end == 0))
		err = LT_EINVAL;
	if (typed && (fold_append(typed, &words) || lt_buf_append(&words, "", 1)))
		err = LT_ENOMEM;
	if (!err && typed)
		add_words(&asked, (char *)words.data);
	if (!err && later) {
		asked_add(&asked, " AND (trouble, g.oldest, g.code) > (?, ?, ?)");
		asked_number(&asked, trouble);
		asked_number(&asked, oldest);
		asked_text(&asked, after + end);
	}
	asked_add(&asked, " ORDER BY trouble, g.oldest, g.code LIMIT ?) a ORDER BY a.trouble, a.oldest, a.code");
	asked_number(&asked, (int64_t)read_limit(limit) + 1);
	if (!err)
		err = read_page(reader, &asked, read_limit(limit), out);
	read_end(reader);
	asked_fini(&asked);
	lt_buf_fini(&words);
	free(typed);
	return err;
}

enum lt_err project_read_agency(struct project_reader *reader, const char *code, int64_t now,
				struct project_agencies *out)
{
	struct asked_sql asked = { 0 };
	enum lt_err err = begin(reader, &asked, now, out);
	asked_add(&asked, " AND g.code = ?) a");
	asked_text(&asked, code);
	if (!err)
		err = read_page(reader, &asked, 1, out);
	read_end(reader);
	asked_fini(&asked);
	return err;
}

#define KNOWN "SELECT code, name, name_en, suspended, valid_to FROM agency g WHERE 1"

static void fill_known(struct project_reader *reader, sqlite3_stmt *row, struct project_known *out)
{
	*out = (struct project_known){ .code = read_text(reader, row, 0),
				       .name = read_text(reader, row, 1),
				       .name_en = read_text(reader, row, 2),
				       .suspended = sqlite3_column_int64(row, 3) != 0,
				       .valid_to = sqlite3_column_int64(row, 4) };
}

enum lt_err project_read_known(struct project_reader *reader, const char *code, struct project_known *out)
{
	struct asked_sql asked = { 0 };
	sqlite3_stmt *row = NULL;
	int found = SQLITE_DONE;
	enum lt_err err = read_begin(reader);
	asked_add(&asked, KNOWN " AND code = ?");
	asked_text(&asked, code);
	if (!err)
		err = asked_prepare(reader, &asked, &row);
	if (!err && (found = sqlite3_step(row)) == SQLITE_ROW) {
		fill_known(reader, row, out);
	} else if (!err) {
		err = found == SQLITE_DONE ? LT_ENOENT : read_err(reader, found);
	}
	sqlite3_finalize(row);
	read_end(reader);
	asked_fini(&asked);
	return err;
}

static bool is_whole(const char *text, const char *folded)
{
	struct lt_buf other = { 0 };
	LT_ASSERT(fold_append(text, &other) == LT_OK && lt_buf_append(&other, "", 1) == LT_OK);
	bool same = strcmp((const char *)other.data, folded) == 0;
	lt_buf_fini(&other);
	return same;
}

/* The shortest name first: one that is whole what was typed is among the first. */
static enum lt_err ask_named(struct project_reader *reader, char *words, sqlite3_stmt **out)
{
	struct asked_sql asked = { 0 };
	asked_add(&asked, KNOWN);
	add_words(&asked, words);
	asked_add(&asked, " ORDER BY length(name), code LIMIT ?");
	asked_number(&asked, PROJECT_NAMED_MAX + 1);
	enum lt_err err = asked_prepare(reader, &asked, out);
	asked_fini(&asked);
	return err;
}

static void add_named(struct project_named *named, const struct project_known *known, const char *folded, bool *whole)
{
	bool is = is_whole(known->code, folded) || is_whole(known->name, folded) || is_whole(known->name_en, folded);
	if (is && !*whole)
		*named = (struct project_named){ 0 };
	if (*whole && !is)
		return;
	*whole = is;
	named->more = named->count == PROJECT_NAMED_MAX;
	if (!named->more)
		named->list[named->count++] = *known;
}

enum lt_err project_read_named(struct project_reader *reader, const char *typed, struct project_named *out)
{
	struct lt_buf folded = { 0 }, words = { 0 };
	sqlite3_stmt *row = NULL;
	int code = SQLITE_DONE;
	bool whole = false;
	*out = (struct project_named){ 0 };
	bool full = fold_append(typed, &folded) || lt_buf_append(&folded, "", 1) ||
		    lt_buf_append(&words, folded.data, folded.len); /* cut up below */
	enum lt_err err = full ? LT_ENOMEM : read_begin(reader);
	if (!err && folded.len > 1)
		err = ask_named(reader, (char *)words.data, &row);
	while (!err && row && (code = sqlite3_step(row)) == SQLITE_ROW) {
		struct project_known known;
		fill_known(reader, row, &known);
		add_named(out, &known, (const char *)folded.data, &whole);
	}
	if (!err)
		err = read_err(reader, code);
	sqlite3_finalize(row);
	read_end(reader);
	lt_buf_fini(&folded);
	lt_buf_fini(&words);
	return err;
}
