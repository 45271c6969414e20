/* definitions.h: definitions as plain records: procedures, calendars, office hours. Schema: proto/directory.proto. Reading and writing
 * as in wire/link.h. */
#ifndef RECORD_DEFINITIONS_H
#define RECORD_DEFINITIONS_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

/* ---------------------------------------------------------------- procedures (proto/directory.proto) */

enum lt_limit_unit {
	LT_LIMIT_NONE = 0,
	LT_LIMIT_WORKING_MINUTES,
	LT_LIMIT_WORKING_HOURS,
	LT_LIMIT_WORKING_DAYS,
	LT_LIMIT_CALENDAR_DAYS,
	LT_LIMIT_SAME_DAY
};
struct lt_limit {
	enum lt_limit_unit unit;
	uint32_t quarters;
};
/* Which limit of a leg or of the procedure is another by the value of a field of the dossier. */
enum lt_limit_of {
	LT_LIMIT_OF_LEG = 1, /* of a leg: these three */
	LT_LIMIT_OF_CONSULT,
	LT_LIMIT_OF_SUPPLEMENT, /* of the procedure too */
	LT_LIMIT_OF_TOTAL,      /* of the procedure */
	LT_LIMIT_OF_PROMISED
};
struct lt_limit_case {
	const char *value;
	struct lt_limit limit;
};
/* Any other value: the limit that stands in the leg or procedure itself. */
struct lt_limit_by {
	enum lt_limit_of of;
	const char *field;
	size_t case_count;
	struct lt_limit_case *cases;
	bool only; /* the field has no other value: a dossier with one is not taken, and the limit beside is never used */
};
enum lt_leg_kind { LT_LEG_RECEIVE = 1, LT_LEG_PROCESS, LT_LEG_CONSULT, LT_LEG_APPROVE, LT_LEG_PAY, LT_LEG_RETURN };
enum lt_choose { LT_CHOOSE_ALL = 0, LT_CHOOSE_ONE, LT_CHOOSE_SOME };
struct lt_route_when {
	uint32_t leg; /* the follower that is taken when the field has one of the values */
	const char *field;
	size_t value_count;
	const char **values;
};
enum lt_on_silence { LT_SILENCE_ESCALATE = 0, LT_SILENCE_DEEMED_CONSENT };
enum lt_clock_policy { LT_CLOCK_RESTART = 0, LT_CLOCK_SUSPEND };
struct lt_route_leg {
	uint32_t number;
	const char *name, *name_en, *agency;
	enum lt_leg_kind kind;
	struct lt_limit limit;
	const char *id;
	size_t next_count;
	uint32_t *next;
	uint32_t on_refusal, on_supplement;
	size_t consult_count;
	const char **consult;
	enum lt_on_silence on_silence;
	uint32_t supplements;
	enum lt_clock_policy policy;
	bool fee_stops_clock;
	enum lt_choose choose; /* of several followers */
	size_t when_count;
	struct lt_route_when *when; /* none with a choice: the holder's */
	size_t otherwise_count;
	uint32_t *otherwise;
	size_t make_count;
	const char **makes; /* codes of results; none: route_makes says whether one is made here all the same */
	size_t transfer_count;
	const char **transfer_to;      /* none: agencies of the holder's level */
	struct lt_limit consult_limit; /* NONE: the sender says until when */
	struct lt_limit
		ask_within; /* working time at the leg, while papers may be asked for; NONE: as long as it lasts */
	struct lt_limit supplement_limit; /* NONE: the procedure's */
	struct lt_limit refuse_within;    /* papers missed: the holder owes a refusal; NONE: the dossier stops */
	bool until;                       /* the limit counts from the valid file, not from when the leg begins */
	const char
		*uncounted; /* ground on which the dossier's clock stands while the leg is worked on; "": it goes on */
	const char *unit;   /* room of the agency that does it; "": not said */
	size_t by_count;
	struct lt_limit_by *by;
	struct lt_limit again; /* the leg's when it is begun again; NONE: it goes on where it was */
	size_t set_count;
	const char **sets; /* fields of the dossier that its holder may set by the facts of FORWARD and RESULT */
};
struct lt_procedure {
	const char *code;
	uint32_t version;
	const char *name, *name_en, *lead;
	size_t leg_count;
	struct lt_route_leg *legs;
	const char *sector;
	int64_t valid_from, valid_to; /* days since 1970-01-01 at +07:00; valid_to 0: open */
	struct lt_limit total;
	size_t withdraw_count;
	const char **withdraw_by;
	uint32_t withdraw_until;
	const char *source;
	struct lt_limit handoff_limit, due_soon, supplement_limit;
	size_t open_count;
	const char **open_by; /* roles that may open it; none: who leg 1 admits */
	struct lt_limit apology_before, intake_limit;
	struct lt_limit promised; /* NONE: nothing less than the total */
	uint32_t same_day_until;  /* minute of the day, from 1; 0: as the office hours say */
	size_t by_count;
	struct lt_limit_by *by;
};
enum lt_reason lt_procedure_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_procedure *out,
				   struct lt_refusal *refusal);
enum lt_err lt_procedure_encode(const struct lt_procedure *procedure, struct lt_buf *out);

/* ---------------------------------------------------------------- calendars and office hours (proto/directory.proto) */

struct lt_calendar_day {
	int32_t day;
	uint32_t kind;
	const char *note, *note_en;
	size_t agency_count;
	const char **agencies;
};
struct lt_calendar_year {
	uint32_t year, version;
	bool announced;
	size_t day_count;
	struct lt_calendar_day *days;
	const char *source;
};
struct lt_office_except {
	int32_t from, to;
	uint32_t weekdays, morning_open, morning_close, afternoon_open, afternoon_close;
};
struct lt_office_hours {
	const char *agency;
	uint32_t morning_open, morning_close, afternoon_open, afternoon_close, same_day_until;
	size_t except_count;
	struct lt_office_except *excepts;
};
enum lt_reason lt_calendar_year_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_calendar_year *out,
				       struct lt_refusal *refusal);
enum lt_err lt_calendar_year_encode(const struct lt_calendar_year *year, struct lt_buf *out);
enum lt_reason lt_office_hours_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_office_hours *out,
				      struct lt_refusal *refusal);
enum lt_err lt_office_hours_encode(const struct lt_office_hours *hours, struct lt_buf *out);

#endif
