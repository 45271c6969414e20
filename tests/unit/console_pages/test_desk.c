/* test_desk.c: what streams that watch a dossier are told by. */
#include "pages/desk.h"

#include "test.h"

static void a_dossier_that_may_have_changed_is_newer(void **state)
{
	static const char *const codes[] = { "H37.24-20261130-0000001", "H37.24-20261130-0000002", "" };
	uint64_t before[3];
	(void)state;
	struct desk *desk = desk_new("/nonexistent", "/nonexistent");
	assert_non_null(desk);
	for (size_t i = 0; i < 3; i++)
		before[i] = desk_version(desk, codes[i]);
	desk_changed(desk, codes[0]);
	assert_int_equal(desk_version(desk, codes[0]), before[0] + 1);
	assert_int_equal(desk_version(desk, codes[1]), before[1]);
	desk_changed(desk, NULL); /* of a copy that was made anew nobody says one by one what is new in it */
	assert_int_equal(desk_version(desk, codes[0]), before[0] + 2);
	assert_int_equal(desk_version(desk, codes[1]), before[1] + 1);
	assert_int_equal(desk_version(desk, codes[2]), before[2] + 1);
	desk_free(desk);
}

TEST_MAIN(cmocka_unit_test(a_dossier_that_may_have_changed_is_newer))
