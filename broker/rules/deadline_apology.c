/* deadline_apology.c: the apology (form 04): the citizen is given another appointment.
 *
 * It is the dossier's, whatever the leg: once, by who holds a branch, long enough before the appointment that the citizen does not
 * come in vain, to a moment when the office is open, and not further than the whole limit once more. Who has mistyped may correct it
 * once within two working hours; both records stay. What is due by the law does not move. docs/decisions/0042. */
#include "base/date.h"
#include "deadline_internal.h"

#include "custody.h"

enum {
	CORRECT_WITHIN = 120, /* working minutes: a typing error is seen when the paper is printed */
};

static uint32_t minutes_before(struct act *act)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	const struct lt_limit *limit = procedure ? &procedure->apology_before : NULL;
	if (!limit || limit->unit == LT_LIMIT_NONE)
		return act->rules->law->limits.apology_minutes;
	struct worktime_limit same = { (enum worktime_unit)limit->unit, limit->quarters };
	return act->rules->law->worktime.limit_minutes(&same);
}

static bool corrects(struct act *act)
{
	const struct dossier_apology *apology = &act->dossier->apology;
	return apology->at != 0 && !apology->corrected && custody_sender_is(act, apology->by) &&
	       deadline_minutes(act, act->dossier->origin, apology->at, act_legal(act)) <= CORRECT_WITHIN;
}

static enum lt_reason check_when(struct act *act, int64_t appointment)
{
	struct calendars *calendars = act->state->calendars;
	const char *origin = act->dossier->origin;
	char due[LT_DATE_SAID], last[LT_DATE_SAID];
	int64_t latest = 0;
	int missing;
	if (!calendars_calendar(calendars, origin) ||
	    worktime_of(act)->due_soon(calendars_calendar(calendars, origin), calendars_office(calendars, origin),
				       appointment, minutes_before(act), &latest, &missing))
		latest = appointment; /* no calendar reaches back so far */
	if (act_legal(act) < latest + DEADLINE_MINUTE)
		return LT_REASON_NONE;
	lt_date_say(appointment, due);
	lt_date_say(latest, last);
	return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
			 "apology: the appointment is at %s; it could be put off until %s", due, last);
}

static bool in_office_hours(struct act *act, int64_t time)
{
	struct calendars *calendars = act->state->calendars;
	const char *origin = act->dossier->origin;
	int64_t moved;
	int missing;
	return calendars_calendar(calendars, origin) &&
	       worktime_of(act)->add(calendars_calendar(calendars, origin), calendars_office(calendars, origin), time,
				     0, &moved, &missing) == LT_OK &&
	       moved / DEADLINE_MINUTE == time / DEADLINE_MINUTE;
}

static enum lt_reason check_new(struct act *act, int64_t appointment, int64_t due)
{
	char text[LT_DATE_SAID];
	int64_t most = deadline_due_from(act, &act->dossier->clock.limit, act->dossier->origin, appointment);
	lt_date_say(appointment, text);
	if (due <= appointment)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL, "apology: due_at must be later than %s", text);
	if (!in_office_hours(act, due))
		return lt_refuse(&act->refusal, LT_DUE_INVALID, "due_at: %s is closed then, nobody could come",
				 act->dossier->origin);
	lt_date_say(most, text);
	if (most != 0 && due > most)
		return lt_refuse(&act->refusal, LT_DUE_INVALID,
				 "due_at: an apology gives the whole limit once more at most, until %s", text);
	return LT_REASON_NONE;
}

static enum lt_reason check(struct act *act, bool correction, int64_t due)
{
	const struct legal_clock *clock = &act->dossier->clock;
	char text[LT_DATE_SAID];
	lt_date_say(clock->appointment, text);
	if (clock->appointment == 0)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "apology: no due time stands that could be put off");
	if (!dossier_clock_runs(clock))
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "apology: the clock stands still; put it off when it runs");
	if (act->dossier->apology.at != 0 && !correction)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "apology: once only; it was put off to %s before", text);
	enum lt_reason reason = correction ? LT_REASON_NONE : check_when(act, clock->appointment);
	return reason ? reason : check_new(act, correction ? act->dossier->apology.from : clock->appointment, due);
}

static void put_off(const struct ticking *t, int64_t due)
{
	t->clock->appointment = due;
	t->clock->apologised = true;
	deadline_arm(t);
}

enum lt_reason deadline_apologise(struct act *act, struct branch *branch, int64_t due)
{
	struct ticking whole = deadline_of_dossier(act), leg = deadline_of_branch(act, branch);
	struct dossier_apology *apology = &act->dossier->apology;
	deadline_recount(&whole);
	deadline_recount(&leg);
	bool correction = corrects(act);
	enum lt_reason reason = check(act, correction, due);
	if (reason)
		return reason;
	bool same_leg = correction && apology->branch == branch->number;
	int64_t leg_from = same_leg ? apology->leg_from : leg.clock->appointment;
	if (correction) {
		apology->corrected = true;
	} else {
		apology->at = act_legal(act);
		apology->from = whole.clock->appointment;
		apology->branch = branch->number;
		apology->leg_from = leg_from;
		dossier_copy_code(apology->by, act->header->sender);
	}
	put_off(&whole, due);
	if (leg_from != 0 && dossier_clock_runs(leg.clock))
		put_off(&leg, due > leg_from ? due : leg_from);
	return LT_REASON_NONE;
}
