/* The agencies file: the sample, and a file that is not there. */
#include "test.h"

#include <string.h>

#include "law/file_agencies.h"

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

static void a_missing_file_is_named(void **state)
{
	(void)state;
	struct agencies agencies;
	char error[600] = "";
	assert_int_equal(agencies_load("/nowhere/agencies.json", &agencies, error, sizeof(error)), LT_EIO);
	assert_non_null(strstr(error, "/nowhere/agencies.json"));
}

TEST_MAIN(cmocka_unit_test(sample_agencies_read), cmocka_unit_test(a_missing_file_is_named))
