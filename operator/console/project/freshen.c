/* freshen.c: what is over its time and open grows later without a record of it: nobody does anything. So such dossiers are copied again, each
 * once in a lap, a page behind each round of following that had nothing more to do; else who sits on a dossier would be charged with the
 * minute at which that was told.
 *
 * A lap goes by what is due first and was over before the lap began (also behind a result: what is owed then has its time), then by
 * those that are late and of which nothing stands among what is due (SCHEMA_UNNOTICED). It is in memory alone: a process that begins, begins one. */
#include "project_internal.h"

#define LAP_US \
	INT64_C(900000000) /* of legal time: so old may a minute be that is charged. No sum of working days is read closer */
enum {
	FRESH_PAGE = 128
}; /* dossiers of a step: some ms of the broker's reader; two steps a second are a hundredth of it, and go round 5,000 in 20 s */

static size_t late_page(struct project *project, struct project_late *late)
{
	const struct fresh_lap *lap = &project->lap;
	sqlite3_stmt *row = write_ready(project, lap->unnoticed ? SQL_LATE_UNNOTICED : SQL_LATE);
	size_t count = 0;
	int code = SQLITE_DONE;
	if (!row)
		return 0;
	sqlite3_bind_int64(row, 1, lap->due);
	sqlite3_bind_int64(row, 2, lap->number);
	sqlite3_bind_int64(row, 3, lap->begun);
	sqlite3_bind_int64(row, 4, FRESH_PAGE);
	while (count < FRESH_PAGE && (code = sqlite3_step(row)) == SQLITE_ROW)
		late[count++] =
			(struct project_late){ sqlite3_column_int64(row, 0), (uint64_t)sqlite3_column_int64(row, 1) };
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		write_fail(project);
	sqlite3_reset(row);
	return count;
}

/* The next part of the lap, or its end. */
static void go_on(struct fresh_lap *lap)
{
	lap->due = lap->number = 0;
	if (lap->unnoticed)
		lap->done = lap->begun;
	lap->runs = !lap->unnoticed;
	lap->unnoticed = !lap->unnoticed;
}

enum lt_err freshen_step(struct project *project)
{
	struct project_late late[FRESH_PAGE];
	uint64_t numbers[FRESH_PAGE];
	struct fresh_lap *lap = &project->lap;
	int64_t now = project->at.state.time;
	size_t looked = 0;
	if (!lap->runs && lap->begun != 0 && now < lap->begun + LAP_US)
		return LT_OK;
	if (!lap->runs)
		*lap = (struct fresh_lap){ .runs = true, .begun = now, .done = lap->done };
	size_t count = late_page(project, late);
	for (size_t i = 0; i < count; i++)
		numbers[i] = late[i].number;
	project->quiet = true; /* nothing has happened to them */
	enum lt_err err = project_copy_these(project, numbers, count, &looked);
	project->quiet = false;
	if (err)
		return err;
	if (looked > 0) {
		lap->due = late[looked - 1].due;
		lap->number = (int64_t)late[looked - 1].number;
	}
	if (count < FRESH_PAGE && looked == count)
		go_on(lap);
	return LT_OK;
}
