/* apply_open.c: OPEN makes the dossier and its first branch. That the code is new and the procedure in force: rules/right.h. */
#include <string.h>

#include "carried.h"
#include "facts.h"
#include "rules/clock/away.h"
#include "rules/clock/intake.h"
#include "rules/custody.h"
#include "rules/route_at.h"
#include "state/foreign.h"
#include "program/log.h"

static void keep_fields(struct act *act)
{
	const struct lt_header *header = act->header;
	struct dossier *dossier = act->dossier;
	LT_ASSERT(header->field_count <= LT_FIELDS_MAX);
	for (size_t i = 0; i < header->field_count; i++) {
		struct dossier_field *field = &dossier->fields[i];
		size_t name = strlen(header->fields[i].name), value = strlen(header->fields[i].value);
		LT_ASSERT(name < sizeof(field->name) && value < sizeof(field->value));
		memcpy(field->name, header->fields[i].name, name + 1);
		memcpy(field->value, header->fields[i].value, value + 1);
	}
	dossier->field_count = (uint32_t)header->field_count;
}

static void keep_intake(struct act *act, const char *origin)
{
	const struct lt_header *header = act->header;
	struct dossier_intake *intake = &act->dossier->intake;
	size_t len = header->place_of_help ? strlen(header->place_of_help) : 0;
	if (!custody_sender_is(act, origin))
		dossier_copy_code(intake->by, header->sender);
	intake->channel = header->channel;
	LT_ASSERT(len < sizeof(intake->place));
	memcpy(intake->place, len > 0 ? header->place_of_help : "", len + 1);
}

/* True ones of a dossier of before. */
static void keep_dates(struct act *act)
{
	const struct lt_carried *carried = act->header->carried;
	if (!carried)
		return;
	act->dossier->opened_at = carried->opened_at;
	act->dossier->intake.received = carried->received_at;
	act->dossier->carried = (struct dossier_carried){ .at = act_legal(act), .since = carried->since };
}

/* As it was opened, whatever the spelling that names it here. */
static void find_code_replaced(struct act *act, char out[LT_DOSSIER_MAX])
{
	memcpy(out, act->header->replaces, LT_DOSSIER_MAX);
	if (out[0] != '\0' && !state_find_dossier(act->state, act->rules->law, act->header->replaces, act->dossier))
		memcpy(out, act->dossier->code, LT_DOSSIER_MAX);
}

struct branch *open_make_dossier(struct act *act, const char *origin)
{
	const struct lt_header *header = act->header;
	struct dossier *dossier = act->dossier;
	char replaced[LT_DOSSIER_MAX];
	find_code_replaced(act, replaced);
	dossier_clear(dossier);
	dossier->number = act->state->dossiers + 1;
	memcpy(dossier->code, header->dossier, sizeof(dossier->code));
	memcpy(dossier->replaces, replaced, sizeof(dossier->replaces));
	memcpy(dossier->procedure, header->procedure, sizeof(dossier->procedure));
	dossier->procedure_version = header->procedure_version;
	dossier->opened_at = act_legal(act);
	dossier_copy_code(dossier->origin, origin);
	keep_intake(act, origin);
	keep_dates(act);
	keep_fields(act);
	dossier_add_party(dossier, header->sender);
	struct branch *branch = custody_add(act);
	dossier_copy_code(branch->holder, origin);
	return branch;
}

/* By its own code in each spelling, and by those of other systems. */
void open_register_codes(struct act *act)
{
	const struct lt_header *header = act->header;
	const struct lt_directory *directory = rulebook_directory(act->state->rulebook);
	char spellings[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX];
	size_t count = act->rules->law->access.spellings(directory, header->dossier, spellings);
	for (size_t i = 0; i < count; i++)
		dossier_register(act->state->store, spellings[i], act->dossier->number);
	for (size_t i = 0; i < header->foreign_count; i++)
		foreign_add(act->state->store, header->foreign_codes[i], act->dossier->number);
	if (header->replaces[0] != '\0')
		foreign_add_replaced(act->state->store, act->dossier->replaces, act->dossier->number);
	act->state->dossiers = act->dossier->number;
	state_put_number(act->state, "dossiers", act->state->dossiers);
}

/* No leg was named: the first, unless it is another's and one that follows is the recipient's. */
static uint32_t infer(struct act *act)
{
	struct lt_recipient *next;
	char agency[LT_AGENCY_MAX];
	const struct branch first = { .leg = 1 };
	if (route_at_agency(act, 1, agency) && custody_recipient_is(act, 0, agency))
		return 1;
	size_t count = route_at_list_next(act, &first, &next);
	for (size_t i = 0; i < count; i++) {
		if (custody_recipient_is(act, 0, next[i].agency))
			return act->rules->law->route.find(route_at_procedure(act), next[i].leg)->number;
	}
	return 1;
}

/* The receiving one-stop has done its part of an offer. */
static void place(struct act *act, struct branch *branch, uint32_t named, bool own)
{
	uint32_t leg = named != 0 ? named : own ? 1 : infer(act);
	branch->leg = own ? leg : 1;
	if (!own) {
		act->dossier->intake.received = act_legal(act);
		deadline_dossier_start(act);
		custody_offer(act, branch, 0, leg);
		return;
	}
	intake_receive(act, branch);
}

static void name_party(struct act *act, const char *role)
{
	char agency[LT_AGENCY_MAX];
	if (route_at_role(act, role, agency))
		dossier_add_party(act->dossier, agency);
}

/* Who may do something here without having been sent anything: the lead, who may withdraw it, who is paid. */
void open_name_parties(struct act *act)
{
	const struct lt_procedure *procedure = route_at_procedure(act);
	if (act->dossier->lead[0] != '\0')
		dossier_add_party(act->dossier, act->dossier->lead);
	for (size_t i = 0; i < procedure->withdraw_count; i++)
		name_party(act, procedure->withdraw_by[i]);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (procedure->legs[i].kind == LT_LEG_PAY)
			name_party(act, procedure->legs[i].agency);
	}
}

/* With whom: the receiving one-stop, which has to answer. NULL: it is received. */
static const char *registered_with(struct act *act, bool own)
{
	const struct lt_header *header = act->header;
	const struct lt_directory *directory = rulebook_directory(act->state->rulebook);
	if (!act->rules->law->access.registers(directory, route_at_procedure(act), header, act->time))
		return NULL;
	return own ? header->sender : header->to[0].agency;
}

/* What was opened in error is the sender's, stands, and was replaced by no other. It is read alone: a record is about one dossier. */
static enum lt_reason check_replaces(struct act *act)
{
	const char *code = act->header->replaces;
	struct dossier *old = act->dossier;
	uint64_t other;
	enum lt_err err = state_find_dossier(act->state, act->rules->law, code, old);
	if (err && err != LT_ENOENT)
		return apply_damaged(act);
	if (err || !act->rules->succession.is_party(act->state->rulebook, act->header->sender, old, act->time))
		return act->rules->law->access.unknown(code, &act->refusal);
	if (!custody_sender_is(act, old->origin) && !custody_sender_is(act, old->intake.by))
		return lt_refuse(&act->refusal, LT_NOT_ORIGIN, "replaces: %s was opened by %s", code, old->origin);
	if (!old->stopped && old->stage != STATUS_NOT_RECEIVED)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "replaces: %s is at status %u (%s); STOP it first", code, (unsigned)old->status,
				 status_name(old->status));
	if (foreign_replaced_by(act->state->store, old->code, &other) == LT_OK)
		return lt_refuse(&act->refusal, LT_DOSSIER_EXISTS, "replaces: %s was replaced already", code);
	return LT_REASON_NONE;
}

/* Of one that is frozen nobody knows how it stands: replay goes by the record, which was made when it was known. */
static enum lt_reason find_replaced(struct act *act)
{
	enum lt_reason reason = act->header->replaces[0] != '\0' ? check_replaces(act) : LT_REASON_NONE;
	bool frozen = act->header->replaces[0] != '\0' && act->dossier->number != 0 && act->dossier->frozen != 0;
	act->dossier->number = 0;
	if (!frozen)
		return reason;
	if (act->recorded)
		return act->recorded->reason
			       ? lt_refuse_again(&act->refusal, act->recorded->reason, act->recorded->sentence)
			       : LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_DOSSIER_FROZEN, "%s, since record %llu", act->header->replaces,
			 (unsigned long long)act->dossier->frozen);
}

enum lt_reason apply_open(struct act *act)
{
	bool own = custody_to_itself(act, 0);
	uint32_t named;
	enum lt_reason reason = route_at_find_named(act, 0, &named);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason)
		reason = find_replaced(act);
	if (!reason && act->header->carried)
		reason = carried_check(act, named);
	if (reason)
		return reason;
	const char *one_stop = registered_with(act, own);
	struct branch *branch = open_make_dossier(act, one_stop ? one_stop : act->header->sender);
	reason = custody_set_stage(act, NULL, one_stop ? STATUS_REGISTERED : STATUS_RECEIVED);
	LT_ASSERT(!reason);
	route_at_set_lead(act);
	bool carried = act->header->carried != NULL; /* who did the legs behind it need not be there any more */
	reason = facts_check_needs(act, carried ? named : 1, carried ? 0 : named);
	if (reason)
		return reason;
	open_name_parties(act);
	if (carried)
		carried_place(act, branch, named, own);
	else if (one_stop)
		branch->leg = 1;
	else
		place(act, branch, named, own);
	if (one_stop && !own)
		away_asked(act, branch, branch->holder, act->dossier->intake.due, act->header->sender);
	open_register_codes(act);
	return LT_REASON_NONE;
}
