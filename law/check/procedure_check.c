/* procedure_check.c: agencies and roles, limits, versions; the route is checked by procedure_check_route.c. */
#include "procedure_check_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "law/file_procedure.h"
#include "law/role.h"
#include "law/route.h"
#include "law/worktime.h"

void procedure_fault_add(struct procedure_faults *faults, const char *pointer, const char *format, ...)
{
	va_list args;
	if (faults->count == PROCEDURE_FAULTS_MAX)
		return;
	struct procedure_fault *fault = &faults->items[faults->count++];
	snprintf(fault->pointer, sizeof(fault->pointer), "%s", pointer);
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
}

const char *procedure_leg_pointer(char out[80], uint32_t number, const char *key)
{
	snprintf(out, 80, "/legs/%u%s%.40s", number - 1, key[0] ? "/" : "", key);
	return out;
}

/* ---- agencies and roles ---- */

static const struct lt_agency *listed_find(const void *ctx, const char *code)
{
	return ctx ? lt_directory_find(ctx, code) : NULL;
}

static const struct lt_agency *listed_at(const void *ctx, size_t index)
{
	return ctx ? lt_directory_at(ctx, index) : NULL;
}

struct procedure_agencies procedure_agencies_listed(const struct lt_directory *directory)
{
	return (struct procedure_agencies){ .find = listed_find, .at = listed_at, .ctx = directory };
}

/* Whether any agency could be the origin of such a role. */
static bool role_possible(const struct procedure_agencies *agencies, enum lt_role_kind kind)
{
	const struct lt_agency *agency;
	for (size_t i = 0; (agency = agencies->at(agencies->ctx, i)) != NULL; i++) {
		if (kind == LT_ROLE_PARENT ? agency->parent[0] != '\0' : agency->level == LT_LEVEL_PROVINCE)
			return true;
	}
	return false;
}

static void check_agency(const struct procedure_agencies *agencies, const char *text, const char *pointer,
			 struct procedure_faults *faults)
{
	struct lt_role role;
	if (lt_role_parse(text, &role)) {
		procedure_fault_add(faults, pointer, "\"%.60s\" is neither an agency code nor a role", text);
		return;
	}
	if (!agencies)
		return;
	if (role.kind == LT_ROLE_AGENCY && !agencies->find(agencies->ctx, role.name))
		procedure_fault_add(faults, pointer,
				    "unknown agency %.60s; enrol it, or write the code that the directory has", text);
	if ((role.kind == LT_ROLE_PARENT || role.kind == LT_ROLE_PROVINCE) && !role_possible(agencies, role.kind))
		procedure_fault_add(faults, pointer, "no agency can be %s: none has %s", text,
				    role.kind == LT_ROLE_PARENT ? "a parent" : "the level province above it");
}

static void check_agencies(const struct lt_procedure *procedure, const struct procedure_agencies *agencies,
			   struct procedure_faults *faults)
{
	char pointer[80], key[48];
	if (procedure->lead && procedure->lead[0] != '\0')
		check_agency(agencies, procedure->lead, "/lead", faults);
	for (size_t i = 0; i < procedure->open_count; i++) {
		snprintf(pointer, sizeof(pointer), "/open_by/%zu", i);
		check_agency(agencies, procedure->open_by[i], pointer, faults);
	}
	for (size_t i = 0; i < procedure->withdraw_count; i++) {
		snprintf(pointer, sizeof(pointer), "/withdraw/by/%zu", i);
		check_agency(agencies, procedure->withdraw_by[i], pointer, faults);
	}
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		check_agency(agencies, leg->agency, procedure_leg_pointer(pointer, leg->number, "agency"), faults);
		for (size_t k = 0; k < leg->transfer_count; k++) {
			snprintf(key, sizeof(key), "transfer_to/%zu", k);
			check_agency(agencies, leg->transfer_to[k], procedure_leg_pointer(pointer, leg->number, key),
				     faults);
		}
		for (size_t k = 0; k < leg->consult_count; k++) {
			snprintf(key, sizeof(key), "consult/ask/%zu", k);
			check_agency(agencies, leg->consult[k], procedure_leg_pointer(pointer, leg->number, key),
				     faults);
		}
	}
}

/* ---- versions ---- */

void procedure_check_versions(const struct lt_procedure *procedure, const struct lt_procedure *other, const char *where,
			      struct procedure_faults *faults)
{
	char from[PROCEDURE_DAY_TEXT];
	const struct lt_procedure *older = procedure, *newer = other;
	if (strcmp(procedure->code, other->code) != 0)
		return;
	if (procedure->version == other->version) {
		procedure_fault_add(faults, "/version", "%s is version %u of %s too; give each its own number", where,
				    other->version, other->code);
		return;
	}
	if (other->valid_from < procedure->valid_from ||
	    (other->valid_from == procedure->valid_from && other->version < procedure->version)) {
		older = other;
		newer = procedure;
	}
	if (older->valid_to != 0 && older->valid_to <= newer->valid_from)
		return;
	procedure_day_text(newer->valid_from, from);
	procedure_fault_add(
		faults, older == procedure ? "/valid_to" : "/valid_from",
		"version %u and version %u (%s) are both in force on %s; let version %u end by \"valid_to\": "
		"\"%s\"",
		procedure->version, other->version, where, from, older->version, from);
}

/* ---- all of it ---- */

static void check_rest(const struct lt_procedure *procedure, const struct procedure_agencies *agencies, bool ways,
		       struct procedure_faults *faults)
{
	struct graph graph;
	check_agencies(procedure, agencies, faults);
	if (!ways)
		return;
	graph_make(procedure, NULL, &graph);
	procedure_check_route(&graph, faults);
	procedure_check_limits(procedure, faults);
}

void procedure_check_rest(const struct lt_procedure *procedure, const struct procedure_agencies *agencies, bool ways,
			  struct procedure_faults *faults)
{
	struct lt_refusal refusal = { 0 };
	if (!procedure_check_form(procedure, &refusal))
		check_rest(procedure, agencies, ways, faults);
}

void procedure_check(const struct lt_procedure *procedure, const struct procedure_agencies *agencies,
		     struct procedure_faults *faults)
{
	struct lt_refusal refusal = { 0 };
	if (procedure_check_form(procedure, &refusal)) { /* there is no graph to be made of it */
		procedure_fault_add(faults, "", "%s", refusal.detail);
		return;
	}
	procedure_check_texts(procedure, faults);
	check_rest(procedure, agencies, true, faults);
}

enum lt_reason procedure_refuse(const struct lt_procedure *procedure, const struct procedure_faults *faults,
				struct lt_refusal *refusal)
{
	const struct procedure_fault *fault = &faults->items[0];
	if (faults->count == 0)
		return LT_REASON_NONE;
	return lt_refuse(refusal, LT_DEFINITION_INVALID, "procedure %.20s version %u: %s%s%s", procedure->code,
			 procedure->version, fault->pointer, fault->pointer[0] ? ": " : "", fault->text);
}
