/* report_world.h: a projection that is written by hand, and what is asked of it. */
#ifndef TESTS_REPORT_WORLD_H
#define TESTS_REPORT_WORLD_H

#include "test.h"

#include "project/schema.h"
#include "report/ranking.h"
#include "report/report.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400000000)
#define MINUTE INT64_C(60000000)
#define FROM (100 * DAY - INT64_C(25200000000)) /* a day's beginning at +07:00 */
#define UNTIL (FROM + 30 * DAY)
#define NOW (FROM + 20 * DAY)

struct world {
	char path[64];
	sqlite3 *db;
	struct report_source *source;
	json_t *document;
};

static inline void run(struct world *w, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	char *sql = sqlite3_vmprintf(format, list), *error = NULL;
	va_end(list);
	if (sqlite3_exec(w->db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", error, sql);
	sqlite3_free(sql);
}

static inline struct world *begin(void)
{
	struct world *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	snprintf(w->path, sizeof(w->path), "/tmp/lt-report-%d.db", (int)getpid());
	unlink(w->path);
	assert_int_equal(sqlite3_open(w->path, &w->db), SQLITE_OK);
	run(w, "%s", schema_make);
	run(w, "INSERT INTO meta VALUES ('layout', %d), ('sequence', 4711), ('time', %lld)", SCHEMA_LAYOUT, NOW);
	for (int i = 1; i <= 3; i++)
		run(w,
		    "INSERT INTO agency VALUES ('H37.%d', 'Xã %d', '', '', 1, '', 0, 1, 1, 0, 0, 0, 0, 0, 0, '', 0, 0, "
		    "0, 0, 0, 0, 0)",
		    i, i);
	run(w, "INSERT INTO agency VALUES ('H37.9', '=Sở', '', '', 3, '', 0, 1, 1, 0, 0, 0, 0, 0, 0, '', 0, 0, 0, 0, "
	       "0, 0, 0)");
	return w;
}

static inline void end(struct world *w)
{
	json_decref(w->document);
	report_close(w->source);
	sqlite3_close(w->db);
	unlink(w->path);
	free(w);
}

struct d {
	int number;
	const char *origin, *procedure;
	int channel, status, verdict;
	int64_t received, finished, due;
	int allotted, used;
	int64_t carried;
};
static inline void add(struct world *w, struct d d)
{
	run(w,
	    "INSERT INTO dossier (number, code, procedure, version, procedure_name, sector, status, outcome, origin, "
	    "lead, channel,"
	    " place, opened, received, carried, finished, due_first, due_lawful, appointment, verdict, holder, leg, "
	    "leg_name, branches,"
	    " silent, frozen, replaces, text, allotted, used) VALUES"
	    " (%d, 'D%03d', %Q, 1, 'Thủ tục', 'G01-X', %d, '', %Q, '', %d, '', %lld, %lld, %lld, %lld, %lld, %lld, "
	    "%lld, %d, '', '', '', 1,"
	    " 0, 0, '', '', %d, %d)",
	    d.number, d.number, d.procedure ? d.procedure : "1.000001", d.status, d.origin ? d.origin : "H37.1",
	    d.channel, d.received, d.received, d.carried, d.finished, d.due, d.due, d.due, d.verdict, d.allotted,
	    d.used);
}

/* What it was until a time, before what `add` says. */
static inline void was(struct world *w, int number, int64_t until, int status, int64_t finished, int64_t due,
		       int verdict)
{
	run(w, "INSERT INTO earlier VALUES (%d, %lld, %d, %lld, %lld, %d)", number, until, status, finished, due,
	    verdict);
	run(w, "UPDATE dossier SET since = MAX(since, %lld) WHERE number = %d", until + MINUTE, number);
}

struct s {
	int dossier, number;
	const char *leg, *holder, *receiver, *late;
	int64_t ended;
	int allotted, used, carried, verdict, how, corrects;
};
static inline void stay(struct world *w, struct s s)
{
	run(w,
	    "INSERT INTO stay VALUES (%d, %d, 1, %Q, %Q, %Q, %lld, %lld, %lld, 3, 4, %d, %d, %d, 0, 0, 1, 1, %d, %d, "
	    "%Q, %d, '', 0, %d, 0, 0)",
	    s.dossier, s.number, s.leg ? s.leg : "tham-dinh", s.holder ? s.holder : "H37.1",
	    s.receiver ? s.receiver : "", FROM, s.ended, FROM, s.allotted, s.used, s.carried, s.verdict, s.how,
	    s.late ? s.late : "", s.corrects, 1000 + s.dossier);
}

static inline const json_t *ask(struct world *w, struct report_question question)
{
	char why[REPORT_WHY];
	if (question.until == 0) {
		question.from = FROM;
		question.until = UNTIL;
	}
	if (!w->source)
		assert_int_equal(report_open(w->path, &w->source, why), LT_OK);
	json_decref(w->document);
	w->document = NULL;
	if (report_make(w->source, &question, &w->document) != LT_OK)
		fail_msg("%s", report_why(w->source));
	return w->document;
}

static inline const json_t *row(const json_t *document, const char *key)
{
	size_t i;
	json_t *found;
	json_array_foreach(json_object_get(document, "rows"), i, found)
	{
		if (strcmp(json_string_value(json_object_get(found, "key")), key) == 0)
			return found;
	}
	return NULL;
}

static inline int number(const json_t *object, const char *id)
{
	const json_t *value = json_object_get(object, id);
	if (!json_is_integer(value))
		fail_msg("%s is no number", id);
	return (int)json_integer_value(value);
}

static inline const char *key_at(const json_t *document, size_t at, const char *id)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(document, "rows"), at), id));
}

#endif
