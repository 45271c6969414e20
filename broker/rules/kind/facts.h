/* facts.h: fields of a dossier: what its route needs of them, and what is learned on the way. They come with OPEN; after that the facts of
 * FORWARD and RESULT set those that the leg `sets`, and nothing else changes them. Source: docs/dossier.md "The route". */
#ifndef RULES_FACTS_H
#define RULES_FACTS_H

#include "rules/route_step.h"

/* What is missing now would stop the dossier in the middle of its route: FIELD_REQUIRED or AGENCY_UNKNOWN with all of it, on the ways from
 * leg `from` and from leg `named` (0: none). */
enum lt_reason facts_check_needs(struct act *act, uint32_t from, uint32_t named);
/* The header's facts become fields of the dossier: before the step is looked for, which may go by them. FIELD_NOT_ALLOWED: the leg does
 * not set one; COUNT_EXCEEDED. */
enum lt_reason facts_learn(struct act *act, const struct branch *branch);
/* A leg that sets something is left: what follows has what it needs. */
enum lt_reason facts_check_ahead(struct act *act, const struct branch *branch, const struct route_step *step);

#endif
