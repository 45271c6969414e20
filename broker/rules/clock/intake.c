/* intake.c: see intake.h. */
#include "intake.h"

#include "rules/custody.h"
#include "rules/deadline_internal.h"
#include "rules/stay_record.h"

enum { TRACE_ACCEPTED = 3 };

struct lt_limit intake_limit(struct act *act)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	if (procedure && procedure->intake_limit.unit != LT_LIMIT_NONE)
		return procedure->intake_limit;
	return act->rules->law->limits.intake;
}

static void begin(struct act *act, struct branch *branch)
{
	struct dossier_intake *intake = &act->dossier->intake;
	intake->since = act_legal(act);
	intake->since_by = act->sequence;
	intake_wait(act, branch);
}

void intake_wait(struct act *act, struct branch *branch)
{
	struct dossier_intake *intake = &act->dossier->intake;
	struct lt_limit limit = intake_limit(act);
	intake->due = deadline_due_from(act, &limit, branch->holder, intake->since);
	deadline_wait_start(act, &branch->handoff, branch->number, LT_CLOCK_INTAKE_OVERDUE,
			    intake->due ? intake->due + DEADLINE_MINUTE : 0);
}

static enum lt_stay_end ended_how(enum status status)
{
	if (status == STATUS_NOT_RECEIVED)
		return LT_WAIT_REFUSED;
	return status == STATUS_RECEIVED || status == STATUS_IN_PROGRESS ? LT_WAIT_ACCEPTED : LT_WAIT_ASKED;
}

void intake_settle(struct act *act)
{
	struct dossier *dossier = act->dossier;
	struct branch *branch = &dossier->branches[0]; /* nothing is forked before it is received */
	bool waits = dossier->status == STATUS_REGISTERED && dossier->branch_count > 0;
	if (waits && dossier->intake.since == 0)
		begin(act, branch);
	if (waits || dossier->intake.since == 0)
		return;
	const struct lt_late_reason *late = act->header ? act->header->late_reason : NULL;
	stay_record_add_intake(act, branch, ended_how(dossier->status), late ? late->code : "");
	deadline_wait_end(act, &branch->handoff, branch->number);
	dossier->intake.since = dossier->intake.due = 0;
}

/* Work of the first leg. What only asks (papers, a fee) is done at 1 too, and takes nothing in. */
static bool is_work(enum lt_kind kind)
{
	return kind == LT_KIND_FORWARD || kind == LT_KIND_TRANSFER || kind == LT_KIND_RESULT ||
	       kind == LT_KIND_CONSULT || kind == LT_KIND_STATUS || kind == LT_KIND_APOLOGY;
}

void intake_by_work(struct act *act)
{
	struct dossier *dossier = act->dossier;
	struct branch *branch = &dossier->branches[0]; /* nothing is forked before it is received */
	if (dossier->number == 0 || dossier->status != STATUS_REGISTERED || dossier->branch_count == 0 ||
	    dossier->intake.by[0] != '\0' || !is_work(act->header->kind) || !custody_sender_is(act, branch->holder))
		return;
	if (!custody_set_stage(act, branch, STATUS_RECEIVED))
		intake_receive(act, branch);
}

void intake_receive(struct act *act, struct branch *branch)
{
	act->dossier->intake.received = act_legal(act);
	branch->trace = branch->trace_work = TRACE_ACCEPTED;
	deadline_dossier_start(act);
	custody_start_leg(act, branch);
}
