/* route_at.h: where a dossier stands on its procedure's route: the engine's side of route.h. Reads the procedure from the store and
 * the directory in force. */
#ifndef BROKER_LEGS_H
#define BROKER_LEGS_H

#include "apply.h"

/* Whether the version that the dossier keeps can be read: asked before a rule writes anything. */
bool route_at_has_procedure(struct act *act);
/* It. Cached in the act. Never NULL: where it cannot be read, the process has ended by name. */
const struct lt_procedure *route_at_procedure(struct act *act);
/* PROCEDURE_UNKNOWN: not defined, or not in force on the record's day at +07:00, or the day when a dossier of before was received. */
enum lt_reason route_at_find_procedure(struct act *act);
/* The leg that the branch is at, or at the branch it was made for. NULL: not said, or no such leg. */
const struct lt_route_leg *route_at_of(struct act *act, const struct branch *branch);
/* How the procedure calls a leg; "": it has none of this number. */
const char *route_at_id(struct act *act, uint32_t number);
/* The limit of a leg, by the dossier's fields: of its consultation, or of papers. */
struct lt_limit route_at_consult_limit(struct act *act, const struct lt_route_leg *leg);
struct lt_limit route_at_supplement_limit(struct act *act,
					  const struct lt_route_leg *leg); /* the procedure's or the law's else */
/* Who does a leg (or fills a role), after reorganisations: false when the route does not say. Of a leg that was transferred, who has
 * taken it. */
bool route_at_agency(struct act *act, uint32_t leg, char out[LT_AGENCY_MAX]);
bool route_at_role(struct act *act, const char *role, char out[LT_AGENCY_MAX]);
/* Sets the dossier's lead when the procedure names one that resolves. */
void route_at_set_lead(struct act *act);

/* What the route asks of the dossier: roles and choices. Views. */
void route_at_facts(struct act *act, struct route_facts *out);
/* The leg that recipient i names; 0: none. LEG_UNKNOWN. */
enum lt_reason route_at_find_named(struct act *act, size_t i, uint32_t *leg);
/* The legs that may follow this branch's, with who does each ("": the route does not say); in the arena. Views. */
size_t route_at_list_next(struct act *act, const struct branch *branch, struct lt_recipient **out);

/* Whether others are on their way to the same leg, where ways meet, or have passed it: this branch waits there, or joins them. */
bool route_at_waits(struct act *act, const struct branch *branch, uint32_t leg);

#endif
