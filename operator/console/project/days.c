/* days.c: what the ends of days have seen: before a row changes in what a report counts by, it is kept as it was, if the end of a day lies
 * behind it. So a report of a period that is over is the same whenever it is made. The broker cannot tell it again: rows that are made anew
 * take it along, and where the copy was at no record about the end of a day, that is kept too. */
#include "project_internal.h"

#include "base/date.h"

#define GAP_US \
	INT64_C(3600000000) /* nobody works about midnight, and a console that is started anew is away for seconds */

/* Behind a day's end in Vietnam. */
static bool day_ended(int64_t from, int64_t until)
{
	return (until + LT_VIETNAM_OFFSET_US) / LT_DAY_US > (from + LT_VIETNAM_OFFSET_US) / LT_DAY_US;
}

void days_keep(struct project *project, int64_t number, int64_t since)
{
	int64_t until = project->at.state.time; /* the copy was true with it */
	if (day_ended(since, until))
		write_run(project, SQL_EARLIER, "ii", number, until);
	write_run(project, SQL_DOSSIER_SINCE, "ii", number, project->answered);
}

void days_note_gap(struct project *project, int64_t ended)
{
	const struct project_state *state = &project->at.state;
	int64_t begun = state->sequence ? state->time : write_ask(project, SQL_SEEN, 0, "");
	if (ended - begun > GAP_US && day_ended(begun, ended))
		write_run(project, SQL_GAP, "ii", begun, ended);
}

/* What is closed cannot change. Of an older layout there may be nothing to keep: that is no error. */
void days_take_along(struct project *project)
{
	sqlite3_exec(
		project->db,
		"INSERT OR IGNORE INTO earlier SELECT number, (SELECT value FROM meta WHERE name = 'time'), status, "
		"finished, due_lawful, verdict FROM dossier WHERE branches > 0",
		NULL, NULL, NULL);
}

void days_forget(struct project *project)
{
	write_exec(project, "DELETE FROM earlier; DELETE FROM gap;");
}
