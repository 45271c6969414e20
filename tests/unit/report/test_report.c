/* Reports out of a projection that was written by hand: what each column counts, that it adds up, what lies behind a number, who is charged
 * with which minutes, and the ranking. */
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

static void run(struct world *w, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	char *sql = sqlite3_vmprintf(format, list), *error = NULL;
	va_end(list);
	if (sqlite3_exec(w->db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s: %s", error, sql);
	sqlite3_free(sql);
}

static struct world *begin(void)
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

static void end(struct world *w)
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
static void add(struct world *w, struct d d)
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

struct s {
	int dossier, number;
	const char *leg, *holder, *receiver, *late;
	int64_t ended;
	int allotted, used, carried, verdict, how, corrects;
};
static void stay(struct world *w, struct s s)
{
	run(w,
	    "INSERT INTO stay VALUES (%d, %d, 1, %Q, %Q, %Q, %lld, %lld, %lld, 3, 4, %d, %d, %d, 0, 0, 1, 1, %d, %d, "
	    "%Q, %d, '', 0, %d, 0, 0)",
	    s.dossier, s.number, s.leg ? s.leg : "tham-dinh", s.holder ? s.holder : "H37.1",
	    s.receiver ? s.receiver : "", FROM, s.ended, FROM, s.allotted, s.used, s.carried, s.verdict, s.how,
	    s.late ? s.late : "", s.corrects, 1000 + s.dossier);
}

static const json_t *ask(struct world *w, struct report_question question)
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

static const json_t *row(const json_t *document, const char *key)
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

static int number(const json_t *object, const char *id)
{
	const json_t *value = json_object_get(object, id);
	if (!json_is_integer(value))
		fail_msg("%s is no number", id);
	return (int)json_integer_value(value);
}

/* One of each kind. */
static void fill(struct world *w)
{
	const int64_t in = FROM + DAY, over = FROM - DAY;
	add(w, (struct d){ 1, .channel = 2, .status = 10, .verdict = 1, .received = in, .finished = in + DAY,
			   .due = in + 2 * DAY });
	add(w, (struct d){ 2, .channel = 1, .status = 9, .verdict = 2, .received = over, .finished = in, .due = in });
	add(w, (struct d){ 3, .channel = 3, .status = 9, .verdict = 3, .received = in, .finished = in + 3 * DAY,
			   .due = in + DAY, .allotted = 480, .used = 1000 });
	add(w, (struct d){ 4, .status = 4, .verdict = 4, .received = in, .due = NOW + DAY });
	add(w, (struct d){ 5, .channel = 2, .status = 4, .verdict = 5, .received = in, .due = in, .allotted = 480,
			   .used = 500 });
	add(w, (struct d){ 6, .channel = 2, .status = 5, .verdict = 4, .received = in, .due = in });
	add(w, (struct d){ 7, .channel = 2, .status = 6, .verdict = 4, .received = over, .due = NOW + DAY });
	add(w, (struct d){ 8, .channel = 2, .status = 8, .received = over, .due = in });
	add(w, (struct d){ 9, .channel = 2, .status = 7, .received = in, .due = in });
	add(w, (struct d){ 10, .channel = 2, .status = 10, .received = in, .finished = in + DAY,
			   .due = in }); /* stopped, given back */
	add(w, (struct d){ 11, .channel = 1, .status = 9, .received = in, .finished = in + DAY }); /* no limit */
	stay(w, (struct s){ 11, 1, .ended = in + DAY, .how = 8 });
	/* before, behind, and not received */
	add(w, (struct d){ 12, .channel = 1, .status = 10, .verdict = 3, .received = over - DAY, .finished = over });
	add(w, (struct d){ 13, .channel = 1, .status = 4, .verdict = 4, .received = UNTIL, .due = UNTIL + DAY });
	add(w, (struct d){ 14, .channel = 1, .status = 1 });
	add(w, (struct d){ 15, "H37.2", "2.000001", 1, .status = 9, .verdict = 1, .received = in, .finished = in + DAY,
			   .due = in + 2 * DAY });
}

static void every_state_has_its_column_and_they_add_up(void **state)
{
	struct world *w = begin();
	(void)state;
	fill(w);
	const json_t *document = ask(w, (struct report_question){ .kind = REPORT_AGENCIES });
	const json_t *one = row(document, "H37.1"), *total = json_object_get(document, "total");
	static const struct {
		const char *id;
		int value;
	} wants[] = { { "received", 8 }, { "online", 4 },  { "counter", 1 },  { "post", 1 },    { "unsaid", 1 },
		      { "before", 3 },   { "done", 4 },    { "early", 1 },    { "on_time", 1 }, { "late", 1 },
		      { "unjudged", 1 }, { "in_hand", 2 }, { "in_time", 1 },  { "overdue", 1 }, { "papers", 1 },
		      { "fee", 1 },      { "stopped", 1 }, { "withdrawn", 2 } };
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		if (strcmp(wants[i].id, "online") != 0 && strcmp(wants[i].id, "received") != 0)
			assert_int_equal(number(one, wants[i].id), wants[i].value);
	}
	assert_int_equal(number(one, "received"), 8);
	assert_int_equal(number(one, "online"), 5);
	assert_int_equal(number(one, "received") + number(one, "before"),
			 number(one, "done") + number(one, "in_hand") + number(one, "papers") + number(one, "fee") +
				 number(one, "stopped") + number(one, "withdrawn"));
	assert_true(json_real_value(json_object_get(one, "rate")) > 0.66 &&
		    json_real_value(json_object_get(one, "rate")) < 0.67);
	assert_true(json_real_value(json_object_get(one, "rate_open")) == 0.5);
	assert_int_equal(number(total, "received"), 9);
	assert_true(json_is_null(json_object_get(total, "name")));
	assert_string_equal(json_string_value(json_object_get(one, "name")), "Xã 1");
	assert_int_equal(json_array_size(json_object_get(document, "rows")), 2);
	assert_int_equal(number(document, "sequence"), 4711);
	end(w);
}

static void a_period_that_is_over_keeps_what_was_in_hand_at_its_end(void **state)
{
	struct world *w = begin();
	(void)state;
	fill(w);
	const json_t *total = json_object_get(
		ask(w, (struct report_question){ .kind = REPORT_SECTORS, .from = FROM, .until = FROM + 2 * DAY }),
		"total");
	/* 1, 10, 11 and 15 end behind it; 3 too, and is not late yet; 5 and 2's due minute are over */
	assert_int_equal(number(total, "done"), 1);
	assert_int_equal(number(total, "in_time") + number(total, "overdue"), 7);
	assert_int_equal(number(total, "overdue"), 2);
	assert_int_equal(number(total, "received") + number(total, "before"), 12);
	end(w);
}

/* The due minute itself is in time. */
static void the_due_minute_is_in_time(void **state)
{
	struct world *w = begin();
	(void)state;
	add(w, (struct d){ 1, .status = 4, .verdict = 4, .received = FROM, .due = NOW - MINUTE + 1 });
	add(w, (struct d){ 2, .status = 4, .verdict = 4, .received = FROM, .due = NOW - MINUTE });
	const json_t *total = json_object_get(ask(w, (struct report_question){ .kind = REPORT_CHANNELS }), "total");
	assert_int_equal(number(total, "in_time"), 1);
	assert_int_equal(number(total, "overdue"), 1);
	end(w);
}

static void each_number_opens_its_dossiers(void **state)
{
	struct world *w = begin();
	size_t i;
	json_t *column;
	(void)state;
	fill(w);
	json_t *document = json_incref((json_t *)ask(w, (struct report_question){ .kind = REPORT_PROCEDURES }));
	json_array_foreach(json_object_get(document, "columns"), i, column)
	{
		const char *id = json_string_value(json_object_get(column, "id"));
		if (!json_is_true(json_object_get(column, "opens")) || strncmp(id, "rate", 4) == 0)
			continue;
		const char *keys[] = { "1.000001", "2.000001", NULL };
		for (size_t k = 0; k < 3; k++) {
			const json_t *at = keys[k] ? row(document, keys[k]) : json_object_get(document, "total");
			const json_t *list = ask(
				w, (struct report_question){ .kind = REPORT_PROCEDURES, .column = id, .key = keys[k] });
			assert_int_equal(json_array_size(json_object_get(list, "rows")), number(at, id));
		}
	}
	json_decref(document);
	document = json_incref((json_t *)ask(
		w, (struct report_question){ .kind = REPORT_AGENCIES, .column = "overdue", .key = "H37.1" }));
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(json_object_get(document, "rows"), 0), "dossier")),
		"D005");
	json_decref(document);
	const struct report_question none = { .kind = REPORT_AGENCIES, .from = FROM, .until = UNTIL, .column = "name" };
	assert_int_equal(report_make(w->source, &none, &document), LT_EINVAL);
	assert_non_null(strstr(report_why(w->source), "name"));
	end(w);
}

static void delays_are_charged_and_add_up_to_the_lateness(void **state)
{
	struct world *w = begin();
	(void)state;
	fill(w);
	/* 3 is 520 minutes late: its first holder 100 of them, its receiver 60 with the offer, the next 200 beside what was carried, 160 nobody. */
	stay(w, (struct s){ 3, 1, .holder = "H37.1", .allotted = 240, .used = 340, .verdict = 3, .how = 1,
			    .late = "thieu-nguoi" });
	stay(w, (struct s){ 3, 2, .holder = "H37.1", .receiver = "H37.9", .allotted = 480, .used = 540, .verdict = 3,
			    .how = 32 });
	stay(w, (struct s){ 3, 3, .holder = "H37.9", .allotted = 240, .used = 640, .carried = 440, .verdict = 3,
			    .how = 8 });
	/* in time, and one that a correction calls so */
	stay(w, (struct s){ 3, 4, .holder = "H37.2", .allotted = 240, .used = 200, .verdict = 1, .how = 1 });
	stay(w, (struct s){ 3, 5, .holder = "H37.2", .allotted = 240, .used = 300, .verdict = 3, .how = 1 });
	stay(w, (struct s){ 3, 6, .holder = "H37.2", .allotted = 240, .used = 300, .verdict = 2, .how = 48,
			    .corrects = 5 });
	/* 5 is 20 late and open; its holder 50: others were quicker. It is cut by a reorganisation. */
	stay(w, (struct s){ 5, -1, .holder = "H37.1", .allotted = 100, .used = 150, .verdict = 5 });
	run(w, "INSERT INTO part VALUES (5, -1, 0, 'H37.1', 0, 0, 120), (5, -1, 1, 'H37.2', 0, 0, 30)");
	/* of a dossier that was in time: nobody's delay */
	stay(w, (struct s){ 1, 1, .holder = "H37.2", .allotted = 100, .used = 900, .verdict = 3, .how = 1 });
	const json_t *document = ask(w, (struct report_question){ .kind = REPORT_DELAYS });
	assert_int_equal(number(row(document, "H37.9"), "minutes"), 260);
	assert_int_equal(number(row(document, "H37.9"), "wait_minutes"), 60);
	assert_int_equal(number(row(document, "H37.9"), "stay_minutes"), 200);
	assert_int_equal(number(row(document, "H37.1"), "minutes"), 120);
	assert_int_equal(number(row(document, "H37.1"), "dossiers"), 2);
	assert_int_equal(number(row(document, "H37.2"), "minutes"), 30);
	assert_int_equal(number(row(document, "H37.2"), "open"), 1);
	assert_int_equal(number(row(document, "unallotted"), "minutes"), 160);
	assert_int_equal(number(row(document, "made-up"), "minutes"), -30);
	assert_int_equal(number(json_object_get(document, "total"), "minutes"), 540);
	assert_int_equal(260 + 120 + 30 + 160 - 30, 540);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(json_object_get(document, "rows"), 0), "key")),
		"H37.9");
	document = ask(w, (struct report_question){ .kind = REPORT_DELAYS, .column = "stays", .key = "H37.9" });
	const json_t *found = json_array_get(json_object_get(document, "rows"), 0);
	assert_int_equal(json_array_size(json_object_get(document, "rows")), 1);
	assert_int_equal(number(found, "beyond"), 200);
	assert_int_equal(number(found, "record"), 1003);
	document = ask(w, (struct report_question){ .kind = REPORT_DELAYS, .agency = "H37.2" });
	assert_int_equal(json_array_size(json_object_get(document, "rows")), 1);
	end(w);
}

static void legs_and_reasons(void **state)
{
	struct world *w = begin();
	(void)state;
	fill(w);
	for (int i = 1; i <= 10; i++)
		stay(w,
		     (struct s){ 4, i, .leg = "do-dac", .ended = FROM + DAY, .allotted = 100, .used = i <= 5 ? 160 : 80,
				 .verdict = i <= 5 ? 3 : 1, .how = 1, .late = i <= 3 ? "mua-lu" : "" });
	stay(w, (struct s){ 4, 11, .leg = "khac", .ended = FROM + DAY, .allotted = 100, .used = 130, .verdict = 3,
			    .how = 1 });
	stay(w,
	     (struct s){ 4, 12, .leg = "khac", .ended = UNTIL, .allotted = 100, .used = 130, .verdict = 3, .how = 1 });
	const json_t *document = ask(w, (struct report_question){ .kind = REPORT_LEGS });
	const json_t *leg = row(document, "1.000001 do-dac");
	assert_int_equal(number(leg, "stays"), 10);
	assert_int_equal(number(leg, "late"), 5);
	assert_int_equal(number(leg, "used"), 120);
	assert_int_equal(number(leg, "beyond"), 60);
	assert_string_equal(json_string_value(json_object_get(leg, "always")), "x");
	assert_int_equal(number(row(document, "1.000001 khac"), "stays"), 1);
	assert_string_equal(json_string_value(json_object_get(row(document, "1.000001 khac"), "always")), "");
	document = ask(w, (struct report_question){ .kind = REPORT_REASONS });
	assert_int_equal(number(row(document, "mua-lu"), "stays"), 3);
	assert_int_equal(number(row(document, "mua-lu"), "minutes"), 180);
	assert_int_equal(number(row(document, ""), "stays"), 3);
	document = ask(w, (struct report_question){ .kind = REPORT_REASONS, .column = "stays", .key = "mua-lu" });
	assert_int_equal(json_array_size(json_object_get(document, "rows")), 3);
	end(w);
}

/* H37.1: 40 dossiers, half of them late, all online. H37.2: 30, all in time, none online. H37.3: 29. */
static void fill_ranking(struct world *w)
{
	const int64_t in = FROM + DAY;
	for (int i = 0; i < 99; i++) {
		const char *origin = i < 40 ? "H37.1" : i < 70 ? "H37.2" : "H37.3";
		add(w, (struct d){ 1000 + i, origin, NULL, i < 40 ? 2 : 1, 9, i < 20 ? 3 : 1, .received = in,
				   .finished = in + DAY, .due = in });
	}
}

static void offices_of_one_kind_are_ranked(void **state)
{
	struct world *w = begin();
	struct ranking ranking;
	char why[REPORT_WHY];
	(void)state;
	fill_ranking(w);
	ranking_init(&ranking);
	const json_t *rows = json_object_get(
		ask(w, (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE }), "rows");
	assert_int_equal(json_array_size(rows), 3);
	/* 20 for being in time, 12 for online: (10 + 12) of 32 before 20 of 32 */
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "key")), "H37.1");
	assert_true(json_real_value(json_object_get(json_array_get(rows, 0), "score")) == 68.75);
	assert_true(json_real_value(json_object_get(json_array_get(rows, 1), "score")) == 62.5);
	assert_int_equal(number(json_array_get(rows, 1), "rank"), 2);
	assert_true(json_is_null(json_object_get(json_array_get(rows, 2), "rank")));
	assert_int_equal(number(json_array_get(rows, 2), "dossiers"), 29);
	/* other weights: being in time alone; and the fewest that are ranked */
	const char *weights = "{\"least\": 29, \"weights\": {\"on_time\": 1, \"satisfaction\": 1}}";
	assert_int_equal(ranking_read_weights(&ranking, lt_bytes(weights, strlen(weights)), why), LT_OK);
	rows = json_object_get(
		ask(w,
		    (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .ranking = &ranking }),
		"rows");
	assert_int_equal(number(json_array_get(rows, 0), "rank"), 1);
	assert_int_equal(number(json_array_get(rows, 1), "rank"), 1); /* H37.2 and H37.3 are equal */
	assert_int_equal(number(json_array_get(rows, 2), "rank"), 3);
	/* a value that one of them has not counts for none, and is said */
	const char *some = "agency,indicator,value,source\r\nH37.1,satisfaction,100,phiếu khảo "
			   "sát\nH37.2,satisfaction,50,\"a, \"\"b\"\"\"\n";
	assert_int_equal(ranking_read_values(&ranking, lt_bytes(some, strlen(some)), why), LT_OK);
	const json_t *document = ask(
		w, (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .ranking = &ranking });
	assert_true(json_real_value(json_object_get(row(document, "H37.1"), "score")) == 50);
	assert_true(json_array_size(json_object_get(document, "notes")) > 1);
	const char *more = "agency,indicator,value,source\nH37.3,satisfaction,0,x";
	assert_int_equal(ranking_read_values(&ranking, lt_bytes(more, strlen(more)), why), LT_OK);
	document = ask(
		w, (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .ranking = &ranking });
	assert_true(json_real_value(json_object_get(row(document, "H37.1"), "score")) == 75);
	assert_true(json_real_value(json_object_get(row(document, "H37.3"), "score")) == 50);
	document = ask(
		w, (struct report_question){
			   .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .column = "on_time", .key = "H37.2" });
	assert_int_equal(json_array_size(json_object_get(document, "rows")), 30);
	ranking_fini(&ranking);
	end(w);
}

static void files_that_break_their_form_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "agency,indicator,value\n", "line 1" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,101,x\n", "line 2" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,nan,x\n", "line 2" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,1e1,x\n", "line 2" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,10,\n", "where" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,10,x,y\n", "four" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,10,\"x\n", "four" },
		{ "agency,indicator,value,source\nH37.1,on_time,10,x\n", "on_time" },
		{ "agency,indicator,value,source\nH37.1,files,10,x\nH37.1,files,10,x\n", "already" },
	};
	static const char *const weights[] = { "{\"weights\": {\"nothing\": 1}}",
					       "{\"weights\": {\"on_time\": -1}}",
					       "{\"least\": 0}",
					       "{\"more\": 1}",
					       "[]",
					       "{\"least\": 1, \"least\": 2}",
					       "{",
					       "" };
	struct ranking ranking;
	char why[REPORT_WHY];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ranking_init(&ranking);
		assert_int_equal(ranking_read_values(&ranking, lt_bytes(bad[i].text, strlen(bad[i].text)), why),
				 LT_EINVAL);
		if (!strstr(why, bad[i].says))
			fail_msg("%s: %s", bad[i].text, why);
		ranking_fini(&ranking);
	}
	for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
		ranking_init(&ranking);
		assert_int_equal(ranking_read_weights(&ranking, lt_bytes(weights[i], strlen(weights[i])), why),
				 LT_EINVAL);
		ranking_fini(&ranking);
	}
}

static void the_sample_has_the_weights_by_default(void **state)
{
	struct ranking usual, read;
	struct lt_buf bytes = { 0 };
	char why[REPORT_WHY];
	(void)state;
	ranking_init(&usual);
	ranking_init(&read);
	assert_int_equal(lt_file_read(LT_SOURCE_DIR "/conf/samples/ranking.json", RANKING_FILE_MAX, &bytes), LT_OK);
	assert_int_equal(ranking_read_weights(&read, lt_buf_bytes(&bytes), why), LT_OK);
	assert_memory_equal(&usual, &read, sizeof(usual));
	lt_buf_fini(&bytes);
}

static void csv_is_safe_for_spreadsheets(void **state)
{
	struct world *w = begin();
	struct lt_buf out = { 0 };
	(void)state;
	add(w, (struct d){ 1, "H37.9", .status = 4, .verdict = 4, .received = FROM, .due = NOW });
	assert_int_equal(report_csv(ask(w, (struct report_question){ .kind = REPORT_AGENCIES }), true, &out), LT_OK);
	assert_int_equal(lt_buf_append(&out, "", 1), LT_OK);
	assert_non_null(strstr((char *)out.data, "\r\n\"H37.9\",\"'=Sở\",1,0,"));
	assert_memory_equal(out.data, "\xef\xbb\xbf\"Mã cơ quan\"", 15);
	lt_buf_fini(&out);
	end(w);
}

static void what_is_no_projection_is_refused(void **state)
{
	struct world *w = begin();
	struct report_source *source = NULL;
	char why[REPORT_WHY];
	(void)state;
	assert_int_equal(report_open("/nowhere/at/all", &source, why), LT_ENOENT);
	run(w, "UPDATE meta SET value = 0 WHERE name = 'layout'");
	assert_int_equal(report_open(w->path, &source, why), LT_EPARSE);
	run(w, "DROP TABLE meta");
	assert_int_equal(report_open(w->path, &source, why), LT_EPARSE);
	assert_null(source);
	end(w);
}

TEST_MAIN(cmocka_unit_test(every_state_has_its_column_and_they_add_up),
	  cmocka_unit_test(a_period_that_is_over_keeps_what_was_in_hand_at_its_end),
	  cmocka_unit_test(the_due_minute_is_in_time), cmocka_unit_test(each_number_opens_its_dossiers),
	  cmocka_unit_test(delays_are_charged_and_add_up_to_the_lateness), cmocka_unit_test(legs_and_reasons),
	  cmocka_unit_test(offices_of_one_kind_are_ranked),
	  cmocka_unit_test(files_that_break_their_form_are_refused_with_the_place),
	  cmocka_unit_test(the_sample_has_the_weights_by_default), cmocka_unit_test(csv_is_safe_for_spreadsheets),
	  cmocka_unit_test(what_is_no_projection_is_refused))
