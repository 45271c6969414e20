/* project_write.c: the statements of the transaction that is open, and the state that it ends with. */
#include "project_internal.h"
#include "schema.h"

#include "program/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A step is taken back as a whole, so no statement keeps what it would need to be taken back alone (a statement journal: SQLite writes
 * each page that is touched into it, which made the half of all that was written here). Hence OR ROLLBACK, and never OR REPLACE. */
#define INTO "INSERT OR ROLLBACK INTO "
#define CHANGE "UPDATE OR ROLLBACK "
static const char *const statements[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_META] = "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
	[SQL_KNOWN] = "SELECT status, coalesce(due, 0), finished, silent, frozen, said, origin, lead, procedure, text"
		      ", due_lawful, verdict, since FROM dossier WHERE number = ?",
	[SQL_DOSSIER] =
		INTO "dossier VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		     " ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_DOSSIER_NOW] = CHANGE
	"dossier SET version = ?2, procedure_name = ?3, sector = ?4, outcome = ?5, channel = ?6, place = ?7,"
	" opened = ?8, received = ?9, carried = ?10, due_first = ?11, due_lawful = ?12, appointment = ?13,"
	" verdict = ?14, holder = ?15, leg = ?16, leg_name = ?17, branches = ?18, replaces = ?19,"
	" allotted = ?20, used = ?21 WHERE number = ?1",
	[SQL_DOSSIER_KEYS] =
		CHANGE "dossier SET procedure = ?2, origin = ?3, lead = ?4, status = ?5, finished = ?6, due = ?7,"
		       " silent = ?8, frozen = ?9 WHERE number = ?1",
	[SQL_DOSSIER_TEXT] = CHANGE "dossier SET text = ?2, said = ?3 WHERE number = ?1",
	[SQL_DOSSIER_SINCE] = CHANGE "dossier SET since = ?2 WHERE number = ?1",
	/* Of a time that was set back, what was copied first. */
	[SQL_EARLIER] = "INSERT OR IGNORE INTO earlier SELECT number, ?2, status, finished, due_lawful, verdict"
			" FROM dossier WHERE number = ?1",
	[SQL_GAP] = INTO "gap VALUES (?, ?)",
	[SQL_SEEN] = "SELECT max(until) FROM earlier",
	[SQL_SEARCH_DELETE] = "INSERT INTO search (search, rowid, text) VALUES ('delete', ?, ?)",
	[SQL_SEARCH] = "INSERT INTO search (rowid, text) VALUES (?, ?)",
	[SQL_STAYS_OF] = "SELECT max(number) FROM stay WHERE dossier = ?",
	[SQL_LATE] = "SELECT due, number FROM dossier WHERE (due, number) > (?1, ?2) AND due < ?3"
		     " ORDER BY due, number LIMIT ?4",
	[SQL_LATE_UNNOTICED] =
		"SELECT due_lawful, number FROM dossier WHERE " SCHEMA_UNNOTICED " AND"
		" due_lawful > 0 AND (due_lawful, number) > (?1, ?2) AND due_lawful < ?3 ORDER BY due_lawful, number "
		"LIMIT ?4",
	[SQL_OPEN_GONE] = "DELETE FROM stay WHERE dossier = ? AND number < 0",
	[SQL_PARTS_GONE] = "DELETE FROM part WHERE dossier = ? AND stay < 0",
	/* What has ended never changes: that it is told once more is no error. */
	[SQL_STAY] = "INSERT OR IGNORE INTO stay VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		     "?, ?, ?, ?, ?, ?, ?)",
	[SQL_PART] = "INSERT OR IGNORE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)",
	[SQL_OWED_GONE] = "DELETE FROM owed WHERE dossier = ?",
	[SQL_OWED] = INTO "owed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_BRANCH_GONE] = "DELETE FROM branch WHERE dossier = ?",
	[SQL_BRANCH] = INTO "branch VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_AGENCY_NAME] = "SELECT name FROM agency WHERE code = ?",
	[SQL_AGENCY] = "INSERT OR REPLACE INTO agency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?, "
		       "?, ?, ?, ?)",
	[SQL_MAILBOX] = "UPDATE agency SET waiting = ?2, oldest = ?3, unanswered = ?4, unreadable = ?5 WHERE code = ?1",
	[SQL_STUCK_GONE] = "DELETE FROM stuck",
	[SQL_STUCK] = "INSERT OR REPLACE INTO stuck VALUES (?1, ?2, coalesce((SELECT number FROM dossier WHERE code = "
		      "?3), 0), ?4, ?5, ?6, ?7)",
};

/* ---- statements ---- */

void write_fail(struct project *project)
{
	int code = sqlite3_extended_errcode(project->db);
	if (!project->broken)
		lt_log(LT_LOG_ERROR, "the projection cannot be written", "file", project->path, "error",
		       sqlite3_errmsg(project->db), NULL);
	project->broken = true;
	project->corrupted = project->corrupted || (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

sqlite3_stmt *write_ready(struct project *project, enum write_sql which)
{
	sqlite3_stmt **statement = &project->statements[which];
	if (project->broken)
		return NULL;
	if (!*statement &&
	    sqlite3_prepare_v3(project->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL)) {
		write_fail(project);
		return NULL;
	}
	return *statement;
}

/* Texts are borrowed: they live until the statement has run. */
static bool bind(struct project *project, sqlite3_stmt *statement, const char *types, va_list args)
{
	for (int i = 1; types[i - 1] != '\0'; i++) {
		int code;
		if (types[i - 1] == 't') {
			const char *text = va_arg(args, const char *);
			code = sqlite3_bind_text(statement, i, text ? text : "", -1, SQLITE_STATIC);
		} else {
			int64_t number = va_arg(args, int64_t);
			code = types[i - 1] == 'n' && number == 0 ? sqlite3_bind_null(statement, i)
								  : sqlite3_bind_int64(statement, i, number);
		}
		if (code) {
			write_fail(project);
			return false;
		}
	}
	return true;
}

void write_run(struct project *project, enum write_sql which, const char *types, ...)
{
	va_list args;
	sqlite3_stmt *statement = write_ready(project, which);
	if (!statement)
		return;
	va_start(args, types);
	if (bind(project, statement, types, args) && sqlite3_step(statement) != SQLITE_DONE)
		write_fail(project);
	va_end(args);
	sqlite3_reset(statement);
}

int64_t write_ask(struct project *project, enum write_sql which, int64_t missing, const char *types, ...)
{
	va_list args;
	int64_t out = missing;
	sqlite3_stmt *statement = write_ready(project, which);
	if (!statement)
		return missing;
	va_start(args, types);
	int code = bind(project, statement, types, args) ? sqlite3_step(statement) : SQLITE_DONE;
	va_end(args);
	if (code == SQLITE_ROW)
		out = sqlite3_column_int64(statement, 0);
	else if (code != SQLITE_DONE)
		write_fail(project);
	sqlite3_reset(statement);
	return out;
}

void write_exec(struct project *project, const char *sql)
{
	if (!project->broken && sqlite3_exec(project->db, sql, NULL, NULL, NULL))
		write_fail(project);
}

void write_begin(struct project *project)
{
	project->broken = false;
	write_run(project, SQL_BEGIN, "");
}

void write_close(struct project *project)
{
	for (size_t i = 0; i < SQL_COUNT; i++) {
		sqlite3_finalize(project->statements[i]);
		project->statements[i] = NULL;
	}
}

/* ---- the state ---- */

static void put_number(struct project *project, const char *name, uint64_t value)
{
	write_run(project, SQL_META, "ti", name, (int64_t)value);
}

static void put_state(struct project *project)
{
	const struct project_state *state = &project->at.state;
	put_number(project, "phase", state->phase);
	put_number(project, "broker", state->broker);
	write_run(project, SQL_META, "tt", "why", state->why);
	put_number(project, "sequence", state->sequence);
	put_number(project, "time", (uint64_t)state->time);
	put_number(project, "asked_at", (uint64_t)state->asked_at);
	put_number(project, "done", state->done);
	put_number(project, "total", state->total);
	put_number(project, "rebuilds", state->rebuilds);
	write_run(project, SQL_META, "tt", "origin", state->origin);
	put_number(project, "next", project->at.next);
	put_number(project, "first", project->at.first);
	put_number(project, "since", project->at.since);
	put_number(project, "fresh", (uint64_t)project->lap.done);
	put_number(project, "pending", state->pending);
	put_number(project, "rate", state->rate);
}

enum lt_err write_end(struct project *project)
{
	put_state(project);
	write_run(project, SQL_COMMIT, "");
	if (!project->broken) {
		project->kept = project->at.state;
		return LT_OK;
	}
	if (!sqlite3_get_autocommit(project->db))
		sqlite3_exec(project->db, "ROLLBACK", NULL, NULL, NULL);
	return LT_EIO;
}
