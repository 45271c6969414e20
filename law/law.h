/* law.h: the functions of law/ that decide an outcome, one table for each version of the rules. Whoever decides by them (the
 * broker's rules and the state that they read) reaches them through the table that the record's version names, never by their own
 * names: so a changed function is a new row beside the old one, and an old journal replays as it was made. Whoever only shows or
 * plans (the command line, views, the check before a record) may call them directly. Tables are read-only: any thread.
 *
 * How to change one: docs/decisions/0008-rules-by-version.md. */
#ifndef LAW_LAW_H
#define LAW_LAW_H

#include "procedure_check.h"
#include "route.h"
#include "access.h"
#include "status.h"
#include "worktime.h"

#define LAW_NEWEST 1u

struct law {
	uint32_t version;
	/* Which days are worked: calendar.h. */
	struct law_calendar {
		enum lt_err (*make)(const struct calendar_year *years, size_t count, const char *agency,
				    struct calendar **out, struct calendar_fault *fault);
	} calendar;
	/* When a limit ends, and how much time has passed: worktime.h. */
	struct law_worktime {
		uint32_t (*limit_minutes)(const struct worktime_limit *limit);
		bool (*office_valid)(const struct worktime_office *office);
		enum lt_err (*due)(const struct calendar *calendar, const struct worktime_office *office,
				   const struct worktime_limit *limit, int64_t received, struct worktime_due *out);
		enum lt_err (*used)(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
				    int64_t to, uint32_t *minutes, int *missing_year);
		enum lt_err (*add)(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
				   uint32_t minutes, int64_t *out, int *missing_year);
		enum lt_err (*due_soon)(const struct calendar *calendar, const struct worktime_office *office,
					int64_t due, uint32_t minutes_before, int64_t *out, int *missing_year);
	} worktime;
	/* What follows what, and who does it: route.h. */
	struct law_route {
		const struct lt_route_leg *(*leg)(const struct lt_procedure *procedure, uint32_t number);
		const struct lt_route_leg *(*find)(const struct lt_procedure *procedure, const char *id);
		enum lt_reason (*unknown)(const struct lt_procedure *procedure, const char *id, size_t index,
					  struct lt_refusal *refusal);
		size_t (*next)(const struct lt_procedure *procedure, uint32_t number, const uint32_t **out);
		size_t (*joins)(const struct lt_procedure *procedure, uint32_t number);
		bool (*reached)(const struct lt_procedure *procedure, uint32_t at, uint32_t leg);
		bool (*by_fields)(const struct lt_route_leg *leg);
		bool (*by_holder)(const struct lt_route_leg *leg);
		enum lt_reason (*choose)(const struct lt_route_leg *leg, const struct route_facts *facts,
					 uint32_t out[ROUTE_LEGS_MAX], size_t *count, struct lt_refusal *refusal);
		bool (*makes)(const struct lt_procedure *procedure, uint32_t number);
		bool (*will_make)(const struct lt_procedure *procedure, uint32_t at);
		bool (*makes_elsewhere)(const struct lt_procedure *procedure, uint32_t number, uint32_t at);
		size_t (*needs)(const struct lt_procedure *procedure, const struct route_facts *facts, uint32_t from,
				uint32_t named, struct route_need out[ROUTE_NEEDS_MAX]);
		bool (*takes)(const struct route_need *need, const char *value);
		struct lt_limit (*limit)(const struct lt_limit *other, enum lt_limit_of of,
					 const struct lt_limit_by *by, size_t count, const struct route_facts *facts);
		struct lt_limit (*leg_limit)(const struct lt_route_leg *leg, const struct route_facts *facts);
		struct lt_limit (*whole_limit)(const struct lt_procedure *procedure, const struct route_facts *facts);
		bool (*counts)(const struct lt_route_leg *leg);
		bool (*sets)(const struct lt_route_leg *leg, const char *field);
		bool (*in_force)(const struct lt_procedure *procedure, int64_t day);
		enum lt_reason (*resolve_role)(const struct lt_directory *directory,
					       const struct lt_procedure *procedure, const struct route_facts *facts,
					       const char *role, char out[LT_AGENCY_MAX], struct lt_refusal *refusal);
		enum lt_reason (*resolve_lead)(const struct lt_directory *directory,
					       const struct lt_procedure *procedure, const struct route_facts *facts,
					       char out[LT_AGENCY_MAX], struct lt_refusal *refusal);
	} route;
	struct law_procedure {
		enum lt_reason (*check_form)(const struct lt_procedure *procedure, struct lt_refusal *refusal);
	} procedure;
	/* Who may: access.h. */
	struct law_access {
		enum lt_reason (*code)(const struct lt_directory *directory, const char *sender, const char *code,
				       int64_t received, int64_t time, struct lt_refusal *refusal);
		size_t (*spellings)(const struct lt_directory *directory, const char *code,
				    char out[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX]);
		enum lt_reason (*open)(const struct lt_directory *directory, const struct lt_procedure *procedure,
				       const struct lt_header *header, int64_t time, struct lt_refusal *refusal);
		bool (*registers)(const struct lt_directory *directory, const struct lt_procedure *procedure,
				  const struct lt_header *header, int64_t time);
		enum lt_reason (*offer)(const struct lt_directory *directory, const struct lt_procedure *procedure,
					const struct lt_header *header, int64_t time, struct lt_refusal *refusal);
		enum lt_reason (*unknown)(const char *code, struct lt_refusal *refusal);
		bool (*answers)(const struct lt_directory *directory, const char *agency, const char *origin);
	} access;
	/* The list of statuses and its edges: status.h. */
	struct law_status {
		enum lt_reason (*set)(enum status *status, enum status to, struct lt_refusal *refusal);
		enum status (*derive)(const struct status_facts *facts);
	} status;
	/* What holds when a procedure says nothing. */
	struct law_limits {
		uint32_t due_soon_minutes;  /* a warning so long before */
		uint32_t apology_minutes;   /* an apology so long before the appointment */
		struct lt_limit handoff;    /* an offer's answer */
		struct lt_limit intake;     /* what is registered: RECEIVE or REJECT */
		struct lt_limit supplement; /* the applicant's time */
	} limits;
};
extern const struct law law_1; /* for the tables of rules */
/* NULL: this program does not know that version. */
const struct law *law_of(uint32_t version);

#endif
