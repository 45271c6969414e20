/* apply_carry.c: see carry.h. */
#include "carry.h"

#include <string.h>

#include <lienthong/code.h>

#include "base/date.h"
#include "state/definition_store.h"

#define PARENTS_MAX 16u /* steps upwards; the directory's check allows no more */

/* ---- of the operators ---- */

static bool is_defined(struct store *store, const char *procedure)
{
	struct definition_walk walk = definition_walk_procedure(procedure);
	struct lt_bytes value;
	return strlen(procedure) < LT_PROCEDURE_MAX && definition_next(store, &walk, &value);
}

/* An agency's code as the directory has it, or a procedure's. */
static enum lt_reason find_subject(struct act *act, const char **out)
{
	const char *subject = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	const struct lt_agency *agency = rulebook_agency(act->state->rulebook, subject);
	*out = agency ? agency->code : subject;
	if (agency || (lt_procedure_code_valid(subject) && is_defined(act->state->store, subject)))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
			 "carry: %.60s is neither an agency of the directory nor a procedure that is defined", subject);
}

static enum lt_reason check_span(struct act *act, int64_t from, int64_t until)
{
	if (from <= 0 || until <= from || until <= act_legal(act))
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
				 "carry: the window ends before it begins, or is over");
	if (until - from > CARRY_DAYS_MAX * LT_DAY_US)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "carry: over %d days", CARRY_DAYS_MAX);
	return LT_REASON_NONE;
}

/* The subject, and what is kept of it; zeros: nothing yet. */
static enum lt_reason find(struct act *act, const char **subject, struct carry_window *out)
{
	*out = (struct carry_window){ 0 };
	enum lt_reason reason = find_subject(act, subject);
	if (!reason && definition_carry_get(act->state->store, *subject, out) == LT_ECORRUPT)
		reason = apply_damaged(act);
	return reason;
}

enum lt_reason carry_propose(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	const char *subject;
	struct carry_window window;
	enum lt_reason reason = find(act, &subject, &window);
	if (!reason)
		reason = check_span(act, admin->time, admin->until);
	if (reason || act->tried)
		return reason;
	window.sequence = act->sequence;
	window.uid = admin->uid;
	window.proposed_from = admin->time;
	window.proposed_until = admin->until;
	definition_carry_put(act->state->store, subject, &window);
	return LT_REASON_NONE;
}

enum lt_reason carry_confirm(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	const char *subject;
	struct carry_window window;
	enum lt_reason reason = find(act, &subject, &window);
	if (reason)
		return reason;
	if (window.sequence == 0 || window.sequence != admin->number)
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN,
				 window.sequence == 0 ? "nothing is proposed for %s" : "for %s record %llu proposes",
				 subject, (unsigned long long)window.sequence);
	if (window.uid == admin->uid)
		return lt_refuse(&act->refusal, LT_OPERATOR_NOT_ADMITTED,
				 "user %u has proposed it: another user confirms", admin->uid);
	reason = check_span(act, window.proposed_from, window.proposed_until);
	if (reason || act->tried)
		return reason;
	window = (struct carry_window){ .from = window.proposed_from, .until = window.proposed_until };
	definition_carry_put(act->state->store, subject, &window);
	return LT_REASON_NONE;
}

enum lt_reason carry_close(struct act *act)
{
	const char *subject;
	struct carry_window window;
	enum lt_reason reason = find(act, &subject, &window);
	if (reason)
		return reason;
	if (window.until <= act_legal(act) && window.sequence == 0)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "carry: no window of %s is open or proposed", subject);
	if (act->tried)
		return LT_REASON_NONE;
	window.sequence = 0;
	window.uid = 0;
	window.proposed_from = window.proposed_until = 0;
	if (window.until > act_legal(act))
		window.until = act_legal(act);
	if (window.from >= window.until)
		window.from = window.until = 0;
	definition_carry_put(act->state->store, subject, &window);
	return LT_REASON_NONE;
}

/* ---- of an OPEN ---- */

/* Whether a window of this subject is open; *from: when the latest of those that are began. */
static enum lt_reason look(struct act *act, const char *subject, int64_t *from)
{
	struct carry_window window;
	enum lt_err err = definition_carry_get(act->state->store, subject, &window);
	if (err == LT_ECORRUPT)
		return apply_damaged(act);
	if (!err && window.from <= act_legal(act) && act_legal(act) < window.until && window.from > *from)
		*from = window.from;
	return LT_REASON_NONE;
}

static enum lt_reason look_all(struct act *act, int64_t *from)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const struct lt_agency *agency = rulebook_agency(rulebook, act->header->sender);
	enum lt_reason reason = look(act, act->header->procedure, from);
	for (unsigned steps = 0; agency && !reason && steps < PARENTS_MAX; steps++) {
		reason = look(act, agency->code, from);
		agency = agency->parent[0] != '\0' ? rulebook_agency(rulebook, agency->parent) : NULL;
	}
	return reason;
}

enum lt_reason carry_check(struct act *act)
{
	const struct lt_carried *carried = act->header->carried;
	int64_t from = 0;
	enum lt_reason reason = look_all(act, &from);
	if (reason)
		return reason;
	if (from == 0)
		return lt_refuse(&act->refusal, LT_CARRY_NOT_OPEN,
				 "carried: no window is open for %s, nor for procedure %s", act->header->sender,
				 act->header->procedure);
	if (carried->received_at >= from)
		return lt_refuse(&act->refusal, LT_CARRY_NOT_OPEN,
				 "carried.received_at: the window is for what was received before it began");
	if (carried->since > act_legal(act) || carried->counted_from > act_legal(act))
		return lt_refuse(&act->refusal, LT_CARRY_DATE_WRONG, "carried: since and counted_from are not ahead");
	return LT_REASON_NONE;
}
