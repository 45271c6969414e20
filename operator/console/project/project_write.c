/* project_write.c: what the broker says of one dossier, of the agencies and their mailboxes, as rows. */
#include "project_internal.h"

#include "fold.h"
#include "program/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const statements[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_META] = "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
	[SQL_TEXT_OF] = "SELECT text FROM dossier WHERE number = ?",
	[SQL_DOSSIER] =
		"INSERT OR REPLACE INTO dossier VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
		" ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_SEARCH_DELETE] = "INSERT INTO search (search, rowid, text) VALUES ('delete', ?, ?)",
	[SQL_SEARCH] = "INSERT INTO search (rowid, text) VALUES (?, ?)",
	[SQL_STAYS_OF] = "SELECT max(number) FROM stay WHERE dossier = ?",
	[SQL_OPEN_GONE] = "DELETE FROM stay WHERE dossier = ? AND number < 0",
	[SQL_PARTS_GONE] = "DELETE FROM part WHERE dossier = ? AND stay < 0",
	[SQL_STAY] = "INSERT OR REPLACE INTO stay VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
		     "?, ?, ?, ?, ?, ?, ?)",
	[SQL_PART] = "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?)",
	[SQL_OWED_GONE] = "DELETE FROM owed WHERE dossier = ?",
	[SQL_OWED] = "INSERT INTO owed VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_BRANCH_GONE] = "DELETE FROM branch WHERE dossier = ?",
	[SQL_BRANCH] = "INSERT INTO branch VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
	[SQL_AGENCY_NAME] = "SELECT name FROM agency WHERE code = ?",
	[SQL_AGENCY] = "INSERT OR REPLACE INTO agency VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?)",
	[SQL_MAILBOX] = "UPDATE agency SET waiting = ?2, oldest = ?3, unanswered = ?4, unreadable = ?5 WHERE code = ?1",
	[SQL_STUCK_GONE] = "DELETE FROM stuck",
	[SQL_STUCK] = "INSERT OR REPLACE INTO stuck VALUES (?1, ?2, coalesce((SELECT number FROM dossier WHERE code = "
		      "?3), 0), ?4, ?5, ?6, ?7)",
};

/* ---- statements ---- */

static void fail(struct project *project)
{
	int code = sqlite3_extended_errcode(project->db);
	if (!project->broken)
		lt_log(LT_LOG_ERROR, "the projection cannot be written", "file", project->path, "error",
		       sqlite3_errmsg(project->db), NULL);
	project->broken = true;
	project->corrupted = project->corrupted || (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

/* NULL when something has failed. */
static sqlite3_stmt *make_ready(struct project *project, enum write_sql which)
{
	sqlite3_stmt **statement = &project->statements[which];
	if (project->broken)
		return NULL;
	if (!*statement &&
	    sqlite3_prepare_v3(project->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL)) {
		fail(project);
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
			fail(project);
			return false;
		}
	}
	return true;
}

void write_run(struct project *project, enum write_sql which, const char *types, ...)
{
	va_list args;
	sqlite3_stmt *statement = make_ready(project, which);
	if (!statement)
		return;
	va_start(args, types);
	if (bind(project, statement, types, args) && sqlite3_step(statement) != SQLITE_DONE)
		fail(project);
	va_end(args);
	sqlite3_reset(statement);
}

int64_t write_ask(struct project *project, enum write_sql which, int64_t missing, const char *types, ...)
{
	va_list args;
	int64_t out = missing;
	sqlite3_stmt *statement = make_ready(project, which);
	if (!statement)
		return missing;
	va_start(args, types);
	int code = bind(project, statement, types, args) ? sqlite3_step(statement) : SQLITE_DONE;
	va_end(args);
	if (code == SQLITE_ROW)
		out = sqlite3_column_int64(statement, 0);
	else if (code != SQLITE_DONE)
		fail(project);
	sqlite3_reset(statement);
	return out;
}

void write_exec(struct project *project, const char *sql)
{
	if (!project->broken && sqlite3_exec(project->db, sql, NULL, NULL, NULL))
		fail(project);
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
	put_number(project, "after", project->at.after);
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

/* ---- one dossier ---- */

static void add_text(struct lt_buf *out, const char *text)
{
	if (text[0] == '\0')
		return;
	if (out->len > 0 && out->data[out->len - 1] != ' ')
		LT_ASSERT(lt_buf_append(out, " ", 1) == LT_OK);
	LT_ASSERT(fold_append(text, out) == LT_OK);
}

/* Code and name. */
static void add_agency(struct project *project, const char *code)
{
	sqlite3_stmt *statement = code[0] ? make_ready(project, SQL_AGENCY_NAME) : NULL;
	add_text(&project->text, code);
	if (!statement)
		return;
	if (sqlite3_bind_text(statement, 1, code, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		add_text(&project->text, (const char *)sqlite3_column_text(statement, 0));
	sqlite3_reset(statement);
}

/* What a dossier is found by. */
static const char *text_of(struct project *project, const struct lt_dossier_view *view)
{
	struct lt_buf *out = &project->text;
	lt_buf_clear(out);
	add_text(out, view->code);
	add_text(out, view->procedure);
	add_text(out, view->procedure_name);
	add_agency(project, view->origin);
	if (strcmp(view->lead, view->origin) != 0)
		add_agency(project, view->lead);
	add_text(out, view->place_of_help);
	add_text(out, view->replaces);
	for (size_t i = 0; i < view->field_count; i++)
		add_text(out, view->fields[i].value);
	LT_ASSERT(lt_buf_append(out, "", 1) == LT_OK);
	return (const char *)out->data;
}

/* The index has no copy of the text: what goes must be said as it came. True: the dossier was not known. */
static bool write_search(struct project *project, uint64_t number, const char *text)
{
	sqlite3_stmt *statement = make_ready(project, SQL_TEXT_OF);
	bool first = true, same = false;
	if (!statement)
		return false;
	sqlite3_bind_int64(statement, 1, (int64_t)number);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		const char *old = (const char *)sqlite3_column_text(statement, 0);
		first = false;
		same = old && strcmp(old, text) == 0;
		if (old && !same)
			write_run(project, SQL_SEARCH_DELETE, "it", (int64_t)number, old);
	}
	sqlite3_reset(statement);
	if (!same)
		write_run(project, SQL_SEARCH, "it", (int64_t)number, text);
	return first;
}

static void write_stay(struct project *project, uint64_t dossier, int64_t number, const struct lt_stay *stay)
{
	write_run(project, SQL_STAY, "iiitttiiiiiiiiiiiiiititiiii", (int64_t)dossier, number, (int64_t)stay->branch,
		  stay->leg, stay->holder, stay->to, stay->begun, stay->ended, stay->arrived, (int64_t)stay->limit_unit,
		  (int64_t)stay->limit_quarters, (int64_t)stay->allotted, (int64_t)stay->used, (int64_t)stay->carried,
		  (int64_t)stay->stood, (int64_t)stay->given, stay->due_first, stay->due_lawful, (int64_t)stay->verdict,
		  (int64_t)stay->how, stay->late, (int64_t)stay->corrects, stay->unit, (int64_t)stay->begun_by,
		  (int64_t)stay->ended_by, stay->counted_from, (int64_t)stay->set_back);
	for (size_t i = 0; i < stay->part_count; i++)
		write_run(project, SQL_PART, "iiitiii", (int64_t)dossier, number, (int64_t)i, stay->parts[i].agency,
			  stay->parts[i].begun, stay->parts[i].ended, (int64_t)stay->parts[i].used);
}

/* Rows that have ended never change; what is open has numbers below 0. */
static void write_stays(struct project *project, uint64_t number, const struct lt_dossier_view *view, bool first)
{
	int64_t open = 0;
	if (!first) {
		write_run(project, SQL_OPEN_GONE, "i", (int64_t)number);
		write_run(project, SQL_PARTS_GONE, "i", (int64_t)number);
	}
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_stay *stay = &view->stays[i];
		write_stay(project, number, stay->number ? (int64_t)stay->number : --open, stay);
	}
}

static const struct lt_branch_view *branch_of(const struct lt_dossier_view *view, uint32_t number)
{
	for (size_t i = 0; i < view->branch_count; i++) {
		if (view->branches[i].branch == number)
			return &view->branches[i];
	}
	return NULL;
}

static void write_owed(struct project *project, uint64_t number, const struct lt_dossier_view *view, bool first)
{
	if (!first)
		write_run(project, SQL_OWED_GONE, "i", (int64_t)number);
	for (size_t i = 0; i < view->owed_count; i++) {
		const struct lt_owed *owed = &view->owed[i];
		const struct lt_branch_view *branch = branch_of(view, owed->branch);
		write_run(project, SQL_OWED, "iiittiiintt", (int64_t)number, (int64_t)i, (int64_t)owed->what, owed->who,
			  owed->acting, (int64_t)owed->branch, (int64_t)owed->consult, owed->since, owed->until,
			  branch ? branch->leg : "", branch ? branch->leg_name : "");
	}
}

static int64_t silent_of(const struct lt_copied *copied, uint32_t branch)
{
	for (size_t i = 0; i < copied->silent_count; i++) {
		if (copied->silent[i].branch == branch)
			return copied->silent[i].since;
	}
	return 0;
}

static void write_branches(struct project *project, const struct lt_copied *copied, bool first)
{
	const struct lt_dossier_view *view = &copied->dossier;
	if (!first)
		write_run(project, SQL_BRANCH_GONE, "i", (int64_t)copied->number);
	for (size_t i = 0; i < view->branch_count; i++) {
		const struct lt_branch_view *branch = &view->branches[i];
		if (branch->custody == LT_CUSTODY_CLOSED)
			continue;
		write_run(project, SQL_BRANCH, "iiitttii", (int64_t)copied->number, (int64_t)branch->branch,
			  (int64_t)branch->custody, branch->holder, branch->offered_to ? branch->offered_to : "",
			  branch->leg, branch->since, silent_of(copied, branch->branch));
	}
}

/* What is due first: of acts, and of its own time while that runs. 0: nothing, or it is closed. */
static int64_t due_of(const struct lt_dossier_view *view)
{
	const struct lt_clock_view *clock = view->clock;
	int64_t due =
		clock && clock->ended_at == 0 && !clock->suspended && view->owed_count > 0 ? clock->appointment : 0;
	for (size_t i = 0; i < view->owed_count; i++) {
		int64_t until = view->owed[i].until;
		if (until != 0 && (due == 0 || until < due))
			due = until;
	}
	return due;
}

static int64_t first_silent(const struct lt_copied *copied)
{
	int64_t since = 0;
	for (size_t i = 0; i < copied->silent_count; i++) {
		if (since == 0 || copied->silent[i].since < since)
			since = copied->silent[i].since;
	}
	return since;
}

static void tell(struct project *project, const struct lt_dossier_view *view, const char *holder, bool first)
{
	if (project->told_count == CHANGES_TOLD)
		return;
	struct told_change *told = &project->told[project->told_count++];
	snprintf(told->code, sizeof(told->code), "%s", view->code);
	snprintf(told->holder, sizeof(told->holder), "%s", holder);
	told->status = view->status;
	told->first = first;
}

void write_dossier(struct project *project, const struct lt_copied *copied)
{
	static const struct lt_clock_view none;
	const struct lt_dossier_view *view = &copied->dossier;
	const struct lt_clock_view *clock = view->clock ? view->clock : &none;
	const struct lt_branch_view *open = NULL;
	int64_t branches = 0;
	for (size_t i = 0; i < view->branch_count; i++) {
		bool closed = view->branches[i].custody == LT_CUSTODY_CLOSED;
		open = open || closed ? open : &view->branches[i];
		branches += !closed;
	}
	const char *text = text_of(project, view), *holder = open ? open->holder : "";
	bool first = write_search(project, copied->number, text);
	write_run(project, SQL_DOSSIER, "ittittitttitiiiiiiiitttiniittii", (int64_t)copied->number, view->code,
		  view->procedure, (int64_t)view->procedure_version, view->procedure_name, copied->sector,
		  (int64_t)view->status, view->outcome, view->origin, view->lead, (int64_t)view->channel,
		  view->place_of_help, view->opened_at, view->received_at, view->carried_at, clock->ended_at,
		  clock->due_first, clock->due_lawful, clock->appointment, (int64_t)clock->verdict, holder,
		  open ? open->leg : "", open ? open->leg_name : "", branches, due_of(view), first_silent(copied),
		  (int64_t)view->frozen, view->replaces, text, (int64_t)clock->allotted, (int64_t)clock->used);
	write_stays(project, copied->number, view, first);
	write_owed(project, copied->number, view, first);
	write_branches(project, copied, first);
	project->at.state.done += first;
	project->at.state.records += 1 + view->stay_count;
	tell(project, view, holder, first);
}

uint64_t write_known_stays(struct project *project, uint64_t number)
{
	int64_t most = write_ask(project, SQL_STAYS_OF, 0, "i", (int64_t)number);
	return most > 0 ? (uint64_t)most : 0;
}

/* ---- agencies ---- */

void write_agencies(struct project *project, const struct lt_control_answer *agencies)
{
	for (size_t i = 0; i < agencies->agencies.count; i++) {
		const struct lt_agency_view *agency = &agencies->agencies.agencies[i];
		lt_buf_clear(&project->text);
		add_text(&project->text, agency->code);
		add_text(&project->text, agency->name);
		add_text(&project->text, agency->name_en);
		for (size_t j = 0; j < agency->alias_count; j++)
			add_text(&project->text, agency->aliases[j]);
		LT_ASSERT(lt_buf_append(&project->text, "", 1) == LT_OK);
		write_run(project, SQL_AGENCY, "ttttitiiiiit", agency->code, agency->name, agency->name_en,
			  agency->parent, (int64_t)agency->level, agency->handled_by, (int64_t)agency->suspended,
			  (int64_t)agency->online, (int64_t)agency->certificates, agency->valid_from, agency->valid_to,
			  (const char *)project->text.data);
	}
}

void write_mailboxes(struct project *project, const struct lt_control_answer *mailboxes)
{
	write_run(project, SQL_STUCK_GONE, "");
	for (size_t i = 0; i < mailboxes->mailboxes.count; i++) {
		const struct lt_mailbox_view *mailbox = &mailboxes->mailboxes.mailboxes[i];
		write_run(project, SQL_MAILBOX, "tiiii", mailbox->agency, (int64_t)mailbox->waiting, mailbox->oldest,
			  mailbox->unanswered_since, (int64_t)mailbox->unreadable);
		for (size_t j = 0; j < mailbox->stuck_count; j++) {
			const struct lt_stuck_view *stuck = &mailbox->stuck[j];
			write_run(project, SQL_STUCK, "titiiii", mailbox->agency, (int64_t)stuck->number,
				  stuck->dossier, (int64_t)stuck->sequence, (int64_t)stuck->reason, stuck->since,
				  (int64_t)stuck->redelivered);
		}
	}
}
