/* project.c: one step of the projection: a page of copying, or what has changed; one transaction of the file.
 *
 * The copy is begun at the record of its first page: what changes while the others are copied is told as changed afterwards, and copied
 * again. Before anything is believed of a broker that has just connected, its ledger is compared with the one that was copied. */
#include "project_internal.h"

#include "program/log.h"
#include "schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum {
	AGENCIES_EVERY = 10
}; /* seconds between two looks at all agencies and mailboxes: some ms of the broker's reader */

static int64_t monotonic(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- the file ---- */

static int64_t meta_number(struct project *project, const char *name)
{
	sqlite3_stmt *statement = NULL;
	int64_t out = 0;
	if (sqlite3_prepare_v2(project->db, "SELECT value FROM meta WHERE name = ?", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		out = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return out;
}

static void meta_text(struct project *project, const char *name, char *out, size_t size)
{
	sqlite3_stmt *statement = NULL;
	if (sqlite3_prepare_v2(project->db, "SELECT value FROM meta WHERE name = ?", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		snprintf(out, size, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_finalize(statement);
}

/* What does not hold in its first pages, or is of another layout, is no projection of ours. */
static bool load(struct project *project)
{
	struct project_state *state = &project->at.state;
	if (meta_number(project, "layout") != SCHEMA_LAYOUT)
		return false;
	state->phase = (enum project_phase)meta_number(project, "phase");
	state->sequence = (uint64_t)meta_number(project, "sequence");
	state->time = meta_number(project, "time");
	state->asked_at = meta_number(project, "asked_at");
	state->done = (uint64_t)meta_number(project, "done");
	state->total = (uint64_t)meta_number(project, "total");
	state->rebuilds = (uint64_t)meta_number(project, "rebuilds");
	meta_text(project, "origin", state->origin, sizeof(state->origin));
	project->at.next = (uint64_t)meta_number(project, "next");
	project->at.first = (uint64_t)meta_number(project, "first");
	project->at.since = (uint64_t)meta_number(project, "since");
	project->kept = *state;
	return true;
}

static void end_round(struct project *project)
{
	struct copy_round *round = &project->round;
	pending_clear(&round->pending);
	round->since = round->after = 0;
	round->asked = false;
	round->steps = 0;
}

/* Empty tables, in the transaction that is open. */
static void make_tables(struct project *project)
{
	struct project_state *state = &project->at.state;
	char origin[sizeof(state->origin)] = "";
	meta_text(project, "origin", origin, sizeof(origin));
	if (meta_number(project, "sequence") != 0)
		days_take_along(project);
	write_close(project);
	write_exec(project, schema_drop);
	write_exec(project, schema_make);
	write_run(project, SQL_META, "ti", "layout", (int64_t)SCHEMA_LAYOUT);
	*state = (struct project_state){
		.phase = PROJECT_REBUILDING,
		.broker = state->broker,
		.asked_at = state->asked_at,
		.records = state->records,
		.rebuilds = state->rebuilds + 1,
	};
	memcpy(state->origin, origin, sizeof(origin));
	project->at.next = project->at.first = project->at.since = 0;
	project->agencies_at = 0;
	memset(&project->rebuild, 0, sizeof(project->rebuild));
	project->lap = (struct fresh_lap){ 0 };
	end_round(project);
}

static enum lt_err open_database(struct project *project)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int file = open(project->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* the files beside it get its mode */
	if (file < 0)
		return LT_EIO;
	close(file);
	if (sqlite3_open_v2(project->path, &project->db, flags, NULL))
		return LT_EIO;
	sqlite3_busy_timeout(project->db, 1000);
	sqlite3_extended_result_codes(project->db, 1);
	/* Readers go on beside the writer; 8 MiB of pages are what a page of copying touches. */
	if (sqlite3_exec(project->db,
			 "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;", NULL,
			 NULL, NULL))
		return LT_ECORRUPT;
	return LT_OK;
}

static void close_database(struct project *project)
{
	write_close(project);
	sqlite3_close(project->db);
	project->db = NULL;
}

static void remove_files(const struct project *project)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[4096];
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s%s", project->path, ends[i]);
		unlink(path);
	}
}

static enum lt_err make_anew(struct project *project)
{
	write_begin(project);
	make_tables(project);
	project->compared = false;
	return write_end(project);
}

static enum lt_err open_file(struct project *project)
{
	enum lt_err err = open_database(project);
	if (!err && load(project))
		return LT_OK;
	if (!err)
		err = make_anew(project);
	if (!err)
		return LT_OK;
	lt_log(LT_LOG_WARNING, "the projection's file does not hold: it is made anew", "file", project->path, NULL);
	close_database(project);
	remove_files(project);
	project->corrupted = false;
	err = open_database(project);
	return err ? LT_EIO : make_anew(project);
}

static enum lt_err take_lock(struct project *project)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s.lock", project->path);
	project->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (project->lock < 0)
		return LT_EIO;
	return flock(project->lock, LOCK_EX | LOCK_NB) == 0 ? LT_OK : LT_EAGAIN;
}

enum lt_err project_open(const struct project_options *options, struct project **out)
{
	struct project *project = calloc(1, sizeof(*project));
	if (!project)
		return LT_ENOMEM;
	project->lock = -1;
	project->options = *options;
	project->path = strdup(options->path);
	project->control = strdup(options->control);
	bool room = project->path && project->control && lt_arena_new(ARENA_MAX, &project->arena) == LT_OK &&
		    lt_arena_new(ARENA_MAX, &project->item) == LT_OK;
	enum lt_err err = room ? take_lock(project) : LT_ENOMEM;
	if (!err)
		err = open_file(project);
	if (err) {
		project_close(project);
		return err;
	}
	*out = project;
	return LT_OK;
}

void project_close(struct project *project)
{
	if (!project)
		return;
	project_broker_close(project);
	close_database(project);
	if (project->lock >= 0)
		close(project->lock);
	lt_arena_free(project->arena);
	lt_arena_free(project->item);
	lt_buf_fini(&project->answer);
	lt_buf_fini(&project->text);
	pending_fini(&project->round.pending);
	free(project->path);
	free(project->control);
	free(project);
}

const struct project_state *project_state(const struct project *project)
{
	return &project->at.state;
}

/* ---- steps ---- */

/* Of stays that have ended one answer brings LT_STAYS_MAX: who has more is asked for again. */
static enum lt_err ask_for_rest(struct project *project, const struct lt_copied *copied)
{
	uint64_t last = 0;
	for (size_t i = 0; i < copied->dossier.stay_count; i++)
		last = copied->dossier.stays[i].number > last ? copied->dossier.stays[i].number : last;
	return last == 0 || last >= copied->dossier.stays_total ? LT_OK
								: pending_add(&project->round.pending, copied->number);
}

static enum lt_err write_page(struct project *project, const struct lt_copy_view *page)
{
	project->answered = page->time;
	for (size_t i = 0; i < page->count; i++) {
		struct lt_copied copied;
		struct lt_refusal refusal = { 0 };
		lt_arena_reset(project->item);
		if (lt_copied_decode(page->dossiers[i], project->item, &copied, &refusal))
			return project_broker_away(project, "a dossier cannot be read: ", refusal.detail);
		write_dossier(project, &copied);
		if (ask_for_rest(project, &copied))
			return project_broker_away(project, "a number is none: ", copied.dossier.code);
	}
	return LT_OK;
}

enum lt_err project_copy_these(struct project *project, const uint64_t *numbers, size_t count, size_t *looked)
{
	uint64_t asked[LT_COPY_PAGE], known[LT_COPY_PAGE];
	for (size_t i = 0; i < count; i++) {
		asked[i] = numbers[i];
		known[i] = write_known_stays(project, numbers[i]);
	}
	struct lt_control_request request = {
		.type = LT_CONTROL_COPY, .number_count = count, .numbers = asked, .known_count = count, .known = known
	};
	struct lt_control_answer answer;
	enum lt_err err = count > 0 ? project_broker_ask(project, &request, &answer) : LT_OK;
	if (err || count == 0)
		return err;
	if (answer.copy.next > count)
		return project_broker_away(project, "it has looked at more than was asked for", "");
	*looked = answer.copy.next ? (size_t)answer.copy.next : count;
	for (size_t i = 0; i < *looked; i++)
		pending_remove(&project->round.pending, numbers[i]);
	return write_page(project, &answer.copy);
}

/* Some of what is pending, with the stays that are not there: what one answer takes. */
static enum lt_err copy_pending(struct project *project)
{
	uint64_t numbers[LT_COPY_PAGE];
	size_t looked, count = pending_first(&project->round.pending, numbers, LT_COPY_PAGE);
	return project_copy_these(project, numbers, count, &looked);
}

/* The next page. */
static enum lt_err rebuild_step(struct project *project, bool *more)
{
	struct project_state *state = &project->at.state;
	struct lt_control_request request = { .type = LT_CONTROL_COPY, .after = project->at.next };
	struct lt_control_answer answer;
	enum lt_err err = project_broker_ask(project, &request, &answer);
	if (err)
		return err;
	uint64_t next = answer.copy.next, first = answer.copy.sequence;
	state->time = answer.copy.time;
	err = write_page(project, &answer.copy);
	while (!err && project->round.pending.count > 0)
		err = copy_pending(project);
	if (err)
		return err;
	if (project->at.first == 0)
		project->at.first = first;
	project->at.next = next;
	*more = true;
	if (next == 0) {
		state->phase = PROJECT_FOLLOWING;
		project->at.since = project->at.first;
	}
	progress_measure(project, monotonic());
	return LT_OK;
}

static void begin_again(struct project *project, const char *why)
{
	lt_log(LT_LOG_NOTICE, "the copy of all dossiers is made anew", "why", why, NULL);
	make_tables(project);
}

/* What was copied is of this ledger, and goes on from where it is; or it is begun again. */
static enum lt_err compare(struct project *project, const struct lt_changes_view *changes)
{
	char origin[sizeof(project->at.state.origin)];
	if (changes->incarnation.len * 2 + 1 > sizeof(origin))
		return project_broker_away(project, "its ledger has no name", "");
	lt_hex(changes->incarnation, origin);
	bool begun = project->at.first != 0 || project->at.since != 0;
	if (begun && strcmp(origin, project->at.state.origin) != 0)
		begin_again(project, "the broker's ledger is another one");
	else if (begun && changes->anew)
		begin_again(project, "what has changed since is not known any more");
	if (strcmp(origin, project->at.state.origin) != 0)
		days_forget(project);
	memcpy(project->at.state.origin, origin, sizeof(origin));
	project->at.state.total = changes->dossiers;
	project->compared = true;
	return LT_OK;
}

/* Some of what has changed; after a connection is made also while the copy is, to compare. */
static enum lt_err ask_changes(struct project *project)
{
	struct copy_round *round = &project->round;
	bool rebuilding = project->at.state.phase != PROJECT_FOLLOWING;
	struct lt_control_request request = { .type = LT_CONTROL_CHANGES };
	struct lt_control_answer answer;
	request.sequence = rebuilding ? project->at.first : round->after ? round->since : project->at.since;
	request.after = rebuilding ? 0 : round->after;
	enum lt_err err = project_broker_ask(project, &request, &answer);
	if (!err)
		err = compare(project, &answer.changes);
	if (err || project->at.state.phase != PROJECT_FOLLOWING)
		return err;
	for (size_t i = 0; i < answer.changes.count; i++) {
		if (pending_add(&round->pending, answer.changes.numbers[i]))
			return project_broker_away(project, "a number of a dossier is none", "");
	}
	round->since = answer.changes.since;
	round->after = answer.changes.after;
	round->time = answer.changes.time;
	round->asked = answer.changes.after == 0;
	return LT_OK;
}

/* A step of a round. Only at its end is the copy true at a later record; rows may be newer than that, never older. */
static enum lt_err follow_step(struct project *project, bool *more)
{
	struct project_state *state = &project->at.state;
	struct copy_round *round = &project->round;
	enum lt_err err = round->asked ? LT_OK : ask_changes(project);
	if (!err && state->phase != PROJECT_FOLLOWING) {
		state->phase = PROJECT_REBUILDING;
		*more = true;
		return LT_OK;
	}
	if (!err && round->asked)
		err = copy_pending(project);
	if (err)
		return err;
	round->steps++;
	*more = !round->asked || round->pending.count > 0;
	state->pending = round->pending.count;
	if (*more)
		return LT_OK;
	days_note_gap(project, round->time);
	project->at.since = state->sequence = round->since;
	state->time = round->time;
	*more = round->steps > 1; /* meanwhile more has changed */
	end_round(project);
	return LT_OK;
}

static enum lt_err look_at_agencies(struct project *project)
{
	struct lt_control_answer answer;
	int64_t now = monotonic();
	if (project->agencies_at != 0 && now - project->agencies_at < AGENCIES_EVERY * INT64_C(1000000))
		return LT_OK;
	enum lt_err err =
		project_broker_ask(project, &(struct lt_control_request){ .type = LT_CONTROL_AGENCIES }, &answer);
	if (err)
		return err;
	write_agencies(project, &answer);
	err = project_broker_ask(project, &(struct lt_control_request){ .type = LT_CONTROL_MAILBOXES }, &answer);
	if (err)
		return err;
	write_mailboxes(project, &answer);
	project->agencies_at = now;
	return LT_OK;
}

static enum lt_err ask_and_write(struct project *project, bool *more)
{
	if (!project->compared) /* nothing of another ledger may come between */
		return follow_step(project, more);
	enum lt_err err = look_at_agencies(project);
	if (err)
		return err;
	if (project->at.state.phase != PROJECT_FOLLOWING)
		return rebuild_step(project, more);
	err = follow_step(project, more);
	return err || *more ? err : freshen_step(project);
}

static void tell_all(struct project *project, bool following)
{
	const struct project_options *options = &project->options;
	if (options->progress)
		options->progress(options->ctx, &project->at.state);
	for (size_t i = 0; options->changed && following && i < project->told_count; i++) {
		const struct told_change *told = &project->told[i];
		options->changed(options->ctx, &(struct project_change){ .sequence = project->at.state.sequence,
									 .code = told->code,
									 .status = told->status,
									 .holder = told->holder,
									 .first = told->first });
	}
}

/* What this step has done to the places is taken back with its rows; that the broker is away, or there again, is so all the same. */
static void take_back(struct project *project, const struct copy_place *before)
{
	struct project_state now = project->at.state;
	project->at = *before;
	project->at.state.broker = now.broker;
	memcpy(project->at.state.why, now.why, sizeof(now.why));
	project->agencies_at = 0;
	end_round(project);
}

/* That the broker is away, or is there again, stands in the file too. */
static enum lt_err keep_state(struct project *project)
{
	write_begin(project);
	return write_end(project);
}

enum lt_err project_step(struct project *project, bool *more)
{
	const struct copy_place before = project->at;
	*more = false;
	project->told_count = 0;
	write_begin(project);
	enum lt_err err = ask_and_write(project, more);
	if (!err)
		err = write_end(project);
	if (!err) {
		tell_all(project, before.state.phase == PROJECT_FOLLOWING);
		return LT_OK;
	}
	if (!sqlite3_get_autocommit(project->db))
		sqlite3_exec(project->db, "ROLLBACK", NULL, NULL, NULL);
	take_back(project, &before);
	*more = false;
	if (project->corrupted) {
		close_database(project);
		return open_file(project);
	}
	const struct project_state *now = &project->at.state, *kept = &project->kept;
	if (err != LT_EAGAIN || project->broken)
		return LT_EIO;
	return now->broker != kept->broker || strcmp(now->why, kept->why) != 0 ? keep_state(project) : LT_OK;
}

void project_look_around(struct project *project)
{
	project->agencies_at = 0;
}

enum lt_err project_rebuild(struct project *project)
{
	write_begin(project);
	make_tables(project);
	project->compared = false;
	return write_end(project);
}
