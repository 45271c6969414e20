/* read_rows.c: what is owed now, by cause. Each cause is one walk over one index, by time; what has no time comes behind. */
#include "read_internal.h"

#include <stdio.h>
#include <string.h>

/* What a cause reads: the table with a row each, its time, its key, what must be so, of which agency a row is, and what it shows. An agency
 * owes in two ways, and each has an index of its own: so each is a walk, and what they find is put in order. */
struct cause_walk {
	const char *from, *alias, *time, *number, *at, *where;
	const char *agency, *acting; /* acting: NULL, there is but one way */
	const char *shows; /* who, acting, what, branch, consult, leg, leg_name, since, until, reason, number */
	bool late, timeless;
};
#define OWED_SHOWS "o.who, o.acting, o.what, o.branch, o.consult, o.leg, o.leg_name, o.since, o.until, 0, 0"
#define OWED "owed o", "o", "o.until", "o.dossier", "o.at"
#define OWED_AGENCY " AND o.who = ?", " AND o.acting = ? AND o.acting <> '' AND +o.who <> ?"
static const struct cause_walk walks[PROJECT_CAUSES] = {
	[PROJECT_LATE] = { OWED, "1", OWED_AGENCY, OWED_SHOWS, .late = true },
	[PROJECT_SILENT] = { "branch b", "b", "b.silent", "b.dossier", "b.branch", "b.silent <> 0",
			     " AND +b.holder = ?", NULL,
			     "b.holder, '', 3, b.branch, 0, b.leg, '', b.silent, (SELECT until FROM owed WHERE"
			     " owed.dossier = b.dossier AND owed.branch = b.branch AND owed.what = 3), 0, 0" },
	[PROJECT_UNANSWERED] = { OWED, "o.what <= 2", OWED_AGENCY, OWED_SHOWS, .timeless = true },
	[PROJECT_STUCK] = { "stuck s", "s", "s.since", "s.dossier", "s.number", "s.redelivered = 0",
			    " AND s.agency = ?", NULL,
			    "s.agency, '', 0, 0, 0, '', '', s.since, 0, s.reason, s.number" },
	[PROJECT_FROZEN] = { "dossier f", "f", "f.frozen", "f.number", "f.number", "f.frozen <> 0",
			     " AND +f.holder = ?", NULL,
			     "f.holder, '', 0, 0, 0, f.leg, f.leg_name, 0, 0, 0, f.frozen" },
	[PROJECT_OWED] = { OWED, "1", OWED_AGENCY, OWED_SHOWS, .timeless = true },
};

struct rows_question {
	const struct cause_walk *walk;
	const char *agency;
	int64_t now;
	uint32_t limit;
};

static void add(struct asked_sql *asked, const char *a, const char *b, const char *c, const char *d)
{
	asked_add(asked, a);
	asked_add(asked, b);
	asked_add(asked, c);
	asked_add(asked, d);
}

static void add_where(struct asked_sql *asked, const struct rows_question *question, const char *way)
{
	const struct cause_walk *walk = question->walk;
	add(asked, " FROM ", walk->from, " WHERE ", walk->where);
	asked_add(asked, way);
	for (const char *at = way; (at = strchr(at, '?')) != NULL; at++)
		asked_text(asked, question->agency);
	if (walk->late) {
		add(asked, " AND ", walk->time, " < ?", "");
		asked_number(asked, question->now);
	}
}

/* What is behind a place. */
static void add_after(struct asked_sql *asked, const struct cause_walk *walk, const struct place_after *after,
		      bool timeless)
{
	if (timeless) {
		add(asked, " AND ", walk->time, " IS NULL", "");
		add(asked, " AND (", walk->number, ", ", walk->at);
		asked_add(asked, ") > (?, ?)");
	} else {
		add(asked, " AND (", walk->time, ", ", walk->number);
		add(asked, ", ", walk->at, ") > (?, ?, ?)", "");
		asked_number(asked, after->begun ? after->time : 0);
	}
	asked_number(asked, after->begun && after->timeless == timeless ? after->number : -1);
	asked_number(asked, after->begun && after->timeless == timeless ? after->at : -1);
}

static void add_order(struct asked_sql *asked, const struct cause_walk *walk, bool timeless, int64_t limit)
{
	asked_add(asked, " ORDER BY ");
	if (!timeless)
		add(asked, walk->time, ", ", "", "");
	add(asked, walk->number, ", ", walk->at, " LIMIT ?");
	asked_number(asked, limit);
}

/* The ways in which an agency owes; without one there is but one, of all. */
static size_t ways_of(const struct rows_question *question, const char *ways[2])
{
	bool all = !question->agency || question->agency[0] == '\0';
	ways[0] = all ? "" : question->walk->agency;
	ways[1] = all ? NULL : question->walk->acting;
	return ways[1] ? 2 : 1;
}

static void fill(struct project_reader *reader, sqlite3_stmt *row, struct project_row *out)
{
	*out = (struct project_row){
		.code = read_text(reader, row, 3),
		.procedure_name = read_text(reader, row, 4),
		.status = (uint32_t)sqlite3_column_int64(row, 5),
		.who = read_text(reader, row, 6),
		.acting = read_text(reader, row, 7),
		.what = (uint32_t)sqlite3_column_int64(row, 8),
		.branch = (uint32_t)sqlite3_column_int64(row, 9),
		.consult = (uint32_t)sqlite3_column_int64(row, 10),
		.leg = read_text(reader, row, 11),
		.leg_name = read_text(reader, row, 12),
		.since = sqlite3_column_int64(row, 13),
		.until = sqlite3_column_int64(row, 14),
		.reason = (uint32_t)sqlite3_column_int64(row, 15),
		.number = (uint64_t)sqlite3_column_int64(row, 16),
		.procedure = read_text(reader, row, 17),
		.procedure_version = (uint32_t)sqlite3_column_int64(row, 18),
	};
}

/* The first of each way; and of these the first. */
static void add_page(struct asked_sql *asked, const struct rows_question *question, const struct place_after *after,
		     bool timeless, int64_t limit)
{
	const struct cause_walk *walk = question->walk;
	const char *ways[2];
	size_t count = ways_of(question, ways);
	add(asked, "SELECT ", walk->time, ", ", walk->number);
	add(asked, ", ", walk->at, ", coalesce(d.code, ''), coalesce(d.procedure_name, ''), coalesce(d.status, 0), ",
	    walk->shows);
	asked_add(asked, ", coalesce(d.procedure, ''), coalesce(d.version, 0) FROM (");
	for (size_t i = 0; i < count; i++) {
		asked_add(asked, i == 0 ? "SELECT * FROM (SELECT *" : " UNION ALL SELECT * FROM (SELECT *");
		add_where(asked, question, ways[i]);
		add_after(asked, walk, after, timeless);
		add_order(asked, walk, timeless, limit);
		asked_add(asked, ")");
	}
	add(asked, ") ", walk->alias, " LEFT JOIN dossier d ON d.number = ", walk->number);
	add_order(asked, walk, timeless, limit);
}

static enum lt_err add_rows(struct project_reader *reader, const struct rows_question *question, bool timeless,
			    struct place_after *after, struct project_rows *out)
{
	struct asked_sql asked = { 0 };
	sqlite3_stmt *row = NULL;
	int code = SQLITE_DONE;
	add_page(&asked, question, after, timeless, (int64_t)question->limit - (int64_t)out->count + 1);
	enum lt_err err = asked_prepare(reader, &asked, &row);
	while (!err && (code = sqlite3_step(row)) == SQLITE_ROW) {
		if (out->count == question->limit) {
			out->next = place_text(reader, after);
			break;
		}
		fill(reader, row, &out->rows[out->count++]);
		*after = (struct place_after){ .begun = true,
					       .timeless = timeless,
					       .time = sqlite3_column_int64(row, 0),
					       .number = sqlite3_column_int64(row, 1),
					       .at = sqlite3_column_int64(row, 2) };
	}
	if (!err)
		err = read_err(reader, code);
	sqlite3_finalize(row);
	asked_fini(&asked);
	return err;
}

enum lt_err project_read_rows(struct project_reader *reader, enum project_cause cause, const char *agency, int64_t now,
			      const char *after, uint32_t limit, struct project_rows *out)
{
	struct place_after place;
	*out = (struct project_rows){ .next = "" };
	if (cause < PROJECT_LATE || cause >= PROJECT_CAUSES)
		return LT_EINVAL;
	enum lt_err err = place_read(after, &place);
	if (!err)
		err = read_begin(reader);
	const struct rows_question question = { &walks[cause], agency, now ? now : reader->time, read_limit(limit) };
	out->sequence = reader->sequence;
	out->time = reader->time;
	if (!err) {
		out->rows = read_alloc(reader, PROJECT_PAGE * sizeof(*out->rows));
		if (!place.timeless)
			err = add_rows(reader, &question, false, &place, out);
	}
	if (!err && question.walk->timeless && out->next[0] == '\0')
		err = add_rows(reader, &question, true, &place, out);
	read_end(reader);
	return err;
}

/* ---- how many ---- */

/* "SELECT what FROM (rows of each way, as many as the limit)"; tail: what else must be so, and their order. */
static enum lt_err ask_all(struct project_reader *reader, const struct rows_question *question, const char *what,
			   const char *column, const char *tail, int64_t limit, int64_t *out)
{
	struct asked_sql asked = { 0 };
	const char *ways[2];
	size_t count = ways_of(question, ways);
	add(&asked, "SELECT ", what, " FROM (", "");
	for (size_t i = 0; i < count; i++) {
		add(&asked, i == 0 ? "SELECT * FROM (SELECT " : " UNION ALL SELECT * FROM (SELECT ", column, " AS t",
		    "");
		add_where(&asked, question, ways[i]);
		add(&asked, tail, " LIMIT ?)", "", "");
		asked_number(&asked, limit);
	}
	asked_add(&asked, ")");
	enum lt_err err = asked_one(reader, &asked, out);
	asked_fini(&asked);
	return err;
}

static enum lt_err count_cause(struct project_reader *reader, const struct rows_question *question,
			       struct project_cause_count *out)
{
	const struct cause_walk *walk = question->walk;
	char tail[80];
	int64_t count = 0;
	enum lt_err err = ask_all(reader, question, "count(*)", "1", "", PROJECT_COUNT_MAX + 1, &count);
	out->exact = count <= PROJECT_COUNT_MAX;
	out->count = out->exact ? (uint64_t)count : PROJECT_COUNT_MAX;
	if (err || count == 0)
		return err;
	snprintf(tail, sizeof(tail), " AND %s > 0 ORDER BY %s", walk->time, walk->time);
	return ask_all(reader, question, "min(t)", walk->time, tail, 1, &out->oldest);
}

enum lt_err project_read_causes(struct project_reader *reader, const char *agency, int64_t now,
				struct project_causes *out)
{
	*out = (struct project_causes){ 0 };
	enum lt_err err = read_begin(reader);
	out->sequence = reader->sequence;
	out->time = reader->time;
	for (int cause = PROJECT_LATE; cause < PROJECT_CAUSES && !err; cause++) {
		const struct rows_question question = { &walks[cause], agency, now ? now : reader->time, 0 };
		err = count_cause(reader, &question, &out->causes[cause]);
	}
	read_end(reader);
	return err;
}
