/* write_dossier.c: what the broker says of one dossier as rows: what has changed of them alone. */
#include "project_internal.h"

#include "program/log.h"

#include <stdio.h>
#include <string.h>

/* Code and name. */
static void add_agency(struct project *project, const char *code)
{
	sqlite3_stmt *statement = code[0] ? write_ready(project, SQL_AGENCY_NAME) : NULL;
	write_text(&project->text, code);
	if (!statement)
		return;
	if (sqlite3_bind_text(statement, 1, code, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		write_text(&project->text, (const char *)sqlite3_column_text(statement, 0));
	sqlite3_reset(statement);
}

/* What a dossier is found by. */
static const char *text_of(struct project *project, const struct lt_dossier_view *view)
{
	struct lt_buf *out = &project->text;
	lt_buf_clear(out);
	write_text(out, view->code);
	write_text(out, view->procedure);
	write_text(out, view->procedure_name);
	add_agency(project, view->origin);
	if (strcmp(view->lead, view->origin) != 0)
		add_agency(project, view->lead);
	write_text(out, view->place_of_help);
	write_text(out, view->replaces);
	for (size_t i = 0; i < view->field_count; i++)
		write_text(out, view->fields[i].value);
	LT_ASSERT(lt_buf_append(out, "", 1) == LT_OK);
	return (const char *)out->data;
}

/* Of what text_of folds: while it is the same, nothing is folded again. */
static int64_t said_of(const struct project *project, const struct lt_dossier_view *view)
{
	uint64_t said = write_sum(write_sum(project->names, view->procedure), view->procedure_name);
	said = write_sum(write_sum(write_sum(write_sum(said, view->origin), view->lead), view->place_of_help),
			 view->replaces);
	for (size_t i = 0; i < view->field_count; i++)
		said = write_sum(said, view->fields[i].value);
	return (int64_t)said;
}

/* What a row is made of, beside the dossier itself. */
struct drawn {
	const struct lt_branch_view *open; /* the first; NULL: it is closed */
	int64_t branches, due, silent, said;
};
static const struct lt_clock_view no_clock;
static const struct lt_clock_view *clock_of(const struct lt_dossier_view *view)
{
	return view->clock ? view->clock : &no_clock;
}

/* Of the row that is there: whether that is the same which indexes and the search go by. */
struct known {
	bool there, same_keys, same_text, same_count;
	int64_t since;
};

static bool is_text(sqlite3_stmt *row, int column, const char *text)
{
	const char *old = (const char *)sqlite3_column_text(row, column);
	return old && strcmp(old, text) == 0;
}

/* The index has no copy of the text: what goes must be said as it came. */
static struct known look_at_known(struct project *project, const struct lt_copied *copied, const struct drawn *drawn)
{
	const struct lt_dossier_view *view = &copied->dossier;
	const int64_t now[] = { (int64_t)view->status, drawn->due, clock_of(view)->ended_at, drawn->silent,
				(int64_t)view->frozen };
	const int numbers = sizeof(now) / sizeof(now[0]);
	sqlite3_stmt *row = write_ready(project, SQL_KNOWN);
	struct known known = { 0 };
	if (!row)
		return known;
	sqlite3_bind_int64(row, 1, (int64_t)copied->number);
	int code = sqlite3_step(row);
	if (code == SQLITE_ROW) {
		known = (struct known){ .there = true, .same_text = sqlite3_column_int64(row, numbers) == drawn->said };
		known.same_count = sqlite3_column_int64(row, 0) == now[0] && sqlite3_column_int64(row, 2) == now[2] &&
				   sqlite3_column_int64(row, numbers + 5) == clock_of(view)->due_lawful &&
				   sqlite3_column_int64(row, numbers + 6) == (int64_t)clock_of(view)->verdict;
		known.since = sqlite3_column_int64(row, numbers + 7);
		known.same_keys = is_text(row, numbers + 1, view->origin) && is_text(row, numbers + 2, view->lead) &&
				  is_text(row, numbers + 3, view->procedure);
		for (int i = 0; i < numbers; i++)
			known.same_keys = known.same_keys && sqlite3_column_int64(row, i) == now[i];
		if (!known.same_text)
			write_run(project, SQL_SEARCH_DELETE, "it", (int64_t)copied->number,
				  (const char *)sqlite3_column_text(row, numbers + 4));
	} else if (code != SQLITE_DONE) {
		write_fail(project);
	}
	sqlite3_reset(row);
	return known;
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
		const struct lt_stay *wait =
			lt_owed_wait(view, owed); /* at the leg that is offered; pages know its name */
		write_run(project, SQL_OWED, "iiittiiintt", (int64_t)number, (int64_t)i, (int64_t)owed->what, owed->who,
			  owed->acting, (int64_t)owed->branch, (int64_t)owed->consult, owed->since, owed->until,
			  wait     ? wait->leg
			  : branch ? branch->leg
				   : "",
			  branch && !wait ? branch->leg_name : "");
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
	if (project->quiet || project->told_count == CHANGES_TOLD) /* a broker that answers with more than it may */
		return;
	struct told_change *told = &project->told[project->told_count++];
	snprintf(told->code, sizeof(told->code), "%s", view->code);
	snprintf(told->holder, sizeof(told->holder), "%s", holder);
	told->status = view->status;
	told->first = first;
}

static void insert_row(struct project *project, const struct lt_copied *copied, const struct drawn *drawn,
		       const char *text)
{
	const struct lt_dossier_view *view = &copied->dossier;
	const struct lt_clock_view *clock = clock_of(view);
	const struct lt_branch_view *open = drawn->open;
	write_run(project, SQL_DOSSIER, "ittittitttitiiiiiiiitttiniittiiii", (int64_t)copied->number, view->code,
		  view->procedure, (int64_t)view->procedure_version, view->procedure_name, copied->sector,
		  (int64_t)view->status, view->outcome, view->origin, view->lead, (int64_t)view->channel,
		  view->place_of_help, view->opened_at, view->received_at, view->carried_at, clock->ended_at,
		  clock->due_first, clock->due_lawful, clock->appointment, (int64_t)clock->verdict,
		  open ? open->holder : "", open ? open->leg : "", open ? open->leg_name : "", drawn->branches,
		  drawn->due, drawn->silent, (int64_t)view->frozen, view->replaces, text, (int64_t)clock->allotted,
		  (int64_t)clock->used, drawn->said, project->answered);
}

/* What no index goes by, whole; the keys when one has changed: each index is a page somewhere else. */
static void update_row(struct project *project, const struct lt_copied *copied, const struct drawn *drawn,
		       bool same_keys)
{
	const struct lt_dossier_view *view = &copied->dossier;
	const struct lt_clock_view *clock = clock_of(view);
	const struct lt_branch_view *open = drawn->open;
	write_run(project, SQL_DOSSIER_NOW, "iitttitiiiiiiitttitii", (int64_t)copied->number,
		  (int64_t)view->procedure_version, view->procedure_name, copied->sector, view->outcome,
		  (int64_t)view->channel, view->place_of_help, view->opened_at, view->received_at, view->carried_at,
		  clock->due_first, clock->due_lawful, clock->appointment, (int64_t)clock->verdict,
		  open ? open->holder : "", open ? open->leg : "", open ? open->leg_name : "", drawn->branches,
		  view->replaces, (int64_t)clock->allotted, (int64_t)clock->used);
	if (!same_keys)
		write_run(project, SQL_DOSSIER_KEYS, "itttiinii", (int64_t)copied->number, view->procedure,
			  view->origin, view->lead, (int64_t)view->status, clock->ended_at, drawn->due, drawn->silent,
			  (int64_t)view->frozen);
}

/* True: it was not known. */
static bool write_row(struct project *project, const struct lt_copied *copied, const struct drawn *drawn)
{
	struct known known = look_at_known(project, copied, drawn);
	int64_t number = (int64_t)copied->number;
	const char *text = known.same_text ? "" : text_of(project, &copied->dossier);
	if (known.there && !known.same_count)
		days_keep(project, number, known.since);
	if (!known.there)
		insert_row(project, copied, drawn, text);
	else
		update_row(project, copied, drawn, known.same_keys);
	if (known.there && !known.same_text)
		write_run(project, SQL_DOSSIER_TEXT, "iti", number, text, drawn->said);
	if (!known.same_text)
		write_run(project, SQL_SEARCH, "it", number, text);
	return !known.there;
}

void write_dossier(struct project *project, const struct lt_copied *copied)
{
	const struct lt_dossier_view *view = &copied->dossier;
	struct drawn drawn = { .due = due_of(view), .silent = first_silent(copied), .said = said_of(project, view) };
	for (size_t i = 0; i < view->branch_count; i++) {
		bool closed = view->branches[i].custody == LT_CUSTODY_CLOSED;
		drawn.open = drawn.open || closed ? drawn.open : &view->branches[i];
		drawn.branches += !closed;
	}
	bool first = write_row(project, copied, &drawn);
	write_stays(project, copied->number, view, first);
	write_owed(project, copied->number, view, first);
	write_branches(project, copied, first);
	project->at.state.done += first;
	project->at.state.records += 1 + view->stay_count;
	tell(project, view, drawn.open ? drawn.open->holder : "", first);
}

uint64_t write_known_stays(struct project *project, uint64_t number)
{
	int64_t most = write_ask(project, SQL_STAYS_OF, 0, "i", (int64_t)number);
	return most > 0 ? (uint64_t)most : 0;
}
