/* Reports out of a projection that was written by hand: what each column counts, that it adds up, what lies behind a number, who is charged
 * with which minutes. */
#include "report_world.h"

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

/* Stopped and handed back, after a result that was taken back. */
static void a_result_that_was_taken_back_is_none(void **state)
{
	struct world *w = begin();
	const int64_t in = FROM + DAY;
	(void)state;
	add(w, (struct d){ 1, .channel = 1, .status = 10, .received = in, .finished = in + 3 * DAY });
	stay(w, (struct s){ 1, 1, .ended = in + DAY, .how = 8 });
	add(w, (struct d){ 2, .channel = 1, .status = 10, .received = in, .finished = in + 3 * DAY });
	stay(w, (struct s){ 2, 1, .ended = in + 3 * DAY, .how = 8 });
	const json_t *total = json_object_get(ask(w, (struct report_question){ .kind = REPORT_CHANNELS }), "total");
	assert_int_equal(number(total, "withdrawn"), 1);
	assert_int_equal(number(total, "unjudged"), 1);
	assert_int_equal(number(total, "done"), 1);
	end(w);
}

/* from <= t < until, to the microsecond; a year with nothing has no rates. */
static void what_ends_at_a_border_is_on_one_side_of_it(void **state)
{
	struct world *w = begin();
	(void)state;
	const int64_t times[][2] = { /* received, finished */
				     { FROM - 1, FROM - 1 },   { FROM - 1, FROM },     { FROM - 1, UNTIL - 1 },
				     { FROM, UNTIL - 1 },      { FROM - 1, UNTIL },    { FROM, UNTIL },
				     { UNTIL - 1, UNTIL + 1 }, { UNTIL, UNTIL + DAY }, { FROM, FROM }
	};
	for (int i = 0; i < 9; i++)
		add(w, (struct d){ i + 1, .channel = 1, .status = 9, .verdict = 1, .received = times[i][0],
				   .finished = times[i][1], .due = UNTIL + 9 * DAY });
	const json_t *total = json_object_get(ask(w, (struct report_question){ .kind = REPORT_AGENCIES }), "total");
	assert_int_equal(number(total, "received"), 4);
	assert_int_equal(number(total, "before"), 3);
	assert_int_equal(number(total, "done"), 4);
	assert_int_equal(number(total, "in_hand"), 3);
	/* The next period begins where this one ends: nothing is in both as done, nothing is lost. */
	total = json_object_get(
		ask(w, (struct report_question){ .kind = REPORT_AGENCIES, .from = UNTIL, .until = UNTIL + 30 * DAY }),
		"total");
	assert_int_equal(number(total, "before"), 3);
	assert_int_equal(number(total, "received"), 1);
	assert_int_equal(number(total, "done"), 4);
	const json_t *nothing =
		ask(w, (struct report_question){
			       .kind = REPORT_AGENCIES, .from = FROM - 400 * DAY, .until = FROM - 35 * DAY });
	assert_int_equal(json_array_size(json_object_get(nothing, "rows")), 0);
	assert_int_equal(number(json_object_get(nothing, "total"), "received"), 0);
	assert_true(json_is_null(json_object_get(json_object_get(nothing, "total"), "rate")));
	assert_true(json_is_null(json_object_get(json_object_get(nothing, "total"), "rate_open")));
	end(w);
}

/* The first note; NULL: there is none. */
static const char *first_note(const json_t *document)
{
	return json_string_value(json_object_get(json_array_get(json_object_get(document, "notes"), 0), "en"));
}

/* Each of them was something else when the period ended, and has changed once or more since; the last ones did so before. */
static void what_comes_after_a_period_changes_none_of_its_numbers(void **state)
{
	struct world *w = begin();
	const int64_t in = FROM + DAY, last = FROM + 10 * DAY, later = last + 3 * DAY;
	const struct report_question question = { .kind = REPORT_AGENCIES, .from = FROM, .until = last };
	(void)state;
	add(w, (struct d){ 1, .status = 10, .verdict = 1, .received = in, .finished = later, .due = later + DAY });
	was(w, 1, last, 5, 0, in + DAY, 4); /* true at the last moment of it */
	was(w, 1, last + DAY, 4, 0, later + DAY, 4);
	add(w, (struct d){ 2, .status = 7, .verdict = 4, .received = in, .due = later + DAY });
	was(w, 2, last + MINUTE, 4, 0, in + DAY, 5); /* its due time has moved behind the end since */
	add(w, (struct d){ 3, .status = 4, .verdict = 4, .received = in, .due = later + DAY });
	was(w, 3, last + MINUTE, 9, in + DAY, in + 2 * DAY, 1); /* its result was taken back */
	add(w, (struct d){ 4, .status = 4, .verdict = 5, .received = in,
			   .due = later + DAY }); /* counted anew, and late before that */
	was(w, 4, last - DAY, 4, 0, in + DAY, 4);
	add(w, (struct d){ 5, .status = 4, .verdict = 5, .received = in, .due = later + DAY });
	was(w, 5, last, 4, 0, later + DAY, 4); /* and this one behind it */
	add(w, (struct d){ 6, .status = 8, .received = in, .due = in + DAY });
	was(w, 6, last - MINUTE, 4, 0, in + DAY, 4);
	const json_t *total = json_object_get(ask(w, question), "total");
	static const struct {
		const char *id;
		int value;
	} wants[] = { { "received", 6 }, { "done", 1 },   { "early", 1 },   { "in_hand", 3 },  { "in_time", 1 },
		      { "overdue", 2 },  { "papers", 1 }, { "stopped", 1 }, { "withdrawn", 0 } };
	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		assert_int_equal(number(total, wants[i].id), wants[i].value);
	/* The list says how it was, too. */
	struct report_question list = question;
	list.column = "papers";
	const json_t *behind = json_array_get(json_object_get(ask(w, list), "rows"), 0);
	assert_int_equal(number(behind, "status"), 5);
	assert_true(json_is_null(json_object_get(behind, "finished")));
	/* Of a period that goes on, what is so now. */
	total = json_object_get(ask(w, (struct report_question){ .kind = REPORT_AGENCIES }), "total");
	assert_int_equal(number(total, "withdrawn"), 1);
	assert_int_equal(number(total, "papers"), 0);
	end(w);
}

/* A console that was away, or is of after the period. */
static void a_period_whose_end_nobody_saw_says_so(void **state)
{
	struct world *w = begin();
	const int64_t last = FROM + 10 * DAY;
	struct report_question question = { .kind = REPORT_CHANNELS, .from = FROM, .until = last };
	(void)state;
	run(w, "INSERT INTO gap VALUES (%lld, %lld)", last - DAY, last + 9 * 60 * MINUTE);
	assert_string_equal(first_note(ask(w, question)), "The console did not follow when the period ended: statuses "
							  "and due times at its end are of 1970-04-21 09:00.");
	question.until = last + DAY;
	assert_null(first_note(ask(w, question)));
	end(w);
}

/* Nothing is finished: neither 0 % nor 100 %. */
static void a_rate_of_nothing_is_a_dash(void **state)
{
	struct world *w = begin();
	struct lt_buf csv = { 0 };
	char text[32];
	(void)state;
	add(w, (struct d){ 1, .channel = 1, .status = 4, .verdict = 4, .received = FROM, .due = UNTIL });
	const json_t *document = ask(w, (struct report_question){ .kind = REPORT_CHANNELS });
	const json_t *rate = json_array_get(json_object_get(document, "columns"), 19);
	assert_string_equal(json_string_value(json_object_get(rate, "id")), "rate");
	report_text(rate, json_object_get(json_object_get(document, "total"), "rate"), true, text, sizeof(text));
	assert_string_equal(text, "-");
	assert_int_equal(report_csv(document, false, &csv), LT_OK);
	assert_int_equal(lt_buf_append(&csv, "", 1), LT_OK);
	assert_non_null(strstr((char *)csv.data, ",0,0,,\r\n")); /* stopped, withdrawn, and no rates */
	assert_non_null(strstr((char *)csv.data, "\r\n\"all\","));
	lt_buf_fini(&csv);
	end(w);
}

static void a_period_that_ends_before_it_begins_is_none(void **state)
{
	struct world *w = begin();
	json_t *none = NULL;
	(void)state;
	add(w, (struct d){ 1, .status = 4, .verdict = 4, .received = FROM, .due = UNTIL });
	ask(w, (struct report_question){ .kind = REPORT_AGENCIES });
	const int64_t turned[][2] = { { UNTIL, FROM }, { FROM, FROM }, { NOW + 3 * DAY, 0 } };
	for (size_t i = 0; i < 3; i++) {
		const struct report_question question = { .kind = REPORT_SECTORS,
							  .from = turned[i][0],
							  .until = turned[i][1] };
		assert_int_equal(report_make(w->source, &question, &none), LT_EINVAL);
		assert_non_null(strstr(report_why(w->source), "before its first"));
	}
	end(w);
}

/* Two versions of one procedure are one row, with the name of the newer one, whichever comes first in the alphabet or the table. */
static void versions_of_a_procedure_are_one_row(void **state)
{
	struct world *w = begin();
	(void)state;
	for (int i = 1; i <= 3; i++)
		add(w,
		    (struct d){ i, .status = 9, .verdict = 1, .received = FROM, .finished = FROM + DAY, .due = UNTIL });
	run(w, "UPDATE dossier SET version = 9, procedure_name = 'Ô tô' WHERE number = 1");
	run(w, "UPDATE dossier SET version = 10, procedure_name = 'An sinh' WHERE number = 2");
	run(w, "UPDATE dossier SET version = 2, procedure_name = 'Xe máy' WHERE number = 3");
	for (int i = 1; i <= 3; i++)
		stay(w, (struct s){ i, 1, .ended = FROM + DAY, .allotted = 100, .used = 50, .verdict = 1, .how = 8 });
	const json_t *document = ask(w, (struct report_question){ .kind = REPORT_PROCEDURES });
	assert_int_equal(json_array_size(json_object_get(document, "rows")), 1);
	assert_int_equal(number(row(document, "1.000001"), "done"), 3);
	assert_string_equal(key_at(document, 0, "name"), "An sinh");
	document = ask(w, (struct report_question){ .kind = REPORT_LEGS });
	assert_string_equal(key_at(document, 0, "name"), "An sinh");
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

/* What has no value stands behind, either way; the groups of a report and what lies behind a number alike. */
static void rows_stand_as_they_are_asked_for(void **state)
{
	struct world *w = begin();
	json_t *none = NULL;
	(void)state;
	fill(w);
	add(w, (struct d){ 30, "H37.3", .status = 4, .verdict = 4, .received = FROM + DAY, .due = NOW + DAY });
	const struct {
		const char *sort, *first, *last;
	} orders[] = { { NULL, "H37.1", "H37.3" },       { "-key", "H37.3", "H37.1" },
		       { "received", "H37.2", "H37.1" }, { "-received", "H37.1", "H37.3" },
		       { "rate", "H37.1", "H37.3" },     { "-rate", "H37.2", "H37.3" } };
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		const json_t *document =
			ask(w, (struct report_question){ .kind = REPORT_AGENCIES, .sort = orders[i].sort });
		assert_string_equal(key_at(document, 0, "key"), orders[i].first);
		assert_string_equal(key_at(document, 2, "key"), orders[i].last);
	}
	const json_t *document =
		ask(w, (struct report_question){ .kind = REPORT_AGENCIES, .column = "received", .sort = "-dossier" });
	assert_string_equal(key_at(document, 0, "dossier"), "D030");
	document = ask(
		w, (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .sort = "-dossiers" });
	assert_string_equal(key_at(document, 0, "key"), "H37.1");
	document = ask(
		w, (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .sort = "on_time" });
	assert_string_equal(key_at(document, 2, "key"), "H37.3");
	const struct report_question bad[] = {
		{ .kind = REPORT_AGENCIES, .from = FROM, .until = UNTIL, .sort = "1; DROP" },
		{ .kind = REPORT_AGENCIES, .from = FROM, .until = UNTIL, .sort = "" },
		{ .kind = REPORT_DELAYS, .from = FROM, .until = UNTIL, .column = "dossiers", .sort = "minutes" },
		{ .kind = REPORT_RANKING, .level = LT_LEVEL_COMMUNE, .from = FROM, .until = UNTIL, .sort = "rate" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(report_make(w->source, &bad[i], &none), LT_EINVAL);
		assert_non_null(strstr(report_why(w->source), "no column"));
	}
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

/* What the broker is asked to sign: also a dossier whose lateness is nobody's; of an agency those that it was late in. */
static void who_is_late_is_asked_for_whoever_made_it_so(void **state)
{
	struct world *w = begin();
	json_t *codes = NULL;
	int64_t from, until;
	(void)state;
	fill(w);
	stay(w, (struct s){ 3, 1, .holder = "H37.9", .allotted = 240, .used = 340, .verdict = 3, .how = 1 });
	stay(w, (struct s){ 5, 1, .holder = "H37.9", .allotted = 240, .used = 200, .verdict = 1, .how = 1 });
	const struct report_question all = { .from = FROM, .until = UNTIL, .column = "stays", .sort = "x" };
	ask(w, (struct report_question){ .kind = REPORT_DELAYS });
	assert_int_equal(report_late(w->source, &all, 10, &codes, &from, &until), LT_OK);
	assert_int_equal(json_array_size(codes), 2);
	assert_string_equal(json_string_value(json_array_get(codes, 0)), "D003");
	assert_string_equal(json_string_value(json_array_get(codes, 1)), "D005");
	assert_true(from == FROM && until == UNTIL);
	json_decref(codes);
	const struct report_question own = { .from = FROM, .until = UNTIL, .agency = "H37.9" };
	assert_int_equal(report_late(w->source, &own, 10, &codes, &from, &until), LT_OK);
	assert_int_equal(json_array_size(codes), 1);
	json_decref(codes);
	assert_int_equal(report_late(w->source, &all, 1, &codes, &from, &until), LT_EFULL);
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
	  cmocka_unit_test(a_result_that_was_taken_back_is_none),
	  cmocka_unit_test(what_ends_at_a_border_is_on_one_side_of_it),
	  cmocka_unit_test(what_comes_after_a_period_changes_none_of_its_numbers),
	  cmocka_unit_test(a_period_whose_end_nobody_saw_says_so), cmocka_unit_test(a_rate_of_nothing_is_a_dash),
	  cmocka_unit_test(a_period_that_ends_before_it_begins_is_none),
	  cmocka_unit_test(versions_of_a_procedure_are_one_row),
	  cmocka_unit_test(a_period_that_is_over_keeps_what_was_in_hand_at_its_end),
	  cmocka_unit_test(the_due_minute_is_in_time), cmocka_unit_test(each_number_opens_its_dossiers),
	  cmocka_unit_test(rows_stand_as_they_are_asked_for),
	  cmocka_unit_test(delays_are_charged_and_add_up_to_the_lateness),
	  cmocka_unit_test(who_is_late_is_asked_for_whoever_made_it_so), cmocka_unit_test(legs_and_reasons),
	  cmocka_unit_test(csv_is_safe_for_spreadsheets), cmocka_unit_test(what_is_no_projection_is_refused))
