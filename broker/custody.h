/* custody.h: the checks and moves that kinds share. One visit's custody: HELD, OFFERED, CLOSED (docs/dossier.md). */
#ifndef BROKER_CUSTODY_H
#define BROKER_CUSTODY_H

#include "apply.h"

/* The visit that the header names: DOSSIER_UNKNOWN, DOSSIER_CLOSED, LEG_UNKNOWN. */
enum lt_reason custody_find(struct act *act, struct visit **out);
/* For acts of the holder while nothing is offered: NOT_HOLDER, OFFER_OPEN, STALE_VERSION. */
enum lt_reason custody_check_held(struct act *act, const struct visit *visit);
/* STALE_VERSION names the present version, custody and holder. */
enum lt_reason custody_check_version(struct act *act, const struct visit *visit);
/* HELD -> OFFERED to the first recipient. */
void custody_offer(struct act *act, struct visit *visit);
/* -> HELD(holder), which stays the same. */
void custody_keep(struct act *act, struct visit *visit);
/* OFFERED -> HELD(offered_to). */
void custody_pass(struct act *act, struct visit *visit);
void custody_close(struct act *act, struct visit *visit);
/* RECIPIENTS_INVALID when `agency` is not among the recipients. */
enum lt_reason custody_check_addressed(struct act *act, const char *agency, const char *why);
/* RECIPIENT_SUSPENDED: nothing is offered to an agency that cannot answer. */
enum lt_reason custody_check_offer(struct act *act);
void custody_copy_code(char out[LT_AGENCY_MAX], const char *code);

#endif
