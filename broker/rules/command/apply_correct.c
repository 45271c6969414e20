/* apply_correct.c: see correct.h. Nobody alone says that an office was in time: as with a repair one user proposes and another confirms. Words alone,
 * that leave the verdict as it is, need no second. */
#include "correct.h"

#include "offer_back.h"
#include "program/log.h"
#include "rules/clock/clock_internal.h"
#include "rules/stay_record.h"

enum lt_reason correct_find(struct act *act)
{
	const char *code = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	enum lt_err err = state_find_dossier(act->state, act->rules->law, code, act->dossier);
	if (err == LT_ENOENT)
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "%.60s", code);
	if (err)
		return apply_damaged(act);
	if (act->dossier->frozen != 0)
		return lt_refuse(&act->refusal, LT_DOSSIER_FROZEN, "%s, since record %llu", act->dossier->code,
				 (unsigned long long)act->dossier->frozen);
	return LT_REASON_NONE;
}

static enum lt_reason read_row(struct act *act, uint64_t number, struct lt_stay *out)
{
	const struct dossier *dossier = act->dossier;
	enum lt_err err = number == 0 || number > dossier->stay_count
				  ? LT_ENOENT
				  : dossier_get_stay(act->state->store, dossier->number, number, act->arena, out);
	if (!err && out->corrects == 0)
		return LT_REASON_NONE;
	if (err && err != LT_ENOENT)
		return apply_damaged(act);
	return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "%s has no stay %llu that has ended", dossier->code,
			 (unsigned long long)number);
}

/* What the newest correction says, else the row itself. */
static enum lt_reason find_verdict(struct act *act, const struct lt_stay *row, uint32_t *verdict)
{
	const struct dossier *dossier = act->dossier;
	struct lt_stay later;
	*verdict = row->verdict;
	for (uint64_t i = row->number + 1; i <= dossier->stay_count; i++) {
		if (dossier_get_stay(act->state->store, dossier->number, i, act->arena, &later))
			return apply_damaged(act);
		if (later.corrects == row->number)
			*verdict = later.verdict;
	}
	return LT_REASON_NONE;
}

static void append(struct act *act, struct lt_stay *row, uint32_t verdict, uint64_t proposal)
{
	row->corrects = row->number;
	row->how = LT_STAY_CORRECTION;
	row->verdict = verdict;
	row->begun_by = proposal;
	row->ended_by = act->sequence;
	row->part_count = 0;
	stay_record_append(act, row);
}

enum lt_reason correct_stay(struct act *act)
{
	struct lt_stay row;
	const struct lt_admin_command *admin = &act->command->u.admin;
	uint32_t now = 0;
	enum lt_reason reason = correct_find(act);
	if (!reason && admin->verdict > LT_TIME_LATE)
		reason = lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "verdict: 1 early, 2 on time, 3 late");
	if (!reason)
		reason = read_row(act, admin->number, &row);
	if (!reason)
		reason = find_verdict(act, &row, &now);
	if (reason || act->tried)
		return reason;
	if (admin->verdict == 0 || admin->verdict == now)
		append(act, &row, now, act->sequence);
	else
		act->dossier->proposal = (struct dossier_proposal){
			.sequence = act->sequence, .stay = row.number, .uid = admin->uid, .verdict = admin->verdict
		};
	clock_save(act);
	return LT_REASON_NONE;
}

bool correct_waits(struct act *act)
{
	bool waits = !correct_find(act) && act->dossier->proposal.sequence != 0;
	act->refusal = (struct lt_refusal){ 0 };
	return waits;
}

/* The row has the verdict that was proposed. */
static enum lt_reason confirm_row(struct act *act, const struct dossier_proposal *proposal)
{
	struct lt_stay row;
	enum lt_reason reason = read_row(act, proposal->stay, &row);
	if (!reason && !act->tried)
		append(act, &row, proposal->verdict, proposal->sequence);
	return reason;
}

enum lt_reason correct_confirm(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	struct dossier_proposal *proposal = &act->dossier->proposal;
	if (proposal->sequence != admin->number)
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "for %s record %llu proposes", act->dossier->code,
				 (unsigned long long)proposal->sequence);
	if (proposal->uid == admin->uid)
		return lt_refuse(&act->refusal, LT_OPERATOR_NOT_ADMITTED,
				 "user %u has proposed it: another user confirms", admin->uid);
	enum lt_reason reason = proposal->stay != 0 ? confirm_row(act, proposal) : offer_back_confirm(act, proposal);
	if (reason || act->tried)
		return reason;
	*proposal = (struct dossier_proposal){ 0 };
	clock_save(act);
	return LT_REASON_NONE;
}
