/* alarms.h: which alarms there are now, and what of it nobody has been told yet. Each cause and subject is an alarm of its own, as
 * "agency-disconnected/H37.11"; of dossiers that are late there is one for all. One thread. */
#ifndef WATCH_ALARMS_H
#define WATCH_ALARMS_H

#include "verdict/verdict.h"

/* Told at once; the next lot follows with the next look. A message of some 100 KiB. */
enum {
	ALARMS_AT_ONCE = 100,
	ALARMS_SETTLE_S = 360, /* an agency that stays away is missed after 300 s */
};
enum alarm_change {
	ALARM_RAISED,
	ALARM_LASTS, /* said again each day */
	ALARM_CLEARED,
};
struct alarm_event {
	const char *id; /* stable: the cause's id, or that with "/" and the subject */
	const char *cause, *subject;
	enum alarm_change change;
	enum verdict_level level;
	const char *text, *command;
	int64_t at; /* when it was raised or cleared, by the clock of who looks */
};

struct alarms;
struct alarms *alarms_new(void); /* ends the program when memory is out, as all here does */
void alarms_free(struct alarms *alarms);
/* What is so now, at this time in microseconds. status NULL: the broker does not answer; what was wrong before counts as still so. */
void alarms_see(struct alarms *alarms, const struct verdict *verdict, const struct lt_status_view *status, int64_t now);
/* What is to be told: at most ALARMS_AT_ONCE. It lives until the next alarms_see or alarms_told. */
size_t alarms_due(struct alarms *alarms, const struct alarm_event **out);
/* All of that has been told. Without this it is due again. */
void alarms_told(struct alarms *alarms);
/* What is told and not over, for a new start: an array of objects id, severity, text, since, told_at (microseconds). */
json_t *alarms_json(const struct alarms *alarms);
/* Before the first alarms_see. What is so yet is not told again before its day is over, what is not, is told as cleared: but only ALARMS_SETTLE_S
 * later, since what a broker says just after its start is not all yet; that it does not answer is over at once. What does not hold is left out. */
void alarms_take(struct alarms *alarms, const json_t *json, int64_t now);

#endif
