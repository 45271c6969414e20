/* report_facts.c: what each dossier and each stay is to a period. All counts of this room are conditions on these two views.
 *
 * facts, a dossier each that was received before the period's end and had not ended before it:
 *   fresh   it was received in the period; else it is carried over from before
 *   state   early, on, late, unjudged: its result was made in the period; ended: closed in it without one (withdrawn, given back);
 *           else how it stands: within, over (its time), papers, fee, withdrawal, stopped
 *           A result that was taken back before it was closed is none: the stay of one that holds ended when the dossier's time did.
 * So that fresh and carried over together are all the states together. The due minute itself is in time (docs/clocks.md). What ended
 * behind the period was in hand at its end; what has not ended waits as it waits now: the projection has no history of statuses.
 *
 * judged, a stay or wait each, with the newest correction's verdict. charged, the same by whom it is charged to: the holder, of a wait
 * the receiver, and who acted when where a reorganisation has cut it:
 *   one     it counts as a stay: of the parts of one that was cut, the first
 *   own     working minutes that it used
 *   beyond  those of them beyond what was allotted: what earlier stays at the leg had used (`carried`) is theirs, not this one's */
#include "report_internal.h"

#include <lienthong/dossier.h>

#define MINUTE_US INT64_C(60000000)

/* "" or a condition more. */
static char *filter(const char *column, const char *value)
{
	return value ? sqlite3_mprintf(" AND %s = %Q", column, value) : sqlite3_mprintf("");
}

void report_make_facts(struct report_source *source)
{
	const struct report_question *question = source->question;
	bool own = question->kind >= REPORT_DELAYS && question->kind <= REPORT_REASONS;
	int64_t from = question->from, until = question->until, end = until < source->now ? until : source->now;
	char *agency = filter("origin", own ? NULL : question->agency),
	     *procedure = filter("procedure", question->procedure);
	report_run(source,
		   sqlite3_mprintf(
			   "CREATE TEMP VIEW facts AS SELECT number AS dossier, code, origin, lead, sector, procedure, "
			   "version, procedure_name,"
			   " channel, carried, received, received >= %lld AS fresh, finished, due_lawful, verdict, "
			   "used, allotted,"
			   " CASE WHEN finished <> 0 AND finished < %lld THEN CASE"
			   "  WHEN verdict = %d THEN 'early' WHEN verdict = %d THEN 'on' WHEN verdict = %d THEN 'late'"
			   "  WHEN EXISTS (SELECT 1 FROM stay WHERE stay.dossier = dossier.number AND how = %d"
			   "   AND stay.ended = dossier.finished) THEN 'unjudged' ELSE 'ended' END"
			   " WHEN finished = 0 AND status = 5 THEN 'papers' WHEN finished = 0 AND status = 6 THEN 'fee'"
			   " WHEN finished = 0 AND status = 7 THEN 'withdrawal' WHEN finished = 0 AND status = 8 THEN "
			   "'stopped'"
			   " WHEN due_lawful <> 0 AND %lld >= due_lawful + %lld THEN 'over'"
			   " WHEN finished = 0 AND verdict = %d AND %lld <= %lld THEN 'over' ELSE 'within' END AS state"
			   " FROM dossier WHERE received <> 0 AND received < %lld AND (finished = 0 OR finished >= "
			   "%lld)%s%s",
			   from, until, LT_TIME_EARLY, LT_TIME_ON, LT_TIME_LATE, LT_STAY_RESULT, end, MINUTE_US,
			   LT_TIME_OVERDUE, source->now, until, until, from, agency ? agency : "",
			   procedure ? procedure : ""));
	sqlite3_free(agency);
	sqlite3_free(procedure);
}

/* A stay that was cut is as many rows as it has parts: each has of the minutes what was used while it held it, and one counts as a stay;
 * of one agency's own, each. */
void report_make_charged(struct report_source *source)
{
	const struct report_question *question = source->question;
	bool own = question->kind >= REPORT_DELAYS && question->kind <= REPORT_REASONS && question->agency;
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
