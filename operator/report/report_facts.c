/* report_facts.c: what each dossier and each stay is to a period. All counts of this room are conditions on these two views.
 *
 * facts, a dossier each that was received before the period's end and had not ended before it:
 *   fresh   it was received in the period; else it is carried over from before
 *   state   early, on, late, unjudged: its result was made in the period; ended: closed in it without one (withdrawn, given back);
 *           else how it stands: within, over (its time), papers, fee, withdrawal, stopped
 *           A result that was taken back before it was closed is none: the stay of one that holds ended when the dossier's time did.
 * So that fresh and carried over together are all the states together. The due minute itself is in time (docs/clocks.md). What ended
 * behind the period was in hand at its end. Of a period that is over, status, end, due time and verdict are those of its end: what came
 * later changes none of its numbers (docs/decisions/0095).
 *
 * judged, a stay or wait each, with the newest correction's verdict. charged, the same by whom it is charged to: the holder, of a wait
 * the receiver, and who acted when where a reorganisation has cut it:
 *   one     it counts as a stay: of the parts of one that was cut, the first
 *   own     working minutes that it used
 *   beyond  those of them beyond what was allotted: what earlier stays at the leg had used (`carried`) is theirs, not this one's */
#include "report_internal.h"

#include <lienthong/dossier.h>
#include <lienthong/time.h>
#include <stdio.h>

#include "base/date.h"

#define MINUTE_US INT64_C(60000000)

/* "" or a condition more. */
static char *filter(const char *column, const char *value)
{
	return value ? sqlite3_mprintf(" AND %s = %Q", column, value) : sqlite3_mprintf("");
}

/* By stays and waits: an agency is whose they are, not who has received the dossier. */
static bool of_delays(const struct report_question *question)
{
	return question->kind >= REPORT_DELAYS && question->kind <= REPORT_REASONS;
}

/* The dossiers as the period's end has seen them: what has changed since then is as it was before. now: it has not come yet.
 * Whose a delay was is judged by what is known now, as the broker does that signs it. */
static char *seen(const struct report_question *question, int64_t until, int64_t now)
{
	if (until > now || of_delays(question))
		return sqlite3_mprintf("dossier");
	return sqlite3_mprintf(
		"(SELECT d.number, code, origin, lead, sector, procedure, version, procedure_name, channel, carried, "
		"received, used, allotted, iif(e.until IS NULL, d.since, 0) AS since, coalesce(e.status, d.status) AS "
		"status, coalesce(e.finished, d.finished) AS finished, coalesce(e.due_lawful, d.due_lawful) AS "
		"due_lawful, coalesce(e.verdict, d.verdict) AS verdict FROM dossier d LEFT JOIN earlier e ON e.dossier "
		"= d.number AND e.until = (SELECT MIN(until) FROM earlier WHERE dossier = d.number AND until >= %lld))",
		until);
}

void report_make_facts(struct report_source *source)
{
	const struct report_question *question = source->question;
	bool own = of_delays(question);
	int64_t from = question->from, until = question->until, end = until < source->now ? until : source->now;
	/* Until when a verdict must have been given to say something of the end; what the broker signs says it of its own time alone. */
	int64_t given = !own ? until : source->now <= until ? INT64_MAX : 0;
	char *agency = filter("origin", own ? NULL : question->agency),
	     *procedure = filter("procedure", question->procedure), *dossiers = seen(question, until, source->now);
	report_run(source,
		   sqlite3_mprintf(
			   "CREATE TEMP VIEW facts AS SELECT number AS dossier, code, origin, lead, sector, procedure, "
			   "version, procedure_name,"
			   " channel, carried, received, received >= %lld AS fresh, status, finished, due_lawful, "
			   "verdict, "
			   "used, allotted,"
			   " CASE WHEN finished <> 0 AND finished < %lld THEN CASE"
			   "  WHEN verdict = %d THEN 'early' WHEN verdict = %d THEN 'on' WHEN verdict = %d THEN 'late'"
			   "  WHEN EXISTS (SELECT 1 FROM stay WHERE stay.dossier = seen.number AND how = %d"
			   "   AND stay.ended = seen.finished) THEN 'unjudged' ELSE 'ended' END"
			   " WHEN finished = 0 AND status = 5 THEN 'papers' WHEN finished = 0 AND status = 6 THEN 'fee'"
			   " WHEN finished = 0 AND status = 7 THEN 'withdrawal' WHEN finished = 0 AND status = 8 THEN "
			   "'stopped'"
			   " WHEN due_lawful <> 0 AND %lld >= due_lawful + %lld THEN 'over'"
			   " WHEN finished = 0 AND verdict = %d AND since < %lld THEN 'over' ELSE 'within' END AS state"
			   " FROM %s seen WHERE received <> 0 AND received < %lld AND (finished = 0 OR finished >= "
			   "%lld)%s%s",
			   from, until, LT_TIME_EARLY, LT_TIME_ON, LT_TIME_LATE, LT_STAY_RESULT, end, MINUTE_US,
			   LT_TIME_OVERDUE, given, dossiers ? dossiers : "", until, from, agency ? agency : "",
			   procedure ? procedure : ""));
	sqlite3_free(agency);
	sqlite3_free(procedure);
	sqlite3_free(dossiers);
}

/* The console was not there about the period's end. */
static int64_t missed(struct report_source *source)
{
	sqlite3_stmt *query = NULL;
	int64_t ended = 0;
	if (sqlite3_prepare_v2(source->db, "SELECT MIN(ended) FROM gap WHERE begun < ?1 AND ended >= ?1", -1, &query,
			       NULL) != SQLITE_OK)
		report_fail(source, "the projection cannot be read");
	else if (sqlite3_bind_int64(query, 1, source->question->until) == SQLITE_OK &&
		 sqlite3_step(query) == SQLITE_ROW)
		ended = sqlite3_column_int64(query, 0);
	sqlite3_finalize(query);
	return ended;
}

void report_note_missed(struct report_source *source)
{
	char vi[REPORT_WHY], en[REPORT_WHY], time[LT_TIME_TEXT], said[LT_DATE_SAID];
	int64_t ended = of_delays(source->question) ? 0 : missed(source);
	if (source->err || ended == 0)
		return;
	lt_time_format(ended, time);
	time[10] = ' ';
	snprintf(vi, sizeof(vi), "Bảng điều hành không theo dõi lúc hết kỳ: trạng thái và hạn cuối kỳ là của %s.",
		 lt_date_say(ended, said));
	snprintf(en, sizeof(en),
		 "The console did not follow when the period ended: statuses and due times at its end are of %.16s.",
		 time);
	report_note(source, vi, en);
}

/* A stay that was cut is as many rows as it has parts: each has of the minutes what was used while it held it, and one counts as a stay;
 * of one agency's own, each. */
void report_make_charged(struct report_source *source)
{
	const struct report_question *question = source->question;
	bool own = of_delays(question) && question->agency;
	char *agency = filter("agency", own ? question->agency : NULL),
	     *procedure = filter("d.procedure", question->procedure);
	report_run(source,
		   sqlite3_mprintf(
			   "CREATE TEMP VIEW judged AS SELECT s.*, s.receiver <> '' AS wait, d.procedure, d.version,"
			   " d.procedure_name,"
			   " COALESCE(c.verdict, s.verdict) AS judgement FROM stay s JOIN dossier d ON "
			   "d.number = s.dossier"
			   " LEFT JOIN (SELECT dossier, corrects, verdict, MAX(number) FROM stay WHERE how = %d"
			   "  GROUP BY dossier, corrects) c ON c.dossier = s.dossier AND c.corrects = s.number"
			   " WHERE s.how <> %d%s",
			   LT_STAY_CORRECTION, LT_STAY_CORRECTION, procedure ? procedure : ""));
	report_run(source,
		   sqlite3_mprintf(
			   "CREATE TEMP VIEW charged AS SELECT *, CASE WHEN judgement IN (%d, %d) AND due_lawful <> 0"
			   " THEN MAX(0, until - allotted) - MAX(0, until - own - allotted) ELSE 0 END AS beyond FROM ("
			   "SELECT j.*, COALESCE(p.agency, CASE WHEN wait THEN receiver ELSE holder END) AS agency,"
			   " COALESCE(p.used, j.used - j.carried) AS own, COALESCE(j.carried + p.through, j.used) AS "
			   "until,"
			   " COALESCE(p.nth, 1) = 1 OR %d AS one"
			   " FROM judged j LEFT JOIN (SELECT dossier, stay, agency, used,"
			   " SUM(used) OVER w AS through, ROW_NUMBER() OVER w AS nth FROM part"
			   " WINDOW w AS (PARTITION BY dossier, stay ORDER BY at)) p"
			   " ON p.dossier = j.dossier AND p.stay = j.number) WHERE 1%s",
			   LT_TIME_LATE, LT_TIME_OVERDUE, own, agency ? agency : ""));
	sqlite3_free(agency);
	sqlite3_free(procedure);
}
