/* control_check.c: what a definition or an act must hold before it goes to the engine: signatures, form, and what only people say. */
#include "control_thread.h"

#include <string.h>

#include <lienthong/text.h>

#include "law/law.h"
#include "state/calendars.h"
#include "trust/trust.h"

enum {
	OPERATOR_MAX = 200, /* characters of an operator's name */
	REASON_MAX = 1000,  /* and of why */
};

static enum lt_reason check_names(const char *operator_name, const char *reason, struct lt_refusal *refusal)
{
	if (lt_text_blank(operator_name) || lt_text_length(operator_name, strlen(operator_name)) > OPERATOR_MAX)
		return lt_refuse(refusal, LT_OPERATOR_REQUIRED, "operator: 1 to %d characters", OPERATOR_MAX);
	if (lt_text_blank(reason) || lt_text_length(reason, strlen(reason)) > REASON_MAX)
		return lt_refuse(refusal, LT_OPERATOR_REQUIRED, "reason: 1 to %d characters", REASON_MAX);
	enum lt_reason form = lt_text_refuse(operator_name, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, "operator", refusal);
	return form ? form : lt_text_refuse(reason, LT_TEXT_LINES, LT_TEXT_NOT_IN_FORM, "reason", refusal);
}

/* The whole check: the form, and whether the route makes sense by the agencies in force. Its other versions are the engine's to
 * look at, which has them (rules/define_check.h). */
static enum lt_reason check_procedure(struct rulebook *rulebook, struct lt_bytes data, struct lt_arena *arena,
				      struct lt_refusal *refusal)
{
	struct lt_procedure procedure;
	struct lt_refusal why = { 0 };
	if (lt_procedure_decode(data, arena, &procedure, &why))
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "procedure: %.200s", why.detail);
	struct procedure_agencies known = procedure_agencies_listed(rulebook_directory(rulebook));
	struct procedure_faults *faults = lt_arena_alloc(arena, sizeof(*faults));
	if (!faults)
		return lt_refuse(refusal, LT_OVERLOADED, "procedure: no memory for its check");
	faults->count = 0;
	procedure_check(&procedure, &known, faults);
	return procedure_refuse(&procedure, faults, refusal);
}

/* The days by themselves; whether the year joins those in force is apply's to say. */
static enum lt_reason check_calendar(struct lt_bytes data, struct lt_arena *arena, struct lt_refusal *refusal)
{
	struct lt_calendar_year year;
	enum lt_reason reason = lt_calendar_year_decode(data, arena, &year, refusal);
	if (!reason)
		return calendars_check_year(&year, refusal);
	refusal->reason = LT_DEFINITION_INVALID;
	return LT_DEFINITION_INVALID;
}

/* The form, and that there is such an agency. */
static enum lt_reason check_office(struct rulebook *rulebook, struct lt_bytes data, struct lt_arena *arena,
				   struct lt_refusal *refusal)
{
	struct lt_office_hours hours;
	enum lt_reason reason = lt_office_hours_decode(data, arena, &hours, refusal);
	if (!reason)
		reason = calendars_check_office(law_of(LAW_NEWEST), &hours, refusal);
	else
		refusal->reason = reason = LT_DEFINITION_INVALID;
	if (!reason && hours.agency && hours.agency[0] && !rulebook_agency(rulebook, hours.agency))
		return lt_refuse(refusal, LT_DEFINITION_INVALID,
				 "office hours of %s: the directory does not list it; enrol it first", hours.agency);
	return reason;
}

/* What is read in it goes with the command. */
static enum lt_reason check_crl(struct rulebook *rulebook, struct lt_define_command *define, int64_t now,
				struct lt_arena *arena, struct lt_refusal *refusal)
{
	uint8_t *list = lt_arena_alloc(arena, 32);
	if (!list)
		return lt_refuse(refusal, LT_OVERLOADED, "crl: no memory for its check");
	return trust_check_crl(rulebook, define->data, now, list, &define->crl, refusal);
}

static enum lt_reason check_define(struct rulebook *rulebook, struct lt_define_command *define, int64_t now,
				   struct lt_arena *arena, struct lt_refusal *refusal)
{
	define->crl = (struct lt_crl_verdict){ 0 };
	enum lt_reason reason = check_names(define->operator_name, define->reason, refusal);
	if (reason)
		return reason;
	switch (define->type) {
	case LT_DEFINE_DIRECTORY:
		return trust_check_directory(rulebook, define->data, now, refusal);
	case LT_DEFINE_CRL:
		return check_crl(rulebook, define, now, arena, refusal);
	case LT_DEFINE_PROCEDURE:
		return check_procedure(rulebook, define->data, arena, refusal);
	case LT_DEFINE_CALENDAR:
		return check_calendar(define->data, arena, refusal);
	case LT_DEFINE_OFFICE:
		return check_office(rulebook, define->data, arena, refusal);
	}
	return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "definition type %d", (int)define->type);
}

static enum lt_reason check_outage(const struct lt_outage_command *outage, int64_t now, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_names(outage->operator_name, outage->reason, refusal);
	if (!reason && (outage->from <= 0 || outage->to <= outage->from || outage->to > now))
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "outage: from before to, and both in the past");
	return reason;
}

static enum lt_reason check_admin(struct rulebook *rulebook, const struct lt_admin_command *admin,
				  struct lt_refusal *refusal)
{
	enum lt_reason reason = check_names(admin->operator_name, admin->reason, refusal);
	if (reason)
		return reason;
	switch (admin->act) {
	case LT_ADMIN_SUSPEND:
	case LT_ADMIN_RESUME:
	case LT_ADMIN_DRAIN:
	case LT_ADMIN_CLOSURE: /* its times are the engine's to look at, by the law's clock */
	case LT_ADMIN_REOPEN:
	case LT_ADMIN_AGENCY_REMIND:
		if (!admin->subject || !rulebook_agency(rulebook, admin->subject))
			return lt_refuse(refusal, LT_AGENCY_UNKNOWN, "%.100s", admin->subject ? admin->subject : "");
		return LT_REASON_NONE;
	case LT_ADMIN_MAILBOX_BEGIN:
	case LT_ADMIN_REDELIVER: /* of a closed agency too: what it was given before its end */
		if (!admin->subject || !rulebook_agency(rulebook, admin->subject))
			return lt_refuse(refusal, LT_AGENCY_UNKNOWN, "%.100s", admin->subject ? admin->subject : "");
		return LT_REASON_NONE;
	case LT_ADMIN_TIME_CONFIRMED:
	case LT_ADMIN_TIME_SET:
	case LT_ADMIN_SANDBOX_CLOCK:
	case LT_ADMIN_TRUST_GRACE:
	case LT_ADMIN_CRL_WITHDRAW:
	case LT_ADMIN_RESTORE_CONFIRM:
		return LT_REASON_NONE;
	case LT_ADMIN_DOSSIER_REPAIR:
	case LT_ADMIN_DOSSIER_CLOSE:
	case LT_ADMIN_DOSSIER_CONFIRM:
	case LT_ADMIN_STAY_CORRECT:
	case LT_ADMIN_REMIND:
	case LT_ADMIN_OFFER_BACK:
	case LT_ADMIN_CARRY_OPEN:
	case LT_ADMIN_CARRY_CONFIRM:
	case LT_ADMIN_CARRY_CLOSE:
		return LT_REASON_NONE; /* what fits the dossier is the engine's to say */
	case LT_ADMIN_SKIP:
		/* A record is skipped on a broker that stands still: `lienthong store skip`. */
		break;
	}
	return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "act %d", (int)admin->act);
}

static enum lt_reason check_activate(const struct lt_activate_command *activate, struct lt_refusal *refusal)
{
	return check_names(activate->operator_name, activate->reason, refusal);
}

/* It is compared byte by byte: out of its form it would be found nowhere. */
static enum lt_reason check_find(const struct lt_control_request *request, struct lt_refusal *refusal)
{
	if (lt_text_blank(request->code))
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "code");
	return lt_text_refuse(request->code, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, "code", refusal);
}

static enum lt_reason check_definitions(enum lt_definition type, struct lt_refusal *refusal)
{
	if (type == LT_DEFINE_CRL || type == LT_DEFINE_CALENDAR || type == LT_DEFINE_OFFICE)
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "definition type %d", (int)type);
}

static enum lt_reason check_delays(const struct lt_delays_request *delays, struct lt_refusal *refusal)
{
	if (delays->count == 0)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "code");
	if (delays->until != 0 && delays->until <= delays->from)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "until lies before from");
	return LT_REASON_NONE;
}

enum lt_reason control_check(struct rulebook *rulebook, struct lt_control_request *request, int64_t now,
			     struct lt_arena *arena, struct lt_refusal *refusal)
{
	if (!rulebook)
		return lt_refuse(refusal, LT_OVERLOADED, "the broker is starting");
	switch (request->type) {
	case LT_CONTROL_DEFINE:
		return check_define(rulebook, &request->define, now, arena, refusal);
	case LT_CONTROL_ADMIN:
		return check_admin(rulebook, &request->admin, refusal);
	case LT_CONTROL_OUTAGE:
		return check_outage(&request->outage, now, refusal);
	case LT_CONTROL_ACTIVATE: /* which versions there are is the engine's to say */
		return check_activate(&request->activate, refusal);
	case LT_CONTROL_ERASE: /* whether the records may go is the engine's to say */
		return check_names(request->erase.operator_name, request->erase.reason, refusal);
	case LT_CONTROL_FIND:
		return check_find(request, refusal);
	case LT_CONTROL_DOSSIERS:
		return lt_dossiers_request_check(&request->dossiers, NULL, refusal);
	case LT_CONTROL_DEFINITIONS:
		return check_definitions(request->definition, refusal);
	case LT_CONTROL_DELAYS:
		return check_delays(&request->delays, refusal);
	case LT_CONTROL_RULES:
	case LT_CONTROL_STATUS:
	case LT_CONTROL_AGENCIES:
	case LT_CONTROL_DOSSIER:
	case LT_CONTROL_MAILBOXES:
	case LT_CONTROL_RECORD:
	case LT_CONTROL_BACKUP:
	case LT_CONTROL_DIRECTORY:
	case LT_CONTROL_JOURNAL:
	case LT_CONTROL_PROCEDURES:
	case LT_CONTROL_REORGANISATION:
	case LT_CONTROL_TIME:
	case LT_CONTROL_CARRIES:
	case LT_CONTROL_LEDGER:
	case LT_CONTROL_CHANGES:
	case LT_CONTROL_COPY:
		return LT_REASON_NONE;
	}
	return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "request type %d", (int)request->type);
}
