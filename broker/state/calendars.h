/* calendars.h: working calendars, office hours and outages in force, made from STORE_DEFINITION anew by each definition of
 * theirs, read-only in between. What apply asks when it counts; the arithmetic is law/worktime.h's. */
#ifndef BROKER_TIMETABLE_H
#define BROKER_TIMETABLE_H

#include "law/law.h"
#include "record/definitions.h"
#include "store/store.h"

#define TIMETABLE_OUTAGES_MAX 4096u /* each clock that falls due looks at those since its start */

struct calendars;
struct calendars_outage {
	int64_t from, to;
};
struct calendars *calendars_load(struct store *store,
				 const struct law *law); /* what stands there was checked: damage ends the process */
struct calendars *calendars_ref(struct calendars *calendars); /* any thread, as is reading */
void calendars_unref(struct calendars *calendars);
/* The days of an agency (canonical code). NULL: no calendar is in force, no clock runs. Lives until the next definition, or until
 * many others were asked for; while two hold the calendars, as long as they do. */
const struct calendar *calendars_calendar(struct calendars *calendars, const char *agency);
/* Of the agency, else the default of all. */
const struct worktime_office *calendars_office(const struct calendars *calendars, const char *agency);
uint32_t calendars_outages(const struct calendars *calendars);
const struct calendars_outage *calendars_outage(const struct calendars *calendars, uint32_t index);

/* By the law in force. Checks of a definition against what is in force. DEFINITION_INVALID with the place in words; ALREADY_SO. */
enum lt_reason calendars_check_calendar(struct store *store, const struct law *law, struct lt_bytes data,
					struct lt_arena *arena, uint32_t *version, struct lt_refusal *refusal);
/* The form alone, for who has no store. */
enum lt_reason calendars_check_year(const struct lt_calendar_year *year, struct lt_refusal *refusal);
enum lt_reason calendars_check_office(const struct law *law, const struct lt_office_hours *hours,
				      struct lt_refusal *refusal);

#endif
