/* report.h: what a province reports, counted out of the console's projection (operator/console/project): by agency, sector, procedure and
 * channel; who caused each delay; which legs overrun; why; and the ranking of offices. docs/reports.md says what each column is.
 *
 * A report is one JSON document, from which text, CSV, paper and pages are made alike:
 *
 *   { "report": "agencies", "title": …, "title_vi": …, "from": "2026-11-01", "until": "2026-11-30", "sequence": 4711, "time": …,
 *     "columns": [ { "id", "vi", "en", "unit", "opens" } ], "rows": [ { id: value } ], "total": { id: value }, "notes": [ { "vi", "en" } ] }
 *
 * A row's "key" names it. What a column counts is one condition in one place, by which the dossiers behind its numbers are found too:
 * "opens" says that there are some. Nothing is counted from acts: verdicts and minutes are those of the broker's own rows (docs/clocks.md).
 * Period: the dossier's own times, from <= t < until. One source is one thread's. Source: VPCP II.06; QĐ 766/QĐ-TTg. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <jansson.h>
#include <lienthong/base.h>
#include <lienthong/directory.h>

enum report_kind {
	REPORT_AGENCIES = 1,
	REPORT_SECTORS,
	REPORT_PROCEDURES,
	REPORT_CHANNELS,
	REPORT_DELAYS,
	REPORT_LEGS,
	REPORT_REASONS,
	REPORT_RANKING,
	REPORT_KINDS,
};
/* "agencies", "sectors", …; NULL for a number that is none. 0: no report has the name. */
const char *report_name(enum report_kind kind);
enum report_kind report_find(const char *name);

/* What numbers of the ranking weigh, and those that come from outside: ranking.h. */
struct ranking;

/* Texts NULL: not asked for. */
struct report_question {
	enum report_kind kind;
	int64_t from,
		until; /* microseconds; until 0: the end of the day that the copy is true at; from 0: the first of the month */
	const char *agency;            /* only dossiers that it opened; DELAYS, LEGS, REASONS: only what is its own */
	const char *procedure;         /* only dossiers of it, of any version */
	enum lt_level level;           /* RANKING: of which kind of office */
	const struct ranking *ranking; /* RANKING; NULL: as it is by default */
	/* The dossiers behind a number: of this column, of all rows or of the one with this key. */
	const char *column, *key;
	/* In which order: the id of a column, of the list too that lies behind another one; with '-' before it the largest first. What has no
	 * value stands behind. NULL: the report's own. */
	const char *sort;
	size_t limit; /* rows at most; 0: REPORT_ROWS_MAX */
};

#define REPORT_WHY 200u        /* bytes of a sentence about what is wrong */
#define REPORT_COLUMNS_MAX 32u /* of one report */
#define REPORT_ROWS_MAX \
	100000u /* of one answer: all procedures and agencies of the nation fit; of dossiers it is what a sheet takes */

struct report_source;
/* Opens the projection's file to read. LT_ENOENT: it is not there; LT_EPROTO: of another layout, or no projection; LT_EIO; LT_ENOMEM.
 * `why` says it in words. */
enum lt_err report_open(const char *path, struct report_source **out, char why[REPORT_WHY]);
void report_close(struct report_source *source); /* NULL is fine */
/* One reading transaction, true at one record. A new reference in *out. LT_EINVAL: the column is none of this report, or opens nothing; there is no
 * such column to sort by; the period ends before it begins. LT_EIO, LT_ENOMEM. */
enum lt_err report_make(struct report_source *source, const struct report_question *question, json_t **out);
/* The codes of the dossiers of which the DELAYS of a question are, also of those that nobody is charged with, each once, in their order,
 * and the period that is meant: what the broker is asked for when it is to sign who caused them. LT_EFULL: over `most`; report_make's errors. */
enum lt_err report_late(struct report_source *source, const struct report_question *question, size_t most,
			json_t **codes, int64_t *from, int64_t *until);
/* Of the last error; English, one line. */
const char *report_why(const struct report_source *source);

/* The document as CSV (RFC 4180, UTF-8 with its mark, CRLF): heads, rows, total. A text that a spreadsheet would take for a formula gets a
 * quote before it. LT_ENOMEM. */
enum lt_err report_csv(const json_t *document, bool vietnamese, struct lt_buf *out);
/* Nothing in any row of the document: a count that is nowhere more than nothing needs no column. */
bool report_is_empty(const json_t *document, const json_t *column);
/* A value as people read it: "97.5 %", "2d 4h 30m" of working days of 8 hours, "-" for none; Vietnamese: "97,5 %", "2 ngày 4 giờ 30 phút".
 * Cut at `size`. */
void report_text(const json_t *column, const json_t *value, bool vietnamese, char *out, size_t size);
/* "Từ 01/11/2026 đến hết 30/11/2026", or "2026-11-01 to 2026-11-30". */
#define REPORT_PERIOD 64u
const char *report_period(const json_t *document, bool vietnamese, char out[REPORT_PERIOD]);

#endif
