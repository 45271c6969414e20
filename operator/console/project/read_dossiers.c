/* read_dossiers.c: lists of dossiers by what is asked for, how many there are, and one of them. */
#include "read_filter.h"

#include "program/log.h"

#include <string.h>

#define COLUMNS                                                                                                        \
	"d.number, d.code, d.procedure, d.procedure_name, d.sector, d.version, d.status, d.channel, d.origin, "        \
	"d.lead, d.place,"                                                                                             \
	" d.holder, d.branches, d.leg, d.leg_name, d.opened, d.received, d.carried, d.finished, d.due_first, "         \
	"d.due_lawful,"                                                                                                \
	" d.appointment, d.verdict, d.silent, d.frozen, d.outcome, (SELECT count(*) FROM stuck WHERE stuck.dossier = " \
	"d.number),"                                                                                                   \
	" coalesce(d.due, 0)"
enum { COLUMN_DUE = 27 };

static bool said(const char *text)
{
	return text && text[0] != '\0';
}

/* ---- rows ---- */

static void fill_owed(struct project_reader *reader, sqlite3_stmt *row, void *out)
{
	*(struct lt_owed *)out = (struct lt_owed){
		.what = (uint32_t)sqlite3_column_int64(row, 0),
		.who = read_text(reader, row, 1),
		.acting = read_text(reader, row, 2),
		.branch = (uint32_t)sqlite3_column_int64(row, 3),
		.consult = (uint32_t)sqlite3_column_int64(row, 4),
		.since = sqlite3_column_int64(row, 5),
		.until = sqlite3_column_int64(row, 6),
	};
}

static void fill_first_owed(struct project_reader *reader, struct project_dossier *out)
{
	struct asked_sql asked = { 0 };
	sqlite3_stmt *row = NULL;
	out->owed = (struct lt_owed){ .who = "", .acting = "" };
	asked_add(&asked,
		  "SELECT what, who, acting, branch, consult, since, coalesce(until, 0) FROM owed WHERE dossier = ?"
		  " ORDER BY until IS NULL, until, at LIMIT 1");
	asked_number(&asked, (int64_t)out->number);
	if (asked_prepare(reader, &asked, &row) == LT_OK && sqlite3_step(row) == SQLITE_ROW)
		fill_owed(reader, row, &out->owed);
	sqlite3_finalize(row);
	asked_fini(&asked);
}

static void fill(struct project_reader *reader, sqlite3_stmt *row, struct project_dossier *out)
{
	*out = (struct project_dossier){
		.number = (uint64_t)sqlite3_column_int64(row, 0),
		.code = read_text(reader, row, 1),
		.procedure = read_text(reader, row, 2),
		.procedure_name = read_text(reader, row, 3),
		.sector = read_text(reader, row, 4),
		.procedure_version = (uint32_t)sqlite3_column_int64(row, 5),
		.status = (uint32_t)sqlite3_column_int64(row, 6),
		.channel = (uint32_t)sqlite3_column_int64(row, 7),
		.origin = read_text(reader, row, 8),
		.lead = read_text(reader, row, 9),
		.place_of_help = read_text(reader, row, 10),
		.holder = read_text(reader, row, 11),
		.branches = (uint32_t)sqlite3_column_int64(row, 12),
		.leg = read_text(reader, row, 13),
		.leg_name = read_text(reader, row, 14),
		.opened_at = sqlite3_column_int64(row, 15),
		.received_at = sqlite3_column_int64(row, 16),
		.carried_at = sqlite3_column_int64(row, 17),
		.finished_at = sqlite3_column_int64(row, 18),
		.due_first = sqlite3_column_int64(row, 19),
		.due_lawful = sqlite3_column_int64(row, 20),
		.appointment = sqlite3_column_int64(row, 21),
		.verdict = (uint32_t)sqlite3_column_int64(row, 22),
		.silent_since = sqlite3_column_int64(row, 23),
		.frozen = (uint64_t)sqlite3_column_int64(row, 24),
		.outcome = read_text(reader, row, 25),
		.stuck = (uint32_t)sqlite3_column_int64(row, 26),
	};
	fill_first_owed(reader, out);
}

/* ---- a page ---- */

/* In which order, and from where on. */
enum order { BY_TEXT, BY_NUMBER, BY_TIME, WITHOUT_TIME };

static void add_order(struct asked_sql *asked, enum order order, const struct place_after *after, int64_t limit)
{
	static const char *const by[] = { " ORDER BY search.rowid DESC LIMIT ?", " ORDER BY d.number DESC LIMIT ?",
					  " ORDER BY d.due, d.number LIMIT ?", " ORDER BY d.number DESC LIMIT ?" };
	if (order == BY_TIME) {
		asked_add(asked, " AND (d.due, d.number) > (?, ?)");
		asked_number(asked, after->begun ? after->time : 0);
		asked_number(asked, after->begun ? after->number : 0);
	} else if (after->begun && after->timeless && after->number != 0) { /* 0: where those without a time begin */
		asked_add(asked, order == BY_TEXT ? " AND search.rowid < ?" : " AND d.number < ?");
		asked_number(asked, after->number);
	}
	if (order == WITHOUT_TIME)
		asked_add(asked, " AND d.due IS NULL");
	asked_add(asked, by[order]);
	asked_number(asked, limit);
}

static enum lt_err add_rows(struct project_reader *reader, const struct project_filter *filter, enum order order,
			    struct place_after *after, struct project_dossiers *out)
{
	struct asked_sql asked = { 0 };
	struct lt_buf question = { 0 };
	sqlite3_stmt *row = NULL;
	uint32_t limit = read_limit(filter->limit);
	bool by_time = order == BY_TIME || order == WITHOUT_TIME;
	enum lt_err err =
		filter_ask(reader, filter, by_time ? FILTER_BY_TIME : FILTER_BY_NUMBER, COLUMNS, &question, &asked);
	add_order(&asked, order, after, (int64_t)limit - (int64_t)out->count + 1);
	if (!err)
		err = asked_prepare(reader, &asked, &row);
	int code = SQLITE_DONE;
	while (!err && (code = sqlite3_step(row)) == SQLITE_ROW) {
		if (out->count == limit) { /* there is more */
			out->next = place_text(reader, after);
			break;
		}
		fill(reader, row, &out->rows[out->count++]);
		*after = (struct place_after){ .begun = true,
					       .timeless = order != BY_TIME,
					       .time = sqlite3_column_int64(row, COLUMN_DUE),
					       .number = sqlite3_column_int64(row, 0) };
	}
	if (!err)
		err = read_err(reader, code);
	sqlite3_finalize(row);
	asked_fini(&asked);
	lt_buf_fini(&question);
	return err == LT_ENOENT ? LT_OK : err;
}

enum lt_err project_read_dossiers(struct project_reader *reader, const struct project_filter *filter,
				  struct project_dossiers *out)
{
	struct place_after after;
	*out = (struct project_dossiers){ .next = "" };
	enum lt_err err = place_read(filter->after, &after);
	if (!err)
		err = read_begin(reader);
	if (!err) {
		out->sequence = reader->sequence;
		out->time = reader->time;
		out->rows = read_alloc(reader, PROJECT_PAGE * sizeof(*out->rows));
		if (said(filter->text))
			err = add_rows(reader, filter, BY_TEXT, &after, out);
		else if (filter->sort == PROJECT_BY_OPENED)
			err = add_rows(reader, filter, BY_NUMBER, &after, out);
		else if (!after.timeless)
			err = add_rows(reader, filter, BY_TIME, &after, out);
	}
	bool last = !said(filter->text) && filter->sort == PROJECT_BY_DUE && out->next[0] == '\0';
	if (!err && last) {
		if (!after.timeless)
			after = (struct place_after){ .timeless = true };
		err = add_rows(reader, filter, WITHOUT_TIME, &after, out);
		/* The first without a time does not fit any more: it is where the next page begins. */
	}
	read_end(reader);
	return err;
}

enum lt_err project_read_count(struct project_reader *reader, const struct project_filter *filter, uint64_t *count,
			       bool *exact)
{
	struct asked_sql asked = { 0 };
	struct lt_buf question = { 0 };
	int64_t found = 0;
	enum lt_err err = read_begin(reader);
	asked_add(&asked, "SELECT count(*) FROM (");
	if (!err)
		err = filter_ask(reader, filter, FILTER_COUNT, "1", &question, &asked);
	asked_add(&asked, " LIMIT ?)");
	asked_number(&asked, PROJECT_COUNT_MAX + 1);
	if (!err)
		err = asked_one(reader, &asked, &found);
	err = err == LT_ENOENT ? LT_OK : err;
	read_end(reader);
	asked_fini(&asked);
	lt_buf_fini(&question);
	*exact = found <= PROJECT_COUNT_MAX;
	*count = *exact ? (uint64_t)found : PROJECT_COUNT_MAX;
	return err;
}

/* ---- one ---- */

/* Rows of a table of one dossier: how many, and each. */
static enum lt_err each(struct project_reader *reader, const char *sql, uint64_t number, size_t size, size_t *count,
			void *out, void (*fill_row)(struct project_reader *, sqlite3_stmt *, void *))
{
	struct asked_sql asked = { 0 };
	sqlite3_stmt *row = NULL;
	int code = SQLITE_DONE;
	char *rows = NULL;
	size_t room = 0;
	asked_add(&asked, sql);
	asked_number(&asked, (int64_t)number);
	enum lt_err err = asked_prepare(reader, &asked, &row);
	for (*count = 0; !err && (code = sqlite3_step(row)) == SQLITE_ROW; ++*count) {
		if (*count == room) {
			char *more = read_alloc(reader, (room * 2 + 16) * size);
			if (room > 0)
				memcpy(more, rows, room * size);
			rows = more;
			room = room * 2 + 16;
		}
		fill_row(reader, row, rows + *count * size);
	}
	if (!err)
		err = read_err(reader, code);
	sqlite3_finalize(row);
	asked_fini(&asked);
	memcpy(out, &rows, sizeof(rows));
	return err;
}

static void fill_part(struct project_reader *reader, sqlite3_stmt *row, void *out)
{
	*(struct lt_stay_part *)out = (struct lt_stay_part){
		.agency = read_text(reader, row, 0),
		.begun = sqlite3_column_int64(row, 1),
		.ended = sqlite3_column_int64(row, 2),
		.used = (uint32_t)sqlite3_column_int64(row, 3),
	};
}

static void fill_stay(struct project_reader *reader, sqlite3_stmt *row, void *out)
{
	int64_t number = sqlite3_column_int64(row, 0);
	*(struct lt_stay *)out = (struct lt_stay){
		.number = number > 0 ? (uint64_t)number : 0,
		.branch = (uint32_t)sqlite3_column_int64(row, 1),
		.leg = read_text(reader, row, 2),
		.holder = read_text(reader, row, 3),
		.to = read_text(reader, row, 4),
		.begun = sqlite3_column_int64(row, 5),
		.ended = sqlite3_column_int64(row, 6),
		.arrived = sqlite3_column_int64(row, 7),
		.limit_unit = (uint32_t)sqlite3_column_int64(row, 8),
		.limit_quarters = (uint32_t)sqlite3_column_int64(row, 9),
		.allotted = (uint32_t)sqlite3_column_int64(row, 10),
		.used = (uint32_t)sqlite3_column_int64(row, 11),
		.carried = (uint32_t)sqlite3_column_int64(row, 12),
		.stood = (uint32_t)sqlite3_column_int64(row, 13),
		.given = (uint32_t)sqlite3_column_int64(row, 14),
		.due_first = sqlite3_column_int64(row, 15),
		.due_lawful = sqlite3_column_int64(row, 16),
		.verdict = (uint32_t)sqlite3_column_int64(row, 17),
		.how = (uint32_t)sqlite3_column_int64(row, 18),
		.late = read_text(reader, row, 19),
		.corrects = (uint64_t)sqlite3_column_int64(row, 20),
		.unit = read_text(reader, row, 21),
		.begun_by = (uint64_t)sqlite3_column_int64(row, 22),
		.ended_by = (uint64_t)sqlite3_column_int64(row, 23),
		.counted_from = sqlite3_column_int64(row, 24),
		.set_back = sqlite3_column_int64(row, 25) != 0,
		.part_count = (size_t)sqlite3_column_int64(row, 26),
	};
}

/* A stay that a reorganisation has cut is rare: its parts are asked for one by one. */
static enum lt_err fill_parts(struct project_reader *reader, struct project_one *out)
{
	int64_t open = 0;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < out->stay_count && !err; i++) {
		struct lt_stay *stay = &out->stays[i];
		int64_t number = stay->number > 0 ? (int64_t)stay->number : --open;
		char sql[120];
		sqlite3_snprintf(
			sizeof(sql), sql,
			"SELECT agency, begun, ended, used FROM part WHERE dossier = ? AND stay = %lld ORDER BY at",
			(long long)number);
		if (stay->part_count > 0)
			err = each(reader, sql, out->dossier.number, sizeof(*stay->parts), &stay->part_count,
				   &stay->parts, fill_part);
	}
	return err;
}

static enum lt_err fill_one(struct project_reader *reader, const char *code, struct project_one *out)
{
	struct asked_sql asked = { 0 };
	sqlite3_stmt *row = NULL;
	asked_add(&asked, "SELECT " COLUMNS " FROM dossier d WHERE d.code = ?");
	asked_text(&asked, code);
	enum lt_err err = asked_prepare(reader, &asked, &row);
	int found = err ? SQLITE_DONE : sqlite3_step(row);
	if (found == SQLITE_ROW)
		fill(reader, row, &out->dossier);
	else if (!err)
		err = found == SQLITE_DONE ? LT_ENOENT : read_err(reader, found);
	sqlite3_finalize(row);
	asked_fini(&asked);
	return err;
}

enum lt_err project_read_one(struct project_reader *reader, const char *code, struct project_one *out)
{
	*out = (struct project_one){ 0 };
	enum lt_err err = read_begin(reader);
	out->sequence = reader->sequence;
	out->time = reader->time;
	if (!err)
		err = fill_one(reader, code, out);
	uint64_t number = out->dossier.number;
	if (!err)
		err = each(reader,
			   "SELECT what, who, acting, branch, consult, since, coalesce(until, 0) FROM owed WHERE "
			   "dossier = ?"
			   " ORDER BY at",
			   number, sizeof(*out->owed), &out->owed_count, &out->owed, fill_owed);
	if (!err)
		err = each(reader,
			   "SELECT number, branch, leg, holder, receiver, begun, ended, arrived, limit_unit, "
			   "limit_quarters,"
			   " allotted, used, carried, stood, given, due_first, due_lawful, verdict, how, late, "
			   "corrects, unit,"
			   " begun_by, ended_by, counted_from, set_back, (SELECT count(*) FROM part"
			   " WHERE part.dossier = stay.dossier AND part.stay = stay.number)"
			   " FROM stay WHERE dossier = ? ORDER BY number < 0, abs(number)",
			   number, sizeof(*out->stays), &out->stay_count, &out->stays, fill_stay);
	if (!err)
		err = fill_parts(reader, out);
	read_end(reader);
	return err;
}
