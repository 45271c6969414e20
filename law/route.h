/* route.h: what a procedure's route says: which leg follows, who does it, when parallel ways meet. Pure: no state, no store,
 * no time. Legs are numbered from 1 in the order of the file; the route begins with leg 1. docs/procedures.md. */
#ifndef BROKER_ROUTE_H
#define BROKER_ROUTE_H

#include <lienthong/directory.h>
#include <lienthong/envelope.h>

#include "record/definitions.h"

#define ROUTE_LEGS_MAX 64u        /* legs of one route */
#define ROUTE_WHEN_VALUES_MAX 64u /* values of a field that lead one way: the provinces and more */

/* What a dossier adds to its procedure. Texts are borrowed. */
struct route_facts {
	const char *origin;
	const char *lead; /* "" or NULL: not known yet, the procedure's */
	size_t field_count;
	const struct lt_field *fields;
};

/* NULL: 0, or no such leg. */
const struct lt_route_leg *route_leg(const struct lt_procedure *procedure, uint32_t number);
/* By its id; what is nobody's id and a number is the leg in that place of the file. NULL: "", or no such leg. */
const struct lt_route_leg *route_find(const struct lt_procedure *procedure, const char *id);
/* The refusal of recipient `index`, who names a leg of an id that the procedure does not have: LEG_UNKNOWN. */
enum lt_reason route_unknown(const struct lt_procedure *procedure, const char *id, size_t index,
			     struct lt_refusal *refusal);
/* The legs that follow `number`: their count, and their numbers in *out (a view; NULL when none). 0: the end. */
size_t route_next(const struct lt_procedure *procedure, uint32_t number, const uint32_t **out);
/* Whether `to` follows `from` on a result. */
bool route_follows(const struct lt_procedure *procedure, uint32_t from, uint32_t to);
/* How many legs lead to this one: over 1, ways meet here, and who comes first waits for those that are still on their way. */
size_t route_joins(const struct lt_procedure *procedure, uint32_t number);
/* Whether work at leg `at` has reached `leg`: it is that leg, or comes after it by results. For withdraw_until. */
bool route_reached(const struct lt_procedure *procedure, uint32_t at, uint32_t leg);
/* Of several followers some are chosen: by fields of the dossier (`when`, `else`), or by the holder. */
bool route_chosen_by_fields(const struct lt_route_leg *leg);
bool route_chosen_by_holder(const struct lt_route_leg *leg);
/* The followers that the fields choose, in the order of `next`. FIELD_REQUIRED: the dossier has not got a field that decides. */
enum lt_reason route_choose(const struct lt_route_leg *leg, const struct route_facts *facts,
			    uint32_t out[ROUTE_LEGS_MAX], size_t *count, struct lt_refusal *refusal);
/* 1 to LT_RESULT_CODE_MAX of [A-Za-z0-9._-]. */
bool route_result_code_valid(const char *code);
/* Whether a result is made at the leg: it says so by `makes`; where no leg of the procedure does, it is the last of kind approve on
 * its ways, or on ways without one the last before the hand-over (kind return). */
bool route_makes(const struct lt_procedure *procedure, uint32_t number);
/* Whether a result is made at leg `at` or can be after it. */
bool route_will_make(const struct lt_procedure *procedure, uint32_t at);
/* Whether all that is made at leg `number` can be made at leg `at` or after it as well: then the work may go on there unmade. */
bool route_makes_elsewhere(const struct lt_procedure *procedure, uint32_t number, uint32_t at);

/* route_limit.c. The limit by the value of the field that it depends on; with no such field, or any other value: *other. */
struct lt_limit route_limit(const struct lt_limit *other, enum lt_limit_of of, const struct lt_limit_by *by,
			    size_t count, const struct route_facts *facts);
struct lt_limit route_leg_limit(const struct lt_route_leg *leg, const struct route_facts *facts);
/* Of the dossier: what was promised, else the total. */
struct lt_limit route_whole_limit(const struct lt_procedure *procedure, const struct route_facts *facts);
/* Whether the dossier's clock goes on while the leg is worked on: not where the leg says on what ground its time does not count. */
bool route_counts(const struct lt_route_leg *leg);

/* What a dossier must have so that its route can be gone to the end. */
struct route_need {
	const char *role;               /* an agency in force must fill it; "": the field alone is needed */
	const char *field;              /* that fills the role, or by which a leg chooses; "": the role is no field's */
	const struct lt_limit_by *only; /* the field must have one of these values; NULL: any */
};
/* Whether the field's value (NULL: it is missing) is one that the need takes. */
bool route_need_takes(const struct route_need *need, const char *value);
#define ROUTE_NEEDS_MAX 128u /* told; a route of 64 legs has hardly so many different ones */
/* The needs on the ways from leg `from` and from leg `named` (0: none) that the fields leave open: every leg's agency, who
 * is to be asked there; from leg 1 who may withdraw, the lead that the procedure names; every field by which a leg chooses or on which
 * a limit depends. None stands twice. Not needed: who is one of several that may do it (open_by, transfer_to), a lead that the procedure does not name, and fields that
 * a leg sets before they are used. A choice by a field that some leg sets is open. */
size_t route_needs(const struct lt_procedure *procedure, const struct route_facts *facts, uint32_t from, uint32_t named,
		   struct route_need out[ROUTE_NEEDS_MAX]);
/* Whether the leg's holder may set this field of the dossier. */
bool route_sets(const struct lt_route_leg *leg, const char *field);

/* Whether a dossier that is opened on this day (days since 1970-01-01 at +07:00) may take this version. */
bool route_in_force(const struct lt_procedure *procedure, int64_t day);

/* The agency that a role (a leg's agency, procedure->lead, an entry of consult or withdraw_by) is for this dossier, as canonical
 * code. procedure->lead "" is the agency of the first leg of kind PROCESS, else of leg 1. FIELD_REQUIRED: the dossier lacks the
 * field, or its origin or lead is not known; AGENCY_UNKNOWN: not in the directory, or nothing above the origin;
 * DEFINITION_INVALID: not a role. Successors of closed agencies are not followed. */
enum lt_reason route_resolve_role(const struct lt_directory *directory, const struct lt_procedure *procedure,
				  const struct route_facts *facts, const char *role, char out[LT_AGENCY_MAX],
				  struct lt_refusal *refusal);
/* The lead by the procedure alone. */
enum lt_reason route_resolve_lead(const struct lt_directory *directory, const struct lt_procedure *procedure,
				  const struct route_facts *facts, char out[LT_AGENCY_MAX], struct lt_refusal *refusal);

#endif
