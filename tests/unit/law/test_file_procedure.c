/* A procedure file as it is read, and its record. */
#include "test.h"

#include <string.h>

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

TEST_MAIN(cmocka_unit_test(sample_procedure_reads))
