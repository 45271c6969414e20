/* route_at.h: where a dossier stands on its procedure's route: the engine's side of route.h. Reads the procedure from the store and
 * the directory in force. Only strict where the route is: a plain list of legs without `next` restricts nothing, and neither does
 * a role that nobody fills. */
#ifndef BROKER_LEGS_H
#define BROKER_LEGS_H

#include "apply.h"

/* Whether the version that the dossier keeps can be read: asked before a rule writes anything. */
bool route_at_has_procedure(struct act *act);
/* It. Cached in the act. Never NULL: where it cannot be read, the process has ended by name. */
const struct lt_procedure *route_at_procedure(struct act *act);
/* PROCEDURE_UNKNOWN: not defined, or not in force on the record's day at +07:00. */
enum lt_reason route_at_find_procedure(struct act *act);
/* The leg that the branch is at, or at the branch it was made for. NULL: not said, or no such leg. */
const struct lt_route_leg *route_at_of(struct act *act, const struct branch *branch);
/* How the procedure calls a leg; "": it has none of this number. */
const char *route_at_id(struct act *act, uint32_t number);
/* Who does a leg (or fills a role), after reorganisations: false when the route does not say. */
bool route_at_agency(struct act *act, uint32_t leg, char out[LT_AGENCY_MAX]);
bool route_at_role(struct act *act, const char *role, char out[LT_AGENCY_MAX]);
/* Sets the dossier's lead when the procedure names one that resolves. */
void route_at_set_lead(struct act *act);

/* Recipient i as the next step of this branch: LEG_UNKNOWN when the procedure has no leg of the id that it names,
 * RECIPIENTS_INVALID when that leg does not follow or is another agency's.
 * *leg: the one named; when none was named, the following leg that is the recipient's; 0: none. `refused`: the result is a
 * refusal, which may take the leg's own way. */
enum lt_reason route_at_check_next(struct act *act, const struct branch *branch, size_t i, bool refused, uint32_t *leg);
/* OPEN and RETURN, which the route does not lead: the leg that recipient 0 names, 0: none. LEG_UNKNOWN. */
enum lt_reason route_at_check_named(struct act *act, uint32_t *leg);
/* FORWARD or RESULT with several recipients: a fork, where the route has one. */
enum lt_reason route_at_check_fork(struct act *act, const struct branch *branch);
/* The legs that may follow this branch's, with who does each ("": the route does not say); in the arena. Views. */
size_t route_at_list_next(struct act *act, const struct branch *branch, struct lt_recipient **out);

/* Whether others are on their way to the same leg: this branch waits there for them. */
bool route_at_waits(struct act *act, const struct branch *branch, uint32_t leg);

#endif
