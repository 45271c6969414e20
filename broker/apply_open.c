/* apply_open.c: OPEN makes the dossier and its first leg visit. */
#include <string.h>

#include "custody.h"
#include "field.h"
#include "log.h"
#include "trust.h"

static enum lt_reason find_procedure(struct act *act, struct lt_procedure *out)
{
	uint8_t key[STORE_KEY_MAX];
	struct lt_bytes value;
	const struct lt_header *header = act->header;
	if (store_get(act->state->store, STORE_DEFINITION,
		      trust_procedure_key(header->procedure, header->procedure_version, key), &value))
		return lt_refuse(&act->refusal, LT_PROCEDURE_UNKNOWN, "%s version %u", header->procedure,
				 header->procedure_version);
	if (lt_procedure_decode(value, act->arena, out, &act->refusal))
		lt_fatal("procedure %s version %u in the store does not hold: %s", header->procedure,
			 header->procedure_version, act->refusal.detail);
	return LT_REASON_NONE;
}

/* The lead may be a role (a later issue): then the first other agency that accepts becomes lead. */
static void set_lead(struct act *act, const struct lt_procedure *procedure)
{
	const struct lt_directory *directory = rulebook_directory(act->state->rulebook);
	const struct lt_agency *lead = NULL;
	act->dossier->lead[0] = '\0';
	if (procedure->lead && procedure->lead[0] && directory)
		lead = lt_directory_resolve(directory, procedure->lead);
	if (lead)
		custody_copy_code(act->dossier->lead, lead->code);
}

static void make_dossier(struct act *act)
{
	const struct lt_header *header = act->header;
	struct dossier *dossier = act->dossier;
	*dossier = (struct dossier){ .number = act->state->dossiers + 1, .status = STATUS_NONE };
	memcpy(dossier->code, header->dossier, sizeof(dossier->code));
	memcpy(dossier->procedure, header->procedure, sizeof(dossier->procedure));
	dossier->procedure_version = header->procedure_version;
	dossier->opened_at = act->time;
	custody_copy_code(dossier->origin, header->sender);
	dossier->visit_count = 1;
	dossier->visits[0] =
		(struct visit){ .number = 1, .version = 1, .custody = LT_CUSTODY_HELD, .since = act->time };
	custody_copy_code(dossier->visits[0].holder, header->sender);
	dossier_add_party(dossier, header->sender);
}

static void register_code(struct act *act)
{
	uint8_t value[8];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	field_put_u64(&buf, act->dossier->number);
	store_put(act->state->store, STORE_CODE, lt_bytes(act->header->dossier, strlen(act->header->dossier)),
		  lt_buf_bytes(&buf));
	act->state->dossiers = act->dossier->number;
	state_put_number(act->state, "dossiers", act->state->dossiers);
}

enum lt_reason apply_open(struct act *act)
{
	const struct lt_header *header = act->header;
	struct lt_procedure procedure;
	bool own = strcmp(header->to[0].agency, header->sender) == 0;
	if (act->dossier->number != 0)
		return lt_refuse(&act->refusal, LT_DOSSIER_EXISTS, "%s was opened by %s", header->dossier,
				 act->dossier->origin);
	enum lt_reason reason = find_procedure(act, &procedure);
	if (!reason && !own)
		reason = custody_check_offer(act);
	if (reason)
		return reason;
	make_dossier(act);
	reason = status_set(&act->dossier->status, STATUS_RECEIVED, &act->refusal);
	LT_ASSERT(!reason);
	set_lead(act, &procedure);
	if (own)
		act->dossier->visits[0].route_leg = header->to[0].leg;
	else
		custody_offer(act, &act->dossier->visits[0]);
	register_code(act);
	return LT_REASON_NONE;
}
