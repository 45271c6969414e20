/* report_rank.c: the ranking of offices of one kind, and their score as electronic agencies.
 *
 * Records give the first indicators, a file of values the others (ranking.h). A score is the weighted mean of the indicators, from 0 to 100;
 * scores can be compared because they are all made of the same ones: an indicator that one ranked office has no value of counts for
 * none, and a note says so. Offices with fewer dossiers than it takes stand below without rank and score. Equal scores are one rank. */
#include "report_internal.h"

#include <lienthong/dossier.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WITH_OPEN "state IN ('early', 'on', 'late', 'over')"
#define SIGNED \
	"fresh AND carried = 0 AND NOT EXISTS (SELECT 1 FROM stay s WHERE s.dossier = facts.dossier AND s.how = 11)"

enum { HEAD = 6, UNKNOWN_SHOWN = 5 /* codes in one note: a line of a page */ };
#define HEADS                                                                                                        \
	{ "rank", "Hạng", "rank", UNIT_RANK, NULL, NULL }, { "key", "Mã cơ quan", "agency", UNIT_CODE, NULL, NULL }, \
		{ "name", "Cơ quan", "name", UNIT_TEXT, NULL, NULL },                                                \
		{ "dossiers", "Hồ sơ", "dossiers", UNIT_COUNT, NULL, "1" },                                          \
		{ "score", "Điểm", "score", UNIT_SCORE, NULL, NULL },                                                \
	{                                                                                                            \
		"electronic", "Điểm cơ quan điện tử", "electronic agency", UNIT_SCORE, NULL, NULL                    \
	}

/* Good ones of all, of dossiers (facts) or of rows (charged). */
struct recorded {
	const char *good, *all;
	bool rows;
};
static const struct recorded recorded[RANKING_RECORDED] = {
	[RANKING_ON_TIME] = { "state IN ('early', 'on')", WITH_OPEN, false },
	[RANKING_LEGS] = { "NOT wait AND judgement IN (1, 2)", "NOT wait AND judgement IN (1, 2, 3)", true },
	[RANKING_ANSWERED] = { "wait AND judgement IN (1, 2)", "wait AND judgement IN (1, 2, 3)", true },
	[RANKING_ONLINE] = { "fresh AND channel = 2", "fresh", false },
	[RANKING_SIGNED] = { SIGNED, "fresh", false },
};

struct rated {
	struct report_source *source;
	const struct ranking *ranking;
	json_t *rows;                    /* by agency */
	bool counts[RANKING_INDICATORS]; /* every ranked office has a value of it */
};

static bool ranked(const struct rated *rated, const json_t *row)
{
	return json_integer_value(json_object_get(row, "dossiers")) >= rated->ranking->least;
}

/* ---- what records give ---- */

/* Of the rows of each agency: how many, and the shares. */
static void put_recorded(struct rated *rated, bool of_rows, const char *key, const char *from)
{
	struct report_column columns[2 + RANKING_RECORDED] = { { "key", "", "", UNIT_CODE, NULL, NULL },
							       { "n", "", "", UNIT_COUNT, NULL, NULL } };
	size_t count = 2, i;
	sqlite3_str *select = sqlite3_str_new(NULL);
	json_t *rows = json_array(), *row;
	for (int at = 0; at < RANKING_RECORDED; at++) {
		if (recorded[at].rows != of_rows)
			continue;
		columns[count++] = (struct report_column){ ranking_names[at].id, "", "", UNIT_RATE, NULL, NULL };
		sqlite3_str_appendf(select, ", SUM(%s) * 1.0 / NULLIF(SUM(%s), 0)", recorded[at].good,
				    recorded[at].all);
	}
	char *shares = sqlite3_str_finish(select);
	report_rows(rated->source, columns, count,
		    sqlite3_mprintf("SELECT %s, COUNT(*)%s FROM %s GROUP BY 1", key, shares ? shares : "", from), rows);
	json_array_foreach(rows, i, row)
	{
		json_t *office = json_object_get(rated->rows, json_string_value(json_object_get(row, "key")));
		for (size_t at = 2; office && at < count; at++)
			json_object_set(office, columns[at].id, json_object_get(row, columns[at].id));
		if (office && !of_rows)
			json_object_set(office, "dossiers", json_object_get(row, "n"));
	}
	json_decref(rows);
	sqlite3_free(shares);
}

static const char period_rows[] = "(SELECT * FROM charged WHERE number > 0 AND ended >= %lld AND ended < %lld) r";

static void put_offices(struct rated *rated)
{
	static const struct report_column columns[] = { { "key", "", "", UNIT_CODE, NULL, NULL },
							{ "name", "", "", UNIT_TEXT, NULL, NULL } };
	const struct report_question *question = rated->source->question;
	json_t *list = json_array(), *row;
	size_t i;
	report_rows(
		rated->source, columns, 2,
		sqlite3_mprintf("SELECT code, name FROM agency WHERE level = %d ORDER BY code", (int)question->level),
		list);
	json_array_foreach(list, i, row)
	{
		json_object_set_new(row, "dossiers", json_integer(0));
		for (size_t at = 0; at < RANKING_INDICATORS; at++)
			json_object_set_new(row, ranking_names[at].id, json_null());
		json_object_set(rated->rows, json_string_value(json_object_get(row, "key")), row);
	}
	json_decref(list);
}

static bool is_listed(struct rated *rated, const char *agency)
{
	static const struct report_column columns[] = { { "key", "", "", UNIT_CODE, NULL, NULL } };
	json_t *known = json_array();
	report_rows(rated->source, columns, 1, sqlite3_mprintf("SELECT code FROM agency WHERE code = %Q", agency),
		    known);
	bool listed = json_array_size(known) > 0;
	json_decref(known);
	return listed;
}

/* The two texts of a note; takes what they are made in. */
static void note_texts(struct rated *rated, struct lt_buf *vi, struct lt_buf *en)
{
	if (lt_buf_append(vi, "", 1) || lt_buf_append(en, "", 1))
		rated->source->err = LT_ENOMEM;
	else
		report_note(rated->source, (const char *)vi->data, (const char *)en->data);
	lt_buf_fini(vi);
	lt_buf_fini(en);
}

/* A code that the directory does not list is a slip of who wrote the file, and is told. */
static void note_unknown(struct rated *rated, const json_t *unknown)
{
	struct lt_buf vi = { 0 }, en = { 0 };
	const char *code, *between = "";
	json_t *value;
	size_t shown = 0, count = json_object_size(unknown);
	if (count == 0)
		return;
	lt_buf_printf(&vi, "Số liệu từ bên ngoài có %zu mã không có trong danh mục cơ quan: ", count);
	lt_buf_printf(&en, "Of the values from outside %zu codes are no agencies of the directory: ", count);
	json_object_foreach((json_t *)unknown, code, value)
	{
		if (shown++ == UNKNOWN_SHOWN)
			break;
		lt_buf_printf(&vi, "%s%s", between, code);
		lt_buf_printf(&en, "%s%s", between, code);
		between = ", ";
	}
	lt_buf_printf(&vi, count > UNKNOWN_SHOWN ? " …" : ".");
	lt_buf_printf(&en, count > UNKNOWN_SHOWN ? " …" : ".");
	note_texts(rated, &vi, &en);
}

/* The file is of all kinds of offices. */
static void put_values(struct rated *rated)
{
	json_t *unknown = json_object();
	for (size_t i = 0; i < rated->ranking->count; i++) {
		const struct ranking_value *value = &rated->ranking->values[i];
		json_t *row = json_object_get(rated->rows, value->agency);
		if (row)
			json_object_set_new(row, ranking_names[value->indicator].id, json_real(value->value));
		else if (!json_object_get(unknown, value->agency) && !is_listed(rated, value->agency))
			json_object_set_new(unknown, value->agency, json_true());
	}
	note_unknown(rated, unknown);
	json_decref(unknown);
}

/* ---- scores ---- */

/* An indicator that a ranked office has no value of counts for none. */
static void choose_indicators(struct rated *rated)
{
	char vi[REPORT_WHY], en[REPORT_WHY];
	const char *key;
	json_t *row;
	for (size_t at = 0; at < RANKING_INDICATORS; at++) {
		size_t have = 0, lack = 0;
		json_object_foreach(rated->rows, key, row)
		{
			bool null = json_is_null(json_object_get(row, ranking_names[at].id));
			have += ranked(rated, row) && !null;
			lack += ranked(rated, row) && null;
		}
		rated->counts[at] = have > 0 && lack == 0;
		if (rated->counts[at] || have + lack == 0 ||
		    (rated->ranking->weights[at] == 0 && rated->ranking->electronic[at] == 0))
			continue;
		snprintf(vi, sizeof(vi), "Không tính chỉ số \"%s\": %zu cơ quan chưa có số liệu.", ranking_names[at].vi,
			 lack);
		snprintf(en, sizeof(en), "\"%s\" does not count: %zu offices have no value of it.",
			 ranking_names[at].en, lack);
		report_note(rated->source, vi, en);
	}
}

/* 0 to 100, to two places so that equal is equal; null: nothing counts. */
static json_t *score(const struct rated *rated, const json_t *row, const double *weights)
{
	double sum = 0, all = 0;
	for (size_t at = 0; at < RANKING_INDICATORS; at++) {
		if (!rated->counts[at])
			continue;
		sum += weights[at] * json_number_value(json_object_get(row, ranking_names[at].id));
		all += weights[at];
	}
	return all > 0 && ranked(rated, row) ? json_real(round(sum / all * 10000) / 100) : json_null();
}

static int by_score(const void *a, const void *b)
{
	const json_t *one = *(json_t *const *)a, *other = *(json_t *const *)b;
	const json_t *scores[] = { json_object_get(one, "score"), json_object_get(other, "score") };
	double x = json_is_null(scores[0]) ? -1 : json_number_value(scores[0]);
	double y = json_is_null(scores[1]) ? -1 : json_number_value(scores[1]);
	if (x != y)
		return x > y ? -1 : 1;
	return strcmp(json_string_value(json_object_get(one, "key")), json_string_value(json_object_get(other, "key")));
}

static void put_ranks(struct rated *rated)
{
	size_t count = json_object_size(rated->rows), at = 0;
	json_t **order = calloc(count + 1, sizeof(*order)), *row,
	       *out = json_object_get(rated->source->document, "rows");
	const char *key;
	double before = -1;
	json_int_t rank = 0;
	if (!order) {
		rated->source->err = LT_ENOMEM;
		return;
	}
	json_object_foreach(rated->rows, key, row)
	{
		json_object_set_new(row, "score", score(rated, row, rated->ranking->weights));
		json_object_set_new(row, "electronic", score(rated, row, rated->ranking->electronic));
		order[at++] = row;
	}
	qsort(order, count, sizeof(*order), by_score);
	for (size_t i = 0; i < count; i++) {
		const json_t *points = json_object_get(order[i], "score");
		if (json_number_value(points) != before)
			rank = (json_int_t)i + 1;
		before = json_number_value(points);
		json_object_set_new(order[i], "rank", json_is_null(points) ? json_null() : json_integer(rank));
		json_array_append(out, order[i]);
	}
	free(order);
}

/* ---- another order ---- */

struct ordered {
	json_t *row;
	bool falling;
	const char *column;
	size_t place; /* before */
};

/* What has no value stands behind; equal ones as they stood, by their ranks and codes. */
static int by_value(const struct ordered *one, const struct ordered *other)
{
	const json_t *x = json_object_get(one->row, one->column), *y = json_object_get(other->row, one->column);
	int side = one->falling ? -1 : 1;
	if (json_is_null(x) || json_is_null(y))
		return json_is_null(x) - json_is_null(y);
	if (json_is_string(x))
		return side * strcmp(json_string_value(x), json_string_value(y));
	return json_number_value(x) < json_number_value(y)   ? -side
	       : json_number_value(x) > json_number_value(y) ? side
							     : 0;
}

static int by_column(const void *a, const void *b)
{
	const struct ordered *one = a, *other = b;
	int order = by_value(one, other);
	return order != 0 ? order : (one->place > other->place) - (one->place < other->place);
}

static void sort_rows(struct report_source *source, const struct report_column *columns)
{
	bool falling;
	const char *by = report_sorted_by(source, &falling);
	json_t *rows = json_object_get(source->document, "rows"), *sorted = json_array();
	size_t count = json_array_size(rows);
	struct ordered *order = calloc(count + 1, sizeof(*order));
	char *known = report_order(source, columns, HEAD + RANKING_INDICATORS, "1");
	if (!order || !sorted)
		source->err = LT_ENOMEM;
	for (size_t i = 0; order && i < count; i++)
		order[i] = (struct ordered){ json_array_get(rows, i), falling, by, i };
	if (!source->err) {
		qsort(order, count, sizeof(*order), by_column);
		for (size_t i = 0; i < count; i++)
			json_array_append(sorted, order[i].row);
		json_object_set(source->document, "rows", sorted);
	}
	json_decref(sorted);
	sqlite3_free(known);
	free(order);
}

/* ---- the report ---- */

static void set_columns(struct report_column columns[HEAD + RANKING_INDICATORS])
{
	static const struct report_column heads[HEAD] = { HEADS };
	memcpy(columns, heads, sizeof(heads));
	for (int at = 0; at < RANKING_INDICATORS; at++)
		columns[HEAD + at] = (struct report_column){ ranking_names[at].id,
							     ranking_names[at].vi,
							     ranking_names[at].en,
							     UNIT_RATE,
							     NULL,
							     at < RANKING_RECORDED ? recorded[at].all : NULL };
}

/* What a number was made of: all that it is a share of. */
static void open_indicator(struct report_source *source, const struct report_column *columns)
{
	const struct report_question *question = source->question;
	char *rows = sqlite3_mprintf(period_rows, question->from, question->until), *from;
	for (size_t i = 0; i < HEAD + RANKING_INDICATORS; i++) {
		if (strcmp(columns[i].id, question->column) != 0 || !columns[i].opens)
			continue;
		bool stays = i >= HEAD && recorded[i - HEAD].rows;
		const char *agency = stays ? "agency" : "origin";
		from = sqlite3_mprintf("%s WHERE %s IN (SELECT code FROM agency WHERE level = %d)",
				       stays ? rows : "facts", agency, (int)question->level);
		char *whole = sqlite3_mprintf("(SELECT * FROM %s)", from);
		const struct report_group group = { .key = agency, .from = whole, .stays = stays };
		if (whole)
			report_put_behind(source, &columns[i]);
		if (whole)
			report_open_column(source, &group, columns[i].opens);
		sqlite3_free(whole);
		sqlite3_free(from);
		sqlite3_free(rows);
		return;
	}
	sqlite3_free(rows);
	source->err = LT_EINVAL;
	snprintf(source->why, sizeof(source->why), "report ranking has no column \"%.40s\" that opens dossiers",
		 question->column);
}

/* ---- what it was made of ---- */

static void add_weights(const struct rated *rated, const double *weights, bool vietnamese, struct lt_buf *out)
{
	const char *between = "";
	for (size_t at = 0; at < RANKING_INDICATORS; at++) {
		if (!rated->counts[at] || weights[at] == 0)
			continue;
		lt_buf_printf(out, "%s%s %g", between, vietnamese ? ranking_names[at].vi : ranking_names[at].en,
			      weights[at]);
		between = ", ";
	}
	if (between[0] == '\0')
		lt_buf_printf(out, "–");
}

/* Each source of values once. */
static void add_sources(const struct rated *rated, struct lt_buf *out)
{
	const struct ranking *ranking = rated->ranking;
	const char *between = "";
	for (size_t i = 0; i < ranking->count; i++) {
		size_t first = 0;
		while (strcmp(ranking->values[first].source, ranking->values[i].source) != 0)
			first++;
		if (first < i)
			continue;
		lt_buf_printf(out, "%s%s", between, ranking->values[i].source);
		between = "; ";
	}
}

static void note_made(struct rated *rated, bool vietnamese, struct lt_buf *out)
{
	lt_buf_printf(out, vietnamese ? "Trọng số của điểm: " : "Weights of the score: ");
	add_weights(rated, rated->ranking->weights, vietnamese, out);
	lt_buf_printf(out, vietnamese ? ". Của điểm cơ quan điện tử: " : ". Of the electronic agency's: ");
	add_weights(rated, rated->ranking->electronic, vietnamese, out);
	lt_buf_printf(out, ".");
	if (rated->ranking->count == 0)
		return;
	lt_buf_printf(out, vietnamese ? " Số liệu từ bên ngoài: " : " Values from outside: ");
	add_sources(rated, out);
	lt_buf_printf(out, ".");
}

static void note_weights(struct rated *rated)
{
	struct lt_buf vi = { 0 }, en = { 0 };
	note_made(rated, true, &vi);
	note_made(rated, false, &en);
	note_texts(rated, &vi, &en);
}

void report_ranking(struct report_source *source)
{
	const struct report_question *question = source->question;
	struct report_column columns[HEAD + RANKING_INDICATORS];
	struct ranking usual;
	char en[REPORT_WHY], vi[REPORT_WHY];
	set_columns(columns);
	report_put_title(source, "Xếp hạng cơ quan", "Ranking of offices");
	if (question->column) {
		open_indicator(source, columns);
		return;
	}
	ranking_init(&usual);
	struct rated rated = { .source = source,
			       .ranking = question->ranking ? question->ranking : &usual,
			       .rows = json_object() };
	report_put_columns(source, columns, HEAD + RANKING_INDICATORS);
	char *rows = sqlite3_mprintf(period_rows, question->from, question->until);
	put_offices(&rated);
	put_recorded(&rated, false, "origin", "facts");
	put_recorded(&rated, true, "agency", rows ? rows : "charged");
	put_values(&rated);
	choose_indicators(&rated);
	put_ranks(&rated);
	if (question->sort)
		sort_rows(source, columns);
	note_weights(&rated);
	snprintf(vi, sizeof(vi), "Không xếp hạng cơ quan có dưới %u hồ sơ trong kỳ.", rated.ranking->least);
	snprintf(en, sizeof(en), "Offices with fewer than %u dossiers in the period have no rank.",
		 rated.ranking->least);
	report_note(source, vi, en);
	sqlite3_free(rows);
	json_decref(rated.rows);
}
