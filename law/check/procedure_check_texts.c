/* procedure_check_texts.c: what a procedure file must have beside the form that apply works with: names that people and forms
 * show, ids that messages name, and rules that belong to one kind of leg. */
#include "procedure_check_internal.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/code.h>
#include <lienthong/envelope.h>
#include <lienthong/text.h>

#include "law/file_procedure.h"

enum { TEXT_MAX = 250, SECTOR_MAX = 32, SOURCE_MAX = 1000 }; /* characters */

static void check_text(const char *pointer, const char *text, bool required, size_t max,
		       struct procedure_faults *faults)
{
	size_t length = text ? lt_text_length(text, strlen(text)) : 0;
	if ((required && length == 0) || length > max)
		procedure_fault_add(faults, pointer, "must have %u to %zu characters", required ? 1u : 0u, max);
	struct lt_text_fault fault;
	if (text && lt_text_check(text, LT_TEXT_LINE, &fault) == LT_EINVAL)
		procedure_fault_add(faults, pointer, "U+%04X at character %zu %s", (unsigned)fault.code,
				    fault.place + 1, fault.what);
}

static void check_id(const struct lt_procedure *procedure, const struct lt_route_leg *leg,
		     struct procedure_faults *faults)
{
	char pointer[80];
	procedure_leg_pointer(pointer, leg->number, "id");
	if (!leg->id || !lt_leg_id_valid(leg->id)) {
		procedure_fault_add(faults, pointer, "must be 1 to 32 lower-case letters, digits and hyphens");
		return;
	}
	for (uint32_t i = 0; i + 1 < leg->number; i++) {
		const char *other = procedure->legs[i].id;
		if (other && strcmp(other, leg->id) == 0)
			procedure_fault_add(faults, pointer, "leg %u has the id %s too; give each its own", i + 1,
					    leg->id);
	}
}

/* A list of codes and roles: none of them twice. */
static void check_list(const char *pointer, const char *const *roles, size_t count, struct procedure_faults *faults)
{
	if (count > PROCEDURE_CONSULT_MAX)
		procedure_fault_add(faults, pointer, "must name 1 to %u agencies or roles", PROCEDURE_CONSULT_MAX);
	for (size_t i = 0; i < count && i < PROCEDURE_CONSULT_MAX; i++) {
		for (size_t k = 0; k < i; k++) {
			if (strcmp(roles[k], roles[i]) == 0)
				procedure_fault_add(faults, pointer, "\"%.60s\" stands twice; name each once",
						    roles[i]);
		}
	}
}

static void check_consult(const struct lt_route_leg *leg, struct procedure_faults *faults)
{
	char pointer[80];
	bool consults = leg->kind == LT_LEG_CONSULT;
	check_list(procedure_leg_pointer(pointer, leg->number, "consult/ask"), leg->consult, leg->consult_count,
		   faults);
	if (consults && leg->consult_count == 0)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, ""),
				    "kind consult needs \"consult\": the agencies that are asked");
	if (consults && leg->limit.unit == LT_LIMIT_NONE)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, ""),
				    "kind consult needs \"limit\": the opinions come within it");
	if (!consults && leg->consult_count > 0)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "consult"),
				    "only a leg of kind consult asks others");
	if (!consults && leg->on_silence != LT_SILENCE_ESCALATE)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "on_silence"),
				    "only a leg of kind consult has it");
	if (consults && leg->on_silence == LT_SILENCE_DEEMED_CONSENT && leg->consult_limit.unit == LT_LIMIT_NONE)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "on_silence"),
				    PROCEDURE_SILENCE_FAULT);
}

static void check_leg(const struct lt_procedure *procedure, const struct lt_route_leg *leg,
		      struct procedure_faults *faults)
{
	char pointer[80];
	check_id(procedure, leg, faults);
	check_text(procedure_leg_pointer(pointer, leg->number, "name"), leg->name, true, TEXT_MAX, faults);
	check_text(procedure_leg_pointer(pointer, leg->number, "name_en"), leg->name_en, true, TEXT_MAX, faults);
	check_text(procedure_leg_pointer(pointer, leg->number, "ground"), leg->uncounted, false, PROCEDURE_GROUND_MAX,
		   faults);
	check_text(procedure_leg_pointer(pointer, leg->number, "unit"), leg->unit, false, LT_ACTOR_TEXT_MAX, faults);
	check_consult(leg, faults);
	check_list(procedure_leg_pointer(pointer, leg->number, "transfer_to"), leg->transfer_to, leg->transfer_count,
		   faults);
	if (leg->kind == 0)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, ""),
				    "\"kind\" is missing: receive, process, consult, approve, pay or return");
	if (leg->supplements > PROCEDURE_SUPPLEMENTS_MAX)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "supplements"),
				    "must be 0 to %u", PROCEDURE_SUPPLEMENTS_MAX);
	if (!procedure_limit_works(&leg->ask_within))
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "supplements/ask_within"),
				    PROCEDURE_WORKING_FAULT);
	if (leg->limit.unit == LT_LIMIT_NONE && leg->again.unit != LT_LIMIT_NONE)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "again"),
				    "a leg without a limit has none when it is begun again");
	if (leg->on_refusal == leg->number)
		procedure_fault_add(faults, procedure_leg_pointer(pointer, leg->number, "on_refusal"),
				    "a refusal cannot lead to the leg itself");
}

static void check_head(const struct lt_procedure *procedure, struct procedure_faults *faults)
{
	check_text("/name", procedure->name, true, TEXT_MAX, faults);
	check_text("/name_en", procedure->name_en, true, TEXT_MAX, faults);
	check_text("/sector", procedure->sector, false, SECTOR_MAX, faults);
	check_text("/source", procedure->source, false, SOURCE_MAX, faults);
	check_list("/open_by", procedure->open_by, procedure->open_count, faults);
	check_list("/withdraw/by", procedure->withdraw_by, procedure->withdraw_count, faults);
	if (procedure->lead && strcmp(procedure->lead, "lead") == 0)
		procedure_fault_add(faults, "/lead", "the lead cannot be `lead`; name an agency or another role");
	if (procedure->total.unit == LT_LIMIT_NONE)
		procedure_fault_add(faults, "", "\"total\" is missing: the published limit, as \"10 working_days\"");
	if (!procedure_limit_works(&procedure->due_soon))
		procedure_fault_add(faults, "/due_soon", PROCEDURE_WORKING_FAULT);
	if (!procedure_limit_works(&procedure->apology_before))
		procedure_fault_add(faults, "/apology_before", PROCEDURE_WORKING_FAULT);
}

void procedure_check_texts(const struct lt_procedure *procedure, struct procedure_faults *faults)
{
	check_head(procedure, faults);
	for (size_t i = 0; i < procedure->leg_count; i++)
		check_leg(procedure, &procedure->legs[i], faults);
}
