/* report_internal.h: what the reports of this room share: the source, columns, and questions in SQL whose rows become JSON. */
#ifndef REPORT_REPORT_INTERNAL_H
#define REPORT_REPORT_INTERNAL_H

#include "report.h"
#include "ranking.h"

#include <sqlite3.h>

enum report_unit {
	UNIT_CODE, /* of an agency, a procedure … */
	UNIT_TEXT,
	UNIT_DOSSIER, /* its code */
	UNIT_COUNT,
	UNIT_MINUTES, /* working minutes */
	UNIT_RATE,    /* 0 to 1 */
	UNIT_SCORE,   /* 0 to 100 */
	UNIT_RANK,
	UNIT_TIME, /* microseconds; as text in RFC 3339 */
};
struct report_column {
	const char *id, *vi, *en;
	enum report_unit unit;
	const char *
		sql; /* an expression over a group of rows; of a count: a condition on one row, of which the true ones count */
	const char *
		opens; /* a condition on a row: the dossiers behind the number; NULL of a count: its own; else of none */
};

struct report_source {
	sqlite3 *db;
	uint64_t sequence;
	int64_t now;   /* legal time that the copy is true at */
	int64_t fresh; /* up to which what is open and late is counted at least; 0: each up to its newest record */
	enum lt_err err;
	char why[REPORT_WHY];
	const struct report_question *question;
	json_t *document;
};

/* Keeps the first error, with SQLite's words. */
void report_fail(struct report_source *source, const char *what);
/* Runs statements that give no rows; `sql` may be NULL when memory was out. Takes sql (sqlite3_mprintf). */
void report_run(struct report_source *source, char *sql);
/* The rows of a question as objects by the ids of the columns, in their order, into the array. Takes sql. A refused question leaves
 * what it had. */
void report_rows(struct report_source *source, const struct report_column *columns, size_t count, char *sql,
		 json_t *rows);

/* The document's columns. */
void report_put_columns(struct report_source *source, const struct report_column *columns, size_t count);
void report_put_title(struct report_source *source, const char *vi, const char *en);
/* Behind which number of a report the document's rows lie. */
void report_put_behind(struct report_source *source, const struct report_column *column);
void report_note(struct report_source *source, const char *vi, const char *en);
/* Rows by group and a total over all; with question->column what lies behind its numbers instead. */
struct report_group {
	const struct report_column *columns;
	size_t count;
	const char *key;   /* of a group, an expression */
	const char *from;  /* what follows FROM: rows of facts, or of charged */
	const char *order; /* of the groups */
	bool stays; /* it counts stays and waits: they lie behind its numbers, with their records; else dossiers */
};
void report_group(struct report_source *source, const struct report_group *group);
/* The id of question->sort, and whether the largest come first. */
const char *report_sorted_by(const struct report_source *source, bool *falling);
/* "ORDER BY …" of rows with these columns, as is asked for, else `usual`; NULL: no such column, or no memory. sqlite3_free. */
char *report_order(struct report_source *source, const struct report_column *columns, size_t count, const char *usual);
/* What lies behind one column, which counts rows of `from` with the condition. */
void report_open_column(struct report_source *source, const struct report_group *group, const char *condition);

/* The reports: each fills source->document. */
void report_counts(struct report_source *source); /* report_count.c */
void report_delays(struct report_source *source); /* report_delay.c */
/* The codes of the dossiers that were late in the period; with question->agency those that it made so. */
void report_late_ones(struct report_source *source); /* report_delay.c */
void report_legs(struct report_source *source);      /* report_leg.c */
void report_reasons(struct report_source *source);   /* report_leg.c */
void report_ranking(struct report_source *source);   /* report_rank.c */

/* Of a group of rows of either view: what the newest version of their procedure is called. */
#define REPORT_NEWEST_NAME "SUBSTR(MAX(PRINTF('%010d', version) || procedure_name), 11)"

/* TEMP VIEW facts, of the question's period: report_facts.c. */
void report_make_facts(struct report_source *source);
/* A note when the projection cannot know how the dossiers stood at the period's end. */
void report_note_missed(struct report_source *source);
/* TEMP VIEW charged: rows of stays and waits by whom they are charged to, with what was over. */
void report_make_charged(struct report_source *source);

#endif
