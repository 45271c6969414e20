/* A procedure file as it is read, and its record. */
#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "law/file_procedure.h"

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

/* What is read, is written as it was, by way of the record. */
static void every_word_comes_back(void **state)
{
	(void)state;
	static const char text[] =
		"{\"code\": \"1.000001\", \"version\": 1, \"name\": \"n\", \"name_en\": \"n\", \"valid_from\": "
		"\"2026-01-01\", \"valid_to\": null, \"total\": {\"by\": \"loai\", \"is\": {\"nha\": \"7 "
		"working_days\"}, \"else\": \"10 working_days\"}, \"promised\": \"6 working_days\", "
		"\"same_day_until\": \"15:00\", \"supplement_limit\": {\"by\": \"loai\", \"is\": {\"gia-han\": \"1 "
		"working_days\"}, \"else\": \"2 working_days\"}, \"legs\": [{\"id\": \"a\", \"name\": \"n\", "
		"\"name_en\": \"n\", \"agency\": \"H37\", \"unit\": \"Phòng Quản lý\", \"kind\": \"consult\", "
		"\"until\": {\"by\": \"loai\", \"is\": {\"nha\": \"3 working_days\"}}, "
		"\"next\": [\"b\"], \"consult\": {\"ask\": [\"G09\"], \"limit\": {\"by\": \"loai\", \"is\": "
		"{\"nha\": \"1 working_days\"}, \"else\": \"2 working_days\"}}, \"on_silence\": \"ESCALATE\"}, "
		"{\"id\": \"b\", \"name\": \"n\", \"name_en\": \"n\", \"agency\": \"H37\", \"kind\": "
		"\"process\", \"limit\": \"15 calendar_days\", \"counts\": false, \"ground\": \"Điều 7\"}]}";
	struct procedure_file file;
	struct lt_procedure back;
	struct lt_refusal refusal;
	struct lt_arena *arena;
	struct lt_buf bytes = { 0 };
	char path[64];
	snprintf(path, sizeof(path), "/tmp/test-file-procedure-%d.json", (int)getpid());
	assert_int_equal(lt_file_write(path, lt_bytes(text, strlen(text)), 0600), LT_OK);
	enum lt_err err = procedure_load(path, &file);
	unlink(path);
	if (err)
		fail_msg("%s", file.file.error);
	assert_int_equal(lt_arena_new(1u << 20, &arena), LT_OK);
	assert_int_equal(lt_procedure_encode(&file.procedure, &bytes), LT_OK);
	assert_int_equal(lt_procedure_decode(lt_buf_bytes(&bytes), arena, &back, &refusal), LT_REASON_NONE);
	json_t *again = procedure_to_json(&back);
	if (!json_equal(again, file.file.root))
		fail_msg("%s", json_dumps(again, JSON_COMPACT));
	json_decref(again);
	lt_buf_fini(&bytes);
	lt_arena_free(arena);
	procedure_fini(&file);
}

TEST_MAIN(cmocka_unit_test(every_word_comes_back), cmocka_unit_test(sample_procedure_reads))
