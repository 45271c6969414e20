/* dossier_ask.c: what is asked about a dossier, and the view that queries are answered with. */
#include "dossier.h"

#include <string.h>

#include "program/log.h"

void dossier_copy_code(char out[LT_AGENCY_MAX], const char *code)
{
	size_t len = strlen(code);
	LT_ASSERT(len < LT_AGENCY_MAX);
	memmove(out, code, len + 1);
}

struct branch *dossier_branch(struct dossier *dossier, uint32_t number)
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].number == number)
			return &dossier->branches[i];
	}
	return NULL;
}

bool dossier_closed(const struct dossier *dossier)
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			return false;
	}
	return true;
}

bool dossier_has_party(const struct dossier *dossier, const char *agency)
{
	for (uint32_t i = 0; i < dossier->party_count; i++) {
		if (strcmp(dossier->parties[i], agency) == 0)
			return true;
	}
	return false;
}

void dossier_add_party(struct dossier *dossier, const char *agency)
{
	if (dossier->party_count == DOSSIER_PARTIES_MAX || dossier_has_party(dossier, agency))
		return;
	char *party = dossier->parties[dossier->party_count++];
	size_t len = strlen(agency);
	LT_ASSERT(len < LT_AGENCY_MAX);
	memcpy(party, agency, len + 1);
}

uint32_t dossier_open_branches(const struct dossier *dossier)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		count += dossier->branches[i].custody != LT_CUSTODY_CLOSED;
	return count;
}

uint32_t dossier_branch_leg(const struct branch *branch)
{
	if (branch->custody == LT_CUSTODY_OFFERED)
		return branch->offer_leg;
	return branch->fork_leg != 0 ? branch->fork_leg : branch->leg;
}

bool dossier_id_is(const uint8_t a[16], const uint8_t b[16])
{
	static const uint8_t zero[16];
	return memcmp(a, b, 16) == 0 && memcmp(a, zero, 16) != 0;
}

static bool has_id(const uint8_t id[16])
{
	return dossier_id_is(id, id);
}

struct dossier_giver dossier_branch_giver(const struct branch *branch)
{
	if (branch->came_back)
		return (struct dossier_giver){ branch->came_before, branch->came_before_leg,
					       branch->came_before_fork_leg };
	return (struct dossier_giver){ branch->came_from, branch->came_leg, branch->came_fork_leg };
}

bool dossier_branch_stands(const struct branch *branch)
{
	return has_id(branch->supplement_id) || (has_id(branch->fee_id) && branch->fee_stands);
}

const struct past_leg *dossier_past_leg(const struct dossier *dossier, uint32_t leg)
{
	for (uint32_t i = 0; i < dossier->past_count && leg != 0; i++) {
		if (dossier->past[i].leg == leg)
			return &dossier->past[i];
	}
	return NULL;
}

void dossier_keep_leg(struct dossier *dossier, uint32_t leg, uint8_t how, const struct legal_clock *clock)
{
	uint32_t at = 0;
	while (at < dossier->past_count && dossier->past[at].leg != leg)
		at++;
	if (leg == 0 || at == DOSSIER_LEGS_MAX)
		return;
	struct past_leg *past = &dossier->past[at];
	if (at == dossier->past_count) {
		dossier->past_count++;
		past->by[0] = '\0';
	}
	past->leg = leg;
	past->how = how;
	past->anew = false;
	dossier_clock_keep(clock, &past->clock);
}

const char *dossier_leg_by(const struct dossier *dossier, uint32_t leg)
{
	const struct past_leg *past = dossier_past_leg(dossier, leg);
	return past ? past->by : "";
}

void dossier_set_leg_by(struct dossier *dossier, uint32_t leg, const char *agency)
{
	for (uint32_t i = 0; i < dossier->past_count; i++) {
		if (dossier->past[i].leg == leg)
			dossier_copy_code(dossier->past[i].by, agency);
	}
}

struct branch *dossier_asked_supplement(struct dossier *dossier, const uint8_t id[16])
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier_id_is(dossier->branches[i].supplement_id, id))
			return &dossier->branches[i];
	}
	return NULL;
}

struct branch *dossier_asked_fee(struct dossier *dossier, const uint8_t id[16])
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier_id_is(dossier->branches[i].fee_id, id))
			return &dossier->branches[i];
	}
	return NULL;
}

struct branch *dossier_missed_papers(struct dossier *dossier, const uint8_t id[16])
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier_id_is(dossier->branches[i].missed.id, id))
			return &dossier->branches[i];
	}
	return NULL;
}

bool dossier_owes_refusal(const struct branch *branch)
{
	return branch->missed.refuse_by != 0 && !branch->missed.brought;
}

struct status_facts dossier_facts(const struct dossier *dossier, const struct branch *branch)
{
	struct status_facts facts = { .stage = dossier->stage, .withdrawal = has_id(dossier->withdrawal_id) };
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *other = &dossier->branches[i];
		if (branch && other != branch)
			continue;
		facts.supplement |= has_id(other->supplement_id);
		facts.fee |= has_id(other->fee_id);
	}
	return facts;
}

struct consult *dossier_consult(struct dossier *dossier, const uint8_t id[16])
{
	for (uint32_t i = 0; i < dossier->consult_count; i++) {
		if (dossier_id_is(dossier->consults[i].id, id))
			return &dossier->consults[i];
	}
	return NULL;
}

struct consult *dossier_consult_number(struct dossier *dossier, uint32_t number)
{
	return number >= 1 && number <= dossier->consult_count ? &dossier->consults[number - 1] : NULL;
}

const char *dossier_field(const struct dossier *dossier, const char *name)
{
	for (uint32_t i = 0; i < dossier->field_count; i++) {
		if (strcmp(dossier->fields[i].name, name) == 0)
			return dossier->fields[i].value;
	}
	return NULL;
}

bool consult_awaits(const struct consult_answer *answer)
{
	return answer->agree == LT_AGREE_NONE && answer->silent_at == 0;
}

bool consult_late(const struct consult_answer *answer)
{
	return answer->agree != LT_AGREE_NONE && answer->silent_at != 0;
}

static void view_branch(const struct branch *branch, struct lt_branch_view *out)
{
	bool offered = branch->custody == LT_CUSTODY_OFFERED;
	*out = (struct lt_branch_view){
		.branch = branch->number,
		.version = branch->version,
		.custody = branch->custody,
		.holder = branch->holder,
		.offered_to = offered ? branch->offered_to : "",
		.offer_id = offered ? lt_bytes(branch->offer_id, 16) : (struct lt_bytes){ 0 },
		.leg = "",
		.since = branch->since,
		.leg_name = "",
		.consult_limit = "",
		.trace = branch->trace,
	};
}

static enum lt_err view_consult(const struct consult *consult, struct lt_arena *arena, struct lt_consult_view *out)
{
	*out = (struct lt_consult_view){
		.number = consult->number,
		.id = lt_bytes(consult->id, 16),
		.asked_by = consult->asked_by,
		.on_silence = (uint32_t)consult->on_silence,
		.stands = consult->stopped_at != 0,
		.answer_count = consult->answer_count,
		.answers = lt_arena_alloc(arena, (consult->answer_count + 1) * sizeof(*out->answers)),
	};
	if (!out->answers)
		return LT_ENOMEM;
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		const struct consult_answer *answer = &consult->answers[i];
		out->answers[i] = (struct lt_consult_answer){
			.agency = answer->agency,
			.due = answer->due,
			.silent_at = answer->silent_at,
			.agree = answer->agree,
			.answered_at = answer->answered_at,
			.late = consult_late(answer),
		};
		if (answer->due > out->due)
			out->due = answer->due;
	}
	return LT_OK;
}

enum lt_err dossier_view(const struct dossier *dossier, struct lt_arena *arena, struct lt_dossier_view *out)
{
	enum lt_err err = LT_OK;
	*out = (struct lt_dossier_view){
		.code = dossier->code,
		.procedure = dossier->procedure,
		.procedure_version = dossier->procedure_version,
		.status = (uint32_t)dossier->status,
		.origin = dossier->origin,
		.lead = dossier->lead,
		.opened_at = dossier->opened_at,
		.hops_total = dossier->records + dossier->refused_records,
		.branch_count = dossier->branch_count,
		.consult_count = dossier->consult_count,
		.field_count = dossier->field_count,
		.supplements = dossier->request_count,
		.outcome = dossier->refused ? "refused" : "",
		.frozen = dossier->frozen,
		.replaces = dossier->replaces,
		.replaced_by = "",
		.channel = dossier->intake.channel,
		.place_of_help = dossier->intake.place[0] != '\0' ? dossier->intake.place : dossier->intake.by,
		.registered_by = dossier->intake.by,
		.received_at = dossier->intake.received,
		.carried_at = dossier->carried.at,
	};
	out->branches = lt_arena_alloc(arena, (dossier->branch_count + 1) * sizeof(*out->branches));
	out->consults = lt_arena_alloc(arena, (dossier->consult_count + 1) * sizeof(*out->consults));
	out->fields = lt_arena_alloc(arena, (dossier->field_count + 1) * sizeof(*out->fields));
	if (!out->branches || !out->consults || !out->fields)
		return LT_ENOMEM;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		view_branch(&dossier->branches[i], &out->branches[i]);
	for (uint32_t i = 0; i < dossier->consult_count && !err; i++)
		err = view_consult(&dossier->consults[i], arena, &out->consults[i]);
	for (uint32_t i = 0; i < dossier->field_count; i++)
		out->fields[i] = (struct lt_field){ dossier->fields[i].name, dossier->fields[i].value };
	return err;
}

uint32_t dossier_list_work(const struct dossier *dossier, struct dossier_work out[DOSSIER_BRANCHES_MAX])
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		if (branch->custody == LT_CUSTODY_CLOSED)
			continue;
		dossier_copy_code(out[count].agency, branch->holder);
		out[count++].late = branch->clock.overdue_told;
	}
	return count;
}
