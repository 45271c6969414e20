/* apply_repair.c: the end of a freeze. SKIP is the record that a tool appends on a stopped broker; from it on the dossier stands for everybody
 * (recorded.h). Then one operator proposes where it goes on (REPAIR), or that it ends (CLOSE), and another user confirms that very
 * proposal (CONFIRM): nobody alone says who holds a citizen's papers. A repair is a state within the rules: open branches, each held by the agency
 * that does its leg, and a status that the present one may become. docs/decisions/0036. */
#include "rules/repair.h"

#include <stdio.h>
#include <string.h>

#include "program/log.h"
#include "rules/clock/clock_internal.h"
#include "rules/custody.h"
#include "rules/right.h"
#include "rules/route_at.h"
#include "state/frozen.h"

#define BIT(status) (1u << (STATUS_##status))
/* What is asked of the applicant, a result and a hand-over are acts of agencies, who file them anew. */
#define REPAIRED_STATUSES (BIT(RECEIVED) | BIT(IN_PROGRESS) | BIT(STOPPED))

enum lt_reason apply_skip(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	struct frozen frozen;
	if (dossier_load(act->state->store, admin->dossier, act->dossier) || act->dossier->frozen == 0 ||
	    act->dossier->frozen > admin->number || frozen_get(act->state->store, admin->dossier, &frozen))
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "the store passed record %llu before it was skipped",
				 (unsigned long long)admin->number);
	if (act->tried)
		return LT_REASON_NONE;
	frozen.skip = act->sequence;
	frozen_put(act->state->store, admin->dossier, &frozen);
	act->outcome.dossier =
		admin->dossier; /* no more: a later skip of an earlier record leaves another value here */
	return LT_REASON_NONE;
}

/* ---- what is proposed ---- */

static enum lt_reason find(struct act *act, struct frozen *frozen)
{
	const char *code = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	struct dossier *dossier = act->dossier;
	enum lt_err err = state_find_dossier(act->state, act->rules->law, code, dossier);
	if (err == LT_ENOENT)
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "%.60s", code);
	if (!err && dossier->frozen == 0)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "%s is not frozen", dossier->code);
	if (!err)
		err = frozen_get(act->state->store, dossier->number, frozen);
	return err || !route_at_has_procedure(act) ? apply_damaged(act) : LT_REASON_NONE;
}

/* The agency that does the leg by the route, or since it was transferred; where nobody is said, any that is open. */
static enum lt_reason check_holder(struct act *act, uint32_t number, const char *holder, uint32_t leg)
{
	char agency[LT_AGENCY_MAX], own[LT_AGENCY_MAX];
	const struct rulebook *rulebook = act->state->rulebook;
	const struct lt_route_leg *at = act->rules->law->route.leg(route_at_procedure(act), leg);
	if (!rulebook_agency(rulebook, holder))
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "branch %u: %.40s", number, holder);
	if (act->rules->succession.closed(rulebook, holder, act->time))
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "branch %u: %s is closed", number, holder);
	if (at && route_at_role(act, at->agency, own) &&
	    act->rules->succession.acts_for(rulebook, holder, own, act->dossier, act->time))
		return LT_REASON_NONE;
	if (route_at_agency(act, leg, agency) &&
	    !act->rules->succession.acts_for(rulebook, holder, agency, act->dossier, act->time))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "branch %u: leg %s is for %s, not for %s",
				 number, route_at_id(act, leg), agency, holder);
	return LT_REASON_NONE;
}

static enum lt_reason read_branch(struct act *act, const struct lt_repair_branch *from, struct frozen_branch *out)
{
	const char *holder = from->holder ? from->holder : "", *id = from->leg ? from->leg : "";
	const struct lt_procedure *procedure = route_at_procedure(act);
	*out = (struct frozen_branch){ .number = from->number };
	if (holder[0] == '\0')
		return LT_REASON_NONE;
	const struct lt_route_leg *leg = act->rules->law->route.find(procedure, id);
	if (!leg)
		return act->rules->law->route.unknown(procedure, id, 0, &act->refusal);
	enum lt_reason reason = check_holder(act, from->number, holder, leg->number);
	if (!reason) {
		out->leg = leg->number;
		dossier_copy_code(out->holder, rulebook_agency(act->state->rulebook, holder)->code);
	}
	return reason;
}

static bool proposes_branch(const struct frozen_proposal *proposal, uint32_t number)
{
	for (uint32_t i = 0; i < proposal->branch_count; i++) {
		if (proposal->branches[i].number == number)
			return true;
	}
	return false;
}

static enum lt_reason check_parties(struct act *act, const struct frozen_proposal *proposal)
{
	const char *agencies[DOSSIER_BRANCHES_MAX];
	size_t count = 0;
	for (uint32_t i = 0; i < proposal->branch_count; i++) {
		if (proposal->branches[i].holder[0] != '\0')
			agencies[count++] = proposal->branches[i].holder;
	}
	return right_parties(act, agencies, count);
}

/* Each once; every branch that is open is among them; new ones follow those that there are. */
static enum lt_reason read_branches(struct act *act, struct frozen_proposal *out)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	const struct dossier *dossier = act->dossier;
	uint32_t next = dossier->branch_count + 1, open = 0;
	for (size_t i = 0; i < admin->branch_count; i++) {
		uint32_t number = admin->branches[i].number;
		if (number == 0 || number > next || number > DOSSIER_BRANCHES_MAX || proposes_branch(out, number))
			return lt_refuse(&act->refusal, LT_BRANCH_UNKNOWN,
					 "branch %u; the dossier has branches 1 to %u, new ones follow, each once",
					 number, dossier->branch_count);
		enum lt_reason reason = read_branch(act, &admin->branches[i], &out->branches[out->branch_count]);
		if (reason)
			return reason;
		next += number == next;
		open += out->branches[out->branch_count++].holder[0] != '\0';
	}
	enum lt_reason reason = check_parties(act, out);
	if (reason)
		return reason;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		if (branch->custody != LT_CUSTODY_CLOSED && !proposes_branch(out, branch->number))
			return lt_refuse(&act->refusal, LT_BRANCHES_OPEN, "branch %u, held by %s: say who holds it",
					 branch->number, branch->holder);
	}
	return open > 0 ? LT_REASON_NONE
			: lt_refuse(&act->refusal, LT_BRANCH_CLOSED, "no branch would be open: close the dossier");
}

static enum lt_reason check_status(struct act *act, enum status status)
{
	enum status now = act->dossier->stage;
	if ((unsigned)status >= STATUS_COUNT || (REPAIRED_STATUSES >> status & 1u) == 0)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL, "status: 2, 4 or 8; agencies go on from there");
	return now == status ? LT_REASON_NONE : act->rules->law->status.set(&now, status, &act->refusal);
}

static enum lt_reason read_proposal(struct act *act, struct frozen_proposal *out)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	*out = (struct frozen_proposal){ .sequence = act->sequence,
					 .uid = admin->uid,
					 .close = admin->act == LT_ADMIN_DOSSIER_CLOSE,
					 .status = (enum status)admin->status };
	if (out->close)
		return LT_REASON_NONE;
	enum lt_reason reason = check_status(act, out->status);
	return reason ? reason : read_branches(act, out);
}

static void name_dossier(struct act *act)
{
	act->outcome.dossier = act->dossier->number;
	act->outcome.status = (uint32_t)act->dossier->status;
}

enum lt_reason apply_propose(struct act *act)
{
	struct frozen frozen;
	enum lt_reason reason = find(act, &frozen);
	if (!reason)
		reason = read_proposal(act, &frozen.proposal);
	if (reason || act->tried)
		return reason;
	frozen_put(act->state->store, act->dossier->number, &frozen);
	name_dossier(act);
	return LT_REASON_NONE;
}

/* ---- what is confirmed ---- */

static enum lt_reason check_confirm(struct act *act, const struct frozen_proposal *proposal)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	if (proposal->sequence == 0 || proposal->sequence != admin->number)
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN,
				 proposal->sequence == 0 ? "nothing is proposed for %s" : "for %s record %llu proposes",
				 act->dossier->code, (unsigned long long)proposal->sequence);
	if (proposal->uid == admin->uid)
		return lt_refuse(&act->refusal, LT_OPERATOR_NOT_ADMITTED,
				 "user %u has proposed it: another user confirms", admin->uid);
	return LT_REASON_NONE;
}

/* Directory and route may have changed since it was proposed. */
static enum lt_reason check_again(struct act *act, const struct frozen_proposal *proposal)
{
	enum lt_reason reason = proposal->close ? LT_REASON_NONE : check_status(act, proposal->status);
	for (uint32_t i = 0; i < proposal->branch_count && !reason; i++) {
		const struct frozen_branch *branch = &proposal->branches[i];
		if (branch->holder[0] != '\0')
			reason = check_holder(act, branch->number, branch->holder, branch->leg);
	}
	return reason ? reason : check_parties(act, proposal);
}

static void drop_requests(struct act *act)
{
	struct dossier *dossier = act->dossier;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		custody_forget_requests(act, &dossier->branches[i]);
	memset(dossier->withdrawal_id, 0, sizeof(dossier->withdrawal_id));
}

static void set_stage(struct act *act, enum status stage)
{
	act->dossier->stage = stage;
	act->dossier->stopped = stage == STATUS_STOPPED;
	custody_settle(act);
	if (act->dossier->stopped)
		deadline_asked_stand(act);
	else
		deadline_asked_go_on(act);
}

/* The OPEN itself was skipped: what its rule would have begun. The citizen's time has run since then. */
static void begin(struct act *act)
{
	int64_t now = act->time;
	if (act->dossier->clock.started != 0)
		return;
	if (act->dossier->intake.received == 0)
		act->dossier->intake.received = act->dossier->opened_at;
	act_go_to(act, act->dossier->intake.received);
	deadline_dossier_start(act);
	act->time = now;
	route_at_set_lead(act);
	open_name_parties(act);
}

static void place(struct act *act, const struct frozen_branch *to, uint64_t version)
{
	struct dossier *dossier = act->dossier;
	struct branch *branch = dossier_branch(dossier, to->number);
	if (!branch) {
		branch = &dossier->branches[dossier->branch_count++];
		*branch = (struct branch){ .number = to->number, .custody = LT_CUSTODY_HELD, .since = act_legal(act) };
		dossier_copy_code(branch->holder, to->holder);
	}
	branch->joined = 0;
	if (to->holder[0] != '\0') {
		custody_place(act, branch, to->holder, to->leg, LT_STAY_REPAIRED);
		dossier_add_party(dossier, to->holder);
	} else if (branch->custody != LT_CUSTODY_CLOSED) {
		custody_close(act, branch, LT_STAY_REPAIRED);
	}
	branch->version = version;
}

static void repair(struct act *act, const struct frozen *frozen)
{
	const struct frozen_proposal *proposal = &frozen->proposal;
	drop_requests(act);
	begin(act);
	set_stage(act, proposal->status);
	for (uint32_t i = 0; i < proposal->branch_count; i++)
		place(act, &proposal->branches[i], frozen->version + 1);
}

/* 3 for what was only registered, else 8; what has its result or is handed over already stays so in the list. */
static void close_dossier(struct act *act)
{
	struct dossier *dossier = act->dossier;
	drop_requests(act);
	if (custody_set_stage(act, NULL, STATUS_STOPPED) && custody_set_stage(act, NULL, STATUS_NOT_RECEIVED))
		act->refusal = (struct lt_refusal){ 0 }; /* neither may follow: it stays what it was */
	dossier->stopped = dossier->stage == STATUS_STOPPED;
	for (uint32_t i = 0; i < dossier->consult_count; i++)
		deadline_consult_end(act, &dossier->consults[i]);
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			custody_close(act, &dossier->branches[i], LT_STAY_REPAIRED);
	}
	deadline_dossier_end(act);
}

/* Every party, some in each notice. */
static void tell(struct act *act, bool closed, uint64_t skipped)
{
	const struct dossier *dossier = act->dossier;
	char text[400];
	snprintf(text, sizeof(text),
		 closed ? "Do sự cố tại bản ghi %llu, hồ sơ không thể tiếp tục trên hệ thống và đã được đóng theo "
			  "quyết định của hai người "
			  "vận hành. Cơ quan tiếp nhận lập hồ sơ mới nếu công việc còn phải giải quyết."
			: "Hồ sơ bị tạm giữ do sự cố tại bản ghi %llu nay được tiếp tục theo quyết định của hai người "
			  "vận hành. Văn bản gửi "
			  "từ bản ghi đó đến nay không có hiệu lực; cơ quan đang giữ hồ sơ xem lại và gửi lại nếu cần.",
		 (unsigned long long)skipped);
	for (uint32_t i = 0; i < dossier->party_count;) {
		struct notice notice = { .kind = LT_KIND_REROUTED,
					 .subject = closed ? "Đóng hồ sơ do sự cố" : "Hồ sơ được tiếp tục sau sự cố",
					 .reason = text };
		for (; i < dossier->party_count && notice.to_count < NOTICE_TO_MAX; i++)
			notice_to(act, &notice, dossier->parties[i]);
		notice_add(act, &notice);
	}
}

enum lt_reason apply_confirm(struct act *act)
{
	struct frozen frozen;
	enum lt_reason reason = find(act, &frozen);
	if (!reason)
		reason = check_confirm(act, &frozen.proposal);
	if (!reason)
		reason = check_again(act, &frozen.proposal);
	if (reason || act->tried)
		return reason;
	act->dossier->frozen = 0;
	deadline_thaw(act);
	if (frozen.proposal.close)
		close_dossier(act);
	else
		repair(act, &frozen);
	frozen_end(act->state->store, act->dossier->number);
	tell(act, frozen.proposal.close, frozen.skipped);
	clock_save(act);
	return LT_REASON_NONE;
}
