/* apply_erase.c: personal data that had no business in a record goes: of the state here, of the journal when this is on disk.
 *
 * Of a record the state keeps the text of a refusal, and of a dossier the fields that its OPEN gave it: which of them, the command says,
 * since apply reads no journal. Numbers, dues and custody stay: nothing that was decided is undone. */
#include <string.h>

#include "rules/apply.h"
#include "program/log.h"
#include "state/dedup.h"
#include "state/digest/tally.h"

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

static enum lt_reason check(struct act *act)
{
	const struct lt_erase_command *erase = &act->command->u.erase;
	if (!given(erase->operator_name) || !given(erase->reason))
		return lt_refuse(&act->refusal, LT_OPERATOR_REQUIRED, "operator and reason");
	for (size_t i = 0; i < erase->count; i++) {
		if (erase->sequences[i] == 0 || erase->sequences[i] >= act->sequence)
			return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "record %llu",
					 (unsigned long long)erase->sequences[i]);
		if (dedup_check_answer(act->state->store, erase->sequences[i]))
			return apply_damaged(act);
	}
	if (erase->dossier == 0)
		return LT_REASON_NONE;
	enum lt_err err = dossier_load(act->state->store, erase->dossier, act->dossier);
	if (err == LT_ENOENT)
		return lt_refuse(&act->refusal, LT_DOSSIER_UNKNOWN, "record %llu",
				 (unsigned long long)erase->sequences[0]);
	return err ? apply_damaged(act) : LT_REASON_NONE;
}

static bool named(const struct lt_erase_command *erase, const char *name)
{
	for (size_t i = 0; i < erase->field_count; i++) {
		if (strcmp(erase->fields[i], name) == 0)
			return true;
	}
	return false;
}

static void empty_fields(struct act *act, struct dossier *dossier)
{
	bool changed = false;
	for (uint32_t i = 0; i < dossier->field_count; i++) {
		struct dossier_field *field = &dossier->fields[i];
		if (field->value[0] == '\0' || !named(&act->command->u.erase, field->name))
			continue;
		memset(field->value, 0, sizeof(field->value));
		changed = true;
	}
	if (changed)
		act->outcome.value = tally_save_dossier(act->state, dossier);
}

enum lt_reason apply_erase(struct act *act)
{
	const struct lt_erase_command *erase = &act->command->u.erase;
	enum lt_reason reason = check(act);
	if (reason || act->tried)
		return reason;
	for (size_t i = 0; i < erase->count; i++)
		dedup_blank_answer(act->state->store, erase->sequences[i]);
	if (erase->dossier != 0)
		empty_fields(act, act->dossier);
	state_put_number(act->state, "erased", act->sequence);
	return LT_REASON_NONE;
}
