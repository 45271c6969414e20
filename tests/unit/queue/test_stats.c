/* Long work is seen while it is under way: how far, of how much, since when; before and after it there is none. */
#include "test.h"

#include "queue/stats.h"

static struct stats stats;

static struct lt_status_view look(struct lt_arena *arena, int64_t now)
{
	struct lt_status_view view = { 0 };
	stats_view(&stats, now, &view, arena);
	return view;
}

static void test_works(void **state)
{
	struct lt_arena *arena;
	(void)state;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	assert_int_equal(look(arena, 5).work_count, 0);
	stats_begin(&stats, STATS_BACKUP, 1000);
	stats_begin(&stats, STATS_ARCHIVE, 2000);
	stats_step(&stats, STATS_BACKUP, 3 << 20, 8 << 20);
	struct lt_status_view view = look(arena, 4000);
	assert_int_equal(view.work_count, 2);
	assert_string_equal(view.works[0].name, "backup");
	assert_string_equal(view.works[0].unit, "bytes");
	assert_int_equal(view.works[0].done, 3 << 20);
	assert_int_equal(view.works[0].total, 8 << 20);
	assert_int_equal(view.works[0].elapsed, 3000);
	assert_string_equal(view.works[1].unit, "segments");
	stats_end(&stats, STATS_BACKUP);
	view = look(arena, 4000);
	assert_int_equal(view.work_count, 1);
	assert_string_equal(view.works[0].name, "archive");
	stats_begin(&stats, STATS_BACKUP, 5000); /* the next one begins at nothing */
	assert_int_equal(look(arena, 5000).works[0].done, 0);
	lt_arena_free(arena);
}

TEST_MAIN(cmocka_unit_test(test_works))
