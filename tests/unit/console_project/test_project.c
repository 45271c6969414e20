/* The projection against a broker that is a few variables: made, kept, interrupted, begun again, behind. */
#include "test.h"

#include "project_world.h"

#include <fcntl.h>
#include <sqlite3.h>

static void test_made_and_kept(void **state)
{
	struct world *w = *state;
	catch_up(w);
	freshen(w);
	same(w);
	assert_int_equal(w->told, 0); /* what is copied at first is not told as changed */
	w->fake.copies = 0;
	change(w, 17, (struct fake_dossier){ .stays = 9, .status = 5, .holder = "H37.14", .what = LT_OWED_SUPPLEMENT });
	change(w, 40, (struct fake_dossier){ .stays = 3, .status = 10, .holder = "H37.14" });
	for (uint64_t n = 100; n < 420; n++) { /* more than a page, and than one answer gives */
		struct fake_dossier now = w->fake.dossiers[n];
		now.stays += 2;
		change(w, n, now);
	}
	catch_up(w);
	same(w);
	assert_int_equal(w->fake.copies, 322);
	assert_int_equal(w->firsts, 0);
	assert_in_range(w->told, 200, 322);
	catch_up(w);
	assert_int_equal(w->fake.copies, 322);
	assert_int_equal(project_state(w->project)->rebuilds, 1);
}

static void test_interrupted(void **state)
{
	struct world *w = *state;
	bool more;
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(project_step(w->project, &more), LT_OK);
		assert_true(more);
	}
	uint64_t done = project_state(w->project)->done;
	assert_in_range(done, 200, 500);
	project_close(w->project); /* killed in the middle */
	open_project(w);
	change(w, 3, (struct fake_dossier){ .stays = 4, .status = 8, .holder = "H37.14", .what = LT_OWED_WORK });
	w->fake.copies = 0;
	catch_up(w);
	same(w);
	/* it went on where it was; and a page of what is late */
	assert_in_range(w->fake.copies, 150, FAKE_DOSSIERS + 1 - done + 1 + w->fake.page);
	struct project *second;
	struct project_options options = { .path = w->path, .control = w->fake.path };
	assert_int_equal(project_open(&options, &second), LT_EAGAIN);
}

static void test_broker_away(void **state)
{
	struct world *w = *state;
	struct project_state read;
	struct project_dossiers list;
	bool more;
	catch_up(w);
	fake_end(&w->fake);
	assert_int_equal(project_step(w->project, &more), LT_OK);
	assert_int_equal(project_step(w->project, &more), LT_OK);
	assert_false(more || project_state(w->project)->broker);
	assert_int_equal(project_read_state(w->reader, &read), LT_OK);
	assert_false(read.broker);
	assert_true(read.why[0] != '\0');
	assert_int_equal(project_read_dossiers(w->reader, &(struct project_filter){ .limit = 3 }, &list), LT_OK);
	assert_int_equal(list.count, 3); /* what was copied can be read */
	change(w, 5, (struct fake_dossier){ .stays = 6, .status = 9, .holder = "H37.02", .what = LT_OWED_HAND_OUT });
	fake_start(&w->fake);
	catch_up(w);
	same(w);
	assert_int_equal(project_read_state(w->reader, &read), LT_OK);
	assert_true(read.broker);
	assert_string_equal(read.why, "");
	assert_int_equal(read.rebuilds, 1);
}

/* Another incarnation, with less than was copied; and a broker that does not know any more what has changed. */
static void test_begun_again(void **state)
{
	struct world *w = *state;
	catch_up(w);
	fake_end(&w->fake);
	w->fake.incarnation[0] = 8;
	w->fake.sequence = 900;
	w->fake.count = 400;
	for (uint64_t n = 1; n <= 400; n++)
		w->fake.dossiers[n].stays = n % 3;
	fake_start(&w->fake);
	catch_up(w);
	same(w);
	assert_int_equal(project_state(w->project)->rebuilds, 2);
	w->fake.sequence += 10000;
	w->fake.known_from = w->fake.sequence - 1;
	w->fake.dossiers[9].status = 7;
	catch_up(w);
	same(w);
	assert_int_equal(project_state(w->project)->rebuilds, 3);
	assert_int_equal(project_rebuild(w->project), LT_OK);
	catch_up(w);
	same(w);
	assert_int_equal(project_state(w->project)->rebuilds, 4);
}

static void test_damaged_file(void **state)
{
	struct world *w = *state;
	catch_up(w);
	project_read_close(w->reader);
	w->reader = NULL;
	project_close(w->project);
	int fd = open(w->path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "this is no database, or not any more", 36, 0), 36);
	close(fd);
	open_project(w);
	catch_up(w);
	same(w);
	project_read_close(w->reader);
	w->reader = NULL;
	project_close(w->project);
	assert_int_equal(unlink(w->path), 0);
	open_project(w);
	catch_up(w);
	same(w);
}

/* ---- rounds ---- */

/* Bytes that this process has written, wherever to. */
static uint64_t written(void)
{
	unsigned long long out = 0;
	FILE *io = fopen("/proc/self/io", "re");
	assert_non_null(io);
	assert_int_equal(fscanf(io, "rchar: %*u wchar: %llu", &out), 1);
	fclose(io);
	return out;
}

/* Five flushes have written each of 500 dossiers: each is copied once, in few answers, and what is written is what has changed. */
static void test_changed_often(void **state)
{
	struct world *w = *state;
	enum { MANY = 500, FLUSHES = 5, DOSSIER_BYTES = 3000 };
	catch_up(w);
	freshen(w);
	w->fake.page = FAKE_DOSSIERS;
	w->fake.copies = w->fake.questions = 0;
	w->fake.flushes = FLUSHES;
	w->fake.told = 700;
	for (uint64_t n = 1; n <= MANY; n++) {
		struct fake_dossier now = w->fake.dossiers[n];
		now.status = 5;
		change(w, n, now);
	}
	uint64_t before = written();
	w->told = 0;
	catch_up(w);
	assert_int_equal(w->told, MANY); /* who watches one of them hears of it */
	uint64_t bytes = written() - before;
	assert_int_equal(w->fake.copies, MANY);
	assert_in_range(w->fake.questions, 1, MANY * FLUSHES / 700 + 1 + 1 + 1); /* CHANGES, one COPY, nothing more */
	if (bytes > MANY * DOSSIER_BYTES)
		fail_msg("%llu bytes were written for %d dossiers", (unsigned long long)bytes, MANY);
	w->fake.flushes = 0;
	w->fake.told = 0;
	same(w);
}

/* More changes at each step than it copies: the copy is behind by a round, no more, and is true at something later with each; then it
 * catches up. */
static void test_behind(void **state)
{
	struct world *w = *state;
	bool more;
	uint64_t sequence = 0, rounds = 0;
	catch_up(w);
	for (size_t step = 0; step < 100; step++) {
		for (uint64_t n = 1; n <= FAKE_DOSSIERS; n++) {
			struct fake_dossier now = w->fake.dossiers[n];
			now.status = 4 + step % 2;
			change(w, n, now);
		}
		assert_int_equal(project_step(w->project, &more), LT_OK);
		const struct project_state *now = project_state(w->project);
		assert_in_range(now->pending, 0, FAKE_DOSSIERS - 1);
		assert_true(more); /* it goes on at once */
		assert_true(now->sequence >= sequence);
		rounds += now->sequence > sequence;
		sequence = now->sequence;
	}
	assert_in_range(rounds, 7, 9); /* 600 dossiers, 50 an answer */
	catch_up(w);
	same(w);
	assert_int_equal(project_state(w->project)->pending, 0);
	assert_int_equal(project_state(w->project)->rebuilds, 1);
}

/* One answer brings LT_STAYS_MAX of them, at the beginning too. */
static void test_many_stays(void **state)
{
	struct world *w = *state;
	w->fake.stays_most = 3; /* as if LT_STAYS_MAX were */
	catch_up(w);
	same(w);
	change(w, 8, (struct fake_dossier){ .stays = 13, .status = 5, .holder = "H37.14", .what = LT_OWED_WORK });
	catch_up(w);
	same(w);
}

/* Nothing happens to what is late, and it is copied again, since its minutes go by; nobody is told of it as of a change. */
static void test_late_grows(void **state)
{
	struct world *w = *state;
	const uint64_t number = 6; /* late, and open */
	struct project_one one;
	char code[LT_DOSSIER_MAX];
	fake_code(number, code);
	catch_up(w);
	freshen(w);
	w->fake.copies = 0;
	w->told = 0;
	w->fake.time += FAKE_HOUR / 12; /* too soon to look again */
	freshen(w);
	assert_int_equal(w->fake.copies, 0);
	const struct fake_dossier handed = {
		.stays = 2, .status = 9, .holder = "H37.14", .what = LT_OWED_HAND_OUT, .done = true
	};
	change(w, 11, handed); /* whose leg is over its time, though nothing is owed by a time */
	freshen(w);
	w->fake.copies = 0;
	w->told = 0;
	w->fake.time += 2 * FAKE_HOUR;
	freshen(w);
	assert_int_equal(w->fake.copies, late(w) + 1);
	assert_true(late(w) > 100);
	assert_int_equal(w->told, 0);
	assert_int_equal(project_read_one(w->reader, code, &one), LT_OK);
	assert_int_equal(one.stays[one.stay_count - 1].number, 0);
	assert_int_equal(one.stays[one.stay_count - 1].used, 60 + 125);
	w->fake.time += FAKE_HOUR;
	change(w, number, (struct fake_dossier){ .stays = 2, .status = 10, .holder = "H37.14" });
	freshen(w);
	assert_int_equal(w->told, 1); /* what has changed is told all the same */
	same(w);
}

/* Of a table of the file. */
static int64_t count_rows(const struct world *w, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *query;
	assert_int_equal(sqlite3_open_v2(w->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(query), SQLITE_ROW);
	int64_t found = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	sqlite3_close(db);
	return found;
}

/* The fake's time begins at 18:06. */
static void test_a_day_that_ends_keeps_what_it_saw(void **state)
{
	struct world *w = *state;
	struct fake_dossier asked = w->fake.dossiers[6];
	asked.status = 5;
	catch_up(w);
	assert_int_equal(count_rows(w, "SELECT COUNT(*) FROM gap WHERE begun = 0"), 1); /* nothing is known of before */
	change(w, 6, asked);
	catch_up(w);
	w->fake.time += 11 * FAKE_HOUR / 2;
	catch_up(w);
	assert_int_equal(count_rows(w, "SELECT COUNT(*) FROM earlier"), 0); /* no day has ended */
	w->fake.time += FAKE_HOUR;
	catch_up(w);
	const int64_t seen = w->fake.time;
	w->fake.time += FAKE_HOUR;
	asked.status = 4;
	change(w, 6, asked);
	struct fake_dossier handed = w->fake.dossiers[7];
	handed.holder = "H37.14"; /* by which no report counts */
	change(w, 7, handed);
	catch_up(w);
	assert_int_equal(count_rows(w, "SELECT COUNT(*) FROM earlier"), 1);
	assert_int_equal(count_rows(w, "SELECT until FROM earlier WHERE dossier = 6 AND status = 5 AND finished = 0"),
			 seen);
	assert_int_equal(count_rows(w, "SELECT since FROM dossier WHERE number = 6"), w->fake.time);
	assert_int_equal(count_rows(w, "SELECT COUNT(*) FROM gap"), 1);
	w->fake.time += 24 * FAKE_HOUR;
	catch_up(w);
	assert_int_equal(count_rows(w, "SELECT ended FROM gap WHERE begun <> 0"), w->fake.time);
	same(w);
}

/* Made anew of the same ledger; then of another one. */
static void test_what_days_saw_outlives_the_copy(void **state)
{
	struct world *w = *state;
	catch_up(w);
	const int64_t seen = w->fake.time;
	w->fake.time += 48 * FAKE_HOUR;
	assert_int_equal(project_rebuild(w->project), LT_OK);
	struct fake_dossier ended = { .stays = 1, .status = 10, .holder = "H37.14" };
	change(w, 6, ended);
	catch_up(w);
	same(w);
	assert_int_equal(count_rows(w, "SELECT until FROM earlier WHERE dossier = 6 AND status = 4"), seen);
	assert_int_equal(count_rows(w, "SELECT COUNT(*) FROM earlier WHERE dossier = 10"),
			 0); /* closed: it cannot change */
	assert_int_equal(count_rows(w, "SELECT begun FROM gap WHERE ended > 0 ORDER BY ended DESC"), seen);
	w->fake.incarnation[0]++;
	assert_int_equal(project_rebuild(w->project), LT_OK);
	catch_up(w);
	same(w);
	assert_int_equal(count_rows(w, "SELECT COUNT(*) FROM earlier"), 0);
	assert_int_equal(count_rows(w, "SELECT begun FROM gap"), 0);
}

TEST_MAIN(TEST(test_made_and_kept), TEST(test_interrupted), TEST(test_broker_away), TEST(test_begun_again),
	  TEST(test_damaged_file), TEST(test_changed_often), TEST(test_behind), TEST(test_many_stays),
	  TEST(test_late_grows), TEST(test_a_day_that_ends_keeps_what_it_saw),
	  TEST(test_what_days_saw_outlives_the_copy))
