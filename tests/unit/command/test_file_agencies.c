/* The tool's own text forms: the JSON locator, hints, the agencies and procedure files. */
#include "test.h"

#include "cli/cli.h"
#include "law/file_agencies.h"
#include "law/file_procedure.h"
#include "program/json_file.h"

#include <lienthong/base.h>
#include <lienthong/identity.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void locator_finds_lines(void **state)
{
	(void)state;
	static const char text[] =
		"{\n \"a\": [1,\n  {\"b}\\\"\": \"x]\", \"c\":\n   true}],\n \"d\": {\n  \"e\": null}\n}\n";
	const struct {
		const char *pointer;
		unsigned line;
	} cases[] = { { "", 1 },   { "/a", 2 }, { "/a/0", 2 }, { "/a/1", 3 },    { "/a/1/c", 4 }, { "/d/e", 6 },
		      { "/d", 5 }, { "/x", 1 }, { "/a/7", 2 }, { "/a/1/zz", 3 }, { "/d/e/f", 6 }, { "/a/0/q", 2 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(json_file_line(text, sizeof(text) - 1, cases[i].pointer), cases[i].line);
}

static const char *word_at(void *ctx, size_t index)
{
	const char *const *words = ctx;
	return words[index];
}

static void hints_are_near(void **state)
{
	(void)state;
	static const char *words[] = { "status", "sandbox", "agency list", NULL };
	assert_string_equal(cli_nearest("staus", word_at, words), "status");
	assert_string_equal(cli_nearest("agency lst", word_at, words), "agency list");
	assert_null(cli_nearest("backup", word_at, words));
}

static void numbers_have_bounds(void **state)
{
	(void)state;
	uint64_t out;
	assert_true(cli_number("42", 1, 100, &out));
	assert_int_equal(out, 42);
	static const char *const bad[] = { "", "0", "101", "-1", "1 ", "1x", "99999999999999999999999" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cli_number(bad[i], 1, 100, &out));
}

static void sample_agencies_read(void **state)
{
	(void)state;
	struct agencies agencies;
	char error[600] = "";
	assert_int_equal(agencies_load(LT_SOURCE_DIR "/conf/agencies.json", &agencies, error, sizeof(error)), LT_OK);
	struct lt_agency *district = agencies_find(&agencies, "H37.24");
	assert_non_null(district);
	assert_string_equal(district->name, "Ủy ban nhân dân huyện Cao Lộc");
	assert_int_equal(district->level, LT_LEVEL_DISTRICT);
	assert_string_equal(district->aliases[0], "000.00.24.H37");
	assert_string_equal(district->parent, "H37");
	/* What is written is what is read. */
	json_t *json = agency_to_json(district);
	assert_string_equal(json_string_value(json_object_get(json, "level")), "district");
	assert_int_equal(json_array_size(json_object_get(json, "aliases")), 1);
	json_decref(json);
	agencies_fini(&agencies);
}

static void sample_procedure_reads(void **state)
{
	(void)state;
	struct procedure_file file;
	assert_int_equal(procedure_load(LT_SOURCE_DIR "/conf/procedures/1.010828-v1.json", &file), LT_OK);
	assert_int_equal(file.procedure.leg_count, 5);
	assert_string_equal(file.procedure.legs[2].agency, "G09");
	struct lt_buf bytes = { 0 };
	struct lt_arena *arena;
	struct lt_procedure back;
	struct lt_refusal refusal;
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	assert_int_equal(lt_procedure_encode(&file.procedure, &bytes), LT_OK);
	assert_int_equal(lt_procedure_decode(lt_buf_bytes(&bytes), arena, &back, &refusal), LT_REASON_NONE);
	assert_string_equal(back.legs[4].name, file.procedure.legs[4].name);
	lt_buf_fini(&bytes);
	lt_arena_free(arena);
	procedure_fini(&file);
}

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct agencies agencies;
	char error[600] = "";
	assert_int_equal(agencies_load("/nowhere/agencies.json", &agencies, error, sizeof(error)), LT_EIO);
	assert_non_null(strstr(error, "/nowhere/agencies.json"));
}

TEST_MAIN(cmocka_unit_test(locator_finds_lines), cmocka_unit_test(hints_are_near),
	  cmocka_unit_test(numbers_have_bounds), cmocka_unit_test(sample_agencies_read),
	  cmocka_unit_test(sample_procedure_reads), cmocka_unit_test(a_missing_file_is_named))
