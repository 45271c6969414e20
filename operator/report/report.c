/* report.c: from a question to its document: opens the projection, reads where it stands, chooses the report. */
#include "report_internal.h"

#include "base/date.h"
#include "project/schema.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS \
	5000 /* the console writes a page of copying in some milliseconds; a rebuild in one transaction of at most that */

static const char *const names[REPORT_KINDS] = { NULL,     "agencies", "sectors", "procedures", "channels",
						 "delays", "legs",     "reasons", "ranking" };

const char *report_name(enum report_kind kind)
{
	return kind > 0 && kind < REPORT_KINDS ? names[kind] : NULL;
}

enum report_kind report_find(const char *name)
{
	for (int i = 1; i < REPORT_KINDS; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum report_kind)i;
	}
	return 0;
}

const char *report_why(const struct report_source *source)
{
	return source->why;
}

void report_fail(struct report_source *source, const char *what)
{
	int code = sqlite3_errcode(source->db);
	if (source->err)
		return;
	source->err = code == SQLITE_NOMEM ? LT_ENOMEM : LT_EIO;
	snprintf(source->why, sizeof(source->why), "%s: %s", what, sqlite3_errmsg(source->db));
}

/* A value of the projection's meta; 0: there is none. */
static int64_t meta(struct report_source *source, const char *name)
{
	sqlite3_stmt *query = NULL;
	int64_t value = 0;
	if (sqlite3_prepare_v2(source->db, "SELECT value FROM meta WHERE name = ?", -1, &query, NULL) != SQLITE_OK)
		report_fail(source, "the projection cannot be read");
	else if (sqlite3_bind_text(query, 1, name, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(query) == SQLITE_ROW)
		value = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return value;
}

static enum lt_err refuse_open(struct report_source *source, enum lt_err err, const char *what, char why[REPORT_WHY])
{
	snprintf(why, REPORT_WHY, "%.80s%s%.100s", what, source && source->why[0] ? ": " : "",
		 source ? source->why : "");
	report_close(source);
	return err;
}

enum lt_err report_open(const char *path, struct report_source **out, char why[REPORT_WHY])
{
	struct report_source *source = calloc(1, sizeof(*source));
	if (!source)
		return refuse_open(source, LT_ENOMEM, "out of memory", why);
	if (access(path, R_OK) != 0)
		return refuse_open(source, LT_ENOENT,
				   "there is no projection there that can be read: lienthong-console makes it", why);
	if (sqlite3_open_v2(path, &source->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return refuse_open(source, LT_EIO, "the projection cannot be opened", why);
	sqlite3_busy_timeout(source->db, BUSY_MS);
	/* What is sorted of a million dossiers goes to a file that is gone with the connection, not to memory. */
	report_run(source, sqlite3_mprintf("PRAGMA temp_store = FILE"));
	int64_t layout = meta(source, "layout");
	if (source->err)
		return refuse_open(source, LT_EPARSE, "this is no projection of a console", why);
	if (layout != SCHEMA_LAYOUT)
		return refuse_open(source, LT_EPARSE, "the projection is of another version: its console makes it anew",
				   why);
	*out = source;
	return LT_OK;
}

void report_close(struct report_source *source)
{
	if (!source)
		return;
	sqlite3_close(source->db);
	free(source);
}

/* A day at +07:00. */
static json_t *day_json(int64_t time)
{
	char text[LT_TIME_TEXT];
	lt_time_format(time, text);
	return json_stringn(text, 10);
}

/* The month so far. */
static void set_period(struct report_source *source, struct report_question *question)
{
	int year, month, day;
	if (question->until == 0)
		question->until =
			((source->now + LT_VIETNAM_OFFSET_US) / LT_DAY_US + 1) * LT_DAY_US - LT_VIETNAM_OFFSET_US;
	if (question->from != 0)
		return;
	lt_date_from_days((question->until - 1 + LT_VIETNAM_OFFSET_US) / LT_DAY_US, &year, &month, &day);
	question->from = lt_date_to_days(year, month, 1) * LT_DAY_US - LT_VIETNAM_OFFSET_US;
}

static void begin(struct report_source *source, struct report_question *question)
{
	char time[LT_TIME_TEXT];
	report_run(source, sqlite3_mprintf("BEGIN"));
	source->sequence = (uint64_t)meta(source, "sequence");
	source->now = meta(source, "time");
	source->fresh = meta(source, "fresh");
	set_period(source, question);
	lt_time_format(source->now, time);
	source->document =
		json_pack("{s:s, s:o, s:o, s:I, s:s, s:[], s:[], s:[]}", "report", report_name(question->kind), "from",
			  day_json(question->from), "until", day_json(question->until - 1), "sequence",
			  (json_int_t)source->sequence, "time", time, "columns", "rows", "notes");
	if (!source->document)
		source->err = LT_ENOMEM;
}

static void end(struct report_source *source)
{
	static const char *const views[] = { "charged", "judged", "facts" };
	enum lt_err err = source->err;
	source->err = LT_OK;
	for (size_t i = 0; i < 3; i++)
		report_run(source, sqlite3_mprintf("DROP VIEW IF EXISTS temp.%s", views[i]));
	report_run(source, sqlite3_mprintf("ROLLBACK"));
	if (err)
		source->err = err;
}

static void fill(struct report_source *source)
{
	switch (source->question->kind) {
	case REPORT_AGENCIES:
	case REPORT_SECTORS:
	case REPORT_PROCEDURES:
	case REPORT_CHANNELS:
		report_counts(source);
		return;
	case REPORT_DELAYS:
		report_delays(source);
		return;
	case REPORT_LEGS:
		report_legs(source);
		return;
	case REPORT_REASONS:
		report_reasons(source);
		return;
	case REPORT_RANKING:
		report_ranking(source);
		return;
	case REPORT_KINDS:
		break;
	}
	source->err = LT_EINVAL;
	snprintf(source->why, sizeof(source->why), "there is no such report");
}

static enum lt_err make(struct report_source *source, const struct report_question *question,
			void (*with)(struct report_source *source), json_t **out)
{
	struct report_question whole = *question;
	source->err = LT_OK;
	source->why[0] = '\0';
	source->question = &whole;
	source->document = NULL;
	begin(source, &whole);
	if (!source->err && whole.until <= whole.from) {
		source->err = LT_EINVAL;
		snprintf(source->why, sizeof(source->why), "the period's last day lies before its first");
	}
	if (!source->err && source->sequence == 0) {
		source->err = LT_EAGAIN;
		snprintf(source->why, sizeof(source->why),
			 "the projection is being made: ask again when the console has copied all");
	}
	if (!source->err)
		report_make_facts(source);
	if (!source->err)
		report_make_charged(source);
	if (!source->err)
		with(source);
	if (!source->err)
		report_note_missed(source);
	end(source);
	if (source->err)
		json_decref(source->document);
	else
		*out = source->document;
	source->document = NULL;
	return source->err;
}

enum lt_err report_make(struct report_source *source, const struct report_question *question, json_t **out)
{
	return make(source, question, fill, out);
}

static int64_t day_of(const json_t *document, const char *name)
{
	int64_t days = 0;
	lt_date_parse(json_string_value(json_object_get(document, name)), &days);
	return days * LT_DAY_US - LT_VIETNAM_OFFSET_US;
}

enum lt_err report_late(struct report_source *source, const struct report_question *question, size_t most,
			json_t **codes, int64_t *from, int64_t *until)
{
	struct report_question late = *question;
	json_t *document = NULL, *row;
	size_t i;
	late.kind = REPORT_DELAYS;
	late.column = late.sort = NULL;
	enum lt_err err = make(source, &late, report_late_ones, &document);
	if (err)
		return err;
	*codes = json_array();
	json_array_foreach(json_object_get(document, "rows"), i, row)
		json_array_append(*codes, json_object_get(row, "dossier"));
	*from = day_of(document, "from");
	*until = day_of(document, "until") + LT_DAY_US;
	if (json_array_size(*codes) > most) {
		err = LT_EFULL;
		snprintf(source->why, sizeof(source->why),
			 "%zu dossiers were late and %zu are what can be signed at once: take a shorter period or one "
			 "agency",
			 json_array_size(*codes), most);
		json_decref(*codes);
	}
	json_decref(document);
	return err;
}
