/* The ranking of offices out of a projection that was written by hand, and its two files. */
#include "report_world.h"

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
	/* of a kind of office of which none is ranked there is nothing that does not count */
	const json_t *nobody = ask(w, (struct report_question){ .kind = REPORT_RANKING, .level = LT_LEVEL_MINISTRY });
	assert_int_equal(json_array_size(json_object_get(nobody, "notes")),
			 2); /* the weights, and the fewest that are ranked */
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

/* As spreadsheets write them, where the comma is the decimal mark too. */
static void values_come_as_spreadsheets_write_them(void **state)
{
	static const char *const files[] = {
		"agency,indicator,value,source\nH37.1,satisfaction,92.5,\"a \"\"b\"\", c\"\nH37.2,files,100,x\n",
		"\xef\xbb\xbf"
		"agency;indicator;value;source\r\nH37.1;satisfaction;92,5 %;\"a \"\"b\"\", "
		"c\"\r\nH37.2;files;100%;x\r\n\r\n",
		"\"agency\",\"indicator\",\"value\",\"source\"\nH37.1,satisfaction,\"92,5\",\"a \"\"b\"\", "
		"c\"\n\nH37.2,files,100.0,x",
	};
	char why[REPORT_WHY];
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct ranking ranking;
		ranking_init(&ranking);
		if (ranking_read_values(&ranking, lt_bytes(files[i], strlen(files[i])), why) != LT_OK)
			fail_msg("%zu: %s", i, why);
		assert_int_equal(ranking.count, 2);
		const struct ranking_value *value = ranking_value_of(&ranking, "H37.1", RANKING_SATISFACTION);
		assert_true(value->value > 0.92499 && value->value < 0.92501);
		assert_string_equal(value->source, "a \"b\", c");
		assert_true(ranking_value_of(&ranking, "H37.2", RANKING_FILES)->value == 1);
		ranking_fini(&ranking);
	}
}

/* A slip in a code is said; an office of another kind is none. */
static void values_of_nobody_are_told(void **state)
{
	struct world *w = begin();
	struct ranking ranking;
	char why[REPORT_WHY];
	(void)state;
	fill_ranking(w);
	ranking_init(&ranking);
	const char *file = "agency,indicator,value,source\nH37.9,files,1,x\nH37.77,files,1,x\nH37.77,meetings,1,x\nH37."
			   "1,files,1,x\n";
	assert_int_equal(ranking_read_values(&ranking, lt_bytes(file, strlen(file)), why), LT_OK);
	char *text = json_dumps(json_object_get(ask(w, (struct report_question){ .kind = REPORT_RANKING,
										 .level = LT_LEVEL_COMMUNE,
										 .ranking = &ranking }),
						"notes"),
				0);
	assert_non_null(strstr(text, "1 codes are no agencies of the directory: H37.77."));
	free(text);
	ranking_fini(&ranking);
	end(w);
}

/* Whatever weights add up to, the score is their mean; weights of nothing give none. */
static void weights_need_not_add_up(void **state)
{
	static const struct {
		const char *text;
		double score; /* of H37.1; below 0: none */
	} files[] = { { "{\"weights\": {\"on_time\": 7, \"online\": 7}}", 75 },
		      { "{\"weights\": {\"on_time\": 0.5, \"online\": 0}}", 50 },
		      { "{\"weights\": {\"on_time\": 0}}", -1 },
		      { "{\"weights\": {}}", -1 } };
	struct world *w = begin();
	char why[REPORT_WHY];
	(void)state;
	fill_ranking(w);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct ranking ranking;
		ranking_init(&ranking);
		assert_int_equal(ranking_read_weights(&ranking, lt_bytes(files[i].text, strlen(files[i].text)), why),
				 LT_OK);
		const json_t *score = json_object_get(row(ask(w, (struct report_question){ .kind = REPORT_RANKING,
											   .level = LT_LEVEL_COMMUNE,
											   .ranking = &ranking }),
							  "H37.1"),
						      "score");
		assert_true(files[i].score < 0 ? json_is_null(score) : json_number_value(score) == files[i].score);
		ranking_fini(&ranking);
	}
	end(w);
}

static void files_that_break_their_form_are_refused_with_the_place(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ "agency,indicator,value\n", "line 1" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,101,x\n", "line 2" },
		{ "agency;indicator,value;source\n", "line 1" },
		{ "agency;indicator;value;source\nH37.1,satisfaction,10,x\n", "four" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,\"1,000\",x,y\n", "four" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,\"1,0,0\",x\n", "line 2" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,%,x\n", "line 2" },
		{ "agency,indicator,value,source\n\nH37.1,satisfaction,-5,x\n", "line 3" },
		{ "agency,indicator,value,source\nH37.1,satisfaction,5,\xe1\n", "UTF-8" },
		{ "agency,indicator,value,source\nH\xff,satisfaction,5,x\n", "line 2" },
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

TEST_MAIN(cmocka_unit_test(offices_of_one_kind_are_ranked), cmocka_unit_test(values_come_as_spreadsheets_write_them),
	  cmocka_unit_test(values_of_nobody_are_told), cmocka_unit_test(weights_need_not_add_up),
	  cmocka_unit_test(files_that_break_their_form_are_refused_with_the_place),
	  cmocka_unit_test(the_sample_has_the_weights_by_default))
