/* What pages ask of the projection. */
#include "test.h"

#include "project/read_filter.h"
#include "project_world.h"

#include <sqlite3.h>
#include <time.h>

static size_t pages(struct world *w, struct project_filter filter, uint32_t limit, uint64_t *numbers)
{
	size_t count = 0;
	char after[100] = "";
	struct project_dossiers list;
	filter.limit = limit;
	do {
		filter.after = after;
		assert_int_equal(project_read_dossiers(w->reader, &filter, &list), LT_OK);
		assert_in_range(list.count, 0, limit);
		for (size_t i = 0; i < list.count; i++)
			numbers[count++] = list.rows[i].number;
		snprintf(after, sizeof(after), "%s", list.next);
		assert_null(strchr(after, ' '));
	} while (after[0] != '\0');
	return count;
}

static void lists(struct world *w, const char *name, struct project_filter filter, size_t expected)
{
	static uint64_t whole[FAKE_DOSSIERS + 1], paged[FAKE_DOSSIERS + 1];
	uint64_t count;
	bool exact;
	size_t found = pages(w, filter, PROJECT_PAGE, whole);
	if (found != expected)
		fail_msg("%s: %zu dossiers instead of %zu", name, found, expected);
	for (uint32_t limit = 1; limit <= 200; limit = limit * 5 + 2) {
		assert_int_equal(pages(w, filter, limit, paged), found);
		assert_memory_equal(paged, whole, found * sizeof(whole[0]));
	}
	assert_int_equal(project_read_count(w->reader, &filter, &count, &exact), LT_OK);
	assert_true(exact && count == found);
}

static void test_lists(void **state)
{
	struct world *w = *state;
	size_t late = 0, closed = 0, offered = 0, held = 0;
	catch_up(w);
	for (uint64_t n = 1; n <= FAKE_DOSSIERS; n++) {
		const struct fake_dossier *dossier = &w->fake.dossiers[n];
		closed += dossier->what == 0;
		late += dossier->what != 0 && dossier->until != 0 && dossier->until < FAKE_TIME;
		offered += dossier->what == LT_OWED_ACCEPT;
		held += dossier->what != 0 && strcmp(dossier->holder, "H37.14") == 0;
	}
	lists(w, "all", (struct project_filter){ 0 }, FAKE_DOSSIERS);
	lists(w, "newest", (struct project_filter){ .sort = PROJECT_BY_OPENED }, FAKE_DOSSIERS);
	lists(w, "newest of a status", (struct project_filter){ .sort = PROJECT_BY_OPENED, .status = 10 }, closed);
	lists(w, "late", (struct project_filter){ .late = true }, late);
	lists(w, "closed", (struct project_filter){ .status = 10 }, closed);
	lists(w, "open", (struct project_filter){ .open = true }, FAKE_DOSSIERS - closed);
	lists(w, "unanswered", (struct project_filter){ .unanswered = true }, offered);
	lists(w, "held", (struct project_filter){ .holder = "H37.14" }, held);
	lists(w, "owed by", (struct project_filter){ .owed_by = "H37.14" }, held);
	lists(w, "silent", (struct project_filter){ .silent = true }, 6);
	lists(w, "nobody", (struct project_filter){ .origin = "H99", .text = "dong" }, 0);
	struct project_dossiers list;
	assert_int_equal(project_read_dossiers(w->reader, &(struct project_filter){ .limit = 2 }, &list), LT_OK);
	assert_int_equal(list.rows[0].number, 1); /* what is due first */
	assert_int_equal(list.rows[1].number, 2);
	assert_int_equal(list.sequence, w->fake.sequence);
	static const char *const wrong[] = {
		"x", "t.1", "n.1.2.3", "t.1.2.3.4", "n.; DROP TABLE dossier", "t.99999999999999999999999999"
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(project_read_dossiers(w->reader, &(struct project_filter){ .after = wrong[i] }, &list),
				 LT_EINVAL);
}

static void test_search(void **state)
{
	struct world *w = *state;
	struct project_dossiers list;
	catch_up(w);
	change(w, 9, (struct fake_dossier){ .status = 4, .holder = "H37.02", .what = 3, .field = "Thị trấn Đồng Mỏ" });
	change(w, FAKE_DOSSIERS,
	       (struct fake_dossier){
		       .status = 4, .holder = "H37.02", .what = 3, .field = "<script>alert(1)</script>" });
	catch_up(w);
	lists(w, "without signs", (struct project_filter){ .text = "dong dang" },
	      FAKE_DOSSIERS); /* of the origin's name */
	lists(w, "with signs", (struct project_filter){ .text = "Đồng ĐĂNG khai sinh" }, FAKE_DOSSIERS);
	lists(w, "a field", (struct project_filter){ .text = "dong mo" }, 1);
	lists(w, "a field, NFD", (struct project_filter){ .text = "\xc4\x90o\xcc\x82\xcc\x80ng Mo\xcc\x89" }, 1);
	lists(w, "a code", (struct project_filter){ .text = "H37.02-20261118-0000040" }, 1);
	lists(w, "a beginning", (struct project_filter){ .text = "00001" }, 100);
	lists(w, "syntax", (struct project_filter){ .text = "\" OR * NEAR( ) alert" }, 0);
	lists(w, "script", (struct project_filter){ .text = "script alert" }, 1);
	lists(w, "nothing to search for", (struct project_filter){ .text = "***" }, 0);
	lists(w, "with another", (struct project_filter){ .text = "dong", .status = 10 }, 59);
	change(w, 9, (struct fake_dossier){ .status = 4, .holder = "H37.02", .what = 3, .field = "Chi Lăng" });
	catch_up(w);
	lists(w, "is found no more", (struct project_filter){ .text = "dong mo" }, 0);
	lists(w, "is found", (struct project_filter){ .text = "chi lang" }, 1);
	assert_int_equal(
		project_read_dossiers(w->reader, &(struct project_filter){ .text = "khai sinh", .limit = 2 }, &list),
		LT_OK);
	assert_int_equal(list.rows[0].number, FAKE_DOSSIERS); /* the newest first */
}

static void test_causes(void **state)
{
	struct world *w = *state;
	struct project_causes causes;
	struct project_rows rows;
	w->fake.stuck = true;
	catch_up(w);
	/* Said of dossiers that were not there when the mailboxes were looked at first. */
	assert_int_equal(project_rebuild(w->project), LT_OK);
	catch_up(w);
	assert_int_equal(project_read_causes(w->reader, "", 0, &causes), LT_OK);
	size_t late = 0, owed = 0;
	for (uint64_t n = 1; n <= FAKE_DOSSIERS; n++) {
		const struct fake_dossier *dossier = &w->fake.dossiers[n];
		owed += dossier->what != 0;
		late += dossier->what != 0 && dossier->until != 0 && dossier->until < FAKE_TIME;
	}
	assert_int_equal(causes.causes[PROJECT_LATE].count, late);
	assert_int_equal(causes.causes[PROJECT_OWED].count, owed);
	assert_int_equal(causes.causes[PROJECT_SILENT].count, 6);
	assert_int_equal(causes.causes[PROJECT_SILENT].oldest, FAKE_TIME - FAKE_HOUR);
	assert_int_equal(causes.causes[PROJECT_STUCK].count, 1);
	assert_int_equal(causes.causes[PROJECT_FROZEN].count, 0);
	for (int cause = PROJECT_LATE; cause < PROJECT_CAUSES; cause++) {
		size_t count = 0;
		char after[100] = "";
		int64_t before = 0;
		do {
			assert_int_equal(
				project_read_rows(w->reader, (enum project_cause)cause, "", 0, after, 37, &rows),
				LT_OK);
			for (size_t i = 0; i < rows.count; i++, count++) {
				int64_t time = cause == PROJECT_SILENT || cause == PROJECT_STUCK ? rows.rows[i].since
												 : rows.rows[i].until;
				assert_true(time == 0 || time >= before);
				before = time ? time : INT64_MAX;
			}
			snprintf(after, sizeof(after), "%s", rows.next);
		} while (after[0]);
		assert_int_equal(count, causes.causes[cause].count);
	}
	assert_int_equal(project_read_rows(w->reader, PROJECT_STUCK, "", 0, "", 0, &rows), LT_OK);
	assert_int_equal(rows.rows[0].number, 9);
	assert_int_equal(rows.rows[0].reason, LT_DIRECTORY_INVALID);
	assert_int_equal(project_read_rows(w->reader, PROJECT_LATE, "H37.14", 0, "", 5, &rows), LT_OK);
	assert_int_equal(rows.count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(rows.rows[i].who, "H37.14");
	assert_int_equal(project_read_rows(w->reader, PROJECT_CAUSES, "", 0, "", 5, &rows), LT_EINVAL);
	w->fake.redelivered = 12; /* it is on its way again: nobody has anything to do about it */
	project_look_around(w->project);
	catch_up(w);
	assert_int_equal(project_read_causes(w->reader, "", 0, &causes), LT_OK);
	assert_int_equal(causes.causes[PROJECT_STUCK].count, 0);
}

/* Who has no certificate any more, or whose adapter is in trouble, comes before those for whom something waits. */
static void test_machines(void **state)
{
	struct world *w = *state;
	struct project_agencies list;
	catch_up(w);
	assert_int_equal(project_read_agencies(w->reader, "", 0, NULL, 0, &list), LT_OK);
	assert_string_equal(list.rows[0].code, "H37.14");
	assert_int_equal(list.rows[1].disk, PROJECT_UNTOLD);
	assert_int_equal(list.rows[1].clock, PROJECT_UNTOLD);
	assert_int_equal(list.rows[1].certificates_end, FAKE_TIME + FAKE_HOUR);
	assert_int_equal(project_read_agencies(w->reader, "", FAKE_TIME + FAKE_HOUR, NULL, 0, &list), LT_OK);
	assert_string_equal(list.rows[0].code, "H37.02");
	pthread_mutex_lock(&w->fake.lock);
	w->fake.machine = true;
	pthread_mutex_unlock(&w->fake.lock);
	assert_int_equal(project_rebuild(w->project), LT_OK);
	catch_up(w);
	assert_int_equal(project_read_agencies(w->reader, "", 0, NULL, 0, &list), LT_OK);
	const struct project_agency *row = &list.rows[0];
	assert_string_equal(row->code, "H37.02");
	assert_int_equal(row->disk, PROJECT_LOW);
	assert_int_equal(row->disk_free, 300);
	assert_int_equal(row->disk_size, 1000);
	assert_int_equal(row->clock, PROJECT_BAD);
	assert_int_equal(row->clock_ahead, -61000000);
	assert_int_equal(row->refused, 5);
}

static void test_agencies(void **state)
{
	struct world *w = *state;
	struct project_agencies list;
	char after[100];
	catch_up(w);
	assert_int_equal(project_read_agencies(w->reader, "", 0, NULL, 0, &list), LT_OK);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.rows[0].code, "H37.14"); /* for it something waits */
	assert_int_equal(list.rows[0].waiting, 3);
	assert_int_equal(list.rows[0].held, list.rows[0].owed);
	assert_true(list.rows[0].late > 0 && list.rows[0].late < list.rows[0].owed);
	assert_int_equal(project_read_agencies(w->reader, NULL, 0, NULL, 1, &list), LT_OK);
	snprintf(after, sizeof(after), "%s", list.next);
	assert_int_equal(project_read_agencies(w->reader, NULL, 0, after, 1, &list), LT_OK);
	assert_string_equal(list.rows[0].code, "H37.02");
	assert_string_equal(list.next, "");
	assert_int_equal(project_read_agencies(w->reader, "tu PHÁP", 0, NULL, 0, &list), LT_OK);
	assert_int_equal(list.count, 1);
	assert_int_equal(project_read_agencies(w->reader, "%' OR 1=1", 0, NULL, 0, &list), LT_OK);
	assert_int_equal(list.count, 0);
	assert_int_equal(project_read_agencies(w->reader, "", 0, "abc", 0, &list), LT_EINVAL);
	assert_int_equal(project_read_agency(w->reader, "H37.02", 0, &list), LT_OK);
	assert_int_equal(list.count, 1);
	assert_true(list.rows[0].online);
	assert_int_equal(project_read_agency(w->reader, "H99", 0, &list), LT_OK);
	assert_int_equal(list.count, 0);
	pthread_mutex_lock(&w->fake.lock);
	w->fake.stuck = true; /* for the other something waits longer, but this one's mail cannot go on */
	pthread_mutex_unlock(&w->fake.lock);
	project_look_around(w->project);
	catch_up(w);
	assert_int_equal(project_read_agencies(w->reader, NULL, 0, NULL, 1, &list), LT_OK);
	assert_string_equal(list.rows[0].code, "H37.14");
	snprintf(after, sizeof(after), "%s", list.next);
	assert_int_equal(project_read_agencies(w->reader, NULL, 0, after, 1, &list), LT_OK);
	assert_string_equal(list.rows[0].code, "H37.02");
	assert_string_equal(list.next, "");
}

static void named(struct world *w, const char *typed, const char *code, size_t count)
{
	struct project_named found;
	assert_int_equal(project_read_named(w->reader, typed, &found), LT_OK);
	assert_int_equal(found.count, count);
	assert_false(found.more);
	if (code)
		assert_string_equal(found.list[0].code, code);
}

static void test_who_is_meant(void **state)
{
	struct world *w = *state;
	catch_up(w);
	named(w, "H37.02", "H37.02", 1);
	named(w, "h37.14", "H37.14", 1);
	named(w, "dong  ĐĂNG", "H37.02", 1);
	named(w, "UBND xã Đồng Đăng", "H37.02", 1);
	named(w, "h37", NULL, 2);
	named(w, "p", "H37.14", 1);
	named(w, "Bắc Sơn", NULL, 0);
	named(w, " - ", NULL, 0);
	named(w, "%' OR 1=1", NULL, 0);
	/* One that is whole what was typed is meant, though another's name has it too. */
	pthread_mutex_lock(&w->fake.lock);
	w->fake.other_name = "Phòng Công chứng, Sở Tư pháp";
	pthread_mutex_unlock(&w->fake.lock);
	project_look_around(w->project);
	catch_up(w);
	named(w, "tu phap", NULL, 2);
	named(w, "so tu phap", "H37.14", 1);
}

/* ---- what a page costs ---- */

enum {
	DOUBLED = 7,            /* times: 76,800 dossiers */
	STEPS_MOST = 200000,    /* of SQLite for a page: a walk over all is more, sorting them ten times as many */
	COUNT_MOST = 250000,    /* of counting PROJECT_COUNT_MAX of them */
	CAUSES_MOST = 1000000,  /* of a count for each cause, for all and for one agency, in two ways */
	AGENCIES_MOST = 500000, /* of three counts for each of two agencies */
	NAMES_MOST = 200,       /* whoever holds many is not counted for its name */
	LATER_SECONDS = 1000,   /* than PROJECT_READ_MS */
};
static int steps;
static int64_t seconds = 1000000; /* of every clock */
static bool slow; /* each row of an answer takes LATER_SECONDS; else nothing takes any time, on no machine */

/* In place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *out)
{
	(void)clock;
	*out = (struct timespec){ .tv_sec = seconds };
	return 0;
}

static int seen(unsigned what, void *ctx, void *statement, void *time)
{
	(void)ctx;
	(void)time;
	if (what == SQLITE_TRACE_PROFILE)
		steps += sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
	else if (slow)
		seconds += LATER_SECONDS;
	return 0;
}

static int watch(sqlite3 *db, const char **error, const struct sqlite3_api_routines *api)
{
	(void)error;
	(void)api;
	return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE | SQLITE_TRACE_ROW, seen, NULL);
}

static void watched(struct world *w)
{
	project_read_close(w->reader);
	assert_int_equal(sqlite3_auto_extension((void (*)(void))watch), SQLITE_OK);
	assert_int_equal(project_read_open(w->path, &w->reader), LT_OK);
	sqlite3_reset_auto_extension();
}

/* As many again, until there are many. */
static void make_many(struct world *w)
{
	static const char *const more[] = {
		"CREATE TEMP TABLE again AS SELECT * FROM dossier; UPDATE again SET number = number + ?1, code = code "
		"|| ?1;"
		"INSERT INTO dossier SELECT * FROM again; DROP TABLE again;",
		"CREATE TEMP TABLE again AS SELECT * FROM owed; UPDATE again SET dossier = dossier + ?1;"
		"INSERT INTO owed SELECT * FROM again; DROP TABLE again;",
		"CREATE TEMP TABLE again AS SELECT * FROM branch; UPDATE again SET dossier = dossier + ?1;"
		"INSERT INTO branch SELECT * FROM again; DROP TABLE again;",
	};
	sqlite3 *db;
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
	for (uint64_t count = FAKE_DOSSIERS; count < FAKE_DOSSIERS << DOUBLED; count *= 2) {
		for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
			for (const char *sql = more[i]; *sql;) {
				sqlite3_stmt *statement;
				assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, &sql), SQLITE_OK);
				if (sqlite3_bind_parameter_count(statement) > 0)
					sqlite3_bind_int64(statement, 1, (int64_t)count);
				assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
				sqlite3_finalize(statement);
			}
		}
	}
	assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void cheap(const char *what, size_t which, int most)
{
	if (steps > most)
		fail_msg("%s %zu: %d steps", what, which, steps);
	steps = 0;
}

static void counts(struct world *w, struct project_filter filter, uint64_t expected)
{
	uint64_t count = 0;
	bool exact = false;
	assert_int_equal(project_read_count(w->reader, &filter, &count, &exact), LT_OK);
	assert_true(exact);
	assert_int_equal(count, expected);
}

/* Whatever is asked for, and whether many are so, few, or none: no page goes over all dossiers, or sorts them. */
static void test_costs(void **state)
{
	struct world *w = *state;
	static const struct project_filter filters[] = {
		{ 0 },
		{ .late = true },
		{ .open = true },
		{ .unanswered = true },
		{ .silent = true },
		{ .stuck = true },
		{ .frozen = true },
		{ .carried = true },
		{ .holder = "H37.14" },
		{ .holder = "H99" },
		{ .owed_by = "H37.02" },
		{ .lead = "H37.14" },
		{ .origin = "H37.02" },
		{ .procedure = "H99" },
		{ .sector = "none" },
		{ .status = 4 },
		{ .status = 10 },
		{ .status = 99 },
		{ .channel = 2 },
		{ .verdict = 1 },
		{ .opened_from = FAKE_TIME },
		{ .opened_to = FAKE_TIME },
		{ .finished_from = 1 },
		{ .due_before = FAKE_TIME },
		{ .holder = "H37.14", .late = true, .status = 4 },
		{ .origin = "H37.02", .owed_by = "H37.14", .unanswered = true },
		{ .origin = "H37.02", .holder = "H99" },
		{ .after = "n.1000000.0" },
		{ .after = "t.9223372036854775807.9223372036854775807.0" },
		{ .text = "khai sinh" },
		{ .text = "0 00 000 0000 dang ky khai sinh dong dang" },
	};
	struct project_dossiers list;
	struct project_causes causes;
	struct project_rows rows;
	struct project_agencies agencies;
	struct project_known known;
	uint64_t count;
	bool exact;
	catch_up(w);
	make_many(w);
	watched(w);
	steps = 0;
	for (size_t i = 0; i < 2 * sizeof(filters) / sizeof(filters[0]); i++) {
		struct project_filter filter = filters[i / 2];
		filter.sort = i % 2 ? PROJECT_BY_OPENED : PROJECT_BY_DUE;
		filter.limit = PROJECT_PAGE;
		assert_int_equal(project_read_dossiers(w->reader, &filter, &list), LT_OK);
		cheap("list", i / 2, STEPS_MOST);
		assert_int_equal(project_read_count(w->reader, &filter, &count, &exact), LT_OK);
		/* Of two that many are so, each of the fewer is looked at: that takes as long as it takes, PROJECT_READ_MS at most. */
		if ((filter.unanswered && filter.origin) || (filter.late && filter.holder))
			steps = 0;
		cheap("count", i / 2, COUNT_MOST);
	}
	for (int cause = PROJECT_LATE; cause < PROJECT_CAUSES; cause++) {
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(project_read_rows(w->reader, (enum project_cause)cause, i ? "H37.02" : "", 0,
							   "", 0, &rows),
					 LT_OK);
			cheap("rows", (size_t)cause, STEPS_MOST);
		}
	}
	assert_int_equal(project_read_causes(w->reader, "", 0, &causes), LT_OK);
	assert_int_equal(project_read_causes(w->reader, "H37.02", 0, &causes), LT_OK);
	cheap("causes", 0, CAUSES_MOST);
	assert_int_equal(project_read_agencies(w->reader, "", 0, "", 2, &agencies), LT_OK);
	cheap("agencies", 0, AGENCIES_MOST);
	assert_int_equal(agencies.rows[0].held + agencies.rows[1].held, 2 * PROJECT_COUNT_MAX);
	assert_int_equal(project_read_known(w->reader, "H37.02", &known), LT_OK);
	cheap("names", 0, NAMES_MOST);
	assert_int_equal(project_read_known(w->reader, "H99", &known), LT_ENOENT);
}

/* A word that finds many by itself is meant whole; any other is a beginning, also of words that are in many. */
static void test_common_words(void **state)
{
	struct world *w = *state;
	sqlite3 *db;
	char sql[] =
		"INSERT INTO search (rowid, text) SELECT number, 'chung' FROM dossier WHERE number > 1000 LIMIT 2001;"
		"INSERT INTO search (rowid, text) VALUES (4000, 'chungcu');";
	catch_up(w);
	make_many(w);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	counts(w, (struct project_filter){ .text = "chung" }, FILTER_FEW + 1);
	counts(w, (struct project_filter){ .text = "chun" }, FILTER_FEW + 2);
	counts(w, (struct project_filter){ .text = "chungc" }, 1);
}

/* What takes longer than PROJECT_READ_MS is broken off, and the next question is answered. */
static void test_too_long(void **state)
{
	struct world *w = *state;
	struct project_dossiers list;
	struct project_filter filter = { .limit = PROJECT_PAGE };
	catch_up(w);
	watched(w);
	slow = true;
	assert_int_equal(project_read_dossiers(w->reader, &filter, &list), LT_ETIMEOUT);
	slow = false;
	assert_int_equal(project_read_dossiers(w->reader, &filter, &list), LT_OK);
	assert_int_equal(list.count, PROJECT_PAGE);
}

TEST_MAIN(TEST(test_lists), TEST(test_search), TEST(test_causes), TEST(test_agencies), TEST(test_who_is_meant),
	  TEST(test_machines), TEST(test_costs), TEST(test_common_words), TEST(test_too_long))
