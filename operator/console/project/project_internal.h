/* project_internal.h: what the files that write the projection share. */
#ifndef PROJECT_PROJECT_INTERNAL_H
#define PROJECT_PROJECT_INTERNAL_H

#include "project.h"

#include "control/control_line.h"
#include "pending.h"

#include <sqlite3.h>

/* Statements that are made ready once: project_write.c. */
enum write_sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_META,
	SQL_KNOWN,
	SQL_DOSSIER,
	SQL_DOSSIER_NOW,
	SQL_DOSSIER_KEYS,
	SQL_DOSSIER_TEXT,
	SQL_DOSSIER_SINCE,
	SQL_EARLIER,
	SQL_GAP,
	SQL_SEEN,
	SQL_SEARCH_DELETE,
	SQL_SEARCH,
	SQL_STAYS_OF,
	SQL_LATE,
	SQL_LATE_UNNOTICED,
	SQL_OPEN_GONE,
	SQL_PARTS_GONE,
	SQL_STAY,
	SQL_PART,
	SQL_OWED_GONE,
	SQL_OWED,
	SQL_BRANCH_GONE,
	SQL_BRANCH,
	SQL_AGENCY_NAME,
	SQL_AGENCY,
	SQL_MAILBOX,
	SQL_STUCK_GONE,
	SQL_STUCK,
	SQL_COUNT
};

enum {
	CHANGES_TOLD =
		LT_COPY_PAGE, /* of one step, which copies one answer: who watches a dossier hears of it this way alone */
	ARENA_MAX = 256 << 20, /* bytes of one answer, decoded: 10,000 agencies need far less; bounds a broken broker */
};
struct told_change {
	char code[LT_DOSSIER_MAX], holder[LT_AGENCY_MAX];
	uint32_t status;
	bool first;
};
/* Where the copy stands; in the file too. */
struct copy_place {
	struct project_state state;
	uint64_t next;  /* rebuilding: the page behind this number */
	uint64_t first; /* rebuilding: the record of the first page; 0: none came yet */
	uint64_t since; /* following: all that had changed up to this record is copied */
};
/* A round of following: what has changed is asked for until there is no more, and is then copied, lot by lot. In memory alone: a round that
 * is cut is begun again from `since`, and copying again does no harm. */
struct copy_round {
	struct pending pending;
	uint64_t since, after; /* of the last answer */
	int64_t time;
	bool asked;     /* the answers were complete: when nothing is pending the copy is true at since */
	unsigned steps; /* that it took */
};
/* Going round what is late: freshen.c. */
struct fresh_lap {
	bool runs, unnoticed; /* unnoticed: its second part */
	int64_t begun,
		done; /* legal time: of the lap that runs or is done; that the last one which is done began at. 0: none */
	int64_t due, number; /* of the last one that was copied */
};
struct project_late {
	int64_t due;
	uint64_t number;
};
struct project {
	struct project_options options;
	char *path, *control;
	int lock;
	sqlite3 *db;
	sqlite3_stmt *statements[SQL_COUNT];
	bool broken;               /* a statement of this transaction has failed: it ends without effect */
	bool corrupted;            /* the file does not hold: it is made anew */
	struct copy_place at;      /* of the transaction that is open, or of the last one */
	struct project_state kept; /* as the file has it */
	/* The broker. */
	struct control_line *line;
	struct { /* since this process began it; monotonic microseconds, 0: it has not */
		int64_t begun, told;
		uint64_t from; /* dossiers that were there */
	} rebuild;
	bool compared;          /* since it was connected: the ledger is the one that was copied */
	int64_t agencies_at;    /* monotonic microseconds; 0: not yet */
	struct lt_arena *arena; /* of answers; reset by each question */
	struct lt_arena *item;  /* of one dossier of an answer */
	struct lt_buf answer, text;
	int64_t answered; /* legal time of the dossiers that are written */
	struct copy_round round;
	struct fresh_lap lap;
	bool quiet;     /* what is copied now has not changed: it is not told */
	uint64_t names; /* checksum of the agencies' names: texts that a dossier is found by have them */
	/* What is told behind the transaction. */
	struct told_change told[CHANGES_TOLD];
	size_t told_count;
};

/* ---- project_write.c: statements. After a failure nothing more is done, and project->broken is set. ---- */
/* Runs one statement to its end. types: i int64_t, t text that is not NULL, n int64_t where 0 is NULL. */
void write_run(struct project *project, enum write_sql which, const char *types, ...);
/* The first column of its first row, as a number; `missing` without a row. */
int64_t write_ask(struct project *project, enum write_sql which, int64_t missing, const char *types, ...);
void write_exec(struct project *project, const char *sql);
void write_begin(struct project *project);
/* Writes the state and commits; else takes all back. LT_EIO. */
enum lt_err write_end(struct project *project);
void write_close(struct project *project); /* statements */
/* Made ready once; NULL when something has failed. Who runs it resets it. */
sqlite3_stmt *write_ready(struct project *project, enum write_sql which);
/* The statement that ran last has failed. */
void write_fail(struct project *project);

/* ---- write_agencies.c ---- */
/* Adds it folded, behind a space. */
void write_text(struct lt_buf *out, const char *text);
/* A checksum that goes on. */
uint64_t write_sum(uint64_t seed, const char *text);
void write_agencies(struct project *project, const struct lt_control_answer *agencies);
void write_mailboxes(struct project *project, const struct lt_control_answer *mailboxes);

/* ---- write_dossier.c ---- */
/* One dossier into its rows. */
void write_dossier(struct project *project, const struct lt_copied *copied);
/* How many of a dossier's ended stays are there. */
uint64_t write_known_stays(struct project *project, uint64_t number);

/* ---- project.c ---- */
/* Asks for these, at most LT_COPY_PAGE, and writes them; none is pending any more. *looked: the first ones, that one answer took. */
enum lt_err project_copy_these(struct project *project, const uint64_t *numbers, size_t count, size_t *looked);

/* ---- freshen.c ---- */
/* A page of what is late, when it is time for that. */
enum lt_err freshen_step(struct project *project);

/* ---- days.c: what the ends of days have seen ---- */
/* Before a row changes in what a report counts by. since: its own. */
void days_keep(struct project *project, int64_t number, int64_t since);
/* The copy is true at this legal time; before it is said so. */
void days_note_gap(struct project *project, int64_t ended);
/* Before the rows go, since they are made anew. */
void days_take_along(struct project *project);
/* It was of another ledger. */
void days_forget(struct project *project);

/* ---- progress.c ---- */
/* Behind each page of copying. now: monotonic microseconds. */
void progress_measure(struct project *project, int64_t now);

/* ---- project_broker.c: questions ---- */
/* LT_EAGAIN: the broker is away or does not answer so; the state says it. The answer lives until the next question. */
enum lt_err project_broker_ask(struct project *project, const struct lt_control_request *request,
			       struct lt_control_answer *answer);
/* What it says cannot be used: it is away, too. LT_EAGAIN. */
enum lt_err project_broker_away(struct project *project, const char *what, const char *why);
void project_broker_close(struct project *project);

#endif
